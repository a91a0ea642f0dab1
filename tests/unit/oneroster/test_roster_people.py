"""Students, staff and guardians out of the rows of a district: the traps of the handbook, and who is held back."""

from __future__ import annotations

import pytest

from rostering.corrections import Correction
from tests.unit.oneroster import objects as z

BASE = [z.district(), z.org("o-1"), z.org("o-2")]


def of_student(*more: z.Told, **fields) -> dict:
    return z.one("student", [*BASE, *more, z.student(**fields)])


def of_staff(**fields) -> dict:
    return z.one("staff", [*BASE, z.teacher(**fields)])


def test_people_are_keyed_by_sourced_id_and_shown_by_identifier():
    (record,) = [each for each in z.records([*BASE, z.student(identifier="910001")]) if each.kind == "student"]
    assert (record.key, record.fields["id"], record.fields["school"]) == ("s-1", "910001", "o-1")


@pytest.mark.parametrize(("said", "shown"), [
    ({"metadata": {"student_number": "77"}}, "77"), ({"user_ids": [["LOCAL", "78"]]}, "78"),
    ({"user_ids": [["Student Number", "79"]]}, "79"), ({"user_ids": [["SIS", "80"]]}, "80"),
    ({"user_ids": [["LDAP", "81"]]}, "s-1"), ({}, "s-1")])
def test_without_an_identifier_another_number_is_shown(said, shown):
    assert of_student(identifier="", **said)["id"] == shown


@pytest.mark.parametrize(("ids", "state"), [
    ([["SSID", "910001"]], "910001"), ([["stateId", "5"]], "5"), ([["LDAP", "x"]], None), ([], None)])
def test_a_state_id_is_the_user_id_of_that_type(ids, state):
    assert of_student(user_ids=ids)["state_id"] == state


def test_state_ids_that_are_not_said_are_not_said():
    assert "state_id" not in of_student(user_ids=None)


@pytest.mark.parametrize(("word", "kind", "role", "title"), [
    ("teacher", "staff", "Teacher", None), ("Teacher", "staff", "Teacher", None),
    ("administrator", "staff", "Staff", "Administrator"), ("siteAdministrator", "staff", "Staff", "Site Administrator"),
    ("districtAdministrator", "staff", "Staff", "District Administrator"),
    ("systemAdministrator", "staff", "Staff", "System Administrator"), ("principal", "staff", "Staff", "Principal"),
    ("aide", "staff", "Staff", "Aide"), ("proctor", "staff", "Staff", "Proctor"),
    ("COUNSELOR", "staff", "Staff", "Counselor"), ("ext:coach", "staff", "Staff", "coach"),
    ("student", "student", None, None), ("parent", "guardian", None, None), ("Guardian", "guardian", None, None),
    ("relative", "guardian", None, None)])
def test_every_role_of_1_1_and_1_2_is_one_of_ours_and_none_is_a_right(word, kind, role, title):
    said = z.one(kind, [*BASE, z.user("u-1", word)])
    assert (said.get("role"), said.get("title")) == (role, title) and "rights" not in said


@pytest.mark.parametrize("word", ["ext:coach", "lunch lady"])
def test_a_role_that_nobody_knows_is_staff_and_told(word):
    assert z.codes([*BASE, z.user("u-1", word)]) == {"W-OR-ROLE"}


def test_a_user_without_a_role_is_held_back_and_of_no_kind_missing():
    read = z.roster([*z.small(), z.user("u-1", "")])
    list(read.records())
    assert read.codes == {"R-REQUIRED": 1}
    assert all("u-1" in read.scope()["present"][kind] for kind in ("student", "staff", "guardian"))
    assert "guardian_link" not in read.scope()["kinds"]      # nobody knows whom the user names


@pytest.mark.parametrize(("roles", "kind"), [
    ([z.role("guardian", type="secondary"), z.role("student")], "student"),
    ([z.role("student", type="secondary"), z.role("teacher")], "staff"),
    ([z.role("parent"), z.role("teacher")], "staff"),
    ([z.role("teacher", end="2026-10-01"), z.role("parent", type="secondary")], "guardian")])
