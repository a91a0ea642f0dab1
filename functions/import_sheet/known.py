"""What a site knows already, for references that the workbook itself does not answer."""

from __future__ import annotations

from typing import Any

from rostering import people
from rostering.model import FAMILY_OF
from rostering.store import keys
from rostering.store.keys import Key


class SiteKnown:
    """Looks ids of the sheet up in the table; True means switched on, False switched off."""

    def __init__(self, store: Any, site: str) -> None:
        self._store = store
        self._site = site
        self._salt = store.get(keys.settings(site)).body["id_salt"]
        source = store.get(keys.source(site, "sheet"))
        self._links = bool(source and source.body["links"])

    def find(self, kind: str, wanted: set[str]) -> dict[str, bool]:
        """Those of `wanted` (keys of `model.Record`) that the site has."""
        places = {self._place(kind, key): key for key in wanted} | self._linked(kind, wanted)
        return {places[place]: item.body.get("status", "active") != "inactive"
                for place, item in self._store.get_many(places).items()}

    def _linked(self, kind: str, wanted: set[str]) -> dict[Key, str]:
        """The accounts that something else made, to which ids of the sheet lead."""
        if kind not in FAMILY_OF or not self._links:
            return {}
        claims = {keys.identifier(self._site, FAMILY_OF[kind], "sheet", "sourceId", key): key for key in wanted}
        return {keys.account(self._site, item.body["account"]): claims[claim]
                for claim, item in self._store.get_many(claims).items()}

    def _place(self, kind: str, key: str) -> Key:
        if kind in ("staff", "student"):
            return keys.account(self._site, people.account_id(self._salt, "sheet", kind, key))
        if kind == "school":
            return keys.school(self._site, key)
        if kind == "section":
            return keys.section(self._site, key)
        school, _, name = key.partition("|")
        return (keys.term if kind == "term" else keys.course)(self._site, school, name)
