"""What a delivery said of each school, and what of it was turned back, is kept by school."""

from __future__ import annotations

from rostering.checks import payload
from rostering.load import emails, hold, tell
from rostering.load.ground import Ground
from rostering.load.manifest import FeedManifest
from rostering.store import keys
from tests.unit.import_sheet.office import Office, student, workbook


def test_rows_are_counted_by_the_school_they_name() -> None:
    office = Office()
    data = workbook([student(1), student(2), student(3, grade="nope")])
    name = office.load(data)
    tell.report(Ground.open(office.store, office.work, "demo", name, now=office.now()), office.inbox, state="done")
    hold.note_delivery(Ground.open(office.store, office.work, "demo", name, now=office.now()))
    said = FeedManifest.read(office.work, "demo", name).by_school["student"]
    (school,) = said
    assert said == {school: 2}
    lines = {line.kind: line for line in payload.compare(office.store, office.work, "demo", school, [])}
    assert (lines["student"].sent, lines["student"].turned_back, lines["student"].stands) == (3, 1, 2)
    assert lines["student"].here == 0


def test_a_delivery_that_changes_nothing_is_the_newest_all_the_same() -> None:
    office = Office()
    for email in ("a@d.org", "no mail"):
        name = office.load(workbook([student(1, email=email)]))
        ground = Ground.open(office.store, office.work, "demo", name, now=office.now())
        tell.report(ground, office.inbox, state="done")
        hold.note_delivery(ground)
    assert list(emails.refused(office.store, office.work, "demo").values()) == ["R-EMAIL"]
    assert office.store.get(keys.newest("demo", "sheet")) is None
    assert office.store.get(keys.delivered("demo", "sheet")).body == {"source": "sheet", "load": name, "feed": name}
