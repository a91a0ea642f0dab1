"""A bundle: what each file counts as, and the rows that come out of it."""

from __future__ import annotations

import json

import pytest

from rostering.errors import InputError
from rostering.oneroster.bundle import Bundle, open_files, open_folder, open_zip
from rostering.oneroster.rows import Flaw, from_json
from tests.unit.oneroster.provider import (
    DEMOGRAPHICS,
    ENROLLMENTS,
    ORGS,
    ROLES,
    USERS_1_1,
    USERS_1_2,
    manifest,
    table,
    zipped,
)

HIGH = "o-1,,,Example High,school,1002,d-1"
ADA = 's-100,,,true,"o-1, o-2",student,ada.l,"{SSID:910001},{SIS:7}",Ada,Lowe,,910001,,,,g-7,"09,10",hunter2'
MARY = "g-7,,,true,o-1,guardian,m.lowe,,Mary,Lowe,,,mary@example.org,,,,,"
ROSA = "t-9,,,true,r.diaz,,Rosa,Diaz,,,,,,,,hunter2,9f3a,Rosi,,,o-1,she/her"


def opened(version: str = "1.1", modes: dict[str, str] | None = None, extended: tuple[str, ...] = (),
           **files: bytes) -> Bundle:
    said = dict.fromkeys(files, "bulk") if modes is None else modes
    held = {f"{name}.csv": data for name, data in files.items()}
    return open_files({"manifest.csv": manifest(version, **said)} | held, extended=extended)


def codes(bundle: Bundle) -> list[str]:
    return [problem.code for problem in bundle.problems]


def test_users_of_1_1():
    first, second = opened(users=table(USERS_1_1, ADA, MARY)).rows("users")
    assert first == ("s-100", {
        "modified": "", "enabled": "true", "username": "ada.l", "user_ids": [["SSID", "910001"], ["SIS", "7"]],
        "given_name": "Ada", "family_name": "Lowe", "middle_name": "", "identifier": "910001", "email": "", "sms": "",
        "phone": "", "agents": ["g-7"], "grades": ["09", "10"],
        "roles": [{"role": "student", "type": "primary", "org": "o-1", "begin_date": "", "end_date": ""},
                  {"role": "student", "type": "secondary", "org": "o-2", "begin_date": "", "end_date": ""}]}, 2)
    assert (second[0], second[1]["agents"], second[2]) == ("g-7", [], 3)


def test_users_of_1_2_have_the_roles_of_their_own_file():
    bundle = opened("1.2", users=table(USERS_1_2, ROSA, ROSA.replace("t-9", "t-10")), roles=table(
        ROLES, "r-1,,,t-9,primary,teacher,2026-08-01,2027-06-30,o-1,p-1", "r-2,,,nobody,primary,aide,,,o-1,",
        "r-3,,,t-9,secondary,principal,,,o-2,"))
    first, second, left = bundle.rows("users")
    assert first[1]["roles"] == [
        {"role": "teacher", "type": "primary", "org": "o-1", "begin_date": "2026-08-01", "end_date": "2027-06-30"},
        {"role": "principal", "type": "secondary", "org": "o-2", "begin_date": "", "end_date": ""}]
    assert (first[1]["preferred_given_name"], first[1]["primary_org"]) == ("Rosi", "o-1")
    assert second[1]["roles"] == []
    assert left == Flaw("R-OR-ROLE-USER", "roles", "nobody", 0, "nobody")


@pytest.mark.parametrize(("row", "code", "shown"), [
    ("r-2,,,t-10", "R-OR-RAGGED", ""), ("r-2,,,a#b,primary,teacher,,,o-1,", "R-OR-ID", "a#b"),
    ('r-2,,,"t"10,primary,teacher,,,o-1,', "R-OR-QUOTES", "")])
def test_a_role_that_can_not_be_read_may_be_that_of_any_user_who_has_none(row, code, shown):
    bundle = opened("1.2", users=table(USERS_1_2, ROSA, ROSA.replace("t-9", "t-10")),
                    roles=table(ROLES, "r-1,,,t-9,primary,teacher,,,o-1,", row))
    flaw, first, second = bundle.rows("users")
    assert flaw == Flaw(code, "roles", shown, 3)
    assert len(first[1]["roles"]) == 1 and "roles" not in second[1]


def test_two_rows_of_one_user_both_have_the_roles():
    bundle = opened("1.2", users=table(USERS_1_2, ROSA, ROSA), roles=table(ROLES, "r,,,t-9,primary,teacher,,,o-1,"))
    assert [len(row[1]["roles"]) for row in bundle.rows("users")] == [1, 1]


