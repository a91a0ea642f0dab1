"""Who is who: people of one source found again under another id, or in another source."""

from __future__ import annotations

import pytest

from rostering import people, snapshot
from rostering.matching import name_print
from rostering.model import Account
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.memory import MemoryStore
from tests import loads
from tests.unit.load import district as d

SIF = "sif:z1"


def accounts(store: MemoryStore, role: str = "Student") -> list[Account]:
    found = [people.account_of(item) for item in store.snapshot().values() if item.key.sk == "ACCOUNT"]
    return [account for account in found if account.role == role]


def questions(store: MemoryStore) -> list[tuple[str, str]]:
    found = store.query(keys.match(loads.SITE, "").pk).items
    return [(item.body["key"], item.body["rule"]) for item in found if item.body["state"] == "open"]


def child(key: str, row: int = 2, **fields):
    return d.student(key, row, **{"birth_date": "2016-05-03", "last_name": "García", **fields})


def test_a_student_of_another_source_is_found_by_the_local_id(store, files):
    loads.run(store, files, "01A", [d.school(), child("4512")])
    loads.run(store, files, "01B", [d.school(), child("REF-1", id="4512", grade="05")], source=SIF)
    (one,) = accounts(store)
    assert (one.source, one.source_key, one.links) == ("sheet", "4512", {SIF: "REF-1"})
    assert one.username == "jose.g35"


def test_the_sheet_finds_a_student_of_another_source_by_the_local_id(store, files):
    loads.run(store, files, "01A", [d.school(), child("REF-1", id="4512")], source=SIF)
    loads.run(store, files, "01B", [d.school(), child("4512")])
    (one,) = accounts(store)
    assert (one.source, one.links) == (SIF, {"sheet": "4512"})


def test_a_match_by_state_id_takes_the_new_id_over_and_is_told(store, files):
    loads.run(store, files, "01A", [d.school(), child("1", state_id="777"), child("2", first_name="Ana")])
    loads.run(store, files, "01B", [d.school(), child("11", 7, state_id="777"), child("2", first_name="Ana")],
              complete=True)
    one = next(account for account in accounts(store) if account.fields["first_name"] == "José")
    assert (one.status, one.source_key, one.username) == ("active", "11", "jose.g35")
    assert len(accounts(store)) == 2
    ground = loads.Ground.open(store, files, loads.SITE, "01B", now=loads.NOW)
    assert [(note["code"], note["row"]) for note in ground.answers(0).notes] == [("I-MATCHED-STATE", 7)]
    settled = loads.run(store, files, "01C", [d.school(), child("11", 7, state_id="777"),
                                              child("2", first_name="Ana")], complete=True)
    assert settled["outcome"] == "unchanged"


@pytest.mark.parametrize(("first", "second", "rule"), [
    ({"email": "a@d.org"}, {"email": "a@d.org"}, "id_changed"),
    ({"email": "a@d.org"}, {"email": "a@d.org", "last_name": "Ruiz"}, "other_last_name"),
    ({}, {}, "possible_duplicate"),
    ({"state_id": "777"}, {"state_id": "777", "last_name": "Ruiz", "birth_date": "2015-01-01"}, "other_last_name"),
])
def test_what_is_not_certain_holds_that_row_alone(store, files, first, second, rule):
    loads.run(store, files, "01A", [d.school(), child("1", **first)])
    settled = loads.run(store, files, "01B", [d.school(), child("2", 5, **second), child("3", first_name="Ana")])
    assert sorted(account.source_key for account in accounts(store)) == ["1", "3"]
    assert questions(store) == [("2", rule)]
    assert settled["counts"]["students"] == {"rows": 2, "new": 1, "changed": 0, "unchanged": 0, "missing": 0,
                                             "deactivated": 0, "problems": 1}


def test_two_rows_that_hit_one_account_are_both_held(store, files):
    loads.run(store, files, "01A", [d.school(), child("4512")])
    loads.run(store, files, "01B", [d.school(), child("REF-1", id="4512"), child("REF-2", id="4512")], source=SIF)
    assert sorted(questions(store)) == [("REF-1", "two_rows"), ("REF-2", "two_rows")]
    assert len(accounts(store)) == 1


