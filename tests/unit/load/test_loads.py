"""What a load does to the table, on the memory store."""

from __future__ import annotations

from rostering import people
from rostering.load import finish, hold, progress
from rostering.load.applied import read_applied
from rostering.model import Account
from rostering.store import keys
from rostering.store.memory import MemoryStore
from tests import loads
from tests.unit.load import district as d


def account(store: MemoryStore, kind: str, key: str) -> Account | None:
    name = people.account_id(b"salt of the demo site", "sheet", kind, key)
    item = store.get(keys.account(loads.SITE, name))
    return people.account_of(item) if item else None


def test_a_first_load_makes_accounts_sections_and_claims(store, files):
    settled = loads.run(store, files, "01A", d.small())
    assert settled["outcome"] == "approved"
    assert settled["counts"]["students"] == {"rows": 3, "new": 3, "changed": 0, "unchanged": 0, "missing": 0,
                                             "deactivated": 0, "problems": 0}
    one = account(store, "student", "1")
    assert (one.role, one.status, one.username) == ("Student", "active", "jose.g35")
    assert one.classes == {"709": ["", "", "active"]} and len(one.guardians) == 1
    section = store.get(keys.section(loads.SITE, "709")).body
    assert len(section["members"]) == 3 and list(section["teachers"].values()) == ["lead"]


def test_emails_and_state_ids_are_claimed(store, files):
    loads.run(store, files, "01A", [d.school(), d.student("1", email="A@d.org", state_id="777")])
    one = account(store, "student", "1")
    for claim in (keys.email(loads.SITE, "student", "a@d.org"),
                  keys.identifier(loads.SITE, "student", "sheet", "stateId", "777")):
        assert store.get(claim).body == {"account": one.id}


def test_the_same_feed_again_reads_no_account_and_writes_none(store, files):
    loads.run(store, files, "01A", d.small())
    before = store.snapshot()
    settled = loads.run(store, files, "01B", d.small())
    assert settled["outcome"] == "unchanged"
    changed = {key.sk for key, item in store.snapshot().items()
               if before.get(key) != item and "#AUDIT#" not in key.pk}
    assert changed == {"LOAD", "LEASE"}


def test_a_row_that_only_moved_in_the_sheet_changes_nothing(store, files):
    loads.run(store, files, "01A", [d.school(), d.student("1", 2), d.student("2", 3)])
    settled = loads.run(store, files, "01B", [d.school(), d.student("2", 2), d.student("1", 3)])
    assert settled["outcome"] == "unchanged"


def test_a_student_missing_from_an_update_stays(store, files):
    loads.run(store, files, "01A", d.small())
    settled = loads.run(store, files, "01B", [d.school(), d.student("1")])
    assert settled["outcome"] == "unchanged"
    assert account(store, "student", "2").status == "active"


def test_a_student_missing_from_a_complete_list_is_proposed_and_held(store, files):
    loads.run(store, files, "01A", d.small())
    ground = loads.read(store, files, "01B", d.small(2), complete=True)
    settled = loads.settle.settle(ground, limits=loads.gate.Limits())
    assert settled["outcome"] == "held"
    assert account(store, "student", "3").status == "active"
    loads.write(ground)
    gone = account(store, "student", "3")
    assert gone.status == "inactive" and gone.deactivated == {"load": "01B", "row": 4, "rule": "absent"}
    assert gone.username and gone.classes["709"][2] == "inactive"
    section = store.get(keys.section(loads.SITE, "709")).body
    assert gone.id not in section["members"] and gone.id in section["past"]
    assert account(store, "guardian", "id:g3").status == "inactive"


def test_rows_that_were_an_update_before_say_more_as_a_complete_list(store, files):
    loads.run(store, files, "01A", [d.school(), d.student("1"), d.student("2")])
    loads.run(store, files, "01B", [d.school(), d.student("1")])
    settled = loads.run(store, files, "01C", [d.school(), d.student("1")], complete=True)
    assert settled["counts"]["students"]["missing"] == 1


def test_absence_in_a_school_that_the_list_does_not_cover_means_nothing(store, files):
    loads.run(store, files, "01A", [d.school(), d.school("0014"), d.student("1"), d.student("2", school="0014")])
    settled = loads.run(store, files, "01B", [d.school(), d.student("1")], complete=True)
    assert settled["outcome"] == "unchanged"


