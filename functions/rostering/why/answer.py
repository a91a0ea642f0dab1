"""From a question to an answer: who has to act and what to do, the evidence, the next commands, and a ticket."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rostering.access.roles import Actor
from rostering.access.rules import ACTIONS
from rostering.errors import InputError
from rostering.model import Account
from rostering.store import keys
from rostering.why import names, next_steps
from rostering.why.case import Case
from rostering.why.checks import CHECKS
from rostering.why.checks.field import FIELDS, field_name
from rostering.why.question import Question
from rostering.why.sight import ACTION
from rostering.why.tree import Tree, load
from rostering.why.walk import Fact, Finding, Step, Way, walk

WHO = {"sis": "the school's or district's data office", "admin": "the site administrator", "helpdesk": "the helpdesk",
       "user": "the user", "gg4l": "the SIS vendor or GG4L"}
_HIDDEN_IN_DETAIL = frozenset({"tab", "row", "column", "code", "message", "source", "state"})
_MOST_CANDIDATES = 10
_SENT = ("source.record_in_last_payload", "source.class_in_last_payload", "source.record_active_in_last_payload")


class Named(NamedTuple):
    """An account or a class that may be meant; `name` is "" for who may not see it."""

    id: str
    role: str = ""
    school: str = ""
    status: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """`outcome` is "" where somebody has to say first which of `candidates` is meant.

    `detail` is what was found, in a sentence with its place; `trail` the steps, with private facts
    only for who may see them; `asks` (node, question) what a person could answer; `near` whom
    somebody may have meant, if nobody was found. `ticket` has ids and codes only.
    """

    outcome: str
    who: str = ""
    title: str = ""
    do: str = ""
    detail: str = ""
    target: str = ""
    trail: tuple[Step, ...] = ()
    asks: tuple[tuple[str, str], ...] = ()
    commands: tuple[str, ...] = ()
    candidates: tuple[Named, ...] = ()
    near: tuple[Named, ...] = ()
    notes: tuple[str, ...] = field(default=())
    ticket: str = ""


def tree() -> Tree:
    """The tree of the checks that there are."""
    return load(frozenset(CHECKS))


def ask(store: Any, files: Any, actor: Actor, question: Question, *, now: str) -> Answer:
    """The answer to `question`, made of what `actor` may see; hidden things are as those that aren't there.

    Raises InputError (QUESTION) where something has to be told besides.
    """
    return answer(Case(store, files, actor, question, now=now))


def may_answer(case: Case) -> bool:
    """Whether the asker may be told anything: who only teaches, of their own students and classes alone."""
    if any(case.sight.actor.holds_anywhere(right) for right in ("admin", *ACTIONS[ACTION].rights)):
        return True
    return bool(case.question.person and case.candidates) or case.section is not None


def answer(case: Case) -> Answer:
    question = case.question
    _check(case)
    several = _several(case)
    if several:
        return Answer("", title="Which one is meant?", do="Ask again with the id of one of them.",
                      candidates=tuple(several[:_MOST_CANDIDATES]),
                      ticket=f"why {question.entry}: {len(several)} candidates, none chosen")
    way = walk(tree(), question.entry, lambda name: CHECKS[name](case), question.answers)
    outcome = tree().outcomes[way.outcome]
    seen = case.may_see_values
    trail = tuple(_shown(step, private=seen) for step in way.trail)
    known = _known(case, way.outcome, trail)
    near = names.nearest(case, question.person, question.kinds) if _found_nobody(case) else []
    return Answer(
        way.outcome, outcome.who, outcome.title, _to_do(outcome.do), _detail(way.outcome, trail),
        known.get("account", "") or known.get("section", ""), trail, tuple((step.node, step.ask) for step in way.open),
        tuple(next_steps.commands(way.outcome, known, case.source, case.sight.actor)), (),
        tuple(_of_account(case, one) for one in near), tuple(_notes(case)), ticket(question.entry, way, known))


def ticket(entry: str, way: Way, known: dict[str, str]) -> str:
    """The trail as plain text with ids and codes only: it may be pasted anywhere."""
    about = " ".join(f"{name}={known[name]}" for name in ("account", "section", "load") if known.get(name))
    lines = [f"why {entry}: {way.outcome}" + (f" ({about})" if about else "")]
    for step in way.trail:
        facts = "; ".join(f"{fact.name} {fact.value}" for fact in step.finding.facts if not fact.private)
        by = "" if step.by == "machine" else f" ({'by a person' if step.by == 'you' else 'not known'})"
        lines.append(f"{step.node} {step.check} {step.said}{by}" + (f": {facts}" if facts else ""))
    return "\n".join(lines)


def _check(case: Case) -> None:
    question = case.question
    if question.missing:
        raise InputError("QUESTION", question.missing)
    if question.school and (not case.schools or not case.reads.get(keys.school(case.site, question.school))):
        raise InputError("QUESTION", f"There is no school {question.school} that you may ask about.")
    if question.field and field_name(question.field) not in FIELDS:
        raise InputError("QUESTION", f"Say one of these values: {', '.join(sorted(FIELDS))}.")


def _several(case: Case) -> list[Named]:
    """Whom or what the question may be about, if that is not one."""
    if case.question.person and (found := case.ambiguous):
        return [_of_account(case, one) for one in found]
    if len(case.sections) > 1:
        return [Named(body["id"], "class", body.get("fields", {}).get("school", ""), body.get("status", ""),
                      body.get("fields", {}).get("name", "")) for body in case.sections]
    return []


def _shown(step: Step, *, private: bool) -> Step:
    if private or not any(fact.private for fact in step.finding.facts):
        return step
    facts = tuple(fact for fact in step.finding.facts if not fact.private)
    return Step(step.node, step.ask, step.check, step.said, step.by,
                Finding(step.finding.said, step.finding.says, facts))


def _to_do(text: str) -> str:
    """What to do, without what the answer does by itself: it shows the evidence."""
    said = [sentence for sentence in text.replace(". ", ".\n").split("\n") if not sentence.startswith("Show ")]
    return " ".join(said)


# What an outcome stands on, where that is not the last step: the first of these checks that was asked.
_STANDS_ON = {
    "FEED_STALE": ("feed.last_success_fresh",), "ESCALATE_LOAD_BUG": _SENT, "SOURCE_EXTRACT_GAP": _SENT,
    "NOT_IN_SIS": _SENT, "WAIT_FOR_NEXT_LOAD": _SENT, "SIS_ENROLLMENT_NOT_CURRENT": _SENT, "CLASS_NOT_IN_FEED": _SENT,
    "ENROLLMENT_NOT_IN_FEED": ("source.enrollment_in_last_payload",), "MATCH_AMBIGUOUS": ("match.record_held",),
    "FOUND_CHECK_VIEW": ("enrollment.exists", "guardian.linked", "class.found_by_any_key", "account.found_by_any_key"),
    "LEFT_THE_FEED": ("account.deactivated_by_person",),
    "SSO_PROVIDER": ("login.email_equals_idp",), "RESET_PASSWORD": ("login.credential_issued",),
}


def _detail(outcome: str, trail: Iterable[Step]) -> str:
    """What decided, in one line: what the outcome stands on, else the last step that says something."""
    trail = [step for step in trail if step.finding.says]
    basis = _basis(outcome, trail)
    told = [step.finding for step in basis or trail if basis or step.by == "machine"]
    if not told:
        return ""
    last = next((finding for finding in reversed(told) if finding.facts), told[-1])
    decided = told[-1]
    return f"{decided.says} {_evidence((decided if decided.facts else last).facts)}".strip()


def _basis(outcome: str, trail: Iterable[Step]) -> list[Step]:
    """The step that an outcome stands on, if that is not the last."""
    listed = list(trail)
    return [step for name in _STANDS_ON.get(outcome, ()) for step in listed if step.check == name][:1]


def _evidence(facts: Iterable[Fact]) -> str:
    """Facts as people read them: "Students row 212, column Birth Date: R-DATE '13/45' is not a date."."""
    listed = list(facts)
    first = {fact.name: fact.value for fact in reversed(listed)}
    place = " ".join(part for part in (first.get("tab", ""), f"row {first['row']}" if "row" in first else "") if part)
    place += f", column {first['column']}" if place and "column" in first else ""
    said = " ".join(part for part in (first.get("code", ""), first.get("message", "")) if part)
    parts = [f"{place}: {said}" if place and said else place or said]
    rest = [f"{fact.name} {fact.value}" for fact in listed if fact.name not in _HIDDEN_IN_DETAIL]
    if rest:
        parts.append(f"({', '.join(rest)})")
    return " ".join(part for part in parts if part)


def _known(case: Case, outcome: str, trail: tuple[Step, ...]) -> dict[str, str]:
    """What placeholders of commands stand for: what the outcome stands on, then the newest word of the trail."""
    known: dict[str, str] = {}
    for step in (*_basis(outcome, trail), *reversed(trail)):
        for fact in step.finding.facts:
            if fact.private:
                continue
            of_another = fact.name == "account" and case.account and fact.value != case.account.id
            known.setdefault("other" if of_another else fact.name, fact.value)
    if case.account:
        known["account"] = case.account.id
        known["school"] = next(iter(case.account.schools), "")
    else:
        known.pop("account", None)
    if case.section and case.question.class_:
        known["section"] = case.section["id"]
    known["field"] = field_name(case.question.field)
    known["wanted"] = (case.question.expected_role or "student").lower()
    return known


def _found_nobody(case: Case) -> bool:
    return bool(case.question.person) and case.account is None and case.said is None


def _notes(case: Case) -> list[str]:
    return ["The name was looked for in what the sources last sent; say the school or the role, to look everywhere."] \
        if case.partly else []


def _of_account(case: Case, one: Account) -> Named:
    name = f"{one.fields.get('first_name') or ''} {one.fields.get('last_name') or ''}".strip()
    return Named(one.id, one.role, ", ".join(one.schools), one.status,
                 name if case.sight.values_of(one) else "")


__all__ = ["WHO", "Answer", "Named", "answer", "ask", "may_answer", "ticket", "tree"]
