"""Grades of SIF (PK KG 01-12 PG UN Other Unknown) in the words of `model.GRADES`.

PG is "Postgraduate/Adult": PS (after grade 12) is the one that fits it, UN is UG. What Code can't
say (TK, 13, ...) travels as a local code beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rostering.connected import grades
from rostering.model import GRADES

_SIF = {"PG": "PS", "UN": "UG"}


def grade_of(code: str, local: Sequence[str] = ()) -> str | None:
    """The grade that a code means, or one of the local codes where it means none; None if nothing does.

    Codes without the zero in front ("9") are read too: zones do send them.
    """
    return next((grade for each in (code, *local) if (grade := _one(each))), None)


def span(codes: Iterable[str]) -> tuple[str, str] | None:
    """The lowest and the highest grade of a school; None if the codes mean none."""
    grades = sorted((grade for code in codes if (grade := grade_of(code))), key=GRADES.index)
    return (grades[0], grades[-1]) if grades else None


def _one(code: str) -> str | None:
    return _SIF.get(code.strip().upper()) or grades.grade_of(code)
