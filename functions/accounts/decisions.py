"""Deciding on a held load: once, with a reason, by somebody who may (design, The plan)."""

from __future__ import annotations

from typing import Any, Literal

from accounts import audit
from accounts.ports import Ports
from accounts.problems import Refusal, not_allowed, not_found
from rostering.access.roles import Actor
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Insert, Replace

Outcome = Literal["approved", "rejected"]
_EVENT = {"approved": "load.approved", "rejected": "load.refused"}


def decide(ports: Ports, actor: Actor, load: str, outcome: Outcome, reason: str) -> dict[str, Any]:
    """The load's body after the decision. Asking again for what was decided changes nothing.

    The decision and its audit event are one write; the workflow is told after it, and again when
    the same is asked again, in case the first telling was lost.

    Raises Refusal: 404, 403 if the sender of the load may not approve it, 409 if it isn't held.
    """
    key = keys.load(actor.site, load)
    for _ in range(8):
        item = ports.store.get(key)
        if item is None:
            raise not_found()
        body = item.body
        if body["state"] != "held" and (body.get("decision") or {}).get("what") == outcome:
            if body["state"] == outcome:
                _tell(ports, body, outcome)
            return body
        if body["state"] != "held":
            raise Refusal(
                409,
                "NOT_HELD",
                f"The load is not held: it is {body['state'].replace('_', ' ')}.",
                state=body["state"],
            )
        if outcome == "approved":
            _check_other_person(ports, actor, body)
        decided = body | {
            "state": outcome,
            "updated_at": ports.time(),
            "decision": {"what": outcome, "by": actor.account, "at": ports.time(), "reason": reason},
        }
        event = audit.event(ports, actor.site, _EVENT[outcome], by=actor.account, load=load, reason=reason)
        changed = Item(key, decided, item.version + 1, item.listed, item.expires)
        if ports.store.write_together([Replace(changed), Insert(event)]):
            if not _tell(ports, decided, outcome):
                raise Refusal(
                    409, "NOT_HELD", "The hold ended before it was decided: it expired or was replaced."
                )
            return decided
    raise Refusal(409, "BUSY", "The load is changing right now. Try again.")


def _tell(ports: Ports, body: dict[str, Any], outcome: Outcome) -> bool:
    token = body.get("task_token")
    return ports.workflow.answer(token, {"decision": outcome}) if token else True


def _check_other_person(ports: Ports, actor: Actor, body: dict[str, Any]) -> None:
    settings = ports.store.get(keys.settings(actor.site))
    rule = settings.body.get("approval", "any") if settings else "any"
    if rule == "other_person" and body.get("sent_by") == actor.account:
        raise not_allowed("This site wants another person than the sender to approve a load.")