def test_a_person_who_returns_gets_the_same_account_and_username(store, files):
    loads.run(store, files, "01A", d.small())
    before = account(store, "student", "2")
    loads.run(store, files, "01B", [d.school(), d.student("2", status="inactive")])
    assert account(store, "student", "2").status == "inactive"
    loads.run(store, files, "01C", [d.school(), d.student("2", grade="05")])
    after = account(store, "student", "2")
    assert (after.id, after.username, after.status) == (before.id, before.username, "active")
    assert after.fields["grade"] == "05" and not after.deactivated


def test_a_person_whom_a_person_switched_off_stays_off(store, files):
    loads.run(store, files, "01A", d.small())
    one = account(store, "student", "1")
    one.status, one.deactivated = "inactive", {"by": "admin", "reason": "moved", "at": loads.NOW}
    store.put_many([people.item_of(loads.SITE, one, 2)])
    loads.run(store, files, "01B", [d.school(), d.student("1", grade="05")])
    assert account(store, "student", "1").status == "inactive"
    assert account(store, "student", "1").fields["grade"] == "05"


def test_a_hand_set_field_survives_and_shows_what_the_source_says(store, files):
    loads.run(store, files, "01A", d.small())
    one = account(store, "student", "1")
    one.fields["first_name"], one.by_hand = "Pepe", {"first_name": {"source": "José", "by": "admin"}}
    store.put_many([people.item_of(loads.SITE, one, 2)])
    loads.run(store, files, "01B", [d.school(), d.student("1", first_name="Joseph", grade="05")])
    after = account(store, "student", "1")
    assert (after.fields["first_name"], after.fields["grade"]) == ("Pepe", "05")
    assert after.by_hand["first_name"]["source"] == "Joseph"


def test_clear_empties_a_field_and_blank_keeps_it(store, files):
    loads.run(store, files, "01A", [d.school(), d.student("1", middle_name="Luis", preferred_name="Pepe")])
    loads.run(store, files, "01B", [d.school(), d.student("1", middle_name=None)])
    assert account(store, "student", "1").fields.get("middle_name") is None
    assert account(store, "student", "1").fields["preferred_name"] == "Pepe"


def test_an_administrator_is_never_switched_off_by_a_load(store, files):
    loads.run(store, files, "01A", [d.school(), d.staff("t1"), d.staff("t2", email="t2@district.org")])
    chief = account(store, "staff", "t1")
    chief.rights = {"admin": ["*"]}
    store.put_many([people.item_of(loads.SITE, chief, 2)])
    loads.run(store, files, "01B", [d.school(), d.staff("t1", status="inactive")])
    assert account(store, "staff", "t1").status == "active"


def test_a_guardian_without_portal_access_gets_no_account_and_no_link(store, files):
    loads.run(store, files, "01A", [d.school(), d.student("1"), d.guardian(), d.link(access=False)])
    assert account(store, "guardian", "id:g1") is None
    assert [link[3] for link in account(store, "student", "1").guardians.values()] == ["no_access"]


def test_a_start_date_ahead_makes_the_account_pending_until_that_day(store, files):
    feed = [d.school(), d.student("1", start_date="2026-12-01")]
    loads.run(store, files, "01A", feed)
    assert account(store, "student", "1").status == "pending"
    loads.run(store, files, "01B", feed, today="2026-12-01")
    assert account(store, "student", "1").status == "active"


def test_a_teacher_who_hands_a_class_over_no_longer_teaches_it(store, files):
    loads.run(store, files, "01A", [*d.small(), d.staff("t2", email="t2@district.org")])
    loads.run(store, files, "01B", [d.school(), d.section(teacher="t2")])
    teaches = [page.items for page in (store.query(account_pk(store, t), prefix="TEACHES#") for t in ("t1", "t2"))]
    assert [len(items) for items in teaches] == [0, 1]

