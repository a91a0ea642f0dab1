"""`rollbook operator …` and `rollbook dead-letters …`: what whoever runs Rollbook does when something stopped.

They call the operator function with the usual AWS credentials, as `rollbook site create` does.
`infra/runbook.md` says when.
"""

from __future__ import annotations

from typing import Annotated

import typer

from cli.options import AsJson, Load
from cli.screen import print_json, say, table
from cli.sites import Function, operate

app = typer.Typer(no_args_is_help=True, help="For whoever runs Rollbook: let loads go on that stopped.")
letters = typer.Typer(no_args_is_help=True, help="For whoever runs Rollbook: what was given up, and sending it back.")

Why = Annotated[str, typer.Option("--reason", help="Why; it is kept in the audit trail.")]
_IDS_HELP = "Ids of dead letters, as `dead-letters list` has them."


@app.command()
def resume(
    load: Load,
    site: Annotated[str, typer.Option("--site", help="The site of the load.")],
    reason: Why,
    function: Function = None,
    as_json: AsJson = False,
) -> None:
    """Let a load go on that failed, once what stopped it is gone. What it wrote stays, and is not written again."""
    done = operate(site, function, {"action": "resume-load", "site": site, "load": load, "reason": reason})
    if as_json:
        print_json(done)
    else:
        say(f"Load {load} goes on. Follow it: rollbook show {load} --site {site}", "bold green")


@letters.command("list")
def list_letters(function: Function = None, as_json: AsJson = False) -> None:
    """Show what was given up: since when, of which queue or function, of which site."""
    found = operate("", function, {"action": "dead-letters"})["letters"]
    if as_json:
        print_json(found)
    elif not found:
        say("There are no dead letters.")
    else:
        table("Dead letters", ("Id", "Since", "Of", "Site", "About", "Error", "Can go back"), [
            (one["id"], one["since"][:16].replace("T", " "), one["of"], one["site"],
             ", ".join(f"{name} {value}" for name, value in one["about"].items()), one["error"],
             "yes" if one["can_go_back"] else "no") for one in found])
        say("Once the cause is gone: rollbook dead-letters redrive --reason \"…\"")


@letters.command()
def redrive(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID", help=_IDS_HELP)] = None,
    *,
    reason: Why,
    function: Function = None,
    as_json: AsJson = False,
) -> None:
    """Send dead letters back to where they came from: those named, or all. What was done already is not done again."""
    done = operate("", function, {"action": "redrive", "ids": ids or [], "reason": reason})
    if as_json:
        print_json(done)
    else:
        say(f"Sent back: {done['redriven']}. Still there: {done['left']}.")


@letters.command()
def discard(
    ids: Annotated[list[str], typer.Argument(metavar="ID", help=_IDS_HELP)],
    reason: Why,
    function: Function = None,
    as_json: AsJson = False,
) -> None:
    """Remove dead letters for good: what they asked for is never done."""
    done = operate("", function, {"action": "discard", "ids": ids, "reason": reason})
    if as_json:
        print_json(done)
    else:
        say(f"Discarded: {done['discarded']}. Still there: {done['left']}.")
