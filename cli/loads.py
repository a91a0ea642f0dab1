"""`rollbook load|loads|show|approve|reject|undo`: drop a sheet or bundle, follow loads of any source, decide."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import account as accounts
from cli import client as clients
from cli import follow, home
from cli.client import Client, Refused
from cli.options import AsJson, Load, Reason, Site
from cli.screen import FAILED, Trouble, print_json, say, table

YES = "approved on the command line (--yes)"
_IF_ANY = ("waiting", "questions", "rest", "goes_on_with")  # told where there is something to tell


def load(
    file: Annotated[Path, typer.Argument(help="The filled-in sheet (.xlsx), or a OneRoster bundle (.zip).")],
    site: Site = None,
    yes: Annotated[bool, typer.Option("--yes", help="Approve at once what you may approve.")] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Download the reports and account sheets to this folder.", file_okay=False),
    ] = None,
    ticket: Annotated[str, typer.Option(help="The ticket the file came with.")] = "cli",
    as_json: AsJson = False,
) -> None:
    """Drop a sheet or a OneRoster bundle into the inbox and follow it to the end.

    Exit code 0 done, 3 held (or not approved), 4 turned back, 1 failed.
    """
    if not file.is_file():
        raise Trouble(f"There is no file {file}.")
    if _is_part_of_a_bundle(file):
        raise Trouble(f"{file.name} is one file of a OneRoster bundle: zip all of them, with manifest.csv.")
    api = clients.connect(home.site_or_last(site))
    with follow.progress(quiet=as_json) as bar:
        bar.note(f"Dropping {file.name} into the inbox …")
        key = api.drop(file, ticket=ticket)
        number = follow.received(api, key)
        found, result = finish(api, number, bar, yes=yes, out=out)
    tell(result, found, as_json=as_json)


def _is_part_of_a_bundle(file: Path) -> bool:
    """Whether the inbox would wait for the rest of a bundle."""
    from rostering.oneroster import columns  # few files are CSV

    name, ending = file.stem.casefold(), file.suffix.casefold()
    return ending == ".csv" and name in {"manifest", *(each.casefold() for each in columns.manifest_files())}


def loads(
    site: Site = None,
    limit: Annotated[int, typer.Option(min=1, help="How many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the loads of a site, the newest first."""
    api = clients.connect(home.site_or_last(site))
    found = list(api.pages("/loads", "loads", most=limit, limit=min(limit, 200)))
    if as_json:
        print_json({"loads": [shape(one, [], one["files"]) for one in found]})
    elif not found:
        say(f"Nothing was loaded at {api.site} yet. Drop a sheet: rollbook load FILE --site {api.site}   "
            f"or pull a SIF zone: rollbook zone pull ZONE --site {api.site}")
    else:
        table(
            f"Loads of {api.site}",
            ("Load", "Received", "State", "What", "New", "Changed", "Off", "Problems"),
            (_row(one) for one in found),
            right=("New", "Changed", "Off", "Problems"),
        )


