"""One-time links: sent, told, used once, void; and the single-account acts on a person's way in."""

from __future__ import annotations

import io
import re
from typing import Any

import openpyxl
import pytest

from rostering.access import lockout
from rostering.access.passwords import hash_password
from rostering.credentials.first_secrets import mac_of
from rostering.store import keys
from tests.integration.accounts.office import OTHER_SITE, SITE, START, Answer, Mail, Office, account

WHY = {"reason": "first day of school"}
ENTER = f"/sites/{SITE}/sign-in"
NEW = "nine gray barns walk slowly"
OLD = "four green little tents"
HOUR, DAY = 3_600, 86_400


@pytest.fixture
def mail() -> Mail:
    return Mail()


@pytest.fixture
def office(mail: Mail) -> Office:
    """A teacher and a guardian with emails, a nurse without, a student; one who may reset, one who may print, too."""
    office = Office(mail=mail)
    office.put_item(keys.school(SITE, "100"), {"key": "100", "kind": "school", "fields": {}})
    person(office, "tess", "Teacher", fields={"email": "tess@d.example"})
    person(office, "nora", "Staff")
    person(office, "mum", "Guardian", school="", fields={"email": "mum@home.example"},
           students={"ann": ["Mother", "Mother", True, "active"]})
    person(office, "ann", fields={"grade": "04"})
    office.put(account("aide", "Staff", rights={"credentials.reset": ["100"]}))
    office.put(account("desk", "Staff", rights={"credentials.reset": ["100"], "credentials.export": ["100"]}))
    return office


def person(office: Office, name: str, role: str = "Student", *, login: dict[str, Any] | None = None,
           **more: Any) -> None:
    office.put(account(name, role, **more))
    office.put_item(keys.username(SITE, f"{name}.e"), {"account": name} | (login or {"state": "claimed"}))


def with_password(office: Office, name: str, role: str, **more: Any) -> None:
    person(office, name, role, login={"state": "own", "hash": hash_password(OLD)}, **more)


def act(office: Office, name: str, what: str = "invite", *, by: str = "desk", **more: Any) -> Answer:
    return office.ask("POST", f"/sites/{SITE}/accounts/{name}/{what}", token=office.token(by), body=WHY | more)


def code_in(text: str) -> str:
    found = re.search(rf"https://accounts\.example/sites/{SITE}/sign-in#code=((?:[0-9A-Z]{{5}}-?){{4}})\b", text)
    assert found, text
    return found[1]


def invited(office: Office, name: str) -> str:
    """The code of a new link."""
    answer = act(office, name)
    assert answer.status == 200, answer.text
    return code_in(answer.body["link"] or office.ports.mail.sent[-1][2])


def enter(office: Office, code: str) -> Answer:
    return office.ask("POST", ENTER, body={"code": code})


def choose(office: Office, token: str, new: str = NEW) -> Answer:
    return office.ask("POST", f"/sites/{SITE}/password", token=token, body={"new": new})


def signs_in(office: Office, name: str, secret: str) -> int:
    return office.ask("POST", ENTER, body={"username": f"{name}.e", "secret": secret}).status


def events(office: Office, what: str) -> list[dict[str, Any]]:
    return [event for event in office.audit() if event["what"] == what]


def test_a_link_is_emailed_and_leads_to_a_password_of_one_s_own(office: Office, mail: Mail) -> None:
    answer = act(office, "tess")
    assert (answer.status, answer.body["sent"], answer.body["email"], answer.body["link"]) == (
        200, True, "t***@d.example", "")
    [(to, subject, text)] = mail.sent
    assert to == ["tess@d.example"] and "Lakeview Schools" in subject and "a teacher" in text
    first = enter(office, code_in(text))
    assert (first.status, first.body["must_change"], first.body["username"]) == (200, True, "tess.e")
    asked = office.ask("GET", f"/sites/{SITE}", token=first.body["access_token"])
    assert (asked.status, asked.body["code"]) == (403, "CHOOSE_A_PASSWORD")
    assert choose(office, first.body["access_token"], "short password").status == 422
    assert choose(office, first.body["access_token"]).status == 200
    assert signs_in(office, "tess", NEW) == 200


