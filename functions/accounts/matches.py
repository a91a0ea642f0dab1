"""Deciding who somebody is: a row of a source is an account that is here, or it is somebody new.

A decision becomes a claim of the source's id, so the question is asked once (identity, section 2).
The row that waited is loaded at once: its load is planned again if it is still held, or its
delivery goes on as a load of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accounts import audit, decisions
from accounts.ports import Ports
from accounts.problems import Refusal, not_found
from rostering import people
from rostering.access.roles import Actor
from rostering.errors import NotFound
from rostering.load import again, lease, progress
from rostering.load.manifest import FeedManifest
from rostering.matching import name_print
from rostering.model import FAMILY_OF
from rostering.people import account_of
from rostering.store import keys
from rostering.store.keys import Item, Key
from rostering.store.writes import Insert, Replace

_ATTEMPTS = 8
_RECYCLED = "recycled_id"


@dataclass(frozen=True, slots=True)
class Answer:
    """Who it is: the account `same_as`, or with "" somebody new. `goes_on` is False while more answers follow."""

    reason: str
    same_as: str = ""
    goes_on: bool = True


def decide(ports: Ports, actor: Actor, match: str, answer: Answer) -> dict[str, Any]:
    """The match after the decision, with `goes_on_as`: the load that the row is in now ("" if in none yet).

    Raises Refusal: 404, 409 if somebody decided otherwise or no longer asks, 422 if the account
    can't be this person's.
    """
    place = keys.match(actor.site, match)
    for _ in range(_ATTEMPTS):
        item = ports.store.get(place)
        if item is None:
            raise not_found()
        body = item.body
        if body["state"] == "gone":
            raise Refusal(409, "NOT_ASKED", "The newest delivery no longer asks this.")
        if body["state"] == "decided":
            if body["decision"]["same_as"] != answer.same_as:
                raise Refusal(409, "DECIDED", "Somebody decided otherwise already.", decision=body["decision"])
            return body | {"goes_on_as": body.get("goes_on_as", "")}
        if _write(ports, actor, item, answer):
            lease.move(ports.store, actor.site)
            return _go_on(ports, actor, place, goes_on=answer.goes_on)
    raise Refusal(409, "BUSY", "The match is changing right now. Try again.")


def _write(ports: Ports, actor: Actor, item: Item, answer: Answer) -> bool:
    """The claim, the match and the audit event, all or none; False if somebody wrote in between."""
    body, site = item.body, actor.site
    kind, key, source = body["kind"], body["key"], body["source"]
    account = _account(ports, site, body, answer.same_as)
    recycled = [f"{kind}/{key}"] if body["rule"] == _RECYCLED and not answer.same_as else []
    ports.store.update(keys.source(site, source), lambda known: (known or {"source": source}) | {"links": True} | (
        {"recycled": sorted({*(known or {}).get("recycled", ()), *recycled})} if recycled else {}))
    claim_key = keys.identifier(site, FAMILY_OF[kind], source, "sourceId", key)
    claimed = ports.store.get(claim_key)
    claim = {"account": account, "rule": "decided", "by": actor.account, "at": ports.time()}
    if body["rule"] == _RECYCLED:
        claim["as"] = name_print(body["who"])
    decision = {"same_as": answer.same_as, "account": account, "by": actor.account, "at": ports.time(),
                "reason": answer.reason}
    return ports.store.write_together([
        Replace(Item(claim_key, claim, claimed.version + 1)) if claimed else Insert(Item(claim_key, claim)),
        Replace(Item(item.key, body | {"state": "decided", "decision": decision}, item.version + 1)),
        Insert(audit.event(ports, site, "match.decided", by=actor.account, match=body["match"], target=account,
                           load=body["load"], reason=answer.reason, same=bool(answer.same_as))),
    ])


def _account(ports: Ports, site: str, body: dict[str, Any], same_as: str) -> str:
    """The account that the source's key leads to from now on."""
    kind, key, source = body["kind"], body["key"], body["source"]
    if same_as:
        found = ports.store.get(keys.account(site, same_as))
        if found is None:
            raise Refusal(422, "NO_ACCOUNT", "There is no such account.")
        account = account_of(found)
        if account.family != FAMILY_OF[kind]:
            raise Refusal(422, "OTHER_FAMILY", f"That is a {account.role}'s account. One account has one role.")
        if account.merged_into:
            raise Refusal(422, "MERGED", "That account was merged into another one: name that one.")
        return account.id
    salt = ports.store.get(keys.settings(site)).body["id_salt"]
    own = people.account_id(salt, source, kind, key)
    if ports.store.get(keys.account(site, own)) is None:
        return own
    return people.account_id(salt, source, kind, f"{key}\x00{body['load']}")


def _go_on(ports: Ports, actor: Actor, place: Key, *, goes_on: bool) -> dict[str, Any]:
    """Let the row that waited be loaded; the match, with the load that it is in now."""
    body = ports.store.get(place).body
    held = progress.read(ports.store, actor.site, body["load"]) or {}
    if not goes_on:
        number = ""
    elif held.get("state") == "held":
        number = _plan_again(ports, actor.site, body["load"])
    else:
        number = _load_again(ports, actor.site, body["load"]) if held.get("state") == "done" else ""
    changed = ports.store.update(place, lambda match: match | {"goes_on_as": number} if match else None)
    return changed.body | {"goes_on_as": number}


def _plan_again(ports: Ports, site: str, load: str) -> str:
    """Plan a held load once more, now that one more of its people is known."""
    waiting: dict[str, Any] = {}

    def read_again(body: dict[str, Any] | None) -> dict[str, Any] | None:
        waiting.clear()
        if body is None or body["state"] != "held":
            return None
        waiting.update(body)
        return body | {"state": "read", "updated_at": ports.time()}
    ports.store.update(keys.load(site, load), read_again)
    return load if waiting and decisions.tell(ports, waiting, "again") else ""


def _load_again(ports: Ports, site: str, load: str) -> str:
    """The delivery of a load that is done once more, for those who were left out of it."""
    try:
        manifest = FeedManifest.read(ports.work, site, load)
    except NotFound:
        return ""                          # feeds are kept for 30 days: the next delivery brings the row
    number = ports.new_number()
    again.go_on(ports.store, ports.work, again.for_the_left_out(manifest), load=number, now=ports.time(),
                about={"decided": load})
    ports.workflow.start(site, number)
    return number