def test_a_role_that_is_to_be_deleted_is_none_and_who_has_no_other_says_nothing():
    bundle = opened("1.2", users=table(USERS_1_2, ROSA, ROSA.replace("t-9", "t-10")), roles=table(
        ROLES, "r-1,active,,t-9,primary,teacher,,,o-1,", "r-2,ToBeDeleted,,t-9,secondary,aide,,,o-2,",
        "r-3,inactive,,t-10,primary,aide,,,o-2,"))
    first, second = bundle.rows("users")
    assert [role["org"] for role in first[1]["roles"]] == ["o-1"]
    assert bundle.roles_mode == "upsert" and "roles" not in second[1]


def test_roles_that_alone_have_changed_make_a_row_of_nothing_else():
    delta = {"users": "delta", "roles": "delta"}
    bundle = opened("1.2", delta, users=table(USERS_1_2, ROSA.replace("t-9,,", "t-9,active,2026-09-01")),
                    roles=table(ROLES, "r-1,active,2026-09-01,t-10,primary,teacher,,,o-1,"))
    first, second = bundle.rows("users")
    assert "roles" not in first[1]
    assert (second[0], list(second[1]), second[1]["roles"][0]["role"]) == ("t-10", ["roles"], "teacher")


def test_users_of_1_2_without_a_roles_file_say_nothing_of_roles():
    bundle = opened("1.2", users=table(USERS_1_2, ROSA))
    assert "roles" not in next(bundle.rows("users"))[1]
    assert "W-OR-ROLES-FILE" in codes(bundle)


def test_a_user_has_a_hundred_roles_at_most():
    bundle = opened("1.2", users=table(USERS_1_2, ROSA), roles=table(
        ROLES, *(f"r-{at},,,t-9,secondary,teacher,,,o-{at}," for at in range(103))))
    *flaws, user = bundle.rows("users")
    assert len(user[1]["roles"]) == 100
    assert flaws == [Flaw("R-OR-ROLES", "roles", "t-9", at, "t-9") for at in (102, 103, 104)]


def test_roles_of_a_bundle_of_1_1_are_left_alone():
    bundle = opened("1.1", users=table(USERS_1_1, ADA), roles=table(ROLES, "r-1,,,s-100,primary,teacher,,,o-9,"))
    assert [role["org"] for role in next(bundle.rows("users"))[1]["roles"]] == ["o-1", "o-2"]
    assert "roles.csv" in bundle.ignored


def test_of_demographics_only_the_birth_date_is_kept():
    bundle = opened(demographics=table(
        DEMOGRAPHICS, "s-100,,,2012-04-21,female,true,true,true,true,true,true,true,PE,LIM,Lima,01652"))
    assert list(bundle.rows("demographics")) == [("s-100", {"modified": "", "birth_date": "2012-04-21"}, 2)]


def test_a_password_never_leaves():
    for bundle in (opened(users=table(USERS_1_1, ADA)), opened("1.2", users=table(USERS_1_2, ROSA))):
        assert "hunter2" not in json.dumps(list(bundle.rows("users"))) and "hunter2" not in repr(bundle)


def test_a_row_over_rest_and_a_row_in_a_file_are_the_same():
    over_rest = from_json("enrollments", {
        "sourcedId": "e-1", "dateLastModified": "", "user": {"sourcedId": "s-1"}, "class": {"sourcedId": "c-1"},
        "school": {"sourcedId": "o-1"}, "role": "student", "primary": "false", "beginDate": "2026-08-15",
        "endDate": ""}, page=2)
    bundle = opened(enrollments=table(ENROLLMENTS, "e-1,,,c-1,o-1,s-1,student,false,2026-08-15,"))
    assert list(bundle.rows("enrollments")) == [over_rest]


def test_extensions_are_kept_only_if_they_are_named():
    users = table("sourcedId,metadata.gg4l.primaryGrade,metadata.sis.badge,METADATA.ssn", "s-1,09,B1,123-45-6789")
    assert next(opened(users=users).rows("users"))[1]["metadata"] == {"gg4l.primaryGrade": "09"}
    assert next(opened(users=users, extended=("sis.badge",)).rows("users"))[1]["metadata"] == {
        "gg4l.primaryGrade": "09", "sis.badge": "B1"}


