"""JSON objects of both versions become the same rows, whatever is blank, missing or of another type."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rostering.oneroster.rows import COLLECTIONS, Flaw, by_the_standard, from_json

ORG = {"href": "http://169.254.169.254/", "sourcedId": "o-1", "type": "course"}
ADA = {
    "sourcedId": "s-100", "status": "active", "dateLastModified": "2026-09-01T06:00:00.000Z",
    "metadata": {"gg4l.primaryGrade": "09", "lunch": "free"}, "username": "ada.l",
    "userIds": [{"type": "SSID", "identifier": "910001"}], "enabledUser": "true", "givenName": " Ada ",
    "familyName": "Lowe", "middleName": "", "role": "student", "identifier": "910001", "email": "ada.l@example.org",
    "sms": "", "phone": None, "agents": [{"sourcedId": "g-7", "type": "user"}], "orgs": [ORG, {"sourcedId": "o-2"}],
    "grades": ["09"], "password": "hunter2"}
ROSA = {
    "sourcedId": "t-9", "enabledUser": True, "preferredFirstName": "Rosi", "preferredLastName": "D", "primaryOrg": ORG,
    "roles": [{"roleType": "primary", "role": "teacher", "org": ORG, "userProfile": "https://h/p-1",
               "beginDate": "2026-08-01", "endDate": "2027-06-30"}, "nonsense", {"role": "aide", "org": None}],
    "userProfiles": [{"profileId": "p", "credentials": [{"username": "r.diaz", "password": "hunter2"}]}]}


def row(collection: str, record: object, **more):
    return from_json(collection, record, page=3, **more)


def fields(collection: str, record: object, **more) -> dict:
    read = row(collection, record, **more)
    assert not isinstance(read, Flaw)
    return read[1]


def test_a_user_of_1_1_has_its_role_at_every_org_and_the_first_is_primary():
    assert row("users", ADA) == ("s-100", {
        "status": "active", "modified": "2026-09-01T06:00:00.000Z", "enabled": "true", "username": "ada.l",
        "user_ids": [["SSID", "910001"]], "given_name": "Ada", "family_name": "Lowe", "middle_name": "",
        "identifier": "910001", "email": "ada.l@example.org", "sms": "", "phone": "", "agents": ["g-7"],
        "grades": ["09"],
        "roles": [{"role": "student", "type": "primary", "org": "o-1", "begin_date": "", "end_date": ""},
                  {"role": "student", "type": "secondary", "org": "o-2", "begin_date": "", "end_date": ""}],
        "metadata": {"gg4l.primaryGrade": "09"}}, 3)


def test_a_user_of_1_2_has_the_roles_that_are_listed():
    assert fields("users", ROSA) == {
        "enabled": True, "preferred_given_name": "Rosi", "preferred_family_name": "D", "primary_org": "o-1",
        "roles": [{"role": "teacher", "type": "primary", "org": "o-1", "begin_date": "2026-08-01",
                   "end_date": "2027-06-30"},
                  {"role": "aide", "type": "", "org": "", "begin_date": "", "end_date": ""}]}


@pytest.mark.parametrize(("collection", "record", "expected"), [
    ("orgs", {"name": "Example High", "type": "school", "identifier": 1002, "parent": {"sourcedId": "d-1"}},
     {"name": "Example High", "type": "school", "identifier": "1002", "parent": "d-1"}),
    ("academicSessions", {"title": "Fall", "type": "term", "startDate": "2026-08-15", "endDate": "2026-12-20",
                          "parent": "y-27", "schoolYear": 2027},
     {"title": "Fall", "type": "term", "start_date": "2026-08-15", "end_date": "2026-12-20", "parent": "y-27",
      "school_year": "2027"}),
    ("courses", {"title": "Algebra 1", "courseCode": "ALG1", "grades": "09,10", "subjects": [], "org": ORG,
                 "schoolYear": {"sourcedId": "y-27"}, "subjectCodes": ["02"]},
     {"title": "Algebra 1", "code": "ALG1", "grades": ["09", "10"], "subjects": [], "org": "o-1",
      "school_year": "y-27"}),
    ("classes", {"title": "P2", "classCode": "A2", "classType": "Scheduled", "location": "R12", "grade": "K",
                 "subjects": ["Math, applied"], "periods": ["2", "", None], "course": {"sourcedId": "k-1"},
                 "school": ORG, "terms": [{"sourcedId": "t-1"}, {"href": "x"}, "t-2"]},
     {"title": "P2", "code": "A2", "type": "Scheduled", "location": "R12", "grades": ["K"],
      "subjects": ["Math, applied"], "periods": ["2"], "course": "k-1", "school": "o-1", "terms": ["t-1", "t-2"]}),
    ("enrollments", {"user": {"sourcedId": "s-1"}, "class": {"sourcedId": "c-1"}, "school": ORG, "role": "student",
                     "primary": False, "beginDate": "2026-08-15", "endDate": None},
     {"user": "s-1", "class": "c-1", "school": "o-1", "role": "student", "primary": False, "begin_date": "2026-08-15",
      "end_date": ""}),
    ("demographics", {"birthDate": "2012-04-21", "sex": "female", "white": "true", "cityOfBirth": "Lima"},
     {"birth_date": "2012-04-21"})])
def test_every_collection_keeps_what_is_listed_and_nothing_else(collection, record, expected):
    assert fields(collection, {"sourcedId": "x-1", **record}) == expected


def test_missing_is_not_said_and_null_or_blank_is_said_empty():
    assert "email" not in fields("users", {"sourcedId": "x"}) and "roles" not in fields("users", {"sourcedId": "x"})
    for blank in (None, "", "  "):
        said = fields("users", {"sourcedId": "x", "email": blank, "grades": blank, "agents": blank, "status": blank})
        assert said == {"email": "", "grades": [], "agents": []}


@pytest.mark.parametrize("raw", ["TRUE", "1", "yes", True, False])
def test_booleans_stay_as_they_were_sent(raw):
    assert fields("users", {"sourcedId": "x", "enabledUser": raw})["enabled"] == raw


def test_wrong_types_are_not_said():
    said = fields("users", {"sourcedId": "x", "email": {"a": 1}, "agents": 7, "grades": {}, "roles": {}, "userIds": 7.5,
                            "primaryOrg": [1, 2], "metadata": ["student_number"], "givenName": 5})
    assert said == {"user_ids": [["", "7.5"]], "given_name": "5"}


def test_extensions_are_kept_only_if_they_are_named():
    record = {"sourcedId": "x", "metadata": {"student_number": 17, "sis.badge": "B1", "ssn": "123-45-6789",
                                             "gg4l.primary_school": {"no": 1}}}
    assert fields("users", record)["metadata"] == {"student_number": "17"}
    assert fields("users", record, extended=["sis.badge"])["metadata"] == {"student_number": "17", "sis.badge": "B1"}


@pytest.mark.parametrize("record", [ADA, ROSA])
def test_a_password_never_leaves(record):
    assert "hunter2" not in json.dumps(row("users", record))


@pytest.mark.parametrize("sourced_id", ["a", "Bd3FgHj7Kl-gf51-1025-ST123456", "a b:c|d", "a/b@c_d.e", "x" * 255, 42])
def test_ids_that_are_met_are_taken(sourced_id):
    assert row("orgs", {"sourcedId": sourced_id})[0] == str(sourced_id)


@pytest.mark.parametrize("sourced_id", ["", "  ", None, "a#b", "a\nb", "a\x7fb", "x" * 256, True, 1.5, [], {}, "é",
                                        "\u202e"])
def test_ids_that_can_be_no_key_are_flaws_of_the_record(sourced_id):
    flaw = row("orgs", {"sourcedId": sourced_id})
    assert isinstance(flaw, Flaw) and (flaw.code, flaw.collection, flaw.place, flaw.sourced_id) == (
        "R-OR-ID", "orgs", 3, "")
    assert len(flaw.shown) <= 40 and flaw.shown.isprintable()


def test_an_id_beyond_the_standard_is_known_as_such():
    assert by_the_standard("a-1") and not by_the_standard("a b")


@pytest.mark.parametrize("record", [None, 5, "s-100", [], True])
def test_what_is_no_object_is_a_flaw(record):
    assert row("users", record) == Flaw("R-OR-RECORD", "users", "", 3)


ANY = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
                   lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                       st.sampled_from(["sourcedId", "type", "identifier", "role", "org", "x"]), inner, max_size=3),
                   max_leaves=8)
NAMES = st.sampled_from([*ADA, *ROSA, "class", "user", "school", "terms", "course", "parent", "org", "birthDate"])


@given(st.sampled_from(COLLECTIONS), st.dictionaries(NAMES, ANY))
def test_no_object_whatever_its_values_is_an_exception(collection, record):
    read = row(collection, record)
    assert isinstance(read, Flaw) or json.dumps(read[1])
