"""What arrives in the inbox: files that can't be read, events that come twice, sheets that come together."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from tests.workflow.office import Office, fetch, sheet, students, until
from tests.workflow.watch import happened, said, waiting

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
GOOD = sheet(students(1, 2, 3))


def _csv() -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([("Student ID", "First Name", "Last Name"), ("000001", "Zoë", "Jönsson")])
    return text.getvalue().encode()


def _encrypted() -> bytes:
    """An OLE file as Excel writes one for a workbook with a password: its stream names are UTF-16."""
    names = "".join(("Root Entry", "EncryptionInfo", "EncryptedPackage")).encode("utf-16-le")
    return OLE + bytes(504) + names + bytes(2048)


def _with_part(change: Callable[[str, bytes], bytes]) -> bytes:
    """The good sheet with every part put through `change`."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return made.getvalue()


def _bomb() -> bytes:
    """A tab of 40 MB of spaces in some 40 KB."""
    spaces = b" " * (40 * 2**20)
    return _with_part(lambda name, data: data.replace(b"</sheetData>", spaces + b"</sheetData>")
                      if name == "xl/worksheets/sheet5.xml" else data)


def _entities() -> bytes:
    declared = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    return _with_part(lambda name, data: data.replace(b"?>", b"?>" + declared, 1)
                      if name == "xl/workbook.xml" and b"?>" in data else
                      (declared + data if name == "xl/workbook.xml" else data))


def _edited(change: Callable[[Any], None]) -> bytes:
    """The good sheet after somebody worked on it in a spreadsheet program."""
    book = openpyxl.load_workbook(io.BytesIO(GOOD))
    change(book)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _rename(book: Any) -> None:
    book["Students"]["D1"], book["Classes"]["D1"] = "Given name", "Class"


def _forbidden(book: Any) -> None:
    book["Students"]["P1"] = "Password"


def _empty_tabs(book: Any) -> None:
    for tab in book.worksheets[1:]:
        tab.delete_rows(2, tab.max_row)


