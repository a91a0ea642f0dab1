"""Laws of the roster: the order of rows means nothing, and what a load makes of it stays as it is."""

from __future__ import annotations

from random import Random

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rostering import people
from rostering.diff import diff
from rostering.load import deliver
from rostering.model import COUNTED, Account
from rostering.store import keys
from rostering.store.memory import MemoryFiles, MemoryStore
from tests import loads
from tests.unit.oneroster import objects as z

SOURCE = "gg4l:d1"


def _ids(letter: str, most: int = 4):
    return st.integers(1, most).map(lambda number: f"{letter}-{number}")


_status = st.sampled_from([None, None, None, "active", "tobedeleted", "odd"])
_modified = st.sampled_from([None, "2026-09-01T00:00:00Z", "2026-09-02T00:00:00Z", "9999-01-01"])
_day = st.sampled_from([None, "", "2026-08-24", "2026-11-23", "2026-11-24", "2027-01-18", "2026-13-01"])
_row = st.integers(2, 9)
_every = {"status": _status, "modified": _modified, "row": _row}
_user = _ids("u", 6)
_org = st.sampled_from(["o-1", "o-2", "o-3", "d-1", ""])
_roles = st.lists(st.builds(z.role, st.sampled_from(["student", "student", "teacher", "parent", "relative", "principal",
                                                    "ext:x", ""]), _org, type=st.sampled_from(["primary", "secondary"]),
                            begin=_day.map(lambda day: day or ""), end=_day.map(lambda day: day or "")),
                  min_size=1, max_size=3)
_rows = st.one_of(
    st.builds(z.org, _ids("o", 3), type=st.sampled_from(["school", "school", "district", "x"]),
              identifier=st.sampled_from([None, "A", "a"]), name=st.sampled_from(["One", ""]), **_every),
    st.builds(z.session, _ids("t"), start_date=_day, end_date=_day, **_every),
    st.builds(z.course, _ids("k"), org=_org, title=st.sampled_from(["Math", "", None]),
              grades=st.sampled_from([None, ["9", "x"]]), **_every),
    st.builds(z.klass, _ids("c"), course=_ids("k"), school=_org, terms=st.lists(_ids("t"), max_size=3), **_every),
    st.builds(z.user, _user, st.just(""), roles=_roles, given_name=st.sampled_from(["Ana", "Ana", "Luis", ""]),
              identifier=st.sampled_from([None, "1", "2"]),
              email=st.sampled_from([None, "", "a@x.org", "b@x.org", "no"]),
              username=st.sampled_from(["same", "other", "!", ""]), enabled=st.sampled_from(["true", "false", "?"]),
              user_ids=st.sampled_from([None, [], [["SSID", "1"]]]),
              grades=st.sampled_from([None, [], ["9"], ["9,10"]]),
              primary_org=_org, agents=st.lists(_user, max_size=3), **_every),
    st.builds(z.enrolled, _ids("e", 9), user=_user, role=st.sampled_from(["student", "student", "teacher", "aide", ""]),
              primary=st.sampled_from(["true", "false", ""]), begin_date=_day, end_date=_day, **{"class": _ids("c", 2)},
              **_every),
    st.builds(z.birth, _user, birth_date=st.sampled_from(["2012-01-01", "", "x", None]), **_every))
_base = [z.org("o-1"), z.org("o-2"), z.district(), z.session(), z.course("k-1"), z.klass("c-1"), z.klass("c-2"),
         z.student("u-1", agents=["u-3"]), z.student("u-2"), z.parent("u-3"), z.teacher("u-4"), z.teacher("u-5")]
_district = st.one_of(st.lists(_rows, max_size=30), st.lists(_rows, max_size=15).map(lambda rows: _base + rows))
_complete = st.sampled_from([z.ALL, z.ALL, (), ("users", "orgs"), ("classes", "enrollments")])


