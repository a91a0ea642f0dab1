"""Whose email the newest delivery gave but could not be taken: what "Email synced" tells as an error."""

from __future__ import annotations

import gzip
from typing import Any

import orjson

from rostering import people
from rostering.load import paths
from rostering.load.applied import read_applied
from rostering.load.ground import Ground
from rostering.sheet.columns import TAB
from rostering.store import keys

CODES = ("R-EMAIL", "R-EMAIL-TAKEN")
_TABS = {"Staff": "staff", "Students": "student"}


def of_reading(reading: Any) -> dict[str, str]:
    """The code by `kind/key` for every row that was turned back for its email."""
    found: dict[str, str] = {}
    for tab, kind in _TABS.items():
        if not any(reading.problems.counts_by_tab_and_code[tab, code] for code in CODES):
            continue
        codes = {row: problem.code for row, problems in reading.problems_of(tab).items()
                 for problem in problems if problem.code in CODES}
        place = TAB[tab].index("id")
        found |= {f"{kind}/{cells[place].casefold()}": codes[row] for row, cells in reading.rows(tab) if row in codes}
    return found


def of_shard(ground: Ground, shard: int) -> dict[str, str]:
    """The code by `kind/key` for those of one shard whose email somebody else holds."""
    met = read_applied(ground, "people", shard)
    rows = {problem.row for problem in met.problems if problem.code == "R-EMAIL-TAKEN"}
    if not rows:
        return {}
    from rostering.load.plan import read_changes  # few shards meet one

    return {name: "R-EMAIL-TAKEN" for change in read_changes(ground.files, ground.site, ground.load, "people", shard)
            if change.place in rows and (name := f"{change.kind}/{change.key}") in met.left_out}


def refused(store: Any, files: Any, site: str, source: str = "sheet") -> dict[str, str]:
    """The code by account id, of the newest delivery of `source`, as far as it is still kept."""
    found = store.get_many((keys.delivered(site, source), keys.newest(site, source)))
    if not found:
        return {}
    newest = next(iter(found.values())).body
    salt = store.get(keys.settings(site)).body["id_salt"]
    named: dict[str, str] = {}
    for key in (paths.reading(site, newest.get("feed") or newest["load"]), paths.late(site, newest["load"])):
        if files.exists(key):
            named |= orjson.loads(gzip.decompress(files.read(key))).get("emails", {})
    return {people.account_id(salt, source, *name.split("/", 1)): code for name, code in named.items()}
