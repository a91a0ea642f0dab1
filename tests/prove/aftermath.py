"""What a flood of requests at a webhook left, and what of it is wrong: sentences, none if all is well.

The plan says what was sent, the answers what was acknowledged; table, queue and log are looked at as they stand.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable

import orjson

from gg4l_hook import hooks
from gg4l_hook.desk import Order
from rostering.store import keys
from rostering.store.keys import Item, Key
from tests.prove.forgeries import CANARY, DISTRICTS, NEIGHBOURS_SECRET, STATUSES, Message, Sent
from tests.prove.gateway import Answered
from tests.unit.gg4l.door import SECRET, SITE

READS = frozenset({"dynamodb.GetItem", "secrets-manager.GetSecretValue"})


def acknowledged(planned: list[Sent], answers: Iterable[Answered]) -> dict[str, Message]:
    """The genuine messages that were answered 202 at least once, by their ids."""
    return {
        planned[one.number].message.id: planned[one.number].message
        for one in answers
        if one.status == 202 and not planned[one.number].kind
    }


def wrong_answers(planned: list[Sent], answers: list[Answered]) -> list[str]:
    """Statuses that a kind should not have, writes for forged requests, requests without an answer."""
    found = [] if len(answers) == len(planned) else [f"{len(planned)} requests had {len(answers)} answers"]
    for one in answers:
        kind = planned[one.number].kind
        if one.status != STATUSES[kind]:
            found.append(f"request {one.number}, {kind or 'genuine'}: {one.status} instead of {STATUSES[kind]}")
        if kind and (writes := set(one.calls) - READS):
            found.append(f"request {one.number}, {kind}: called {', '.join(sorted(writes))}")
    return found


def strangers(planned: list[Sent], answers: list[Answered], before: dict[Key, Item],
              items: dict[Key, Item]) -> list[str]:  # fmt: skip
    """What stands and nobody genuine has sent, and what stood before and is not as it was."""
    asked = {planned[one.number].message.id for one in answers if not planned[one.number].kind}
    allowed = {keys.gg4l_hook(SITE, name) for name in (*asked, *(f"district:{guid}" for guid in DISTRICTS), "orders:")}
    found = [f"{key} stands, and no genuine message has its id" for key in items.keys() - before.keys() - allowed]
    return found + [f"{key} changed" for key, item in before.items() if items.get(key) != item]


def lost(planned: list[Sent], answers: list[Answered], items: dict[Key, Item]) -> list[str]:
    """What was acknowledged and is not kept as it was sent."""
    found = []
    for one in acknowledged(planned, answers).values():
        item = items.get(keys.gg4l_hook(SITE, one.id))
        if item is None:
            found.append(f"{one.id} was acknowledged and is lost")
            continue
        said, body = orjson.loads(one.raw), item.body
        if (body["raw"], body["sha256"]) != (one.raw, hashlib.sha256(one.raw).hexdigest()) or not body["queued"]:
            found.append(f"{one.id} is not kept as it was sent")
        if (body["type"], body["district"], body["hint"]["at"]) != (said["type"], one.district, said["timestamp"]):
            found.append(f"{one.id} was misread")
    return found


def wrong_orders(planned: list[Sent], answers: list[Answered], items: dict[Key, Item],
                 orders: list[Order]) -> list[str]:  # fmt: skip
    """News that were acknowledged and not ordered, or oftener than they came; rosters that were not let through as
    often as they should be; orders of nothing that was acknowledged.
    """
    kept = acknowledged(planned, answers)
    times = Counter(order.hook for order in orders)
    came = Counter(sent.message.id for sent in planned if not sent.kind)
    found = [
        f"an order for {order.hook}, which is not as it was sent"
        for order in orders
        if order.hook not in kept or order != Order(SITE, "news", kept[order.hook].district, hook=order.hook)
    ]
    found += [
        f"{one.id}, which came {came[one.id]} times, was ordered {times[one.id]} times"
        for one in kept.values()
        if one.is_news and not 1 <= times[one.id] <= came[one.id]
    ]
    most = 1 + math.ceil(planned[-1].due / hooks.DEBOUNCE.total_seconds())
    for guid in {one.district for one in kept.values() if not one.is_news}:
        let = {order.hook for order in orders if order.hook in kept and kept[order.hook].district == guid}
        let -= {name for name in let if kept[name].is_news}
        note = items.get(keys.gg4l_hook(SITE, f"district:{guid}"))
        if not 1 <= len(let) <= most or note is None or note.body["hook"] not in let:
            found.append(f"rosters of {guid}: {len(let)} ordered")
    return found


def wrong_lines(planned: list[Sent], lines: list[str]) -> list[str]:
    """The log has a line for each request, and nothing in it that was in one."""
    found = [] if len(lines) == len(planned) else [f"{len(planned)} requests left {len(lines)} lines in the log"]
    told = "\n".join(lines)
    said = [what for what in (SECRET, NEIGHBOURS_SECRET, CANARY, "msg_", "v1,", "d-0") if what in told]
    return found + [f"the log says {what}" for what in said]


def wrong_news(planned: list[Sent], answers: list[Answered], items: dict[Key, Item]) -> list[str]:
    """After all orders were delivered twice: each news was heard by its district once, with one event."""
    news = {one.id for one in acknowledged(planned, answers).values() if one.is_news}
    told = Counter(
        str(item.body["event"]).removesuffix("-told")
        for item in items.values()
        if item.body.get("what") == "district.told"
    )
    found = [f"{name} was told {told[name]} times" for name in news | told.keys() if told[name] != (name in news)]
    waiting = [name for name in news if not items[keys.gg4l_hook(SITE, name)].body["taken_at"]]
    return found + [f"{name} was never taken" for name in waiting]
