"""Any body at all: MemoryStore gives back what AWS's own engine gives back."""

from __future__ import annotations

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rostering.store.attributes import pack, weight
from rostering.store.dynamo import DynamoStore
from rostering.store.keys import Item, Key
from rostering.store.memory import MemoryStore

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = (st.integers(-10**38 + 1, 10**38 - 1)
           | st.floats(allow_nan=False, allow_infinity=False, min_value=-1e125, max_value=1e125)
           .filter(lambda value: value == 0 or abs(value) >= 1e-130))
VALUES = st.recursive(
    st.none() | st.booleans() | TEXTS | NUMBERS | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS.filter(bool), inner, max_size=4),
    max_leaves=12)
BODIES = st.dictionaries(TEXTS.filter(bool), VALUES, max_size=5)
numbers = itertools.count()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES, listed=st.none() | TEXTS.filter(bool), expires=st.none() | st.integers(0, 2**40))
def test_an_item_comes_back_alike_from_both_stores(dynamodb_client, table, body, listed, expires):
    number = next(numbers)
    item = Item(Key("p", f"{number}"), body, 1, listed and Key(f"L{number}", listed), expires)
    memory, dynamo = MemoryStore(), DynamoStore(dynamodb_client, table, count_units=True)
    memory.insert(item)
    dynamo.insert(item)
    found = dynamo.get(item.key)
    assert repr(found) == repr(memory.get(item.key))
    assert dynamo.units == memory.units
    assert DynamoStore(dynamodb_client, table).insert_many([item]) == {item.key}
    assert dynamo.listing(f"L{number}").items == memory.listing(f"L{number}").items
    assert weight(pack(found)) == weight(pack(item))


@given(body=BODIES)
def test_what_comes_back_goes_in_again_unchanged(body):
    store = MemoryStore()
    store.insert(Item(Key("p", "s"), body))
    again = store.get(Key("p", "s"))
    assert pack(again) == pack(Item(Key("p", "s"), body))