def test_who_hands_the_lead_over_and_stays_a_co_teacher_still_teaches_the_class(store, files):
    loads.run(store, files, "01A", [*d.small(), d.staff("t2", email="t2@district.org"),
                                    d.section(teacher="t1", co_teachers=["t1"])])
    loads.run(store, files, "01B", [d.school(), d.section(teacher="t2", co_teachers=["t1"])])
    teaches = [page.items for page in (store.query(account_pk(store, t), prefix="TEACHES#") for t in ("t1", "t2"))]
    assert [[item.body["part"] for item in items] for items in teaches] == [["co"], ["lead"]]


def account_pk(store: MemoryStore, key: str) -> str:
    return keys.account(loads.SITE, account(store, "staff", key).id).pk


def test_an_email_that_somebody_else_holds_leaves_the_person_out_and_says_so(store, files):
    store.insert(loads.Item(keys.email(loads.SITE, "student", "a@d.org"), {"account": "by-hand"}))
    loads.run(store, files, "01A", [d.school(), d.student("1", email="a@d.org"), d.student("2")])
    assert account(store, "student", "1") is None and account(store, "student", "2") is not None
    ground = loads.Ground.open(store, files, loads.SITE, "01A", now=loads.NOW)
    problems = read_applied(ground, "people", 0).problems
    assert [(p.code, p.tab, p.row) for p in problems] == [("R-EMAIL-TAKEN", "Students", 2)]
    loads.run(store, files, "01B", [d.school(), d.student("1", email="b@d.org"), d.student("2")])
    assert account(store, "student", "1").fields["email"] == "b@d.org"


def test_every_change_keeps_its_cause_and_before_image(store, files):
    loads.run(store, files, "01A", d.small())
    loads.run(store, files, "01B", [d.school(), d.student("1", 212, grade="05")])
    record = store.get(keys.change(keys.account(loads.SITE, account(store, "student", "1").id), "01B")).body
    assert record == {"load": "01B", "action": "update", "kind": "student", "row": 212, "rule": "row",
                      "moved": {"fields": {"grade": ["04", "05"]}}}


def test_a_second_load_waits_for_the_first_and_notices_that_the_ground_moved(store, files):
    one = loads.read(store, files, "01A", d.small())
    two = loads.read(store, files, "01B", d.small(4))
    for ground in (one, two):
        loads.settle.settle(ground, limits=loads.gate.Limits())
    assert loads.lease.begin(one, planned_on="", moves=0) == {"outcome": "started"}
    assert loads.lease.begin(two, planned_on="", moves=0) == {"outcome": "busy"}
    loads.write(one)
    assert loads.lease.begin(two, planned_on="", moves=0) == {"outcome": "moved"}
    assert loads.settle.settle(two, limits=loads.gate.Limits()) == {"outcome": "moved"}


def test_a_newer_plan_replaces_an_older_load_that_still_waits(store, files):
    old, new = (loads.read(store, files, load, d.small(n)) for load, n in (("01A", 3), ("01B", 4)))
    assert hold.replace_older(old) == ""
    hold.hold(old, task_token="token of the older")
    held = progress.read(store, loads.SITE, "01A")
    assert (held["state"], held["expires_at"]) == ("held", "2026-11-30T07:40:00.000Z")
    assert hold.replace_older(new) == "token of the older"
    closed = progress.read(store, loads.SITE, "01A")
    assert (closed["state"], closed["replaced_by"]) == ("replaced", "01B") and "task_token" not in closed
    assert hold.replace_older(old) == ""


def test_what_was_decided_on_in_the_meantime_is_not_replaced(store, files):
    old = loads.read(store, files, "01A", d.small())
    hold.hold(old, task_token="token")
    store.update(keys.load(loads.SITE, "01A"), lambda body: body | {"state": "approved"})
    progress.close(store, loads.SITE, "01A", "replaced", now=old.now)
    assert progress.read(store, loads.SITE, "01A")["state"] == "approved"


def test_each_step_of_a_loads_life_is_audited_once(store, files):
    loads.run(store, files, "01A", d.small())
    page = store.query(keys.audit(loads.SITE, "2026-11-23", "", "").pk)
    assert [item.body["what"] for item in page.items] == ["load.applied", "load.received"]


def refused(store, files, load: str) -> list:
    ground = loads.Ground.open(store, files, loads.SITE, load, now=loads.NOW)
    return [(p.code, p.tab, p.row, p.message) for p in ground.answers(0).refused.values()]


