"""A temporary file for what a reading has to keep: memory while small, disk beyond, gone at the end."""

from __future__ import annotations

import marshal
import tempfile
import weakref
from pathlib import Path
from typing import Any

Place = tuple[int, int]
_IN_MEMORY_BYTES = 4 * 1024 * 1024


class Spool:
    """Appends lists, tuples, dicts, texts and numbers, and gives them back by their place.

    `close` drops it all; so does the collector, if nobody does. The bytes are Python's own
    `marshal` form: written and read by one process, never kept or moved.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES, dir=folder)  # noqa: SIM115 - closed by close
        self._end = 0
        self.close = weakref.finalize(self, self._file.close)

    def append(self, value: Any) -> Place:
        data = marshal.dumps(value)
        self._file.seek(self._end)
        self._file.write(data)
        place = (self._end, len(data))
        self._end += len(data)
        return place

    def load(self, place: Place) -> Any:
        self._file.seek(place[0])
        return marshal.loads(self._file.read(place[1]))  # noqa: S302 - our own bytes, from an unnamed file
