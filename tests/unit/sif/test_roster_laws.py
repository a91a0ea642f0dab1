"""Laws of the roster: the order of packets means nothing, and what a load makes of it stays as it is."""

from __future__ import annotations

from itertools import permutations
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
from tests.unit.sif import zone_objects as z
from tests.unit.sif.zone_objects import ref

SOURCE = "sif:ZONE1"
_few = st.integers(1, 4)
_day = st.sampled_from([None, "2026-08-24", "2026-11-22", "2026-11-23", "2027-01-18", "2026-13-01"])
_year = st.sampled_from([None, "2026", "2027", "2028"])
_packet = st.integers(1, 3)
_gone = st.sampled_from([None, None, None, True])


def _refs(of: str):
    return st.integers(1, 4).map(lambda number: ref(of, number))


def _emails(*found: str):
    return st.sampled_from([None, {}, *({"Primary": each} for each in found)])


_objects = st.one_of(
    st.builds(z.school, _few, local_id=st.sampled_from([None, "A", "a", "B"]), packet=_packet, deleted=_gone),
    st.builds(z.term, _few, school=_refs("SchoolInfo"), year=_year, start_date=_day, end_date=_day, packet=_packet),
    st.builds(z.room, _few, packet=_packet),
    st.builds(z.staff, _few, local_id=st.sampled_from(["1", "2"]), first_name=st.sampled_from(["Ana", "", None]),
              emails=_emails("a@x.org", "b@x.org", "none"), extended=st.sampled_from([None, {"Login": "same"}]),
              packet=_packet, deleted=_gone),
    st.builds(z.assignment, _few, school=_refs("SchoolInfo"), staff=_refs("StaffPersonal"), year=_year,
              start_date=_day, end_date=_day, primary=st.sampled_from(["Yes", "No"])),
    st.builds(z.course, _few, school=_refs("SchoolInfo"), year=_year, title=st.sampled_from(["Math", "", None]),
              packet=_packet, deleted=_gone),
    st.builds(z.section, _few, course=_refs("SchoolCourseInfo"), year=_year, packet=_packet, deleted=_gone,
              schedules=st.dictionaries(_refs("TermInfo"), st.builds(z.schedule, st.lists(_few, max_size=3)),
                                        max_size=2)),
    st.builds(z.student, _few, local_id=st.sampled_from([None, "1", "2", "3"]), packet=_packet, deleted=_gone,
              first_name=st.sampled_from(["Rosa", "Rosa", "<"]), emails=_emails("a@x.org", "c@x.org"),
              extended=st.sampled_from([None, {"Login": "same"}, {"Login": "!"}])),
    st.builds(z.enrolled, _few, student=_refs("StudentPersonal"), school=_refs("SchoolInfo"), year=_year,
              membership=st.sampled_from(["Home", "Concurrent", None]), entry_date=_day, exit_date=_day,
              time_frame=st.sampled_from([None, "Current", "Historical", "Future"]),
              grade=st.sampled_from([None, "09", "10", "Other"]), deleted=_gone),
    st.builds(z.contact, _few, student=_refs("StudentPersonal"), local_id=st.sampled_from([None, "C1", "C2"]),
              first_name=st.sampled_from(["Elena", "Luis", ""]), emails=_emails("e@x.org", "f@x.org"),
              flags=st.sampled_from([None, {"AccessToRecords": "No"}, {"ParentLegalGuardian": "No"}]),
              sequence=st.sampled_from([None, "1", "2"]), deleted=_gone),
    st.builds(z.seat, st.integers(1, 9), student=_refs("StudentPersonal"), section=_refs("SectionInfo"), year=_year,
              entry_date=_day, exit_date=_day, deleted=_gone))


def _unique(objects: list[z.Told]) -> list[z.Told]:
    """Contacts and pairs come once per RefId; the others may come twice with other contents, in other packets."""
    seen = set()
    kept = []
    for each in objects:
        name = (each[0], each[1], each[3])
        if name not in seen:
            seen.add(name)
            kept.append(each)
    return kept


