"""Files of the work bucket as files on disk, so that a measure holds only what a task holds."""

from __future__ import annotations

from pathlib import Path


class DiskFiles:
    """What a load needs of S3Files, below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, key: str) -> bytes:
        return (self._folder / key).read_bytes()

    def write(self, key: str, data: bytes, *, content_type: str = "") -> None:
        path = self._folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def exists(self, key: str) -> bool:
        return (self._folder / key).exists()
