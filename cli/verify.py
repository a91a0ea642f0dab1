"""`rollbook verify`: compare the table with what a source last said, and set right what drifted."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import client as clients
from cli import follow, home, loads
from cli.options import AsJson, Site


def verify(
    site: Site = None,
    source: Annotated[str, typer.Option(help="The source whose last word counts.")] = "sheet",
    as_json: AsJson = False,
) -> None:
    """Run a verifying load and follow it to the end.

    Exit code 0 done, 3 held (too much would go), 1 failed.
    """
    api = clients.connect(home.site_or_last(site))
    with follow.progress(quiet=as_json) as bar:
        bar.note(f"Comparing {api.site} with what {source} said last …")
        number = api.post("/verify", {"source": source})["load"]
        found = follow.to_the_end(api, number, bar)
        result = loads.result_of(api, found, None, bar)
    loads.tell(result, found, as_json=as_json)
