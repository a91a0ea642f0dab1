"""An item on the wire."""

from __future__ import annotations

from enum import StrEnum

import pytest

from rostering.errors import LocalProtocolError
from rostering.store import attributes
from rostering.store.attributes import decode, encode, pack, unpack
from rostering.store.keys import Item, Key


class Role(StrEnum):
    STUDENT = "Student"


@pytest.mark.parametrize(("value", "wire"), [
    ("", {"S": ""}), ("José", {"S": "José"}), (Role.STUDENT, {"S": "Student"}), (None, {"NULL": True}),
    (True, {"BOOL": True}), (0, {"N": "0"}), (-0.0, {"N": "0"}), (2.0, {"N": "2"}), (1e23, {"N": "1" + "0" * 23}),
    (0.1, {"N": "0.1"}), (1e-100, {"N": "1E-100"}), (bytearray(b"\x00"), {"B": b"\x00"}),
    ((1, "a"), {"L": [{"N": "1"}, {"S": "a"}]}), ({"a": {}}, {"M": {"a": {"M": {}}}}),
    (12345678901234567890123456789012345678, {"N": "12345678901234567890123456789012345678"}),
])
def test_a_value_is_encoded_with_its_type(value, wire):
    assert encode(value) == wire


@pytest.mark.parametrize(("text", "value"), [
    ("0", 0), ("-0", 0), ("1E+3", 1000), ("1.0", 1), ("0.5", 0.5), ("-7", -7), ("1E-7", 1e-7),
    ("12345678901234567890123456789012345678", 12345678901234567890123456789012345678),
])
def test_a_number_is_an_int_when_it_is_whole(text, value):
    assert (decode({"N": text}), type(decode({"N": text}))) == (value, type(value))


def test_names_in_a_map_come_back_in_order():
    assert list(decode(encode({"b": 1, "a": 2, "ä": 3, "B": 4}))) == ["B", "a", "b", "ä"]


def test_only_what_an_item_has_is_on_the_wire():
    assert set(pack(Item(Key("p", "s"), {}))) == {"pk", "sk", "version", "body"}
    whole = Item(Key("p", "s"), {}, 3, Key("L", "a"), 7)
    assert set(pack(whole)) == {"pk", "sk", "version", "body", "list_pk", "list_sk", "expires"}
    assert unpack(pack(whole)) == whole


@pytest.mark.parametrize("pairs", [900, 1_100, 5_000, 6_000, 9_000, 9_500, 10_000, 20_000])
def test_what_fits_is_taken_and_what_is_much_too_heavy_does_not_fit(pairs):
    members = {f"{number:016}": ["2026-08-24", "2027-06-25"] for number in range(pairs)}
    item = Item(Key("demo#SECTION#709", "SECTION"), {"id": "709", "members": members})
    assert attributes.fits(item) == (pairs <= 9_500)
    if attributes.fits(item):
        attributes.pack(item)
    elif pairs >= 10_000:
        with pytest.raises(LocalProtocolError):
            attributes.pack(item)


def test_a_long_list_among_the_fields_is_weighed_too():
    schools = [f"{number:030}" for number in range(20_000)]
    assert not attributes.fits(Item(Key("demo#ACCOUNT#x", "ACCOUNT"), {"fields": {"other_schools": schools}}))


def test_the_pairs_of_a_record_of_what_moved_are_weighed_too():
    moved = {"members": {f"{number:016}": [None, ["2026-08-24", "2027-06-25"]] for number in range(9_000)}}
    assert not attributes.fits(Item(Key("demo#SECTION#709", "CHANGE#01"), {"load": "01", "moved": moved}))
