"""Grades of OneRoster (CEDS) in the words of `model.GRADES`, and the other ways in which they are written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from rostering.connected import grades

_OTHER = {"KF": "KG", "KH": "KG", "KINDERGARTEN": "KG", "KINDER": "KG", "PREK": "PK", "PREKINDERGARTEN": "PK",
          "PRESCHOOL": "PR", "INFANTTODDLER": "IT", "TRANSITIONALKINDERGARTEN": "TK", "UNGRADED": "UG",
          "POSTSECONDARY": "PS"}
_AROUND = re.compile(r"^(?:GRADE|GR)|(?:ST|ND|RD|TH)?(?:GRADE)?$")
_BETWEEN = re.compile(r"[\s._-]+")


@lru_cache(maxsize=1_000)
def grade_of(code: str) -> str | None:
    """The grade that a code means; None if it means none (Other is one of those)."""
    word = _BETWEEN.sub("", code.strip().strip("'\"").upper())
    if grade := grades.grade_of(_OTHER.get(word, word)):
        return grade
    number = _AROUND.sub("", word)
    return grades.grade_of(number) if number.isdecimal() else None


def several(codes: Iterable[str]) -> tuple[list[str], list[str]]:
    """(grades in order, each once; codes that mean none). One code may list several: "09,10"."""
    found: dict[str, None] = {}
    unknown = []
    for each in codes:
        for code in each.replace(";", ",").replace("|", ",").split(","):
            if grade := grade_of(code):
                found[grade] = None
            elif code.strip():
                unknown.append(code.strip())
    return list(found), unknown
