"""`make demo`: the first weeks of a made-up district, from nothing to printed account sheets.

Runs the commands that a helpdesk person would type, shows them and what they say, and leaves the
files in `demo-output/`. The local cloud it starts is its own and is stopped at the end.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from cli import demo_gg4l, demo_people, demo_zone

FOLDER = Path("demo-output")
STUDENTS = 1_000
HELD, TURNED_BACK = 3, 4


class Demo:
    """Runs `rollbook` commands in a home of its own and prints them as a person would see them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._screen = Console(highlight=False, soft_wrap=True)
        self._environment = os.environ | {"ROLLBOOK_HOME": str((folder / "home").resolve()),
                                          "COLUMNS": str(min(self._screen.width, 110))}

    def chapter(self, number: int, title: str, story: str) -> None:
        self._screen.print(f"\n[bold cyan]{number}. {title}[/]")
        self._screen.print(story, style="dim")

    def say(self, text: str) -> None:
        self._screen.print(text)

    def rollbook(self, *words: str, expect: int = 0, shown: bool = True) -> None:
        """Run a command, show it with what it prints; stops the demo if it ends otherwise than expected."""
        self._screen.print(f"\n[bold]$ rollbook {escape(shlex.join(words))}[/]")
        done = self._run(words, capture=not shown)
        if done.returncode != expect:
            raise SystemExit(f"rollbook {words[0]} ended with {done.returncode}, not {expect}.\n{done.stderr or ''}")

    def ask(self, *words: str) -> Any:
        """What a command answers as JSON, unseen."""
        return json.loads(self._run((*words, "--json"), capture=True).stdout)

    def wait(self, load: str, *, site: str = "demo", seconds: float = 120) -> None:
        """Wait until a load is over."""
        until = time.monotonic() + seconds
        while self.ask("show", load, "--site", site)["state"] not in ("done", "failed"):
            if time.monotonic() > until:
                raise SystemExit(f"load {load} did not end within {seconds:.0f} seconds")
            time.sleep(0.5)

    def api(self, site: str) -> str:
        """Where the API of a site is, as its session knows."""
        kept = json.loads((self.folder / "home" / "session.json").read_text())
        return kept["sites"][site]["api"]

    def newest(self) -> str:
        """The number of the newest load."""
        return self.ask("loads", "--site", "demo", "--limit", "1")["loads"][0]["load"]

    def _run(self, words: tuple[str, ...], *, capture: bool) -> subprocess.CompletedProcess[str]:
        sys.stdout.flush()
        command = [sys.executable, "-m", "cli.main", *words]
        return subprocess.run(command, env=self._environment, text=True,  # noqa: S603 our own command line
                              capture_output=capture, check=False)

    def file(self, name: str) -> str:
        return str(self.folder / name)


def main() -> None:
    began = time.monotonic()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    demo = Demo(FOLDER)
    demo.say("[bold]Rollbook: a district's sheet becomes accounts.[/] Everything runs on this machine; "
             "no AWS account is needed.")
    try:
        _weeks(demo)
        forgetful = demo_people.Forgetful(demo)
        forgetful.start()
        demo_zone.play(demo)
        demo_gg4l.play(demo)
        demo_people.play(demo, forgetful)
    finally:
        demo.rollbook("local", "down", shown=False)
    demo.say(f"\n[bold green]That was all of it, in {time.monotonic() - began:.0f} seconds.[/] Open these:")
    for path in sorted(FOLDER.glob("*/*")):
        if path.parent.name != "home":
            demo.say(f"  {path}")
    demo.say("\nTo play on: [bold]make up[/], then [bold].venv/bin/rollbook --help[/]")