def test_of_roles_of_two_kinds_the_primary_one_of_today_counts(roles, kind):
    rows = [*BASE, z.user("u-1", "", roles=roles)]
    assert [r.kind for r in z.records(rows) if r.key == "u-1"] == [kind]
    assert z.codes(rows) == (set() if any(each["end_date"] for each in roles) else {"W-OR-ROLES"})


@pytest.mark.parametrize(("fields", "home", "others"), [
    ({}, "o-1", ["o-2"]), ({"primary_org": "o-2"}, "o-2", ["o-1"]),
    ({"metadata": {"gg4l.primary_school": "o-2"}}, "o-2", ["o-1"]),
    ({"metadata": {"gg4l.primary_school": "o-9"}}, "o-1", ["o-2"]),
    ({"roles": [z.role("student", "o-2"), z.role("student", "o-1", type="secondary")]}, "o-2", ["o-1"]),
    ({"roles": [z.role("student", "d-1"), z.role("student", "o-1", type="secondary")]}, "o-1", None)])
def test_the_home_school_is_the_primary_one(fields, home, others):
    roles = [z.role("student", "o-1"), z.role("student", "o-2", type="secondary")]
    said = of_student(**({"roles": roles} | fields))
    assert (said["school"], said["other_schools"]) == (home, others)


def test_a_primary_school_may_be_named_by_its_identifier():
    rows = [z.org("o-1"), z.org("o-2", identifier="0012"), z.student(
        roles=[z.role(), z.role(org="o-2", type="secondary")], metadata={"gg4l.primary_school": "0012"})]
    assert z.one("student", rows)["school"] == "0012"


def test_who_is_in_a_department_is_in_the_school_above_it():
    dept = z.org("x-1", type="department", parent="o-2")
    assert of_student(dept, roles=[z.role(org="x-1")])["school"] == "o-2"


def test_staff_of_the_district_have_no_school_and_nobody_minds():
    rows = [*BASE, z.teacher(roles=[z.role("teacher", "d-1")])]
    assert "school" not in z.one("staff", rows) and z.codes(rows) == set()


@pytest.mark.parametrize(("org", "found"), [("d-1", {"R-OR-NO-SCHOOL"}), ("", {"R-OR-NO-SCHOOL"}),
                                            ("o-9", {"R-OR-NO-SCHOOL", "W-ORPHAN"})])
def test_a_student_at_no_school_is_held_back_and_present(org, found):
    read = z.roster([*BASE, z.student("s-1", roles=[z.role(org=org)]), z.student("s-2")])
    assert [r.key for r in read.records() if r.kind == "student"] == ["s-2"]
    assert set(read.codes) == found and read.scope()["present"] == {"student": ["s-1"]}


def test_without_all_orgs_a_student_loads_and_nothing_is_said_of_the_school():
    said = z.one("student", [z.student()], complete=["users"])
    assert "school" not in said and said["status"] == "active"


@pytest.mark.parametrize(("enabled", "status"), [
    ("true", "active"), ("TRUE", "active"), (True, "active"), ("1", "active"), ("", "active"), (None, "active"),
    ("false", "inactive"), (False, "inactive"), ("False", "inactive"), ("0", "inactive"), ("maybe", "active")])
def test_who_is_not_enabled_is_inactive(enabled, status):
    assert of_student(enabled=enabled)["status"] == status
    assert of_staff(enabled=enabled)["status"] == status


@pytest.mark.parametrize("word", ["tobedeleted", "ToBeDeleted", "inactive"])
@pytest.mark.parametrize("kind", ["student", "teacher"])
def test_who_was_deleted_is_said_to_be_inactive_and_nothing_else(word, kind):
    gone = z.user("u-1", kind, status=word, given_name="", agents=["g-1"])
    (record,) = [each for each in z.records([*BASE, gone]) if each.key == "u-1"]
    assert record.fields == {"status": "inactive"} and z.codes([*BASE, gone]) == set()


