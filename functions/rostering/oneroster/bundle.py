"""A OneRoster CSV bundle, 1.1 or 1.2: a zip or a folder of files, made one stream of rows for each collection.

Every file is read twice: once on opening, to know that it can be read to its end and how far its
manifest can be trusted, so that no row is handed out of a bundle that is turned back; and once for its rows.
Memory stays that of a row, save for the roles of 1.2, which stand in a file of their own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from rostering.errors import InputError
from rostering.model import Problem
from rostering.oneroster import columns, files, manifest
from rostering.oneroster.csvfile import CsvFile
from rostering.oneroster.files import Files
from rostering.oneroster.manifest import Seen
from rostering.oneroster.roles import Roles
from rostering.oneroster.rows import COLLECTIONS, CsvReader, Flaw, Row

_ROLES = "roles"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that can be read to its end. Close it, or use it in a `with`.

    `modes` says for each collection whether it is bulk (what it does not hold is missing), delta, upsert (nothing
    is missing) or absent (the bundle says nothing of it), `counts` how many rows it has. `ignored` are
    files of gradebooks and resources, and those that nobody knows.
    """

    version: str
    modes: Mapping[str, str]
    counts: Mapping[str, int]
    ignored: tuple[str, ...]
    problems: tuple[Problem, ...]
    roles_mode: str
    _files: Files
    _extended: frozenset[str]

    def __enter__(self) -> Bundle:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._files.close()

    def rows(self, collection: str) -> Iterator[Row | Flaw]:
        """The rows of a collection in the order of its file; of an absent one none.

        Raises InputError if the bundle is no longer what it was on opening.
        """
        if self.modes[collection] == "absent":
            return iter(())
        rows = self._rows(collection)
        return rows if collection != "users" or self.roles_mode == "absent" else self._with_roles(rows)

    def _rows(self, collection: str) -> Iterator[Row | Flaw]:
        with self._files.open(self._files.found[f"{collection}.csv".casefold()]) as source:
            table = CsvFile(source, f"{collection}.csv")
            reader = CsvReader(collection, table.places, table.metadata, extended=self._extended)
            read, flaw = reader.read, reader.flaw
            for place, cells, code in table:
                yield flaw(code, cells, place) if code else read(cells, place)

    def _with_roles(self, users: Iterator[Row | Flaw]) -> Iterator[Row | Flaw]:
        """Users of 1.2 with the roles of roles.csv. Of a user whom it lacks it says nothing, unless it is complete
        and all of its rows could be read.

        In a delta, a user whose roles alone have changed is not in users.csv: that row holds the roles and
        nothing else.
        """
        roles = Roles()
        whole = self.roles_mode == "bulk"
        with self._files.open(self._files.found["roles.csv"]) as source:
            for flaw in roles.read(CsvFile(source, "roles.csv")):
                whole = whole and flaw.sourced_id != ""
                yield flaw
        for user in users:
            if not isinstance(user, Flaw):
                held = roles.take(user[0])
                if held or whole:
                    user[1]["roles"] = held
            else:
                roles.take(user.sourced_id)
            yield user
        for sourced_id, held in roles.left():
            yield ((sourced_id, {"roles": held}, 0) if self.roles_mode == "delta"
                   else Flaw("R-OR-ROLE-USER", _ROLES, sourced_id[:40], 0, sourced_id))


def open_zip(source: BinaryIO, *, extended: Collection[str] = ()) -> Bundle:
    """The bundle in a zip file. `extended` are further names of the metadata of users to keep.

    Raises InputError with a code F-OR-… and a sentence that can be shown.
    """
    return _open(files.zipped(source), extended)


def open_folder(path: Path, *, extended: Collection[str] = ()) -> Bundle:
    """The bundle of the files in a folder. Raises InputError as `open_zip`."""
    return _open(files.folder(path), extended)


def open_files(loose: Mapping[str, bytes], *, extended: Collection[str] = ()) -> Bundle:
    """The bundle of files at hand, by their names. Raises InputError as `open_zip`."""
    return _open(files.loose(loose), extended)


def _open(held: Files, extended: Collection[str]) -> Bundle:
    known = {name.casefold(): name for name in (*COLLECTIONS, _ROLES)}
    there = {known[name[:-4]]: path for name, path in held.found.items() if name[:-4] in known}
    if not there:
        raise InputError("F-OR-NOTHING", "None of the CSV files is one of a OneRoster roster (orgs.csv, users.csv, "
                         "...).")
    said = None
    if columns.MANIFEST in held.found:
        with held.open(held.found[columns.MANIFEST]) as source:
            said = manifest.read(source)
    left_alone = {name for name in there if said is not None and said.said.get(name.casefold()) == "absent"}
    if said is not None and said.version == "1.1" and "users" in there and _ROLES in there:
        with held.open(there["users"]) as source:
            if "role" in CsvFile(source, "users.csv").places:
                del there[_ROLES]       # of 1.2, where this bundle says its roles as 1.1 does
    seen: dict[str, Seen] = {}
    for name, path in there.items():
        if name in left_alone:
            seen[name] = Seen()
            continue
        with held.open(path) as source:
            seen[name] = _look(CsvFile(source, f"{name}.csv"))
    problems = []
    if said is None:
        said = manifest.without(seen)
        problems.append(Problem("W-OR-NO-MANIFEST", columns.MANIFEST, 0, "", "There is no manifest.csv, so nothing "
                                "says whether the files are complete: nobody is missing because of them."))
    modes = {}
    for name in (*COLLECTIONS, _ROLES):
        modes[name], odd = manifest.mode(name, said.said.get(name.casefold()), seen.get(name))
        problems += [odd] if odd else []
        if modes[name] != "absent":
            problems += _missing_columns(said.version, name, seen[name].headers)
    roles_mode = modes.pop(_ROLES)
    if said.version == "1.2" and modes["users"] != "absent" and roles_mode != modes["users"]:
        problems.append(Problem("W-OR-ROLES-FILE", "roles.csv", 0, "", "roles.csv does not come as users.csv does: "
                                f"{roles_mode} and {modes['users']}. Roles that it does not hold are not known."))
    read = {f"{name}.csv".casefold() for name, mode in (*modes.items(), (_ROLES, roles_mode)) if mode != "absent"}
    ignored = sorted(path for name, path in held.found.items() if name not in read and name != columns.MANIFEST)
    return Bundle(said.version, modes, {name: seen[name].rows if modes[name] != "absent" else 0
                                        for name in COLLECTIONS if name in seen},
                  (*ignored, *held.ignored), tuple(problems), roles_mode, held, frozenset(extended))


def _look(table: CsvFile) -> Seen:
    """A file, read to its end."""
    at = table.places.get("status")
    seen = Seen(headers=frozenset(table.places))
    for _, cells, code in table:
        seen.rows += 1
        if at is not None and not code and cells[at].strip():
            seen.stated += 1
        elif code:
            seen.stated += at is not None and at < len(cells) and bool(cells[at].strip())
    return seen


def _missing_columns(version: str, name: str, headers: frozenset[str]) -> list[Problem]:
    file = f"{name}.csv"
    if file not in columns.rostering_files(version):
        return []
    return [Problem("W-OR-COLUMN", file, 0, one.name, f"{file} has no column {one.name}, which is required.")
            for one in columns.columns(version, file) if one.required == "required" and one.name not in headers]
