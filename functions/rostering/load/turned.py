"""What a delivery's reader turned back, kept with the plan for a year: whose record, where, which codes.

A file of a few rows: a sheet with more than 5 % of them is turned back whole, and of a connection at
most 1,000 are listed for each object. Values of cells are not in it; `reading.json.gz` has the
sentences, as long as it is kept.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from typing import Any

import orjson

from rostering.load import paths
from rostering.load.where import KIND_OF
from rostering.model import Problem
from rostering.sheet.turned import Row


def of_connection(problems: Iterable[Problem]) -> list[Row]:
    """The records of a connection that do not load, as far as they are listed; their `row` is 0."""
    rows: dict[tuple[str, str], Row] = {}
    for problem in problems:
        if problem.severity == "R" and problem.key:
            kind = KIND_OF.get(problem.tab.removesuffix(".csv"), "")
            row = rows.setdefault((problem.tab, problem.key),
                                  Row(kind, problem.key, problem.tab, problem.row, "", "", []))
            row.codes.append((problem.code, problem.column))
    return list(rows.values())


def write(files: Any, site: str, load: str, rows: Iterable[Row]) -> None:
    """Keep `rows`; nothing is written where there are none."""
    lines = [orjson.dumps(tuple(row)) for row in rows]
    if lines:
        files.write(paths.turned(site, load), gzip.compress(b"\n".join(lines), compresslevel=1, mtime=0))


def read(files: Any, site: str, load: str) -> list[Row]:
    """The rows that the reader of a load turned back."""
    key = paths.turned(site, load)
    if not files.exists(key):
        return []
    return [_row(orjson.loads(line)) for line in gzip.decompress(files.read(key)).split(b"\n")]


def _row(told: list[Any]) -> Row:
    *about, codes = told
    return Row(*about, [(code, column) for code, column in codes])