_two = st.integers(1, 2)
_many = st.integers(1, 99)
_soon = st.sampled_from([None, "2026-08-24", "2026-11-01", "2027-01-18"])
_who, _where = _two.map(lambda n: ref("StudentPersonal", n)), _two.map(lambda n: ref("SchoolInfo", n))
_related = st.one_of(
    st.builds(z.enrolled, _many, student=_who, school=_where, entry_date=_soon, exit_date=_day,
              membership=st.sampled_from(["Home", "Home", "Concurrent"]), grade=st.sampled_from([None, "09", "10"])),
    st.builds(z.assignment, _many, school=_where, primary=st.sampled_from(["Yes", "No"]), start_date=_soon),
    st.builds(z.contact, _many, student=_who, local_id=st.sampled_from([None, "C1", "C1", "C2"]),
              first_name=st.sampled_from(["Elena", "Elena", "Luis"]), emails=_emails("e@x.org", "f@x.org"),
              phones=st.sampled_from([None, {"0096": "555-555-0100"}, {"0096": "555-555-0199"}]),
              sequence=st.sampled_from([None, "1", "2"]), deleted=_gone),
    st.builds(z.section, st.integers(3, 9), course=_two.map(lambda n: ref("SchoolCourseInfo", n)),
              schedules=st.dictionaries(_two.map(lambda n: ref("TermInfo", n)),
                                        st.builds(z.schedule, st.lists(_two, max_size=3)), max_size=2)),
    st.builds(z.seat, _many, student=_who, section=_two.map(lambda n: ref("SectionInfo", n)),
              entry_date=_soon, exit_date=_day, deleted=_gone))
_BASE = [z.school(1), z.school(2), z.term(1), z.term(2, start_date="2027-01-18", end_date="2027-06-20"),
         z.staff(1), z.staff(2), z.course(1), z.course(2, school=ref("SchoolInfo", 2)), z.section(1), z.section(2),
         z.student(1), z.student(2)]


def _all(objects: list[z.Told]) -> tuple:
    roster = z.zone(objects, username_element="Login")
    found = sorted(roster.records(), key=lambda r: (r.kind, str(r.key), repr(sorted(r.fields.items())), r.place))
    return found, roster.problems, roster.codes, roster.counts, roster.scope()


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.lists(_objects, max_size=40).map(_unique),
                 st.lists(_related, max_size=20).map(lambda found: _unique(_BASE + found))), st.integers(0, 99))
def test_packets_in_any_order_give_the_same_roster(objects, seed):
    shuffled = list(objects)
    Random(seed).shuffle(shuffled)
    assert _all(shuffled) == _all(objects) == _all(objects[::-1])


@pytest.mark.parametrize("ties", [
    [z.enrolled(n, student=ref("StudentPersonal"), school=ref("SchoolInfo", n)) for n in (1, 2)],
    [z.contact(1, emails=None, phones=None), *(
        z.contact(n, student=ref("StudentPersonal", 2 - n % 2), emails={"Primary": f"{9 - n}@x.org"},
                  phones={"0096": f"555-555-010{9 - n}"}) for n in (2, 3))],
    [z.seat(n, exit_date=f"2026-12-0{n}") for n in (1, 2)],
    [z.seat(n, deleted=n == 1 or None) for n in (1, 2)],
    [z.assignment(n, school=ref("SchoolInfo", n)) for n in (1, 2)],
    [z.contact(n, sequence="1", local_id=f"C{n}") for n in (1, 2)]])
def test_of_equals_the_same_one_counts_in_any_order(ties):
    first = _all([*_BASE, *ties])
    assert all(_all([*order, *_BASE]) == first for order in permutations(ties))


@settings(max_examples=200, deadline=None)
@given(st.lists(_objects, max_size=40).map(_unique))
def test_records_are_said_once_owners_before_their_pairs_and_only_of_what_loads(objects):
    roster = z.zone(objects, username_element="Login")
    found = list(roster.records())
    order = ["school", "term", "staff", "student", "guardian", "guardian_link", "course", "section", "enrollment"]
    assert [r.kind for r in found] == sorted((r.kind for r in found), key=order.index)
    names = [(r.kind, r.key) for r in found]
    assert len(set(names)) == len(names)
    known = set(names)
    for kind, key, fields, _ in found:
        if kind == "enrollment":
            assert {("section", key[0]), ("student", key[1])} <= known
        if kind == "guardian_link":
            assert ("student", key[1]) in known
            assert fields["status"] == "inactive" or ("guardian", key[0]) in known
    present = roster.scope()["present"]
    for kind in ("student", "staff", "section"):
        assert not {key for of, key in names if of == kind} & set(present.get(kind, ()))
    assert set(roster.counts) == set(COUNTED)
    for record in found:
        if record.kind == "section":
            for name, kind in (("course", "course"), ("teacher", "staff"), ("school", "school")):
                if record.fields.get(name):
                    assert (kind, record.fields[name]) in known
        orjson.dumps(record.fields)


@settings(max_examples=50, deadline=None)
@given(st.lists(_objects, max_size=40).map(_unique))
def test_the_roster_that_is_known_changes_nothing(objects):
    files = MemoryFiles()
    first, again = _delivered(files, "01A", objects), _delivered(files, "01B", objects)
    for phase in first.shards:
        assert [s["digest"] for s in first.shards[phase]] == [s["digest"] for s in again.shards[phase]]
        seen = list(first.said(files, phase, 0))
        known = [out.after for out in diff([], seen, scope=first.diff_scope, today=z.TODAY)]
        assert not [out.change for out in diff(known, again.said(files, phase, 0), scope=again.diff_scope,
                                               today=z.TODAY) if out.change]


