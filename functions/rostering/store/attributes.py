"""An item as DynamoDB's wire carries it, and what it weighs there.

`pack` is the one gate an item passes on its way into either store, so both refuse the same items
and give back the same values: a tuple comes back as a list, 2.0 as 2. Limits and weights are
those of the DynamoDB developer guide (item size, constraints). DynamoDB forgets the order of the
names in a map; `unpack` puts them in the order of the alphabet.
"""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import lru_cache
from typing import Any

from rostering.errors import LocalProtocolError
from rostering.store.keys import Item, Key

MAX_ITEM_BYTES = 400 * 1024
MAX_PARTITION_KEY_BYTES = 2048
MAX_SORT_KEY_BYTES = 1024
MAX_DEPTH = 31          # levels of lists and maps; the body itself is the first, a value in the last the 32nd
MAX_DIGITS = 38         # of a number
MAX_NAME_BYTES = 65535  # of a name in a map
_TOO_LONG = 10**MAX_DIGITS
_WEIGHED_FROM = 1_000   # values in maps and lists; so many weigh less than an item, whatever the ids
_OF_KEYS = 2 * (MAX_PARTITION_KEY_BYTES + MAX_SORT_KEY_BYTES) + 100     # most that is not the body: keys, version
_EXACT = Context(prec=MAX_DIGITS, traps=[Inexact, InvalidOperation])

Attributes = dict[str, dict[str, Any]]


def pack(item: Item) -> Attributes:
    """The attributes of an item.

    Raises LocalProtocolError for what DynamoDB would refuse: an empty or too long key, a value of
    a type it doesn't know, more than 400 KB. The message names the key's sort key and the type,
    never a value.
    """
    attributes = pack_key(item.key)
    if item.version < 1:
        raise LocalProtocolError(f"an item's version begins at 1, not {item.version} ({item.key.sk})")
    attributes["version"] = {"N": str(item.version)}
    if not isinstance(item.body, dict):
        raise LocalProtocolError(f"a body is a map, not {type(item.body).__name__} ({item.key.sk})")
    try:
        attributes["body"] = encode(item.body)
        if item.listed is not None:
            check_key(item.listed)
            attributes["list_pk"] = {"S": item.listed.pk}
            attributes["list_sk"] = {"S": item.listed.sk}
        if item.expires is not None:
            attributes["expires"] = {"N": str(int(item.expires))}
        heavy = weight(attributes) > MAX_ITEM_BYTES
    except UnicodeEncodeError:
        raise LocalProtocolError(f"a text that is not Unicode (lone surrogate) in {item.key.sk}") from None
    except (TypeError, ValueError) as error:
        raise LocalProtocolError(f"{error} in {item.key.sk}") from None
    if heavy:
        raise LocalProtocolError(f"an item of more than {MAX_ITEM_BYTES} bytes: {item.key.sk}")
    return attributes


def unpack(attributes: Attributes) -> Item:
    """The item, made of values of its own."""
    listed = Key(attributes["list_pk"]["S"], attributes["list_sk"]["S"]) if "list_pk" in attributes else None
    expires = int(attributes["expires"]["N"]) if "expires" in attributes else None
    return Item(Key(attributes["pk"]["S"], attributes["sk"]["S"]), decode(attributes["body"]),
                int(attributes["version"]["N"]), listed, expires)


def pack_key(key: Key) -> Attributes:
    check_key(key)
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


def check_key(key: Key) -> None:
    """Raises LocalProtocolError unless both parts are Unicode text of a length DynamoDB takes."""
    try:
        pk, sk = len(key[0].encode()), len(key[1].encode())
    except UnicodeEncodeError:
        raise LocalProtocolError("a key that is not Unicode (lone surrogate)") from None
    if not 1 <= pk <= MAX_PARTITION_KEY_BYTES or not 1 <= sk <= MAX_SORT_KEY_BYTES:
        raise LocalProtocolError(f"keys of {pk} and {sk} bytes; allowed are 1 to {MAX_PARTITION_KEY_BYTES} "
                                 f"and 1 to {MAX_SORT_KEY_BYTES}")


