"""CSV bundles against the columns of the standard, and against the JSON of the same day."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import date, datetime
from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from cli.oneroster.bundle import columns, write_bundle
from cli.oneroster.district import OneRosterDistrict
from cli.oneroster.faults import parse
from tests.unit.provider.client import TODAY, client

SPECS = Path(__file__).parents[4] / "shared" / "specs" / "oneroster-columns.json"
STUDENTS = 400
VERSIONS = ["1.1", "1.2"]


def day(name: str = "today", *faults: str) -> OneRosterDistrict:
    return OneRosterDistrict(STUDENTS, 1, TODAY, day=name, faults=parse(faults))


def read(path: Path) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(path) as bundle:
        return {name: list(csv.DictReader(io.StringIO(bundle.read(name).decode(), newline=""), strict=True))
                for name in bundle.namelist()}


@pytest.fixture(scope="module")
def specs() -> dict:
    if not SPECS.exists():
        pytest.skip(f"the columns of the standard are not at {SPECS}")
    return json.loads(SPECS.read_text())


@cache
def made(kind: str, version: str) -> dict[str, list[dict[str, str]]]:
    """The files of a bulk bundle of today, or of the delta to the next day."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.zip"
        if kind == "bulk":
            return read(write_bundle(day(), path, version))
        return read(write_bundle(day("next-day"), path, version, since=day()))


every_bundle = pytest.mark.parametrize(("kind", "version"), list(product(["bulk", "delta"], VERSIONS)))
every_version = pytest.mark.parametrize("version", VERSIONS)


def fits(value: str, column: dict) -> bool:
    match column["type"]:
        case "guid":
            return re.fullmatch(r"[0-9A-Za-z./@_-]{1,255}", value) is not None
        case "guid-list":
            return all(re.fullmatch(r"[0-9A-Za-z./@_-]{1,255}", part) for part in value.split(","))
        case "id-list":
            return re.fullmatch(r"\{\w+:\w+\}(,\{\w+:\w+\})*", value) is not None
        case "date":
            return bool(date.fromisoformat(value)) and len(value) == 10
        case "datetime":
            return bool(datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ"))
        case "year":
            return re.fullmatch(r"\d{4}", value) is not None
        case "enum" | "boolean":
            return value in column["values"]
    return True


def test_the_columns_are_those_of_the_standard(specs):
    for version in VERSIONS:
        assert {f"{name}.csv": list(names) for name, names in columns(version).items()} == {
            name: [column["name"] for column in given] for name, given in specs[version]["files"].items()}


@every_bundle
def test_every_cell_is_what_its_column_wants(specs, kind, version):
    files = made(kind, version)
    for name, given in specs[version]["files"].items():
        for row in files[name]:
            for column in given:
                value = row[column["name"]]
                wanted = column["required"] == "required" or column["required"] == kind
                assert value or not wanted, (name, column)
                assert not value or fits(value, column), (name, column, value)
                assert not (value and kind == "bulk" and column["required"] == "delta")


@every_bundle
def test_the_manifest_tells_every_property_and_no_lie(specs, kind, version):
    files = made(kind, version)
    told = {row["propertyName"]: row["value"] for row in files["manifest.csv"]}
    assert len(told) == len(files["manifest.csv"])
    assert told.keys() == {given["property"] for given in specs[version]["manifest"]}
    assert (told["manifest.version"], told["oneroster.version"]) == ("1.0", version)
    modes = {name[5:]: mode for name, mode in told.items() if name.startswith("file.")}
    assert {name for name, mode in modes.items() if mode == kind} == {
        name.removesuffix(".csv") for name in files if name != "manifest.csv"}
    assert set(modes.values()) == {kind, "absent"}


@every_version
def test_every_reference_of_a_bulk_file_leads_to_a_row(specs, version):
    files = made("bulk", version)
    ids = {name.removesuffix(".csv"): {row["sourcedId"] for row in rows}
           for name, rows in files.items() if name != "manifest.csv"}
    for name, given in specs[version]["files"].items():
        for column in given:
            if "ref" in column:
                found = {id for row in files[name] for id in row[column["name"]].split(",") if id}
                assert found <= ids[column["ref"]], (name, column)


@every_version
def test_a_bundle_holds_the_same_people_as_the_answers(version):
    files = made("bulk", version)
    asking = client(students=STUDENTS, version=version)
    for collection in ("orgs", "academicSessions", "courses", "classes", "users", "enrollments", "demographics"):
        rows = asking.rows(collection)
        assert [row["sourcedId"] for row in files[f"{collection}.csv"]] == [row["sourcedId"] for row in rows]
    for cells, user in zip(files["users.csv"], asking.rows("users"), strict=True):
        assert (cells["givenName"], cells["familyName"], cells["enabledUser"], cells["username"]) == (
            user["givenName"], user["familyName"], user["enabledUser"], user["username"])
        assert cells["agentSourcedIds"] == ",".join(agent["sourcedId"] for agent in user.get("agents", ()))


@every_version
def test_a_delta_tells_who_left_and_who_came(version):
    files = made("delta", version)
    status = {row["sourcedId"]: row["status"] for row in files["demographics.csv"]}
    assert sorted(status.values()) == ["active"] * 6 + ["tobedeleted"] * 8
    assert status.items() <= {row["sourcedId"]: row["status"] for row in files["users.csv"]}.items()
    assert files["classes.csv"] == files["orgs.csv"] == []
    if version == "1.2":
        roles = {row["userSourcedId"]: row["status"] for row in files["roles.csv"]}
        assert status.items() <= roles.items()


def test_the_same_day_gives_the_same_bytes(tmp_path):
    first, second = (write_bundle(day(), tmp_path / f"{name}.zip").read_bytes() for name in "ab")
    assert first == second


def test_faults_that_spoil_answers_do_not_reach_a_bundle(tmp_path):
    spoiled = day("next-day", "order=random", "deletion=tobedeleted", "grades=K")
    assert write_bundle(spoiled, tmp_path / "a.zip").read_bytes() == (
        write_bundle(day("next-day"), tmp_path / "b.zip").read_bytes())


def test_an_unknown_version_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"one of: 1\.1, 1\.2"):
        write_bundle(day(), tmp_path / "a.zip", "1.0")
