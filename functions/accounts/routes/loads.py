"""Loads: follow one, see what was wrong with it, fetch its files, decide on it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from accounts import audit, decisions, models, told
from accounts.identity import is_fresh
from accounts.ports import seconds_of
from accounts.problems import Refusal, not_found
from rostering.access.roles import Target
from rostering.access.rules import allow
from rostering.store import keys
from rostering.store.page import cursor, place

if TYPE_CHECKING:
    from accounts.api import Api

LINK_SECONDS = 300
KEPT_SECONDS = 3_600
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
PROBLEMS_A_PAGE = 500
_REPORTS = ("report_xlsx", "report_json", "report_html")

Limit = Annotated[int, Query(ge=1, le=200)]
After = Annotated[str | None, Query(max_length=6_000)]


def add(api: Api) -> None:
    ports = api.ports

    @api.route("GET", "/sites/<site>/loads", action="load.read", summary="Loads, the newest first")
    def loads(site: str, limit: Limit = 20, after: After = None) -> models.Loads:
        api.require("load.read", Target(site))
        page = ports.store.listing(keys.loads(site), limit=limit, after=after, backwards=True)
        return models.Loads(
            loads=[models.Load.model_validate(item.body) for item in page.items], after=page.after
        )

    @api.route(
        "GET", "/sites/<site>/received", action="load.read", summary="The load that a dropped file became"
    )
    def received(site: str, key: Annotated[str, Query(min_length=1, max_length=1_024)]) -> models.Received:
        api.require("load.read", Target(site))
        page = ports.store.query(keys.received(site, key, "").pk, limit=1)
        load = page.items[0].body["load"] if page.items else ""
        if not load or ports.store.get(keys.load(site, load)) is None:     # the drop is noted before its load
            raise not_found()
        return models.Received(load=load)

    @api.route("GET", "/sites/<site>/loads/<load>", action="load.read", summary="A load")
    def show(site: str, load: str) -> models.Load:
        api.require("load.read", Target(site))
        return models.Load.model_validate(_body(api, load))

    @api.route(
        "GET",
        "/sites/<site>/loads/<load>/problems",
        action="load.read",
        summary="What was wrong, and where",
    )
    def problems(site: str, load: str, after: After = None) -> models.Problems:
        api.require("load.read", Target(site))
        found = told.problems(ports, site, _body(api, load), warn=api.logger.error)
        start = _number(after)
        lines = [models.ProblemLine.model_validate(one) for one in found[start : start + PROBLEMS_A_PAGE]]
        end = start + len(lines)
        return models.Problems(problems=lines, after=cursor(str(end)) if end < len(found) else None)

    @api.route(
        "GET",
        "/sites/<site>/loads/<load>/files",
        action="load.read",
        summary="Links to the reports and, with the right, to the account info sheets",
    )
    def files(site: str, load: str) -> models.Links:
        api.require("load.read", Target(site))
        body = _body(api, load)
        found = body.get("files") or {}
        links = models.Links()
        for name in _REPORTS:
            if found.get(name):
                setattr(
                    links,
                    name,
                    ports.inbox.link(found[name], LINK_SECONDS, f"report.{name.partition('_')[2]}"),
                )
        sheets = found.get("account_sheets") or []
        made = seconds_of(body.get("sheets_at"))
        if sheets and made is not None and ports.now() - made > KEPT_SECONDS:
            links.gone = len(sheets)
        elif sheets and not allow(api.signed.actor, "export.secrets", Target(site)):
            links.withheld = len(sheets)
        elif sheets and not is_fresh(ports, api.signed):
            links.sign_in_again = len(sheets)
        elif sheets:
            audit.record(
                ports, site, "password.exported", by=api.signed.actor.account, load=load, files=len(sheets)
            )
            names = _school_names(body.get("sheets") or {})
            links.sheet_names = [
                names.get(key) or sheet_name(key, number) for number, key in enumerate(sheets, 1)
            ]
            links.account_sheets = [
                ports.work.link(key, LINK_SECONDS, name)
                for key, name in zip(sheets, links.sheet_names, strict=True)
            ]
        return links

    @api.route(
        "POST", "/sites/<site>/loads/<load>/approve", action="load.decide", summary="Approve a held load"
    )
    def approve(site: str, load: str, body: models.Approval) -> models.Load:
        api.require("load.decide", Target(site))
        actor, reason = api.signed.actor, body.reason.strip()
        if body.rekey and (body.schools or body.rows):
            raise Refusal(422, "INVALID", "All pairs are re-keyed, or none: leave schools and rows out.")
        if body.rekey:
            return models.Load.model_validate(decisions.rekey(ports, actor, load, reason))
        chosen = decisions.Decision("approved", reason, [school.casefold() for school in body.schools], body.rows)
        return models.Load.model_validate(decisions.approve(ports, actor, load, chosen))

    @api.route(
        "POST", "/sites/<site>/loads/<load>/reject", action="load.decide", summary="Reject a held load"
    )
    def reject(site: str, load: str, body: models.Decision) -> models.Load:
        api.require("load.decide", Target(site))
        decision = decisions.Decision("rejected", body.reason.strip())
        return models.Load.model_validate(decisions.decide(ports, api.signed.actor, load, decision))


def _school_names(sheets: dict[str, list[str]]) -> dict[str, str]:
    """What the account sheets of a load are called when downloaded, by key."""
    forms = {"pdf": "cards", "xlsx": "list"}
    return {
        key: f"school-{_NOT_PLAIN.sub('_', school) or 'none'}-{forms.get(ending, 'sheet')}.{ending}"
        for school, made in sheets.items()
        for key in made
        for ending in [key.rpartition(".")[2]]
    }


def sheet_name(key: str, number: int) -> str:
    """What a downloaded account sheet is called; its key in the bucket is a random id."""
    return f"account-sheets-{number}.{key.rpartition('.')[2]}"


def _body(api: Api, load: str) -> dict[str, Any]:
    item = api.ports.store.get(keys.load(api.signed.claims.site, load))
    if item is None:
        raise not_found()
    return item.body


def _number(after: str | None) -> int:
    """Where a page of problems starts. Raises InputError (CURSOR)."""
    if not after:
        return 0
    (where,) = place(after, 1, "")
    return int(where) if where.isdecimal() and len(where) < 9 else 0
