"""Corrections of what a source says: made, listed, taken back. A load that agrees ends them by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from accounts import audit
from accounts import by_hand as said
from accounts.fields import read_value
from accounts.people import target_of
from accounts.problems import Refusal, not_allowed, not_found
from accounts.told import without_values
from rostering import people
from rostering.access.roles import Target
from rostering.access.rules import allow
from rostering.corrections import Correction
from rostering.finding import sources_of
from rostering.load import corrected
from rostering.model import FAMILY_OF
from rostering.people import account_of
from rostering.sheet.cells import CLEARED
from rostering.sheet.columns import CLEAR, Column
from rostering.sheet.overlay import correctable, key_of
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Insert, Replace
from rostering.xlsx.text import normalized

if TYPE_CHECKING:
    from accounts.api import Api


def add(api: Api) -> None:
    ports = api.ports

    @api.route("GET", "/sites/<site>/corrections", action="correction.read",
               summary="Corrections of what sources say, open ones first")
    def corrections(site: str) -> said.Corrections:
        api.require("correction.read", Target(site))
        found = [each for source in sorted(sources_of(ports.store, site))
                 for each in corrected.read(ports.store, site, source)]
        found.sort(key=lambda each: each.at, reverse=True)
        found.sort(key=lambda each: bool(each.ended))
        audit.record(ports, site, "correction.listed", by=api.signed.actor, count=len(found))
        return said.Corrections(corrections=[said.correction(each) for each in found])

    @api.route("POST", "/sites/<site>/corrections", action="correction.edit", status=201,
               summary="Correct one value of what a source says, from its next delivery on")
    def correct(site: str, body: said.CorrectionOrder) -> said.Correction:
        actor = api.signed.actor
        if body.source not in sources_of(ports.store, site):
            raise Refusal(422, "INVALID", "No source of that name has sent anything to this site.")
        key = key_of(body.kind, body.key) if body.source == "sheet" else body.key.strip()
        _require(site, body.source, body.kind, key)
        columns = correctable(body.kind)
        if body.field not in columns:
            raise Refusal(422, "INVALID", f"Of a {body.kind} these can be corrected: {', '.join(columns)}.")
        value, stored = _read(columns[body.field], body.value)
        made = Correction(body.source, body.kind, key, body.field, value, stored, by=actor.account,
                          at=ports.time(), reason=body.reason.strip())
        event = audit.event(ports, site, "correction.made", by=actor.account, correction=made.id,
                            kind=made.kind, field=made.field, reason=made.reason)
        at = corrected.at(site, made)
        for _ in range(8):
            was = ports.store.get(at)
            item = Item(at, made.as_body(), was.version + 1 if was else 1)
            if ports.store.write_together([Replace(item) if was else Insert(item), Insert(event)]):
                newest = ports.store.get(keys.newest(site, body.source))
                return said.correction(made, newest_load=newest.body["load"] if newest else "")
        raise Refusal(409, "BUSY", "The correction is changing right now. Try again.")

    @api.route("DELETE", "/sites/<site>/corrections/<correction>", action="correction.edit",
               summary="Take a correction back")
    def take_back(site: str, correction: str) -> said.Correction:
        for _ in range(8):
            found = _find(site, correction)
            _require(site, found.source, found.kind, found.key)
            item = ports.store.get(corrected.at(site, found))
            if item is None or item.body["ended"]:
                raise not_found()
            by = api.signed.actor.account
            event = audit.event(ports, site, "correction.ended", by=by, correction=found.id)
            how = {"at": ports.time(), "by": by}
            if ports.store.write_together([Replace(corrected.ended(item, **how)), Insert(event)]):
                return said.correction(replace(found, ended=how))
        raise Refusal(409, "BUSY", "The correction is changing right now. Try again.")

    def _find(site: str, correction: str) -> Correction:
        for source in sorted(sources_of(ports.store, site)):
            for each in corrected.read(ports.store, site, source):
                if each.id == correction:
                    return each
        raise not_found()

    def _require(site: str, source: str, kind: str, key: str) -> None:
        """Raises Refusal (403) unless the sender may correct what is said of that record."""
        actor = api.signed.actor
        decision = allow(actor, "correction.edit", _target(site, source, kind, key))
        if not decision:
            raise not_allowed(decision.reason)

    def _target(site: str, source: str, kind: str, key: str) -> Target:
        """The person behind the record, if there is an account; else it is a thing of the whole site."""
        if kind not in FAMILY_OF:
            return Target(site)
        claim = ports.store.get(keys.identifier(site, FAMILY_OF[kind], source, "sourceId", key))
        salt = ports.store.get(keys.settings(site)).body["id_salt"]
        name = claim.body["account"] if claim else people.account_id(salt, source, kind, key)
        item = ports.store.get(keys.account(site, name))
        return target_of(ports.store, api.signed.actor, account_of(item)) if item else Target(site)


def _read(column: Column, text: str) -> tuple[str, object]:
    """The value as a cell says it, and as a record holds it. Raises Refusal (422)."""
    clean = normalized(text)
    stored, code = read_value(column, clean)
    if not code and stored is None and column.required:
        code = "R-REQUIRED"
    if code:
        sentence = f"{column.header} can't be empty." if code == "R-REQUIRED" else (
            f"{column.header} {without_values(code)}")
        raise Refusal(422, "INVALID", sentence, wrong=[{"at": "value", "type": code}])
    return (CLEAR if stored is None or stored is CLEARED else clean), stored