def test_a_recycled_id_holds_that_row_and_changes_nothing(store, files):
    loads.run(store, files, "01A", [d.school(), child("1"), child("2", first_name="Ana", last_name="Ruiz")])
    loads.run(store, files, "01B", [d.school(), child("1", first_name="Li", last_name="Wu", birth_date="2011-01-01"),
                                    child("2", first_name="Ana", last_name="Ruiz", grade="05")])
    by_key = {account.source_key: account.fields for account in accounts(store)}
    assert (by_key["1"]["first_name"], by_key["2"]["grade"]) == ("José", "05")
    assert questions(store) == [("1", "recycled_id")]


def test_an_account_made_by_hand_is_never_matched_unasked(store, files):
    by_hand = Account("byhand", "Teacher", "active", "ana", {"first_name": "Ana", "last_name": "Ruiz",
                                                             "email": "t1@district.org"})
    store.put_many([people.item_of(loads.SITE, by_hand),
                    Item(keys.email(loads.SITE, "employee", "t1@district.org"), {"account": "byhand"})])
    loads.run(store, files, "01A", [d.school(), d.staff("t1")])
    assert questions(store) == [("t1", "manual_account")]
    assert [account.id for account in accounts(store, "Teacher")] == ["byhand"]


def test_role_families_are_never_crossed(store, files):
    loads.run(store, files, "01A", [d.school(), child("77", email="x@d.org")])
    loads.run(store, files, "01B", [d.school(), d.staff("REF", id="77", email="x@d.org", last_name="García")],
              source=SIF)
    assert len(accounts(store)) == 1 and len(accounts(store, "Teacher")) == 1


def test_a_guardian_whose_name_key_changes_stays_one_account(store, files):
    name = {"first_name": "Maria", "last_name": "García"}
    loads.run(store, files, "01A", [d.school(), child("1"), d.guardian("st:1|garcía|maria", **name),
                                    d.link("st:1|garcía|maria")])
    loads.run(store, files, "01B", [d.school(), child("1"), d.link("em:m@d.org|garcía|maria"),
                                    d.guardian("em:m@d.org|garcía|maria", email="m@d.org", **name)], complete=True)
    (one,) = accounts(store, "Guardian")
    assert one.fields["email"] == "m@d.org" and one.status == "active"
    (student,) = accounts(store)
    assert [link[3] for link in student.guardians.values()] == ["active"]


def test_what_hangs_on_a_held_person_waits_with_them(store, files):
    loads.run(store, files, "01A", [d.school(), d.staff(), child("1")])
    held = [d.school(), d.staff(), child("1"), child("2"), d.section(), d.enrollment("709", "2"),
            d.guardian(), d.link(student="2")]
    loads.run(store, files, "01B", held)
    assert store.get(keys.section(loads.SITE, "709")).body["members"] == {}
    (match,) = store.query(keys.match(loads.SITE, "").pk).items
    own = people.account_id(b"salt of the demo site", "sheet", "student", "2")
    claim = keys.identifier(loads.SITE, "student", "sheet", "sourceId", "2")
    store.put_many([Item(claim, {"account": accounts(store)[0].id}),
                    Item(keys.source(loads.SITE, "sheet"), {"source": "sheet", "links": True})])
    assert match.body["candidates"][0]["account"] == accounts(store)[0].id
    loads.run(store, files, "01C", held[:2] + held[3:])
    (one,) = accounts(store)
    assert one.id != own and one.source_key == "2"
    assert list(store.get(keys.section(loads.SITE, "709")).body["members"]) == [one.id]
    assert [link[3] for link in one.guardians.values()] == ["active"]


def test_the_lead_source_sets_and_the_other_adds(store, files):
    loads.run(store, files, "01A", [d.school(), child("4512", grade="04")])
    loads.run(store, files, "01B", [d.school(), child("REF-1", id="4512", grade="05", state_id="777")], source=SIF)
    (one,) = accounts(store)
    assert (one.fields["grade"], one.fields["state_id"], one.origins) == ("04", "777", {"state_id": SIF})
    loads.run(store, files, "01C", [d.school(), child("REF-1", id="4512", grade="05", state_id="777",
                                                      status="inactive")], source=SIF)
    assert accounts(store)[0].status == "active"


