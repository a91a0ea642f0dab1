"""Account info sheets: of the new people of one school of a load, or of an order (`{"site", "export"}`)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from secrets import token_bytes
from typing import Any
from uuid import uuid4

from rostering import audit, invitations
from rostering.checks import sheet
from rostering.checks.facts import Moment
from rostering.checks.filters import Filter
from rostering.checks.view import Looking
from rostering.clock import local_date
from rostering.letters import Post
from rostering.load import emails, issue, printing, progress
from rostering.load.handout import Office, Wanted
from rostering.model import Account
from rostering.settings import timezone
from rostering.store import keys
from sync import wiring
from sync.site_secrets import open_secrets

_ACCOUNTS_NAMED = 10_000     # an item of the table holds 400 KB


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return _order(event["site"], event["export"]) if "export" in event else _school(event)


def _school(event: dict[str, Any]) -> dict[str, Any]:
    """For the new accounts of one school: the students' cards with first secrets, and a list of all without."""
    site, load, school = event["site"], event["load"], event["school"]
    press = _Press(site, printed_by=f"Rollbook, load {load}", by=load, about={"load": load, "school": school})
    everybody = list(press.plain.accounts(Wanted(school, load=load)))
    students = [account for account in everybody if account.role == "Student"]
    made = [press.print("pdf", students, with_secrets=True), press.print("xlsx", everybody, with_secrets=False)]
    progress.add_sheets(wiring.store(), site, load, school, made, now=wiring.now())
    progress.step(wiring.store(), site, load, "export", now=wiring.now())
    wiring.logger.info("exported", site=site, load=load, school=school, people=len(everybody))
    return {"people": len(everybody)}


def _order(site: str, export: str) -> dict[str, Any]:
    """What an administrator asked for; the order's item says whom, in which form, and then where it is."""
    place = keys.export(site, export)
    asked = wiring.store().get(place).body
    if asked.get("reissue"):
        issue.issue_to(wiring.store(), site, asked["account"], secrets=open_secrets(site), now=wiring.now())
    press = _Press(site, printed_by=asked.get("by_username") or asked["by"], by=asked["by"], about={"export": export})
    accounts, checked = press.whom(asked)
    key = press.print(asked["format"], accounts, with_secrets=asked["with_secrets"], section=asked.get("section") or "",
                      school=asked.get("school") or "", checked=checked)
    wiring.store().update(place, lambda body: (body or asked) | {
        "state": "done", "made_at": wiring.now(), "files": [key], "people": len(accounts)})
    wiring.logger.info("exported", site=site, export=export, people=len(accounts))
    return {"people": len(accounts)}


class _Press:
    """Prints sheets of one site. Who is on a sheet is audited before the file is there to be fetched."""

    def __init__(self, site: str, *, printed_by: str, by: str, about: dict[str, str]) -> None:
        self._site = site
        self._printed_by, self._by, self._about = printed_by, by, about
        self._settings = wiring.store().get(keys.settings(site)).body
        self._wrong_emails = emails.refused(wiring.store(), wiring.work(), site)
        self.plain = Office(wiring.store(), site, wrong_emails=self._wrong_emails)

    def whom(self, asked: dict[str, Any]) -> tuple[list[Account], dict[str, dict[str, Any]] | None]:
        """Whom an order is for, and what its list tells of them besides: nothing where it is for a stage or a card."""
        wanted = Wanted(**{name: asked.get(name) or "" for name in ("school", "section", "role", "stage", "account")},
                        only_not_signed_in=bool(asked.get("only_not_signed_in")))
        if wanted.stage or wanted.account:
            return list(self.plain.accounts(wanted)), None
        at = wiring.now()
        today = local_date(at, timezone(self._settings)).isoformat()
        looking = Looking(wiring.store(), self._site, Moment(at, today), self._wrong_emails)
        about = asked.get("filter")
        place = {"school": wanted.school, "section": wanted.section, "role": wanted.role}
        seen = [one for one in sheet.everybody(looking, Filter(**(place | (about or {}))))
                if (about is not None or one.account.status != "inactive")
                and not (wanted.only_not_signed_in and one.account.signed_in_at)]
        return [one.account for one in seen], {one.account.id: sheet.values_of(one) for one in seen}

    def print(self, format: str, accounts: list[Account], *, with_secrets: bool, section: str = "", school: str = "",
              checked: Mapping[str, dict[str, Any]] | None = None) -> str:
        """Make one file of `accounts`; gives its key."""
        name, at = str(uuid4()), wiring.now()
        wiring.store().insert(audit.event(
            self._site, "password.exported" if with_secrets else "export.made", by=self._by, at=at, name=name,
            format=format, count=len(accounts), accounts=[one.id for one in accounts][:_ACCOUNTS_NAMED], **self._about))
        office = Office(wiring.store(), self._site, secrets=open_secrets(self._site) if with_secrets else None,
                        wrong_emails=self._wrong_emails, checked=checked, now=at if with_secrets else "",
                        link=partial(self._link, wiring.post(self._site)) if with_secrets else None)
        day = local_date(at, timezone(self._settings))
        return printing.print_sheet(
            wiring.work(), self._site, format, office, accounts, look=printing.look_of(self._site, self._settings),
            printed_by=self._printed_by, printed_on=day.strftime("%B %-d, %Y"), section=section, school=school,
            name=name)

    def _link(self, post: Post, account: Account) -> str:
        """A fresh one-time code of an employee whom no letter reaches; it voids the one before."""
        if post.reaches(account) or account.status != "active":
            return ""
        issued = invitations.issue(
            wiring.store(), self._site, account, slot="invited", pepper=open_secrets(self._site).pepper,
            random_bytes=token_bytes, at=wiring.now(), by=self._by, told="print", reason="on an account info sheet")
        return issued.code if issued else ""