def _delivered(files: MemoryFiles, load: str, objects: list[z.Told]):
    roster = z.zone(objects, username_element="Login")
    return deliver.deliver(files, loads.SITE, load, source=SOURCE, load_type="Complete list", today=z.TODAY,
                           records=roster.records(), counts=roster.counts, scope=roster.scope)


def _site() -> tuple[MemoryStore, MemoryFiles]:
    store, files = MemoryStore(), MemoryFiles()
    loads.site(store)
    return store, files


def _account(store: MemoryStore, kind: str, key: str, source: str = SOURCE) -> Account | None:
    item = store.get(keys.account(loads.SITE, people.account_id(b"salt of the demo site", source, kind, key)))
    return people.account_of(item) if item else None


def test_a_zone_becomes_accounts_a_section_and_its_roster():
    store, files = _site()
    settled = loads.run(store, files, "01A", z.records(z.small()), source=SOURCE)
    assert settled["outcome"] == "approved"
    one, two = (_account(store, "student", ref("StudentPersonal", n)) for n in (1, 2))
    teacher, mother = _account(store, "staff", ref("StaffPersonal")), _account(store, "guardian", "id:c0815")
    assert (one.role, one.status, one.fields["id"], one.fields["school"]) == ("Student", "active", "P00001", "001")
    assert (teacher.role, mother.role) == ("Teacher", "Guardian")
    assert set(mother.students) == {one.id, two.id}
    section = store.get(keys.section(loads.SITE, f"{SOURCE}/{ref('SectionInfo')}")).body
    assert set(section["members"]) == {one.id, two.id} and section["teachers"] == {teacher.id: "lead"}
    assert section["fields"]["name"] == "Physics I"


def test_the_same_zone_again_writes_nothing():
    store, files = _site()
    loads.run(store, files, "01A", z.records(z.small()), source=SOURCE)
    before = store.snapshot()
    assert loads.run(store, files, "01B", z.records(z.small()[::-1]), source=SOURCE)["outcome"] == "unchanged"
    changed = {key.sk for key, item in store.snapshot().items() if before.get(key) != item and "#AUDIT#" not in key.pk}
    assert changed <= {"LOAD", "LEASE"}


def test_a_student_who_left_is_switched_off_and_one_who_never_came_gets_no_account():
    store, files = _site()
    loads.run(store, files, "01A", z.records(z.small()), source=SOURCE)
    left = [z.enrolled(1, exit_date="2026-11-20") if each[:2] == z.enrolled(1)[:2] else each for each in z.small()]
    stranger = [z.student(3), z.enrolled(3, exit_date="2026-10-01"), z.seat(3, student=ref("StudentPersonal", 3)),
                z.contact(3, local_id="C3", student=ref("StudentPersonal", 3))]
    loads.run(store, files, "01B", z.records([*left, *stranger]), source=SOURCE)
    assert _account(store, "student", ref("StudentPersonal", 1)).status == "inactive"
    assert _account(store, "student", ref("StudentPersonal", 3)) is None
    assert _account(store, "guardian", "id:c3") is None
    assert _account(store, "guardian", "id:c0815").status == "active"
    section = store.get(keys.section(loads.SITE, f"{SOURCE}/{ref('SectionInfo')}")).body
    assert set(section["members"]) == {_account(store, "student", ref("StudentPersonal", 2)).id}


def test_a_deleted_student_is_switched_off_and_keeps_the_profile():
    store, files = _site()
    loads.run(store, files, "01A", z.records(z.small()), source=SOURCE)
    gone = ("StudentPersonal", ref("StudentPersonal"), {"deleted": True}, 9)
    loads.run(store, files, "01B", z.records([gone if e[:2] == gone[:2] else e for e in z.small()]), source=SOURCE)
    one = _account(store, "student", ref("StudentPersonal"))
    assert (one.status, one.fields["last_name"], one.fields["school"]) == ("inactive", "Muñoz", "001")


def test_a_student_of_the_sheet_is_matched_by_local_id():
    from tests.unit.load import district as d

    store, files = _site()
    loads.run(store, files, "01A", [d.school("001"), d.student("p00001", id="P00001", school="001", last_name="Muñoz")])
    loads.run(store, files, "01B", z.records(z.small()), source=SOURCE)
    assert _account(store, "student", "p00001", "sheet").links == {SOURCE: ref("StudentPersonal")}
