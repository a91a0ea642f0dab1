"""`rollbook matches` and `rollbook match decide`: rows that may be people who are here already."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import account, follow, home
from cli import client as clients
from cli.options import AsJson, Reason, Site
from cli.screen import Trouble, print_json, say, table

app = typer.Typer(no_args_is_help=True, help="Decide who a row of a source is.")

# Why a row waits, and what speaks for or against an account: codes of `rostering.matching`.
RULES = {
    "several_accounts": "several accounts fit",
    "manual_account": "looks like an account made by hand",
    "possible_duplicate": "same names, birth date and school",
    "same_delivery": "the account's own row is in the same sheet",
    "other_first_name": "the first name is another",
    "other_last_name": "the last name is another",
    "id_changed": "the ID seems to have changed",
    "two_rows": "two rows fit one account",
    "recycled_id": "the ID seems to be used for somebody else now",
}


def matches(site: Site = None, as_json: AsJson = False) -> None:
    """List the rows that wait until somebody says who they are, with the accounts they may be."""
    api = clients.connect(home.site_or_last(site))
    found = list(api.pages("/matches", "matches"))
    if as_json:
        print_json({"matches": found})
        return
    if not found:
        say(f"Nobody waits to be recognized at {api.site}.")
        return
    for one in found:
        _tell(one)
    say("To decide: rollbook match decide ID --same-as ACCOUNT --reason \"…\"   or: --new")


@app.command("decide")
def decide(
    match: Annotated[list[str], typer.Argument(metavar="ID…", help="The match, or several that are all new.")],
    reason: Reason,
    same_as: Annotated[
        str | None, typer.Option(help="The account that it is: its id, username or ID.", metavar="ACCOUNT")
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="It is somebody new.")] = False,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Say who a row is: an account that is here, or somebody new. The row is loaded then.

    Exit code 0 loaded, 3 the load that it is in still waits for approval.
    """
    if bool(same_as) == new:
        raise Trouble("Say either --same-as ACCOUNT or --new.", 2)
    if same_as and len(match) > 1:
        raise Trouble("One account can be one row only: decide one match at a time.", 2)
    api = clients.connect(home.site_or_last(site))
    same_as = account.resolve(api, same_as) if same_as else None
    decided = [
        api.post(
            f"/matches/{clients.segment(one)}",
            {"same_as": same_as, "new": new, "reason": reason, "goes_on": one == match[-1]},
        )
        for one in match
    ]
    number = decided[-1]["goes_on_as"]
    with follow.progress(quiet=as_json) as bar:
        found = follow.to_the_end(api, clients.segment(number), bar) if number else None
    if as_json:
        print_json({"matches": decided, "load": found and {name: found[name] for name in ("load", "state", "counts")}})
    else:
        _tell_decided(decided, found)
    code = follow.EXIT_CODES.get(found["state"], 1) if found else 0
    if code:
        raise typer.Exit(code)


def _tell(one: dict[str, Any]) -> None:
    who = one["who"]
    name = " ".join(who.get(part, "") for part in ("first_name", "last_name")).strip()
    place = f"{one['tab']} row {one['row']}" if one["row"] else one["tab"]
    say(f"{one['match']}  {name}, {one['kind']} {one['key']} of {one['source']} ({place}, load {one['load']})", "bold")
    say(f"  waits because {RULES.get(one['rule'], one['rule'])}", "yellow")
    table(
        "",
        ("Score", "Account", "Name", "Role", "School", "Username", "Status", "What speaks for or against it"),
        (
            (
                candidate["score"],
                candidate["account"],
                f"{candidate['person']['first_name']} {candidate['person']['last_name']}",
                candidate["person"]["role"],
                candidate["person"]["school"],
                candidate["person"]["username"],
                candidate["person"]["status"],
                ", ".join(reason.replace("_", " ") for reason in candidate["reasons"]),
            )
            for candidate in one["candidates"]
        ),
        right=("Score",),
    )


def _tell_decided(decided: list[dict[str, Any]], found: dict[str, Any] | None) -> None:
    for one in decided:
        what = "is a new person" if not one["decision"]["same_as"] else f"is account {one['decision']['same_as']}"
        say(f"{one['kind']} {one['key']} of {one['source']} {what}.", "bold")
    if found is None:
        say("It counts from the next delivery on.")
    elif found["state"] == "held":
        say(f"Load {found['load']} was planned again with it, and still waits for approval.", "yellow")
    else:
        say(f"Loaded: load {found['load']} is {found['state'].replace('_', ' ')}.")
