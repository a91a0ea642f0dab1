"""What the command line keeps, and how it names things."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from accounts.routes import text_of
from cli import home
from cli.client import file_name, segment, ulid
from cli.follow import EXIT_CODES, as_problem
from cli.main import app
from cli.screen import Trouble, duration
from rostering.load.progress import OVER


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ROLLBOOK_HOME", str(tmp_path / "home"))
    for name in ("ROLLBOOK_API", "ROLLBOOK_SITE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


def test_a_session_is_kept_for_the_user_alone(at_home: Path) -> None:
    home.keep_session("demo", {"account": "a"})
    assert home.session("demo") == {"account": "a"}
    assert (at_home.stat().st_mode & 0o777, (at_home / "session.json").stat().st_mode & 0o777) == (0o700, 0o600)
    assert [path.name for path in at_home.iterdir()] == ["session.json"]


def test_a_session_is_forgotten() -> None:
    home.keep_session("demo", {})
    home.forget_session("demo")
    assert home.session("demo") is None


@pytest.mark.parametrize("broken", ["", "{", "[]", "null"])
def test_a_broken_file_is_no_session(at_home: Path, broken: str) -> None:
    at_home.mkdir()
    (at_home / "session.json").write_text(broken)
    assert home.session("demo") is None


def test_the_site_is_the_named_one_then_the_variable_then_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Trouble, match="Which site"):
        home.site_or_last(None)
    home.keep_session("last", {})
    assert home.site_or_last(None) == "last"
    monkeypatch.setenv("ROLLBOOK_SITE", "variable")
    assert home.site_or_last(None) == "variable"
    assert home.site_or_last("named") == "named"


def test_without_a_cloud_every_command_says_how_to_get_one() -> None:
    result = CliRunner().invoke(app, ["loads", "--site", "demo"])
    assert (result.exit_code, result.stderr) == (
        1, "No local cloud is up and ROLLBOOK_API is not set. Run: rollbook local up\n")


def test_the_status_without_a_cloud_is_1() -> None:
    result = CliRunner().invoke(app, ["local", "status", "--json"])
    assert (result.exit_code, '"up": false' in result.stdout) == (1, True)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40))
def test_a_path_segment_stands_for_its_text(text: str) -> None:
    written = segment(text)
    assert re.fullmatch(r"[A-Za-z0-9_.~-]*", written)
    assert text_of(written) == text


@pytest.mark.parametrize(("name", "kept"), [
    ("Fall sheet.xlsx", "Fall sheet.xlsx"), ("a/b\\c.xlsx", "abc.xlsx"), ("a\nb\u202ec.xlsx", "abc.xlsx"),
    ("..", "_"), ("", "_"), ("e\u0301.xlsx", "\u00e9.xlsx"), ("x" * 300 + ".xlsx", "x" * 100 + ".xlsx"),
    ("a+b%2B.xlsx", "a+b%2B.xlsx")])
def test_a_file_name_is_made_fit_for_a_key(name: str, kept: str) -> None:
    assert file_name(name) == kept


def test_names_by_time_sort_and_differ() -> None:
    made = [ulid() for _ in range(50)]
    assert len(set(made)) == 50
    assert all(re.fullmatch(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", one) for one in made)
    assert made[0][:9] <= made[-1][:9]


def test_every_end_of_a_load_has_an_exit_code() -> None:
    assert set(EXIT_CODES) == OVER | {"held"}


@pytest.mark.parametrize(("message", "code", "sentence"), [
    ("F-EMPTY: The file is empty.", "F-EMPTY", "The file is empty."),
    ("Something: else", "", "Something: else"), ("plain", "", "plain")])
def test_what_a_load_says_is_a_problem(message: str, code: str, sentence: str) -> None:
    found = as_problem(message)
    assert (found["code"], found["message"]) == (code, sentence)


@pytest.mark.parametrize(("seconds", "text"), [(0.04, "0.0 s"), (59.94, "59.9 s"), (61, "1 min 1 s")])
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text
