"""The list of a school as a file: every gap has a column, nothing in it is a secret, and it is swept after an hour."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest

from rostering.account_sheets.people import SiteLook
from rostering.checks import sheet
from rostering.checks.facts import Moment
from rostering.checks.filters import Filter
from rostering.checks.view import Looking
from rostering.clock import iso
from rostering.load import printing
from rostering.load.handout import Office
from rostering.model import Account
from rostering.people import item_of
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.memory import MemoryFiles, MemoryStore
from sync.sweep import sweep

NOW = Moment("2026-09-21T12:00:00.000Z", "2026-09-21")
SECRET = "blue-fish-sun42"


def person(name: str, role: str = "Student", *, school: str = "12", **more) -> Account:
    fields = {"id": name, "first_name": name.title(), "last_name": "Example", "school": school} | more.pop("fields", {})
    return Account(id=name, role=role, status=more.pop("status", "active"), username=f"{name}.e", fields=fields,
                   source="sheet", source_key=name, **more)


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    store.put_many([
        Item(keys.settings("demo"), {"name": "Demo", "id_salt": b"salt"}),
        *(Item(keys.school("demo", school), {"key": school}) for school in ("12", "13")),
        Item(keys.teaches("demo", "tess", "709"), {"section": "709", "part": "lead"}),
        Item(keys.section("demo", "709"), {"id": "709", "status": "active", "fields": {"terms": []}}),
        Item(keys.username("demo", "ann.e"), {"account": "ann", "state": "first_secret", "mac": SECRET,
                                              "envelope": SECRET.encode(), "issued_at": "2026-09-01T00:00:00.000Z"}),
        *(item_of("demo", one) for one in (
            person("ann", classes={"709": ["", "", "active"]}, fields={"last_name": "=cmd()", "email": "a@d.org"}),
            person("bob", fields={"email": "A@d.org", "birth_date": "2014-01-01", "state_id": "ST9"}),
            person("off", status="inactive"), person("tess", "Teacher"), person("far", school="13")))])
    return store


def printed(store: MemoryStore, format: str, **wanted: str) -> list[list]:
    """The cells of a file, headings first."""
    files = MemoryFiles()
    seen = sheet.everybody(Looking(store, "demo", NOW, {}), Filter(**wanted))
    office = Office(store, "demo", checked={one.account.id: sheet.values_of(one) for one in seen})
    key = printing.print_sheet(files, "demo", format, office, [one.account for one in seen],
                               look=SiteLook("Demo", "/demo"), printed_by="me", printed_on="today", name="x")
    data = files.read(key)
    assert SECRET.encode() not in data
    if format == "csv":
        assert data.startswith(b'\xef\xbb\xbf"School","Role"')
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    return [list(row) for row in openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True)]


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_every_gap_is_a_column(store: MemoryStore, format: str) -> None:
    heading, *rows = printed(store, format, school="12")
    lines = {row[heading.index("Username")]: dict(zip(heading, row, strict=True)) for row in rows}
    told = {name: ["" if (cell := lines[name][column]) is None else str(cell) for column in (
        "Classes", "Current classes", "Way in", "Same as another", "Email synced")] for name in lines}
    assert told == {"ann.e": ["1", "1", "Issued", "email", "Yes"], "bob.e": ["0", "0", "None", "email", "Yes"],
                    "off.e": ["0", "0", "None", "", "Not sent"], "tess.e": ["1", "1", "None", "", "Not sent"]}
    assert lines["ann.e"]["Last Name"] == ("'=cmd()" if format == "csv" else "=cmd()")
    assert "2014-01-01" not in str(rows) and "ST9" not in str(rows)


def test_a_list_of_the_whole_site_names_each_once(store: MemoryStore) -> None:
    store.put_many([Item(keys.member_of("demo", "far", "12"), {"school": "12"},
                         listed=keys.Key(keys.people("demo", "12"), "~far"))])
    heading, *rows = printed(store, "csv")
    assert [row[heading.index("Username")] for row in rows] == ["ann.e", "bob.e", "off.e", "tess.e", "far.e"]


def test_what_is_older_than_an_hour_is_swept_and_nothing_else() -> None:
    files, written = MemoryFiles(), datetime.now(UTC)
    files.write("exports/demo/a.pdf", b"x")
    files.write("feeds/demo/a", b"x")
    assert sweep(files, now=iso(written + timedelta(minutes=59))) == 0
    assert sweep(files, now=iso(written + timedelta(minutes=61))) == 1
    assert list(files.list("")) == ["feeds/demo/a"]