def _weeks(demo: Demo) -> None:
    demo.chapter(1, "A cloud on this machine", "The real template.yaml, deployed to a local cloud: buckets, "
                 "queue, functions, state machine, table, keys.")
    demo.rollbook("local", "up", "--background")

    demo.chapter(2, "The first sheet", f"The helpdesk gets a district's workbook: {STUDENTS:,} students with "
                 "staff, guardians, classes and rosters. It goes into the inbox.")
    week_1 = demo.file("week-1.xlsx")
    demo.rollbook("generate", "--students", str(STUDENTS), "--out", week_1)
    demo.rollbook("load", week_1, "--site", "demo", "--yes", "--out", demo.file("week-1"))

    demo.chapter(3, "The same file again", "Somebody drops it a second time. Nothing happens twice.")
    demo.rollbook("load", week_1, "--site", "demo", expect=TURNED_BACK)

    demo.chapter(4, "A new school system", "The district's new system gives every student a new ID. Elsewhere "
                 "everybody is doubled and the old accounts are suspended; here the load says what happened, "
                 "and everybody keeps account, username and classes.")
    renumbered = demo.file("new-ids.xlsx")
    demo.rollbook("generate", "--students", str(STUDENTS), "--variant", "new-ids", "--out", renumbered)
    demo.rollbook("load", renumbered, "--site", "demo", expect=HELD)
    held = demo.newest()
    demo.rollbook("approve", held, "--site", "demo", "--rekey", "--reason", "New school system since Monday")
    demo.wait(held)
    demo.rollbook("show", held, "--site", "demo")

    demo.chapter(5, "Taken back", "The new system is put off. The load is undone, field by field; what somebody "
                 "changed since would be left and listed.")
    demo.rollbook("undo", held, "--site", "demo", "--dry-run")
    demo.rollbook("undo", held, "--site", "demo", "--reason", "The new system was put off")

    demo.chapter(6, "A week later", "People came, moved and left. The new list is complete, so whoever is "
                 "missing would be switched off: a person has to look first.")
    week_2 = demo.file("week-2.xlsx")
    demo.rollbook("generate", "--students", str(STUDENTS), "--variant", "next-week", "--out", week_2)
    demo.rollbook("load", week_2, "--site", "demo", expect=HELD)
    held = demo.newest()
    demo.rollbook("approve", held, "--site", "demo", "--reason", "Checked with the district office")
    demo.wait(held)
    demo.rollbook("show", held, "--site", "demo", "--out", demo.file("week-2"))

    demo.chapter(7, "Half a file", "The export broke off in the middle. Elsewhere this switches off hundreds "
                 "of accounts; here it waits, and is rejected.")
    half = demo.file("half.xlsx")
    demo.rollbook("generate", "--students", str(STUDENTS), "--variant", "truncated", "--out", half)
    demo.rollbook("load", half, "--site", "demo", expect=HELD)
    held = demo.newest()
    demo.rollbook("reject", held, "--site", "demo", "--reason", "The file stops in the middle")

    demo.chapter(8, "A broken sheet", "Somebody changed two columns round and renamed a third. "
                 "It is turned back with a sentence for each slip; nothing changes.")
    broken = demo.file("broken.xlsx")
    _break(Path(week_1), Path(broken))
    demo.rollbook("load", broken, "--site", "demo", "--out", demo.file("broken"), expect=TURNED_BACK)

    demo.chapter(9, "One class", "What was loaded, who is in a class, and its cards once more, for the teacher.")
    demo.rollbook("loads", "--site", "demo")
    section = _a_class(Path(week_1))
    demo.rollbook("roster", "--site", "demo", "--section", section)
    demo.rollbook("export", "--site", "demo", "--section", section, "--with-secrets",
                  "--reason", "For the first day of school", "--out", demo.file("one-class"))


def _a_class(sheet: Path) -> str:
    """The first class of a sheet."""
    import openpyxl

    return openpyxl.load_workbook(sheet, read_only=True)["Classes"]["A2"].value


def _break(good: Path, to: Path) -> None:
    """`good` with two columns of the Students tab changed round, and a header of Classes renamed."""
    import openpyxl

    book = openpyxl.load_workbook(good)
    students = book["Students"]
    for row in students.iter_rows(min_row=1, max_row=students.max_row, min_col=4, max_col=6):
        row[0].value, row[2].value = row[2].value, row[0].value
    book["Classes"]["D1"].value = "Class"
    book.save(to)


if __name__ == "__main__":
    main()
