"""`rollbook site settings`: see what a site may set, and set it."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from cli import client as clients
from cli import home
from cli.options import AsJson, Site
from cli.screen import Trouble, print_json, say, table

# Maps whose names are schools: `school_limits.0014.school_off`, `leads.*.student`. A school may hold dots.
_BY_SCHOOL = ("school_limits", "leads")


def settings(
    pairs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KEY=VALUE]...",
            help="A value is JSON where it parses, else text; dots reach into maps (limits.site_off=50); "
            "KEY= clears.",
        ),
    ] = None,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Show every setting a site may have, or set some."""
    patch = merge_patch(pairs or [])
    api = clients.connect(home.site_or_last(site))
    found = api.patch("/settings", {"settings": patch}) if patch else api.get("/settings")
    if as_json:
        print_json(found)
        return
    if patch:
        say(f"The settings of {api.site} are set.", "bold green")
    table(
        f"Settings of {api.site}",
        ("Setting", "Value", "Default", "Meaning"),
        ((one["name"], _plain(one["value"]), _plain(one["default"]), one["meaning"]) for one in found["settings"]),
    )


def merge_patch(pairs: list[str]) -> dict[str, Any]:
    """What `KEY=VALUE` pairs say, as a merge patch: nested maps, null for what is cleared."""
    patch: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise Trouble(f"{pair} is not KEY=VALUE.", 2)
        *outer, last = _path(name, clears=not text)
        inside = patch
        for part in outer:
            inside = inside.setdefault(part, {})
            if not isinstance(inside, dict):
                raise Trouble(f"{name} is set as a whole and in part.", 2)
        if last in inside:
            raise Trouble(f"{name} is set twice.", 2)
        inside[last] = _value(text)
    return patch


def _path(name: str, *, clears: bool) -> list[str]:
    top, dot, rest = name.partition(".")
    if not dot:
        return [top]
    school, dot, last = rest.rpartition(".")
    if top not in _BY_SCHOOL or (clears and not dot):
        return [top, rest]
    return [top, school, last] if dot else [top, rest]


def _value(text: str) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
