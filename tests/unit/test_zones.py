"""What a zone's item means: its settings, its name, what it waits for."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rostering.errors import InputError
from rostering.store import keys
from rostering.store.attributes import pack, unpack
from rostering.store.keys import Item
from rostering.zones import NAME, ZoneSettings, name_of

PLAIN = ZoneSettings("north", "https://zis.example.org/N", "N", "2.3")


def settings(**more: object) -> ZoneSettings:
    return ZoneSettings(**(asdict(PLAIN) | more))


def test_settings_come_back_from_their_item():
    told = settings(registered_versions=("2.0", "2.1"), paused="summer", request_hours=1.5)
    stored = unpack(pack(Item(keys.zone("demo", "north"), asdict(told))))
    assert ZoneSettings.of(stored.body) == told


def test_names_of_a_later_version_are_left_aside():
    assert ZoneSettings.of(asdict(PLAIN) | {"color": "blue"}) == PLAIN


@pytest.mark.parametrize(("more", "words"), [
    ({}, ""), ({"approval": "given"}, ""), ({"approval": "wanted"}, "approve the address"),
    ({"paused": "summer"}, "paused (summer)"), ({"approval": "wanted", "paused": "summer"}, "approve the address"),
    ({"approval": "anything else"}, "approve the address"),
])
def test_what_a_zone_waits_for(more, words):
    waits = settings(**more).waits_for
    assert words in waits if words else waits == ""


@pytest.mark.parametrize(("zone_id", "name"), [
    ("ZONE1", "ZONE1"), ("Lakeview High", "Lakeview-High"), ("a#b%c/d", "a-b-c-d"), (" -x- ", "x"),
    ("z" * 80, "z" * 64), ("École 2", "cole-2"),
])
def test_a_zone_is_called_by_its_id(zone_id, name):
    assert name_of(zone_id) == name


@pytest.mark.parametrize("zone_id", ["", "北", "--", "___", "///"])
def test_an_id_without_a_plain_letter_names_nothing(zone_id):
    with pytest.raises(InputError, match="ZONE_NAME"):
        name_of(zone_id)


@given(st.text(max_size=100))
def test_a_name_is_one_part_of_a_key_and_of_a_path(zone_id):
    try:
        name = name_of(zone_id)
    except InputError:
        return
    assert NAME.fullmatch(name) and keys.part(name) == name and name_of(name) == name
