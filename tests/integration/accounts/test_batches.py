"""One act for many accounts, on memory: looked at, done, told."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from accounts.sessions import open_session
from rostering.access import lockout
from rostering.batches import record
from rostering.credentials import envelope, first_secrets
from rostering.store import keys
from rostering.store.keys import Item
from tests.integration.accounts.office import SITE, START, Office, account

WHY = "after the holidays"
PATH = f"/sites/{SITE}/batches"


@pytest.fixture
def office() -> Office:
    """Two schools; in 100 four students, a teacher and an aide with rights; in 200 one student."""
    office = Office()
    for school in ("100", "200"):
        office.put_item(keys.school(SITE, school), {"key": school, "kind": "school", "fields": {}})
    for name, grade in (("ann", "04"), ("bob", "04"), ("cid", "07"), ("dot", "KG")):
        pupil(office, name, grade)
    pupil(office, "eve", "04", school="200")
    office.put(account("tess", "Teacher"))
    office.put_item(keys.username(SITE, "tess.e"), {"account": "tess", "state": "own", "hash": "x"})
    office.put(account("aide", "Staff", rights={"credentials.reset": ["100"]}))
    office.put(account("clerk", "Staff", rights={"accounts.manage": ["100"]}))
    return office


def pupil(office: Office, name: str, grade: str, *, school: str = "100", **more: Any) -> None:
    office.put(account(name, school=school, fields={"grade": grade}, **more))
    office.put_item(keys.username(SITE, f"{name}.e"), {"account": name, "state": "own", "hash": "old"})


def order(office: Office, action: str, *, by: str = "", expect: int = 202, **more: Any) -> Any:
    body = {"action": action, "reason": WHY} | more
    answer = office.ask("POST", PATH, token=office.token(by), body=body)
    assert answer.status == expect, answer.text
    return answer.body


def shown(office: Office, batch: str, *, by: str = "") -> Any:
    answer = office.ask("GET", f"{PATH}/{batch}", token=office.token(by))
    assert answer.status == 200, answer.text
    return answer.body


def sheet(office: Office, batch: str) -> dict[str, dict[str, Any]]:
    """The lines of a batch's sheet by username."""
    body = office.store.get(keys.batch(SITE, batch)).body
    header, *rows = openpyxl.load_workbook(io.BytesIO(office.work.read(body["file"]))).active.iter_rows(
        values_only=True)
    return {row[header.index("Username")]: dict(zip(header, row, strict=True)) for row in rows}


def login(office: Office, name: str) -> dict[str, Any]:
    return office.store.get(keys.username(SITE, f"{name}.e")).body


def lock(office: Office, name: str) -> None:
    tries = lockout.failed({"devices": {"d": [2, 1]}}, network="n", device="", now=START)
    office.put_item(keys.tries(SITE, lockout.digest_of(SITE, f"{name}.e")), tries)


def status(office: Office, name: str) -> str:
    return office.store.get(keys.account(SITE, name)).body["status"]


def test_a_reset_gives_new_first_secrets_that_stand_on_one_sheet(office: Office) -> None:
    made = order(office, "reset", filter={"school": "100", "grade": "4"})
    assert (made["state"], made["would"], [one["account"] for one in made["first"]]) == ("running", 2, ["ann", "bob"])
    done = shown(office, made["batch"])
    assert (done["state"], done["counts"], done["done"], done["total"]) == ("done", {"done": 2}, 2, 2)
    lines, secrets = sheet(office, made["batch"]), office.opened()
    for name in ("ann", "bob"):
        found, secret = login(office, name), lines[f"{name}.e"]["First secret"]
        assert first_secrets.matches(secret, found["mac"], secrets.pepper, name)
        assert secret == envelope.unseal(found["envelope"], secrets.data_key, site=SITE, account=name, version=1)
        assert "hash" not in found and found["band"] == "intermediate"
    assert login(office, "cid")["state"] == login(office, "eve")["state"] == "own"


def test_a_reset_ends_sessions_and_starts_the_counters_anew(office: Office) -> None:
    pupil(office, "fay", "04", signed_in_at=office.ports.time())
    open_session(office.ports, SITE, "fay")
    lock(office, "fay")
    order(office, "reset", accounts=["fay.e"])
    assert office.store.query(keys.account(SITE, "fay").pk, prefix="SESSION#").items == []
    assert not lockout.is_counting(office.store.get(keys.tries(SITE, lockout.digest_of(SITE, "fay.e"))).body)


def test_a_guardian_s_new_code_ends_after_sixty_days(office: Office) -> None:
    office.put(account("mum", "Guardian"))
    office.put_item(keys.username(SITE, "mum.e"), {"account": "mum", "state": "claimed"})
    order(office, "reset", accounts=["mum"])
    assert login(office, "mum")["expires_at"] > login(office, "mum")["issued_at"]


