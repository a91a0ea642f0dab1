"""An item on the wire."""

from __future__ import annotations

from enum import StrEnum

import pytest

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
