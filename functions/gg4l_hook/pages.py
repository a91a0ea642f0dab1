"""What a district's collections hold, page by page in the files of a pull, and how far the pull has come.

gg4l/{site}/{district}/{pull}/{collection}/{page}.gz holds the rows of one page, as the reader keeps
them: without passwords and whatever else we have no use for. The session item says which page comes
next, so a pull that runs out of time, or dies, goes on there.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import orjson

from rostering.errors import InputError, RemoteProtocolError
from rostering.oneroster import rest
from rostering.oneroster.rows import COLLECTIONS, Flaw, Row, from_json
from rostering.oneroster.session import Session
from rostering.store import keys
from rostering.store.keys import Item

# Without these a district is no roster; of others we may be refused.
NEEDED = frozenset({"orgs", "users", "classes", "enrollments"})
_NOT_OURS = frozenset({"OR-403", "OR-404"})
_NOT_WHOLE = frozenset({"INCOMPLETE", "REPEATED_PAGE"})
_EMPTY: dict[str, Any] = {"pull": "", "ready": "", "tries": 0, "done": {}, "offset": 0, "page": 1, "rows": 0}


class Pages:
    """The files and the session of one pull. Only who holds the district's lease writes them."""

    def __init__(self, store: Any, files: Any, site: str, district: str, pull: str) -> None:
        self._store, self._files, self._site, self._district, self._pull = store, files, site, district, pull
        item = store.get(keys.gg4l_session(site, district))
        self.body = item.body if item and item.body["pull"] == pull else _EMPTY | {"pull": pull, "done": {}}

    def begin(self, ready: str) -> None:
        """Begin anew: the data of `ready` are what is read now."""
        if self.body["ready"] != ready:
            self.body |= {"ready": ready, "done": {}, "offset": 0, "page": 1, "rows": 0,
                          "tries": self.body["tries"] + 1}
            self._save()

    @property
    def next_collection(self) -> str:
        """The collection to read now; "" if all are through."""
        return next((one for one in COLLECTIONS if one not in self.body["done"]), "")

    def read(self, session: Session, collection: str, *, page_size: int) -> Iterator[int]:
        """Read a collection from where it stopped; gives the rows so far after every page that is stored."""
        body = self.body
        seen = (row[0] for row in self._stored(collection, body["page"] - 1) if isinstance(row, list)) \
            if body["offset"] else ()
        try:
            for page in rest.collection(session.get, collection, rest.ENVELOPES[collection], page_size=page_size,
                                        start_offset=body["offset"], first_page=body["page"], seen_ids=seen):
                rows = [from_json(collection, record, page=page.number) for record in page.records]
                lines = [asdict(row) if isinstance(row, Flaw) else row for row in rows]
                self._files.write(self._key(collection, page.number),
                                  gzip.compress(b"\n".join(map(orjson.dumps, lines)), compresslevel=1, mtime=0))
                body |= {"offset": page.next_offset, "page": page.number + 1, "rows": body["rows"] + len(rows)}
                self._save()
                yield body["rows"]
        except RemoteProtocolError as wrong:
            if wrong.code in _NOT_WHOLE:        # rows moved meanwhile, or the provider repeats itself: all of it anew
                body |= {"offset": 0, "page": 1, "rows": 0}
                self._save()
            raise
        except InputError as refused:
            if refused.code not in _NOT_OURS or collection in NEEDED:
                raise
            self._done(collection, "not_offered")
        else:
            self._done(collection, "complete")

    def _done(self, collection: str, state: str) -> None:
        body = self.body
        body["done"][collection] = {"state": state, "pages": body["page"] - 1, "rows": body["rows"]}
        body |= {"offset": 0, "page": 1, "rows": 0}
        self._save()

    def rows(self, collection: str) -> Iterator[Row | Flaw]:
        """The rows of a collection that was read, in the provider's order; a Flaw for each that can't be used."""
        for row in self._lines(collection):
            yield Flaw(**row) if isinstance(row, dict) else (row[0], row[1], row[2])

    def delete(self) -> None:
        """Delete the files of this and of older pulls of the district."""
        for key in self._files.list(f"gg4l/{self._site}/{self._district}/"):
            self._files.delete(key)

    def _lines(self, collection: str) -> Iterator[Any]:
        return self._stored(collection, self.body["done"].get(collection, {}).get("pages", 0))

    def _stored(self, collection: str, pages: int) -> Iterator[Any]:
        for number in range(1, pages + 1):
            for line in gzip.decompress(self._files.read(self._key(collection, number))).split(b"\n"):
                if line:
                    yield orjson.loads(line)

    def _key(self, collection: str, page: int) -> str:
        return f"gg4l/{self._site}/{self._district}/{self._pull}/{collection}/{page:06d}.gz"

    def _save(self) -> None:
        self._store.put_many([Item(keys.gg4l_session(self._site, self._district), self.body)])