def test_a_status_that_nobody_knows_is_active_and_told():
    assert of_student(status="enrolled")["status"] == "active"
    assert z.codes([*BASE, z.student(status="enrolled")]) == {"W-OR-WORD"}


@pytest.mark.parametrize(("said", "primary", "grade", "found"), [
    (["09"], None, "09", set()), (["9"], None, "09", set()), (["K"], None, "KG", set()), (["KG"], None, "KG", set()),
    (["kindergarten"], None, "KG", set()), (["Pre-K"], None, "PK", set()), (["Grade 3"], None, "03", set()),
    (["10th"], None, "10", set()), (["13"], None, "13", set()), (["PS"], None, "PS", set()),
    (["09,10"], None, "09", {"W-OR-GRADES"}), (["09", "10"], "10", "10", set()), ([], "9", "09", set()),
    (["Other"], None, ..., {"W-OR-GRADE"}), (["99"], None, ..., {"W-OR-GRADE"}), ([], None, None, set()),
    (["09"], "Senior", "09", {"W-OR-GRADE"}), (None, None, ..., set())])
def test_grades_are_those_of_the_model_however_they_are_written(said, primary, grade, found):
    metadata = {"gg4l.primaryGrade": primary} if primary else None
    rows = [*BASE, z.student(grades=said, metadata=metadata)]
    assert z.one("student", rows).get("grade", ...) == grade and z.codes(rows) == found


def test_a_grade_that_is_left_out_is_told_as_it_was_written():
    read = z.roster([*BASE, z.student(grades=["Freshman"])])
    list(read.records())
    assert "'Freshman'" in read.problems[0].message


@pytest.mark.parametrize(("day", "stored", "found"), [
    ("2012-04-21", "2012-04-21", set()), ("2012-04-21 00:00", "2012-04-21", set()),
    ("2012-04-21T23:30:00.000-05:00", "2012-04-21", set()), ("", None, set()),
    ("21.04.2012", ..., {"W-OR-DATE"}), ("2012-04-21x", ..., {"W-OR-DATE"}), ("0001-01-01", ..., {"W-OR-DATE"})])
def test_birth_dates_come_from_demographics_and_a_date_has_no_time_zone(day, stored, found):
    rows = [*BASE, z.student(), z.birth(birth_date=day)]
    assert z.one("student", rows).get("birth_date", ...) == stored and z.codes(rows) == found


def test_demographics_that_were_deleted_say_nothing():
    assert "birth_date" not in of_student(z.birth(status="tobedeleted"))


def test_without_demographics_nothing_is_said_of_birth_dates():
    assert "birth_date" not in of_student()


@pytest.mark.parametrize(("begin", "end", "expected"), [
    ("2026-08-15", "2027-06-10", ("2026-08-15", "2027-06-09", "active")),
    ("2027-01-10", "", ("2027-01-10", None, "active")),
    ("2026-08-15", "2026-11-24", ("2026-08-15", "2026-11-23", "active")),      # the end is exclusive
    ("2026-08-15", "2026-11-23", ("2026-08-15", "2026-11-22", "active"))])     # the day says that it is over
def test_the_days_of_the_role_are_those_of_the_student(begin, end, expected):
    said = of_student(roles=[z.role(begin=begin, end=end)])
    assert (said["start_date"], said["end_date"], said["status"]) == expected


def test_staff_whose_roles_are_over_are_inactive():
    assert of_staff(roles=[z.role("teacher", end="2026-11-23")])["status"] == "inactive"
    assert of_staff(roles=[z.role("teacher", end="2026-11-24")])["status"] == "active"


@pytest.mark.parametrize(("email", "stored", "found"), [
    ("ada@example.org", "ada@example.org", set()), ("", None, set()), (None, ..., set()),
    ("no email", ..., {"W-OR-EMAIL"})])
