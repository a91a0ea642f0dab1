"""`rollbook sheet` and `rollbook generate`, without any cloud."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli.main import app

ROOT = Path(__file__).parents[3]


def run(*arguments: Any) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sheets") / "district.xlsx"
    result = run("generate", "--students", 40, "--seed", 3, "--out", path)
    assert result.exit_code == 0, result.output
    return path


def changed(district: Path, tmp_path: Path, tab: str, cell: str, value: Any) -> Path:
    """The sheet with another value in one cell."""
    book = openpyxl.load_workbook(district)
    book[tab][cell] = value
    path = tmp_path / "changed.xlsx"
    book.save(path)
    return path


def test_a_template_is_written_and_has_no_data(tmp_path: Path) -> None:
    path = tmp_path / "empty.xlsx"
    assert run("sheet", "template", "--out", path).exit_code == 0
    assert "Students" in openpyxl.load_workbook(path).sheetnames
    checked = run("sheet", "check", path, "--json")
    assert checked.exit_code == 4
    assert [one["code"] for one in json.loads(checked.stdout)["problems"]] == ["T-NO-DATA"]


def test_a_made_up_district_is_fine(district: Path) -> None:
    checked = run("sheet", "check", district, "--json")
    told = json.loads(checked.stdout)
    assert (checked.exit_code, list(told), told["ok"]) == (0, ["ok", "counts", "problems"], True)
    assert told["counts"]["students"] == {"rows": 40, "loaded": 40, "turned_back": 0, "warnings":
                                          told["counts"]["students"]["warnings"]}
    assert not [one for one in told["problems"] if one["severity"] in "FTR"]


def test_a_row_with_an_error_is_told_and_the_rest_would_load(district: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(district)
    headers = [str(cell.value).removesuffix(" *") for cell in book["Students"][1]]
    column = openpyxl.utils.get_column_letter(headers.index("Grade") + 1)
    checked = run("sheet", "check", changed(district, tmp_path, "Students", f"{column}5", "Z9"), "--json")
    told = json.loads(checked.stdout)
    wrong = [one for one in told["problems"] if one["code"] == "R-GRADE"]
    assert (checked.exit_code, told["ok"]) == (0, True)
    assert wrong == [{"severity": "R", "code": "R-GRADE", "tab": "Students", "row": 5, "column": "Grade",
                      "message": "'Z9' is not a grade. Use KG, 01 ... 12."}]
    assert told["counts"]["students"]["turned_back"] == 1


def test_a_moved_column_turns_the_workbook_back(district: Path, tmp_path: Path) -> None:
    path = changed(district, tmp_path, "Students", "A1", "Nonsense")
    checked = run("sheet", "check", path)
    assert checked.exit_code == 4
    assert "nothing would be loaded" in checked.stdout


@pytest.mark.parametrize(("name", "data", "code"), [
    ("a.xlsx", b"", "F-EMPTY"), ("a.csv", b"School ID,Name\n1,Oak\n", "F-CSV"),
    ("a.xlsx", b"PK\x03\x04 damaged", "F-NOT-EXCEL"), ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None),
    ("a.xlsx", b"<html><body>x</body></html>", "F-HTML")])
def test_other_files_are_refused_with_the_catalog_s_sentence(tmp_path: Path, name: str, data: bytes,
                                                             code: str | None) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    checked = run("sheet", "check", path, "--json")
    (found,) = json.loads(checked.stdout)["problems"]
    assert checked.exit_code == 4 and found["severity"] == "F"
    assert code in (None, found["code"])
    assert "(" not in found["message"][:1] and found["message"].endswith(".")


def test_a_good_workbook_by_another_name_is_told_so(district: Path, tmp_path: Path) -> None:
    path = tmp_path / "sheet.xlsm.zip"
    path.write_bytes(district.read_bytes())
    assert json.loads(run("sheet", "check", path, "--json").stdout)["problems"][0]["code"] == "F-NAME"


@pytest.mark.parametrize("arguments", [("sheet", "check", "nowhere.xlsx"), ("sheet", "check", "."),
                                       ("sheet", "template", "--out", "/nowhere/at/all.xlsx")])
def test_a_path_that_doesn_t_work_is_one_sentence(arguments: tuple) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1 and result.stderr.endswith(".\n")


@pytest.mark.parametrize("arguments", [
    ("sheet", "template", "--out", "a.txt"), ("generate", "--students", 10, "--out", "a.csv"),
    ("generate", "--students", 10, "--variant", "nothing", "--out", "a.xlsx"),
    ("sheet", "template", "--out", "a.xlsx", "--load-type", "Everything"),
    ("generate", "--students", 0, "--out", "a.xlsx")])
def test_wrong_usage_ends_with_2(arguments: tuple, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*arguments).exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_checking_imports_no_cloud(district: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv = ['rollbook', 'sheet', 'check', sys.argv[1], '--json']\n"
         "from cli.main import app\n"
         "try: app()\nfinally: print(sorted({'boto3', 'botocore', 'requests', 'openpyxl', 'cryptography'} "
         "& set(sys.modules)), file=sys.stderr)", str(district)],
        cwd=ROOT, env={"PYTHONPATH": "functions:.", "PATH": ""}, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert told.stderr.strip() == "[]"


def test_a_hostile_zip_is_refused_not_read(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b" " * (30 << 20))
    checked = run("sheet", "check", path, "--json")
    assert checked.exit_code == 4
