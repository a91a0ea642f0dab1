"""`rollbook audit`: who did or saw what, the newest first."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import client as clients
from cli import home
from cli.account import name_of
from cli.options import AsJson, Site
from cli.screen import print_json, say, table

Day = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="From this day on (UTC).")]


def audit(
    account: Annotated[str | None, typer.Option(help="What was done to this account (id, username, email).")] = None,
    by: Annotated[str | None, typer.Option(help="What this account did, or a load's number.")] = None,
    action: Annotated[str | None, typer.Option(help="Of this action, or subject: account.updated, account.")] = None,
    since: Day = None,
    until: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="Up to this day (UTC).")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Show the audit trail. Reading it is audited too."""
    api = clients.connect(home.site_or_last(site))
    found = list(api.pages(
        "/audit", "events", most=limit, limit=min(limit, 200), since=since, until=until, action=action,
        account=name_of(api, account) if account else None, by=_who(api, by) if by else None))
    if as_json:
        print_json({"site": api.site, "events": found})
        return
    table(
        f"Audit trail of {api.site} ({len(found):,})",
        ("At", "Who", "Action", "Whom", "Why", "About"),
        ((one["at"][:19].replace("T", " "), one["by_username"] or one["by"], one["action"],
          one["account_username"] or one["account"], one["reason"], _about(one)) for one in found),
    )
    if len(found) == limit:
        say(f"There may be more: these are the newest {limit:,} (--limit).", "dim")


def _about(one: dict[str, Any]) -> str:
    told = one["about"] | {name: one[name] for name in ("load", "viewed_as") if one[name]}
    return ", ".join(f"{name} {_shown(value)}" for name, value in told.items())


def _shown(value: Any) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)


def _who(api: clients.Client, text: str) -> str:
    """The id of who `text` names; a load, or one who has no account, by that very text."""
    found = api.get("/find", text=text)["accounts"]
    return found[0]["account"] if len(found) == 1 else text