def test_a_site_may_let_another_source_lead(store, files):
    item = store.get(keys.settings(loads.SITE))
    store.put_many([Item(item.key, item.body | {"leads": {"*": {"student": SIF}}}, 2)])
    loads.run(store, files, "01A", [d.school(), child("4512", grade="04")])
    loads.run(store, files, "01B", [d.school(), child("REF-1", id="4512", grade="05")], source=SIF)
    assert accounts(store)[0].fields["grade"] == "05"
    loads.run(store, files, "01C", [d.school(), child("4512", grade="06", preferred_name="Pepe")])
    (one,) = accounts(store)
    assert (one.fields["grade"], one.fields["preferred_name"]) == ("05", "Pepe")


def test_a_person_missing_from_pulls_is_off_after_two_and_48_hours(store, files):
    both = [d.school(), child("R1"), child("R2", first_name="Ana")]
    one = both[:2]
    loads.run(store, files, "01A", both, source=SIF, pulled_at="2026-11-20T00:00:00.000Z")

    def missing(load: str, at: str) -> Account:
        loads.run(store, files, load, one, source=SIF, complete=True, pulled_at=at)
        return next(account for account in accounts(store) if account.source_key == "R2")
    first = missing("01B", "2026-11-20T06:00:00.000Z")
    assert (first.status, first.fields["missing_since"]) == ("active", "2026-11-20T06:00:00.000Z")
    assert missing("01C", "2026-11-20T07:00:00.000Z").status == "active"
    assert missing("01D", "2026-11-22T06:00:00.000Z").status == "inactive"
    loads.run(store, files, "01E", both, source=SIF, complete=True, pulled_at="2026-11-22T07:00:00.000Z")
    back = next(account for account in accounts(store) if account.source_key == "R2")
    assert back.status == "active" and "missing_since" not in back.fields


def test_guardians_follow_their_students(store, files):
    feed = [d.school(), child("1"), d.guardian(), d.link()]
    loads.run(store, files, "01A", feed)
    settled = loads.run(store, files, "01B", [d.school(), child("1", status="inactive")])
    assert accounts(store, "Guardian")[0].status == "inactive"
    assert settled["counts"]["guardians"]["deactivated"] == 1
    loads.run(store, files, "01C", [d.school(), child("1")])
    assert accounts(store, "Guardian")[0].status == "active"


def test_places_in_rosters_stay_when_an_id_changes(store, files):
    first = [d.school(), d.staff(), child("1", state_id="777"), d.section(), d.enrollment(),
             *d.group_member("rti", "student:1")]
    second = [d.school(), d.staff(), child("11", state_id="777"), d.section(), d.enrollment("709", "11"),
              *d.group_member("rti", "student:11")]
    loads.run(store, files, "01A", first)
    settled = loads.run(store, files, "01B", second, complete=True)
    (one,) = accounts(store)
    assert list(store.get(keys.section(loads.SITE, "709")).body["members"]) == [one.id]
    assert list(store.get(keys.group(loads.SITE, "rti")).body["members"]) == [one.id]
    assert one.classes["709"][2] == "active"
    counted = settled["counts"]["rosters"]
    assert (counted["new"], counted["unchanged"], counted["missing"], counted["deactivated"]) == (0, 1, 0, 0)
    assert not any(hold["kind"] == "enrollments" for hold in settled["holds"])
    assert loads.run(store, files, "01C", second, complete=True)["outcome"] == "unchanged"


def claim_names(store: MemoryStore) -> None:
    """What issuing first secrets does to names."""
    store.put_many(Item(keys.username(loads.SITE, account.username), {"account": account.id})
                   for account in accounts(store))


