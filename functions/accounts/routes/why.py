"""Why somebody or something is missing: one question in, the answer with its evidence out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from accounts import audit, models
from accounts.problems import Refusal, not_found
from rostering.errors import InputError
from rostering.why.tree import Entry

if TYPE_CHECKING:
    from accounts.api import Api
    from rostering.why.answer import Answer

Text = Annotated[str | None, Query(min_length=1, max_length=254)]
_ANSWER = "[A-Z][0-9]{2}[a-d]?:(yes|no)"
Answers = Annotated[str | None, Query(max_length=200, pattern=f"^{_ANSWER}(,{_ANSWER})*$")]


def add(api: Api) -> None:
    ports = api.ports

    @api.route("GET", "/sites/<site>/why", action="why.ask",
               summary="Why a person, a class, a value or a way in is missing, and who has to do what")
    def why(
        site: str,
        question: Entry,
        person: Text = None,
        class_: Annotated[str | None, Query(alias="class", min_length=1, max_length=254)] = None,
        student: Text = None,
        guardian: Text = None,
        field: Text = None,
        school: Text = None,
        role: models.Role | None = None,
        viewer: Text = None,
        answers: Answers = None,
    ) -> models.Why:
        # few requests ask, and a cold start need not pay for it
        from rostering.why.answer import answer, may_answer
        from rostering.why.case import Case
        from rostering.why.question import Question

        actor = api.signed.actor
        about = (guardian or person) if question == "guardian_link_missing" else (person or student)
        whose = (student or (person if guardian else None)) if question == "guardian_link_missing" else None
        case = Case(ports.store, ports.work, actor, Question(
            question, about or "", class_ or "", whose or "", field or "", school or "", role or "", viewer or "",
            dict(each.split(":") for each in answers.split(",")) if answers else {}), now=ports.time())
        if not may_answer(case):
            raise not_found()
        try:
            found = answer(case)
        except InputError as wrong:
            raise Refusal(422, wrong.code, wrong.message) from None
        audit.record(ports, site, "why.asked", by=actor, entry=question, outcome=found.outcome,
                     target=case.account.id if case.account else None, section=case.section and case.section["id"],
                     trail=" ".join(f"{step.node}:{step.said}" for step in found.trail))
        return _told(question, found)


def _told(question: str, found: Answer) -> models.Why:
    from rostering.why.answer import WHO

    return models.Why(
        question=question, outcome=found.outcome, who=found.who, who_is=WHO.get(found.who, ""), title=found.title,
        do=found.do, detail=found.detail, commands=list(found.commands), notes=list(found.notes), ticket=found.ticket,
        trail=[models.WhyStep(
            node=step.node, ask=step.ask, check=step.check, said=step.said, by=step.by, says=step.finding.says,
            evidence=[models.Fact(name=fact.name, value=fact.value) for fact in step.finding.facts])
            for step in found.trail],
        asks=[models.WhyAsk(node=node, ask=ask) for node, ask in found.asks],
        candidates=[models.WhyNamed(**one._asdict()) for one in found.candidates],
        near=[models.WhyNamed(**one._asdict()) for one in found.near])
