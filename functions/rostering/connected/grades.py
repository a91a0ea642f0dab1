"""Grades as sources write them (09, 9, K, KG, Kindergarten) in the words of `model.GRADES`."""

from __future__ import annotations

from rostering.model import GRADES

_WORDS = {"K": "KG", "P": "PK", "00": "KG"}


def grade_of(code: str) -> str | None:
    """The grade that a code means; None if it means none. The zero in front may be missing ("9")."""
    word = code.strip().upper()
    word = word.zfill(2) if word.isdecimal() and word.isascii() else word
    word = _WORDS.get(word, word)
    return word if word in GRADES else None