def test_who_is_not_in_the_snapshot_any_more_is_found_again_by_the_own_id(store, files):
    loads.run(store, files, "01A", [d.school(), child("1"), child("2", first_name="Ana")])
    before = {account.source_key: account for account in accounts(store)}
    claim_names(store)
    files.delete(f"snapshots/{loads.SITE}/sheet/manifest.json")
    loads.run(store, files, "01B", [d.school(), child("3", first_name="Li")])
    settled = loads.run(store, files, "01C", [d.school(), child("1", grade="05"), child("2", first_name="Ana")])
    after = {account.source_key: account for account in accounts(store)}
    assert settled["counts"]["students"]["new"] == 0 and after["1"].fields["grade"] == "05"
    assert {key: (one.id, one.created) for key, one in before.items()} == {
        key: (after[key].id, after[key].created) for key in before}


def test_ids_that_change_and_change_back_lead_to_the_same_accounts(store, files):
    old = [d.school(), child("0001", state_id="71"), child("0002", first_name="Ana", state_id="72")]
    new = [d.school(), child("S1", state_id="71"), child("S2", first_name="Ana", state_id="72")]
    loads.run(store, files, "01A", old)
    before = {account.id: account.username for account in accounts(store)}
    claim_names(store)
    for number, feed in enumerate((new, old, new, old)):
        loads.run(store, files, f"02{number}", feed, complete=True)
        assert {account.id: account.username for account in accounts(store)} == before
        assert {account.status for account in accounts(store)} == {"active"}
        assert {account.source_key for account in accounts(store)} == {record.key for record in feed[1:]}


def test_who_returns_claims_the_email_that_came_meanwhile(store, files):
    loads.run(store, files, "01A", [d.school(), child("1", email="old@d.org")])
    loads.run(store, files, "01B", [d.school(), child("1", email="old@d.org", status="inactive")])
    loads.run(store, files, "01C", [d.school(), child("1", email="new@d.org", status="inactive")])
    loads.run(store, files, "01D", [d.school(), child("1")])
    (one,) = accounts(store)
    assert (one.status, one.fields["email"]) == ("active", "new@d.org")
    assert store.get(keys.email(loads.SITE, "student", "new@d.org")).body == {"account": one.id}


def test_an_id_that_was_handed_on_leads_to_a_new_account_once_that_is_decided(store, files):
    first = [d.school(), d.staff(), child("1"), d.section(), d.enrollment()]
    second = [d.school(), d.staff(), child("1", first_name="Li", last_name="Wu", birth_date="2011-01-01"),
              d.section(), d.enrollment()]
    loads.run(store, files, "01A", first)
    loads.run(store, files, "01B", second)
    assert questions(store) == [("1", "recycled_id")]
    place = keys.source(loads.SITE, "sheet")
    store.update(place, lambda body: body | {"links": True, "recycled": ["student/1"]})
    store.put_many([Item(keys.identifier(loads.SITE, "student", "sheet", "sourceId", "1"),
                         {"account": "fresh", "as": name_print({"first_name": "Li", "last_name": "Wu"})})])
    settled = loads.run(store, files, "01C", second)
    assert settled["counts"]["students"]["new"] == 1
    by_name = {account.fields["first_name"]: account for account in accounts(store)}
    assert by_name["Li"].id == "fresh" and by_name["Li"].username and by_name["José"].status == "active"
    assert "fresh" in store.get(keys.section(loads.SITE, "709")).body["members"]
    assert store.get(place).body["recycled"] == []
    assert loads.run(store, files, "01D", second)["outcome"] == "unchanged"


