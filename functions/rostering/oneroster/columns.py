"""The files of OneRoster CSV and their columns, 1.1 and 1.2, as `columns.json` lists them.

Headers are found by name, in any order and any case, and under the other names that are met
(`grade`, `termSourcedId`, `orgs`, `agents`, `prefferedGivenName`). Both versions are looked up in
one table: exports mix them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

VERSIONS = ("1.1", "1.2")
MANIFEST = "manifest.csv"
METADATA = "metadata."      # what a column of an extension begins with


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `required` is required, optional or delta; `ref` the collection that it points into."""

    name: str
    required: str
    type: str
    ref: str = ""
    values: tuple[str, ...] = ()
    extensible: bool = False
    aliases: tuple[str, ...] = ()


@cache
def _shipped() -> dict[str, Any]:
    return json.loads((files("rostering.oneroster") / "columns.json").read_bytes())


@cache
def columns(version: str, file: str) -> tuple[Column, ...]:
    """The columns of a file ("users.csv") in file order. Raises KeyError if the version has no such file."""
    return tuple(Column(one["name"], one["required"], one["type"], one.get("ref", ""), tuple(one.get("values", ())),
                        one.get("extensible", False), tuple(one.get("aliases", ())))
                 for one in _shipped()[version]["files"][file])


@cache
def rostering_files(version: str) -> frozenset[str]:
    """The files whose columns are known: "users.csv" and so on."""
    return frozenset(_shipped()[version]["files"])


@cache
def manifest_files() -> frozenset[str]:
    """Everything that a manifest of either version speaks of, without `.csv`: also gradebooks and resources."""
    return frozenset(name for version in VERSIONS for name in _shipped()[version]["manifest"])


@cache
def names(file: str) -> Mapping[str, str]:
    """The standard's name of a header, by the case-folded header or alias, of both versions."""
    found: dict[str, str] = {"propertyname": "propertyName", "value": "value"} if file == MANIFEST else {}
    for version in VERSIONS:
        if file in rostering_files(version):
            for column in columns(version, file):
                for name in (column.name, *column.aliases):
                    found.setdefault(name.casefold(), column.name)
    return MappingProxyType(found)