def test_who_may_not_export_secrets_gets_a_sheet_without(office: Office) -> None:
    made = order(office, "reset", by="aide", filter={"school": "100", "grade": "04"})
    assert shown(office, made["batch"], by="aide")["with_secrets"] is False
    assert "First secret" not in sheet(office, made["batch"])["ann.e"]
    assert "password.exported" not in {event["what"] for event in office.audit()}


def test_unlocking_clears_counters_and_leaves_passwords_and_sessions(office: Office) -> None:
    lock(office, "ann")
    before = login(office, "ann")
    made = order(office, "unlock", filter={"school": "100", "role": "Student"})
    assert shown(office, made["batch"])["counts"] == {"done": 1, "nothing_to_do": 3}
    assert login(office, "ann") == before
    tries = office.store.get(keys.tries(SITE, lockout.digest_of(SITE, "ann.e"))).body
    assert not lockout.is_counting(tries) and tries["devices"] == {"d": [0, 1]}


def test_switching_off_and_on_leaves_records_that_name_the_batch(office: Office) -> None:
    off = order(office, "deactivate", filter={"school": "100", "role": "Student"})
    assert shown(office, off["batch"])["counts"] == {"done": 4}
    assert {status(office, name) for name in ("ann", "bob", "cid", "dot")} == {"inactive"}
    (change,) = office.store.query(keys.account(SITE, "ann").pk, prefix="CHANGE#").items
    assert (change.body["batch"], change.body["reason"], change.body["moved"]["status"]) == (
        off["batch"], WHY, ["active", "inactive"])
    on = order(office, "reactivate", filter={"school": "100", "role": "Student"})
    assert shown(office, on["batch"])["counts"] == {"done": 4} and status(office, "ann") == "active"


def test_each_account_is_judged_and_who_is_left_out_is_told_why(office: Office) -> None:
    office.put(account("boss", "Staff", rights={"admin": ["*"]}))
    pupil(office, "gone", "04", status="inactive")
    names = ["ann", "boss", "aide", "eve", "nobody", "tess.e", "gone", "clerk"]
    made = order(office, "reset", by="aide", accounts=names, dry_run=True)
    assert (made["state"], made["would"], [one["account"] for one in made["first"]]) == ("preview", 1, ["ann"])
    assert {one["account"]: one["why"] for one in made["first_left_out"]} == {
        "boss": "higher_rank", "aide": "own_account", "eve": "out_of_reach", "nobody": "out_of_reach",
        "tess": "no_email", "gone": "nothing_to_do", "clerk": "no_email"}
    assert made["total"] == 6 and login(office, "ann")["state"] == "own"


def test_a_preview_changes_nothing_until_it_is_run_and_is_run_once(office: Office) -> None:
    before = {key: item for key, item in office.store.snapshot().items() if "#ACCOUNT#" in key.pk}
    made = order(office, "deactivate", filter={"school": "100", "role": "Student"}, dry_run=True)
    assert {key: item for key, item in office.store.snapshot().items()
            if "#ACCOUNT#" in key.pk and not key.sk.startswith("SESSION#")} == {
        key: item for key, item in before.items() if not key.sk.startswith("SESSION#")}
    for _ in range(2):
        assert office.ask("POST", f"{PATH}/{made['batch']}/run", token=office.token()).status == 202
    assert len(office.batches) == 1 and shown(office, made["batch"])["counts"] == {"done": 4}
    assert [event["what"] for event in office.audit()].count("batch.deactivate") == 1


def test_an_old_preview_is_looked_at_again(office: Office) -> None:
    made = order(office, "unlock", filter={"school": "100"}, dry_run=True)
    office.clock.at += 3_601
    token = open_session(office.ports, SITE, office.administrators[SITE]).access_token
    answer = office.ask("POST", f"{PATH}/{made['batch']}/run", token=token)
    assert (answer.status, answer.body["code"]) == (409, "OLD")


def test_rights_that_were_taken_meanwhile_count_no_longer(office: Office) -> None:
    office.works = False
    made = order(office, "reset", by="aide", filter={"school": "100", "grade": "04"})
    office.put(account("aide", "Staff"))
    assert office.work_on(made["batch"])
    assert office.store.get(keys.batch(SITE, made["batch"])).body["counts"] == {"out_of_reach": 2}
    assert login(office, "ann")["state"] == "own"
    assert sheet(office, made["batch"]) == {}


def test_who_lost_the_account_fails_the_batch(office: Office) -> None:
    office.works = False
    made = order(office, "reset", by="aide", filter={"school": "100", "grade": "04"})
    office.put(account("aide", "Staff", status="inactive"))
    assert office.work_on(made["batch"])
    assert shown(office, made["batch"])["state"] == "failed"


