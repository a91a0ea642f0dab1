"""A verifying load sets right what drifted, whatever it is, and leaves alone what may differ."""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rostering import feed, gate, people
from rostering.load import apply, lease, settle, verify
from rostering.load.ground import Ground
from rostering.model import Account
from rostering.store import keys
from rostering.store.keys import Item, Key
from rostering.store.memory import MemoryFiles, MemoryStore
from tests import loads
from tests.unit.load import district as d

SALT = b"salt of the demo site"
CAUSES = ("created", "changed", "deactivated")
RUN = "09V"


def fresh(records: list | None = None) -> tuple[MemoryStore, MemoryFiles]:
    store, files = MemoryStore(), MemoryFiles()
    loads.site(store)
    loads.run(store, files, "01A", records or full())
    return store, files


def full() -> list:
    """A small district in which every kind of thing, pair, claim and side item occurs."""
    return [*d.small(4), d.school("0014"), d.staff("t2", email="t2@district.org", other_schools=["0014"]),
            d.student("9", 10, email="nine@d.org", state_id="777", other_schools=["0014"], end_date="2027-06-01"),
            d.guardian("id:g9", email="g9@home.org"), d.link("id:g9", "9", primary=True, label="Legal"),
            d.section("710", co_teachers=["t2"]), d.enrollment("710", "9", start_date="2026-09-01"),
            d.student("8", 9, status="active"), d.enrollment("710", "8"),
            d.guardian("id:g8"), d.link("id:g8", "8", access=False)]


def verified(store: MemoryStore, files: MemoryFiles, load: str = RUN, *, hold: bool = False) -> dict[str, Any]:
    """Run a verifying load to its end; gives what the gate answered."""
    assert verify.order(store, files, loads.SITE, "sheet", load=load, by="chief", today=date(2026, 11, 23),
                        now=loads.NOW)
    ground = Ground.open(store, files, loads.SITE, load, now=loads.NOW)
    for phase in feed.PHASES:
        for shard in range(1):
            verify.plan(ground, phase, shard)
    settle.settle(ground, limits=gate.Limits())
    settled = Ground.open(store, files, loads.SITE, load, now=loads.NOW).settled
    if not hold:
        loads.write(ground)
    return settled


def things(store: MemoryStore) -> dict[Key, Any]:
    """The table without loads, audit and what only tells of changes."""
    found = {}
    for key, item in store.snapshot().items():
        if not {"LOAD", "AUDIT"} & set(key.pk.split("#")) and key.sk not in ("LEASE",) \
                and not key.sk.startswith("CHANGE#"):
            found[key] = ({name: value for name, value in item.body.items() if name not in CAUSES}, item.listed)
    return found


def student(store: MemoryStore, key: str = "1", kind: str = "student") -> Account:
    return people.account_of(store.get(keys.account(loads.SITE, people.account_id(SALT, "sheet", kind, key))))


def put(store: MemoryStore, account: Account) -> None:
    at = keys.account(loads.SITE, account.id)
    store.put_many([people.item_of(loads.SITE, account, store.get(at).version + 1)])


def drifts(store: MemoryStore, files: MemoryFiles, load: str = RUN) -> list[tuple[str, str]]:
    """(tab, message) of what the load told."""
    ground = Ground.open(store, files, loads.SITE, load, now=loads.NOW)
    return [(one.tab, one.message) for one in verify.told(ground)]


def test_a_table_that_says_what_the_source_said_is_read_and_not_written():
    store, files = fresh()
    before = things(store)
    writes = store.units
    settled = verified(store, files)
    assert settled["outcome"] == "unchanged"
    assert not any(one["new"] or one["changed"] or one["deactivated"] for one in settled["counts"].values())
    assert things(store) == before
    audit_and_load = store.units - writes
    assert audit_and_load < 30 and drifts(store, files) == []


