"""Emails that the newest delivery gave and that were not taken are told as errors in lists."""

from __future__ import annotations

from rostering.load import emails, tell
from rostering.load.ground import Ground
from rostering.load.handout import Office as Handout
from rostering.load.handout import Wanted
from rostering.store import keys
from tests.unit.import_sheet.office import Office, student, workbook


def load(office: Office, data: bytes) -> None:
    """Load a sheet, tell its end, and let it be the newest of its source."""
    name = office.load(data)
    tell.report(Ground.open(office.store, office.work, "demo", name, now=office.now()), office.inbox, state="done")
    office.store.update(keys.newest("demo", "sheet"), lambda body: {"load": name})


def told(office: Office) -> dict[str, str]:
    codes = emails.refused(office.store, office.work, "demo")
    handout = Handout(office.store, "demo", wrong_emails=codes)
    people = handout.sheet_people(list(handout.accounts(Wanted(role="Student"))))
    return {account.source_key: person.email_synced for account, person in people}


def test_a_row_with_a_bad_email_and_one_whose_email_is_another_s_are_errors():
    office = Office()
    load(office, workbook([student(1, email="a@d.org"), student(2, email="b@d.org"), student(3)]))
    assert told(office) == {"s1": "Yes", "s2": "Yes", "s3": "Not sent"}
    load(office, workbook([student(1, email="no mail"), student(3, email="b@d.org")]))
    assert told(office) == {"s1": "Error R-EMAIL", "s2": "Yes", "s3": "Error R-EMAIL-TAKEN"}
    load(office, workbook([student(1, email="a@d.org"), student(3, email="c@d.org")]))
    assert told(office) == {"s1": "Yes", "s2": "Yes", "s3": "Yes"}


def test_two_rows_with_one_email_are_both_errors():
    office = Office()
    load(office, workbook([student(1), student(2)]))
    load(office, workbook([student(1, email="a@d.org"), student(2, email="a@d.org")]))
    assert told(office) == {"s1": "Error R-EMAIL-TAKEN", "s2": "Error R-EMAIL-TAKEN"}


def test_a_site_without_a_load_has_no_errors():
    assert emails.refused(Office().store, Office().work, "demo") == {}
