"""Files and answers that are broken, or meant to harm: each ends in a listed error, soon and in little memory."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import time
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rostering.errors import InputError, RemoteProtocolError
from rostering.oneroster import roles, strict
from rostering.oneroster.bundle import open_files, open_zip
from rostering.oneroster.csvfile import CsvFile
from rostering.oneroster.discovery import discovery
from rostering.oneroster.rest import collection
from tests.unit.oneroster.provider import ORGS, ROLES, USERS_1_2, manifest, table, zipped

FILES = {"manifest.csv": manifest(orgs="bulk"), "orgs.csv": table(ORGS, *(f"o-{at},,,N,school,," for at in range(200)))}
MIB = 1 << 20


def patched(data: bytes, at: int, value: bytes, signature: bytes) -> bytes:
    """The zip with a value in each header of a kind."""
    found, changed = -1, bytearray(data)
    while (found := data.find(signature, found + 1)) >= 0:
        changed[found + at:found + at + len(value)] = value
    return bytes(changed)


def whole() -> bytes:
    return zipped(FILES).getvalue()


def renamed(name: str) -> bytes:
    return zipped(FILES | {name: b"x"}).getvalue()


def twice() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive, pytest.warns(UserWarning):
        archive.writestr("orgs.csv", b"a")
        archive.writestr("orgs.csv", b"b")
    return packed.getvalue()


def shared() -> bytes:
    """Two entries of the directory that lead to one part."""
    data = zipped({"aaaa.csv": b"x" * 50, "bbbb.csv": b"y" * 50}, method=zipfile.ZIP_STORED).getvalue()
    second = data.rfind(b"PK\x01\x02")
    return data[:second + 42] + struct.pack("<L", 0) + data[second + 46:]


CENTRAL, LOCAL = b"PK\x01\x02", b"PK\x03\x04"
ZIPS = {
    "no zip": (lambda: b"sourcedId,name\n", "F-OR-ZIP"),
    "empty": (lambda: b"", "F-OR-ZIP"),
    "a zip without files": (lambda: zipped({}).getvalue(), "F-OR-ZIP"),
    "cut": (lambda: whole()[:-30], "F-OR-ZIP"),
    "something before it": (lambda: b"PK\x03\x04" + whole(), "F-OR-ZIP"),
    "shifted": (lambda: whole()[:-6] + b"\xff\xff\xff\x7f\0\0", "F-OR-ZIP"),
    "wrong checksum": (lambda: patched(whole(), 16, b"\1\2\3\4", CENTRAL), "F-OR-ZIP"),
    "encrypted": (lambda: patched(patched(whole(), 8, b"\1\0", CENTRAL), 6, b"\1\0", LOCAL), "F-OR-ENCRYPTED"),
    "another method": (lambda: zipped(FILES, method=zipfile.ZIP_LZMA).getvalue(), "F-OR-UNSAFE"),
    "one part twice": (shared, "F-OR-UNSAFE"),
    "one name twice": (twice, "F-OR-UNSAFE"),
    "up": (lambda: renamed("../orgs.csv"), "F-OR-UNSAFE"),
    "root": (lambda: renamed("/etc/orgs.csv"), "F-OR-UNSAFE"),
    "backslash": (lambda: renamed("..\\orgs.csv"), "F-OR-UNSAFE"),
    "control character": (lambda: renamed("or\ngs.csv"), "F-OR-UNSAFE"),
    "names that differ by case": (lambda: renamed("ORGS.csv"), "F-OR-UNSAFE"),
    "many files": (lambda: zipped({f"{at}.csv": b"" for at in range(600)}).getvalue(), "F-OR-TOO-BIG"),
    "very many files": (lambda: zipped({f"{at}.csv": b"" for at in range(20_000)}).getvalue(), "F-OR-TOO-BIG"),
    "bomb": (lambda: zipped({"orgs.csv": b"o" * (60 * MIB)}).getvalue(), "F-OR-TOO-BIG"),
    "lying size": (lambda: patched(whole(), 24, struct.pack("<L", 2_000), CENTRAL), "F-OR-ZIP"),
    "nested": (lambda: zipped({"inner.zip": whole()}).getvalue(), "F-OR-NESTED"),
}


@pytest.mark.parametrize("kind", ZIPS)
def test_a_hostile_zip_is_turned_back_soon_and_in_little_memory(kind):
    build, code = ZIPS[kind]
    source = io.BytesIO(build())
    began = time.process_time()
    tracemalloc.start()
    try:
        with pytest.raises(InputError) as error:
            open_zip(source)
        assert tracemalloc.get_traced_memory()[1] < 20 * MIB
    finally:
        tracemalloc.stop()
    assert error.value.code == code
    assert time.process_time() - began < 2


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_damage_of_a_zip_is_an_unlisted_exception(data):
    damaged = bytearray(whole())
    for at in data.draw(st.lists(st.integers(0, len(damaged) - 1), min_size=1, max_size=8)):
        damaged[at] = data.draw(st.integers(0, 255))
    with contextlib.suppress(InputError):
        list(open_zip(io.BytesIO(bytes(damaged))).rows("orgs"))


HEAD = ORGS.encode() + b"\n"
CSVS = {
    "one endless line": HEAD + b"x" * (8 * MIB),
    "one endless cell": HEAD + b'"' + b"x\n" * (4 * MIB),
    "commas only": HEAD + b"," * (900 << 10),
    "quotation marks only": HEAD + b'"' * (900 << 10),
    "a quotation mark in every line": HEAD + b'"\n' * 100_001,
    "blank lines only": HEAD + b"\n" * 400_000,
    "ragged rows only": HEAD + b"o-1\n" * 300_000,
    "carriage returns": HEAD + b"\r" * 400_000,
    "NUL": HEAD + b"\0" * (4 * MIB),
    "random": HEAD + os.urandom(MIB),
    "a header without an end": b"a," * (2 * MIB),
}


@pytest.mark.parametrize("kind", CSVS)
def test_a_hostile_csv_file_ends_soon_and_in_little_memory(kind):
    source, began = io.BytesIO(CSVS[kind]), time.process_time()
    with contextlib.suppress(InputError):
        for _ in CsvFile(source, "orgs.csv"):
            pass
    assert time.process_time() - began < 2
    source.seek(0)
    tracemalloc.start()
    try:
        with contextlib.suppress(InputError):
            for _, _, _ in zip(range(20_000), CsvFile(source, "orgs.csv"), range(20_000), strict=False):
                pass
        assert tracemalloc.get_traced_memory()[1] < 24 * MIB
    finally:
        tracemalloc.stop()


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text('",\n\ro-1#', max_size=60).map(str.encode))
def test_no_bytes_of_a_csv_file_are_an_unlisted_exception(data):
    with contextlib.suppress(InputError):
        list(open_files(FILES | {"orgs.csv": HEAD + data}).rows("orgs"))


def test_roles_are_held_within_a_limit(monkeypatch):
    monkeypatch.setattr(roles, "HELD_BYTES", 100_000)
    files = {"manifest.csv": manifest("1.2", users="bulk", roles="bulk"), "users.csv": table(USERS_1_2),
             "roles.csv": table(ROLES, *(f"r,,,u-{at},primary,teacher,,,o-{at}," for at in range(1_000)))}
    with pytest.raises(InputError) as error:
        list(open_files(files).rows("users"))
    assert error.value.code == "F-OR-TOO-BIG"


JSONS = {
    "deep": b'{"users": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"users": ' + b'{"a":' * 100_000,
    "duplicate keys": b'{"users": [], "users": [{"sourcedId": "a"}]}',
    "duplicate keys within": b'{"users": [{"sourcedId": "a", "sourcedId": "b"}]}',
    "NaN": b'{"users": [NaN]}',
    "infinity": b'{"users": [-Infinity]}',
    "infinite number": b'{"users": [1e999]}',
    "a million digits": b'{"users": [' + b"9" * 1_000_000 + b"]}",
    "half a pair": b'{"users": ["\\ud800"]}',
    "NUL": b'{"users": ["a\\u0000"]}',
    "raw control character": b'{"users": ["a\x01"]}',
    "not UTF-8": b'{"users": ["\xff"]}',
    "UTF-16": '{"users": []}'.encode("utf-16"),
    "two values": b'{"users": []} {}',
    "cut": b'{"users": [{"sourcedId": "a"}, {"sour',
    "too big": b'{"users": ["' + b"x" * (33 * MIB) + b'"]}',
    "too many objects": b'{"users": [' + b"{}," * (10 * MIB) + b"{}]}",
    "too many numbers": b'{"users": [' + b"0," * (10 * MIB) + b"0]}",
    "empty": b"",
}


@pytest.mark.parametrize("kind", JSONS)
def test_hostile_json_is_an_error_soon_and_in_little_memory(kind):
    body, began = JSONS[kind], time.process_time()
    tracemalloc.start()
    try:
        for read in (strict.parse, discovery, lambda body: list(
                collection(lambda path, params: (200, {}, body), "users", "users"))):
            with pytest.raises(RemoteProtocolError) as error:
                read(body)
            assert error.value.__cause__ is None and len(str(error.value)) < 120
        assert tracemalloc.get_traced_memory()[1] < 150 * MIB
    finally:
        tracemalloc.stop()
    assert time.process_time() - began < 2


def test_the_most_that_is_taken_ends_in_its_time():
    body = b'{"users": [' + b'{"a":1},' * 600_000 + b"{}]}"
    began = time.process_time()
    strict.parse(body)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("text", [b'"\\\\u0000"', b'"\\ud83d\\ude00"', b'"\\u00e9"', b"\xef\xbb\xbf{}"])
def test_what_only_looks_hostile_is_read(text):
    strict.parse(text)


@given(st.binary(max_size=80))
def test_no_bytes_of_an_answer_are_an_unlisted_exception(body):
    for read in (strict.parse, discovery):
        with contextlib.suppress(RemoteProtocolError):
            read(body)
