"""`rollbook sheet template|check` and `rollbook generate`: sheets, without any cloud."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.screen import TURNED_BACK, Trouble, duration, err, print_json, say, table

if TYPE_CHECKING:
    from rostering.model import Problem
    from rostering.sheet.reading import Reading

app = typer.Typer(no_args_is_help=True, help="The SIS Import Sheet: make an empty one, check a filled one.")

SHOWN = 40
_KIND_OF_TAB = {
    "Schools": "schools",
    "Terms": "terms",
    "Staff": "staff",
    "Students": "students",
    "Guardians": "guardians",
    "Courses": "courses",
    "Classes": "sections",
    "Class Rosters": "rosters",
    "Groups": "groups",
}
_COUNTED = ("rows", "loaded", "turned_back", "warnings")


@app.command()
def template(
    out: Annotated[Path, typer.Option(help="Where to write it (.xlsx).")],
    site_name: Annotated[str, typer.Option(help="The district's name, for the first tab.")] = "",
    load_type: Annotated[str, typer.Option(help="Add and update, or Complete list.")] = "Add and update",
) -> None:
    """Write an empty SIS Import Sheet: yellow columns are required."""
    from rostering.sheet import template as made
    from rostering.sheet.look import school_year

    _check_name(out)
    today = date.today()
    try:
        made.write(
            out,
            site_name=site_name,
            school_year=school_year(today.year + (today.month >= 7)),
            load_type=load_type,
        )
    except ValueError as error:
        raise Trouble(f"{error}.", 2) from None
    except OSError as error:
        raise _unwritable(out, error) from None
    say(f"Wrote {out}. Fill it in from row 2 on, then: rollbook sheet check {out}")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The filled-in sheet (.xlsx).")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Read a sheet as a load would and tell what is wrong. Exit code 4 if it would be turned back."""
    read = check_sheet(file, today=date.today())
    if as_json:
        print_json(read)
    else:
        _show_check(file, read)
    if not read["ok"]:
        raise typer.Exit(TURNED_BACK)


def check_sheet(file: Path, *, today: date) -> dict[str, Any]:
    """`{"ok", "counts", "problems"}` of a sheet; not ok if the whole workbook would be turned back."""
    from rostering.errors import InputError
    from rostering.sheet.problems import problem
    from rostering.sheet.reading import NothingKnown, TurnedBack, read_sheet
    from rostering.xlsx.refusal import Refused
    from rostering.xlsx.workbook import open_workbook

    try:
        with file.open("rb") as source, open_workbook(source, name=file.name) as workbook:
            reading = read_sheet(workbook, site="", known=NothingKnown(), today=today)
            with reading:
                return _checked(list(reading.problems), reading, ok=True)
    except TurnedBack as refused:
        found = list(refused.problems)
        if refused.reading is None:
            return _checked(found, None, ok=False)
        with refused.reading as reading:
            return _checked(found + list(reading.problems), reading, ok=False)
    except InputError as refused:
        facts = refused.facts if isinstance(refused, Refused) else {}
        return _checked([problem(refused.code, **facts)], None, ok=False)
    except OSError as error:
        raise Trouble(f"{file} can't be read: {error.strerror or error}.") from None


def _checked(problems: list[Problem], reading: Reading | None, *, ok: bool) -> dict[str, Any]:
    counts = {
        _KIND_OF_TAB[tab]: {name: getattr(found, name) for name in _COUNTED}
        for tab, found in (reading.counts if reading else {}).items()
    }
    return {
        "ok": ok,
        "counts": counts,
        "problems": [{"severity": one.severity, "code": one.code, "tab": one.tab, "row": one.row, "column": one.column,
                      "message": one.message} for one in problems],
    }


def generate(
    students: Annotated[int, typer.Option(min=1, help="How many students the district has.")],
    out: Annotated[Path, typer.Option(help="Where to write it (.xlsx).")],
    seed: Annotated[int, typer.Option(help="Another seed is another district.")] = 1,
    variant: Annotated[str | None, typer.Option(help="next-week, truncated or new-ids.")] = None,
    load_type: Annotated[str | None, typer.Option(help="Add and update, or Complete list.")] = None,
    site_name: Annotated[str, typer.Option(help="The district's name, for the first tab.")] = "",
) -> None:
    """Make up a realistic district as an import sheet. The same numbers give the same district."""
    import time

    from cli.generate import generate as make

    _check_name(out)
    began = time.monotonic()
    try:
        with err().status(f"Making up a district of {students:,} students …"):
            files = make(
                students,
                out=out,
                today=date.today(),
                seed=seed,
                variant_name=variant,
                load_type=load_type,
                site_name=site_name,
            )
    except ValueError as error:
        raise Trouble(f"{str(error).rstrip('.')}.", 2) from None
    except OSError as error:
        raise _unwritable(out, error) from None
    took = duration(time.monotonic() - began)
    say(f"Wrote {', '.join(str(file) for file in files)} ({students:,} students, {took}).")


def show_problems(problems: Iterable[dict[str, Any]], *, most: int = SHOWN) -> None:
    """Print problems as a table, the worst first: errors one by one, what is only to be looked at by code."""
    found = sorted(problems, key=lambda one: ("FTRWI".find(one["severity"]), one["tab"], one["row"]))
    alike: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for place, one in enumerate(found):
        alike.setdefault((one["code"], one["tab"] if one["severity"] in "WI" else str(place)), []).append(one)
    lines = [_problem_line(group) for group in alike.values()]
    if lines:
        table(
            f"Problems ({len(found):,})",
            ("Code", "Where", "Column", "Times", "What"),
            lines[:most],
            right=("Times",),
        )
    if len(lines) > most:
        say(f"… and {len(lines) - most:,} more (--json shows all).", "dim")


def _problem_line(group: list[dict[str, Any]]) -> tuple[Any, ...]:
    first = group[0]
    row = f"row {first['row']}{' …' if len(group) > 1 else ''}" if first["row"] else ""
    return (
        first["code"],
        " ".join(part for part in (first["tab"], row) if part),
        first["column"],
        len(group),
        first["message"],
    )


def _show_check(file: Path, read: dict[str, Any]) -> None:
    if read["counts"]:
        table(
            "",
            ("", "Rows", "Loaded", "Turned back", "Warnings"),
            ([kind, *(found[name] for name in _COUNTED)] for kind, found in read["counts"].items()),
            right=("Rows", "Loaded", "Turned back", "Warnings"),
        )
    show_problems(read["problems"])
    back = sum(found["turned_back"] for found in read["counts"].values())
    if not read["ok"]:
        say(f"{file.name} would be turned back: nothing would be loaded.", "bold red")
    elif back:
        say(f"{file.name} would be loaded, except {back:,} rows with errors.", "bold yellow")
    elif read["problems"]:
        say(f"{file.name} would be loaded. Please look at what is listed above.", "bold green")
    else:
        say(f"{file.name} is fine.", "bold green")


def _check_name(out: Path) -> None:
    if out.suffix.lower() != ".xlsx":
        raise Trouble("The file name must end in .xlsx.", 2)


def _unwritable(out: Path, error: OSError) -> Trouble:
    return Trouble(f"{out} can't be written: {error.strerror or error}.")