def _all(rows: list[z.Told], complete) -> tuple:
    read = z.roster(rows, complete=complete, username_field=True, numbered=True)
    found = sorted(read.records(), key=lambda r: (r.kind, str(r.key), repr(sorted(r.fields.items())), r.place))
    return found, read.problems, read.codes, read.counts, read.scope()


@settings(max_examples=400, deadline=None)
@given(_district, st.integers(0, 99), _complete)
def test_rows_in_any_order_give_the_same_roster(rows, seed, complete):
    shuffled = list(rows)
    Random(seed).shuffle(shuffled)
    assert _all(shuffled, complete) == _all(rows, complete) == _all(rows[::-1], complete)


@settings(max_examples=300, deadline=None)
@given(_district, _complete)
def test_records_are_said_once_owners_before_their_pairs_and_only_of_what_loads(rows, complete):
    read = z.roster(rows, complete=complete, username_field=True)
    found = list(read.records())
    names = [(r.kind, r.key) for r in found]
    assert len(set(names)) == len(names)
    met: set = set()
    for kind, key, fields, _ in found:
        if kind == "enrollment" and set(complete) >= set(z.ALL) and {r[0] for r in rows} >= {"users", "classes"}:
            assert {("section", key[0]), ("student", key[1])} <= met
        if kind == "guardian_link" and fields["status"] == "active":
            assert {("guardian", key[0]), ("student", key[1])} <= met
        if kind == "section" and fields.get("course"):
            assert ("course", fields["course"]) in met
        met.add((kind, key))
        orjson.dumps(fields)
    present = read.scope()["present"]
    for kind in ("student", "staff", "section"):
        assert not {key for of, key in names if of == kind} & set(present.get(kind, ()))
    assert set(read.counts) == set(COUNTED)
    assert all(str(problem.code) in read.codes for problem in read.problems)


@settings(max_examples=300, deadline=None)
@given(_district)
def test_whoever_was_there_is_told_or_present(rows):
    read = z.roster(rows)
    told = {(r.kind, r.key) for r in read.records()}
    present = read.scope()["present"]
    users = [(ref, fields) for of, ref, fields, _ in rows if of == "users"]
    deleted = {ref for ref, fields in users if fields.get("status") == "tobedeleted"}
    for ref, _ in users:
        assert ref in deleted or any((kind, ref) in told or ref in present.get(kind, ())
                                     for kind in ("student", "staff", "guardian"))


@settings(max_examples=60, deadline=None)
@given(_district)
def test_the_roster_that_is_known_changes_nothing(rows):
    files = MemoryFiles()
    first, again = _delivered(files, "01A", rows), _delivered(files, "01B", rows)
    for phase in first.shards:
        assert [s["digest"] for s in first.shards[phase]] == [s["digest"] for s in again.shards[phase]]
        seen = list(first.said(files, phase, 0))
        known = [out.after for out in diff([], seen, scope=first.diff_scope, today=z.TODAY)]
        assert not [out.change for out in diff(known, again.said(files, phase, 0), scope=again.diff_scope,
                                               today=z.TODAY) if out.change]


def _delivered(files: MemoryFiles, load: str, rows: list[z.Told]):
    read = z.roster(rows, username_field=True)
    return deliver.deliver(files, loads.SITE, load, source=SOURCE, load_type="Full", today=z.TODAY,
                           records=read.records(), counts=read.counts, scope=read.scope)


def _site() -> tuple[MemoryStore, MemoryFiles]:
    store, files = MemoryStore(), MemoryFiles()
    loads.site(store)
    return store, files


def _account(store: MemoryStore, kind: str, key: str, source: str = SOURCE) -> Account | None:
    item = store.get(keys.account(loads.SITE, people.account_id(b"salt of the demo site", source, kind, key)))
    return people.account_of(item) if item else None


