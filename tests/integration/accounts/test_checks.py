"""Check Data over the API: the people of a school by filter, what was sent, who may look."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from rostering import snapshot
from rostering.access import lockout
from rostering.checks import view
from rostering.checks.facts import Moment
from rostering.checks.filters import Filter
from rostering.feed import PHASES
from rostering.load import paths, turned
from rostering.load.manifest import NOWHERE, FeedManifest
from rostering.model import Account
from rostering.people import account_id
from rostering.sheet.turned import Row
from rostering.snapshot import Shard, Snapshot
from rostering.store import keys
from rostering.store.page import cursor
from tests.integration.accounts.office import SITE, START, Office, account

PEOPLE = f"/sites/{SITE}/schools/100/people"
ISSUED = "2026-08-01T00:00:00.000Z"


def term(office: Office, name: str, first: str, last: str) -> None:
    office.put_item(keys.term(SITE, "", name), {
        "key": f"|{name}", "kind": "term", "fields": {"name": name.title(), "start_date": first, "end_date": last}})


def section(office: Office, name: str, members: list[str], *, terms: list[str], teachers: dict[str, str] | None = None,
            school: str = "100", status: str = "active", **more: Any) -> None:
    office.put_item(
        keys.section(SITE, name),
        {"id": name, "key": name, "kind": "section", "status": status, "source": "sheet",
         "created": {"load": "L1", "row": 9},
         "fields": {"name": name.title(), "school": school, "terms": [f"|{one}" for one in terms], "course": "|math"},
         "teachers": teachers or {}, "members": {one: [] for one in members}} | more,
        listed=keys.listed_section(SITE, school, name, name))
    for one, part in (teachers or {}).items():
        office.put_item(keys.teaches(SITE, one, name), {"section": name, "part": part})


def login(office: Office, name: str, **body: Any) -> None:
    office.put_item(keys.username(SITE, f"{name}.e"), {"account": name} | body)


def pupil(office: Office, name: str, **more: Any) -> Account:
    fields = {"grade": "04", "email": f"{name}@d.org", "birth_date": f"2014-01-{len(name):02}"} | more.pop("fields", {})
    return office.put(account(name, fields=fields, created={"load": "L1", "row": 3}, **more))


@pytest.fixture
def office() -> Office:
    """A school on 2026-09-21: ann has everything, and each of the others lacks one thing."""
    office = Office()
    for school in ("100", "200"):
        office.put_item(keys.school(SITE, school), {"key": school, "kind": "school", "fields": {"name": school}})
    term(office, "fall", "2026-08-24", "2027-01-15")
    term(office, "spring", "2027-01-18", "2027-06-11")
    term(office, "old", "2026-01-12", "2026-06-12")
    link = {"gran": ["Grandparent", "", True, "active"]}
    now = {"math": ["2026-08-24", "", "active"]}
    pupil(office, "ann", classes=now, guardians=link, signed_in_at="2026-09-01T08:00:00.000Z")
    pupil(office, "bob", classes={"art": ["", "", "active"]}, guardians=link)
    pupil(office, "cid", guardians=link, fields={"grade": "05", "email": None})
    pupil(office, "dot", classes=now, fields={"email": "dot@home.org"},
          by_hand={"email": {"source": "dot@d.org", "at": "2026-09-02T00:00:00.000Z", "by": "x"}})
    pupil(office, "eve", classes=now, guardians=link, status="inactive")
    pupil(office, "fay", classes=now, guardians=link, fields={"first_name": "Ann", "birth_date": "2014-01-03"})
    pupil(office, "far", school="200")
    office.put(account("gran", "Guardian", students={"ann": ["Grandparent", "", True, "active"]}))
    office.put(account("tess", "Teacher", fields={"email": "tess@d.org"}, changed={"load": "L2", "row": 4}))
    office.put(account("tim", "Teacher"))
    aide = account("aide", "Staff", fields={"email": "ann@d.org"})
    aide.source = "manual"
    office.put(aide)
    section(office, "math", ["ann", "dot", "fay"], terms=["fall"], teachers={"tess": "lead"})
    section(office, "art", ["bob"], terms=["old", "spring"], teachers={"tess": "co"})
    first = {"state": "first_secret", "issued_at": ISSUED, "mac": "m", "envelope": b"e"}
    login(office, "ann", **first)
    login(office, "bob", **first)
    login(office, "cid", state="own", hash="h")
    login(office, "dot", state="claimed")
    login(office, "gran", **first, expires_at="2026-09-02T00:00:00.000Z")
    login(office, "tess", state="own", hash="h")
    tries = None
    for _ in range(12):
        tries = lockout.failed(tries, network="n", device="", now=START - 5)
    office.put_item(keys.tries(SITE, lockout.digest_of(SITE, "bob.e")), tries)
    return office


def asked(office: Office, path: str = PEOPLE, *, by: str = "", **query: Any) -> Any:
    return office.ask("GET", path, token=office.token(by), query=query)


def names(office: Office, path: str = PEOPLE, **query: Any) -> list[str]:
    """The accounts of every page."""
    found, after = [], None
    while True:
        answer = asked(office, path, **query, **({"after": after} if after else {}))
        assert answer.status == 200, answer.text
        found += [one["account"] for one in answer.body["people"]]
        after = answer.body["after"]
        if after is None:
            return found


EVERYBODY = ["gran", "aide", "ann", "fay", "bob", "cid", "dot", "eve", "tess", "tim"]


@pytest.mark.parametrize("limit", [1, 3, 200])
@pytest.mark.parametrize("sort", ["listed", "name", "grade", "signed_in", "load"])
def test_pages_of_any_size_in_any_order_make_the_same_list(office: Office, limit: int, sort: str) -> None:
    whole = names(office, sort=sort)
    assert sorted(whole) == sorted(EVERYBODY)
    assert names(office, sort=sort, limit=limit) == whole


def test_the_order_of_the_listing_is_by_role_and_name(office: Office) -> None:
    assert names(office) == EVERYBODY
    assert names(office, sort="signed_in")[-1] == "ann"


@pytest.mark.parametrize(("query", "expected"), [
    ({"role": "Teacher"}, ["tess", "tim"]),
    ({"grade": "5"}, ["cid"]),
    ({"status": "inactive"}, ["eve"]),
    ({"origin": "manual"}, ["aide"]),
    ({"never_signed_in": "true", "role": "Student"}, ["fay", "bob", "cid", "dot", "eve"]),
    ({"email": "not_sent"}, ["gran", "cid", "tim"]),
    ({"email": "by_hand"}, ["dot"]),
    ({"email": "differs"}, ["dot"]),
    ({"email": "error"}, []),
    ({"email": "yes", "role": "Teacher"}, ["tess"]),
    ({"first_secret": "none"}, ["aide", "fay", "dot", "eve", "tim"]),
    ({"first_secret": "issued"}, ["bob"]),
    ({"first_secret": "used"}, ["ann"]),
    ({"first_secret": "expired"}, ["gran"]),
    ({"first_secret": "own"}, ["cid", "tess"]),
    ({"locked": "true"}, ["bob"]),
    ({"no_class": "true"}, ["cid", "tim"]),
    ({"no_guardian": "true"}, ["dot"]),
    ({"out_of_term": "true"}, ["bob", "cid", "tim"]),
    ({"load": "L2"}, ["tess"]),
    ({"double": "name"}, ["ann", "fay"]),
    ({"double": "email"}, ["aide", "ann"]),
    ({"double": "any", "role": "Student"}, ["ann", "fay"]),
    ({"section": "math"}, ["ann", "fay", "dot", "tess"]),
    ({"section": "math", "role": "Teacher"}, ["tess"]),
])
@pytest.mark.parametrize("limit", [1, 200])
def test_filters(office: Office, query: dict[str, Any], expected: list[str], limit: int) -> None:
    assert names(office, limit=limit, **query) == expected


def delivered(office: Office, emails: dict[str, str] | None = None) -> None:
    """L2 is the newest delivery of the sheet; the emails of these (`kind/key`) were turned back."""
    office.put_item(keys.newest(SITE, "sheet"), {"load": "L0"})
    office.put_item(keys.delivered(SITE, "sheet"), {"source": "sheet", "load": "L2", "feed": "L2"})
    office.put_item(keys.load(SITE, "L2"), {"load": "L2", "site": SITE, "source": "sheet", "state": "done",
                                            "received_at": "2026-09-20T00:00:00.000Z"})
    told = {"tabs": {}, "problems": [], "emails": emails or {}}
    office.work.write(paths.reading(SITE, "L2"), gzip.compress(json.dumps(told).encode()))


def test_an_email_that_was_turned_back_is_an_error_with_its_code(office: Office) -> None:
    salt = office.store.get(keys.settings(SITE)).body["id_salt"]
    gus = pupil(office, account_id(salt, "sheet", "student", "7"), fields={"email": None})
    delivered(office, {"student/7": "R-EMAIL"})
    assert names(office, email="error") == [gus.id]
    line = next(one for one in asked(office).body["people"] if one["account"] == gus.id)
    assert line["email_state"] == "Error R-EMAIL"


def test_a_line_tells_what_has_to_be_right(office: Office) -> None:
    lines = {one["account"]: one for one in asked(office).body["people"]}
    assert lines["bob"] == lines["bob"] | {
        "role": "Student", "status": "active", "origin": "sis", "grade": "04", "email_state": "Yes", "classes": 1,
        "guardians": 1, "first_secret": "issued", "signed_in_at": "", "last_load": "L1"}
    assert lines["bob"]["locked_until"] > office.ports.time() and lines["ann"]["locked_until"] == ""
    assert (lines["tess"]["classes"], lines["tim"]["classes"], lines["tess"]["last_load"]) == (2, 0, "L2")
    assert "birth" not in asked(office).text and "2014-" not in asked(office).text


def test_where_a_lock_ends_only_by_hand_it_says_so(office: Office) -> None:
    office.put_item(keys.tries(SITE, lockout.digest_of(SITE, "cid.e")), {"all": [100, int(START) - 90_000]})
    lines = {one["account"]: one for one in asked(office, locked="true").body["people"]}
    assert lines["cid"]["locked_until"] == "until somebody unlocks it"


class Counted:
    """A store that counts what it is asked, as requests to DynamoDB (a batch get takes 100 keys)."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def get(self, key: Any) -> Any:
        self.asked.append("get")
        return self._store.get(key)

    def get_many(self, wanted: Any) -> Any:
        wanted = list(wanted)
        self.asked += ["batch get"] * -(-len(set(wanted)) // 100)
        return self._store.get_many(wanted)

    def query(self, pk: str, **more: Any) -> Any:
        self.asked.append("query")
        return self._store.query(pk, **more)

    def listing(self, pk: str, **more: Any) -> Any:
        page = self._store.listing(pk, **more)
        self.asked += ["query", *["batch get"] * -(-len(page.items) // 100)]
        return page


def looking(office: Office, store: Any) -> view.Looking:
    return view.Looking(store, SITE, Moment(office.ports.time(), "2026-09-21"), {})


@pytest.mark.parametrize("wanted", [{}, {"role": "Student"}, {"role": "Student", "locked": True}])
def test_the_first_page_of_a_big_school_is_one_query(office: Office, wanted: dict[str, Any]) -> None:
    for number in range(300):
        pupil(office, f"p{number:03}", school="900")
    counted = Counted(office.store)
    found = view.page(looking(office, counted), Filter(school="900", **wanted), limit=100)
    if wanted.get("locked"):
        assert (found.people, found.after, counted.asked.count("query")) == ([], None, 3)
    else:
        assert len(found.people) == 100 and found.after
        assert counted.asked == ["query", "batch get", "batch get", "batch get"]   # accounts; sign-ins and tries


def test_a_page_of_employees_asks_once_more_for_each(office: Office) -> None:
    counted = Counted(office.store)
    view.page(looking(office, counted), Filter(school="100", role="Teacher"))
    assert counted.asked.count("query") == 2 + 2       # the part of the role, who is only named there; tess, tim


def test_a_page_of_a_rare_filter_ends_after_so_many(office: Office) -> None:
    for number in range(3_000):
        office.put(account(f"p{number:04}", school="900"))
    first = view.page(looking(office, office.store), Filter(school="900", locked=True), limit=10)
    assert first.people == [] and first.after and 2_000 <= first.looked_at < 2_600
    second = view.page(looking(office, office.store), Filter(school="900", locked=True), limit=10, after=first.after)
    assert (second.people, second.after) == ([], None)


def test_who_is_named_by_another_school_is_shown_there_too_and_once(office: Office) -> None:
    for school in ("100", "200"):
        office.put_item(keys.member_of(SITE, "far", school), {"school": school},
                        listed=keys.Key(keys.people(SITE, school), "~far"))
    assert names(office).count("far") == 1
    assert names(office, f"/sites/{SITE}/schools/200/people") == ["far"]
    assert "far" in names(office, role="Student") and "far" not in names(office, role="Teacher")


def test_a_merged_account_is_not_listed(office: Office) -> None:
    office.put(account("gone", status="inactive", merged_into="ann"))
    assert "gone" not in names(office)


def test_those_without_a_school_stand_under_a_dash(office: Office) -> None:
    office.put(account("lost", "Staff", school=""))
    assert "lost" in names(office, f"/sites/{SITE}/schools/-/people")


@pytest.mark.parametrize(("who", "school", "query", "status"), [
    ("here", "100", {}, 200), ("here", "200", {}, 404), ("here", "-", {}, 404), ("there", "100", {}, 404),
    ("here", "100", {"section": "math"}, 200), ("there", "100", {"section": "math"}, 404),
    ("there", "200", {"section": "math"}, 404), ("tess", "100", {"section": "math"}, 200),
    ("tess", "100", {}, 404), ("tess", "200", {"section": "math"}, 404), ("tim", "100", {"section": "math"}, 404),
    ("tess", "100", {"section": "math", "role": "Teacher"}, 404), ("aide", "100", {}, 403), ("ann", "100", {}, 403),
    ("here", "nowhere", {}, 404), ("here", "100", {"section": "nothing"}, 404),
])
def test_who_sees_the_people_of_a_school(office: Office, who: str, school: str, query: dict, status: int) -> None:
    office.put(account("here", "Staff", rights={"accounts.manage": ["100"]}))
    office.put(account("there", "Staff", rights={"credentials.view": ["200"]}))
    answer = asked(office, f"/sites/{SITE}/schools/{school}/people", by=who, **query)
    assert answer.status == status, answer.text


def test_a_teacher_sees_the_students_of_a_class_of_theirs_alone(office: Office) -> None:
    answer = asked(office, by="tess", section="math")
    assert [one["account"] for one in answer.body["people"]] == ["ann", "fay", "dot"]


def test_looking_is_audited_without_names(office: Office) -> None:
    asked(office, role="Student")
    asked(office, f"/sites/{SITE}/schools/100/payload")
    events = office.audit()
    told = {(one["what"], one["school"]) for one in events if one["what"] in ("account.listed", "school.checked")}
    assert told == {("account.listed", "100"), ("school.checked", "100")}
    assert "Ann" not in json.dumps(events)


def sent(office: Office) -> dict[str, Any]:
    answer = asked(office, f"/sites/{SITE}/schools/100/payload")
    assert answer.status == 200, answer.text
    return {line["kind"]: line for line in answer.body["lines"]}


def test_what_the_sis_sent_is_told_beside_what_is_here(office: Office) -> None:
    delivered(office)
    codes = [("R-DATE", "Birth Date")]
    turned.write(office.work, SITE, "L2", [Row("student", str(row), "Students", row, "", school, codes)
                                           for row, school in enumerate(("100", "200", "100"), 2)])
    nothing: dict[str, list] = {phase: [] for phase in PHASES}
    FeedManifest(SITE, "L2", "sheet", "Complete list", "2026-09-20", NOWHERE, nothing,
                 {"students": {"rows": 9, "problems": 3}},
                 by_school={"student": {"100": 7, "200": 1}, "staff": {"100": 2}}).write(office.work)
    stands = Shard("f", active={"student": {"100": 6}, "guardian": {"100": 1}})
    snapshot.write(office.work, SITE, "sheet", Snapshot("L2", nothing | {"people": [stands]}))
    office.put_item(keys.match(SITE, "m1"), {"match": "m1", "state": "open", "source": "sheet", "kind": "student",
                                             "who": {"school": "100"}, "key": "9"})
    office.put_item(keys.match(SITE, "m2"), {"match": "m2", "state": "decided", "source": "sheet", "kind": "student",
                                             "who": {"school": "100"}, "key": "8"})
    lines = sent(office)
    assert lines["student"] == lines["student"] | {
        "source": "sheet", "load": "L2", "load_state": "done", "complete": True, "sent": 9, "stands": 6, "here": 5,
        "off": 1, "held": 1, "turned_back": 2}
    assert (lines["staff"]["sent"], lines["staff"]["here"], lines["staff"]["turned_back"]) == (2, 2, 0)
    assert (lines["guardian"]["sent"], lines["guardian"]["stands"], lines["guardian"]["here"]) == (None, 1, 1)


def test_a_delivery_that_is_no_longer_kept_leaves_its_numbers_unknown(office: Office) -> None:
    office.put_item(keys.newest(SITE, "sheet"), {"load": "L0"})
    lines = sent(office)
    assert (lines["student"]["sent"], lines["student"]["turned_back"], lines["student"]["here"]) == (None, None, 5)


def test_a_site_without_a_load_tells_of_no_source(office: Office) -> None:
    assert sent(office) == {}


def test_a_batch_chooses_by_the_same_rule(office: Office) -> None:
    for one in ({"locked": True}, {"first_secret": "none", "role": "Student"}, {"double": "name"},
                {"no_guardian": True}):
        listed = names(office, status="active", **{name: str(value).lower() if value is True else value
                                                   for name, value in one.items()})
        body = {"action": "unlock", "filter": {"school": "100", **one}, "reason": "because", "dry_run": True}
        made = office.ask("POST", f"/sites/{SITE}/batches", token=office.token(), body=body)
        assert made.status == 202, made.text
        assert [person["account"] for person in made.body["first"]] == listed


def test_an_export_carries_its_filter(office: Office) -> None:
    body = {"school": "100", "format": "csv", "reason": "gaps", "filter": {"no_class": True, "grade": "4"}}
    answer = office.ask("POST", f"/sites/{SITE}/exports", token=office.token(), body=body)
    assert answer.status == 202, answer.text
    kept = office.store.get(keys.export(SITE, answer.body["export"])).body
    assert kept["filter"] == {"no_class": True, "grade": "04"}


@pytest.mark.parametrize("who", ["ann", "tess", "tim", "aide"])
def test_an_export_by_who_may_not_is_refused_and_audited(office: Office, who: str) -> None:
    answer = office.ask("POST", f"/sites/{SITE}/exports", token=office.token(who),
                        body={"school": "100", "format": "csv", "reason": "curious"})
    assert answer.status == 403 and office.exports == []
    assert [(one["by"], one["asked"]) for one in office.audit() if one["what"] == "export.refused"] == [
        (who, "export.lists")]


@pytest.mark.parametrize(("school", "asked_for", "status"), [
    ("oak", "OAK", 200), ("0e7d-GUID", "0e7d-GUID", 200), ("0e7d-GUID", "0e7d-guid", 404)])
def test_ids_of_the_sheet_ignore_case_and_those_of_connections_keep_it(office: Office, school: str, asked_for: str,
                                                                       status: int) -> None:
    office.put_item(keys.school(SITE, school), {"key": school, "kind": "school", "fields": {}})
    section(office, f"{school}-s", ["ann"], terms=[], school=school)
    for query in ({}, {"section": f"{asked_for}-s"}):
        answer = asked(office, f"/sites/{SITE}/schools/{asked_for}/people", **query)
        assert answer.status == status
        assert status != 200 or answer.body["school"] == school


@pytest.mark.parametrize("after", [cursor("9", "-"), cursor("99999", "x"), "nonsense", cursor("0", "x")])
@pytest.mark.parametrize("sort", ["listed", "name"])
def test_a_cursor_that_leads_nowhere_ends_or_is_refused(office: Office, after: str, sort: str) -> None:
    answer = asked(office, after=after, sort=sort)
    assert (answer.status, answer.body.get("code")) == (400, "CURSOR") or (
        answer.body["people"], answer.body["after"]) == ([], None)
