"""From a drop to a feed, on memory: what is admitted, what is turned back, what is told."""

from __future__ import annotations

import io
import itertools
from datetime import date

import orjson
import pytest

from cli.generator.district import district
from cli.generator.sheet import write_sheet
from import_sheet.job import Desk, Drop, run
from rostering.errors import StoreError
from rostering.load import paths, plan, progress
from rostering.sheet import template
from rostering.store.memory import MemoryFiles, MemoryStore
from tests import loads
from tests.faults import Calls, Failing

NOW = "2026-11-23T12:40:00.000Z"
KEY = "inbox/demo/ticket 7/Möller+Söhne.xlsx"


class Office:
    """A desk over memory, and drops onto it."""

    def __init__(self) -> None:
        self.store, self.inbox, self.work = MemoryStore(), MemoryFiles(), MemoryFiles()
        numbers = itertools.count(1)
        self.desk = Desk(self.store, self.inbox, self.work, lambda: NOW, lambda: f"01{next(numbers):03d}")
        loads.site(self.store)

    def drop(self, data: bytes, key: str = KEY, version: str = "v1"):
        self.inbox.write(key, data)
        return run(self.desk, Drop(key, version, len(data)))

    def body(self, load: str) -> dict:
        return progress.read(self.store, "demo", load)


@pytest.fixture(scope="module")
def sheet(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("sheets") / "small.xlsx"
    write_sheet(district(30, 1, date(2026, 11, 23)), path)
    return path.read_bytes()


def workbook(**tabs) -> bytes:
    file = io.BytesIO()
    template.write(file, site_name="", school_year="2026-27", rows={name.replace("_", " "): rows
                                                                   for name, rows in tabs.items()})
    return file.getvalue()


def test_a_drop_becomes_a_feed_and_a_report(sheet):
    office = Office()
    answer = office.drop(sheet)
    assert answer.outcome == "read" and answer.rows > 100
    body = office.body(answer.load)
    assert (body["state"], body["file_name"], body["drop_key"]) == ("read", "Möller+Söhne.xlsx", KEY)
    manifest = plan.FeedManifest.read(office.work, "demo", answer.load)
    assert manifest.counts["students"] == {"rows": 30, "problems": 0}
    assert office.inbox.exists(paths.report("demo", answer.load, "xlsx"))
    assert office.work.read(paths.quarantine("demo", answer.load)) == sheet


def test_the_same_event_twice_is_one_load(sheet):
    office = Office()
    first, again = office.drop(sheet), office.drop(sheet)
    assert again.load == first.load and again.outcome == "read"      # to be started, if it was not
    progress.change(office.store, "demo", first.load, now=NOW, state="held")
    assert office.drop(sheet).outcome == "again"


def test_the_same_content_under_another_name_is_told_so(sheet):
    office = Office()
    progress.change(office.store, "demo", office.drop(sheet).load, now=NOW, state="done")
    answer = office.drop(sheet, key="inbox/demo/copy.xlsx")
    assert answer.outcome == "turned_back"
    assert office.body(answer.load)["message"].startswith("F-SAME-FILE: The same file was already loaded on "
                                                          "November 23, 2026. Nothing to do.")


@pytest.mark.parametrize("state", ["turned_back", "rejected", "expired", "replaced", "failed", "undone"])
def test_content_that_did_not_load_may_come_again(sheet, state):
    office = Office()
    progress.change(office.store, "demo", office.drop(sheet).load, now=NOW, state=state)
    assert office.drop(sheet, key="inbox/demo/copy.xlsx").outcome == "read"


@pytest.mark.parametrize("key", ["inbox/nowhere/a.xlsx", "inbox/a.xlsx", "inbox/DEMO/a.xlsx", "inbox/../demo/a.xlsx"])
def test_a_drop_for_no_site_is_moved_aside(sheet, key):
    office = Office()
    assert office.drop(sheet, key=key).outcome == "unrouted"
    assert list(office.inbox.list("")) == [f"unrouted/{key.removeprefix('inbox/')}"]


@pytest.mark.parametrize(("data", "name", "code"), [
    (b"", "a.xlsx", "F-EMPTY"),
    (b"Student ID,First Name\n1,Ana\n", "a.xlsx", "F-CSV"),
    (b"PK\x03\x04 no zip", "a.xlsx", "F-NOT-EXCEL"),
])
def test_a_file_that_is_no_sheet_is_turned_back_with_its_code(data, name, code):
    office = Office()
    answer = office.drop(data, key=f"inbox/demo/{name}")
    body = office.body(answer.load)
    assert answer.outcome == body["state"] == "turned_back"
    assert body["message"].startswith(f"{code}: ")
    report = orjson.loads(office.inbox.read(paths.report("demo", answer.load, "json")))
    assert [problem["code"] for problem in report["problems"]] == [code]
    for ending in ("xlsx", "html"):
        assert office.inbox.exists(paths.report("demo", answer.load, ending))


def test_a_file_above_the_limit_is_not_even_fetched():
    office = Office()
    office.inbox.write(KEY, b"its size is told by the event")
    answer = run(office.desk, Drop(KEY, "v1", 21 * 2**20))
    assert office.body(answer.load)["message"].startswith("F-TOO-BIG: The file is too big (21 MB; most is 20 MB).")


def test_a_sheet_with_too_many_bad_rows_comes_back_with_every_row_marked():
    rows = [[f"S{n}", "0012", "", "Ana", "", "Ruiz", "", "44" if n < 15 else "04"] for n in range(30)]
    office = Office()
    answer = office.drop(workbook(Schools=[["0012", "Pine"]], Students=rows))
    body = office.body(answer.load)
    assert body["message"].startswith("T-TOO-MANY-ERRORS")
    assert body["problem_counts"]["R-GRADE"] == 15


def test_no_report_json_holds_a_value_of_a_cell():
    office = Office()
    answer = office.drop(workbook(Schools=[["0012", "Pine"]], Students=[
        *([f"S{n}", "0012", "", "Ana", "", "Ruiz", "", "04"] for n in range(30)),
        ["S99", "0012", "", "Zaphod", "", "Beeblebrox", "", "Marvin"]]))
    assert office.body(answer.load)["problem_counts"]["R-GRADE"] == 1
    report = office.inbox.read(paths.report("demo", answer.load, "xlsx"))
    assert report.startswith(b"PK")
    for key in office.inbox.list("outbox/"):
        if key.endswith(".json"):
            assert b"Marvin" not in office.inbox.read(key) and b"Zaphod" not in office.inbox.read(key)


def test_reading_that_is_stopped_at_any_call_and_run_again_ends_the_same(sheet):
    whole = Office()
    whole.drop(sheet)
    for n in itertools.count(1):
        office, calls = Office(), Calls(fail=n)
        office.inbox.write(KEY, sheet)
        broken = Desk(Failing(office.store, calls), Failing(office.inbox, calls), Failing(office.work, calls),
                      office.desk.now, office.desk.new_load)
        try:
            run(broken, Drop(KEY, "v1", len(sheet)))
        except StoreError:
            run(office.desk, Drop(KEY, "v1", len(sheet)))
        if calls.made < n:
            break
        assert ended(office) == ended(whole), n
    assert n > 10


def ended(office: Office) -> dict:
    """The kinds of items with their states, and what was audited how often."""
    items = office.store.snapshot()
    audited = sorted(item.body["what"] for key, item in items.items() if "#AUDIT#" in key.pk)
    return {key.sk: item.body.get("state") for key, item in items.items() if "#AUDIT#" not in key.pk} | {
        "audit": audited}
