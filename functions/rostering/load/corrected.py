"""The corrections of a site's sources: read before a delivery, ended when a load that agrees is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from rostering import audit
from rostering.clock import moment
from rostering.corrections import Correction, from_body
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Insert, Replace

if TYPE_CHECKING:
    from rostering.load.ground import Ground
    from rostering.load.manifest import FeedManifest

KEPT_DAYS = 30


def read(store: Any, site: str, source: str) -> list[Correction]:
    """The corrections of a source, also those that ended in the last 30 days. They are few: one query."""
    pk = keys.correction(site, source, "", "", "").pk
    return [from_body(item.body) for item in store.query(pk).items]


def newest_change(corrections: list[Correction]) -> str:
    """When a person last made one or took one back; "" if nobody did."""
    times = [each.at for each in corrections if not each.ended]
    return max(times + [each.ended["at"] for each in corrections if "by" in each.ended], default="")


def at(site: str, correction: Correction) -> keys.Key:
    return keys.correction(site, correction.source, *correction.place)


def ended(item: Item, **how: str) -> Item:
    """The item of a correction that counts no longer; it goes after 30 days."""
    expires = int((moment(how["at"]) + timedelta(days=KEPT_DAYS)).timestamp())
    return replace(item, body=item.body | {"ended": how}, version=item.version + 1, expires=expires)


def settle(ground: Ground, manifest: FeedManifest) -> None:
    """Note what the source of a load that is done said of corrections; where it agrees, they end.

    A correction that a person made anew since the feed was read is left alone.
    """
    met = manifest.about.get("corrections", {})
    for *place, made in met.get("agreed", ()):
        item = ground.store.get(keys.correction(ground.site, ground.source, *place))
        if item is None or item.body["ended"] or item.body["at"] != made:
            continue
        correction = from_body(item.body)
        event = audit.event(ground.site, "correction.ended", by=ground.load, at=ground.now,
                            name=f"{ground.load}-{correction.id}", correction=correction.id, load=ground.load)
        ground.store.write_together([Replace(ended(item, at=ground.now, load=ground.load)), Insert(event)])
    for *place, made, text in met.get("said", ()):
        item = ground.store.get(keys.correction(ground.site, ground.source, *place))
        if item and not item.body["ended"] and item.body["at"] == made and item.body["said"] != text:
            ground.store.replace(replace(item, body=item.body | {"said": text}, version=item.version + 1),
                                 was=item.version)