def test_a_username_that_somebody_else_has_keeps_the_row_out_and_says_so(store, files):
    store.insert(loads.Item(keys.username(loads.SITE, "pepe"), {"account": "by-hand"}))
    settled = loads.run(store, files, "01A", [d.school(), d.student("1", 7, username="Pepe"), d.student("2")])
    assert settled["counts"]["students"]["new"] == 1 and settled["counts"]["students"]["problems"] == 1
    assert refused(store, files, "01A") == [(
        "R-USERNAME-TAKEN", "Students", 7,
        "The username 'Pepe' is already taken. Leave the cell blank and the system makes one.")]
    assert account(store, "student", "1") is None and account(store, "student", "2")
    loads.run(store, files, "01B", [d.school(), d.student("1", username="pepe2")])
    assert account(store, "student", "1").username == "pepe2"


def test_an_email_of_another_account_is_told_before_anything_is_written(store, files):
    loads.run(store, files, "01A", [d.school(), d.student("1", email="a@d.org")])
    loads.run(store, files, "01B", [d.school(), d.student("2", 3, email="A@d.org")])
    assert [told[:3] for told in refused(store, files, "01B")] == [("R-MATCH-HELD", "Students", 3)]


def test_a_student_who_comes_back_as_an_employee_is_not_given_a_second_role(store, files):
    loads.run(store, files, "01A", [d.school(), d.student("77", first_name="Ana", last_name="Ruiz")])
    loads.run(store, files, "01B", [d.school(), d.staff("77", 5, first_name="Ana", last_name="Ruíz"),
                                    d.staff("t1", first_name="Somebody")])
    assert refused(store, files, "01B") == [(
        "R-ROLE-CHANGE", "Staff", 5, "this ID belongs to a Student account. One account has one role.")]
    assert account(store, "staff", "77") is None


def test_one_id_may_name_a_student_and_another_person_on_the_staff(store, files):
    loads.run(store, files, "01A", [d.school(), d.student("77")])
    loads.run(store, files, "01B", [d.school(), d.staff("77", first_name="Ana", last_name="Ruiz")])
    assert account(store, "staff", "77").status == "active"


def test_a_username_is_not_changed_by_the_sheet(store, files):
    loads.run(store, files, "01A", [d.school(), d.student("1")])
    loads.run(store, files, "01B", [d.school(), d.student("1", 9, username="pepe")])
    ground = loads.Ground.open(store, files, loads.SITE, "01B", now=loads.NOW)
    [told] = read_applied(ground, "people", 0).problems
    assert (told.code, told.row, told.message) == (
        "W-USERNAME-IGNORED", 9, "Usernames are not changed by the sheet. The account keeps 'jose.g35'.")
    assert account(store, "student", "1").username == "jose.g35"


def test_a_load_that_failed_is_finished_by_the_next_with_names_that_are_free_then(store, files):
    ground = loads.read(store, files, "01A", d.small())
    loads.settle.settle(ground, limits=loads.gate.Limits())
    loads.apply.apply(ground, "people", 0)
    finish.fail(ground)
    before = account(store, "student", "1")
    store.insert(loads.Item(keys.username(loads.SITE, before.username), {"account": "by-hand"}))
    loads.run(store, files, "01B", d.small())
    after = account(store, "student", "1")
    assert (after.id, after.created["load"]) == (before.id, "01B") and after.username == "jose.ga35"
    assert progress.read(store, loads.SITE, "01A")["state"] == "failed"


def test_who_is_switched_off_keeps_the_email_that_is_claimed(store, files):
    loads.run(store, files, "01A", [d.school(), d.student("1", email="a@d.org"), d.student("2", email="b@d.org")])
    loads.run(store, files, "01B", [d.school(), d.student("1", email="b@d.org", status="inactive")])
    gone = account(store, "student", "1")
    assert (gone.status, gone.fields["email"]) == ("inactive", "a@d.org")


def test_a_feed_of_rosters_alone_reaches_the_students_too(store, files):
    loads.run(store, files, "01A", d.small())
    loads.run(store, files, "01B", [d.enrollment("709", "1", start_date="2026-09-01")])
    assert account(store, "student", "1").classes == {"709": ["2026-09-01", "", "active"]}