def test_a_district_after_many_loads_has_no_drift():
    store, files = fresh()
    loads.run(store, files, "01B", [d.school(), d.student("1", grade="05"), d.student("2", status="inactive"),
                                    d.section(teacher="t2"), d.enrollment("709", "3", status="inactive")])
    loads.run(store, files, "01C", d.small(3), complete=True)
    loads.run(store, files, "01D", [d.school(), d.student("2", grade="06", email="two@d.org")])
    assert verified(store, files)["outcome"] == "unchanged"


_STUDENTS = st.dictionaries(
    st.integers(1, 6).map(str),
    st.fixed_dictionaries({"grade": st.sampled_from(["03", "11"])}, optional={
        "status": st.sampled_from(["active", "inactive"]), "email": st.sampled_from(["a@d.org", "b@d.org", "c@d.org"]),
        "state_id": st.just("7"), "end_date": st.sampled_from(["2026-01-01", "2027-06-01"]),
        "start_date": st.just("2027-01-08"), "other_schools": st.sampled_from([[], ["0014"]]),
        "middle_name": st.sampled_from([None, "Luis"]), "first_name": st.sampled_from(["Ana", "李"])}))
_ROSTER = st.dictionaries(
    st.tuples(st.sampled_from(["709", "710"]), st.integers(1, 6).map(str)),
    st.fixed_dictionaries({}, optional={"status": st.sampled_from(["active", "inactive"]),
                                        "start_date": st.just("2026-09-01"), "end_date": st.just("2027-01-01")}))
_FAMILIES = st.dictionaries(
    st.tuples(st.sampled_from(["id:g1", "id:g2"]), st.integers(1, 6).map(str)),
    st.fixed_dictionaries({}, optional={"status": st.sampled_from(["active", "inactive"]), "access": st.booleans(),
                                        "primary": st.booleans(), "label": st.just("Legal")}))
_TEACHERS = st.tuples(st.sampled_from(["t1", "t2"]), st.sampled_from([[], ["t1"], ["t2"]]))


@settings(max_examples=60, deadline=None, report_multiple_bugs=False)
@given(st.lists(st.tuples(_STUDENTS, _ROSTER, _FAMILIES, _TEACHERS, st.booleans()), min_size=1, max_size=4))
def test_no_history_of_loads_leaves_drift_but_claims_of_who_was_off(history):
    store, files = MemoryStore(), MemoryFiles()
    loads.site(store)
    for number, (students, roster, families, (teacher, others), complete) in enumerate(history):
        records = [d.school(), d.school("0014"), d.term(), d.staff("t1"), d.staff("t2", email="t2@district.org"),
                   *(d.student(key, int(key) + 1, **_own_state_id(key, fields)) for key, fields in students.items()),
                   d.guardian("id:g1"), d.guardian("id:g2"),
                   *(d.link(*pair, **fields) for pair, fields in families.items()), d.course(),
                   d.section("709", teacher=teacher, co_teachers=others), d.section("710"),
                   *(d.enrollment(*pair, **fields) for pair, fields in roster.items()), *d.group_member()]
        loads.run(store, files, f"0{number}", records, complete=complete)
    settled = verified(store, files)
    late = {"(email)", "(state id)", "(email, state id)", "(state id, email)"}      # claimed once they are back
    told = {re.search(r"\(.*\)", message)[0] for _, message in drifts(store, files)}
    assert told <= late and (settled["outcome"] == "unchanged") == (not told)


def _own_state_id(key: str, fields: dict[str, Any]) -> dict[str, Any]:
    """`fields` with a state id that nobody shares: shared ones are a matter of matching."""
    return fields | {"state_id": fields["state_id"] + key} if "state_id" in fields else fields


ITEMS = ["ACCOUNT", "SECTION", "GROUP", "SCHOOL", "TERM", "COURSE", "CLAIM", "TEACHES"]


