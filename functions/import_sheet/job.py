"""From a drop to a feed: admit it once, read and check it, write the feed and the first report.

A drop is a sheet, unless its name says that it is a OneRoster bundle (`bundle`) or a file of one.

A drop is identified by its key and version, so an event that comes twice is one load; a file that
was loaded before is told so. Everything that can be wrong with a file is a final answer, never an
exception: an exception means that the drop is tried again.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from import_sheet.drops import Answer, Desk, Drop, admit, digest_of, refuse_same
from import_sheet.known import SiteKnown
from rostering.clock import local_date
from rostering.corrections import Correction
from rostering.errors import InputError, NotFound
from rostering.load import corrected, deliver, paths, progress, tell
from rostering.load.manifest import COMPLETE_LIST, NOWHERE
from rostering.model import Problem, Record
from rostering.settings import timezone
from rostering.sheet.problems import problem
from rostering.sheet.reading import Expectations, Reading, TurnedBack, read_sheet
from rostering.store import keys
from rostering.xlsx import limits
from rostering.xlsx.refusal import Refused
from rostering.xlsx.workbook import open_workbook

if TYPE_CHECKING:
    from rostering.load.repair import Repair

SOURCE = "sheet"
ADD_AND_UPDATE = "Add and update"
_KEY = re.compile(r"inbox/([a-z0-9][a-z0-9-]{1,31})/(.+)", re.DOTALL)
_COUNTED_AS = {"Schools": "schools", "Terms": "terms", "Staff": "staff", "Students": "students",
               "Guardians": "guardians", "Courses": "courses", "Classes": "sections",
               "Class Rosters": "rosters", "Groups": "groups"}
# People, classes and enrollments (import sheet, section 2); a group's members go by their Status only.
_BY_ABSENCE = frozenset({"staff", "student", "guardian_link", "section", "enrollment"})


def run(desk: Desk, drop: Drop) -> Answer:
    """Read one drop to the end. Running it again for the same drop goes on where it stopped."""
    site, settings = _route(desk, drop.key)
    if settings is None:
        name = drop.key.removeprefix("inbox/")
        desk.inbox.copy(drop.key, f"unrouted/{name}")
        desk.inbox.delete(drop.key)
        return Answer("unrouted")
    if drop.name.casefold().endswith(".zip"):
        from import_sheet import bundle  # most drops are sheets

        return bundle.run_zip(desk, site, settings, drop)
    if drop.name.casefold().endswith(".csv"):
        from import_sheet import bundle, loose

        if loose.is_one(drop.key):
            return bundle.run_loose(desk, site, settings, drop)
    return _run_sheet(desk, site, settings, drop)


def _run_sheet(desk: Desk, site: str, settings: dict[str, Any], drop: Drop) -> Answer:
    load, state = admit(desk, site, drop, source=SOURCE)
    if state != "received":
        return Answer("read" if state == "read" else "again", site, load)
    corrections = corrected.read(desk.store, site, SOURCE)
    with tempfile.TemporaryDirectory() as folder:
        try:
            path = _fetch(desk, drop, Path(folder))
            refuse_same(desk, site, settings, load, digest_of(path), since=corrected.newest_change(corrections))
            desk.work.write_from(paths.quarantine(site, load), path)
            with path.open("rb") as file:
                return _read(desk, site, settings, load, file, drop.name, Path(folder), corrections)
        except InputError as refused:
            tell.turned_back(desk.store, desk.inbox, desk.work, site, load, *_told(refused), now=desk.now())
            return Answer("turned_back", site, load)


def _route(desk: Desk, key: str) -> tuple[str, dict[str, Any] | None]:
    """The site of a drop and its settings; None if there is no such site."""
    match = _KEY.fullmatch(key)
    found = desk.store.get(keys.settings(match[1])) if match else None
    return (match[1], found.body) if match and found else ("", None)


def _fetch(desk: Desk, drop: Drop, folder: Path) -> Path:
    if drop.size > limits.FILE_BYTES:
        raise TurnedBack([problem("F-TOO-BIG", n=-(-drop.size // 2**20))])
    path = folder / "drop"
    desk.inbox.download(drop.key, path)
    return path


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
    if reading.load_type != COMPLETE_LIST:
        return NOWHERE
    kinds = (reading.kinds_with_rows - reading.kinds_unreadable) & _BY_ABSENCE
    return {"kinds": sorted(kinds), "schools": sorted(schools),
            "present": {kind: sorted(held) for kind, held in sorted(reading.held_back.items())}}


def expectations(site: str, settings: dict[str, Any]) -> Expectations:
    """What the checks need to know of a site."""
    return Expectations(site_names=(site, settings["name"], *settings.get("also_known_as", ())),
                        email_domains=tuple(settings.get("email_domains", ())),
                        sign_in_by_email=bool({"google", "microsoft"} & set(settings.get("sign_in", ()))))


def _told(refused: InputError) -> tuple[list[Problem], Reading | None]:
    """The problems of a file that is turned back, and what was read of it."""
    if isinstance(refused, TurnedBack):
        return refused.problems, refused.reading
    facts = refused.facts if isinstance(refused, Refused) else {}
    return [problem(refused.code, **facts)], None