def test_a_district_becomes_accounts_a_section_and_its_roster():
    store, files = _site()
    assert loads.run(store, files, "01A", z.records(z.small()), source=SOURCE)["outcome"] == "approved"
    one, two = (_account(store, "student", each) for each in ("s-1", "s-2"))
    teacher, mother = _account(store, "staff", "t-9"), _account(store, "guardian", "g-7")
    assert (one.role, one.status, one.fields["id"], one.fields["school"]) == ("Student", "active", "ns-1", "o-1")
    assert one.fields["birth_date"] == "2012-04-21"
    assert (teacher.role, mother.role) == ("Teacher", "Guardian") and set(mother.students) == {one.id, two.id}
    section = store.get(keys.section(loads.SITE, f"{SOURCE}/c-1")).body
    assert set(section["members"]) == {one.id, two.id} and section["teachers"] == {teacher.id: "lead"}
    assert not one.rights and not teacher.rights


def test_the_same_district_again_writes_nothing():
    store, files = _site()
    loads.run(store, files, "01A", z.records(z.small()), source=SOURCE)
    before = store.snapshot()
    again = loads.run(store, files, "01B", z.records(z.small()[::-1]), source=SOURCE)
    assert again["outcome"] == "unchanged"
    changed = {key.sk for key, item in store.snapshot().items() if before.get(key) != item and "#AUDIT#" not in key.pk}
    assert changed <= {"LOAD", "LEASE"}


@pytest.mark.parametrize("gone", [{"status": "tobedeleted", "given_name": "", "roles": [z.role()]},
                                  {"enabled": "false"}, {"status": "tobedeleted", "roles": []}])
def test_a_student_who_is_off_is_switched_off_keeps_the_profile_and_comes_back(gone):
    store, files = _site()
    loads.run(store, files, "01A", z.records(z.small()), source=SOURCE)
    off = [z.student(**gone) if each[1] == "s-1" and each[0] == "users" else each for each in z.small()]
    loads.run(store, files, "01B", z.records(off), source=SOURCE)
    one = _account(store, "student", "s-1")
    assert (one.status, one.fields["last_name"], one.fields["school"]) == ("inactive", "Lowe", "o-1")
    assert _account(store, "guardian", "g-7").status == "active"
    section = store.get(keys.section(loads.SITE, f"{SOURCE}/c-1")).body
    assert set(section["members"]) == {_account(store, "student", "s-2").id}
    loads.run(store, files, "01C", z.records(z.small()), source=SOURCE)
    back = _account(store, "student", "s-1")
    assert (back.id, back.status, back.username) == (one.id, "active", one.username)


def test_changes_alone_end_an_enrollment_and_leave_all_else():
    store, files = _site()
    loads.run(store, files, "01A", z.records(z.small()), source=SOURCE)
    loads.run(store, files, "01B", z.records([z.enrolled("e-1", status="tobedeleted")], complete=[]), source=SOURCE)
    section = store.get(keys.section(loads.SITE, f"{SOURCE}/c-1")).body
    assert set(section["members"]) == {_account(store, "student", "s-2").id}
    assert section["fields"]["name"] == "Algebra 1 - P2" and section["teachers"]
    assert _account(store, "student", "s-1").status == "active"


def test_a_student_of_the_sheet_is_matched_by_identifier_and_the_school_is_one():
    from tests.unit.load import district as d

    store, files = _site()
    loads.run(store, files, "01A", [d.school("001"), d.student("p00001", id="P00001", school="001", last_name="Lowe")])
    rows = [z.org(identifier="001"), z.student(identifier="P00001")]
    assert z.one("student", rows)["school"] == "001"
    loads.run(store, files, "01B", z.records(rows), source=SOURCE)
    assert _account(store, "student", "p00001", "sheet").links == {SOURCE: "s-1"}


def test_a_number_that_comes_under_another_sourced_id_merges_nobody():
    store, files = _site()
    loads.run(store, files, "01A", z.records([z.org(), z.student("s-1", identifier="7")]), source=SOURCE)
    other = z.student("x-1", identifier="7", given_name="Bo", family_name="Other", email="bo@x.org")
    loads.run(store, files, "01B", z.records([z.org(), other]), source=SOURCE)
    assert _account(store, "student", "s-1").fields["first_name"] == "Ada"
