"""From a drop to a feed: admit it once, read and check it, write the feed and the first report.

A drop is identified by its key and version, so an event that comes twice is one load; a file that
was loaded before is told so. Everything that can be wrong with a file is a final answer, never an
exception: an exception means that the drop is tried again.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from import_sheet.known import SiteKnown
from rostering.clock import local_date, moment
from rostering.corrections import Correction
from rostering.errors import InputError, NotFound
from rostering.load import corrected, deliver, paths, progress, tell
from rostering.load.manifest import NOWHERE
from rostering.model import Problem, Record
from rostering.settings import timezone
from rostering.sheet.problems import problem
from rostering.sheet.reading import Expectations, Reading, TurnedBack, read_sheet
from rostering.store import keys
from rostering.store.keys import Item
from rostering.xlsx import limits
from rostering.xlsx.refusal import Refused
from rostering.xlsx.workbook import open_workbook

if TYPE_CHECKING:
    from rostering.load.repair import Repair

SOURCE = "sheet"
SAME_FILE_DAYS = 30
ADD_AND_UPDATE = "Add and update"
_KEY = re.compile(r"inbox/([a-z0-9][a-z0-9-]{1,31})/(.+)", re.DOTALL)
_COUNTED_AS = {"Schools": "schools", "Terms": "terms", "Staff": "staff", "Students": "students",
               "Guardians": "guardians", "Courses": "courses", "Classes": "sections",
               "Class Rosters": "rosters", "Groups": "groups"}
# People, classes and enrollments (import sheet, section 2); a group's members go by their Status only.
_BY_ABSENCE = frozenset({"staff", "student", "guardian_link", "section", "enrollment"})
_DOES_NOT_STAND = frozenset({"turned_back", "rejected", "expired", "replaced", "failed", "undone"})


@dataclass(frozen=True, slots=True)
class Drop:
    """One version of an object in the inbox."""

    key: str
    version: str
    size: int


@dataclass(frozen=True, slots=True)
class Desk:
    """What a job works with: the table, the inbox, the work files, a clock, and new load ids."""

    store: Any
    inbox: Any
    work: Any
    now: Callable[[], str]
    new_load: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a drop: `outcome` is unrouted, again, turned_back, or read (its workflow is to start)."""

    outcome: str
    site: str = ""
    load: str = ""
    rows: int = 0


def run(desk: Desk, drop: Drop) -> Answer:
    """Read one drop to the end. Running it again for the same drop goes on where it stopped."""
    site, settings = _route(desk, drop.key)
    if settings is None:
        name = drop.key.removeprefix("inbox/")
        desk.inbox.copy(drop.key, f"unrouted/{name}")
        desk.inbox.delete(drop.key)
        return Answer("unrouted")
    load, state = _admit(desk, site, drop)
    if state != "received":
        return Answer("read" if state == "read" else "again", site, load)
    name = drop.key.rsplit("/", 1)[-1]
    corrections = corrected.read(desk.store, site, SOURCE)
    with tempfile.TemporaryDirectory() as folder:
        try:
            path = _fetch(desk, drop, Path(folder))
            _refuse_same(desk, site, settings, load, path, since=corrected.newest_change(corrections))
            desk.work.write_from(paths.quarantine(site, load), path)
            with path.open("rb") as file:
                return _read(desk, site, settings, load, file, name, Path(folder), corrections)
        except InputError as refused:
            tell.turned_back(desk.store, desk.inbox, desk.work, site, load, *_told(refused), now=desk.now())
            return Answer("turned_back", site, load)


def _route(desk: Desk, key: str) -> tuple[str, dict[str, Any] | None]:
    """The site of a drop and its settings; None if there is no such site."""
    match = _KEY.fullmatch(key)
    found = desk.store.get(keys.settings(match[1])) if match else None
    return (match[1], found.body) if match and found else ("", None)


def _admit(desk: Desk, site: str, drop: Drop) -> tuple[str, str]:
    """The load of this drop and its state: "received" if it is still to be read."""
    pointer = keys.received(site, drop.key, drop.version)
    load = desk.new_load()
    if not desk.store.insert(Item(pointer, {"load": load})):
        load = desk.store.get(pointer).body["load"]
    progress.create(desk.store, site, load, {"source": SOURCE, "drop_key": drop.key,
                    "file_name": drop.key.rsplit("/", 1)[-1],
                    "sent_by": desk.inbox.notes(drop.key).get("sent-by", "")}, now=desk.now())
    return load, progress.read(desk.store, site, load)["state"]


