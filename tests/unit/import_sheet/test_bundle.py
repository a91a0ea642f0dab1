"""OneRoster bundles in a zip, from the drop to the accounts: what absence means, and what a delta refers to."""

from __future__ import annotations

import gzip
import io
import itertools
import re
import zipfile

import orjson
import pytest

from import_sheet.job import Desk, Drop, run
from rostering.errors import StoreError
from rostering.load import corrected, paths, progress
from rostering.load.ground import Ground
from rostering.model import Hold
from rostering.report import words
from rostering.store import keys
from rostering.store.keys import Item
from tests.faults import Calls, Failing
from tests.unit.import_sheet.bundles import (
    HEADERS,
    NOW,
    SCHOOL,
    Bundles,
    bulk,
    delta,
    district,
    files,
    made_up,
    zipped,
)

KEY = "inbox/demo/ticket 7/Roster.ZIP"
SECRET = "Tr0ub4dor-and-3"


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_bulk_bundle_gives_the_people_of_the_district(tmp_path, version):
    office = Bundles()
    load = office.load(made_up(tmp_path, version))
    users = list(district().rows("users"))
    for user in users:
        kind = {"student": "student", "parent": "guardian", "guardian": "guardian", "relative": "guardian"}.get(
            user.role, "staff")
        person = office.person(user.id, kind)
        assert (person.fields["first_name"], person.fields["last_name"], person.status) == (
            user.given, user.family, "active")
        if kind == "student":
            assert person.fields["grade"] == user.grade and person.fields["school"] and person.classes
            assert len(person.guardians) == len(user.agents)
    assert len(users) > 100 and len(office.people()) == len(users)
    assert office.manifest(load).counts["students"] == {"rows": 60, "problems": 0}
    assert office.body(load)["load_type"] == office.manifest(load).load_type == "Bulk bundle"
    assert not [code for code in office.codes(load) if code[0] == "R"]


def test_a_bundle_of_1_1_and_one_of_1_2_give_the_same_people(tmp_path):
    found = []
    for version in ("1.1", "1.2"):
        office = Bundles()
        office.load(made_up(tmp_path, version))
        found.append(office.people())
    assert found[0] == found[1] and len(found[0]) > 100


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_the_bulk_bundle_of_the_next_day_proposes_the_leavers(tmp_path, version):
    office = Bundles()
    office.load(made_up(tmp_path, version))
    answer = office.hand_in(made_up(tmp_path, version, day="next-day"))
    settled = office.settle(answer.load)
    gone = _students("today") - _students("next-day")
    assert gone and settled["counts"]["students"]["deactivated"] == len(gone)
    assert settled["counts"]["students"]["new"] == len(_students("next-day") - _students("today"))
    assert settled["outcome"] == "held" and settled["holds"][0]["rule"] == "H-COMPLETE-LIST"


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_delta_ends_where_the_bulk_bundle_of_that_day_does(tmp_path, version):
    by_delta, by_bulk = Bundles(), Bundles()
    for office in (by_delta, by_bulk):
        office.load(made_up(tmp_path, version))
    load = by_delta.load(made_up(tmp_path, version, day="next-day", since="today"))
    by_bulk.load(made_up(tmp_path, version, day="next-day"))
    assert by_delta.body(load)["load_type"] == "Delta bundle"
    assert by_delta.people() == by_bulk.people()


def test_the_same_bulk_content_again_changes_nothing():
    office = Bundles()
    office.load(bulk())
    answer = office.hand_in(zipped(files(dict.fromkeys(HEADERS, "bulk")) | {"results.csv": b"sourcedId\n"}))
    assert office.settle(answer.load)["outcome"] == "unchanged"
    assert office.codes(answer.load) == {"I-OR-IGNORED": 1}


def test_absence_from_a_delta_means_nothing():
    office = Bundles()
    office.load(bulk())
    load = office.load(delta(users=["s-1,+,true,o-1,student,ana,,Ana,Rios,s1,,,05,"]))
    assert office.manifest(load).scope["kinds"] == []
    assert office.person("s-1").fields["last_name"] == "Rios"
    assert office.person("s-2").status == office.person("s-1").status == "active"


def test_tobedeleted_in_a_delta_switches_off():
    office = Bundles()
    office.load(bulk())
    office.load(delta(users=["s-1,-,true,o-1,student,ana,,Ana,Ruiz,s1,,,04,"]))
    assert (office.person("s-1").status, office.person("s-2").status) == ("inactive", "active")
    assert office.person("s-1").fields["last_name"] == "Ruiz"