def check_partition(pk: str) -> None:
    """Raises LocalProtocolError for the name of a partition or list that can't be."""
    check_key(Key(pk, "-"))


def encode(value: Any, depth: int = 0) -> dict[str, Any]:
    """One value with its type. Raises TypeError or ValueError for what has none."""
    if type(value) is str:
        return {"S": value}
    if isinstance(value, str):
        return {"S": str(value)}
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, (int, float)):
        return {"N": _number(value)}
    if isinstance(value, (bytes, bytearray)):
        return {"B": bytes(value)}
    if depth >= MAX_DEPTH:
        raise ValueError(f"more than {MAX_DEPTH} levels of lists and maps")
    if isinstance(value, dict):
        for name in value:
            if not isinstance(name, str) or not 1 <= _length(name) <= MAX_NAME_BYTES:
                raise TypeError("a name in a map that is not a text of at least 1 character")
        return {"M": {str(name): encode(inner, depth + 1) for name, inner in value.items()}}
    if isinstance(value, (list, tuple)):
        return {"L": [encode(inner, depth + 1) for inner in value]}
    raise TypeError(f"a value of type {type(value).__name__}")


def decode(wire: dict[str, Any]) -> Any:
    """The value: numbers as int when integral, else as float; names of a map in order."""
    (kind, value), = wire.items()
    if kind in ("S", "BOOL"):
        return value
    if kind == "N":
        return _parsed(value)
    if kind == "NULL":
        return None
    if kind == "L":
        return [decode(inner) for inner in value]
    if kind == "M":
        return {name: decode(value[name]) for name in sorted(value)}
    return bytes(value)


def fits(item: Item) -> bool:
    """Whether an item is light enough. What holds few values is, and is not weighed."""
    values = sum(len(held) + sum(len(inner) for inner in held.values() if isinstance(inner, (dict, list)))
                 for held in item.body.values() if isinstance(held, dict))
    return values <= _WEIGHED_FROM or weight({"body": encode(item.body)}) <= MAX_ITEM_BYTES - _OF_KEYS


def weight(attributes: Attributes) -> int:
    """The bytes DynamoDB counts for an item."""
    return sum(_length(name) + _weight(wire) for name, wire in attributes.items())


def _weight(wire: dict[str, Any]) -> int:
    (kind, value), = wire.items()
    if kind == "S":
        return len(value) if value.isascii() else len(value.encode())
    if kind == "N":
        return _number_weight(value)
    if kind == "L":
        return 3 + sum(1 + _weight(inner) for inner in value)
    if kind == "M":
        return 3 + sum(1 + _length(name) + _weight(inner) for name, inner in value.items())
    return len(value) if kind == "B" else 1


@lru_cache(maxsize=1_024)
def _number_weight(text: str) -> int:
    """A byte, one for a minus, and one for each digit to the base 100 without zeros at the ends."""
    sign, digits, exponent = Decimal(text).as_tuple()
    whole = int("".join(map(str, digits))) * 10 ** (exponent % 2)
    while whole and whole % 100 == 0:
        whole //= 100
    return 1 + ((len(str(whole)) + 1) // 2 + sign if whole else 0)


def _length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _number(value: int | float) -> str:
    if isinstance(value, int) and -_TOO_LONG < value < _TOO_LONG:
        return str(int(value))
    try:
        exact = Decimal(str(value) if isinstance(value, float) else value).normalize(_EXACT)
    except (Inexact, InvalidOperation):
        raise ValueError(f"a number that is not finite or has more than {MAX_DIGITS} digits") from None
    if not exact.is_finite() or (exact and not -130 <= exact.adjusted() <= 125):
        raise ValueError("a number that is not finite or is beyond 1E-130 to 1E+125")
    return format(exact or Decimal(0), "f") if -40 < exact.adjusted() < 40 else str(exact)


def _parsed(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        exact = Decimal(text)
        return int(exact) if exact == exact.to_integral_value() else float(exact)
