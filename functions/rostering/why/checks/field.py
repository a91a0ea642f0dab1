"""One value of an account: typed here, or what the source says?"""

from __future__ import annotations

from typing import Any

from rostering import by_hand
from rostering.why.case import Case
from rostering.why.checks.base import check, either, no, of_said, private, told, unknown
from rostering.why.walk import Finding

# What records call the values of people that can be asked about (`rostering.model`).
FIELDS = frozenset({"id", "school", "other_schools", "first_name", "middle_name", "last_name", "preferred_name",
                    "grade", "birth_date", "email", "title", "phone", "start_date", "end_date", "state_id"})


def field_name(text: str) -> str:
    """A field as records name it: "Birth Date" is birth_date."""
    return "_".join(text.strip().lower().replace("-", " ").split())


@check("field.sticky")
def sticky(case: Case) -> Finding:
    one, name = case.account, field_name(case.question.field)
    if one is None:
        return unknown("There is no account.")
    held = by_hand.field_of(one, name)
    return either(name in one.by_hand, f"{name} was typed here and is kept.", f"{name} comes from the source.",
                  told("field", name), told("by", held.by), told("at", held.at), private("value", _text(held.value)),
                  private("the source says", _text(held.source_value) if name in one.by_hand else ""))


@check("field.equals_source")
def equals_source(case: Case) -> Finding:
    one, said, name = case.account, case.said, field_name(case.question.field)
    if one is None or said is None:
        return unknown("It is not known what the source last sent.")
    if said.turned:
        return no("The row that has the value was turned back.", *of_said(said))
    value, sent = one.fields.get(name), said.fields.get(name)
    return either((value or None) == (sent or None), f"It is the {name} that the source last sent.",
                  f"The source last sent another {name}.", told("field", name), private("value", _text(value)),
                  private("the source says", _text(sent)), *of_said(said))


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
