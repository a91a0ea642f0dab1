"""`rollbook why`: why somebody or something is missing, who has to do what, and how it was found."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import client as clients
from cli import home
from cli.options import AsJson, Site
from cli.people import Role
from cli.screen import Trouble, out, print_json, say

_MARKS = {"yes": ("✓", "green"), "no": ("✗", "red"), "unknown": ("?", "yellow")}


def why(
    person: Annotated[str, typer.Argument(
        metavar="[WHO]", help="An id (004512), a username, an email or a name (\"Mia Ruiz\").")] = "",
    in_: Annotated[str | None, typer.Option("--in", metavar="CLASS", help="Why they are not in this class.")] = None,
    class_: Annotated[str | None, typer.Option("--class", help="Why this class is missing (its id or name).")] = None,
    email: Annotated[bool, typer.Option("--email", help="Why the email is missing or wrong.")] = False,
    sign_in: Annotated[bool, typer.Option("--sign-in", help="Why they can't sign in.")] = False,
    field: Annotated[str | None, typer.Option(help="Why this value is wrong (grade, \"birth date\").")] = None,
    guardian: Annotated[str | None, typer.Option(help="Why this guardian doesn't see the student.")] = None,
    school: Annotated[str | None, typer.Option(help="The school that is looked at (its School ID).")] = None,
    role: Role = None,
    viewer: Annotated[str | None, typer.Option(help="Who looks for the class.")] = None,
    answer: Annotated[list[str] | None, typer.Option(
        "--answer", metavar="NODE=yes|no", help="What you know and Rollbook can't (U15=yes); once for each.")] = None,
    ticket: Annotated[bool, typer.Option("--ticket", help="Only what may go into a ticket: ids and codes.")] = False,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Say why somebody or something is missing, who has to act, and what to do.

    With WHO alone: why that person is missing.
    """
    question = _entry(person, in_, class_, field, guardian, email=email, sign_in=sign_in)
    api = clients.connect(home.site_or_last(site))
    found = api.get("/why", **{
        "question": question, "person": person or None, "class": in_ or class_, "field": field, "guardian": guardian,
        "school": school.casefold() if school else None, "role": role, "viewer": viewer, "answers": _answers(answer)})
    if as_json:
        print_json(found)
    elif ticket:
        print(found["ticket"])
    else:
        _tell(found)


def _entry(person: str, in_: str | None, class_: str | None, field: str | None, guardian: str | None, *,
           email: bool, sign_in: bool) -> str:
    asked = {"enrollment_missing": in_, "class_missing": class_, "wrong_value": field,
             "guardian_link_missing": guardian, "email_missing": email, "cannot_log_in": sign_in}
    chosen = [entry for entry, given in asked.items() if given]
    if len(chosen) > 1:
        raise Trouble("Ask one thing at a time: --in, --class, --email, --sign-in, --field or --guardian.")
    if class_ and person:
        raise Trouble(f"--class asks for a class alone. For a student in it: rollbook why \"{person}\" --in {class_}")
    if not person and not class_:
        raise Trouble("Say whom it is about: rollbook why 004512, or a class: rollbook why --class 709")
    return chosen[0] if chosen else "user_missing"


def _answers(given: list[str] | None) -> str | None:
    told = [each.partition("=") for each in given or ()]
    if wrong := [node for node, _, said in told if said.lower() not in ("yes", "no")]:
        raise Trouble(f"--answer {wrong[0]} needs yes or no: --answer {wrong[0] or 'U15'}=yes")
    return ",".join(f"{node.upper()[:3]}{node[3:].lower()}:{said.lower()}" for node, _, said in told) or None


def _tell(found: dict[str, Any]) -> None:
    say(found["title"], "bold")
    if found["detail"]:
        say(found["detail"])
    if found["who_is"]:
        say(f"  Who   {found['who_is']}")
    if found["do"]:
        say(f"  Do    {found['do']}")
    for one in found["candidates"]:
        _named(one)
    if found["near"]:
        say("\nNearest")
        for one in found["near"]:
            _named(one)
    for note in found["notes"]:
        say(note, "yellow")
    if found["trail"]:
        say(f"\nHow it was found ({found['outcome']})", "bold")
        _trail(found["trail"])
    if found["asks"]:
        say("\nIf you know, ask again with", "bold")
        for one in found["asks"]:
            say(f"  --answer {one['node']}=yes|no   {one['ask']}")
    if found["commands"]:
        say("\nNext", "bold")
        for command in found["commands"]:
            say(f"  {command}")


def _trail(trail: list[dict[str, Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    shown = Table.grid(padding=(0, 1))
    for number, step in enumerate(trail, 1):
        mark, style = _MARKS[step["said"]]
        by = " (by you)" if step["by"] == "you" else ""
        facts = ", ".join(f"{fact['name']} {fact['value']}" for fact in step["evidence"])
        shown.add_row(f"{number:>3}", Text(mark, style=style), Text(step["ask"] + by))
        said = " ".join(part for part in (step["says"], f"({facts})" if facts else "") if part)
        if said:
            shown.add_row("", "", Text(said, style="dim"))
    out().print(shown)


def _named(one: dict[str, Any]) -> None:
    say("  " + "  ".join(part for part in (
        one["id"], one["name"], one["role"], f"school {one['school']}" if one["school"] else "", one["status"])
        if part))