def test_an_email_that_is_none_is_left_out_and_the_student_is_not(email, stored, found):
    rows = [*BASE, z.student(email=email)]
    assert z.one("student", rows).get("email", ...) == stored and z.codes(rows) == found


def test_two_of_a_family_with_one_email_load_without_it():
    rows = [*BASE, z.student("s-1", email="a@x.org"), z.student("s-2", email="A@x.org"), z.teacher(email="a@x.org")]
    said = z.of_kind("student", rows)
    assert set(said) == {"s-1", "s-2"} and not any("email" in each for each in said.values())
    assert z.one("staff", rows)["email"] == "a@x.org" and z.codes(rows) == {"W-OR-EMAIL-TWICE"}


def test_who_shares_an_email_is_told_of_each_other():
    read = z.roster([*BASE, z.student("s-1", email="a@x.org"), z.student("s-2", email="a@x.org")])
    list(read.records())
    assert "of s-2." in read.problems[0].message and "of s-1." in read.problems[1].message


def test_guardians_may_share_an_email():
    rows = [*BASE, z.parent("g-1", email="a@x.org"), z.parent("g-2", email="a@x.org")]
    assert all(each["email"] == "a@x.org" for each in z.of_kind("guardian", rows).values()) and z.codes(rows) == set()


def test_who_is_off_may_have_had_the_email():
    rows = [*BASE, z.student("s-1", email="a@x.org", enabled="false"), z.student("s-2", email="a@x.org")]
    assert z.of_kind("student", rows)["s-2"]["email"] == "a@x.org" and z.codes(rows) == set()


def test_two_students_with_one_number_are_shown_by_sourced_id():
    rows = [*BASE, z.student("s-1", identifier="A1"), z.student("s-2", identifier="a1"),
            z.student("s-3", user_ids=[["SSID", "1"]]), z.student("s-4", user_ids=[["SSID", "1"]])]
    said = z.of_kind("student", rows)
    assert (said["s-1"]["id"], said["s-2"]["id"]) == ("s-1", "s-2")
    assert "state_id" not in said["s-3"] and z.codes(rows) == {"W-OR-ID-TWICE"}


@pytest.mark.parametrize(("username", "stored", "found"), [
    ("Ada.L", "ada.l", set()), ("s-1@example.org", "s-1@example.org", set()), ("", ..., set()),
    ("ab", ..., {"W-OR-USERNAME"}), ("other@x.org", ..., {"W-OR-USERNAME"})])
def test_usernames_are_taken_where_the_settings_say_so(username, stored, found):
    rows = [*BASE, z.student(username=username)]
    assert z.one("student", rows, username_field=True).get("username", ...) == stored
    assert z.codes(rows, username_field=True) == found
    assert "username" not in z.one("student", rows) and z.codes(rows) == set()


def test_a_username_of_two_is_nobodys():
    rows = [*BASE, z.student(username="same"), z.teacher(username="Same")]
    assert not any("username" in each.fields for each in z.records(rows, username_field=True))
    assert z.codes(rows, username_field=True) == {"W-OR-USERNAME-TWICE"}


@pytest.mark.parametrize("kind", ["student", "teacher", "parent"])
@pytest.mark.parametrize(("name", "code"), [("", "R-REQUIRED"), ("<b>", "R-OR-TEXT"), ("x" * 65, "R-OR-TEXT")])
def test_who_has_no_name_is_held_back_and_present(kind, name, code):
    read = z.roster([*BASE, z.user("u-1", kind, given_name=name)])
    assert not [each for each in read.records() if each.key == "u-1"]
    assert read.codes == {code: 1}
    assert ["u-1"] in read.scope()["present"].values()


def test_a_correction_saves_a_person_without_a_name():
    corrected = Correction("gg4l:d1", "student", "s-1", "first_name", "Ada", "Ada", "admin", "2026-11-01T00:00:00.000Z",
                           "typo")
    read = z.roster([*BASE, z.student(given_name="")], corrections=[corrected])
    (said,) = [each.fields for each in read.records() if each.kind == "student"]
    assert said["first_name"] == "Ada" and read.codes == {"I-OR-CORRECTED": 1}
    assert "Ada" not in read.problems[0].message


