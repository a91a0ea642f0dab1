"""`rollbook account invite|password|unlock`: the way in of one account."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import batches, home, screen
from cli import client as clients
from cli.account import Id, Reason, resolve
from cli.options import AsJson, Site
from cli.screen import print_json, say

Print = Annotated[bool, typer.Option("--print", help="Show the link, to hand it over, although it could be emailed.")]


def invite(account: Id, reason: Reason, by_hand: Print = False, site: Site = None, as_json: AsJson = False) -> None:
    """Send an employee or a guardian a link to choose a password by; earlier links are void."""
    api = clients.connect(home.site_or_last(site))
    told = api.post(f"/accounts/{resolve(api, account)}/invite", {"reason": reason, "by_hand": by_hand})
    if as_json:
        print_json(told)
        return
    show_invitation(told)


def password(account: Id, reason: Reason, out: batches.Out = None, site: Site = None,
             as_json: AsJson = False) -> None:
    """Reset one account: a new first secret on a sheet, or for employees a new link; sessions end."""
    api = clients.connect(home.site_or_last(site))
    made = api.post(f"/accounts/{resolve(api, account)}/password", {"reason": reason})
    batches.follow(api, made, out=out, as_json=as_json)


def unlock(account: Id, reason: Reason, site: Site = None, as_json: AsJson = False) -> None:
    """Clear the counters of wrong tries; the password stays as it is."""
    api = clients.connect(home.site_or_last(site))
    told = api.post(f"/accounts/{resolve(api, account)}/unlock", {"reason": reason})
    if as_json:
        print_json(told)
        return
    say(f"Unlocked {told['account']}." if told["unlocked"] else "There was nothing to unlock: no wrong tries.")


def show_invitation(told: dict[str, Any]) -> None:
    """Say how a link went out; the link itself, where it is told, for this once."""
    if told["sent"]:
        say(f"Sent a link to {told['email']}; it is good for one use until {told['expires_at'][:16]}Z.", "bold")
        return
    say(told["message"], "yellow")
    if told["link"]:
        screen.out().print(told["link"], markup=False, highlight=False, soft_wrap=True)      # whole, to be copied
        say(f"It is good for one use until {told['expires_at'][:16]}Z.")
