"""`rollbook account …`: one account, and what is done to it."""

from __future__ import annotations

import typer

from cli import client as clients

app = typer.Typer(no_args_is_help=True, help="One account: merge it with another of the same person.")


def resolve(api: clients.Client, text: str) -> str:
    """The account that `text` names, as a segment of a path."""
    return clients.segment(text.strip())