def show(
    load: Load,
    site: Site = None,
    out: Annotated[
        Path | None, typer.Option(help="Download the files to this folder.", file_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show a load: what it changed, what was wrong, why it is held."""
    api = clients.connect(home.site_or_last(site))
    found = api.get(f"/loads/{clients.segment(load)}")
    with follow.progress(quiet=True) as bar:
        result = result_of(api, found, out, bar)
    if as_json:
        print_json(result)
    else:
        follow.summary(result, found)


def approve(
    load: Load,
    reason: Reason,
    site: Site = None,
    school: Annotated[list[str] | None, typer.Option(help="Only what is about this school; may be repeated.")] = None,
    row: Annotated[
        list[str] | None,
        typer.Option(help="Only this row (Students:212, or student/004512); may be repeated."),
    ] = None,
    rekey: Annotated[
        bool, typer.Option("--rekey", help="The IDs changed: give all pairs the new ID, switch nobody off.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Approve a held load: all of it, some schools or some rows. `rollbook show LOAD` follows it.

    What is not approved stays held, as a load of its own that goes on with the rest.
    """
    about = {"schools": school or [], "rows": row or [], "rekey": rekey}
    _decide(load, "approve", {"reason": reason} | about, site, as_json=as_json)


def reject(load: Load, reason: Reason, site: Site = None, as_json: AsJson = False) -> None:
    """Reject a held load: nothing of it is applied."""
    _decide(load, "reject", {"reason": reason}, site, as_json=as_json)


def undo(
    load: Load,
    site: Site = None,
    reason: Reason = "undone on the command line",
    school: Annotated[str | None, typer.Option(help="Undo only what concerns this school.")] = None,
    account: Annotated[str | None, typer.Option(help="Undo only what concerns this account.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go back; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Undo a load: what it made is switched off, what it changed goes back unless somebody changed it since.

    It runs as a load of its own, and is followed to the end. Undoing that load undoes the undo.
    """
    api = clients.connect(home.site_or_last(site))
    whose = accounts.resolve(api, account) if account else None
    asked = {"reason": reason, "school": school, "account": whose, "dry_run": dry_run}
    made = api.post(f"/loads/{clients.segment(load)}/undo", asked)
    with follow.progress(quiet=as_json) as bar:
        found = follow.to_the_end(api, made["load"], bar)
        result = result_of(api, found, None, bar)
    result |= {name: found[name] for name in ("undoes", "kept", "kept_total")}
    tell(result, found, as_json=as_json)


def _decide(load: str, act: str, body: dict[str, Any], site: str | None, *, as_json: bool) -> None:
    api = clients.connect(home.site_or_last(site))
    found = api.post(f"/loads/{clients.segment(load)}/{act}", body)
    if as_json:
        print_json(shape(found, [], found["files"]))
    else:
        state = "planned again, with the pairs joined" if body.get("rekey") else found["state"].replace("_", " ")
        say(f"Load {found['load']} is {state}.", "bold")


def finish(api: Client, number: str, bar: follow.Bar, *, yes: bool,
           out: Path | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """A load followed to its end, approved on the way if it is held and `yes` says so; and what JSON says of it."""
    found = follow.to_the_end(api, number, bar)
    if found["state"] == "held" and yes:
        try:
            api.post(f"/loads/{number}/approve", {"reason": YES})
            found = follow.to_the_end(api, number, bar)
        except Refused as refused:
            bar.note(f"It could not be approved: {refused}")
    return found, result_of(api, found, out, bar)


def pull(path: str, order: Any, source: str, tell_end: Callable[[dict[str, Any]], None], *, site: str | None,
         yes: bool, out: Path | None, wait: float, as_json: bool) -> None:
    """Order a pull at `path` (…/pulls), and follow what comes of it to the end.

    `tell_end` tells of a pull that became no load. Raises typer.Exit with 0 done, 3 held or not over
    yet, 4 turned back or refused, 1 failed or no answer.
    """
    api = clients.connect(home.site_or_last(site))
    with follow.progress(quiet=as_json) as bar:
        asked = api.post(path, order)
        pulled = follow.pull_to_the_end(api, f"{path}/{clients.segment(asked['pull'])}", bar, wait)
        if pulled["load"]:
            found, result = finish(api, clients.segment(pulled["load"]), bar, yes=yes, out=out)
    if pulled["load"]:
        tell(result, found, as_json=as_json)
        return
    if as_json:
        print_json(_of_pull(api.site, source, pulled))
    else:
        tell_end(pulled)
    if code := follow.pull_end(pulled)[1]:
        raise typer.Exit(code)


def _of_pull(site: str, source: str, pulled: dict[str, Any]) -> dict[str, Any]:
    """A pull that became no load, in the shape of one."""
    state, code = follow.pull_end(pulled)[0], pulled["code"]
    problem = follow.as_problem(pulled["message"]) | {
        "severity": code[:1] if code[:1].isalpha() else "", "code": code, "message": pulled["message"]}
    nothing = {"load": "", "site": site, "source": source, "state": state, "counts": {}, "holds": [], "seconds": {}}
    return shape(nothing, [problem] if state != "done" else [], {})


def result_of(api: Client, found: dict[str, Any], out: Path | None, bar: follow.Bar) -> dict[str, Any]:
    """The load as JSON promises it, with its problems and, if `out` is given, its files downloaded."""
    number = clients.segment(found["load"])
    problems = list(api.pages(f"/loads/{number}/problems", "problems"))
    if not problems and found["state"] in ("turned_back", "failed") and found.get("message"):
        problems = [follow.as_problem(found["message"])]
    files = found["files"]
    if out is not None:
        bar.note("Downloading the files …")
        files = follow.download(api, number, files, out)
    return shape(found, problems, files)


def shape(found: dict[str, Any], problems: list[Any], files: dict[str, Any]) -> dict[str, Any]:
    """What JSON promises of a load, in its order."""
    zero = dict.fromkeys(follow.COLUMNS, 0)
    return {
        "load": found["load"],
        "site": found["site"],
        "source": found["source"],
        "state": found["state"],
        "counts": {kind: zero | found["counts"].get(kind, {}) for kind in follow.KINDS},
        "problems": problems,
        "holds": [
            {name: hold.get(name, "") for name in follow.HOLD}
            for hold in found["holds"]
        ],
        "files": {name: files.get(name) for name in ("report_xlsx", "report_json", "report_html")}
        | {"account_sheets": list(files.get("account_sheets") or ())},
        "seconds": found["seconds"],
    } | {name: found[name] for name in _IF_ANY if found.get(name)}


def tell(result: dict[str, Any], found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(result)
    else:
        follow.summary(result, found)
    code = follow.EXIT_CODES.get(found["state"], FAILED)
    if code:
        raise typer.Exit(code)


def _row(one: dict[str, Any]) -> tuple[Any, ...]:
    counts = [one["counts"].get(kind, {}) for kind in follow.KINDS]
    totals = [
        sum(count.get(name, 0) for count in counts) for name in ("new", "changed", "deactivated", "problems")
    ]
    return (
        one["load"],
        one["received_at"][:16].replace("T", " "),
        one["state"].replace("_", " "),
        follow.what_of(one),
        *totals,
    )
