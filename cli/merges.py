"""`rollbook account merge|unmerge|merges`: two accounts of one person become one, and back."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from cli import client as clients
from cli import home
from cli.account import resolve
from cli.options import AsJson, Site
from cli.screen import print_json, say, table

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what it would do.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept in the audit trail.")]
_ID = re.compile(r"[a-z2-7]{16}")
_MOVES = {
    "fields": "Fields filled",
    "identifiers": "Identifiers",
    "classes": "Classes",
    "teaches": "Classes taught",
    "guardians": "Guardians",
    "students": "Students",
    "groups": "Groups",
    "schools": "Other schools",
}


def merge(
    kept: Annotated[str, typer.Argument(help="The account that stays.")],
    gone: Annotated[str, typer.Argument(help="The account that goes into it.")],
    dry_run: DryRun = False,
    reason: Reason = "merged with rollbook",
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Merge two accounts of one person. Nothing is lost: `unmerge` takes it back."""
    api = clients.connect(home.site_or_last(site))
    found = api.post(
        f"/accounts/{_account(api, kept)}/merge",
        {"other": _account(api, gone), "dry_run": dry_run, "reason": reason},
    )
    if as_json:
        print_json(found)
        return
    ours, theirs = found["kept"], found["gone"]
    word = "would be merged" if found["state"] == "planned" else "is merged"
    say(f"{theirs['username']} ({theirs['account']}) {word} into {ours['username']} ({ours['account']}).", "bold")
    table(
        "What goes over",
        ("What", "Number", "Which"),
        (
            (label, len(found["moves"][name]), ", ".join(map(_word, found["moves"][name])))
            for name, label in _MOVES.items()
            if found["moves"][name]
        ),
        right=("Number",),
    )
    if found["stays"]:
        say(f"Seen on {theirs['username']} only, for the kept value stays: {', '.join(found['stays'])}")
    if found["rights"]:
        say(f"Rights to be granted by hand: {', '.join(found['rights'])}", "yellow")
    say(f"The account is {found['status']}; both usernames stay taken.")
    if found["merge"]:
        say(f"Take it back: rollbook account unmerge {found['merge']}", "dim")


def unmerge(
    merge: Annotated[str, typer.Argument(metavar="MERGE|ACCOUNT", help="The merge, or one of its accounts.")],
    dry_run: DryRun = False,
    reason: Reason = "unmerged with rollbook",
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Take a merge back: all that nobody changed since returns to where it was."""
    api = clients.connect(home.site_or_last(site))
    found = api.post(
        f"/merges/{clients.segment(merge.strip())}/unmerge", {"dry_run": dry_run, "reason": reason}
    )
    if as_json:
        print_json(found)
        return
    ours, theirs = found["kept"]["username"], found["gone"]["username"]
    word = "are two accounts again" if found["state"] == "unmerged" else "would be two accounts again"
    say(f"{ours} and {theirs} {word}.", "bold")
    for title, name in (("What goes back", "back"), ("Stays, for it was changed since", "stays")):
        if found["unmerged"][name]:
            table(
                title,
                ("What", "Which", "Fields"),
                ((one["kind"], one["id"], ", ".join(one["fields"])) for one in found["unmerged"][name]),
            )


def merges(
    site: Site = None,
    limit: Annotated[int, typer.Option(min=1, help="How many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the merges of a site, the newest first."""
    api = clients.connect(home.site_or_last(site))
    found = list(api.pages("/merges", "merges", most=limit, limit=min(limit, 200)))
    if as_json:
        print_json({"merges": found})
        return
    table(
        f"Merges of {api.site}",
        ("Merge", "When", "Kept", "Gone", "State", "By", "Reason"),
        (
            (
                one["merge"],
                one["at"],
                one["kept"]["username"],
                one["gone"]["username"],
                one["state"],
                one["by"],
                one["reason"],
            )
            for one in found
        ),
    )


def _account(api: clients.Client, text: str) -> str:
    """The account that `text` names. An account's own id is that one, though it was merged into another."""
    return text.strip() if _ID.fullmatch(text.strip()) else resolve(api, text)


def _word(moved: Any) -> str:
    return " ".join(moved).strip() if isinstance(moved, list) else str(moved)