def test_a_delta_of_enrollments_refers_to_people_and_classes_of_before():
    office = Bundles()
    classes = [*SCHOOL["classes"], "c-2,,,Art,k-1,A4,scheduled,o-1,t-1"]
    office.load(bulk(classes=classes))
    load = office.load(zipped(files({"enrollments": "delta"}, {"enrollments": [
        "e-3,active,2026-11-23T07:00:00.000Z,c-2,o-1,s-1,student,",
        "e-2,tobedeleted,2026-11-23T07:00:00.000Z,c-1,o-1,s-2,student,"]})))
    assert office.codes(load) == {} and office.manifest(load).counts["rosters"] == {"rows": 2, "problems": 0}
    assert office.classes("s-1") == {"c-1": "active", "c-2": "active"}
    assert office.classes("s-2") == {"c-1": "inactive"}


def test_who_is_new_in_a_delta_is_at_the_school_that_an_earlier_bundle_told():
    office = Bundles()
    office.load(bulk())
    office.load(delta(classes=["c-1,-,Math 4,k-1,M4,scheduled,o-1,t-1"]))         # the knowledge goes from load to load
    load = office.load(delta(users=["s-3,+,true,o-1,student,kim,,Kim,Oh,s3,,,04,"],
                             classes=["c-3,+,Math 5,k-1,M5,scheduled,o-1,t-1"]))
    assert office.person("s-3").fields["school"] == "0012"
    section = office.store.get(keys.section("demo", "gg4l:files/c-3")).body["fields"]
    assert (section["school"], section["course"]) == ("0012", "0012|k-1")
    assert office.manifest(load).counts["schools"] == office.manifest(load).counts["courses"] == {
        "rows": 0, "problems": 0}


def test_a_course_that_was_not_loaded_is_not_told_again_by_every_delta():
    office = Bundles()
    office.load(bulk(courses=["k-1,,,,Math,M,,o-1", "k-2,,,,Art,A,,o-9"]))
    load = office.load(delta(users=["s-3,+,true,o-1,student,kim,,Kim,Oh,s3,,,04,"]))
    assert office.codes(load) == {} and office.manifest(load).counts["courses"] == {"rows": 0, "problems": 0}


def test_files_that_are_absent_leave_their_records_alone():
    office = Bundles()
    office.load(bulk())
    answer = office.hand_in(zipped(files({"orgs": "bulk", "academicSessions": "bulk", "courses": "bulk"})))
    settled = office.settle(answer.load)
    assert settled["outcome"] == "unchanged" and settled["holds"] == []


def test_a_bulk_file_of_users_without_rows_is_held():
    office = Bundles()
    office.load(bulk())
    settled = office.settle(office.hand_in(bulk(users=[], enrollments=[])).load)
    assert {hold["rule"] for hold in settled["holds"]} == {"H-EMPTY-TYPE"}
    assert settled["counts"]["students"]["deactivated"] == 0


def test_the_rest_of_a_bundle_that_was_approved_in_part_misses_nothing_that_the_bundle_did_not_hold():
    office = Bundles()
    office.load(bulk())
    users = [SCHOOL["users"][0], SCHOOL["users"][1].replace("Ruiz", "Rios")]
    load = office.hand_in(zipped(files({"orgs": "bulk", "users": "bulk"}, SCHOOL | {"users": users}))).load
    assert [hold["rule"] for hold in office.settle(load)["holds"]] == ["H-COMPLETE-LIST"]
    office.go_on(load, rows=["student/s-2"])
    rest = office.body(load)["rest"]
    assert [hold["rule"] for hold in office.settle(rest)["holds"]] == ["H-REST"]
    office.go_on(rest)
    assert (office.person("s-1").fields["last_name"], office.person("s-2").status) == ("Rios", "inactive")
    assert office.classes("s-1") == {"c-1": "active"}


@pytest.mark.parametrize("mode", ["bulk", "delta"])
def test_users_who_are_all_said_to_be_deleted_are_told_as_going_and_go(mode):
    office = Bundles()
    office.load(bulk())
    users = [row.replace(",,,true", f",tobedeleted,{NOW},true") for row in SCHOOL["users"]]
    load = office.hand_in(zipped(files(dict.fromkeys(HEADERS, "bulk") | {"users": mode},
                                       SCHOOL | {"users": users}))).load
    [hold] = [Hold(**hold) for hold in office.settle(load)["holds"]]
    says, advice = words.explain(hold, of_sheet=False)
    assert (hold.rule, hold.count) == ("H-COMPLETE-LIST", 3) and "missing from it, or it says has left" in says
    assert "stay" not in advice and "manifest" in advice
    office.go_on(load)
    assert {(office.person(key, kind).status) for key, kind in (
        ("s-1", "student"), ("s-2", "student"), ("t-9", "staff"))} == {"inactive"}


