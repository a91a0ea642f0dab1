"""`rollbook digest`: what changed over night, what is held, what looks wrong."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import client as clients
from cli import home
from cli.options import AsJson, Site
from cli.screen import Trouble, print_json, say

_TITLES = {"changed": "What changed", "held": "What is held", "wrong": "What looks wrong"}
_STYLES = {"changed": "bold", "held": "bold yellow", "wrong": "bold red"}


def digest(
    day: Annotated[str | None, typer.Option(help="The day (2026-11-29); the newest by default.")] = None,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Show the digest of a day: what changed, what is held, what looks wrong, each with its why."""
    api = clients.connect(home.site_or_last(site))
    if day is None:
        newest = api.get("/digests", limit=1)["digests"]
        if not newest:
            raise Trouble(f"{api.site} has no digest yet. The first one comes at 05:00 of its own time.")
        day = newest[0]["day"]
    try:
        found = api.get(f"/digests/{clients.segment(day)}")
    except clients.Refused as refused:
        if refused.status != 404:
            raise
        raise Trouble(f"{api.site} has no digest of {day}.") from None
    if as_json:
        print_json(found)
        return
    say(f"{api.site}, {found['day']}: what happened since {found['since'][:16].replace('T', ' ')} UTC", "bold")
    for part, title in _TITLES.items():
        lines = [line for line in found["lines"] if line["part"] == part]
        say(f"{title} ({len(lines)})", _STYLES[part] if lines else "dim")
        for line in lines:
            say(f"  - {line['text']}")
            if line["command"]:
                say(f"    {line['command']}", "dim")
