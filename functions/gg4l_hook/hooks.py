"""Messages that were taken: each is kept once, orders what follows from it, and has its effect once.

| kept          | what follows                                                                          |
|---------------|---------------------------------------------------------------------------------------|
| onboarding    | an order of its news; when that is delivered, the district hears them (`onboarding`)  |
| roster        | an order of its news, at most one a district in 10 minutes; delivered, it is a poll   |
| unknown type  | nothing; somebody is alerted                                                          |

The item is written first, then the order, then `queued`. Whoever falls over in between leaves an item
that is not `queued`, and the sender, who got no 2xx, sends again: then it is ordered again. So an order
may come twice, and has no second effect.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from gg4l_hook.desk import Answer, Order
from gg4l_hook.hint import ROSTER, STATUS_CHANGED, Hint
from rostering import audit, onboarding
from rostering.clock import moment
from rostering.districts import DISTRICT, HOOK_DAYS
from rostering.errors import Conflict
from rostering.onboarding import BY_WEBHOOK, News
from rostering.store import keys
from rostering.store.keys import Item, Key
from rostering.store.writes import Insert, Replace

DEBOUNCE = timedelta(minutes=10)
MOST_ROSTER_ORDERS = 30             # of a site in that time
MOST_RAW_BYTES = 100_000
ALERTS = frozenset({"other_body", "unknown_type", "unknown_status", "limited"})
_ATTEMPTS = 8


def keep(desk: Any, site: str, webhook_id: str, hint: Hint, raw: bytes) -> str:
    """Keep a message and order what follows; says how it ended. Raises StoreError if it could not be done.

    Of two messages with one id the first is kept ("other_body").
    """
    now = desk.now()
    body = {"sha256": hashlib.sha256(raw).hexdigest(), "received_at": now, "type": hint.type,
            "district": hint.district, "queued": False, "taken_at": "", "hint": hint.body(),
            "raw": raw if len(raw) <= MOST_RAW_BYTES else b""}
    key = keys.gg4l_hook(site, webhook_id)
    is_new = desk.store.insert(Item(key, body, expires=int((moment(now) + timedelta(days=HOOK_DAYS)).timestamp())))
    kept = body if is_new else _kept(desk, key)
    same = kept["sha256"] == body["sha256"]
    outcome = "duplicate"
    if not kept["queued"]:
        outcome = _order(desk, site, webhook_id, kept)
        desk.store.update(key, lambda was: was | {"queued": True} if was else None)
    return outcome if same else "other_body"


def take(desk: Any, order: Order) -> Answer:
    """Do what a message that was kept asks for. Twice is as once; the order of messages makes no difference."""
    key = keys.gg4l_hook(order.site, order.hook)
    item = desk.store.get(key)
    if item is None:
        return Answer("gone")
    if item.body["taken_at"]:
        return Answer("over")
    if item.body["type"] in ROSTER:
        outcome, polls = "asked", True
    else:
        outcome, district = _tell(desk, order, item.body)
        polls = district is not None and onboarding.waits_for_discovery(district) \
            and _is_due(desk, order.site, item.body["district"], order.hook) == ""
    if polls:
        desk.order(Order(order.site, "poll", item.body["district"]))
    desk.store.update(key, lambda was: was | {"taken_at": desk.now()} if was else None)
    return Answer(outcome)


def _kept(desk: Any, key: Key) -> dict[str, Any]:
    item = desk.store.get(key)
    if item is None:
        raise Conflict("a message of this id was there a moment ago; it has expired since")
    return item.body


def _order(desk: Any, site: str, webhook_id: str, kept: dict[str, Any]) -> str:
    if kept["type"] != STATUS_CHANGED and kept["type"] not in ROSTER:
        return "unknown_type"
    if kept["type"] in ROSTER and (why := _is_due(desk, site, kept["district"], webhook_id)):
        return why
    desk.order(Order(site, "news", kept["district"], hook=webhook_id))
    is_known = kept["type"] in ROSTER or onboarding.is_known(kept["hint"]["status"])
    return "queued" if is_known else "unknown_status"


def _is_due(desk: Any, site: str, district: str, webhook_id: str) -> str:
    """"" if this message may order something of its district now, else why not: "debounced" or "limited".

    The message that was allowed to stays so, should it come again. No webhook id has a colon, so none of them is
    where the last one is noted.
    """
    now, allowed = desk.now(), False

    def recent(body: dict[str, Any]) -> bool:
        return moment(now) - moment(body["at"]) < DEBOUNCE

    def claim(body: dict[str, Any] | None) -> dict[str, Any] | None:
        nonlocal allowed
        allowed = body is None or body["hook"] == webhook_id or not recent(body)
        return {"hook": webhook_id, "at": now} if allowed else None

    def count(body: dict[str, Any] | None) -> dict[str, Any] | None:
        nonlocal allowed
        if body is None or not recent(body):
            return {"at": now, "orders": 1}
        allowed = body["orders"] < MOST_ROSTER_ORDERS
        return body | {"orders": body["orders"] + 1} if allowed else None

    desk.store.update(keys.gg4l_hook(site, f"district:{district}"), claim)
    if not allowed:
        return "debounced"
    desk.store.update(keys.gg4l_hook(site, "orders:"), count)
    return "" if allowed else "limited"


def _tell(desk: Any, order: Order, hook: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    """Let the district hear the news, with the event that says so; gives the district as it stands then."""
    key = keys.gg4l_district(order.site, hook["district"])
    for _ in range(_ATTEMPTS):
        item = desk.store.get(key)
        if item is None:
            return "removed", None
        was = DISTRICT | item.body
        now = onboarding.apply(was, _news(hook["hint"]))
        if now == was:
            return "known", now
        event = audit.event(order.site, "district.told", by="gg4l", at=hook["received_at"], name=f"{order.hook}-told",
                            district=hook["district"], status=hook["hint"]["status"], was=was["state"],
                            state=now["state"])
        if desk.store.write_together([Replace(Item(key, now, item.version + 1, item.listed, item.expires)),
                                      Insert(event)]):
            return "told", now
        if desk.store.get(event.key):
            return "over", was
    raise Conflict(f"{key.sk} changed under {_ATTEMPTS} attempts to tell it news")


def _news(hint: dict[str, Any]) -> News:
    return News(hint["at"], BY_WEBHOOK, hint["status"] or None, project_manager=hint["project_manager"] or None,
                call=hint["call"], note=hint["note"])
