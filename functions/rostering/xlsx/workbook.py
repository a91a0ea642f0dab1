"""A workbook that was handed in: turned back for what it is, or open for reading tab by tab."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Self

from rostering.xlsx.container import Container
from rostering.xlsx.gate import admit
from rostering.xlsx.limits import STYLES_BYTES
from rostering.xlsx.package import Package, read_package
from rostering.xlsx.refusal import Refused
from rostering.xlsx.strings import read_strings
from rostering.xlsx.styles import Format, read_formats
from rostering.xlsx.tab import Sheet
from rostering.xlsx.values import Value, Values

EXTENSION = ".xlsx"


def open_workbook(source: BinaryIO | Path, *, name: str) -> Workbook:
    """The workbook in a seekable binary file that people call `name`; a context manager.

    Checks the bytes, the zip directory and the parts around the tabs; the tabs are checked while
    they are read. A source that is a file stays open for its owner to close.

    Raises Refused.
    """
    if isinstance(source, Path):
        stream = source.open("rb")
        try:
            return _opened(stream, name, owned=stream)
        except BaseException:
            stream.close()
            raise
    return _opened(source, name, owned=None)


def _opened(source: BinaryIO, name: str, *, owned: BinaryIO | None) -> Workbook:
    admit(source)
    container = Container(source)
    package = read_package(container)
    if not name.strip().casefold().endswith(EXTENSION):
        raise Refused("BAD_NAME")
    return Workbook(container, package, owned)


class Workbook:
    """The tabs of a workbook. `hidden` tells the state of those that are not visible.

    Shared strings and number formats are read with the first tab.
    """

    def __init__(self, container: Container, package: Package, owned: BinaryIO | None = None) -> None:
        self._container = container
        self._package = package
        self._owned = owned
        self.sheet_names = [name for name, _, _ in package.tabs]
        self.hidden = {name: state for name, state, _ in package.tabs if state != "visible"}
        self.custom_properties = package.properties
        self.date1904 = package.date1904

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget the zip file, and close the file if it was opened here."""
        self._container.close()
        if self._owned:
            self._owned.close()

    def sheet(self, name: str) -> Sheet:
        """The (first) tab of that raw name. KeyError if there is none."""
        for known, _, part in self._package.tabs:
            if known == name:
                return Sheet(name, self._container, part, self._values)
        raise KeyError(name)

    @cached_property
    def _values(self) -> Values:
        return Values(self._strings(), self._formats(), date1904=self.date1904)

    def _strings(self) -> Sequence[Value]:
        if not self._package.strings:
            return []
        with self._container.open(self._package.strings) as part:
            return read_strings(part)

    def _formats(self) -> list[Format]:
        if not self._package.styles:
            return []
        if self._container.size(self._package.styles) > STYLES_BYTES:
            raise Refused("STYLES_TOO_BIG")
        with self._container.open(self._package.styles) as part:
            return read_formats(part)
