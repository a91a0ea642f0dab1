"""The fast reader says what the careful one says, or nothing."""

from __future__ import annotations

import io
import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rostering.xlsx import plain as plain_module
from rostering.xlsx.careful import RowParser
from rostering.xlsx.chunks import is_utf8, read_repeating
from rostering.xlsx.grid import Rows
from rostering.xlsx.plain import PlainRows, plain_strings
from rostering.xlsx.refusal import Refused
from rostering.xlsx.strings import PackedStrings, read_strings
from rostering.xlsx.styles import DATE, GENERAL, format_of
from rostering.xlsx.values import Values, text_value
from tests.unit.xlsx.workbooks import MAIN, by_number, cell, inline, row, sheet, strings

WIDTH = 3
STRINGS = ["Ana", None, "José", text_value("_x0001_"), "a b"]
VALUES = Values(STRINGS, [GENERAL, DATE, format_of("000000")], date1904=False)
HEAD = f'<worksheet xmlns="{MAIN}" xmlns:x14ac="urn:x"><sheetData>'
TAIL = "</sheetData></worksheet>"


class Count:
    """How many rows the fast reader took, of how many that were offered to it."""

    def __init__(self) -> None:
        self.taken = 0


def read(part: bytes, *, fast: bool, count: Count | None = None) -> Any:
    """What is said of a worksheet part: its rows and all that is told of them, or the refusal."""
    rows = Rows(WIDTH)
    parser = RowParser(VALUES, rows)
    plain = PlainRows(VALUES, rows, lambda: parser.prefixes)

    def take(chunk: bytes) -> bytes:
        if not fast:
            return chunk
        left = plain.read(chunk)
        if count:
            count.taken += chunk.count(b"</row>") - left.count(b"</row>")
        return left

    batches = []
    try:
        for _ in read_repeating(io.BytesIO(part), parser, name=b"row", plain=take):
            if len(rows):
                batches.append(rows.take(100_000))  # noqa: PERF401 - what came before a refusal is kept
    except Refused as refused:
        return refused.reason
    hidden = set().union(*(batch.hidden for batch in batches))
    return by_number(batches), hidden, rows.right_of, rows.blank, rows.met, rows.merges


