"""What a site knows already, for references that the workbook itself does not answer."""

from __future__ import annotations

from typing import Any

from rostering import people
from rostering.store import keys
from rostering.store.keys import Key


class SiteKnown:
    """Looks ids of the sheet up in the table; True means switched on, False switched off."""

    def __init__(self, store: Any, site: str) -> None:
        self._store = store
        self._site = site
        self._salt = store.get(keys.settings(site)).body["id_salt"]

    def find(self, kind: str, wanted: set[str]) -> dict[str, bool]:
        """Those of `wanted` (keys of `model.Record`) that the site has."""
        places = {self._place(kind, key): key for key in wanted}
        return {places[place]: item.body.get("status", "active") != "inactive"
                for place, item in self._store.get_many(places).items()}

    def _place(self, kind: str, key: str) -> Key:
        if kind in ("staff", "student"):
            return keys.account(self._site, people.account_id(self._salt, "sheet", kind, key))
        if kind == "school":
            return keys.school(self._site, key)
        if kind == "section":
            return keys.section(self._site, key)
        school, _, name = key.partition("|")
        return (keys.term if kind == "term" else keys.course)(self._site, school, name)