@pytest.mark.parametrize(("leave", "stays"), [("s-2", ["g-1"]), ("s-", [])])
def test_only_who_stays_though_the_list_has_none_of_a_kind_is_said_to_stay(leave, stays):
    office = Bundles()
    office.load(bulk(users=[*SCHOOL["users"], "g-1,,,true,o-1,guardian,gu,,Gus,Ruiz,,,s-1,,",
                            "g-2,,,true,o-1,guardian,gi,,Gia,Wong,,,s-2,,"]))
    off = [row.replace("true", "false") if row.startswith(leave) else row for row in SCHOOL["users"]]
    load = office.hand_in(bulk(users=off)).load
    told = [(hold["kind"], hold["of"], hold["message"]) for hold in office.settle(load)["holds"]
            if hold["rule"] == "H-EMPTY-TYPE"]
    assert told == [("guardians", 1, "the list has no guardians, but 1 is active besides 1 who would be switched "
                                     "off")][:len(stays)]
    office.go_on(load)
    assert [key for key in ("g-1", "g-2") if office.person(key, "guardian").status == "active"] == stays


def test_a_bundle_without_a_manifest_adds_and_ends_nothing():
    office = Bundles()
    office.load(bulk())
    named = files(dict.fromkeys(HEADERS, "bulk"), SCHOOL | {"users": SCHOOL["users"][:2]})
    del named["manifest.csv"]
    load = office.load(zipped(named))
    assert office.body(load)["load_type"] == "Bundle" and office.codes(load)["W-OR-NO-MANIFEST"] == 1
    assert office.person("s-2").status == "active"


def test_a_row_that_can_not_be_read_is_told_with_its_number_and_nobody_is_missing():
    office = Bundles()
    office.load(bulk())
    users = [SCHOOL["users"][0], "s-1,,,true,o-1,student,ana,,Ana,Ruiz,s1", SCHOOL["users"][2],
             "s-4,,,true,o-1,student,lu,,,Ito,s4,,,04,"]
    load = office.load(bulk(users=users))
    problems = _kept(office, load)
    assert [(p["code"], p["tab"], p["row"]) for p in problems if p["code"] in ("R-OR-RAGGED", "R-REQUIRED")] == [
        ("R-OR-RAGGED", "users.csv", 3), ("R-REQUIRED", "users.csv", 5)]
    assert office.person("s-1").status == "active" and office.person("s-4") is None


def test_passwords_are_nowhere():
    office = Bundles()
    users = [f"{row}{SECRET}" for row in SCHOOL["users"]]
    named = files(dict.fromkeys(HEADERS, "bulk"), SCHOOL | {"users": [*users, f"s-5,,,true,{SECRET}"]})
    load = office.load(zipped(named | {"userProfiles.csv": f"sourcedId,password\r\np-1,{SECRET}\r\n".encode()}))
    office.hand_in(zipped(named | {"users.csv": named["users.csv"] + b'"'}))
    assert office.codes(load)["R-OR-RAGGED"] == 1
    stored = [repr(item) for item in office.store.snapshot().values()]
    for held in (office.work, office.inbox):
        stored += [_plain(held.read(key)) for key in held.list("") if not key.startswith("inbox/")]
    assert len(stored) > 30 and not [text for text in stored if SECRET in text]


def test_the_same_bundle_under_another_name_is_told_so():
    office = Bundles()
    office.load(bulk())
    answer = office.hand_in(bulk(), key="inbox/demo/copy.zip")
    assert answer.outcome == "turned_back"
    assert office.body(answer.load)["message"].startswith("F-SAME-FILE: The same file was already loaded on "
                                                          "November 23, 2026.")


def test_the_same_event_twice_is_one_load():
    office = Bundles()
    first, again = office.hand_in(bulk(), key=KEY), office.hand_in(bulk(), key=KEY)
    assert first.load == again.load and again.outcome == "read"
    progress.change(office.store, "demo", first.load, now=office.now(), state="held")
    assert office.hand_in(bulk(), key=KEY).outcome == "again"


def _bomb() -> bytes:
    return zipped({"manifest.csv": b"propertyName,value\n", "users.csv": b"sourcedId\n" + b" " * (40 << 20)})


def _encrypted() -> bytes:
    data = bytearray(zipped({"users.csv": b"sourcedId\n"}))
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + at] |= 1
    return bytes(data)


def _unclosed() -> bytes:
    named = files(dict.fromkeys(HEADERS, "bulk"))
    return zipped(named | {"users.csv": named["users.csv"].replace(b",Ana,", b',"Ana,')})


