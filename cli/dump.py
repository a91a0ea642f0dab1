"""`rollbook dump`: all that a site holds of people and classes, as one JSON document that can be compared.

Things are named by where they came from (`sheet/student/004512`), ordered by name, and refer to one
another by name, so the dumps of two clouds agree if their sites do. What is ours alone stands at the
top of each thing, and of the document, under one key each: `id`, `times`, `loads`.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from cli import client as clients
from cli import home
from cli.client import Client
from cli.options import AsJson, Site
from cli.screen import Trouble, err, say, table

# Accounts first: the others refer to them.
PARTS = ("accounts", "schools", "terms", "courses", "sections", "groups")
OURS = ("id", "times", "loads")
_OF_ACCOUNTS = ("guardians", "students", "members", "past", "teachers")
_A_PAGE = 500
_NOBODY = "(no account)"


def dump(
    site: Site = None,
    out: Annotated[Path | None, typer.Option(help="Write the document to this file.", dir_okay=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Write all accounts, sections and rosters of a site, without secrets; or show how many there are.

    Without --json: counts by kind, and a digest that is equal for sites that hold the same.
    """
    api = clients.connect(home.site_or_last(site))
    counts: dict[str, dict[str, int]] = {}
    digest = hashlib.sha256()
    with _written(out, as_json=as_json) as to, err().status("Reading the site …"):
        to.write(f'{{"dump": 1, "id": {json.dumps(api.site)}')
        names: dict[str, str] = {}
        for part in PARTS:
            to.write(f',\n"{part}": [')
            for number, thing in enumerate(_part(api, part, names)):
                to.write(("," if number else "") + "\n" + json.dumps(thing, ensure_ascii=False, sort_keys=True))
                digest.update(_comparable(part, thing))
                kind = counts.setdefault(part, {"all": 0, "active": 0, "members": 0})
                kind["all"] += 1
                kind["active"] += thing["status"] == "active"
                kind["members"] += len(thing.get("members", ()))
            to.write("]")
        to.write("}\n")
    if as_json:
        return
    table(
        f"What {api.site} holds",
        ("", "All", "Active", "Members"),
        ((part, *counts.get(part, {"all": 0, "active": 0, "members": 0}).values()) for part in PARTS),
    )
    say(f"Digest {digest.hexdigest()}", "bold")
    if out:
        say(f"Wrote {out}.")


def _part(api: Client, part: str, names: dict[str, str]) -> list[dict[str, Any]]:
    """The things of one part by name. `names` maps account ids to names; the accounts fill it."""
    things = list(api.pages("/dump", "things", part=part, limit=_A_PAGE))
    if part == "accounts":
        names.update((one["id"], one["name"]) for one in things)
    for thing in things:
        for held in _OF_ACCOUNTS:
            if held in thing:
                thing[held] = _named(thing[held], names)
        for held in ("merged_into", "owner"):
            if thing.get(held):
                thing[held] = names.get(thing[held], _NOBODY)
    return sorted(things, key=lambda one: (one["name"], one["id"]))


def _named(held: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """A map of account ids by the accounts' names; people without an account are only counted."""
    known = {names[account]: value for account, value in held.items() if account in names}
    unknown = sorted((value for account, value in held.items() if account not in names), key=json.dumps)
    return dict(sorted(known.items())) | {f"{_NOBODY} {number}": value for number, value in enumerate(unknown, 1)}


def _comparable(part: str, thing: dict[str, Any]) -> bytes:
    """What two dumps are compared by: the thing without what is ours alone, in one plain form."""
    told = {name: value for name, value in thing.items() if name not in OURS}
    return json.dumps([part, told], sort_keys=True, ensure_ascii=False).encode() + b"\n"


@contextmanager
def _written(out: Path | None, *, as_json: bool) -> Iterator[TextIO]:
    """Where the document goes: a file that appears whole, readable by the user alone; the output; nowhere."""
    if out is None:
        if as_json:
            yield sys.stdout
            return
        with open(os.devnull, "w") as nowhere:
            yield nowhere
        return
    part = out.with_name(f".{out.name}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            yield file
        part.replace(out)
    except OSError as error:
        raise Trouble(f"{out} can't be written: {error.strerror or error}.") from None
    finally:
        part.unlink(missing_ok=True)
