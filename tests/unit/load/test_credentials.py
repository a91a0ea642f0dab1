"""Usernames and first secrets of a load, and the sheets they are printed on."""

from __future__ import annotations

import random

import pytest

from rostering import people
from rostering.credentials import envelope, first_secrets
from rostering.load import issue, printing
from rostering.load.handout import Office, Wanted
from rostering.model import Account
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.memory import MemoryFiles, MemoryStore
from tests import loads
from tests.unit.load import district as d

SECRETS = issue.SiteSecrets(pepper=b"p" * 32, data_key=b"k" * 32)


@pytest.fixture
def ground():
    store, files = MemoryStore(), MemoryFiles()
    loads.site(store)
    loads.run(store, files, "01A", [*d.small(), d.student("9", grade="KG", first_name="Ana")])
    ground = loads.Ground.open(store, files, loads.SITE, "01A", now=loads.NOW)
    for task in loads._tasks(ground, "people"):
        issue.issue(ground, task["shard"], secrets=SECRETS, random=random.Random(1))
    return ground


def signin(ground, username: str) -> dict:
    return ground.store.get(keys.username(loads.SITE, username)).body


def test_a_student_gets_a_secret_of_the_grade_band_that_signs_in(ground):
    young, older = signin(ground, "ana.g39"), signin(ground, "jose.g35")
    assert (young["band"], older["band"]) == ("primary", "intermediate")
    secret = envelope.unseal(young["envelope"], SECRETS.data_key, site=loads.SITE,
                             account=young["account"], version=young["secret_version"])
    assert first_secrets.matches(secret, young["mac"], SECRETS.pepper, young["account"])


def test_a_teacher_gets_a_name_and_no_secret(ground):
    assert signin(ground, "aruiz") == {"account": ground.account("staff", "t1"), "band": "employee",
                                       "issued_at": loads.NOW, "state": "claimed"}


def test_issuing_again_changes_no_secret(ground):
    before = ground.store.snapshot()
    for task in loads._tasks(ground, "people"):
        assert issue.issue(ground, task["shard"], secrets=SECRETS, random=random.Random(2)) == 0
    assert ground.store.snapshot() == before


def test_a_name_that_was_taken_since_the_plan_is_replaced_by_the_next():
    store, files = MemoryStore(), MemoryFiles()
    loads.site(store)
    loads.run(store, files, "01A", [d.school(), d.student("1")])
    store.insert(Item(keys.username(loads.SITE, "jose.g35"), {"account": "by-hand", "state": "own"}))
    ground = loads.Ground.open(store, files, loads.SITE, "01A", now=loads.NOW)
    assert issue.issue(ground, 0, secrets=SECRETS) == 1
    item = store.get(keys.account(loads.SITE, ground.account("student", "1")))
    assert people.account_of(item).username == "jose.ga35"
    assert signin(ground, "jose.ga35")["account"] == ground.account("student", "1")
    assert issue.issue(ground, 0, secrets=SECRETS) == 0


def test_no_secret_is_in_any_file_of_the_load(ground):
    secrets = [envelope.unseal(item.body["envelope"], SECRETS.data_key, site=loads.SITE,
                               account=item.body["account"], version=1).encode()
               for key, item in ground.store.snapshot().items() if "envelope" in item.body]
    assert len(secrets) >= 4
    for key in ground.files.list(""):
        assert not any(secret in ground.files.read(key) for secret in secrets), key


def gathered(office: Office, wanted: Wanted):
    return office.sheet_people(list(office.accounts(wanted)))


def test_a_load_prints_its_new_people_once_by_their_first_class(ground):
    office = Office(ground.store, loads.SITE, secrets=SECRETS)
    shown = gathered(office, Wanted(school="0012", load="01A"))
    parts = office.parts(shown)
    assert [(part.title, len(part.people)) for part in parts] == [
        ("Math 709", 3), ("Not in a class yet", 1), ("Teachers", 1), ("Guardians", 3)]
    assert parts[0].teacher == "Ana Ruiz"
    assert all(person.secret for part in parts for person in part.people if part.title != "Teachers")
    assert {person.students for person in parts[3].people} == {("José García",)}


