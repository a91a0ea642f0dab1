"""Following a load, or a pull of a connection: its progress while it runs, its summary when it is over or waits."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cli import client as clients
from cli.client import Client, Refused
from cli.screen import DONE, FAILED, HELD, TURNED_BACK, Trouble, duration, err, say, table
from cli.sheets import show_problems
from rostering.pulls import OVER

if TYPE_CHECKING:
    from rich.progress import Progress

KINDS = ("schools", "terms", "staff", "students", "guardians", "courses", "sections", "rosters", "groups")
COLUMNS = ("rows", "new", "changed", "unchanged", "missing", "deactivated", "problems")
HOLD = ("rule", "school", "kind", "count", "of", "message", "cause", "action")
EXIT_CODES = {
    "done": DONE,
    "undone": DONE,
    "previewed": DONE,
    "held": HELD,
    "rejected": HELD,
    "expired": HELD,
    "replaced": HELD,
    "turned_back": TURNED_BACK,
    "failed": FAILED,
}
RECEIVE_SECONDS = 300

_REPORTS = {"report_xlsx": "report.xlsx", "report_json": "report.json", "report_html": "report.html"}
_KEPT_SHOWN = 20
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.2, 2.0
_STAGES = {
    "read": "Reading the file",
    "plan": "Working out what would change",
    "gate": "Checking the limits",
    "apply": "Writing accounts and rosters",
    "credentials": "Making first secrets",
    "export": "Printing account info sheets",
    "report": "Writing the report",
}
_PULLING = {"waiting": "Waiting until the pull begins", "running": "Talking with the source"}
# What a load would be that never came to be, and the exit code; any other end is a good one.
_PULL_ENDS = {"refused": ("turned_back", TURNED_BACK), "unavailable": ("failed", FAILED), "running": ("waiting", HELD),
              "waiting": ("waiting", HELD)}
_TITLES = {
    "done": ("Done.", "bold green"),
    "held": ("Held: it waits for a person.", "bold yellow"),
    "turned_back": ("Turned back: nothing was changed.", "bold red"),
    "failed": ("Failed on our side: it can be run again.", "bold red"),
    "rejected": ("Rejected: nothing was applied.", "bold yellow"),
    "expired": ("The hold expired: nothing was applied.", "bold yellow"),
    "replaced": ("Replaced by a newer load: nothing of this one was applied.", "bold yellow"),
    "undone": ("Undone.", "bold yellow"),
    "previewed": ("A dry run: nothing was changed.", "bold yellow"),
}
_ADVICE = {
    "rekey": "New IDs of the same people can be joined, so that nobody is switched off (--rekey).",
    "approve_school": "Approve the other schools only (--school), and send the missing one again.",
    "send_again": "Reject it and send a corrected file.",
    "reject": "Reject it if a few rows that you compare are wrong.",
    "approve": "Approve it if what it says is so.",
}
_ADVICE_OF_A_PULL = {
    "send_again": "Reject it, have it set right in the student information system, and pull again: "
                  "rollbook {pull}",
    "approve_school": "Approve the other schools only (--school), and pull again once the missing one is there.",
}


class Bar(Protocol):
    """Where progress is shown."""

    def note(self, text: str) -> None: ...

    def stage(self, found: dict[str, Any]) -> None: ...

    def doing(self, text: str) -> None: ...


class _Quiet:
    def note(self, text: str) -> None:
        pass

    def stage(self, found: dict[str, Any]) -> None:
        pass

    def doing(self, text: str) -> None:
        pass


class _Live:
    """One line: stage, steps done, time to go."""

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self._task = shown.add_task("", total=None, rows="")
        self._stage = ""

    def note(self, text: str) -> None:
        self._shown.console.print(text, style="dim", markup=False)

    def stage(self, found: dict[str, Any]) -> None:
        stage, steps = found.get("stage", ""), found.get("progress") or {}
        if stage != self._stage:
            self._stage = stage
            self.doing(_doing(found))
        rows = sum(count.get("rows", 0) for count in found["counts"].values())
        self._shown.update(
            self._task,
            total=steps.get("total") or None,
            completed=steps.get("done", 0),
            rows=f"{rows:,} rows" if rows else "",
        )

    def doing(self, text: str) -> None:
        self._shown.reset(self._task, description=text)


@contextmanager
def progress(*, quiet: bool) -> Iterator[Bar]:
    """A progress line on standard error; nothing at all if `quiet`."""
    if quiet:
        yield _Quiet()
        return
    from rich import progress as parts

    with parts.Progress(
        parts.SpinnerColumn(),
        parts.TextColumn("{task.description}"),
        parts.BarColumn(),
        parts.MofNCompleteColumn(),
        parts.TextColumn("{task.fields[rows]}"),
        parts.TimeElapsedColumn(),
        parts.TextColumn("to go"),
        parts.TimeRemainingColumn(),
        console=err(),
        transient=True,
        expand=False,
    ) as shown:
        yield _Live(shown)


def _doing(found: dict[str, Any]) -> str:
    """What a load does at present. Most stages are the same whatever it is of."""
    stage = found.get("stage", "")
    if stage == "read" and zone_of(found):
        return "Reading what the zone sent"
    if stage == "read" and district_of(found):
        return "Reading what GG4L gave"
    return _STAGES.get(stage, stage or found["state"])


def zone_of(found: dict[str, Any]) -> str:
    """The zone that a load is of, "" if it is of something else."""
    return _of("sif", found)


def district_of(found: dict[str, Any]) -> str:
    """The district at GG4L that a load is of, "" if it is of something else, also of files that were handed over."""
    district = _of("gg4l", found)
    return "" if district == "files" else district


def _of(connection: str, found: dict[str, Any]) -> str:
    kind, _, name = found.get("source", "").partition(":")
    return name if kind == connection else ""


def _pull_again(found: dict[str, Any]) -> str:
    """The command that pulls again what a load was pulled of, "" if it was not pulled."""
    zone, district = zone_of(found), district_of(found)
    return f"zone pull {zone} --full" if zone else f"gg4l pull {district}" if district else ""


def received(api: Client, key: str) -> str:
    """The load that a dropped file became, once the inbox has seen it."""
    until = time.monotonic() + RECEIVE_SECONDS
    for pause in _pauses():
        try:
            return api.get("/received", key=key)["load"]
        except Refused as refused:
            if refused.status != 404:
                raise
        if time.monotonic() > until:
            raise Trouble("The inbox has the file, but nothing has read it yet. Later: rollbook loads")
        time.sleep(pause)
    raise AssertionError("pauses don't end")


def to_the_end(api: Client, number: str, bar: Bar) -> dict[str, Any]:
    """The load when it is over, or held."""
    for pause in _pauses():
        found = api.get(f"/loads/{number}")
        bar.stage(found)
        if found["state"] in EXIT_CODES:
            return found
        time.sleep(pause)
    raise AssertionError("pauses don't end")


def pull_to_the_end(api: Client, path: str, bar: Bar, seconds: float) -> dict[str, Any]:
    """A pull when it is over, or as it stands after `seconds`: a zone may let us wait for hours.

    What came of it may be a load, which goes on by itself.
    """
    said, until = "", time.monotonic() + seconds
    for pause in _pauses():
        found = api.get(path)
        if found["state"] in OVER or time.monotonic() > until:
            return found
        doing = found["message"] or _PULLING.get(found["state"], found["state"])
        if doing != said:
            bar.doing(doing)
            said = doing
        time.sleep(pause)
    raise AssertionError("pauses don't end")


def pull_end(pulled: dict[str, Any]) -> tuple[str, int]:
    """For a pull that became no load: the state that a load of it would have, and the exit code."""
    return _PULL_ENDS.get(pulled["state"], ("done", DONE))


def download(api: Client, number: str, files: dict[str, Any], out: Path) -> dict[str, Any]:
    """Fetch a load's files into a folder; gives their paths by the names that `files` has."""
    links = api.get(f"/loads/{number}/files")
    got: dict[str, Any] = {
        name: str(api.fetch(links[name], out / plain)) for name, plain in _REPORTS.items() if links.get(name)
    }
    got["account_sheets"] = [
        str(api.fetch(link, out / clients.file_name(name)))
        for link, name in zip(links["account_sheets"], links["sheet_names"], strict=True)
    ]
    if links["gone"]:
        err().print(
            f"{links['gone']} account sheets were deleted an hour after they were made. "
            "Print them again: rollbook export"
        )
    if links["withheld"]:
        err().print(f"{links['withheld']} account sheets were not downloaded: that needs credentials.export.")
    if links["sign_in_again"]:
        err().print(
            f"{links['sign_in_again']} account sheets wait: they show passwords, and your last sign-in is more than 15 "
            f"minutes ago. {clients.sign_in_again(api.site)} Then: rollbook show {number} --out {out}", markup=False
        )
    return got