@pytest.fixture(autouse=True)
def _in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of a few rows, so that the readers take turns."""
    monkeypatch.setattr("rostering.xlsx.chunks.READ_BYTES", 1_000)
    monkeypatch.setattr("rostering.xlsx.chunks.ODD_BYTES", 1)
    monkeypatch.setattr(plain_module, "SMALL_CHUNK_BYTES", 0)


# Every way a cell may be spelled: usual ones, odd ones, and ones that are refused.
USUAL_TEXTS = ["Ana", "José", " two  spaces ", "O&apos;Hara", "a&amp;b", "a&#65;", "_x0041_", "_x0001_", "", " ",
               "日本", "\U0001f600", "e\u0301", "\u200b", "\x7f", "\u202e", "a\nb", "a\rb", "'x", "x" * 33]
ODD_TEXTS = ["&#1;", "&x;", "&", "a>b", "]]>", "\ufffe", "\x01", "<b/>", "<!-- c -->", "<![CDATA[x]]>", "&#xD800;"]
INDEXES = ["0", "1", "2", "3", "4", "0000001", ""]
NUMBERS = ["0", "1", "60", "-1", "1.5", "1E3", "NaN", "1E400", "", " 1", "43000", "TRUE", "#N/A", "2026-08-24", "&#49;"]
ODD_INDEXES = ["5", "00000001", "-1", "\u0661"]
USUAL_ATTRIBUTES = ["", ' s="1"', ' s="2"', ' s="9"', ' t="n"', ' t="b"', ' t="e"', ' t="str"', ' t="d"', ' t="z"',
                    ' s="0" ', " t='n'", ' cm="1"']
ODD_ATTRIBUTES = [' t="s"', ' t="n" t="n"', ' q:t="s"', ' x14ac:t="s" x14ac:s="1"']
OPENINGS = ["<v>{}</v>", "<v>{}</v>", "<v>{}</v>", "<v/>", "", "<f>A1</f><v>{}</v>", "<f/><v>{}</v>",
            "<f>A1&amp;B1</f><v>{}</v>", '<f t="shared" ref="A1:A9" si="0"/><v>{}</v>', "<f>A1</f>",
            "<is><t>{}</t></is>",
            '<is><t xml:space="preserve">{}</t></is>', "<is><r><t>{}</t></r></is>"]
ODD_OPENINGS = ["<v>{}</v><v/>", "<f>]]></f><v>{}</v>", "<f>&bad;</f><v>{}</v>", "<x/>"]
ROW_ATTRIBUTES = ["", "", ' spans="1:3"', ' hidden="1"', ' ht="15" x14ac:dyDescent="0.2"', ' s="1" ']
ODD_ROW_ATTRIBUTES = [' y:z="1"', ' hidden="0" hidden="1"', ' a="<"']


@st.composite
def cells(draw: st.DrawFn, column: str, odd: bool) -> str:
    """A cell in row 900000. An odd one may be wrong."""
    kind = draw(st.integers(0, 5))
    place = f"{column}900000"
    text = st.sampled_from(USUAL_TEXTS + ODD_TEXTS if odd else USUAL_TEXTS)
    if kind == 0:
        return ""
    if kind == 1:
        return inline(place, "Ana")
    if kind == 2:
        return f'<c r="{place}" t="inlineStr"><is><t>{draw(text)}</t></is></c>'
    if kind == 3:
        return cell(place, draw(st.sampled_from(INDEXES + ODD_INDEXES if odd else INDEXES)), type="s",
                    style=draw(st.sampled_from(["", "1"])))
    attributes = draw(st.sampled_from(USUAL_ATTRIBUTES + ODD_ATTRIBUTES if odd else USUAL_ATTRIBUTES))
    if odd:
        place = draw(st.sampled_from([place] * 4 + [f"{column}900001", "a900000", column, f"A{place}"]))
    if kind == 4:
        return f'<c r="{place}"{attributes}/>'
    opening = draw(st.sampled_from(OPENINGS + ODD_OPENINGS if odd else OPENINGS))
    return f'<c r="{place}"{attributes}>{opening.format(draw(text | st.sampled_from(NUMBERS)))}</c>'


@st.composite
def worksheets(draw: st.DrawFn) -> bytes:
    """A worksheet of rows that repeat some kinds, so that kinds are learned, met again and left."""
    found = [HEAD, '<row r="1"><c r="A1" t="inlineStr"><is><t>Header</t></is></c></row>']
    number = 1
    for _ in range(draw(st.integers(1, 5))):
        odd = draw(st.integers(0, 9)) == 0
        spelled = "".join(draw(cells(column, odd)) for column in ("A", "B", "C", "E", "AZ"))
        attributes = draw(st.sampled_from(ROW_ATTRIBUTES + ODD_ROW_ATTRIBUTES if odd else ROW_ATTRIBUTES))
        for _ in range(draw(st.integers(1, 15))):
            number += draw(st.sampled_from([1] * 30 + [5, 5] + [0] * odd))
            content = spelled.replace("900000", str(number)).replace("900001", str(number + 1))
            turn = draw(st.integers(0, 40))
            if turn == 0:
                found.append(f'<row r="{number}"{attributes}/>')
            elif turn == 1:
                found.append(f'<row{attributes} r="{number}">{content}</row>\n')
            elif turn == 2 and odd:
                found.append(f'<row r="{number:03d}">{content}</row>')
            else:
                found.append(f'<row r="{number}"{attributes}>{content}</row>')
    found.append(TAIL)
    return "".join(found).encode("utf-8", "surrogatepass")


@settings(max_examples=150, deadline=None)
@given(worksheets())
def test_both_readers_say_the_same_of_any_worksheet(part: bytes) -> None:
    assert read(part, fast=True) == read(part, fast=False)


@settings(max_examples=60, deadline=None)
@given(worksheets(), st.integers(0, 10_000), st.binary(min_size=1, max_size=3))
def test_both_readers_say_the_same_of_a_damaged_worksheet(part: bytes, at: int, put: bytes) -> None:
    at %= len(part)
    damaged = part[:at] + put + part[at + len(put):]
    assert read(damaged, fast=True) == read(damaged, fast=False)


def many(spelled: str, rows: int = 60) -> bytes:
    """A worksheet of rows of this spelling; `{}` is the row number."""
    return (HEAD + row(1, inline("A1", "Header")) + "".join(
        spelled.replace("{}", str(number)) for number in range(2, rows + 2)) + TAIL).encode()


PLAIN_ROWS = [
    '<row r="{}"><c r="A{}" t="inlineStr"><is><t>Ana</t></is></c>'
    '<c r="C{}" t="inlineStr"><is><t>Jos\u00e9</t></is></c></row>',
    '<row r="{}" spans="1:3"><c r="A{}" s="1" t="s"><v>2</v></c><c r="B{}" t="s"><v>1</v></c></row>',
    '<row r="{}" spans="1:3" x14ac:dyDescent="0.25"><c r="A{}" s="1" t="s"><v>0</v></c><c r="B{}" s="2"/></row>',
    '<row r="{}" customFormat="false" ht="12.8" hidden="false"><c r="A{}" s="1" t="n"><v>4{}</v></c></row>',
    '<row r="{}" hidden="1"><c r="A{}" s="2"><v>{}</v></c><c r="Z{}" t="s"><v>0</v></c></row>',
    '<row r="{}"><c r="A{}"><f>B{}+1</f><v>{}</v></c>'
    '<c r="B{}" t="str"><f aca="false">"x"&amp;A1</f><v>x</v></c></row>',
    '<row r="{}"><c r="A{}" t="inlineStr">'
    '<is><t xml:space="preserve"> O&apos;Hara  &amp; Co _x0041_</t></is></c></row>\r\n',
    '<row r="{}" s="1" /><row r="{}0000"><c r="A{}0000" t="s" /><c r="B{}0000" t="b"><v>1</v></c></row>',
]


@pytest.mark.parametrize("spelled", PLAIN_ROWS[:-1])
def test_the_usual_spellings_are_taken_at_once(spelled: str) -> None:
    count = Count()
    fast = read(many(spelled), fast=True, count=count)
    assert count.taken >= 50
    assert fast == read(many(spelled), fast=False)


@pytest.mark.parametrize(("one", "two"), list(itertools.permutations(PLAIN_ROWS[:5], 2)))
def test_a_spelling_that_changes_half_way_is_learned(one: str, two: str) -> None:
    part = many(one)[:-len(TAIL)] + many(two, 200).partition(b'<row r="62"')[1] + \
        many(two, 200).partition(b'<row r="62"')[2]
    count = Count()
    assert read(part, fast=True, count=count) == read(part, fast=False)
    assert count.taken >= 180


def test_an_odd_row_costs_its_neighbors_only() -> None:
    part = many(PLAIN_ROWS[0], 300).replace(
        b'<row r="100"><c', b'<row r="100"><c r="A100"><f t="dataTable" r1="B1"/><v>5</v></c><c', 1).replace(
        b'<c r="A100" t="inlineStr"><is><t>Ana</t></is></c>', b"", 1)
    count = Count()
    assert read(part, fast=True, count=count) == read(part, fast=False)
    assert 250 < count.taken < 300


@pytest.mark.parametrize(("old", "new"), [
    (b'<row r="30"', b'<!-- </row> --><row r="30"'),
    (b'<row r="30"', b'<?pi </row>?><row r="30"'),
    (b'<row r="30"', b'<row xmlns="urn:other" r="30"'),
    (b'<row r="30"', b'</sheetData><sheetData><row r="30"'),
    (b'<row r="30"', b'<row r="29"'),
    (b'<row r="30"', b'<row r="1048577"'),
    (b'r="A30"', b'r="A31"'),
    (b'r="A30"', b'r="C30"'),
    (b"</row></sheetData>", b"</row></sheetData><rowBreaks/><mergeCells><mergeCell ref=\"A2:A3\"/></mergeCells>"),
    (b"Ana", b"\xff"),
    (b"Ana", b"\xef\xbf\xbe"),
    (b"Ana", b"A\x00a"),
])
def test_what_is_not_plain_is_left_to_the_careful_reader(old: bytes, new: bytes) -> None:
    part = many(PLAIN_ROWS[0])
    assert old in part
    part = part.replace(old, new, 1)
    assert read(part, fast=True) == read(part, fast=False)


def test_rows_whose_default_namespace_is_not_the_sheet_s_are_not_plain() -> None:
    head = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>'
    part = many(PLAIN_ROWS[0]).replace(HEAD.encode(), head.encode()).replace(
        TAIL.encode(), b"</x:sheetData></x:worksheet>")
    assert read(part, fast=True) == read(part, fast=False) == "XML_MALFORMED"


@pytest.mark.parametrize(("head", "sure"), [
    (b"<worksheet", True), (b"\xef\xbb\xbf<worksheet", True), (b'<?xml version="1.0" encoding="utf-8"?>', True),
    (b'<?xml version="1.0"?>', True), (b"<?xml version='1.0' encoding='US-ASCII'?>", True),
    (b'<?xml version="1.0" encoding="UTF-16"?>', False), (b'<?xml version="1.0" encoding="latin-1"?>', False),
    (b'<\0?\0x\0', False), (b"\xff\xfe<\0", False), (b'<?xml version="1.0" encoding="UTF-7"?>', False),
])
def test_only_utf_8_is_plain(head: bytes, sure: bool) -> None:
    assert is_utf8(head) is sure


# Shared strings.

ITEMS = st.lists(st.builds(
    lambda text, item: item.format(text), st.sampled_from(USUAL_TEXTS * 4 + ODD_TEXTS), st.sampled_from(
    ["<si><t>{}</t></si>"] * 6 + ['<si><t xml:space="preserve">{}</t></si>\n', "<si><r><t>{}</t></r></si>", "<si/>",
                                  "<si><t/></si>", "<si><t>{}</t><rPh><t>x</t></rPh></si>", "<si ><t>{}</t></si>"])))


@settings(max_examples=100, deadline=None)
@given(ITEMS)
def test_both_readers_say_the_same_of_any_strings(items: list[str]) -> None:
    part = f'<sst xmlns="{MAIN}">{"".join(items)}</sst>'.encode()

    def said(fast: bool) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            if not fast:
                patch.setattr("rostering.xlsx.strings.plain_strings", lambda chunk: None)
            try:
                return list(read_strings(io.BytesIO(part)))
            except Refused as refused:
                return refused.reason

    assert said(True) == said(False)


def test_plain_strings_are_taken_at_once() -> None:
    assert plain_strings(b'<si><t>Ana</t></si><si><t xml:space="preserve"> </t></si><si><t>O&apos;H</t></si>') == [
        "Ana", " ", "O'H"]
    assert plain_strings(b"<si><t>Ana</t></si><si><r><t>b</t></r></si>") is None


@given(st.lists(st.none() | st.text(max_size=5).map(lambda text: text_value("x" + text)), max_size=40))
def test_packed_strings_are_the_same_strings(found: list[Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rostering.xlsx.strings.STRING_BLOCK_BYTES", 32)
        patch.setattr("rostering.xlsx.strings.STRING_PLAIN_BYTES", 64)
        patch.setattr("rostering.xlsx.strings.INFLATED_BLOCKS", 2)
        packed = PackedStrings()
        packed.extend(found)
        assert [packed[index] for index in range(len(packed))] == found
        assert [packed[index] for index in reversed(range(len(packed)))] == found[::-1]
        with pytest.raises(IndexError):
            packed[len(found)]


def test_many_strings_are_packed_and_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rostering.xlsx.strings.STRING_LIST_BYTES", 1_000)
    found = read_strings(io.BytesIO(strings(*map(str, range(100)), "x" * 5_000, "_x0001_").encode()))
    assert isinstance(found, PackedStrings)
    assert [found[index] for index in range(100)] == [str(index) for index in range(100)]
    assert found[100] == "x" * 1_001
    assert found[101] == text_value("_x0001_")


def test_too_many_strings_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    part = strings("a", "bb", "ccc").encode()
    monkeypatch.setattr("rostering.xlsx.strings.SHARED_STRINGS", 3)
    monkeypatch.setattr("rostering.xlsx.strings.SHARED_STRING_CHARS", 6)
    assert list(read_strings(io.BytesIO(part))) == ["a", "bb", "ccc"]
    for name, limit in (("SHARED_STRINGS", 2), ("SHARED_STRING_CHARS", 5)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(f"rostering.xlsx.strings.{name}", limit)
            with pytest.raises(Refused, match="XML_LIMIT"):
                read_strings(io.BytesIO(part))


def test_the_example_part_is_read() -> None:
    assert read(sheet(row(2, inline("A2", "a"))).encode(), fast=True)[0] == {2: ["a", None, None]}
