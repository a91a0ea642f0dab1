"""What the table keeps of a batch: how far it is, and in parts whom it is for.

`preview` → `running` → `done`, or `failed` where the actor lost the account meanwhile. `counts`
tells how many accounts ended how: `done`, `busy` (somebody else kept changing it), or a code of
`choose`. `next_part` is where the work goes on. Parts don't change once they are written, but for
the outcomes of the accounts that were not `done`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from rostering.store import keys
from rostering.store.keys import Item

PART_SIZE = 500
MOST_ACCOUNTS = 10_000
KEPT_SECONDS = 365 * 86_400
PARTS_KEPT_SECONDS = 30 * 86_400


def items_of(site: str, batch: str, body: dict[str, Any], accounts: list[str], *, now: float) -> list[Item]:
    """The items of a new batch: its parts first, so that a batch that is seen is whole."""
    starts = range(0, len(accounts), PART_SIZE)
    parts = [Item(keys.batch_part(site, batch, number), {"accounts": accounts[start:start + PART_SIZE]},
                  expires=int(now) + PARTS_KEPT_SECONDS) for number, start in enumerate(starts)]
    head = body | {"batch": batch, "site": site, "total": len(accounts), "done": 0, "next_part": 0,
                   "parts": len(parts), "counts": {}}
    return [*parts, Item(keys.batch(site, batch), head, expires=int(now) + KEPT_SECONDS)]


def part_done(store: Any, site: str, batch: str, number: int, outcomes: Mapping[str, str]) -> None:
    """Note how the accounts of a part ended, and go on to the next; noted twice it counts once."""
    others = {account: code for account, code in outcomes.items() if code != "done"}
    if others:
        store.update(keys.batch_part(site, batch, number),
                     lambda body: body and (None if "others" in body else body | {"others": others}))

    def further(body: dict[str, Any] | None) -> dict[str, Any] | None:
        if body is None or body["next_part"] != number:
            return None
        counts = dict(body["counts"])
        for code in outcomes.values():
            counts[code] = counts.get(code, 0) + 1
        return body | {"next_part": number + 1, "done": body["done"] + len(outcomes), "counts": counts}
    store.update(keys.batch(site, batch), further)


def ended(store: Any, site: str, batch: str, **told: Any) -> None:
    """End a running batch; one that has ended stays as it is."""
    store.update(keys.batch(site, batch),
                 lambda body: body | told if body and body["state"] == "running" else None)


def name_of_changes(batch: str, at: float) -> str:
    """What the records of a batch beside its accounts are called: the same each time, in the order of time."""
    return f"hand-{int(at * 1000):012x}{hashlib.sha256(batch.encode()).hexdigest()[:10]}"