def test_a_row_that_is_there_twice_counts_once_as_it_was_changed_last():
    rows = [*BASE, z.student(modified="2026-09-02T00:00:00Z", grades=["10"]),
            z.student(modified="2026-09-01T00:00:00Z"), z.student("s-2"), z.student("s-2", modified="2026-09-01")]
    said = z.of_kind("student", rows)
    assert said["s-1"]["grade"] == "10" and len(said) == 2
    read = z.roster(rows)
    list(read.records())
    assert read.codes == {"W-OR-REPEATED": 1} and read.counts["students"]["rows"] == 2


def test_two_persons_under_one_sourced_id_are_held_back():
    read = z.roster([*BASE, z.student(given_name="Ada"), z.student(given_name="Luis")])
    assert not [each for each in read.records() if each.kind == "student"]
    assert read.codes == {"R-DUP-KEY": 1} and read.scope()["present"] == {"student": ["s-1"]}


@pytest.mark.parametrize("changed", ["9999-12-31T00:00:00Z", "2026-11-25T00:00:00Z"])
def test_a_time_that_is_to_come_is_told_and_wins_nothing(changed):
    rows = [*BASE, z.student(modified=changed, grades=["10"]), z.student(modified="2026-09-01T00:00:00Z")]
    assert z.one("student", rows)["grade"] == "09"
    assert "W-OR-MODIFIED" in z.codes(rows)


def test_the_guardians_of_siblings_are_linked_to_both_of_them():
    found = z.records(z.small())
    assert [each.key for each in found if each.kind == "guardian"] == ["g-7"]
    assert {each.key for each in found if each.kind == "guardian_link"} == {("g-7", "s-1"), ("g-7", "s-2")}


@pytest.mark.parametrize("rows", [
    [z.student(agents=["g-7"]), z.parent()], [z.student(), z.parent(agents=["s-1"])],
    [z.student(agents=["g-7"]), z.parent(agents=["s-1"])]])
def test_agents_link_in_either_direction(rows):
    said = z.of_kind("guardian_link", [*BASE, *rows])
    assert said == {("g-7", "s-1"): {"relationship": "Parent", "label": "Parent", "status": "active"}}


@pytest.mark.parametrize(("word", "expected"), [
    ("parent", ("Parent", "Parent")), ("guardian", ("Guardian", "Guardian")), ("relative", ("Other", "Relative"))])
def test_the_relationship_is_the_role_of_the_agent(word, expected):
    said = z.one("guardian_link", [*BASE, z.student(agents=["g-7"]), z.user("g-7", word)])
    assert (said["relationship"], said["label"]) == expected


def test_at_most_five_guardians_are_linked_relatives_last_and_the_rest_is_present():
    listed = [f"g-{n}" for n in range(7)]
    rows = [*BASE, z.student(agents=listed), z.user("g-0", "relative"), *(z.parent(each) for each in listed[1:])]
    read = z.roster(rows)
    linked = {each.key[0] for each in read.records() if each.kind == "guardian_link"}
    assert linked == {"g-1", "g-2", "g-3", "g-4", "g-5"} and read.codes == {"W-OR-MANY-GUARDIANS": 1}
    assert read.scope()["present"]["guardian_link"] == [("g-0", "s-1"), ("g-6", "s-1")]


def test_whom_the_student_lists_comes_before_who_lists_the_student_and_who_is_off_takes_no_place():
    children = {"agents": ["s-1"]}
    rows = [*BASE, z.student(agents=["g-8", "g-9"]), z.parent("g-9", **children),
            *(z.parent(f"g-{n}", enabled="false" if n == 1 else "true", **children) for n in (1, 2, 3, 4, 5)),
            z.parent("g-8")]
    said = z.of_kind("guardian_link", rows)
    assert {guardian for (guardian, _), each in said.items() if each["status"] == "active"} == {
        "g-8", "g-9", "g-2", "g-3", "g-4"}
    assert said["g-1", "s-1"]["status"] == "inactive"
    assert ("g-5", "s-1") not in said


