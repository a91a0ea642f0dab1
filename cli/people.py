"""`rollbook accounts|roster|export`: who has an account, who is in a class, lists and cards of them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cli import client as clients
from cli import home
from cli.options import AsJson, Site
from cli.screen import Trouble, err, print_json, say, table

Role = Annotated[
    Literal["Staff", "Teacher", "Guardian", "Student"] | None, typer.Option(help="Of this role only.")
]
School = Annotated[str | None, typer.Option(help="Of this school only (its School ID).")]

_WAIT_SECONDS = 900
_PAUSE_SECONDS = 0.5


def accounts(
    site: Site = None,
    school: School = None,
    role: Role = None,
    status: Annotated[
        Literal["pending", "active", "inactive"] | None, typer.Option(help="In this state only.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many; all by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """List accounts by school, role and name."""
    api = clients.connect(home.site_or_last(site))
    found = list(
        api.pages(
            "/accounts",
            "accounts",
            most=limit,
            limit=min(limit or 200, 200),
            school=_folded(school),
            role=role,
            status=status,
        )
    )
    if as_json:
        print_json({"accounts": found})
        return
    table(
        f"Accounts of {api.site} ({len(found):,})",
        ("Last name", "First name", "Role", "Grade", "School", "Username", "Email", "Status", "Classes"),
        (
            (
                one["last_name"],
                one["first_name"],
                one["role"],
                one["grade"],
                one["school"],
                one["username"],
                one["email"],
                one["status"],
                "" if one["classes"] is None else one["classes"],
            )
            for one in found
        ),
        right=("Classes",),
    )


def roster(
    section: Annotated[str, typer.Option(help="The section's id (Class ID in the sheet).")],
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Show a class: its teachers and its students."""
    api = clients.connect(home.site_or_last(site))
    found = api.get(f"/sections/{clients.segment(_folded(section) or '')}")
    if as_json:
        print_json(found)
        return
    about = found["section"]
    say(
        f"{about['name'] or about['id']}  "
        f"(section {about['id']}, school {about['school']}, {about['status']})",
        "bold",
    )
    table(
        f"Teachers ({len(found['teachers'])})",
        ("Last name", "First name", "Username", "Part"),
        ((one["last_name"], one["first_name"], one["username"], one["part"]) for one in found["teachers"]),
    )
    table(
        f"Students ({len(found['students'])})",
        ("Last name", "First name", "Grade", "Username", "From", "To", "Status"),
        (
            (
                one["last_name"],
                one["first_name"],
                one["grade"],
                one["username"],
                one["start_date"],
                one["end_date"],
                one["status"],
            )
            for one in found["students"]
        ),
    )


def export(
    out: Annotated[Path, typer.Option(help="The folder to write to.", file_okay=False)],
    site: Site = None,
    school: School = None,
    section: Annotated[str | None, typer.Option(help="Of this section only.")] = None,
    role: Role = None,
    format: Annotated[Literal["pdf", "xlsx", "csv"], typer.Option(help="Cards, or a list.")] = "pdf",
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="With first secrets (audited).")
    ] = False,
    only_not_signed_in: Annotated[
        bool, typer.Option("--only-not-signed-in", help="Of those who have never signed in only.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; it is kept in the audit trail.")] = "export by rollbook",
    as_json: AsJson = False,
) -> None:
    """Write account info sheets or a list of accounts, without secrets unless asked for."""
    api = clients.connect(home.site_or_last(site))
    order = {
        "school": _folded(school),
        "section": _folded(section),
        "role": role,
        "format": format,
        "with_secrets": with_secrets,
        "only_not_signed_in": only_not_signed_in,
        "reason": reason,
    }
    write_export(api, order, out, as_json)


def write_export(api: clients.Client, order: dict[str, Any], out: Path, as_json: bool) -> None:
    """Order an export, wait for it and write its files to the folder `out`."""
    number = api.post("/exports", order)["export"]
    with_secrets = order["with_secrets"]
    with err().status("Making the export …"):
        made = _made(api, number)
    files = [
        str(api.fetch(link, out / f"accounts{'' if place == 1 else f'-{place}'}.{order['format']}"))
        for place, link in enumerate(made["links"], 1)
    ]
    if as_json:
        print_json(
            {
                "export": number,
                "site": api.site,
                "people": made["people"],
                "with_secrets": with_secrets,
                "files": files,
            }
        )
        return
    count = "" if made["people"] is None else f" ({made['people']:,} people)"
    say(f"Wrote {', '.join(files)}{count}." if files else "There is nobody to write about.")
    if with_secrets and files:
        say("These sheets open accounts: hand them out, then delete them.", "bold yellow")


def written(api: clients.Client, export: str, out: Path, *, name: str) -> list[str]:
    """The files of an export, once they are made, below `out`; gives their paths."""
    with err().status("Making the sheets …"):
        made = _made(api, export)
    return [str(api.fetch(link, out / f"{name}{'' if place == 1 else f'-{place}'}.{made['format'] or 'pdf'}"))
            for place, link in enumerate(made["links"], 1)]


def _made(api: clients.Client, number: str) -> dict[str, Any]:
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        found = api.get(f"/exports/{number}")
        if found["state"] == "done":
            return found
        if found["state"] in ("failed", "gone"):
            raise Trouble(found["message"] or "The export failed; ask for it again.")
        if time.monotonic() > until:
            raise Trouble("The export takes too long; ask for it again later.")
        time.sleep(_PAUSE_SECONDS)


def _folded(sheet_id: str | None) -> str | None:
    """An id of the sheet as keys hold it: case doesn't matter."""
    return sheet_id.casefold() if sheet_id else None