def test_a_letter_holds_neither_username_nor_the_code_outside_of_the_fragment(office: Office, mail: Mail) -> None:
    code = invited(office, "tess")
    [(_, subject, text)] = mail.sent
    assert "tess.e" not in subject + text and code not in subject and text.count(code) == 1
    assert f"#code={code}" in text


def test_a_link_is_good_for_one_use(office: Office) -> None:
    code = invited(office, "tess")
    assert enter(office, code.lower().replace("-", " ")).status == 200
    assert (enter(office, code).status, enter(office, code).body["code"]) == (401, "CODE")


def test_a_new_link_voids_the_one_before(office: Office) -> None:
    first, second = invited(office, "tess"), invited(office, "tess")
    assert [enter(office, code).status for code in (first, second)] == [401, 200]


@pytest.mark.parametrize(("name", "state", "seconds"), [
    ("tess", "claimed", 72 * HOUR), ("tess", "own", 72 * HOUR), ("mum", "claimed", 60 * DAY),
    ("mum", "own", 72 * HOUR)])
def test_a_link_ends(office: Office, name: str, state: str, seconds: int) -> None:
    office.store.update(keys.username(SITE, f"{name}.e"), lambda body: body | {"state": state, "hash": "x"})
    early, late = invited(office, name), None
    office.clock.at += seconds - 1
    assert enter(office, early).status == 200
    office.clock.at = START
    late = invited(office, name)
    office.clock.at += seconds
    assert enter(office, late).status == 401


def test_what_opened_an_account_goes_on_until_a_new_password_is_chosen(office: Office) -> None:
    with_password(office, "tess", "Teacher", fields={"email": "t@d.example"})
    code = invited(office, "tess")
    assert signs_in(office, "tess", OLD) == 200
    token = enter(office, code).body["access_token"]
    assert signs_in(office, "tess", OLD) == 200
    assert choose(office, token).status == 200
    assert [signs_in(office, "tess", secret) for secret in (OLD, NEW)] == [401, 200]


def test_choosing_a_password_voids_links_and_ends_sessions(office: Office) -> None:
    with_password(office, "tess", "Teacher", fields={"email": "t@d.example"})
    other = office.ask("POST", ENTER, body={"username": "tess.e", "secret": OLD}).body["access_token"]
    token = enter(office, invited(office, "tess")).body["access_token"]
    late = invited(office, "tess")
    assert choose(office, token).status == 200
    assert enter(office, late).status == 401
    assert office.ask("GET", f"/sites/{SITE}", token=other).status == 401


def test_who_was_shut_out_by_wrong_tries_gets_in_by_a_link(office: Office) -> None:
    for number in range(100):
        office.clock.at += 1_000
        office.ask("POST", ENTER, body={"username": "tess.e", "secret": "wrong"}, address=f"198.51.{number}.1")
    office._tokens.clear()
    token = enter(office, invited(office, "tess")).body["access_token"]
    assert choose(office, token).status == 200
    assert signs_in(office, "tess", NEW) == 200


def test_a_guardian_s_code_on_paper_counts_beside_the_link_until_a_password_is_chosen(office: Office) -> None:
    mac = mac_of("ABCDE-FGH23", office.opened().pepper, "mum")
    person(office, "mum", "Guardian", school="", login={"state": "first_secret", "mac": mac},
           fields={"email": "mum@home.example"}, students={"ann": ["Mother", "Mother", True, "active"]})
    token = enter(office, invited(office, "mum")).body["access_token"]
    assert signs_in(office, "mum", "ABCDE-FGH23") == 200
    assert choose(office, token, "short words").status == 422
    assert choose(office, token).status == 200
    assert signs_in(office, "mum", "ABCDE-FGH23") == 401


@pytest.mark.parametrize("status", ["inactive", "pending"])
def test_a_link_of_who_is_not_active_opens_nothing(office: Office, status: str) -> None:
    code = invited(office, "tess")
    person(office, "tess", "Teacher", status=status, login=office.store.get(keys.username(SITE, "tess.e")).body)
    assert enter(office, code).status == 401


