"""Texts and ids as they can be stored."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from rostering.connected.notes import Notes

MOST_NAME, MOST_ID, MOST_STATE_ID = 64, 64, 32
_BAD = re.compile(r"[<>\x00-\x1f\x7f\ud800-\udfff]")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-/:]{0,63}")      # what may be a key: the sheet's ids


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def shown(text: str | None) -> str:
    """A text in NFC, without outer spaces and with single inner ones; "" if there is none."""
    words = " ".join(text.split()) if text else ""
    return words if words.isascii() else unicodedata.normalize("NFC", words)


def fits(text: str, most: int) -> bool:
    return len(text) <= most and not _BAD.search(text)


def short(text: str | None, most: int) -> str:
    """A text that only labels something: cut to what there is room for; "" if it can't be shown."""
    words = shown(text)
    return words[:most].rstrip() if fits(words[:most], most) else ""


def put(record: dict[str, Any], fields: Mapping[str, Any], name: str, column: str, most: int, of: str, ref: str,
        notes: Notes, *, field: str = "") -> None:
    """Put a text of `fields` into `record` as `name`, if it is said and can be stored. `field` is its name there."""
    said = fields.get(field or name)
    if said is None:
        return
    text = shown(said)
    if fits(text, most):
        record[name] = text or None
    else:
        notes.note("W-TEXT", of, column, ref=ref)