def test_a_list_without_secrets_opens_no_envelope(ground):
    office = Office(ground.store, loads.SITE)
    shown = gathered(office, Wanted(school="0012"))
    assert len(shown) == 8 and not any(person.secret for _, person in shown)


def test_an_export_of_a_section_has_its_members_only(ground):
    office = Office(ground.store, loads.SITE, secrets=SECRETS)
    shown = gathered(office, Wanted(section="709"))
    [part] = office.parts(shown, section="709")
    assert len(part.people) == 3


def test_a_person_switched_off_is_not_printed(ground):
    loads.run(ground.store, ground.files, "01B", [d.school(), d.student("9", status="inactive")])
    office = Office(ground.store, loads.SITE)
    assert len(gathered(office, Wanted(school="0012", role="Student"))) == 3


@pytest.mark.parametrize("format", ["pdf", "xlsx", "csv"])
def test_every_form_of_sheet_is_made(ground, format):
    office = Office(ground.store, loads.SITE, secrets=SECRETS)
    accounts = list(office.accounts(Wanted(school="0012")))
    key = printing.print_sheet(ground.files, loads.SITE, format, office, accounts, name="x", printed_by="somebody",
                               look=printing.look_of("demo", {"name": "D"}), printed_on="today")
    assert (key, len(accounts)) == (f"exports/demo/x.{format}", 8)
    assert ground.files.size(key) > 500


def test_a_guardian_s_code_ends_after_sixty_days_and_is_printed_no_longer(ground):
    body = issue.signin_body("ABCDE-FGH23", band=first_secrets.GUARDIAN, site=loads.SITE, account="g", version=1,
                             secrets=SECRETS, now="2026-08-01T00:00:00.000Z")
    assert body["expires_at"] == "2026-09-30T00:00:00.000Z"
    guardian = Account("g", "Guardian", "active", "mum", {"last_name": "Ruiz"})
    ground.store.put_many([people.item_of(loads.SITE, guardian), Item(keys.username(loads.SITE, "mum"), body)])

    def told(now: str) -> tuple[str, str | None]:
        [(_, shown)] = Office(ground.store, loads.SITE, secrets=SECRETS, now=now).sheet_people([guardian])
        return shown.way_in, shown.secret

    assert told("2026-09-29T23:59:59.999Z") == ("code", "ABCDE-FGH23")
    assert told("2026-09-30T00:00:00.000Z") == ("ended", None)


def test_guardians_stand_by_the_class_of_a_child_whose_paper_goes_home(ground):
    office = Office(ground.store, loads.SITE, secrets=SECRETS)
    shown = gathered(office, Wanted(school="0012", stage="Guardian"))
    assert [(part.title, part.heading, part.teacher, len(part.people))
            for part in office.parts(shown, school="0012")] == [("Math 709", "Families of Math 709", "Ana Ruiz", 3)]


@pytest.mark.parametrize(("stage", "roles"), [
    ("Teacher", {"Teacher"}), ("Student", {"Student"}), ("Guardian", {"Guardian"})])
def test_a_stage_prints_those_it_hands_out(ground, stage, roles):
    office = Office(ground.store, loads.SITE)
    found = list(office.accounts(Wanted(school="0012", stage=stage)))
    assert {account.role for account in found} == roles and len({account.id for account in found}) == len(found)


def test_only_those_who_have_not_signed_in_are_printed_if_that_is_asked(ground):
    office = Office(ground.store, loads.SITE)
    every = list(office.accounts(Wanted(school="0012", role="Student")))
    ground.store.update(keys.account(loads.SITE, every[0].id), lambda body: body | {"signed_in_at": loads.NOW})
    left = list(office.accounts(Wanted(school="0012", role="Student", only_not_signed_in=True)))
    assert [account.id for account in left] == [account.id for account in every[1:]]
