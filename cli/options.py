"""Options and arguments that many commands share."""

from __future__ import annotations

from typing import Annotated

import typer

Site = Annotated[str | None, typer.Option("--site", help="The site; by default where you signed in last.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept with the load.")]
Load = Annotated[str, typer.Argument(metavar="LOAD", help="The load's number.")]