def test_a_link_of_one_site_opens_nothing_in_another(office: Office) -> None:
    code = invited(office, "tess")
    assert office.ask("POST", f"/sites/{OTHER_SITE}/sign-in", body={"code": code}).status == 401
    assert enter(office, code).status == 200


def test_a_void_activation_code_is_replaced_by_a_reset(office: Office) -> None:
    mac = mac_of("ABCDE-FGH23", office.opened().pepper, "mum")
    person(office, "mum", "Guardian", school="", login={"state": "first_secret", "mac": mac},
           students={"ann": ["Mother", "Mother", True, "active"]})
    for number in range(10):
        office.ask("POST", ENTER, body={"username": "mum.e", "secret": "wrong"}, address=f"198.51.{number}.1")
    assert signs_in(office, "mum", "ABCDE-FGH23") == 401
    [line] = lines(office, act(office, "mum", "password").body["batch"])
    entered = office.ask("POST", ENTER, body={"username": "mum.e", "secret": line["First secret"]})
    assert (entered.status, entered.body["must_change"]) == (200, True)
    assert [choose(office, entered.body["access_token"], new).status for new in ("gray barns", NEW)] == [422, 200]


def test_an_activation_code_counts_for_sixty_days(office: Office) -> None:
    [line] = lines(office, act(office, "mum", "password").body["batch"])
    office.clock.at += 60 * DAY
    assert signs_in(office, "mum", line["First secret"]) == 401
    office.clock.at -= 1
    assert signs_in(office, "mum", line["First secret"]) == 200


def test_where_no_letter_can_be_sent_the_link_is_told_once_to_who_may_export_secrets(office: Office) -> None:
    answer = act(office, "nora")
    assert (answer.status, answer.body["sent"], answer.body["email"]) == (200, False, "")
    assert enter(office, code_in(answer.body["link"])).status == 200
    refused = act(office, "nora", by="aide")
    assert (refused.status, refused.body["code"]) == (409, "NO_EMAIL")
    assert act(office, "tess", by="aide").body["sent"] is True


def test_who_may_print_can_have_the_link_although_it_could_be_emailed(office: Office, mail: Mail) -> None:
    answer = act(office, "tess", by_hand=True)
    assert mail.sent == [] and enter(office, code_in(answer.body["link"])).status == 200
    assert act(office, "tess", by="aide", by_hand=True).status == 403


def test_a_letter_that_fails_is_told_and_the_person_is_invited_again(office: Office, mail: Mail) -> None:
    mail.fails = True
    refused = act(office, "tess", by="aide")
    assert (refused.status, refused.body["code"]) == (503, "NOT_SENT")
    told = act(office, "tess").body
    assert "could not be delivered" in told["message"] and enter(office, code_in(told["link"])).status == 200
    assert [one["target"] for one in events(office, "invitation.told")] == ["tess"]
    mail.fails = False
    assert act(office, "tess", by="aide").body["sent"]


def test_each_link_is_audited_without_its_code(office: Office) -> None:
    codes = [invited(office, "tess"), invited(office, "nora")]
    assert [(one["target"], one["told"], one["reason"], one["by"]) for one in events(office, "invitation.issued")] == [
        ("tess", "email", WHY["reason"], "desk"), ("nora", "answer", WHY["reason"], "desk")]
    kept = str([(key, item.body) for key, item in office.store.snapshot().items()])
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)
    enter(office, codes[0])
    assert [one["target"] for one in events(office, "code.used")] == ["tess"]


@pytest.mark.parametrize(("name", "code"), [("ann", "NO_LINK"), ("gone", "NOTHING_TO_DO"), ("soon", "NOT_ACTIVE")])
def test_who_has_no_link_is_told_why(office: Office, name: str, code: str) -> None:
    person(office, "gone", "Teacher", status="inactive", fields={"email": "g@d.example"})
    person(office, "soon", "Teacher", status="pending", fields={"email": "s@d.example"})
    answer = act(office, name)
    assert (answer.status, answer.body["code"]) == (409, code)