def damage(draw: Any, store: MemoryStore) -> None:
    """Damage one item of the table."""
    candidates = [item for key, item in store.snapshot().items()
                  if key.sk.split("#")[0] in ITEMS and item.body.get("source", "sheet") == "sheet"
                  and key.pk.split("#")[1] != "USERNAME"]
    item = draw(st.sampled_from(sorted(candidates, key=lambda one: one.key)))
    kind, body = item.key.sk.split("#")[0], deepcopy(item.body)
    ways = ["gone"] if kind in ("CLAIM", "TEACHES") or item.key.sk.startswith("SCHOOL#") and "fields" not in body \
        else ["field", "no field", "more", "status", "listed", "pairs", "role"]
    way = draw(st.sampled_from(ways))
    if way == "gone":
        store.delete_many([item.key])
        return
    names = sorted(body["fields"]) or ["first_name"]
    if way == "field":
        body["fields"][draw(st.sampled_from(names))] = draw(st.sampled_from(["damaged", ""]))
    elif way == "no field":
        body["fields"].pop(draw(st.sampled_from(names)), None)
    elif way == "more":
        body["fields"]["nickname"] = "damaged"
    elif way == "status":
        body["status"] = draw(st.sampled_from(["inactive", "active", "pending"]))
    elif way == "role" and "role" in body:
        body["role"] = draw(st.sampled_from(["Student", "Guardian", "Teacher"]))
    elif way == "pairs":
        sets = sorted(name for name in ("classes", "guardians", "students", "members", "teachers") if body.get(name))
        if sets:
            pairs = body[draw(st.sampled_from(sets))]
            other = draw(st.sampled_from(sorted(pairs)))
            if draw(st.booleans()):
                pairs.pop(other)
            elif isinstance(pairs[other], list) and pairs[other]:
                pairs[other] = [*pairs[other][:-1], "inactive"]
    listed = None if way == "listed" else item.listed
    store.put_many([Item(item.key, body, item.version + 1, listed)])


@settings(max_examples=60, deadline=None, report_multiple_bugs=False)
@given(st.data())
def test_whatever_is_damaged_is_set_right_exactly(data):
    store, files = fresh()
    before = things(store)
    for _ in range(data.draw(st.integers(1, 4))):
        damage(data.draw, store)
    damaged = things(store) != before
    settled = verified(store, files)
    assert things(store) == before
    assert (settled["outcome"] == "unchanged") == (not damaged)
    assert verified(store, files, "09W")["outcome"] == "unchanged"


def test_a_lost_account_comes_back_with_its_id_and_its_place_in_class():
    store, files = fresh()
    one = student(store)
    store.insert(Item(keys.username(loads.SITE, one.username), {"account": one.id}))
    store.delete_many([keys.account(loads.SITE, one.id)])
    settled = verified(store, files)
    assert settled["counts"]["students"]["new"] == 1
    again = student(store)
    assert (again.id, again.username, again.classes, again.guardians, again.fields) == (
        one.id, one.username, one.classes, one.guardians, one.fields)
    assert again.created == {"load": RUN, "row": 2}


def test_a_lost_section_comes_back_with_its_members_and_teachers():
    store, files = fresh()
    at = keys.section(loads.SITE, "709")
    before = store.get(at).body
    store.delete_many([at])
    verified(store, files)
    after = store.get(at).body
    assert (after["members"], after["teachers"], after["fields"]) == (
        before["members"], before["teachers"], before["fields"])


def test_what_was_damaged_is_told_by_field_and_without_values():
    store, files = fresh()
    one = student(store)
    one.fields["grade"], one.fields["first_name"] = "12", "Eve"
    put(store, one)
    verified(store, files)
    assert drifts(store, files) == [
        ("Students", "'1': the table said something else than the source (first name, grade). It was set right.")]
    record = store.get(keys.change(keys.account(loads.SITE, one.id), RUN)).body
    assert record["rule"] == "drift"
    assert record["moved"]["fields"] == {"first_name": ["Eve", "José"], "grade": ["12", "04"]}


def test_a_class_that_the_source_does_not_name_is_ended():
    store, files = fresh()
    one = student(store)
    one.classes["710"] = ["", "", "active"]
    put(store, one)
    verified(store, files)
    assert student(store).classes["710"] == ["", "2026-11-23", "inactive"]