def test_an_account_made_by_hand_is_the_sources_from_now_on_once_that_is_decided(store, files):
    by_hand = Account("byhand", "Teacher", "active", "ana", {"first_name": "Ana", "last_name": "Ruiz", "title": "Dean",
                                                             "email": "t1@district.org"}, rights={"view_as": ["*"]})
    store.put_many([people.item_of(loads.SITE, by_hand),
                    Item(keys.email(loads.SITE, "employee", "t1@district.org"), {"account": "byhand"})])
    loads.run(store, files, "01A", [d.school(), d.staff("t1")])
    store.put_many([Item(keys.identifier(loads.SITE, "employee", "sheet", "sourceId", "t1"), {"account": "byhand"}),
                    Item(keys.source(loads.SITE, "sheet"), {"source": "sheet", "links": True})])
    loads.run(store, files, "01B", [d.school(), d.staff("t1")])
    (one,) = accounts(store, "Teacher")
    assert (one.id, one.source, one.source_key, one.username) == ("byhand", "sheet", "t1", "ana")
    assert (one.fields["title"], one.fields["school"], one.rights) == ("Dean", "0012", {"view_as": ["*"]})
    loads.run(store, files, "01C", [d.school(), d.staff("t1", first_name="Anna")])
    assert accounts(store, "Teacher")[0].fields["first_name"] == "Anna"


def test_a_group_names_its_members_under_their_new_ids_only(store, files):
    for load, key in (("01A", "1"), ("01B", "S1")):
        loads.run(store, files, load, [d.school(), d.staff(), child(key, state_id="71"),
                                       *d.group_member("rti", f"student:{key}")], complete=True)
    (shard,) = snapshot.read(files, loads.SITE, "sheet").shards["rosters"]
    (group,) = snapshot.entities(files, shard, 0, 1, exact=True)
    assert list(group.members["members"]) == ["student:S1"]
    loads.run(store, files, "01C", [d.school(), *d.group_member("rti", "student:S1", status="inactive")])
    assert store.get(keys.group(loads.SITE, "rti")).body["members"] == {}


def test_an_id_that_changed_in_an_update_keeps_every_place_in_the_next_complete_list(store, files):
    def feed(key: str, *more):
        return [d.school(), d.staff(), child(key, state_id="71"), d.guardian(), d.link(student=key), d.section(),
                d.enrollment("709", key), d.section("710"), d.enrollment("710", key),
                *d.group_member("rti", f"student:{key}"), *more]
    loads.run(store, files, "01A", feed("1"))
    before = accounts(store)[0]
    settled = loads.run(store, files, "01B", [d.school(), d.staff(), child("S1", state_id="71"), d.section(),
                                              d.enrollment("709", "S1")])
    assert settled["counts"]["rosters"]["new"] == 0 and settled["counts"]["rosters"]["unchanged"] == 1
    settled = loads.run(store, files, "01C", feed("S1"), complete=True)
    assert settled["outcome"] == "unchanged", settled["counts"]
    (after,) = accounts(store)
    assert (after.classes, after.guardians, after.username) == (before.classes, before.guardians, before.username)
    for section in ("709", "710"):
        assert list(store.get(keys.section(loads.SITE, section)).body["members"]) == [after.id]
    settled = loads.run(store, files, "01D", [record for record in feed("S1") if record.key != ("710", "S1")],
                        complete=True)
    assert settled["counts"]["rosters"]["deactivated"] == 1
    assert store.get(keys.section(loads.SITE, "710")).body["members"] == {}
    assert accounts(store)[0].classes["710"][2] == "inactive"


def test_who_may_have_a_new_id_keeps_account_places_and_guardian_until_that_is_decided(store, files):
    def feed(key: str):
        return [d.school(), d.staff(), child(key), child("9", first_name="Bo"), d.guardian(f"st:{key}|garcía|maria"),
                d.link(f"st:{key}|garcía|maria", key), d.section(), d.enrollment("709", key), d.enrollment("709", "9")]
    loads.run(store, files, "01A", feed("1"))
    before = {key: item.body for key, item in store.snapshot().items() if key.sk in ("ACCOUNT", "SECTION")}
    settled = loads.run(store, files, "01B", feed("2"), complete=True)
    assert questions(store) == [("2", "possible_duplicate")]
    counted = settled["counts"]["rosters"]
    assert (counted["new"], counted["deactivated"], counted["unchanged"]) == (0, 0, 1)
    after = {key: item.body for key, item in store.snapshot().items() if key.sk in ("ACCOUNT", "SECTION")}
    assert after == before
    loads.run(store, files, "01C", feed("1"), complete=True)
    assert {key: item.body for key, item in store.snapshot().items() if key.sk in ("ACCOUNT", "SECTION")} == before