def what_of(found: dict[str, Any]) -> str:
    """What a load was of: a file, a zone, a district at GG4L, or what a person ordered."""
    if found.get("undoes"):
        return f"undo of {found['undoes']}"
    if found.get("purpose") == "verify" and not found.get("file_name"):
        return f"verify {found['source']}"
    zone, district = zone_of(found), district_of(found)
    if zone or district:
        kind = found.get("load_type", "").lower()
        what = f"zone {zone}" if zone else f"district {district}"
        what = f"{what}, {kind}" if kind else what
    else:
        what = found.get("file_name", "")
    return f"{what}, again" if what and found.get("goes_on_with") else what


def as_problem(message: str) -> dict[str, Any]:
    """What a load says about itself (`F-EMPTY: The file is empty. …`), as a problem of the workbook."""
    code, _, sentence = message.partition(": ")
    if not re.fullmatch(r"[A-Z][A-Z0-9-]+", code):
        code, sentence = "", message
    return {"severity": code[:1], "code": code, "tab": "", "row": 0, "column": "", "message": sentence}


def summary(result: dict[str, Any], found: dict[str, Any]) -> None:
    """Print what became of a load, for a person."""
    title, style = _TITLES.get(result["state"], (f"State: {result['state'].replace('_', ' ')}.", "bold"))
    say(title, style)
    what = what_of(found)
    name = f", {what}" if what else ""
    say(f"Load {result['load']} of {result['site']}{name}", "dim")
    if found.get("repairs"):
        say(f"Of a corrected report: {found['message']}.")
    moved = {kind: count for kind, count in result["counts"].items() if any(count.values())}
    if moved:
        table(
            "",
            ("", *(column.capitalize() for column in COLUMNS)),
            ([kind, *(count[column] for column in COLUMNS)] for kind, count in moved.items()),
            right=[column.capitalize() for column in COLUMNS],
        )
    elif result["state"] == "done":
        say("Nothing to change.")
    if result["holds"]:
        table(
            "Why it is held",
            ("Rule", "School", "Kind", "Count", "Of", ""),
            (
                (
                    hold["rule"],
                    hold["school"] or "whole site",
                    hold["kind"],
                    hold["count"],
                    hold["of"],
                    hold.get("message", ""),
                )
                for hold in found["holds"]
            ),
            right=("Count", "Of"),
        )
        actions = dict.fromkeys(hold.get("action", "") for hold in found["holds"])
        pull = _pull_again(found)
        known = _ADVICE | (_ADVICE_OF_A_PULL if pull else {})
        for advice in (known[action] for action in actions if action in known):
            say(f"  {advice.format(pull=pull)}")
    if result["state"] == "held" and len(found.get("waiting", ())) > 1:
        told = ", ".join(f"{one['school'] or 'no school'} {one['changes']:,}" for one in found["waiting"])
        say(f"Changes by school: {told}")
    if found.get("kept"):
        table(
            f"Kept as it is: {found['kept_total']:,} values",
            ("Kind", "Which", "What", "Why"),
            (
                (
                    kept["kind"],
                    kept["account"] or kept["id"],
                    " ".join(word for word in (kept["attribute"], kept["field"]) if word),
                    kept["why"].replace("_", " "),
                )
                for kept in found["kept"][:_KEPT_SHOWN]
            ),
        )
    show_problems(result["problems"], most=12)
    paths = [
        path for path in (*list(result["files"].values())[:3], *result["files"]["account_sheets"]) if path
    ]
    if paths:
        say("Files", "bold")
        for path in paths:
            say(f"  {path}")
    if result["seconds"]:
        steps = ", ".join(f"{stage} {duration(seconds)}" for stage, seconds in result["seconds"].items())
        say(f"Took {duration(sum(result['seconds'].values()))} ({steps})", "dim")
    if result.get("questions"):
        say(f"{result['questions']:,} rows wait until somebody says who they are: rollbook matches", "yellow")
    if result.get("rest"):
        say(f"What was not approved stays held as load {result['rest']}.", "yellow")
    if result["state"] == "held":
        rekey = " --rekey" if any(hold.get("action") == "rekey" for hold in found["holds"]) else ""
        say(f'To go on: rollbook approve {result["load"]}{rekey} --reason "…"   or: rollbook reject …', "bold")


def _pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(pause * 1.2, _LONGEST_PAUSE_SECONDS)