def test_nobody_invites_who_ranks_higher_nor_oneself(office: Office) -> None:
    assert act(office, office.administrators[SITE]).status in (403, 404)
    assert act(office, "desk").status == 403


def test_where_people_sign_in_with_google_alone_there_is_no_link(office: Office) -> None:
    office.store.update(keys.settings(SITE), lambda body: body | {"sign_in": ["google"]})
    assert act(office, "tess").body["code"] == "NO_PASSWORDS"
    batch = office.ask("POST", f"/sites/{SITE}/batches", token=office.token(),
                       body={"action": "invite", "filter": {"school": "100"}} | WHY)
    assert batch.body["code"] == "NO_PASSWORDS"


def test_the_administrator_s_code_opens_the_api_as_before(office: Office) -> None:
    first = enter(office, office.codes[SITE])
    assert (first.status, first.body["must_change"]) == (200, False)
    assert office.ask("GET", f"/sites/{SITE}", token=first.body["access_token"]).status == 200


def test_a_teacher_who_is_reset_gets_a_link_and_loses_the_password(office: Office, mail: Mail) -> None:
    with_password(office, "tess", "Teacher", fields={"email": "t@d.example"})
    old = invited(office, "tess")
    made = act(office, "tess", "password")
    assert (made.status, made.body["action"]) == (202, "reset")
    assert signs_in(office, "tess", OLD) == 401 and enter(office, old).status == 401
    assert "was reset" in mail.sent[-1][1]
    assert [one["target"] for one in events(office, "password.reset")] == ["tess"]
    assert enter(office, code_in(mail.sent[-1][2])).status == 200


def test_a_student_who_is_reset_gets_a_first_secret_on_the_sheet_of_a_batch(office: Office) -> None:
    made = act(office, "ann", "password").body
    [line] = lines(office, made["batch"])
    assert signs_in(office, "ann", line["First secret"]) == 200


def test_unlocking_one_account_clears_the_counters(office: Office) -> None:
    place = keys.tries(SITE, lockout.digest_of(SITE, "tess.e"))
    office.put_item(place, lockout.failed(None, network="n", device="", now=START))
    assert act(office, "tess", "unlock").body == {"account": "tess", "unlocked": True}
    assert act(office, "tess", "unlock").body["unlocked"] is False
    assert not lockout.is_counting(office.store.get(place).body)
    assert [one["target"] for one in events(office, "account.unlocked")] == ["tess", "tess"]


def test_a_teacher_unlocks_their_own_students_alone_and_resets_and_invites_nobody(office: Office) -> None:
    office.put_item(keys.teaches(SITE, "tess", "709"), {"section": "709", "part": "lead"})
    person(office, "ann", classes={"709": ["", "", "active"]})
    person(office, "bob")
    assert act(office, "ann", "unlock", by="tess").status == 200
    assert act(office, "bob", "unlock", by="tess").status == 404
    assert [act(office, "ann", what, by="tess").status for what in ("password", "invite")] == [403, 403]


def lines(office: Office, batch: str) -> list[dict[str, Any]]:
    file = office.work.read(office.store.get(keys.batch(SITE, batch)).body["file"])
    header, *rows = openpyxl.load_workbook(io.BytesIO(file)).active.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def batch(office: Office, action: str = "invite", *, by: str = "desk", **more: Any) -> dict[str, Any]:
    made = office.ask("POST", f"/sites/{SITE}/batches", token=office.token(by),
                      body={"action": action} | (more or {"filter": {"school": "100"}}) | WHY)
    assert made.status == 202, made.text
    return office.ask("GET", f"/sites/{SITE}/batches/{made.body['batch']}", token=office.token(by)).body


