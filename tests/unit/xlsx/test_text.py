"""How a cell's text is kept (import sheet, 4.5)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rostering.xlsx.batch import Cell
from rostering.xlsx.plain import texts
from rostering.xlsx.text import FORBIDDEN, forbidden, normalized, tidy
from rostering.xlsx.values import text_value


@pytest.mark.parametrize(("raw", "kept"), [
    ("Ana", "Ana"),
    ("", ""),
    ("   ", ""),
    ("  Ana   Ruiz ", "Ana Ruiz"),
    ("Ana\tRuiz", "Ana Ruiz"),
    ("Ana\r\nRuiz\n", "Ana Ruiz"),
    ("Ana_x000D_\nRuiz", "Ana Ruiz"),
    ("_x0041_na", "Ana"),
    ("_x005F_x000D_", "_x000D_"),
    ("_xD83D__xDE00_", "\U0001f600"),
    ("_x00e9_", "é"),
    ("_x12_", "_x12_"),
    ("Jose\u0301", "José"),
    ("Ana\u00a0Ruiz", "Ana Ruiz"),
    ("Ana\u2007\u202fRuiz", "Ana Ruiz"),
    ("\ufeffAna\u200b\u00ad", "Ana"),
    ("e\u200b\u0301", "é"),
    ("\u200b", ""),
    ("'004512", "004512"),
    ("''004512", "'004512"),
    (" '004512", "004512"),
    ("' 004512", "004512"),
    ("'", ""),
    ("O'Hara", "O'Hara"),
    ("O\u2019Hara", "O\u2019Hara"),
    ("-Smith", "-Smith"),
    ("=1+1", "=1+1"),
    ("\u3000Ana", "\u3000Ana"),
])
def test_text_is_kept_in_one_form(raw: str, kept: str) -> None:
    assert normalized(raw) == kept


@pytest.mark.parametrize("code", [0x00, 0x01, 0x08, 0x0B, 0x0C, 0x1F, 0x7F, 0x80, 0x85, 0x9F, 0x202A, 0x202E,
                                  0x2066, 0x2069, 0xD800, 0xDFFF, 0xFFFE, 0xFFFF])
def test_a_forbidden_character_makes_the_cell_a_problem(code: int) -> None:
    assert text_value(f"a_x{code:04X}_b") == Cell("bad_chars", f"a{chr(code)}b", f"a{chr(code)}b",
                                                  bad=chr(code))


@pytest.mark.parametrize("code", [0x20, 0x7E, 0xA1, 0x2029, 0x2030, 0x2065, 0xFFFD])
def test_its_neighbors_are_allowed(code: int) -> None:
    assert text_value(f"a_x{code:04X}_b") == f"a{chr(code)}b"


def test_forbidden_characters_are_listed_once_each_in_order() -> None:
    assert forbidden("a\x02b\x01c\x02") == "\x02\x01"


ODD = st.sampled_from([*"aZé '_\t\n\r<&\u00a0\u00ad\u0301\u200b\u202e\ufeff\u3000\U0001f600", "  ", "_x0041_",
                       "_x", "_xD83D_", "_xDE00_", "_xFFFE_", "\ud800", "\x7f", "\x85", "\u212b"])
TEXT = st.lists(ODD | st.characters(), max_size=8).map("".join)


@given(TEXT)
def test_what_is_kept_is_composed_trimmed_and_never_blank(raw: str) -> None:
    kept = normalized(raw)
    assert kept == kept.strip(" ")
    assert "  " not in kept
    assert unicodedata.is_normalized("NFC", kept)
    value = text_value(raw)
    assert value != ""
    assert isinstance(value, Cell) == bool(FORBIDDEN.search(kept))


@given(st.lists(st.none() | TEXT, max_size=6))
def test_many_texts_are_read_as_each_by_itself(raw: list[str | None]) -> None:
    raw = [one.replace("&", "") if one else one for one in raw]  # references are undone before
    assert texts(raw) == [text_value(one) if one else None for one in raw]


@given(st.lists(TEXT, max_size=6))
def test_tidy_texts_stay_as_they_are(raw: list[str]) -> None:
    lines = "\n".join(["", *(one.replace("\n", "") for one in raw if one), ""])
    if tidy(lines):
        assert all(text_value(one) == one for one in lines.split("\n") if one)


@pytest.mark.parametrize("text", ["Ana", "José", "O'Hara-Ruiz", "日本 太郎", "Zoë; x", "\U0001f600", "a.b@c.d"])
def test_usual_texts_are_tidy(text: str) -> None:
    assert tidy(f"\n{text}\n")
