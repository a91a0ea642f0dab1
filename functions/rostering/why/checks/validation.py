"""Rows and records that were turned back: by the reader, by the gate, or as they were applied."""

from __future__ import annotations

from rostering.load import where
from rostering.why.case import Case
from rostering.why.checks.base import check, no, of_said, private, told, yes
from rostering.why.payload import Said
from rostering.why.walk import Fact, Finding

_PARENT = frozenset({"R-REF", "R-PARENT"})
_NOT_TURNED_BACK = frozenset({"R-MATCH-HELD"})


@check("validation.record_rejected")
def record_rejected(case: Case) -> Finding:
    return _rejected(case, case.said, "record")


@check("validation.class_rejected")
def class_rejected(case: Case) -> Finding:
    return _rejected(case, case.section_said, "class")


@check("validation.class_parent_missing")
def class_parent_missing(case: Case) -> Finding:
    return _parent_missing(case, case.section_said, "Its course, term, school or teacher was missing.")


@check("validation.enrollment_parent_missing")
def enrollment_parent_missing(case: Case) -> Finding:
    return _parent_missing(case, case.enrollment_said, "The student or the class was missing when it came.")


@check("validation.email_invalid")
def email_invalid(case: Case) -> Finding:
    found = facts_of(case, case.said, frozenset({"R-EMAIL"}))
    return yes("The email is no address.", *found) if found else no("The email was not turned back as no address.")


def codes_of(case: Case, said: Said | None) -> list[tuple[str, str]]:
    """The R-codes of a record, each with its column: of its row, else of the gate."""
    if said is None:
        return []
    codes = [code for row in said.turned for code in row.codes]
    if not codes and said.key and said.kind not in ("enrollment", "guardian_link"):
        refused = case.payloads.refused(said.load, said.kind, said.key)
        codes = [(refused.code, refused.column)] if refused and refused.severity == "R" else []
    return [each for each in codes if each[0] not in _NOT_TURNED_BACK]


def _rejected(case: Case, said: Said | None, what: str) -> Finding:
    facts = facts_of(case, said)
    return yes(f"The {what} was turned back.", *facts) if facts else no(f"The {what} was not turned back.")


def _parent_missing(case: Case, said: Said | None, says: str) -> Finding:
    facts = facts_of(case, said, _PARENT)
    return yes(says, *facts) if facts else no("It was not turned back for something that was missing.",
                                              *facts_of(case, said))


def facts_of(case: Case, said: Said | None, wanted: frozenset[str] | None = None) -> list[Fact]:
    """Where and why a record was turned back; nothing if it was not, or not with one of the codes `wanted`."""
    codes = [each for each in codes_of(case, said) if wanted is None or each[0] in wanted]
    if said is None or not codes:
        return []
    facts = of_said(said)
    for code, column in codes:
        facts.append(told("code", code))
        facts += [told("column", column)] if column else []
        facts.append(private("message", _sentence(case, said, code)))
    return facts


def _sentence(case: Case, said: Said, code: str) -> str:
    """What the reader, or the gate, said, with the value of the cell."""
    manifest = case.payloads.manifest(said.load)
    if said.turned and manifest:
        return case.payloads.sentence(manifest.feed, said.turned[0].tab, said.turned[0].row, code)
    refused = case.payloads.refused(said.load, said.kind, said.key) if said.kind in where.TAB_OF else None
    return refused.message if refused and refused.code == code else ""