@pytest.mark.parametrize("gone", [{"status": "tobedeleted"}, {"enabled": "false"}])
def test_the_links_of_a_guardian_who_is_off_are_inactive(gone):
    rows = [*BASE, z.student(agents=["g-7"]), z.parent(**gone)]
    assert z.one("guardian_link", rows)["status"] == "inactive"


def test_a_deleted_guardian_says_whose_links_end_even_among_changes_alone():
    said = z.of_kind("guardian_link", [z.parent(status="tobedeleted", agents=["s-9"])], complete=[])
    assert said == {("g-7", "s-9"): {"status": "inactive"}}


@pytest.mark.parametrize(("rows", "code"), [
    ([z.student(agents=["g-9"])], "W-ORPHAN"), ([z.student(agents=["t-9"]), z.teacher()], "W-OR-AGENT"),
    ([z.student(agents=["g-7"]), z.parent(given_name="")], "R-PARENT"),
    ([z.student(), z.parent(agents=["s-9"])], "W-ORPHAN"),
    ([z.student(given_name="", agents=["g-7"]), z.parent()], "R-PARENT")])
def test_a_link_that_cannot_be_is_told_and_present(rows, code):
    read = z.roster([*BASE, *rows])
    assert not [each for each in read.records() if each.kind == "guardian_link"]
    assert read.codes[code] == 1 and len(read.scope()["present"]["guardian_link"]) == 1


def test_of_changes_alone_agents_that_are_not_there_are_counted():
    read = z.roster([*BASE, z.student(agents=["g-9"])], complete=[])
    assert not [each for each in read.records() if each.kind == "guardian_link"]
    assert read.codes == {"I-OR-EARLIER": 1} and "guardian_link" not in read.scope()["present"]


@pytest.mark.parametrize("half", [{"roles": None}, {"given_name": None, "family_name": None}])
def test_of_changes_alone_half_of_a_user_is_counted_and_changes_nothing(half):
    rows = [z.student(**half), z.enrolled()]
    read = z.roster(rows, complete=[])
    assert [each.kind for each in read.records()] == ["enrollment"] and read.codes == {"I-OR-EARLIER": 1}


def test_a_site_may_leave_guardians_out():
    read = z.roster(z.small(), guardian_source="none")
    assert not [each for each in read.records() if each.kind.startswith("guardian")]
    assert read.codes == {"I-OR-NO-GUARDIANS": 1} and "guardian_link" not in read.scope()["kinds"]
    assert read.counts["guardians"]["rows"] == 0


@pytest.mark.parametrize(("said", "stored"), [
    ({"phone": "555-555-0100"}, "555-555-0100"), ({"phone": "", "sms": "555-555-0199"}, "555-555-0199"),
    ({"phone": "", "sms": ""}, None), ({}, ...)])
def test_the_phone_of_a_guardian_is_the_phone_or_the_number_for_messages(said, stored):
    assert z.one("guardian", [*BASE, z.parent(**said)]).get("phone", ...) == stored


def test_no_problem_tells_a_name_an_address_or_a_date():
    rows = [*BASE, z.student("s-1", email="rosa at home", given_name="<Rosa>"), z.student("s-2", email="rosa at home"),
            z.student("s-3", email="same@x.org"), z.student("s-4", email="same@x.org"), z.parent(phone="call Rosa"),
            z.student("s-5", agents=["g-9"], user_ids=[["SSID", "Rosa" * 20]]), z.birth("s-3", birth_date="31.12.2009")]
    read = z.roster(rows, username_field=True)
    list(read.records())
    told = " ".join(problem.message for problem in read.problems)
    assert len(read.codes) >= 6
    assert not any(word in told for word in ("Rosa", "Lowe", "rosa", "2009", "same@"))
