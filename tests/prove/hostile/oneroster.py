"""OneRoster bundles and pages that mean harm, or are broken (threats, sections 2, 5 and 8; handbook)."""

from __future__ import annotations

import io
import json
import random
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from tests.prove import doors
from tests.prove.hostile import Case
from tests.prove.hostile.spreadsheets import FORMULAS, ODD_TEXTS
from tests.unit.import_sheet import bundles

MIB = 1 << 20
LOCAL, CENTRAL = b"PK\x03\x04", b"PK\x01\x02"


@cache
def files() -> dict[str, bytes]:
    return doors.Bundles().files()


def zipped(named: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", method) as archive:
        warnings.simplefilter("ignore")
        for name, data in named.items():
            archive.writestr(name, data)
    return file.getvalue()


def patched(data: bytes, at: int, value: bytes, signature: bytes = CENTRAL) -> bytes:
    found, changed = -1, bytearray(data)
    while (found := data.find(signature, found + 1)) >= 0:
        changed[found + at : found + at + len(value)] = value
    return bytes(changed)


def twice(name: str) -> bytes:
    file = io.BytesIO(zipped(files()))
    with warnings.catch_warnings(), zipfile.ZipFile(file, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr(name, b"x")
    return file.getvalue()


def shared() -> bytes:
    data = zipped(files() | {"zzzz.csv": b"x"})
    last = data.rfind(CENTRAL)
    return data[: last + 42] + struct.pack("<L", 0) + data[last + 46 :]


def zips() -> Iterator[tuple[str, str, Callable[[], bytes], str]]:
    bomb = "zip bombs, methods, offsets, names, nesting"
    for name, make in {
        "no zip": lambda: b"sourcedId,name\n",
        "nothing": lambda: b"",
        "a zip without files": lambda: zipped({}),
        "cut": lambda: zipped(files())[:-30],
        "half": lambda: zipped(files())[:700],
        "a prefix": lambda: LOCAL + zipped(files()),
        "shifted": lambda: zipped(files())[:-6] + b"\xff\xff\xff\x7f\0\0",
        "a wrong checksum": lambda: patched(zipped(files()), 16, b"\1\2\3\4"),
        "encrypted": lambda: patched(patched(zipped(files()), 8, b"\1\0"), 6, b"\1\0", LOCAL),
        "lzma": lambda: zipped(files(), zipfile.ZIP_LZMA),
        "bzip2": lambda: zipped(files(), zipfile.ZIP_BZIP2),
        "one part for two": shared,
        "a name twice": lambda: twice("orgs.csv"),
        "names that differ by case": lambda: twice("ORGS.csv"),
        "up": lambda: twice("../orgs.csv"),
        "root": lambda: twice("/etc/orgs.csv"),
        "a backslash": lambda: twice("..\\orgs.csv"),
        "a control character": lambda: twice("or\ngs.csv"),
        "20,000 files": lambda: zipped(files() | {f"{n}.csv": b"" for n in range(20_000)}),
        "a bomb": lambda: zipped(files() | {"orgs.csv": b"o" * (260 * MIB)}),
        "a bomb in a file nobody reads": lambda: zipped(files() | {"more.csv": b"o" * (260 * MIB)}),
        "a lying size": lambda: patched(zipped(files()), 24, struct.pack("<L", 20)),
        "a zip in it": lambda: zipped(files() | {"inner.zip": zipped(files())}),
        "folders": lambda: zipped(
            {f"a/{name}": data for name, data in files().items()}
            | {f"b/{name}": data for name, data in files().items()}
        ),
    }.items():
        yield bomb, name, make, "refused|ok" if name == "a zip in it" else "refused"


def tables() -> Iterator[tuple[str, str, Callable[[], dict[str, bytes]], str]]:
    head = f"{bundles.HEADERS['users']}\n".encode()
    lines = "endless lines and cells, quotes, ragged rows, encodings"
    for name, data in {
        "one endless line": lambda: head + b"x" * (8 * MIB),
        "one endless cell": lambda: head + b'"' + b"x\n" * (4 * MIB),
        "commas": lambda: head + b"," * (900 << 10),
        "quotes": lambda: head + b'"' * (900 << 10),
        "blank lines": lambda: head + b"\n" * 400_000,
        "ragged rows": lambda: head + b"o-1\n" * 100_000,
        "NUL": lambda: head + b"\0" * MIB,
        "noise": lambda: head + random.Random(3).randbytes(MIB),
        "a header without an end": lambda: b"a," * (2 * MIB),
        "UTF-16": lambda: files()["users.csv"].decode().encode("utf-16"),
        "Latin-1": lambda: files()["users.csv"].replace(b"Ana", "Zoë".encode("latin-1")),
        "nothing": lambda: b"",
        "only a header": lambda: head,
        "no header": lambda: files()["users.csv"].partition(b"\n")[2],
        "a header twice": lambda: files()["users.csv"].replace(b"sourcedId,status", b"sourcedId,sourcedId", 1),
        "HTML": lambda: b"<html><table></table></html>",
        "one quote in it": lambda: files()["users.csv"].replace(b"Ana", b'An"a', 1),
    }.items():
        yield lines, name, lambda data=data: files() | {"users.csv": data()}, "refused|held|rows|ok"
    for name, said in {
        "no manifest": None,
        "an empty one": b"",
        "an unknown version": b"propertyName,value\noneroster.version,9.9",
        "noise": b"\xff\xfe\x00",
        "a million lines": b"a,b\n" * MIB,
        "an odd mode": files()["manifest.csv"].replace(b"bulk", b"explode", 1),
    }.items():
        yield (
            "the manifest",
            name,
            lambda said=said: (
                {name: data for name, data in files().items() if name != "manifest.csv"}
                | ({"manifest.csv": said} if said is not None else {})
            ),
            "refused|ok|rows|held",
        )
    values = "odd values: a row problem at most, the other rows load"
    for name, text in ODD_TEXTS.items():
        text = {"&#0;": "\0", "Ev&#1;e": "Ev\x01e", "&#xD800;": "E"}.get(text, text)
        for column in ("givenName", "sourcedId", "email", "grades"):
            yield (
                values,
                f"{name} in {column}",
                lambda text=text, column=column: (
                    files() | {"users.csv": files()["users.csv"] + _user(**{column: text})}
                ),
                "ok|rows|refused F-OR-LONG|refused F-OR-ENCODING",
            )
    for column, value in (
        ("dateLastModified", "9999-12-31T00:00:00Z"),
        ("dateLastModified", "nonsense"),
        ("role", "administrator"),
        ("role", "__class__"),
        ("orgSourcedIds", ",".join(f"o-{n}" for n in range(1_000))),
        ("status", "exploded"),
        ("agentSourcedIds", "x#y:z"),
        ("sourcedId", "a#ACCOUNT#b"),
        ("sourcedId", ":x OR attribute_exists(PK)"),
        ("sourcedId", "x" * 10_000),
        ("password", "hunter2"),
        ("grades", "1e999"),
        ("userIds", "{" * 1_000),
    ):
        yield (
            "ids and words with # and :, time in year 9999, roles",
            f"{column} {value[:20]}",
            lambda column=column, value=value: (
                files() | {"users.csv": files()["users.csv"] + _user(**{column: value})}
            ),
            "ok|rows",
        )
    for text in FORMULAS:
        yield (
            "formula injection",
            repr(text),
            lambda text=text: (
                files() | {"users.csv": files()["users.csv"] + _user(familyName=text.replace("\r", " "))}
            ),
            "ok|rows",
        )
    raised = files()["users.csv"].replace(b"s-1,,,true,o-1,student", b"s-1,,,true,o-1,administrator")
    yield (
        "a feed raises a role (student to administrator)",
        "in a bundle",
        lambda: files() | {"users.csv": raised},
        "held|rows",
    )
    gone = b"\r\n".join([*files()["users.csv"].split(b"\r\n")[:8], b""])
    yield "absence of most", "a truncated users.csv", lambda: files() | {"users.csv": gone}, "held"
    yield "absence of most", "no users at all", lambda: files() | {"users.csv": head}, "held|rows|ok"
    yield (
        "many tobedeleted at once",
        "35 in a delta",
        lambda: bundles.files(
            {"users": "delta"},
            {
                "users": [
                    f"s-{n},tobedeleted,{bundles.NOW},true,o-1,student,u{n},,Ana,Ruiz{n},s{n},,,04,"
                    for n in range(1, 36)
                ]
            },
        ),
        "held",
    )


def _user(**cells: str) -> bytes:
    said = {
        "sourcedId": "x-1",
        "enabledUser": "true",
        "orgSourcedIds": "o-1",
        "role": "student",
        "username": "eve",
        "givenName": "Eve",
        "familyName": "Moss",
        "identifier": "x1",
        "grades": "04",
    } | cells
    row = ('"' + said.get(name, "").replace('"', '""') + '"' for name in bundles.HEADERS["users"].split(","))
    return (",".join(row) + "\r\n").encode("utf-8", "surrogatepass")


JSONS: dict[str, Callable[[], bytes]] = {
    "depth 100,000": lambda: b'{"users": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "depth of objects": lambda: b'{"users": ' + b'{"a":' * 100_000,
    "duplicate keys": lambda: b'{"users": [], "users": []}',
    "duplicate keys within": lambda: b'{"users": [{"sourcedId": "a", "sourcedId": "b"}]}',
    "NaN": lambda: b'{"users": [NaN]}',
    "Infinity": lambda: b'{"users": [-Infinity]}',
    "1e999": lambda: b'{"users": [1e999]}',
    "a million digits": lambda: b'{"users": [' + b"9" * 1_000_000 + b"]}",
    "lone surrogate": lambda: b'{"users": ["\\ud800"]}',
    "NUL": lambda: b'{"users": ["a\\u0000"]}',
    "raw NUL": lambda: b'{"users": ["a\0"]}',
    "invalid UTF-8": lambda: b'{"users": ["\xff"]}',
    "UTF-16": lambda: '{"users": []}'.encode("utf-16"),
    "two values": lambda: b'{"users": []} {}',
    "cut": lambda: b'{"users": [{"sour',
    "33 MB": lambda: b'{"users": ["' + b"x" * (33 * MIB) + b'"]}',
    "10 M objects": lambda: b'{"users": [' + b"{}," * (10 * MIB) + b"{}]}",
    "10 M numbers": lambda: b'{"users": [' + b"0," * (10 * MIB) + b"0]}",
    "nothing": lambda: b"",
    "a list": lambda: b"[]",
    "another envelope": lambda: b'{"people": []}',
    "HTML": lambda: b"<!DOCTYPE html><html>Log in</html>",
    "null": lambda: b"null",
    "users is a text": lambda: b'{"users": "all"}',
    "the same page for ever": lambda: json.dumps(
        {"users": [{"sourcedId": f"u-{n}", "role": "student"} for n in range(50)]}
    ).encode(),
}
RECORDS: dict[str, Any] = {
    "a number": 7,
    "null": None,
    "a list": [],
    "a text": "x",
    "no sourcedId": {},
    "sourcedId with #": {"sourcedId": "a#b"},
    "sourcedId of 10 kB": {"sourcedId": "x" * 10_000},
    "sourcedId a list": {"sourcedId": ["a"]},
    "year 9999": {
        "sourcedId": "x-1",
        "dateLastModified": "9999-12-31T00:00:00Z",
        "role": "student",
        "givenName": "Eve",
        "familyName": "Moss",
    },
    "objects for texts": {
        "sourcedId": "x-1",
        "role": {"a": 1},
        "givenName": [],
        "familyName": 7,
        "orgs": "none",
        "grades": {},
    },
    "administrator": {
        "sourcedId": "x-1",
        "role": "administrator",
        "givenName": "Eve",
        "familyName": "Moss",
        "enabledUser": "true",
    },
    "__class__": {"sourcedId": "x-1", "__class__": "x", "PK": "y", "role": "__init__"},
    "links elsewhere": {
        "sourcedId": "x-1",
        "orgs": [{"href": "http://127.0.0.1:9/", "sourcedId": "o", "type": "org"}],
    },
    "100,000 agents": {
        "sourcedId": "x-1",
        "role": "student",
        "agents": [{"sourcedId": f"g{n}"} for n in range(100_000)],
    },
}


def cases() -> list[Case]:
    found = [
        Case("OneRoster bundle", threat, name, lambda make=make: {"data": make()}, ends)
        for threat, name, make, ends in zips()
    ]
    found += [
        Case("OneRoster bundle", threat, name, lambda make=make: {"data": zipped(make())}, ends)
        for threat, name, make, ends in tables()
    ]
    found += [
        Case(
            "OneRoster bundle",
            f"{threat}, file by file",
            name,
            lambda make=make: {"files": make()},
            f"{ends}|waits",
            "enter_loose",
        )
        for threat, name, make, ends in list(tables())[::9]
    ]
    found += [
        Case(
            "OneRoster JSON",
            "duplicate keys, NaN, depth, million digits, surrogates, NUL, UTF-8, envelopes",
            name,
            lambda make=make: {"body": make()},
            "refused",
        )
        for name, make in JSONS.items()
    ]
    found += [
        Case(
            "OneRoster JSON",
            "no users at all where there were some",
            "an empty page",
            lambda: {"body": b'{"users": []}'},
            "held H-EMPTY-TYPE",
        )
    ]
    return found + [
        Case(
            "OneRoster JSON",
            "records that are none, ids, year 9999, roles, links",
            name,
            lambda record=record: {"record": record},
            "ok|rows|refused|held",
            "enter_record",
        )
        for name, record in RECORDS.items()
    ]
