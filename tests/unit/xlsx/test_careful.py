"""What the reader makes of a cell (import sheet, 4.3 and 4.5)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from rostering.xlsx.batch import Cell
from rostering.xlsx.styles import format_of
from tests.unit.xlsx.workbooks import (
    HEADER,
    MAIN,
    cell,
    inline,
    one,
    reason,
    row,
    strings,
    styles,
    values,
    workbook,
)


def a2(spelled: str, **more: Any) -> Any:
    """The value of a cell A2 spelled like this, next to a B2 that is never blank."""
    return one(workbook(HEADER + row(2, spelled, inline("B2", "x")), **more))


# Text.

@pytest.mark.parametrize(("spelled", "value"), [
    (inline("A2", "José"), "José"),
    (inline("A2", "O'Hara & Sons <1>"), "O'Hara & Sons <1>"),
    ('<c r="A2" t="inlineStr"><is><t xml:space="preserve"> a  b </t></is></c>', "a b"),
    ('<c r="A2" t="inlineStr"><is><r><rPr><b/></rPr><t>Jo</t></r><r><t>sé</t></r></is></c>', "José"),
    ('<c r="A2" t="inlineStr"><is><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></is></c>', "東京"),
    ('<c r="A2" t="inlineStr"><is><t>O<![CDATA[\'Ne]]>i<!-- c -->l</t></is></c>', "O'Neil"),
    ('<c r="A2" t="inlineStr"><is><t>a&#65;&#x42;</t></is></c>', "aAB"),
    ('<c r="A2" t="inlineStr"><is><t/></is></c>', None),
    ('<c r="A2" t="inlineStr"><is/></c>', None),
    ('<c r="A2" t="inlineStr"/>', None),
    ('<c r="A2" t="inlineStr"><v>x</v></c>', "x"),
    ('<c r="A2"><is><t>x</t></is></c>', "x"),
    ('<c r="A2" t="str"><v>x</v></c>', "x"),
    ('<c r="A2" t="str"><v></v></c>', None),
    ('<c r="A2" s="1"/>', None),
    ('<c r="A2"></c>', None),
    ('<c r="A2"><v/></c>', None),
    ('<c r="A2" t="inlineStr"><is><t>_x000D_</t></is></c>', None),
    ('<c r="A2" cm="1" t="inlineStr"><is><t>x</t></is><extLst><ext uri="u"><y xmlns="z"/></ext></extLst></c>',
     "x"),
])
def test_text_is_read_however_it_is_spelled(spelled: str, value: str | None) -> None:
    assert a2(spelled) == value


def test_a_bad_character_is_told() -> None:
    assert a2(inline("A2", "a_x0007_b")) == Cell("bad_chars", "a\x07b", "a\x07b", bad="\x07")


# Shared strings.

@pytest.mark.parametrize(("index", "value"), [("0", "Ana"), ("1", None), ("2", "a b"), ("0000000", "Ana"), ("", None),
                                              ("3", Cell("bad_chars", "\x01", "\x01", bad="\x01"))])
def test_a_shared_string_is_read_by_its_index(index: str, value: Any) -> None:
    assert a2(cell("A2", index, type="s"), strings=strings("Ana", " ", "a  b", "_x0001_")) == value


def test_an_empty_v_of_a_shared_string_is_a_blank_cell() -> None:
    assert a2('<c r="A2" t="s"><v/></c>', strings=strings("Ana")) is None


@pytest.mark.parametrize("index", ["4", "-1", "+1", "1.0", " 1", "1 ", "00000001", "99999999999", "x", "\u0661"])
def test_an_index_that_is_none_is_refused(index: str) -> None:
    data = workbook(HEADER + row(2, cell("A2", index, type="s")), strings=strings("a", "b", "c", "d"))
    assert reason(data) == ("BAD_SHARED_STRING", "F-UNSAFE")


def test_an_index_without_shared_strings_is_refused() -> None:
    assert reason(workbook(row(2, cell("A2", "0", type="s"))))[0] == "BAD_SHARED_STRING"


def test_runs_of_a_shared_string_are_joined_and_phonetic_ones_ignored() -> None:
    found = (f'<sst xmlns="{MAIN}"><si><r><t>Jo</t></r><r><rPr><b/></rPr><t xml:space="preserve">sé </t></r></si>'
             '<si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="1"/></si><si/></sst>')
    data = workbook(row(2, *(cell(f"{letter}2", index, type="s") for index, letter in enumerate("ABC")),
                        inline("D2", "x")), strings=found)
    assert values(data, width=4)[2] == ["José", "東京", None, "x"]


# Numbers.

@pytest.mark.parametrize(("raw", "shown"), [
    ("123", "123"), ("123.0", "123"), ("0", "0"), ("-5", "-5"), ("1.5", "1.5"), ("4.0999999999999996", "4.1"),
    ("1E3", "1000"), ("1.23E+9", "1230000000"), ("0123", "123"), ("999999999999999", "999999999999999"),
    ("1000000000000000", "1000000000000000"), ("12345678901234567890", "12345678901234567890"),
    ("1.2345678901234568E+19", "1.2345678901234568E+19"), ("1e-7", "1e-7"),
])
def test_a_number_is_shown_as_excel_shows_it(raw: str, shown: str) -> None:
    assert a2(cell("A2", raw)) == Cell("number", raw, shown, number=float(raw))


@pytest.mark.parametrize("raw", ["NaN", "INF", "1_000", "1E400", "-1E999", "0x10", "1,5", "\u0661\u0662", "1.",
                                 ".5", "--1", "1 2", "+5", "9" * 65])
def test_a_number_excel_could_not_have_written_is_an_error(raw: str) -> None:
    assert a2(cell("A2", raw)) == Cell("error", raw, raw)


@pytest.mark.parametrize(("code", "shown", "kept"), [
    ("000000", "000123", True), ("000", "123", False), ("0", "123", False), ("00000;-00000", "00123", True),
    ('[Red]00000', "00123", True), ("[$-409]0000", "0123", True), ("0.00", "123", False), ("#0", "123", False),
    ("@", "123", False), ("0" * 65, "123", False), ("General", "123", False),
])
def test_an_all_zero_format_pads(code: str, shown: str, kept: bool) -> None:
    assert a2(cell("A2", "123", style="1"), styles=styles(code)) == Cell(
        "number", "123", shown, zeros_kept=kept, number=123.0)


def test_zeros_are_put_before_whole_positive_numbers_only() -> None:
    data = workbook(row(2, *(cell(f"{letter}2", raw, style="1") for letter, raw in
                             zip("ABC", ("-12", "1.5", "1e20"), strict=True))), styles=styles("000000"))
    assert [value.shown for value in values(data)[2]] == ["-12", "1.5", "1e20"]


@pytest.mark.parametrize("style", ["2", "65000", "99999999", "-1", "x", ""])
def test_a_style_out_of_range_is_general(style: str) -> None:
    assert a2(f'<c r="A2" s="{style}"><v>123</v></c>', styles=styles("000000")).shown == "123"


@pytest.mark.parametrize(("spelled", "expected"), [
    (cell("A2", "1", type="b"), Cell("bool", "TRUE", "TRUE")),
    (cell("A2", "0", type="b"), Cell("bool", "FALSE", "FALSE")),
    (cell("A2", "true", type="b"), Cell("bool", "TRUE", "TRUE")),
    (cell("A2", "2", type="b"), Cell("error", "2", "2")),
    (cell("A2", "#N/A", type="e"), Cell("error", "#N/A", "#N/A")),
    (cell("A2", "5", type="n"), Cell("number", "5", "5", number=5.0)),
    (cell("A2", "5", type="zzz"), Cell("error", "5", "5")),
    (cell("A2", "2026-08-24", type="d"), Cell("date", "2026-08-24", "8/24/2026", date=date(2026, 8, 24))),
    (cell("A2", "2026-08-24T00:00:00", type="d"),
     Cell("date", "2026-08-24T00:00:00", "8/24/2026", date=date(2026, 8, 24))),
    (cell("A2", "2026-13-01", type="d"), Cell("date", "2026-13-01", "2026-13-01")),
    (cell("A2", "soon", type="d"), Cell("error", "soon", "soon")),
])
def test_other_types_are_told(spelled: str, expected: Cell) -> None:
    assert a2(spelled) == expected


# Dates.

@pytest.mark.parametrize("code", ["m/d/yyyy", "yyyy-mm-dd", "[$-409]d-mmm-yy;@", 'dd"."mm', "h:mm", "[h]:mm:ss",
                                  "[Red]d/m", "M/D", "\\d d", "mmm"])
def test_a_date_format_is_one(code: str) -> None:
    assert format_of(code).is_date


@pytest.mark.parametrize("code", ["General", "@", "0", "0.00E+00", "#,##0", '"dmy"0', "[Red]0", "\\d0", "_d0",
                                  "*d0", "0;d", "", '"unclosed d', "[$-mdy]0"])
def test_other_formats_are_none(code: str) -> None:
    assert not format_of(code).is_date


@pytest.mark.parametrize(("serial", "day"), [
    ("1", date(1900, 1, 1)), ("59", date(1900, 2, 28)), ("61", date(1900, 3, 1)), ("46258", date(2026, 8, 24)),
    ("46258.99", date(2026, 8, 24)), ("2958465", date(9999, 12, 31)), ("2958465.9", date(9999, 12, 31)),
    ("0", None), ("0.5", None), ("60", None), ("60.5", None), ("-1", None), ("2958466", None), ("1e300", None),
])
def test_a_serial_number_is_a_day_or_none(serial: str, day: date | None) -> None:
    found = a2(cell("A2", serial, style="1"), styles=styles("m/d/yyyy"))
    assert (found.kind, found.date, found.number) == ("date", day, float(serial))
    assert found.shown == (f"{day.month}/{day.day}/{day.year}" if day else serial)


@pytest.mark.parametrize(("serial", "day"), [("1", date(1904, 1, 2)), ("60", date(1904, 3, 1)), ("0", None),
                                             ("44796", date(2026, 8, 24)), ("2957003", date(9999, 12, 31)),
                                             ("2957004", None)])
def test_dates_may_count_from_1904(serial: str, day: date | None) -> None:
    data = workbook(row(2, cell("A2", serial, style="1")), styles=styles("m/d/yyyy"),
                    workbook_head='<workbookPr date1904="true"/>')
    assert one(data).date == day


def test_built_in_formats_have_no_code() -> None:
    found = (f'<styleSheet xmlns="{MAIN}"><fills><fill/></fills><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>'
             '<xf numFmtId="49"/><xf/></cellXfs></styleSheet>')
    data = workbook(row(2, *(cell(f"{letter}2", "100", style=str(index)) for index, letter in enumerate("ABCD"))),
                    styles=found)
    assert [value.kind for value in values(data, width=4)[2]] == ["number", "date", "number", "number"]


# Formulas.

@pytest.mark.parametrize(("spelled", "expected"), [
    ('<c r="A2"><f>B2+1</f><v>5</v></c>', Cell("number", "5", "5", number=5.0, formula=True)),
    ('<c r="A2" t="str"><f>B2&amp;"x"</f><v>yx</v></c>', Cell("text", "yx", "yx", formula=True)),
    ('<c r="A2"><v>5</v><f>B2+1</f></c>', Cell("number", "5", "5", number=5.0, formula=True)),
    ('<c r="A2"><f t="shared" ref="A2:A9" si="0"/><v>5</v></c>', Cell("number", "5", "5", number=5.0, formula=True)),
    ('<c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', Cell("error", "#DIV/0!", "#DIV/0!", formula=True)),
    ('<c r="A2" t="b"><f>TRUE()</f><v>1</v></c>', Cell("bool", "TRUE", "TRUE", formula=True)),
    ('<c r="A2"><f>B2</f></c>', Cell("formula_no_value", formula=True)),
    ('<c r="A2"><f>B2</f><v/></c>', Cell("formula_no_value", formula=True)),
    ('<c r="A2"><f/></c>', Cell("formula_no_value", formula=True)),
    ('<c r="A2" t="str"><f>B2</f></c>', Cell("formula_no_value", formula=True)),
    ('<c r="A2" t="str"><f>""</f><v></v></c>', None),
    ('<c r="A2" t="str"><f>B2</f><v>a_x0001_</v></c>', Cell("bad_chars", "a\x01", "a\x01", formula=True, bad="\x01")),
    ('<c r="A2" t="s"><f>B2</f><v>0</v></c>', Cell("text", "Ana", "Ana", formula=True)),
])
def test_a_formula_gives_its_cached_value(spelled: str, expected: Cell | None) -> None:
    assert a2(spelled, strings=strings("Ana")) == expected


