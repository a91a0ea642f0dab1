"""Account info sheets: of the new people of one school of a load, or of an order (`{"site", "export"}`)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from rostering import audit
from rostering.clock import local_date
from rostering.load import printing, progress
from rostering.load.handout import Office, Wanted
from rostering.store import keys
from sync import wiring
from sync.site_secrets import open_secrets

_ACCOUNTS_NAMED = 10_000     # an item of the table holds 400 KB


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return _order(event["site"], event["export"]) if "export" in event else _school(event)


def _school(event: dict[str, Any]) -> dict[str, Any]:
    """For the new accounts of one school: the students' cards with first secrets, and a list of all without."""
    site, load, school = event["site"], event["load"], event["school"]
    about = {"printed_by": f"Rollbook, load {load}", "by": load, "load": load, "school": school}
    cards, _ = _print(site, "pdf", Wanted(school, role="Student", load=load), with_secrets=True, **about)
    listed, people = _print(site, "xlsx", Wanted(school, load=load), with_secrets=False, **about)
    keys_made = [cards, listed]
    progress.add_sheets(wiring.store(), site, load, school, keys_made, now=wiring.now())
    progress.step(wiring.store(), site, load, "export", now=wiring.now())
    wiring.logger.info("exported", site=site, load=load, school=school, people=people)
    return {"people": people}


def _order(site: str, export: str) -> dict[str, Any]:
    """What an administrator asked for; the order's item says whom, in which form, and then where it is."""
    place = keys.export(site, export)
    asked = wiring.store().get(place).body
    wanted = Wanted(**{name: asked.get(name) or "" for name in ("school", "section", "role")})
    key, people = _print(site, asked["format"], wanted, with_secrets=asked["with_secrets"], by=asked["by"],
                         printed_by=asked.get("by_username") or asked["by"], export=export)
    wiring.store().update(place, lambda body: (body or asked) | {
        "state": "done", "made_at": wiring.now(), "files": [key], "people": people})
    wiring.logger.info("exported", site=site, export=export, people=people)
    return {"people": people}


def _print(site: str, format: str, wanted: Wanted, *, with_secrets: bool, printed_by: str, by: str,
           **about: Any) -> tuple[str, int]:
    """Make one file. Who is on it is audited before the file is there to be fetched."""
    settings = wiring.store().get(keys.settings(site)).body
    office = Office(wiring.store(), site, secrets=open_secrets(site) if with_secrets else None)
    today = local_date(wiring.now(), settings.get("timezone", "America/New_York"))
    shown = printing.shown(office, wanted)
    name, at = str(uuid4()), wiring.now()
    wiring.store().insert(audit.event(
        site, "password.exported" if with_secrets else "export.made", by=by, at=at, name=name, format=format,
        count=len(shown), accounts=[account.id for account, _ in shown][:_ACCOUNTS_NAMED], **about))
    return printing.print_sheet(wiring.work(), site, format, office, wanted, shown,
                                look=printing.look_of(site, settings), printed_by=printed_by,
                                printed_on=today.strftime("%B %-d, %Y"), with_secrets=with_secrets, name=name)
