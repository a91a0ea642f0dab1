"""`rollbook account erase`: a person is erased by two administrators of the whole site."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import client as clients
from cli import home
from cli.account import Id, resolve
from cli.options import AsJson, Site
from cli.screen import Trouble, print_json, say, table


def erase(
    account: Id,
    reason: Annotated[str | None, typer.Option(help="Why; needed to ask for it.")] = None,
    approve: Annotated[bool, typer.Option("--approve", help="Erase: another administrator asked for it.")] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="Take back that it was asked for.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Erase a person who is switched off, for good: one administrator asks, another one approves."""
    if sum((approve, cancel, reason is not None)) != 1:
        raise Trouble('Give --reason "…" to ask for it, --approve, or --cancel.')
    api = clients.connect(home.site_or_last(site))
    path = f"/accounts/{resolve(api, account)}/erasure"
    if approve and not yes and not typer.confirm("Erase this person? Nothing brings them back", err=True):
        raise Trouble("Nothing was changed.")
    found = api.delete(path) if cancel else api.post(f"{path}/approve") if approve else api.post(path,
                                                                                                   {"reason": reason})
    if as_json:
        print_json(found)
    else:
        _say(found, api.site)


def _say(found: dict[str, Any], site: str) -> None:
    if found["state"] == "asked":
        say(f"Asked for. Another administrator of the whole site approves it until {found['until'][:16]}:", "bold")
        say(f"  rollbook account erase {found['account']} --approve --site {site}")
    elif found["state"] == "cancelled":
        say("It was taken back; nothing was changed.")
    else:
        say(f"Erased. In their place stands {found['placeholder']}.", "bold")
        say(found["note"])
        table("Copies that go by themselves", ("Where", "What", "After days"),
              ((one["where"], one["what"], one["days"] or "") for one in found["stays"]), right=("After days",))
