"""A OneRoster bundle that was dropped: a zip, or the loose files of a folder, becomes a load.

All bundles of a site are one source, `gg4l:files`. Where its manifest says bulk, absence means
something, at once: somebody handed in a list, as with a sheet that is a Complete list. What a bundle does
not hold it just does not say, and what it points at may have come with an earlier one.

Bundles may hold passwords, which are dropped where they are read: so no copy of a bundle is kept.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from import_sheet import loose
from import_sheet.drops import Answer, Desk, Drop, admit, begin, digest_of, refuse_same
from import_sheet.earlier import Earlier
from rostering.clock import local_date
from rostering.corrections import Correction
from rostering.errors import InputError
from rostering.load import corrected, deliver, progress, tell
from rostering.load.manifest import BULK_BUNDLE, NOWHERE
from rostering.model import Problem, Record
from rostering.oneroster.bundle import Bundle, open_folder, open_zip
from rostering.oneroster.files import ZIP_BYTES
from rostering.oneroster.roster import Roster, RosterSettings
from rostering.settings import timezone
from rostering.sheet.problems import NOTHING_LOADED
from rostering.sheet.reading import TurnedBack

SOURCE = "gg4l:files"
_IGNORED_SHOWN = 12
_MIB = 1 << 20
# What a list of which a collection is no part says nothing of, in the words of the gate.
_KINDS = {"users": ("student", "staff", "guardian"), "classes": ("section",), "enrollments": ("enrollment",)}


def run_zip(desk: Desk, site: str, settings: dict[str, Any], drop: Drop) -> Answer:
    """Read a dropped zip to the end. Running it again goes on where it stopped."""
    load, state = admit(desk, site, drop, source=SOURCE)
    if state != "received":
        return Answer("read" if state == "read" else "again", site, load)
    with tempfile.TemporaryDirectory() as folder, _turning_back(desk, site, load):
        if drop.size > ZIP_BYTES:
            raise InputError("F-OR-TOO-BIG", f"The zip file is too big ({-(-drop.size // _MIB)} MB; most is "
                                             f"{ZIP_BYTES // _MIB} MB).")
        path = Path(folder) / "drop"
        desk.inbox.download(drop.key, path)
        corrections = corrected.read(desk.store, site, SOURCE)
        refuse_same(desk, site, settings, load, digest_of(path), since=corrected.newest_change(corrections))
        with path.open("rb") as file, open_zip(file) as bundle:
            return _read(desk, site, settings, load, bundle, corrections)
    return Answer("turned_back", site, load)


def run_loose(desk: Desk, site: str, settings: dict[str, Any], drop: Drop) -> Answer:
    """Read the bundle that the file dropped is one of, once all of its files are there, as one load."""
    found = loose.claim(desk, site, drop)
    if not found.load:
        return Answer("waiting", site)
    if not found.ours:
        return Answer("again", site, found.load)
    state = begin(desk, site, found.load, key=found.keys[loose.MANIFEST], name=found.name, source=SOURCE)
    if state != "received":
        return Answer("read" if state == "read" else "again", site, found.load)
    with tempfile.TemporaryDirectory() as folder, _turning_back(desk, site, found.load):
        sha256 = loose.fetch(desk, found, Path(folder))
        corrections = corrected.read(desk.store, site, SOURCE)
        refuse_same(desk, site, settings, found.load, sha256, since=corrected.newest_change(corrections))
        with open_folder(Path(folder)) as bundle:
            return _read(desk, site, settings, found.load, bundle, corrections)
    return Answer("turned_back", site, found.load)


@contextmanager
def _turning_back(desk: Desk, site: str, load: str) -> Iterator[None]:
    """Close a load whose bundle turns out to be wrong, with its report."""
    try:
        yield
    except InputError as refused:
        found = refused.problems if isinstance(refused, TurnedBack) else [
            Problem(refused.code, "", 0, "", f"{refused.message} {NOTHING_LOADED}")]
        tell.turned_back(desk.store, desk.inbox, desk.work, site, load, found, now=desk.now())


def _read(desk: Desk, site: str, settings: dict[str, Any], load: str, bundle: Bundle,
          corrections: list[Correction]) -> Answer:
    today = local_date(desk.now(), timezone(settings)).isoformat()
    complete = frozenset(of for of, mode in bundle.modes.items() if mode == "bulk" and bundle.counts.get(of))
    earlier = Earlier(desk.work, site, SOURCE)
    roster = Roster(earlier.rows(bundle, complete), today=today, settings=RosterSettings(numbered=True),
                    corrections=corrections, complete=complete)
    earlier.write(load)
    load_type = _load_type(bundle.modes.values())
    progress.change(desk.store, site, load, now=desk.now(), load_type=load_type)
    counts = roster.counts
    deliver.deliver(desk.work, site, load, source=SOURCE, load_type=load_type, today=today,
                    records=_of_this_bundle(roster, counts), counts=counts,
                    scope=lambda: roster.scope() if complete else NOWHERE,
                    about=lambda: _about(roster, bundle, load_type))
    whole = [*bundle.problems, *_ignored(bundle)]
    tell.pulled(desk.store, desk.work, site, load, problems=whole + _in_files(roster.problems),
                codes=roster.codes + Counter(problem.code for problem in whole), now=desk.now())
    return Answer("read", site, load, sum(c["rows"] for c in counts.values()))


def _load_type(modes: Iterable[str]) -> str:
    met = set(modes)
    return BULK_BUNDLE if "bulk" in met else "Delta bundle" if "delta" in met else "Bundle"


def _of_this_bundle(roster: Roster, counts: dict[str, dict[str, int]]) -> Iterator[Record]:
    """The records without those schools and courses that only an earlier bundle told (they have no row)."""
    for record in roster.records():
        if not record.place and record.kind in ("school", "course"):
            counts["schools" if record.kind == "school" else "courses"]["rows"] -= 1
        else:
            yield record


def _about(roster: Roster, bundle: Bundle, load_type: str) -> dict[str, Any]:
    met = roster.met.as_body()
    unsaid = [kind for of, kinds in _KINDS.items() if bundle.modes[of] != "bulk" for kind in kinds]
    return ({"unsaid": unsaid} if load_type == BULK_BUNDLE and unsaid else {}) | (
        {"corrections": met} if any(met.values()) else {})


def _in_files(problems: list[Problem]) -> list[Problem]:
    """The problems of rows, told where people find them: in the files, by their names."""
    return [replace(problem, tab=f"{problem.tab}.csv") for problem in problems]


def _ignored(bundle: Bundle) -> list[Problem]:
    if not bundle.ignored:
        return []
    more = len(bundle.ignored) - _IGNORED_SHOWN
    names = ", ".join(bundle.ignored[:_IGNORED_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
    return [Problem("I-OR-IGNORED", "", 0, "", f"Files that are no part of a roster were not read: {names}.")]
