"""The audit events of a batch that have to name one account each, and the alarm of who views many secrets.

An event is named for the batch and the account, so that a part that is done twice is told once.
"""

from __future__ import annotations

from typing import Any

from rostering import audit
from rostering.access.roles import WHOLE_SITE
from rostering.batches.acts import Doing
from rostering.clock import moment
from rostering.store import keys
from rostering.store.keys import Item

EACH = {"view": "password.viewed", "grant": "right.granted", "revoke": "right.revoked"}
MOST_VIEWS_A_DAY = 200
MANY_VIEWS = "MANY_VIEWS"
_COUNTED_SECONDS = 30 * 86_400


def tell_each(doing: Doing, action: str, accounts: list[str]) -> None:
    """Write the event of each account that was done; those that are there already stay as they are."""
    right, place = doing.granted.right, doing.granted.place
    about = {"right": right, "school": "" if place == WHOLE_SITE else place, "whole_site": place == WHOLE_SITE
             } if right else {}
    doing.store.insert_many(
        audit.event(doing.site, EACH[action], by=doing.by, at=doing.now, name=f"{doing.batch}-{account}",
                    target=account, batch=doing.batch, reason=doing.reason, **about)
        for account in accounts)


def count_views(doing: Doing, part: int, views: int) -> bool:
    """Count the views of a part for the day of the person who views; True if they are too many now.

    Counting a part twice counts it once.
    """
    key = keys.views(doing.site, doing.by, doing.today)
    doing.store.insert(Item(key, {"parts": {}}, expires=int(moment(doing.now).timestamp()) + _COUNTED_SECONDS))

    def counted(body: dict[str, Any] | None) -> dict[str, Any]:
        return {"parts": (body or {}).get("parts", {}) | {f"{doing.batch}/{part}": views}}
    item = doing.store.update(key, counted)
    return sum(item.body["parts"].values()) > MOST_VIEWS_A_DAY
