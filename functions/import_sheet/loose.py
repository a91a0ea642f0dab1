"""The files of a bundle that were dropped one by one into a folder: when they are all there, and whose turn it is.

They come in any order and their events may come twice, so every event looks at the whole folder. Nothing
happens until manifest.csv and every file that it announces is there. The set of their versions is
one load, and one event reads it: the first that claims it.

A folder whose set was loaded can be used again, but only by a set all of whose files are newer:
else yesterday's rosters would be read with today's people.
"""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any

from import_sheet.drops import DOES_NOT_STAND, Desk, Drop, digest_of
from rostering.errors import InputError
from rostering.load import progress
from rostering.oneroster import columns, manifest
from rostering.oneroster.rows import COLLECTIONS
from rostering.store import keys
from rostering.xlsx.limits import UNPACKED_BYTES

MANIFEST = columns.MANIFEST
MANIFEST_BYTES = 1 << 20
_FOLDER = re.compile(r"inbox/[^/]+/(?:.*/)?[^/]+/", re.DOTALL)
_ROSTER = {f"{name}.csv".casefold() for name in (*COLLECTIONS, "roles")}
_FILES = {MANIFEST} | {f"{name}.csv".casefold() for name in columns.manifest_files()}
_HERE = ("bulk", "delta")


@dataclass(frozen=True, slots=True)
class Claimed:
    """The set that a folder holds, by its case-folded names. Without a `load` it is not (or no longer) to be read.

    `ours` tells that the event at hand reads it.
    """

    folder: str
    keys: dict[str, str] = field(default_factory=dict)
    load: str = ""
    ours: bool = False

    @property
    def name(self) -> str:
        """The folder, as people see it."""
        return f"{self.folder.rstrip('/').rsplit('/', 1)[-1]}/{MANIFEST}"


def is_one(key: str) -> bool:
    """Whether a drop can be one file of a bundle: it has the name of one, and is in a folder of its own."""
    folder, name = _split(key)
    return _FOLDER.fullmatch(folder) is not None and name.casefold() in _FILES


def claim(desk: Desk, site: str, drop: Drop) -> Claimed:
    """What the folder of a drop holds, and the load that it is, if it is complete."""
    folder, _ = _split(drop.key)
    there = {name.casefold(): (key, at.astimezone(UTC).isoformat(timespec="microseconds"))
             for key, at in desk.inbox.written(folder) if (name := key[len(folder):]) and "/" not in name}
    if MANIFEST not in there:
        return Claimed(folder)
    wanted = _wanted(desk, there[MANIFEST][0])
    if not wanted <= there.keys():
        return Claimed(folder)
    held = {name: there[name] for name in sorted(wanted)}
    return _claim(desk, site, folder, held, by=f"{drop.key} {drop.version}")


def _claim(desk: Desk, site: str, folder: str, held: dict[str, tuple[str, str]], *, by: str) -> Claimed:
    """One load for a set of versions, however many events ask for it."""
    digest = hashlib.sha256(repr(held).encode()).hexdigest()
    load = desk.new_load()

    def take(body: dict[str, Any] | None) -> dict[str, Any] | None:
        if body and (body["digest"] == digest or (min(at for _, at in held.values()) <= body["newest"]
                                                  and _stands(desk, site, body["load"]))):
            return None
        return {"digest": digest, "load": load, "by": by, "newest": max(at for _, at in held.values())}
    place = keys.received(site, folder, "SET")
    desk.store.update(place, take)
    body = desk.store.get(place).body
    if body["digest"] != digest:
        return Claimed(folder)
    return Claimed(folder, {name: key for name, (key, _) in held.items()}, body["load"], body["by"] == by)


def _stands(desk: Desk, site: str, load: str) -> bool:
    """Whether the set was loaded or may still be; a load that is not there yet is about to be made."""
    body = progress.read(desk.store, site, load)
    return body is None or body["state"] not in DOES_NOT_STAND


def fetch(desk: Desk, found: Claimed, folder: Path) -> str:
    """Download a set; gives the digest of what it says. Raises InputError (F-OR-TOO-BIG)."""
    if sum(desk.inbox.size(key) for key in found.keys.values()) > UNPACKED_BYTES:
        raise InputError("F-OR-TOO-BIG", "The files hold far more than a roster needs.")
    said = hashlib.sha256()
    for name, key in found.keys.items():
        desk.inbox.download(key, folder / name)
        said.update(f"{name} {digest_of(folder / name)}\n".encode())
    return said.hexdigest()


def _wanted(desk: Desk, key: str) -> set[str]:
    """The manifest and the files of a roster that it announces; it alone, where it can't be read."""
    if desk.inbox.size(key) > MANIFEST_BYTES:
        return {MANIFEST}
    try:
        said = manifest.read(io.BytesIO(desk.inbox.read(key))).said
    except InputError:
        return {MANIFEST}       # reading the set tells what is wrong with it
    return {MANIFEST} | {name for of, mode in said.items() if mode in _HERE and (name := f"{of}.csv") in _ROSTER}


def _split(key: str) -> tuple[str, str]:
    folder, _, name = key.rpartition("/")
    return f"{folder}/", name