def test_columns_are_found_by_name_in_any_order():
    users = table("familyName,agents,orgs,grade,prefferedGivenName,role,sourcedId",
                  "Lowe,g-7,o-1,9,Addie,student,s-100")
    (row,) = opened(users=users).rows("users")
    assert row == ("s-100", {
        "family_name": "Lowe", "agents": ["g-7"], "grades": ["9"], "preferred_given_name": "Addie",
        "roles": [{"role": "student", "type": "primary", "org": "o-1", "begin_date": "", "end_date": ""}]}, 2)


def test_columns_that_are_required_and_not_there_are_told():
    bundle = opened(enrollments=table("sourcedId,classSourcedId,schoolSourcedId,role", "e-1,c-1,o-1,student"))
    assert [(one.code, one.tab, one.column) for one in bundle.problems] == [
        ("W-OR-COLUMN", "enrollments.csv", "userSourcedId")]


def test_a_bad_row_is_a_flaw_with_its_number_and_the_rest_goes_on():
    rows = list(opened(orgs=table(ORGS, HIGH, "o-2,,,Stray, comma,school,,", "a#b,,,X,school,,", "o-4,,,D,school,,",
                                  'o-5,"x"y,,E,school,,')).rows("orgs"))
    assert [row if isinstance(row, Flaw) else row[::2] for row in rows] == [
        ("o-1", 2), Flaw("R-OR-RAGGED", "orgs", "o-2", 3, "o-2"), Flaw("R-OR-ID", "orgs", "a#b", 4), ("o-4", 5),
        Flaw("R-OR-QUOTES", "orgs", "", 6)]


def test_a_ragged_row_whose_id_does_not_stand_first_is_nobodys():
    rows = list(opened(orgs=table("name,sourcedId", "A,o-1", "B,x,o-2")).rows("orgs"))
    assert rows[1] == Flaw("R-OR-RAGGED", "orgs", "", 3, "")


# ---------------------------------------------------------------------- modes


def test_each_file_counts_as_its_manifest_says():
    bundle = opened(modes={"orgs": "bulk", "enrollments": "delta", "users": "absent", "courses": "absent"},
                    orgs=table(ORGS, HIGH),
                    enrollments=table(ENROLLMENTS, "e-1,tobedeleted,2026-09-01T06:00:00.000Z,c,o,s,student,,,"))
    assert bundle.modes == {"orgs": "bulk", "academicSessions": "absent", "courses": "absent", "classes": "absent",
                            "users": "absent", "enrollments": "delta", "demographics": "absent"}
    assert (bundle.version, bundle.problems, bundle.counts) == ("1.1", (), {"orgs": 1, "enrollments": 1})
    assert list(bundle.rows("users")) == []


@pytest.mark.parametrize(("said", "row", "mode"), [
    ("bulk", HIGH, "bulk"), ("bulk", HIGH.replace("o-1,,", "o-1,active,"), "upsert"),
    ("bulk", HIGH.replace("o-1,,", "o-1,tobedeleted,"), "upsert"), ("delta", HIGH, "upsert"),
    ("delta", HIGH.replace("o-1,,", "o-1,active,"), "delta"), ("full", HIGH, "upsert"), ("", HIGH, "upsert"),
    ("BULK ", HIGH, "bulk"), (None, HIGH, "upsert")])
def test_a_manifest_that_lies_makes_nobody_missing(said, row, mode):
    bundle = opened(modes={} if said is None else {"orgs": said}, orgs=table(ORGS, row))
    assert bundle.modes["orgs"] == mode
    assert bool(bundle.problems) == (mode == "upsert")
    assert len(list(bundle.rows("orgs"))) == 1


def test_a_file_that_is_listed_and_not_there_is_absent_and_not_empty():
    bundle = opened(modes={"orgs": "bulk", "users": "bulk"}, orgs=table(ORGS, HIGH))
    assert (bundle.modes["users"], codes(bundle)) == ("absent", ["W-OR-NOT-THERE"])


def test_a_file_that_its_manifest_calls_absent_is_left_alone_even_if_it_is_broken():
    bundle = opened(modes={"orgs": "absent", "users": "bulk"}, orgs=b"\xff", users=table(USERS_1_1, ADA))
    assert (bundle.modes["orgs"], codes(bundle), bundle.ignored) == ("absent", ["W-OR-NOT-ANNOUNCED"], ("orgs.csv",))


def test_a_property_that_is_there_twice_with_two_values_decides_nothing():
    twice = manifest(orgs="bulk") + b"file.orgs,delta\r\n"
    assert open_files({"manifest.csv": twice, "orgs.csv": table(ORGS, HIGH)}).modes["orgs"] == "upsert"


