"""OneRoster bundles that are dropped and loaded on memory: of a made-up district, or of rows given here."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from cli.oneroster.bundle import write_bundle
from cli.oneroster.district import OneRosterDistrict
from import_sheet.job import Answer, Drop, run
from rostering import people
from rostering.load import settle
from rostering.model import Account
from rostering.store import keys
from tests import loads
from tests.unit.import_sheet.office import SALT, Office

SOURCE = "gg4l:files"
HEADERS = {
    "orgs": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId",
    "academicSessions": "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear",
    "courses": "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId",
    "classes": "sourcedId,status,dateLastModified,title,courseSourcedId,classCode,classType,schoolSourcedId,"
               "termSourcedIds",
    "users": "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,"
             "identifier,email,agentSourcedIds,grades,password",
    "enrollments": "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary",
}
NOW = "2026-11-23T07:00:00.000Z"
SCHOOL = {
    "orgs": ["d-1,,,District,district,,", "o-1,,,Pine,school,0012,d-1"],
    "academicSessions": ["t-1,,,Year,schoolYear,2026-08-01,2027-07-01,,2027"],
    "courses": ["k-1,,,,Math,M,,o-1"],
    "classes": ["c-1,,,Math 4,k-1,M4,scheduled,o-1,t-1"],
    "users": ["t-9,,,true,o-1,teacher,bo,,Bo,Oak,t9,bo@d.org,,,", "s-1,,,true,o-1,student,ana,,Ana,Ruiz,s1,,,04,",
              "s-2,,,true,o-1,student,eli,,Eli,Wong,s2,,,04,"],
    "enrollments": ["e-9,,,c-1,o-1,t-9,teacher,true", "e-1,,,c-1,o-1,s-1,student,", "e-2,,,c-1,o-1,s-2,student,"],
}


class Bundles(Office):
    """An office where bundles are handed in."""

    def hand_in(self, data: bytes, key: str = "") -> Answer:
        key = key or f"inbox/demo/ticket/{next(self._minutes)}/roster.zip"
        self.inbox.write(key, data)
        return run(self.desk, Drop(key, "v1", len(data)))

    def load(self, data: bytes) -> str:  # type: ignore[override]
        """Hand a zip in and load it, whatever the gate says."""
        answer = self.hand_in(data)
        assert answer.outcome == "read", self.body(answer.load)
        self.go_on(answer.load)
        return answer.load

    def settle(self, load: str) -> dict:
        """Plan and settle what was read as `load`; gives the gate's answer."""
        ground = loads.planned(self.store, self.work, load, now=self.now(), shards=self.manifest(load).shards)
        settle.settle(ground, limits=loads.gate.Limits())
        return self.settled(load)

    def person(self, key: str, kind: str = "student") -> Account | None:
        item = self.store.get(keys.account("demo", people.account_id(SALT, SOURCE, kind, key)))
        return people.account_of(item) if item else None

    def classes(self, key: str) -> dict[str, str]:
        """The status of a student in each class."""
        classes = self.person(key).classes
        return {section.removeprefix(f"{SOURCE}/"): status for section, (*_, status) in classes.items()}

    def people(self) -> dict[str, tuple]:
        """Everybody, by account: kind, names, school, grade and standing."""
        found = {}
        for key, item in self.store.snapshot().items():
            if key.sk == "ACCOUNT":
                account = people.account_of(item)
                found[key.pk] = (account.role, account.status, *(account.fields.get(name) for name in (
                    "first_name", "last_name", "school", "grade", "email", "birth_date")))
        return found

    def codes(self, load: str) -> dict[str, int]:
        return self.body(load)["problem_counts"]


def district(students: int = 60, day: str = "today") -> OneRosterDistrict:
    return OneRosterDistrict(students, 7, date(2026, 11, 23), day=day)


def made_up(folder: Path, version: str = "1.1", *, day: str = "today", since: str = "", students: int = 60) -> bytes:
    """The bundle of the made-up district on a day: everything, or what changed `since` another day."""
    path = write_bundle(district(students, day), folder / f"{version}-{day}-{since}.zip", version,
                        since=district(students, since) if since else None)
    return path.read_bytes()


def files(modes: Mapping[str, str], rows: Mapping[str, Sequence[str]] = SCHOOL) -> dict[str, bytes]:
    """The files of a bundle 1.1, by name; those of `modes` that are absent are not there."""
    manifest = ["propertyName,value", "manifest.version,1.0", "oneroster.version,1.1",
                *(f"file.{name},{modes.get(name, 'absent')}" for name in (*HEADERS, "demographics"))]
    return {"manifest.csv": _text(manifest)} | {
        f"{name}.csv": _text([HEADERS[name], *rows.get(name, ())])
        for name, mode in modes.items() if mode != "absent"}


def bulk(**rows: Sequence[str]) -> bytes:
    """The school as a whole; `rows` instead of its own."""
    return zipped(files(dict.fromkeys(HEADERS, "bulk"), SCHOOL | rows))


def delta(**rows: Sequence[str]) -> bytes:
    """Nothing but `rows`. In each the first "+" or "-" says active or tobedeleted: "s-1,+,true,…"."""
    words = {"+": f"active,{NOW}", "-": f"tobedeleted,{NOW}"}
    told = {name: [",".join(words.get(cell, cell) if at == 1 else cell for at, cell in enumerate(row.split(",")))
                   for row in given] for name, given in rows.items()}
    return zipped(files(dict.fromkeys(HEADERS, "delta"), told))


def zipped(named: Mapping[str, bytes]) -> bytes:
    """The same files give the same bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in named.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 23, 7, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _text(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode()