def test_a_school_s_employees_are_invited_by_letter_or_on_the_sheet(office: Office, mail: Mail) -> None:
    done = batch(office, filter={"school": "100", "never_signed_in": True})
    assert (done["state"], done["counts"]) == ("done", {"done": 1, "no_link": 1, "own_account": 1, "no_username": 1,
                                                       "to_print": 1})
    told = {line["Username"]: line for line in lines(office, done["batch"])}
    assert (told["tess.e"]["Outcome"], told["tess.e"]["Link"] or "") == ("Emailed", "")
    assert told["nora.e"]["Outcome"] == "Not emailed: the link stands here" and "First secret" not in told["nora.e"]
    assert enter(office, code_in(told["nora.e"]["Link"])).status == 200
    assert [to for to, _, _ in mail.sent] == [["tess@d.example"]]
    assert [one["accounts"] for one in events(office, "password.exported")] == [["nora"]]


def test_who_may_not_print_links_leaves_out_whom_no_letter_reaches(office: Office) -> None:
    done = batch(office, by="aide", accounts=["tess", "nora"])
    assert done["counts"] == {"done": 1, "no_email": 1} and done["with_secrets"] is False
    assert {line["Outcome"] for line in lines(office, done["batch"])} == {
        "Emailed", "Not done: no email to send a link to"}
    assert batch(office, "reset", by="aide", accounts=["tess", "nora"])["counts"] == {"done": 1, "no_email": 1}
    assert office.store.get(keys.username(SITE, "nora.e")).body == {"account": "nora", "state": "claimed"}


def test_letters_that_fail_are_counted_and_sent_by_the_next_batch(office: Office, mail: Mail) -> None:
    mail.fails = True
    failed = batch(office, accounts=["tess", "mum"])
    assert failed["counts"] == {"not_sent": 2}
    assert {line["Outcome"] for line in lines(office, failed["batch"])} == {
        "Not sent: the mail service did not take the letter. Invite them again"}
    mail.fails = False
    assert batch(office, accounts=["tess", "mum"])["counts"] == {"done": 2} and len(mail.sent) == 2


def test_a_batch_that_goes_on_sends_no_letter_twice(office: Office, mail: Mail) -> None:
    office.works = False
    made = office.ask("POST", f"/sites/{SITE}/batches", token=office.token(),
                      body={"action": "invite", "accounts": ["tess", "mum"]} | WHY).body["batch"]
    head = office.store.get(keys.batch(SITE, made))
    office.work_on(made)
    code = code_in(mail.sent[0][2])
    now = office.store.get(head.key)
    office.store.replace(type(head)(head.key, head.body, now.version + 1), was=now.version)
    office.work_on(made)
    assert len(mail.sent) == 2 and enter(office, code).status == 200


def test_a_reset_of_employees_writes_links_on_the_sheet_where_no_letter_reaches_them(office: Office) -> None:
    with_password(office, "nora", "Staff")
    done = batch(office, "reset", accounts=["nora", "ann"])
    assert done["counts"] == {"done": 1, "to_print": 1}
    told = {line["Username"]: line for line in lines(office, done["batch"])}
    assert told["ann.e"]["First secret"] and not told["ann.e"]["Link"]
    assert signs_in(office, "nora", OLD) == 401
    assert enter(office, code_in(told["nora.e"]["Link"])).status == 200


def test_an_employee_made_by_hand_is_invited_at_once(office: Office, mail: Mail) -> None:
    order = {"role": "Teacher", "school": "100", "reason": "new", "invite": True,
             "fields": {"first_name": "Ana", "last_name": "Ruiz", "email": "ana@d.example"}}
    made = office.ask("POST", f"/sites/{SITE}/accounts", token=office.token(), body=order,
                      headers={"Idempotency-Key": "k"})
    assert (made.status, made.body["invitation"]["email"]) == (201, "a***@d.example"), made.text
    assert enter(office, code_in(mail.sent[-1][2])).body["account"] == made.body["account"]
    kept = [item.body for key, item in office.store.snapshot().items() if "#ONCE#" in key.pk]
    assert kept and "invitation" not in {name for one in kept for name in one["answer"] if one["answer"][name]}
    office.put(account("clerk", "Staff", rights={"accounts.manage": ["100"]}))
    order["fields"] |= {"first_name": "Bo", "email": "bo@d.example"}
    assert office.ask("POST", f"/sites/{SITE}/accounts", token=office.token("clerk"), body=order).status == 403