def test_work_that_ran_out_of_time_goes_on_where_it_was(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "PART_SIZE", 1)
    office.works = False
    made = order(office, "reset", filter={"school": "100", "role": "Student"})
    turns = iter([True, True, False])
    assert not office.work_on(made["batch"], in_time=lambda: next(turns))
    half = shown(office, made["batch"])
    assert (half["state"], half["done"], half["total"]) == ("running", 2, 4)
    first = login(office, "ann")
    assert office.work_on(made["batch"])
    assert login(office, "ann") == first
    assert shown(office, made["batch"])["counts"] == {"done": 4} and len(sheet(office, made["batch"])) == 4


@pytest.mark.parametrize("action", ["reset", "unlock", "deactivate"])
def test_a_part_that_is_done_twice_is_done_once(office: Office, action: str) -> None:
    for name in ("ann", "bob"):
        lock(office, name)
    office.works = False
    made = order(office, action, accounts=["ann", "bob"])
    head = office.store.get(keys.batch(SITE, made["batch"]))
    office.work_on(made["batch"])
    before = {key: item for key, item in office.store.snapshot().items()
              if not any(kind in key.pk for kind in ("#BATCH", "#AUDIT#"))}
    office.store.put_many([Item(head.key, head.body, 99)])      # as if nobody had noted how far it was
    office.work_on(made["batch"])
    after = {key: item for key, item in office.store.snapshot().items()
             if not any(kind in key.pk for kind in ("#BATCH", "#AUDIT#"))}
    assert before == after
    assert office.store.get(keys.batch(SITE, made["batch"])).body["counts"] == {"done": 2}


def test_a_section_s_teacher_unlocks_their_own_students_only(office: Office) -> None:
    office.put_item(keys.section(SITE, "709"), {"id": "709", "fields": {"school": "100"}, "members": {"ann": ["", ""]},
                                                "teachers": {"tess": "lead"}})
    office.put_item(keys.teaches(SITE, "tess", "709"), {"section": "709", "part": "lead"})
    pupil(office, "ann", "04", classes={"709": ["", "", "active"]})
    lock(office, "ann")
    made = order(office, "unlock", by="tess", filter={"section": "709"})
    assert shown(office, made["batch"], by="tess")["counts"]["done"] == 1
    order(office, "unlock", by="tess", filter={"school": "100"}, expect=403)
    order(office, "reset", by="tess", filter={"section": "709"}, expect=403)


@pytest.mark.parametrize(("body", "status"), [
    ({"filter": {}}, 403), ({"filter": {"school": "200"}}, 403), ({"filter": {"section": "nothing"}}, 404),
    ({}, 422), ({"filter": {"school": "100"}, "accounts": ["ann"]}, 422),
    ({"accounts": ["x"] * 10_001}, 422), ({"filter": {"school": "100", "grade": ""}}, 422)])
def test_an_order_that_is_not_taken(office: Office, body: dict[str, Any], status: int) -> None:
    order(office, "reset", by="aide", expect=status, **body)


def test_an_order_for_nobody_is_not_run(office: Office) -> None:
    assert order(office, "reset", filter={"school": "100", "grade": "12"}, expect=422)["code"] == "NOBODY"


def test_ten_thousand_names_fit_into_an_order(office: Office) -> None:
    names = [f"{number:019}" for number in range(9_999)]
    made = order(office, "unlock", accounts=[*names, "ann"], dry_run=True)
    assert (made["would"], made["left_out"]) == (1, {"out_of_reach": 9_999})


def test_the_site_is_for_who_holds_the_right_there(office: Office) -> None:
    made = order(office, "reset", filter={"never_signed_in": True, "role": "Student"}, dry_run=True)
    assert made["would"] == 5


def test_batches_are_listed_to_who_ordered_them_and_to_administrators(office: Office) -> None:
    one = order(office, "unlock", by="aide", filter={"school": "100"})["batch"]
    listed = office.ask("GET", PATH, token=office.token()).body["batches"]
    assert [found["batch"] for found in listed] == [one]
    assert office.ask("GET", PATH, token=office.token("clerk")).body["batches"] == []
    assert office.ask("GET", f"{PATH}/{one}", token=office.token("clerk")).status == 404
    assert shown(office, one)["links"] == [] and len(shown(office, one, by="aide")["links"]) == 1


def test_a_link_is_good_for_five_minutes_and_the_sheet_for_an_hour(office: Office) -> None:
    made = order(office, "reset", filter={"school": "100", "grade": "04"})["batch"]
    (link,) = shown(office, made)["links"]
    assert "seconds=300" in link
    assert [event["what"] for event in office.audit()].count("export.fetched") == 1


def test_no_secret_is_in_what_the_table_keeps_of_a_batch(office: Office) -> None:
    made = order(office, "reset", filter={"school": "100", "grade": "04"})["batch"]
    secrets = [line["First secret"] for line in sheet(office, made).values()]
    kept = str([item.body for item in office.store.snapshot().values()])
    assert all(secret and secret not in kept for secret in secrets)
