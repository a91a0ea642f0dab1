"""RESULTS.md: sections that the parts write, each with its promises, and a list of what falls short."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

FILE = Path(__file__).with_name("RESULTS.md")
_PART = re.compile(r"<!-- part: (\w+) -->\n(.*?)<!-- end: \1 -->\n", re.DOTALL)
_HEAD = """# What was promised, and what was measured

Written by `make prove` (`python -m tests.prove`); each section says when, where and with which seed it was made. The
promises are those of the handbook on threats, limits and reliability. Figures of one machine: compare them with one
another, not with AWS.

Other promises are shown by tests of their own: rates and ratios by `make bench`; rights and tenants by
`tests/integration/accounts/test_matrix.py` and `test_foreign.py`, their laws by `tests/unit/access/test_rules.py` and
`test_viewing.py`; every bit of a webhook's signature by `tests/unit/gg4l/test_verify.py`; lockout by
`tests/unit/access/test_lockout.py`; the end of sheets and their links by `tests/integration/accounts/test_batches.py`;
personal data in logs and histories by `tests/workflow/test_privacy.py`; what is left of an erased person by
`tests/integration/accounts/test_erasing.py`.
"""


@dataclass(frozen=True)
class Promise:
    """One figure to reach. `short` says what is missing where it was not reached, or was not tried in full."""

    what: str
    asked: str
    reached: str
    held: bool
    short: str = ""


@dataclass
class Section:
    """What one part found."""

    part: str
    title: str
    command: str
    seconds: float = 0.0
    promises: list[Promise] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def promise(self, what: str, asked: str, reached: str, held: bool, short: str = "") -> None:
        self.promises.append(Promise(what, asked, reached, held, short))

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        self.texts.append(table(heads, rows))

    @property
    def held(self) -> bool:
        return all(promise.held for promise in self.promises)

    def write(self) -> str:
        when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        rows = [
            (
                p.what,
                p.asked,
                p.reached,
                "yes"
                if p.held and not p.short
                else f"in part: {p.short}"
                if p.held
                else f"NO: {p.short or 'see below'}",
            )
            for p in self.promises
        ]
        return "\n".join(
            [
                f"## {self.title}\n",
                f"`{self.command}` · {when} · {self.seconds:,.0f} s · {machine()}\n",
                table(("promise", "asked", "reached", "held"), rows),
                *(f"{text.rstrip()}\n" for text in self.texts),
            ]
        )


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return (
        "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"
    )


def record(section: Section, parts: Sequence[str], file: Path = FILE) -> None:
    """Put a section into the file in place of the one that was there; `parts` is their order."""
    known = sections(file) | {section.part: section.write()}
    write(known, parts, file)


def sections(file: Path) -> dict[str, str]:
    """The sections of a file, by part."""
    return dict(_PART.findall(file.read_text())) if file.exists() else {}


def write(known: dict[str, str], parts: Sequence[str], file: Path = FILE) -> None:
    """Write a file of sections in the order of `parts`, with what falls short before them."""
    short = [
        f"- {part}: {line.split(' | ')[0].removeprefix('| ')}: {line.rsplit(' | ', 1)[1].removesuffix(' |')}"
        for part in parts
        if part in known
        for line in known[part].split("\n\n")[2].splitlines()[2:]
        if line.rsplit(" | ", 1)[1].startswith(("NO", "in part"))
    ]
    missing = [f"- {part}: not run yet" for part in parts if part not in known]
    whole = [_HEAD, "## What falls short\n", "\n".join([*short, *missing]) or "Nothing.", ""]
    whole += [
        f"<!-- part: {part} -->\n{known[part].rstrip()}\n<!-- end: {part} -->\n" for part in parts if part in known
    ]
    file.write_text("\n".join(whole))


def machine() -> str:
    """Processors, memory, load and versions, in a few words."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / (1 << 30)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return (
        f"{os.cpu_count()} cores, {pages:.0f} GB, shared (load {os.getloadavg()[0]:.1f}), "
        f"Python {platform.python_version()}, commit {commit.stdout.strip() or '?'}"
    )