def test_a_child_that_is_not_a_guardian_s_is_taken_from_both_ends():
    store, files = fresh()
    child, guardian = student(store, "2"), student(store, "id:g1", "guardian")
    child.guardians[guardian.id] = ["Mother", "", False, "active"]
    guardian.students[child.id] = ["Mother", "", False, "active"]
    put(store, child)
    put(store, guardian)
    verified(store, files)
    assert student(store, "2").guardians[guardian.id] == ["Mother", "", False, "inactive"]
    assert student(store, "id:g1", "guardian").students[child.id][3] == "inactive"


def test_who_is_not_in_a_class_is_taken_out_of_its_roster():
    store, files = fresh()
    at, stranger = keys.section(loads.SITE, "709"), student(store, "9").id
    store.update(at, lambda body: body | {"members": body["members"] | {stranger: []}})
    settled = verified(store, files)
    assert stranger not in store.get(at).body["members"]
    assert settled["counts"]["rosters"]["deactivated"] == 1


def test_a_hand_set_field_stays_and_only_what_the_source_says_beside_it_is_set_right():
    store, files = fresh()
    one = student(store)
    one.fields["first_name"], one.by_hand = "Pepe", {"first_name": {"source": "José", "by": "chief"}}
    put(store, one)
    assert verified(store, files)["outcome"] == "unchanged"
    one.by_hand = {"first_name": {"source": "damaged", "by": "chief"}}
    put(store, one)
    verified(store, files, "09W")
    assert student(store).fields["first_name"] == "Pepe"
    assert student(store).by_hand["first_name"] == {"source": "José", "by": "chief"}


def test_whom_a_person_switched_off_stays_off_without_a_word():
    store, files = fresh()
    one = student(store)
    one.status, one.deactivated = "inactive", {"by": "chief", "reason": "moved", "at": loads.NOW}
    put(store, one)
    assert verified(store, files)["outcome"] == "unchanged"
    one.fields["grade"] = "12"
    put(store, one)
    verified(store, files, "09W")
    assert (student(store).status, student(store).fields["grade"]) == ("inactive", "04")
    assert student(store).deactivated["by"] == "chief"


def test_an_administrator_is_not_switched_off():
    store, files = fresh([d.school(), d.staff("t1"), d.staff("t2", email="t2@district.org")])
    loads.run(store, files, "01B", [d.school(), d.staff("t1", status="inactive")])
    chief = student(store, "t1", "staff")
    chief.status, chief.rights, chief.deactivated = "active", {"admin": ["*"]}, {}
    put(store, chief)
    assert verified(store, files)["outcome"] == "unchanged"


def test_who_went_is_switched_off_again_and_who_is_there_is_switched_on_again():
    store, files = fresh()
    loads.run(store, files, "01B", [d.school(), d.student("2", status="inactive")])
    gone, here = student(store, "2"), student(store, "1")
    gone.status, gone.deactivated = "active", {}
    here.status, here.deactivated = "inactive", {"load": "01B", "row": 1, "rule": "absent"}
    put(store, gone)
    put(store, here)
    settled = verified(store, files)
    assert (student(store, "2").status, student(store, "1").status) == ("inactive", "active")
    assert student(store, "2").deactivated["rule"] == "drift" and student(store, "1").deactivated == {}
    assert settled["counts"]["students"]["deactivated"] == 1


def test_drift_that_would_switch_off_too_many_is_held():
    gone = [d.student(str(n), n + 1, first_name=f"A{n}", status="inactive") for n in range(1, 61)]
    here = [d.student(str(n), n + 1, first_name=f"A{n}") for n in range(1, 90)]
    store, files = fresh([d.school(), *here])
    loads.run(store, files, "01B", [d.school(), *gone])
    for n in range(1, 61):
        one = student(store, str(n))
        one.status, one.deactivated = "active", {}
        put(store, one)
    settled = verified(store, files, hold=True)
    assert settled["outcome"] == "held"
    assert {hold["rule"] for hold in settled["holds"]} >= {"H-DEACTIVATIONS"}
    assert student(store, "1").status == "active"


