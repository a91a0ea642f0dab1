"""`rollbook account view-as`: what a person sees, read as that person, and the view ended again."""

from __future__ import annotations

from typing import Any

from cli import account, home
from cli import client as clients
from cli.account import Id, Reason, resolve
from cli.options import AsJson, Site
from cli.screen import print_json, say, table


def view_as(person: Id, reason: Reason, site: Site = None, as_json: AsJson = False) -> None:
    """Look as a person, read-only: their profile, their classes and the rosters they may open. It is audited."""
    api = clients.connect(home.site_or_last(site))
    begun = api.post(f"/accounts/{resolve(api, person)}/view-as", {"reason": reason, "minutes": 5})
    try:
        seen = _seen(api.bearing(begun["access_token"]), begun["account"])
    finally:
        api.delete("/view-as")
    seen = {"viewed_as": {name: begun[name] for name in ("account", "username", "role", "viewer")}} | seen
    if as_json:
        print_json(seen)
    else:
        _print(seen)


def _seen(shown: clients.Client, name: str) -> dict[str, Any]:
    """What the person sees; None for what is not shown to them, or not to the one who looks."""
    own = f"/accounts/{clients.segment(name)}"
    classes = _open(shown, f"{own}/sections")
    sections = classes["sections"] if classes else []
    rosters = (_open(shown, f"/sections/{clients.segment(one['id'])}") for one in sections)
    return {"profile": _open(shown, own), "classes": sections, "rosters": [one for one in rosters if one]}


def _open(shown: clients.Client, path: str) -> Any:
    try:
        return shown.get(path)
    except clients.Refused as refused:
        if refused.status not in (403, 404):
            raise
        return None


def _print(seen: dict[str, Any]) -> None:
    about, profile = seen["viewed_as"], seen["profile"]
    say(f"As {about['username']} ({about['role']}) sees it; nothing can be changed", "bold yellow")
    if profile is None:
        say("Their profile is not shown to you: it needs a right to read their account.")
    else:
        account.show_person(profile, as_json=False)
    table(f"Classes ({len(seen['classes'])})", ("Class", "Name", "School", "Period", "Students"),
          ((one["id"], one["name"], one["school"], one["period"], one["students"]) for one in seen["classes"]),
          right=("Students",))
    for one in seen["rosters"]:
        table(f"{one['section']['name'] or one['section']['id']}: students ({len(one['students'])})",
              ("Last name", "First name", "Grade", "Username"),
              ((row["last_name"], row["first_name"], row["grade"], row["username"]) for row in one["students"]))
    say("The view has ended.", "dim")