@pytest.mark.parametrize(("data", "code"), [
    (b"", "F-OR-ZIP"),
    (b"sourcedId,status\n", "F-OR-ZIP"),
    (zipped({"users.csv": b"sourcedId\n"})[:60], "F-OR-ZIP"),
    (zipped({}), "F-OR-ZIP"),
    (zipped({"readme.txt": b"hello"}), "F-OR-NOTHING"),
    (zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}), "F-OR-NOTHING"),
    (zipped({"pets.csv": b"sourcedId\n"}), "F-OR-NOTHING"),
    (zipped({"inner.zip": bulk()}), "F-OR-NESTED"),
    (zipped({"a/users.csv": b"sourcedId\n", "b/orgs.csv": b"sourcedId\n"}), "F-OR-FOLDERS"),
    (zipped({"users.csv": b"sourcedId\n", "USERS.csv": b"sourcedId\n"}), "F-OR-UNSAFE"),
    (_bomb(), "F-OR-TOO-BIG"),
    (_encrypted(), "F-OR-ENCRYPTED"),
    (_unclosed(), "F-OR-QUOTES"),
    (zipped({"manifest.csv": b"propertyName,value\noneroster.version,2.0\n", "users.csv": b"sourcedId\n"}),
     "F-OR-VERSION"),
    (zipped({"users.csv": b"sourcedId\n\xff\xfe\n"}), "F-OR-ENCODING"),
    (zipped({"users.csv": b"sourcedId,role,role\n"}), "F-OR-HEADER"),
], ids=lambda given: given if isinstance(given, str) else "zip")
def test_a_zip_that_is_no_bundle_is_turned_back_with_its_code(data, code):
    office = Bundles()
    answer = office.hand_in(data, key=KEY)
    body = office.body(answer.load)
    assert answer.outcome == body["state"] == "turned_back"
    assert body["message"].startswith(f"{code}: ") and body["message"].endswith(" Nothing was loaded.")
    report = orjson.loads(office.inbox.read(paths.report("demo", answer.load, "json")))
    assert [problem["code"] for problem in report["problems"]] == [code]
    assert code.encode() in office.inbox.read(paths.report("demo", answer.load, "html"))


def test_a_zip_above_the_limit_is_not_even_fetched():
    office = Bundles()
    office.inbox.write(KEY, b"its size is told by the event")
    answer = run(office.desk, Drop(KEY, "v1", 65 << 20))
    assert office.body(answer.load)["message"].startswith("F-OR-TOO-BIG: The zip file is too big (65 MB;")


def test_a_corrected_value_overrules_the_bundle_until_it_agrees():
    office = Bundles()
    office.load(bulk())
    body = {"source": "gg4l:files", "kind": "student", "key": "s-1", "field": "last_name", "value": "Ruiz-Oak",
            "stored": "Ruiz-Oak", "by": "admin", "at": office.now(), "reason": "as on the passport", "said": "",
            "ended": {}}
    office.store.insert(Item(keys.correction("demo", "gg4l:files", "student", "s-1", "last_name"), body))
    load = office.load(bulk())          # content from before the correction says something else now
    assert office.person("s-1").fields["last_name"] == "Ruiz-Oak" and office.codes(load)["I-OR-CORRECTED"] == 1
    load = office.load(bulk(users=[row.replace("Ruiz", "Ruiz-Oak") for row in SCHOOL["users"]]))
    ground = Ground.open(office.store, office.work, "demo", load, now=office.now())
    corrected.settle(ground, office.manifest(load))
    (correction,) = corrected.read(office.store, "demo", "gg4l:files")
    assert correction.ended["load"] == load


def test_reading_that_is_stopped_at_any_call_and_run_again_ends_the_same():
    whole, data = Bundles(), bulk()
    whole.hand_in(data, key=KEY)
    for n in itertools.count(1):
        office, calls = Bundles(), Calls(fail=n)
        office.inbox.write(KEY, data)
        broken = Desk(Failing(office.store, calls), Failing(office.inbox, calls), Failing(office.work, calls),
                      office.desk.now, office.desk.new_load)
        try:
            run(broken, Drop(KEY, "v1", len(data)))
        except StoreError:
            run(office.desk, Drop(KEY, "v1", len(data)))
        if calls.made < n:
            break
        assert _ended(office) == _ended(whole), n
    assert n > 10


def _ended(office: Bundles) -> list:
    return sorted((key.sk, item.body.get("state", "")) for key, item in office.store.snapshot().items()
                  if "#AUDIT#" not in key.pk) + sorted(re.sub("01LOAD[0-9]+", "", key) for key in office.work.list(""))


def _students(day: str) -> set[str]:
    return {user.id for user in district(day=day).rows("users") if user.role == "student"}


def _kept(office: Bundles, load: str) -> list[dict]:
    return orjson.loads(gzip.decompress(office.work.read(paths.reading("demo", load))))["problems"]


def _plain(data: bytes) -> str:
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = b"".join(archive.read(name) for name in archive.namelist())
    return data.decode(errors="replace")