POISON = {
    "empty": (lambda: b"", "F-EMPTY"),
    "comma-separated": (_csv, "F-CSV"),
    "encrypted": (_encrypted, "F-PASSWORD"),
    "noise": (lambda: bytes(range(256)) * 40, "F-NOT-EXCEL"),
    "cut-off": (lambda: GOOD[:len(GOOD) // 2], "F-NOT-EXCEL"),
    "bomb": (_bomb, "F-UNSAFE"),
    "entities": (_entities, "F-UNSAFE"),
    "renamed-columns": (lambda: _edited(_rename), "T-COLUMN-RENAMED"),
    "a-column-of-passwords": (lambda: _edited(_forbidden), "T-COLUMN-FORBIDDEN"),
    "no-data": (lambda: _edited(_empty_tabs), "T-NO-DATA"),
    "a-tab-gone": (lambda: _edited(lambda book: book.remove(book["Guardians"])), "T-TAB-MISSING"),
    "another-site": (lambda: sheet(students(1), district="Quite Another District"), "F-WRONG-SITE"),
}


@pytest.fixture(scope="module")
def ward(running) -> Office:
    """A site that nothing good is ever sent to."""
    return Office(running, "ward")


@pytest.fixture(scope="module")
def before(ward) -> dict:
    return ward.table("DROP")


@pytest.fixture(scope="module")
def poisoned(ward, before) -> dict[str, tuple[str, dict]]:
    """Key and load of every bad file by its name, dropped one right after the other."""
    keys = {name: ward.drop(make(), f"{name}.xlsx") for name, (make, _) in POISON.items()}
    return {name: (key, ward.followed(ward.became(key))) for name, key in keys.items()}


def settled(cloud: Any) -> None:
    """Wait until no drop waits or is being read."""
    until(lambda: waiting(cloud, "DropsQueue") == 0)


@pytest.mark.parametrize("name", POISON)
def test_a_bad_file_is_turned_back_with_its_code_and_a_report(ward, poisoned, name):
    _, load = poisoned[name]
    code = POISON[name][1]
    assert load["state"] == "turned_back"
    assert code in load["problem_counts"]
    assert code in {one["code"] for one in ward.get(f"/loads/{load['load']}/problems")["problems"]}
    files = ward.files(load["load"])
    assert json.loads(files["report_json"])["state"] == "turned_back"
    assert code in files["report_html"].decode()
    assert openpyxl.load_workbook(io.BytesIO(files["report_xlsx"])).sheetnames[0] == "Summary"
    assert files["account_sheets"] == {}


def test_bad_files_are_read_once_and_change_nothing(ward, poisoned, before):
    settled(ward.cloud)
    loads = list(ward.pages("/loads", "loads"))
    assert len(loads) == len(POISON)
    read = said(ward.cloud, "drop", site="ward")
    assert sorted(one["load"] for one in read) == sorted(one["load"] for one in loads)
    assert {one["outcome"] for one in read} == {"turned_back"}
    assert said(ward.cloud, "drop failed") == []
    assert waiting(ward.cloud, "DeadLetters") == 0
    assert ward.table("DROP") == before


def test_no_workflow_begins_for_a_bad_file(ward, poisoned):
    pages = ward.cloud.client("stepfunctions").get_paginator("list_executions").paginate(
        stateMachineArn=ward.cloud.outputs["SyncArn"])
    begun = {one["name"] for page in pages for one in page["executions"]}
    assert not begun & {load["load"] for _, load in poisoned.values()}


def test_a_bad_file_is_kept_where_it_was_dropped(ward, poisoned):
    s3 = ward.cloud.client("s3")
    sizes = {name: s3.head_object(Bucket=ward.cloud.outputs["InboxBucket"], Key=key)["ContentLength"]
             for name, (key, _) in poisoned.items()}
    assert sizes["empty"] == 0
    assert sizes["cut-off"] == len(GOOD) // 2


@pytest.mark.parametrize("place", ["no-such-site/T-1/sheet.xlsx", "sheet.xlsx", "WARD/T-1/sheet +ä.xlsx"])
def test_a_drop_for_no_site_is_moved_aside_once(ward, place):
    cloud = ward.cloud
    s3, bucket = cloud.client("s3"), cloud.outputs["InboxBucket"]
    s3.put_object(Bucket=bucket, Key=f"inbox/{place}", Body=GOOD)
    until(lambda: place in listed(s3, bucket, "unrouted/"))
    settled(cloud)
    assert place not in listed(s3, bucket, "inbox/")
    assert s3.get_object(Bucket=bucket, Key=f"unrouted/{place}")["Body"].read() == GOOD
    assert waiting(cloud, "DeadLetters") == 0


def listed(s3: Any, bucket: str, prefix: str) -> set[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return {one["Key"].removeprefix(prefix) for page in pages for one in page.get("Contents", [])}


@pytest.fixture(scope="module")
def pier(running) -> Office:
    return Office(running, "pier")


def test_an_event_that_comes_again_makes_no_second_load(pier, overheard):
    key = pier.drop(sheet(students(1, 2, 3), complete=True))
    message = until(lambda: overheard.messages(key))[0]
    sqs, queue = pier.cloud.client("sqs"), pier.cloud.outputs["DropsQueue"]

    sqs.send_message(QueueUrl=queue, MessageBody=message)      # while it may still be at work
    load = pier.became(key)
    assert pier.followed(load)["state"] == "done"
    pier.ended(load)
    until(lambda: len(said(pier.cloud, "drop", site="pier")) == 2)
    after = pier.table()
    sqs.send_message(QueueUrl=queue, MessageBody=message)      # and when it is long over
    until(lambda: len(said(pier.cloud, "drop", site="pier")) == 3)
    settled(pier.cloud)

    assert {one["load"] for one in said(pier.cloud, "drop", site="pier")} == {load}
    assert [one["load"] for one in pier.get("/loads")["loads"]] == [load]
    assert pier.table() == after
    assert len(said(pier.cloud, "finished", site="pier", load=load)) == 1
    assert waiting(pier.cloud, "DeadLetters") == 0


@pytest.fixture(scope="module")
def sheets() -> tuple[bytes, bytes]:
    """Two sheets that share some students."""
    return sheet(students(*range(1, 16))), sheet(students(*range(10, 25)))


def seen(office: Office) -> dict[str, Any]:
    """What a site shows of its people and its class, without numbers that every site draws anew."""
    shown = ("role", "status", "username", "last_name", "first_name", "grade", "email", "school", "classes",
             "guardians", "students")
    people = {name: {field: one[field] for field in shown} for name, one in office.people().items()
              if one["source"] == "sheet"}
    members = office.get("/sections/709")["students"]
    return {"people": people, "class": sorted((one["username"], one["status"]) for one in members)}


def written_in(office: Office, load: str) -> tuple[Any, Any]:
    """When a load held the site: from being begun to its end."""
    history = happened(office.cloud, office.execution(load))
    names = [(event["stateEnteredEventDetails"]["name"], event["timestamp"]) for event in history
             if "stateEnteredEventDetails" in event]
    began = [at for name, at in names if name == "Any structure?"]
    assert len(began) == 1, "applied once"
    return began[0], history[-1]["timestamp"]


def test_two_sheets_at_once_are_loaded_one_after_the_other(running, sheets):
    both, turns = Office(running, "both"), Office(running, "turns")
    keys = [both.drop(data) for data in sheets]
    loads = [both.became(key) for key in keys]
    assert [both.followed(load)["state"] for load in loads] == ["done", "done"]
    for load in loads:
        both.ended(load)
    assert [turns.loaded(data)["state"] for data in sheets] == ["done", "done"]

    assert seen(both) == seen(turns)
    assert len(seen(both)["class"]) == 24
    (_, first_end), (second_start, _) = sorted(written_in(both, load) for load in loads)
    assert first_end <= second_start
    repeated = both.loaded(fetch(both.get(f"/loads/{loads[0]}/files")["report_xlsx"]), "report.xlsx")
    assert repeated["counts"]["students"]["unchanged"] == 15
