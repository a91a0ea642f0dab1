"""True erasure: one administrator of the whole site asks, another one approves (identity specification, 7 and 11).

Who is erased is a placeholder from then on: what they did stays where it was, under a name that
tells nobody. All that the table holds of them goes, step by step; a step that was done finds nothing
more to do, so an erasure that stopped is gone on with by approving it again. Loads leave the person
out by marks (`rostering.erasure`). Files go by their lifecycles, which the answer tells.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from accounts import audit, sessions
from accounts.models.erasing import Erasure, Stays
from accounts.notes import KIND, name_of_act
from accounts.people import account_for
from accounts.ports import Ports, iso, seconds_of
from accounts.problems import Refusal, not_allowed
from accounts.reach import merges, reach_of
from accounts.removing import parted
from accounts.sign_in import site_settings
from rostering import erasure
from rostering.access import lockout
from rostering.access.roles import Actor, Target
from rostering.access.rules import allow
from rostering.credentials.first_secrets import CROCKFORD
from rostering.model import Account
from rostering.people import account_of, item_of
from rostering.store import keys
from rostering.store.keys import Item

DAYS_TO_APPROVE = 7
NOTE = ("Everything that the table holds of this person is gone. Loads that carry their ids leave them out and report "
        "W-ERASED. Their username stays reserved as a word, tied to nobody.")
# As template.yaml has them: where copies lie, what they are, and after how many days they are deleted.
STAYS = (
    Stays(where="inbox/", what="sheets and bundles as they were dropped, with older versions", days=37),
    Stays(where="outbox/", what="reports with the sender's rows", days=31),
    Stays(where="feeds/", what="deliveries as they were read", days=30),
    Stays(where="plans/", what="what loads changed, to explain and to undo", days=400),
    Stays(where="zones/", what="messages of SIF zones", days=90),
    Stays(where="gg4l/", what="pages of districts at GG4L", days=30),
    Stays(where="exports/", what="lists and cards, deleted after an hour", days=1),
    Stays(where="snapshots/", what="what a source said last: the next load of that source leaves the person out, and "
                                   "what it leaves behind goes then", days=37),
    Stays(where="the table's continuous backup", what="the table of the last weeks", days=35),
    Stays(where="answers to requests with an Idempotency-Key", what="if the account was made with one", days=3),
)
_ATTEMPTS = 8


def ask(ports: Ports, actor: Actor, account: str, reason: str) -> Erasure:
    """Ask for an erasure. Raises Refusal: 404, 403, 409 unless the account is switched off and stands alone."""
    found = account_of(_item(ports, actor, account))
    _check(ports, actor.site, found)
    key = keys.erasure(actor.site, account)
    held = ports.store.get(key)
    if held and held.body["state"] == "erasing":
        raise Refusal(409, "ERASING", "The erasure was approved and has begun. Approve it again to go on.")
    until = ports.now() + DAYS_TO_APPROVE * 86_400
    body = {"account": account, "state": "asked", "by": actor.account, "at": ports.time(), "until": iso(until)}
    audit.record(ports, actor.site, "erasure.asked", by=actor, target=account, reason=reason)
    ports.store.update(key, lambda was: body)
    return shown(body)


def cancel(ports: Ports, actor: Actor, account: str) -> Erasure:
    """Take back what was asked for. Raises Refusal: 404, 403, 409 once it has begun."""
    _item(ports, actor, account)
    held = _held(ports, actor.site, account)
    if held["state"] != "asked":
        raise Refusal(409, "BEGUN", "The erasure has begun; what is gone can't be brought back.")
    audit.record(ports, actor.site, "erasure.cancelled", by=actor, target=account)
    after = ports.store.update(keys.erasure(actor.site, account), lambda was: was | {"state": "cancelled"}
                               if was and was["state"] == "asked" else None)
    return shown(after.body)


def approve(ports: Ports, actor: Actor, account: str) -> Erasure:
    """Erase what another administrator asked for; asked again, one that stopped goes on, one that is done is told.

    Raises Refusal: 404, 403 for who asked for it, 409 after 7 days or if the account is in use again.
    """
    item = _item(ports, actor, account)
    held = _held(ports, actor.site, account)
    if held["state"] == "erased":
        return shown(held)
    if held["by"] == actor.account:
        raise not_allowed("Another administrator of the whole site approves: erasing takes two persons.")
    found = account_of(item)
    if held["state"] == "asked":
        if ports.now() > (seconds_of(held["until"]) or 0):
            raise Refusal(409, "OLD", "That was asked for more than 7 days ago. Ask for it again.")
        _check(ports, actor.site, found)
        tag = "".join(CROCKFORD[byte % 32] for byte in ports.random_bytes(4))
        told = {"state": "erasing", "approved_by": actor.account, "placeholder": f"{erasure.PLACEHOLDER} {tag}",
                "tag": tag}
        audit.record(ports, actor.site, "erasure.approved", by=actor, target=account, asked_by=held["by"])
        held = _to(ports, actor.site, account, "asked", told)
    gone = _erase(ports, actor, item, found, held["tag"])
    audit.record(ports, actor.site, "account.erased", by=actor, target=account, asked_by=held["by"], **gone)
    return shown(_to(ports, actor.site, account, "erasing",
                     {"state": "erased", "erased_at": ports.time(), "gone": gone}))


def shown(body: dict[str, Any]) -> Erasure:
    told = {name: value for name, value in body.items() if name in Erasure.model_fields}
    done = body["state"] == "erased"
    return Erasure.model_validate(told | {"stays": STAYS if done else (), "note": NOTE if done else ""})


def _erase(ports: Ports, actor: Actor, item: Item, found: Account, tag: str) -> dict[str, int]:
    """Take away what the table holds of a person, the account itself last; gives how many things of each kind."""
    site, store, pk = actor.site, ports.store, item.key.pk
    reach = reach_of(store, site, found, other=found.id)
    _mark(ports, site, found)
    sessions.end_all(ports, site, found.id)
    gone = {
        "claims": _delete(store, [held for *_, held in reach.claims.values() if held]),
        "schools": _delete(store, store.query(pk, prefix="SCHOOL#").items),
        "questions": _delete(store, [one for one in store.query(keys.match(site, "").pk).items
                                     if _is_named(one.body, found.id)]),
        "merges": _delete(store, [one for one in store.query(keys.merge(site, "").pk).items
                                  if found.id in (one.body["kept"], one.body["gone"])]),
        "corrections": _delete(store, list(_corrections(store, site, found))),
        "places": _leave(store, [*reach.sections, *reach.groups], found.id, ports.time()[:10]),
        "links": _part(ports, actor, found),
        "reasons": _silence(store, site, found.id),
        "secrets": _forget_sign_in(store, site, found),
        # late, because past claims are found by them
        "records": _delete(store, store.query(pk, prefix="CHANGE#").items),
    }
    for _ in range(_ATTEMPTS):
        version = store.get(item.key).version
        if store.replace(item_of(site, erasure.placeholder(found, tag, at=ports.time()), version + 1), was=version):
            return gone
    raise Refusal(409, "BUSY", "The account is changing right now. Approve it again to go on.")


def _mark(ports: Ports, site: str, found: Account) -> None:
    """Let loads know whom to leave out, also of what their sources said last."""
    marks = erasure.marks_of(site_settings(ports, site)["id_salt"], found)
    ports.store.update(keys.erased(site), lambda body: {"marks": sorted({*(body or {}).get("marks", ()), *marks})})


def _corrections(store: Any, site: str, found: Account) -> list[Item]:
    listed: list[Item] = []
    for source, key in ({found.source: found.source_key} | found.links).items():
        place = keys.correction(site, source, KIND[found.role], key, "")
        listed += store.query(place.pk, prefix=place.sk).items if key else []
    return listed


def _part(ports: Ports, actor: Actor, found: Account) -> int:
    """End the links of relatives and of the person's other accounts to this one."""
    site, act = actor.site, name_of_act(ports)
    cause = {"by": actor.account, "reason": "", "at": ports.time()}
    relatives = ports.store.get_many(keys.account(site, name) for name in (*found.guardians, *found.students))
    for was in relatives.values():
        for _ in range(_ATTEMPTS):
            if ports.store.write_together(parted(site, was, found.id, act, cause)):
                break
            was = ports.store.get(was.key)
    for name in found.linked:
        ports.store.update(keys.account(site, name), lambda body: body and body | {
            "linked": {other: told for other, told in body.get("linked", {}).items() if other != found.id}})
    return len(relatives) + len(found.linked)


