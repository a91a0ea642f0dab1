"""Matches: rows of a source that may be people who are here already, for a person to decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query

from accounts import audit, matches, models
from accounts.people import target_of
from accounts.problems import Refusal, not_found
from accounts.routes.loads import After
from rostering.access.roles import Target
from rostering.people import account_of
from rostering.store import keys

if TYPE_CHECKING:
    from accounts.api import Api

_PAGE = 100
# Birth dates and state ids are compared (reasons tell how), and not shown.
_SHOWN = ("first_name", "last_name", "grade", "school", "email", "id")


def add(api: Api) -> None:
    ports = api.ports

    @api.route("GET", "/sites/<site>/matches", action="match.read", summary="People whom somebody has to recognize")
    def listed(
        site: str,
        state: Literal["open", "decided", "gone"] = "open",
        limit: Annotated[int, Query(ge=1, le=200)] = _PAGE,
        after: After = None,
    ) -> models.Matches:
        api.require("match.read", Target(site))
        page = ports.store.query(keys.match(site, "").pk, limit=limit, after=after)
        found = [item.body for item in page.items if item.body["state"] == state]
        audit.record(ports, site, "match.listed", by=api.signed.actor, count=len(found))
        return models.Matches(matches=[_shown(api, site, body) for body in found], after=page.after)

    @api.route("POST", "/sites/<site>/matches/<match>", action="match.decide", summary="Decide who somebody is")
    def decide(site: str, match: str, body: models.MatchDecision) -> models.Match:
        api.require("match.decide", Target(site))
        if ports.store.get(keys.match(site, match)) is None:
            raise not_found()
        if bool(body.same_as) == body.new:
            raise Refusal(422, "INVALID", "Say either which account it is (same_as), or that it is a new one.")
        if body.same_as:
            _require_account(api, site, body.same_as)
        answer = matches.Answer(body.reason.strip(), body.same_as or "", goes_on=body.goes_on)
        return _shown(api, site, matches.decide(ports, api.signed.actor, match, answer))


def _require_account(api: Api, site: str, account: str) -> None:
    item = api.ports.store.get(keys.account(site, account))
    if item is not None:
        api.require("match.decide", target_of(api.ports.store, api.signed.actor, account_of(item)))


def _shown(api: Api, site: str, body: dict[str, Any]) -> models.Match:
    """A match with its candidates as they are now."""
    places = {keys.account(site, one["account"]): one for one in body["candidates"]}
    found = api.ports.store.get_many(places)
    candidates = [models.Candidate(**one, person=models.person(account_of(found[place])))
                  for place, one in places.items() if place in found]
    who = {name: body["who"][name] for name in _SHOWN if body["who"].get(name)}
    return models.Match.model_validate(body | {"who": who, "candidates": candidates})
