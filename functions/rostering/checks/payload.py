"""What the sources of a school last said, beside what is here: "the SIS sent 412, here 410, held 1, turned back 1".

Who is here is counted by going through the listing once; what was sent stands in the manifest of the
newest delivery, by school; who waits for a decision in the open matches; who was turned back in what the
reader kept. A connection's rows that were turned back are known for the whole site only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rostering import snapshot
from rostering.errors import NotFound
from rostering.load import turned
from rostering.load.manifest import COUNTED_AS, FeedManifest
from rostering.model import Account
from rostering.store import keys

KINDS = ("student", "staff", "guardian")
_KIND = {"Student": "student", "Guardian": "guardian"}


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of people of a school, and one source.

    `sent` counts the rows of the newest delivery, with those turned back; None where it isn't known by
    school (guardians, and deliveries that are no longer kept). `stands` is how many the source says are
    active, over all its deliveries. `here` are active and pending accounts, `off` inactive ones. `held`
    rows wait for a decision who they are. `complete`: the delivery was to name everybody.
    """

    source: str
    kind: str
    load: str
    load_state: str
    at: str
    complete: bool
    sent: int | None
    stands: int
    here: int
    off: int
    held: int
    turned_back: int | None


def compare(store: Any, files: Any, site: str, school: str, people: Iterable[Account]) -> list[Line]:
    """The lines of a school whose `people` are these, by source and kind; without those that are all 0."""
    here, off = Counter(), Counter()
    for account in people:
        if (account.fields.get("school") or "") == school and not account.merged_into:
            for source in {account.source, *account.links} - {"manual"}:
                (off if account.status == "inactive" else here)[source, _KIND.get(account.role, "staff")] += 1
    waiting = _held(store, site, school)
    lines = []
    for source, load, body in _newest(store, site):
        sent, turned_back, complete = _delivered(files, site, load, school)
        stands = snapshot.read(files, site, source).active()
        for kind in KINDS:
            line = Line(source, kind, load, body.get("state", ""), body.get("received_at", ""), complete,
                        sent.get(kind), stands.get(kind, {}).get(school, 0), here[source, kind], off[source, kind],
                        waiting[source, kind], turned_back.get(kind))
            if line.sent or line.stands or line.here or line.off or line.held or line.turned_back:
                lines.append(line)
    return sorted(lines, key=lambda line: (line.source, KINDS.index(line.kind)))


def _newest(store: Any, site: str) -> list[tuple[str, str, dict[str, Any]]]:
    """The newest delivery of each source: the source, the load and its item's body."""
    found: dict[str, str] = {}
    for prefix in ("NEWEST#", "DELIVERED#"):       # sites that were loaded before have the first alone
        for item in store.query(keys.settings(site).pk, prefix=prefix).items:
            source = item.key.sk.removeprefix(prefix).replace("%23", "#").replace("%25", "%")
            found[source] = max(found.get(source, ""), item.body["load"])
    items = store.get_many(keys.load(site, load) for load in found.values())
    bodies = {item.body["load"]: item.body for item in items.values()}
    return [(source, load, bodies.get(load, {})) for source, load in sorted(found.items())]


def _delivered(files: Any, site: str, load: str, school: str) -> tuple[dict[str, int], dict[str, int], bool]:
    """What a delivery sent of a school and what of it was turned back, by kind; and whether it was to be whole."""
    try:
        manifest = FeedManifest.read(files, site, load)
    except NotFound:
        return {}, {}, False
    turned_back = _turned_back(files, site, manifest, school)
    sent = {kind: schools.get(school, 0) + turned_back.get(kind, 0) for kind, schools in manifest.by_school.items()}
    return sent, turned_back, manifest.is_complete or bool(manifest.scope.get("pulled_at"))


def _turned_back(files: Any, site: str, manifest: FeedManifest, school: str) -> dict[str, int]:
    """Rows of a school that were turned back, by kind; without the kinds of which the school isn't known."""
    rows, found = turned.read(files, site, manifest.feed), {}
    for kind in manifest.by_school:
        of_kind = [row for row in rows if row.kind == kind]
        if not manifest.counts.get(COUNTED_AS[kind], {}).get("problems"):
            found[kind] = 0
        elif of_kind and all(row.row for row in of_kind):       # a connection's have no row, and tell no school
            found[kind] = sum(row.school == school for row in of_kind)
    return found


def _held(store: Any, site: str, school: str) -> Counter:
    found: Counter = Counter()
    for item in store.query(keys.match(site, "").pk).items:
        body = item.body
        if body["state"] == "open" and (body["who"].get("school") or "") == school:
            found[body["source"], body["kind"]] += 1
    return found