@pytest.mark.parametrize(("files", "version"), [
    ({"users.csv": table(USERS_1_1, ADA)}, "1.1"), ({"users.csv": table(USERS_1_2, ROSA)}, "1.2"),
    ({"orgs.csv": table(ORGS, HIGH)}, "1.1")])
def test_without_a_manifest_nobody_is_missing(files, version):
    bundle = open_files(files)
    assert bundle.version == version and set(bundle.modes.values()) == {"upsert", "absent"}
    assert codes(bundle)[0] == "W-OR-NO-MANIFEST"


@pytest.mark.parametrize(("version", "expected"), [("1.1", "1.1"), ("1.2", "1.2"), ("1.2.1", "1.2"), (" 1.2 ", "1.2")])
def test_versions_that_are_read(version, expected):
    assert opened(version, orgs=table(ORGS, HIGH)).version == expected


@pytest.mark.parametrize("version", ["1.0", "2.0", "", "1.3", "v1p1"])
def test_versions_that_are_not(version):
    with pytest.raises(InputError) as error:
        opened(version, orgs=table(ORGS, HIGH))
    assert error.value.code == "F-OR-VERSION"


@pytest.mark.parametrize(("data", "code"), [
    (b"", "F-OR-EMPTY"), (b"propertyName,worth\n", "F-OR-MANIFEST"), (b"oneroster.version,1.1\n", "F-OR-HEADER"),
    (b"propertyName,value\noneroster.version\n", "F-OR-MANIFEST"), (b"propertyName,value\n", "F-OR-VERSION"),
    (b"propertyName,value\n" + b"a,b\n" * 1_001, "F-OR-MANIFEST")])
def test_a_manifest_that_can_not_be_read_turns_the_bundle_back(data, code):
    with pytest.raises(InputError) as error:
        open_files({"manifest.csv": data, "orgs.csv": table(ORGS, HIGH)})
    assert error.value.code == code


# ---------------------------------------------------------------------- where the files are


FILES = {"manifest.csv": manifest(orgs="bulk"), "orgs.csv": table(ORGS, HIGH)}


@pytest.mark.parametrize("names", [
    {}, {"orgs.csv": "Orgs.CSV", "manifest.csv": "MANIFEST.csv"},
    {"orgs.csv": "x/orgs.csv", "manifest.csv": "x/manifest.csv"}])
def test_files_are_found_at_the_root_or_in_one_folder_in_any_case(names):
    files = {names.get(name, name): data for name, data in FILES.items()}
    with open_zip(zipped(files | {"__MACOSX/._orgs.csv": b"\0", ".DS_Store": b"\0"})) as bundle:
        assert bundle.modes["orgs"] == "bulk" and len(list(bundle.rows("orgs"))) == 1 and bundle.ignored == ()


def test_files_of_gradebooks_and_others_are_listed_and_left_alone():
    bundle = open_zip(zipped(FILES | {"lineItems.csv": b"\xff", "results.csv": b"", "userProfiles.csv": b"",
                                      "read me.txt": b"", "old/orgs.csv": b""}))
    assert bundle.ignored == ("lineItems.csv", "results.csv", "userProfiles.csv", "old/orgs.csv", "read me.txt")


@pytest.mark.parametrize(("files", "code"), [
    ({"a/orgs.csv": b"", "b/users.csv": b""}, "F-OR-FOLDERS"), ({"inner.zip": b"PK"}, "F-OR-NESTED"),
    ({"readme.txt": b""}, "F-OR-NOTHING"), ({"lineItems.csv": b""}, "F-OR-NOTHING"), ({}, "F-OR-NOTHING")])
def test_where_no_roster_is_the_sentence_says_what_is_there_instead(files, code):
    with pytest.raises(InputError) as error:
        open_files(files)
    assert error.value.code == code


def test_a_folder_is_read_like_a_zip(tmp_path):
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "users.csv").symlink_to("/etc/passwd")
    with open_folder(tmp_path) as bundle:
        assert bundle.modes["users"] == "absent" and next(bundle.rows("orgs"))[0] == "o-1"


def test_collections_may_be_read_side_by_side_and_again():
    bundle = open_zip(zipped(FILES | {"users.csv": table(USERS_1_1, *[ADA] * 5_000)}))
    users = bundle.rows("users")
    next(users)
    assert len(list(bundle.rows("orgs"))) == len(list(bundle.rows("orgs"))) == 1
    assert sum(1 for _ in users) == 4_999
