"""What earlier bundles told of orgs and courses, for the references of a bundle that holds changes only.

A school is keyed by its identifier and a course by its school, but the rows of a delta name both by
their sourcedIds: who comes to a school that did not change would else be at none.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import orjson

from rostering import snapshot
from rostering.load import paths
from rostering.load.manifest import FeedManifest
from rostering.oneroster.bundle import Bundle
from rostering.oneroster.rows import COLLECTIONS, Flaw, Row
from rostering.oneroster.vocabulary import is_deleted

_KEPT = {"orgs": ("name", "type", "identifier", "parent"), "courses": ("title", "code", "org")}
_NAMED = {"orgs": "name", "courses": "title"}


class Earlier:
    """The orgs and courses as of the last load of `source` that stands, and of the bundle that is read now."""

    def __init__(self, files: Any, site: str, source: str) -> None:
        self._files, self._site = files, site
        self._known: dict[str, dict[str, dict[str, Any]]] = {of: {} for of in _KEPT}
        last = snapshot.read(files, site, source).load
        if last and files.exists(paths.feed(site, last)):
            last = FeedManifest.read(files, site, last).feed        # a load that went on with the rest of another
        if last and files.exists(paths.named(site, last)):
            self._known |= orjson.loads(gzip.decompress(files.read(paths.named(site, last))))
        self._now: dict[str, dict[str, dict[str, Any]]] = {}

    def rows(self, bundle: Bundle, complete: frozenset[str]) -> dict[str, Callable[[], Iterator[Row | Flaw]]]:
        """What opens each collection of a bundle. What only earlier ones told comes last, and has no row (0)."""
        for of, named in _NAMED.items():
            self._now[of] = {} if of in complete else dict(self._known[of])
            for row in bundle.rows(of):
                if isinstance(row, Flaw):
                    continue
                ref, fields, _ = row
                self._now[of].pop(ref, None)
                if not is_deleted(fields):
                    kept = {name: fields[name] for name in _KEPT[of] if fields.get(name)}
                    self._now[of][ref] = {named: ref} | kept
        orgs = {"", *self._now["orgs"]}       # a course of another org was not loaded, and is not told again
        self._now["courses"] = {ref: course for ref, course in self._now["courses"].items()
                                if course.get("org", "") in orgs}
        return {of: partial(self._open, bundle, of, self._known[of] if of in _KEPT and of not in complete else {})
                for of in COLLECTIONS}

    def write(self, load: str) -> None:
        """Keep what is known now, for those who come after `load`."""
        self._files.write(paths.named(self._site, load), gzip.compress(orjson.dumps(self._now), mtime=0))

    @staticmethod
    def _open(bundle: Bundle, of: str, known: dict[str, dict[str, Any]]) -> Iterator[Row | Flaw]:
        if not known:
            yield from bundle.rows(of)
            return
        left = dict(known)
        for row in bundle.rows(of):
            left.pop(row.sourced_id if isinstance(row, Flaw) else row[0], None)
            yield row
        for ref, fields in left.items():
            yield ref, fields, 0
