"""Damage done to valid inputs, seeded: to bytes, to the parts of a zip, to elements, to rows, to values."""

from __future__ import annotations

import copy
import io
import json
import random
import re
import struct
import warnings
import zipfile
from typing import Any

_TOKEN = re.compile(rb"<[^>]*>|[^<]+")
_CELL = re.compile(rb",|\r?\n|[^,\r\n]+")
_ODD = (
    b"",
    b"\0",
    b"\xff",
    b"-1",
    b"0",
    b"4294967297",
    b"9" * 40,
    b"1e999",
    b"NaN",
    b"&#0;",
    b"&x;",
    b"<",
    b">",
    b'"',
    b"'",
    b"<!DOCTYPE x>",
    b"<![CDATA[",
    b"]]>",
    b"../",
    b"#",
    b"%00",
    b"\xe2\x80\xae",
    b"\xed\xa0\x80",
    b"=1+1",
    b"A" * 40_000,
)
_INTS = (0, 1, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1 << 70,
    1e308,
    "",
    "\0",
    "\ud800",
    "a#b",
    "x" * 5_000,
    [],
    {},
    [[]],
    {"a": {}},
    "9999-12-31T00:00:00Z",
    "http://127.0.0.1:9/",
    "tobedeleted",
    "administrator",
)


def of_bytes(rng: random.Random, data: bytes) -> bytes:
    """Some bytes flipped, cut, doubled, moved or put in."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4, 16))):
        at, length = rng.randrange(len(changed) + 1), rng.choice((1, 1, 2, 4, 16, 200))
        match rng.randrange(7):
            case 0 if changed:
                changed[at % len(changed)] ^= 1 << rng.randrange(8)
            case 1:
                changed[at : at + length] = rng.randbytes(length)
            case 2:
                del changed[at : at + length]
            case 3:
                changed[at:at] = changed[at : at + length]
            case 4:
                there = rng.randrange(len(changed) + 1)
                changed[at:at] = changed[there : there + length]
            case 5:
                changed[at:at] = rng.choice(_ODD)
            case _:
                del changed[rng.randrange(len(changed) + 1) if rng.random() < 0.2 else len(changed) :]
    return bytes(changed)


def of_tokens(rng: random.Random, data: bytes, token: re.Pattern[bytes] = _TOKEN) -> bytes:
    """Elements (or cells) removed, doubled, swapped, or with other text."""
    tokens = token.findall(data)
    for _ in range(rng.choice((1, 1, 2, 5))):
        if not tokens:
            break
        at, there, length = rng.randrange(len(tokens)), rng.randrange(len(tokens)), rng.choice((1, 1, 3, 9))
        match rng.randrange(6):
            case 0:
                del tokens[at : at + length]
            case 1:
                tokens[at:at] = tokens[at : at + length] * rng.choice((1, 1, 50))
            case 2:
                tokens[at], tokens[there] = tokens[there], tokens[at]
            case 3:
                tokens[at:at] = tokens[there : there + length]
            case 4:
                tokens[at] = rng.choice(_ODD)
            case _:
                tokens[at] = of_bytes(rng, tokens[at])
    return b"".join(tokens)


def of_rows(rng: random.Random, data: bytes) -> bytes:
    return of_tokens(rng, data, _CELL)


def of_headers(rng: random.Random, data: bytes) -> bytes:
    """A zip whose directory, end or local headers say something else."""
    found = [match.start() for match in re.finditer(rb"PK\x01\x02|PK\x03\x04|PK\x05\x06", data)]
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.choice(found) + rng.randrange(4, 46)
        form = rng.choice(("<B", "<H", "<L"))
        value = rng.choice(_INTS) if rng.random() < 0.7 else rng.randrange(1 << 32)
        if at + struct.calcsize(form) <= len(changed):
            struct.pack_into(form, changed, at, value & (1 << 8 * struct.calcsize(form)) - 1)
    return bytes(changed)


def of_zip(rng: random.Random, parts: dict[str, bytes], inside: Any) -> bytes:
    """A zip of `parts` with damage `inside` one of them, to the list of parts, or to the file as a whole."""
    parts = dict(parts)
    turn = rng.random()
    if turn < 0.7:
        name = rng.choice(sorted(parts))
        parts[name] = inside(rng, parts[name])
    elif turn < 0.8:
        del parts[rng.choice(sorted(parts))]
    elif turn < 0.9:
        one, other = rng.choice(sorted(parts)), rng.choice(sorted(parts))
        parts[one], parts[other] = parts[other], parts[one]
    data = zipped(parts, twice=rng.choice(sorted(parts)) if rng.random() < 0.03 else "")
    if turn >= 0.9:
        data = rng.choice((of_bytes, of_headers))(rng, data)
    return data


def zipped(parts: dict[str, bytes], *, twice: str = "") -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        warnings.simplefilter("ignore")
        for name, data in parts.items():
            archive.writestr(name, data)
        if twice:
            archive.writestr(twice, b"x")
    return file.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def of_value(rng: random.Random, value: Any) -> Any:
    """A JSON value with one or some of its nodes removed, doubled, or of another type."""
    value = json.loads(json.dumps(value))
    for _ in range(rng.choice((1, 1, 2, 4))):
        node: Any = value
        while isinstance(node, dict | list) and node:
            at = rng.choice(sorted(node)) if isinstance(node, dict) else rng.randrange(len(node))
            if isinstance(node[at], dict | list) and node[at] and rng.random() < 0.8:
                node = node[at]
                continue
            match rng.randrange(4):
                case 0:
                    del node[at]
                case 1 if isinstance(node, list):
                    node[at:at] = [node[at]] * rng.choice((1, 30))
                case 2 if isinstance(node, dict):
                    node[rng.choice(("__class__", "PK", "", "sourcedId", "x" * 300))] = node[at]
                case _:
                    node[at] = copy.deepcopy(rng.choice(VALUES))
            break
    return value


def of_json(rng: random.Random, data: bytes) -> bytes:
    """The text of a JSON value, damaged as a value or as bytes."""
    if rng.random() < 0.6:
        return json.dumps(of_value(rng, json.loads(data)), ensure_ascii=rng.random() < 0.5).encode(
            "utf-8", "surrogatepass"
        )
    return of_bytes(rng, data)
