"""What a person sees: tables, sentences, JSON for programs, one clear line when something is wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

WIDTH_OF_A_FILE = 200
DONE, FAILED, HELD, TURNED_BACK = 0, 1, 3, 4


class Trouble(Exception):
    """Something the user has to know: one sentence, and the exit code."""

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def out() -> Console:
    """Standard output as it is now."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_OF_A_FILE)


def err() -> Console:
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Iterable[str] = ()
) -> None:
    """Print a table; numbers (and the columns named in `right`) stand at the right."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    to_the_right = set(right)
    shown = Table(
        title=title or None,
        box=box.SIMPLE_HEAD,
        title_justify="left",
        title_style="bold",
        header_style="bold",
        pad_edge=False,
    )
    for column in columns:
        shown.add_column(column, justify="right" if column in to_the_right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(escape(f"{value:,}" if isinstance(value, int) else str(value)) for value in row))
    out().print(shown)


def say(text: str, style: str = "") -> None:
    """Print a line that may hold anything: it is shown as it is."""
    from rich.text import Text

    out().print(Text(text, style=style))


def duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"
