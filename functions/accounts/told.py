"""What a load's reader and its tasks had to say, with the sentences of the catalog.

report.json lists every problem without a value of a cell. The sentences that quote cells lie with
the feed and live as long as it (30 days); without them the catalog's sentence stands in, with an
ellipsis for each value.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from accounts.ports import Ports
from rostering.errors import NotFound, SettingsError
from rostering.load import paths
from rostering.sheet.problems import MESSAGES, MORE_MESSAGES

_VALUE = re.compile(r"\{\w+\}")
_PLACE = ("code", "tab", "row", "column")


def problems(
    ports: Ports, site: str, load: dict[str, Any], *, warn: Callable[[str], None]
) -> list[dict[str, Any]]:
    """The problems of a load in the order of its report: severity, code, tab, row, column, message.

    `warn` is told if the sentences may not be read.
    """
    key = (load.get("files") or {}).get("report_json")
    if not key:
        return []
    try:
        listed = json.loads(ports.inbox.read(key)).get("problems", [])
    except NotFound:
        return []
    sentences = _sentences(ports, site, load["load"], warn)
    code, _, sentence = (load.get("message") or "").partition(": ")
    if not sentences and sentence:
        sentences[code, "", 0, ""].append(sentence)
    told = []
    for one in listed:
        waiting = sentences[_place(one)]
        message = waiting.pop(0) if waiting else one.get("message") or without_values(one["code"])
        told.append({"severity": one["code"][:1]} | one | {"message": message})
    return told


def without_values(code: str) -> str:
    """The catalog's sentence for a code, with an ellipsis for each value; "" for an unknown code."""
    return _VALUE.sub("…", MESSAGES.get(code) or MORE_MESSAGES.get(code, ""))


def _sentences(ports: Ports, site: str, load: str, warn: Callable[[str], None]) -> dict[tuple, list[str]]:
    """The sentences by code, tab, row and column, in order: of the gate and the applying, then the reader's."""
    found: dict[tuple, list[str]] = defaultdict(list)
    for key in (paths.late(site, load), paths.reading(site, load)):
        try:
            kept = json.loads(gzip.decompress(ports.work.read(key)))
        except NotFound:
            continue
        except SettingsError as error:  # the codes are what counts: they are told all the same
            warn(str(error))
            continue
        for one in kept["problems"]:
            found[_place(one)].append(one["message"])
    return found


def _place(problem: dict[str, Any]) -> tuple:
    return tuple(problem.get(name) for name in _PLACE)
