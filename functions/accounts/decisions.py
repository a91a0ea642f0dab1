"""Deciding on a held load: once, with a reason, by somebody who may (design, The plan)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from accounts import audit
from accounts.ports import Ports
from accounts.problems import Refusal, not_allowed, not_found
from rostering.access.roles import Actor
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Insert, Replace

Outcome = Literal["approved", "rejected", "again"]
_EVENT = {"approved": "load.approved", "rejected": "load.refused", "again": "load.approved"}
# The state in which a load is once that was decided: to be planned again, it is as if just read.
_STATE = {"approved": "approved", "rejected": "rejected", "again": "read"}
_ID_SWAP = "H-ID-SWAP"
_MOST_RESTS = 100


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about a load. `schools` and `rows` limit an approval to a part of it."""

    what: Outcome
    reason: str
    schools: Sequence[str] = ()
    rows: Sequence[str] = ()


def approve(ports: Ports, actor: Actor, load: str, decision: Decision) -> dict[str, Any]:
    """Approve a load, or what is left of it: the load's body after the decision.

    What was not approved of a load goes on as another load: that one is meant then.
    """
    for _ in range(_MOST_RESTS):
        item = ports.store.get(keys.load(actor.site, load))
        rest = item.body.get("rest") if item else ""
        if not rest:
            break
        load = rest
    return decide(ports, actor, load, decision)


def rekey(ports: Ports, actor: Actor, load: str, reason: str) -> dict[str, Any]:
    """Give all pairs that a hold found (the same person under an old and a new id) the new id.

    The load is planned again with the pairs joined; what is doubtful besides is held again.

    Raises Refusal: 409 if no hold of the load is about changed ids.
    """
    item = ports.store.get(keys.load(actor.site, load))
    if item is None:
        raise not_found()
    if item.body["state"] == "held" and not any(hold["rule"] == _ID_SWAP for hold in item.body["holds"]):
        raise Refusal(409, "NO_PAIRS", "No hold of this load is about changed IDs: there is nothing to re-key.")
    return decide(ports, actor, load, Decision("again", reason), rekey=True)


def decide(ports: Ports, actor: Actor, load: str, decision: Decision, **noted: Any) -> dict[str, Any]:
    """The load's body after the decision, with `noted`. Asking again for what was decided changes nothing.

    The decision and its audit event are one write; the workflow is told after it, and again when
    the same is asked again, in case the first telling was lost.

    Raises Refusal: 404, 403 if the sender of the load may not approve it, 409 if it isn't held,
    422 if nothing of what is to be approved waits.
    """
    key, what = keys.load(actor.site, load), decision.what
    for _ in range(8):
        item = ports.store.get(key)
        if item is None:
            raise not_found()
        body = item.body
        if body["state"] != "held" and (body.get("decision") or {}).get("what") == what:
            if body["state"] == _STATE[what]:
                tell(ports, body, what)
            return body
        if body["state"] != "held":
            raise Refusal(
                409,
                "NOT_HELD",
                f"The load is not held: it is {body['state'].replace('_', ' ')}.",
                state=body["state"],
            )
        if what != "rejected":
            _check_other_person(ports, actor, body)
        _check_part(body, decision)
        decided = body | noted | {
            "state": _STATE[what],
            "updated_at": ports.time(),
            "decision": _noted(ports, actor, decision),
        }
        event = audit.event(
            ports, actor.site, _EVENT[what], by=actor.account, load=load, reason=decision.reason,
            schools=list(decision.schools), rows=len(decision.rows) or None, **noted,
        )
        changed = Item(key, decided, item.version + 1, item.listed, item.expires)
        if ports.store.write_together([Replace(changed), Insert(event)]):
            if not tell(ports, decided, what) and ports.time() >= body["expires_at"]:
                raise Refusal(409, "NOT_HELD", "The hold ended before it was decided: it expired.")
            return decided  # told, maybe by a call whose reply was lost
    raise Refusal(409, "BUSY", "The load is changing right now. Try again.")


def tell(ports: Ports, body: dict[str, Any], outcome: Outcome) -> bool:
    """Wake the workflow of a held load; False if it no longer waits."""
    token = body.get("task_token")
    return ports.workflow.answer(token, {"decision": outcome}) if token else True


def _noted(ports: Ports, actor: Actor, decision: Decision) -> dict[str, Any]:
    noted = {"what": decision.what, "by": actor.account, "at": ports.time(), "reason": decision.reason}
    parts = {"schools": list(decision.schools), "rows": list(decision.rows)}
    return noted | {name: value for name, value in parts.items() if value}


def _check_part(body: dict[str, Any], decision: Decision) -> None:
    waiting = {one["school"] for one in body.get("waiting", ())}
    nothing = sorted(set(decision.schools) - waiting)
    if nothing:
        some = ", ".join(sorted(waiting - {""})) or "none"
        raise Refusal(
            422,
            "NOTHING_WAITS",
            f"Nothing of this load waits in school {', '.join(nothing)}. Schools that wait: {some}.",
        )


def _check_other_person(ports: Ports, actor: Actor, body: dict[str, Any]) -> None:
    settings = ports.store.get(keys.settings(actor.site))
    rule = settings.body.get("approval", "any") if settings else "any"
    if rule == "other_person" and body.get("sent_by") == actor.account:
        raise not_allowed("This site wants another person than the sender to approve a load.")