def _leave(store: Any, places: list[Item], account: str, today: str) -> int:
    """Take the person out of sections, where they stand among those who were in it before, and of groups."""
    def without(body: dict[str, Any] | None) -> dict[str, Any] | None:
        if body is None or account not in body.get("members", {}):
            return None
        left = body | {"members": {name: told for name, told in body["members"].items() if name != account}}
        if body.get("kind") == "group":
            return left
        dates = body["members"][account] or ["", ""]
        return left | {"past": body.get("past", {}) | {account: [dates[0], dates[1] or today]}}
    inside = [item for item in places if account in item.body.get("members", {})]
    for item in inside:
        store.update(item.key, without)
    return len(inside)


def _silence(store: Any, site: str, account: str) -> int:
    """Take the free texts out of the person's own trail: the events stay, what people wrote goes."""
    silenced, after = 0, None
    while True:
        page = store.listing(keys.audited(site, account), limit=100, after=after)
        spoken = [one for one in page.items if one.body.get("reason")]
        for one in spoken:      # one by one: the API may write no statements, which batches of conditions are
            silent = {name: value for name, value in one.body.items() if name != "reason"}
            store.replace(replace(one, body=silent, version=one.version + 1), was=one.version)
        silenced, after = silenced + len(spoken), page.after
        if after is None:
            return silenced