def test_a_field_of_another_source_is_left_alone():
    store, files = fresh()
    one = student(store)
    one.fields["birth_date"], one.origins, one.links = "2016-01-01", {"birth_date": "sif:z"}, {"sif:z": "GUID"}
    put(store, one)
    assert verified(store, files)["outcome"] == "unchanged"


def test_an_account_that_was_merged_into_another_is_left_alone():
    store, files = fresh()
    one = student(store)
    one.merged_into, one.status, one.fields["grade"] = student(store, "2").id, "inactive", "12"
    put(store, one)
    assert verified(store, files)["outcome"] == "unchanged"


def test_a_lost_claim_is_claimed_again_and_one_that_somebody_else_holds_is_left():
    store, files = fresh()
    mine, taken = keys.email(loads.SITE, "student", "nine@d.org"), \
        keys.identifier(loads.SITE, "student", "sheet", "stateId", "777")
    store.delete_many([mine, taken])
    store.insert(Item(taken, {"account": "somebody"}))
    version = store.get(keys.account(loads.SITE, student(store, "9").id)).version
    verified(store, files)
    assert store.get(mine).body == {"account": student(store, "9").id}
    assert store.get(taken).body == {"account": "somebody"}
    assert store.get(keys.account(loads.SITE, student(store, "9").id)).version == version


def test_the_snapshot_stays_the_ground_of_the_next_feed():
    store, files = fresh()
    one = student(store)
    one.fields["grade"] = "12"
    put(store, one)
    before = files.read("snapshots/demo/sheet/manifest.json")
    verified(store, files)
    assert files.read("snapshots/demo/sheet/manifest.json") == before
    assert loads.run(store, files, "0AA", full())["outcome"] == "unchanged"


def test_nothing_is_ordered_where_nothing_was_loaded():
    store, files = MemoryStore(), MemoryFiles()
    loads.site(store)
    assert not verify.order(store, files, loads.SITE, "sheet", load=RUN, by="chief", today=date(2026, 11, 23),
                            now=loads.NOW)
    assert store.get(keys.load(loads.SITE, RUN)) is None


def test_a_plan_made_before_a_load_of_any_source_is_made_again():
    store, files = fresh()
    one = student(store)
    one.fields["grade"] = "12"
    put(store, one)
    settled = verified(store, files, hold=True)
    loads.run(store, files, "01B", [d.school(), d.student("1", grade="06")])
    ground = Ground.open(store, files, loads.SITE, RUN, now=loads.NOW)
    assert lease.begin(ground, planned_on=settled["ground"], moves=settled["moves"]) == {"outcome": "moved"}


@pytest.mark.parametrize("stop", range(3))
def test_a_verifying_load_that_is_stopped_and_run_again_ends_in_the_same_table(stop):
    store, files = fresh()
    before = things(store)
    one, other = student(store), student(store, "2")
    one.fields["grade"], other.classes = "12", {}
    put(store, one)
    put(store, other)
    settled = verified(store, files, hold=True)
    ground = Ground.open(store, files, loads.SITE, RUN, now=loads.NOW)
    assert lease.begin(ground, planned_on=settled["ground"], moves=settled["moves"]) == {"outcome": "started"}
    for _ in range(stop):
        apply.apply(ground, "people", 0)
    loads.write(ground)
    assert things(store) == before


def test_what_an_undo_left_is_no_drift():
    store, files = MemoryStore(), MemoryFiles()
    loads.site(store)
    first = [d.school(), d.staff("t1"), d.student("1"), d.section("709"), d.enrollment("709", "1")]
    second = [d.school(), d.staff("t1", first_name="Anna"), d.staff("t2", email="t2@d.org"), d.student("1", grade="05"),
              d.student("2", first_name="Bo"), d.guardian(), d.link(student="2"), d.section("709", teacher="t2"),
              d.section("800", teacher="t2"), d.enrollment("800", "1"), d.enrollment("709", "2")]
    loads.run(store, files, "01A", first)
    loads.run(store, files, "01B", second)
    loads.undo(store, files, "01C", "01B")
    assert verified(store, files)["outcome"] == "unchanged"