def _fetch(desk: Desk, drop: Drop, folder: Path) -> Path:
    if drop.size > limits.FILE_BYTES:
        raise TurnedBack([problem("F-TOO-BIG", n=-(-drop.size // 2**20))])
    path = folder / "drop"
    desk.inbox.download(drop.key, path)
    return path


def _refuse_same(desk: Desk, site: str, settings: dict[str, Any], load: str, path: Path, *, since: str) -> None:
    """Claim the content for this load. Raises TurnedBack if it was loaded, or waits, already.

    Content from before a correction (`since`) says something else now.
    """
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    now = desk.now()
    earlier: dict[str, Any] = {}

    def claim(body: dict[str, Any] | None) -> dict[str, Any] | None:
        earlier.clear()
        if body and body["load"] != load and moment(now) - moment(body["at"]) < timedelta(days=SAME_FILE_DAYS):
            state = (progress.read(desk.store, site, body["load"]) or {}).get("state", "failed")
            if state not in _DOES_NOT_STAND and body["at"] >= since:
                earlier.update(body)
                return None
        return {"load": load, "at": now}
    desk.store.update(keys.drop(site, sha256), claim)
    progress.change(desk.store, site, load, now=now, sha256=sha256)
    if earlier:
        raise TurnedBack([problem("F-SAME-FILE", date=_in_words(earlier["at"], settings))])


def _read(desk: Desk, site: str, settings: dict[str, Any], load: str, file: BinaryIO, name: str,
          folder: Path, corrections: list[Correction]) -> Answer:
    today = local_date(desk.now(), timezone(settings))
    with open_workbook(file, name=name) as workbook:
        reading = read_sheet(workbook, site=site, known=SiteKnown(desk.store, site),
                             today=today, expected=expectations(site, settings),
                             spool=folder, corrections=corrections)
        counts = {_COUNTED_AS[tab]: {"rows": c.rows, "problems": c.turned_back}
                  for tab, c in reading.counts.items()}
        repair = _repair(desk, site, load, reading)
        schools: set[str] = set()
        deliver.deliver(desk.work, site, load, source=SOURCE,
                        load_type=ADD_AND_UPDATE if repair else reading.load_type,
                        today=today.isoformat(),
                        records=_noting_schools(reading, schools), counts=counts,
                        scope=None if repair else lambda: _scope(reading, schools),
                        sift=repair.sift if repair else None, about=lambda: _about(reading, repair))
        if repair:
            _tell_repaired(desk, site, load, reading, repair)
        tell.read(desk.store, desk.inbox, desk.work, site, load, reading, now=desk.now())
    return Answer("read", site, load, sum(c["rows"] for c in counts.values()))


def _repair(desk: Desk, site: str, load: str, reading: Reading) -> Repair | None:
    """What sifts a workbook that is the report of a load that was loaded; None for any other workbook.

    Nothing of a load that was turned back, refused or undone stands, so its report is a sheet like any.
    """
    body = progress.read(desk.store, site, reading.report_of) if reading.report_of else None
    if body is None or body["state"] != "done" or body["source"] != SOURCE:
        return None
    from rostering.load.repair import Repair  # few sheets are reports that come again

    try:
        return Repair(desk.store, desk.work, site, load, reading.report_of, now=desk.now())
    except NotFound:
        reading.problems.add("W-REPORT-OLD", l=reading.report_of)
        return None


def _about(reading: Reading, repair: Repair | None) -> dict[str, Any]:
    met = reading.met.as_body()
    return (repair.about() if repair else {}) | ({"corrections": met} if any(met.values()) else {})


def _tell_repaired(desk: Desk, site: str, load: str, reading: Reading, repair: Repair) -> None:
    reading.problems.add("I-REPAIRED", l=repair.of, n=f"{repair.rows:,}")
    progress.change(desk.store, site, load, now=desk.now(), repairs=repair.of,
                    message=f"{repair.rows:,} corrected row{'' if repair.rows == 1 else 's'} of load {repair.of}")


def _noting_schools(reading: Reading, schools: set[str]) -> Iterator[Record]:
    for record in reading.records():
        if record.kind == "school":
            schools.add(record.key)
        yield record


def _scope(reading: Reading, schools: set[str]) -> dict[str, Any]:
    """Where absence means something: nowhere, unless the sheet is a complete list."""
    if reading.load_type != "Complete list":
        return NOWHERE
    kinds = (reading.kinds_with_rows - reading.kinds_unreadable) & _BY_ABSENCE
    return {"kinds": sorted(kinds), "schools": sorted(schools),
            "present": {kind: sorted(held) for kind, held in sorted(reading.held_back.items())}}


def expectations(site: str, settings: dict[str, Any]) -> Expectations:
    """What the checks need to know of a site."""
    return Expectations(site_names=(site, settings["name"], *settings.get("also_known_as", ())),
                        email_domains=tuple(settings.get("email_domains", ())),
                        sign_in_by_email=bool({"google", "microsoft"} & set(settings.get("sign_in", ()))))


def _in_words(time: str, settings: dict[str, Any]) -> str:
    return local_date(time, timezone(settings)).strftime("%B %-d, %Y")


def _told(refused: InputError) -> tuple[list[Problem], Reading | None]:
    """The problems of a file that is turned back, and what was read of it."""
    if isinstance(refused, TurnedBack):
        return refused.problems, refused.reading
    facts = refused.facts if isinstance(refused, Refused) else {}
    return [problem(refused.code, **facts)], None