def _forget_sign_in(store: Any, site: str, found: Account) -> int:
    """The username stays claimed, by nobody; its secret and the wrong tries at it go."""
    key = keys.username(site, found.username)
    login = store.get(key) if found.username else None
    if login is None or login.body.get("account") != found.id:
        return 0
    store.update(key, lambda body: {"account": erasure.RULE, "state": "claimed"})
    store.delete_many([keys.tries(site, lockout.digest_of(site, found.username))])
    return 1


def _delete(store: Any, items: list[Item]) -> int:
    store.delete_many(item.key for item in items)
    return len(items)


def _is_named(value: Any, account: str) -> bool:
    """Whether `account` stands anywhere in `value`."""
    if isinstance(value, dict):
        return any(_is_named(part, account) for pair in value.items() for part in pair)
    return any(_is_named(part, account) for part in value) if isinstance(value, list) else value == account


def _check(ports: Ports, site: str, found: Account) -> None:
    """Raises Refusal (409) unless the account may be erased."""
    if erasure.is_erased(found):
        raise Refusal(409, "ERASED", "That person was erased already.")
    if found.status != "inactive":
        raise Refusal(409, "ACTIVE", "The account is in use. Deactivate it first.")
    if found.merged_into or any(one.body["state"] in ("merging", "merged", "unmerging")
                                for one in merges(ports.store, site, found.id)):
        raise Refusal(409, "MERGED", "The account is one of two that were merged. Unmerge them first (account "
                                     "unmerge), then erase each.")


def _item(ports: Ports, actor: Actor, account: str) -> Item:
    """The account's item. Raises Refusal: 404, 403 for who is no administrator of the whole site."""
    item, _, target = account_for(ports, actor, account)
    decision = allow(actor, "account.erase", Target(actor.site, account=account, rank=target.rank))
    if not decision:
        raise not_allowed(decision.reason)
    return item


def _held(ports: Ports, site: str, account: str) -> dict[str, Any]:
    item = ports.store.get(keys.erasure(site, account))
    if item is None or item.body["state"] == "cancelled":
        raise Refusal(404, "NOT_ASKED", "Nobody has asked to erase that account.")
    return item.body


def _to(ports: Ports, site: str, account: str, state: str, told: dict[str, Any]) -> dict[str, Any]:
    """The erasure one step on. Raises Refusal (409) if somebody else took that step."""
    before = ports.store.get(keys.erasure(site, account))
    if before is None or before.body["state"] != state or not ports.store.replace(
            Item(before.key, before.body | told, before.version + 1), was=before.version):
        raise Refusal(409, "BUSY", "Somebody else is deciding on it right now. Look again.")
    return before.body | told
