"""`rollbook corrections|correct`: single values of what a source says, overruled until it agrees."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import client as clients
from cli import home
from cli.options import AsJson, Site
from cli.screen import Trouble, print_json, say, table


def corrections(site: Site = None, as_json: AsJson = False) -> None:
    """List the corrections of what sources say, open ones first."""
    api = clients.connect(home.site_or_last(site))
    found = api.get("/corrections")["corrections"]
    if as_json:
        print_json({"corrections": found})
        return
    table(
        f"Corrections of {api.site} ({len(found):,})",
        ("Id", "Source", "Kind", "Record", "Field", "Read as", "The source says", "State", "Made"),
        (
            (
                one["correction"],
                one["source"],
                one["kind"],
                one["key"],
                one["field"],
                one["value"],
                one["said"],
                one["state"],
                one["at"][:10],
            )
            for one in found
        ),
    )


def correct(
    kind: Annotated[
        str | None,
        typer.Argument(help="school, term, staff, student, guardian, course or section."),
    ] = None,
    key: Annotated[str | None, typer.Argument(help="The id that the source uses (a Student ID).")] = None,
    field: Annotated[str | None, typer.Argument(help="The field, for example grade.")] = None,
    value: Annotated[str | None, typer.Argument(help="What it is to be read as.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why; it is kept in the audit trail.")] = None,
    remove: Annotated[str | None, typer.Option(metavar="ID", help="Take this correction back.")] = None,
    source: Annotated[str, typer.Option(help="The source that is corrected.")] = "sheet",
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Correct one value of what a source says, from its next delivery on, until the source agrees."""
    api = clients.connect(home.site_or_last(site))
    if remove:
        if kind is not None:
            raise Trouble("Give --remove ID alone, or KIND ID FIELD VALUE.")
        made = api.delete(f"/corrections/{clients.segment(remove)}")
    else:
        if kind is None or key is None or field is None or value is None or not reason:
            raise Trouble('Give KIND ID FIELD VALUE --reason "…", or --remove ID.')
        order = {"source": source, "kind": kind, "key": key, "field": field, "value": value, "reason": reason}
        made = api.post("/corrections", order)
    if as_json:
        print_json(made)
        return
    say(f"Correction {made['correction']}: {made['field']} of {made['kind']} {made['key']} "
        f"{'is no longer corrected' if remove else 'is read as ' + repr(made['value'])}.")
    if made["note"]:
        newest = f" (the newest load is {made['newest_load']})" if made["newest_load"] else ""
        say(made["note"] + newest, "dim")
