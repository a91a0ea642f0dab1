"""What a person sets on an account: fields kept by hand, the way back to the source's, off and on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from accounts import by_hand as said
from accounts import models
from accounts.edits import Act, perform
from accounts.fields import read_fields
from accounts.people import list_people, schools_for
from accounts.problems import Refusal
from rostering import by_hand
from rostering.clock import local_date
from rostering.model import Account
from rostering.people import account_of
from rostering.settings import timezone
from rostering.store import keys

if TYPE_CHECKING:
    from accounts.api import Api

MOST_AT_ONCE = 500


def add(api: Api) -> None:
    ports = api.ports

    @api.route("PATCH", "/sites/<site>/accounts/<account>", action="account.edit",
               summary="Set fields of an account by hand")
    def edit(site: str, account: str, body: said.Edit) -> said.PersonInDetail:
        by = api.signed.actor.account

        def alter(found: Account) -> Account:
            return by_hand.set_fields(found, read_fields(found, body.fields), by=by, at=ports.time())

        return _done(account, Act("edit", "account.updated", "account.edit", body.reason.strip(), alter),
                     version=body.version)

    @api.route("POST", "/sites/<site>/accounts/<account>/use-source", action="account.edit",
               summary="Use what the source says again")
    def use_source(site: str, account: str, body: said.UseSource) -> said.PersonInDetail:
        return _done(account, _back(body.reason, body.fields))

    @api.route("POST", "/sites/<site>/accounts/use-source", action="account.edit",
               summary="Clear what is kept by hand, for many accounts")
    def clear(site: str, body: said.ClearByHand) -> said.Cleared:
        actor = api.signed.actor
        found, after = _chosen(site, body)
        act = _back(body.reason, [body.field] if body.field else None)
        done = said.Cleared(looked_at=len(found), changed=[], refused={}, after=after)
        for account in _kept_by_hand(found, body.field):
            try:
                perform(ports, actor, account, act)
                done.changed.append(account)
            except Refusal as refusal:
                done.refused[account] = refusal.code
        return done

    @api.route("POST", "/sites/<site>/accounts/<account>/deactivate", action="account.deactivate",
               summary="Switch an account off; no load switches it on again")
    def deactivate(site: str, account: str, body: models.Decision) -> said.PersonInDetail:
        by, reason = api.signed.actor.account, body.reason.strip()

        def alter(found: Account) -> Account:
            return by_hand.switch_off(found, by=by, reason=reason, at=ports.time())

        return _done(account, Act("deactivate", "account.deactivated", "account.deactivate", reason, alter))

    @api.route("POST", "/sites/<site>/accounts/<account>/reactivate", action="account.deactivate",
               summary="Switch an account on again")
    def reactivate(site: str, account: str, body: models.Decision) -> said.PersonInDetail:
        settings = ports.store.get(keys.settings(site)).body
        today = local_date(ports.time(), timezone(settings)).isoformat()

        def alter(found: Account) -> Account:
            return by_hand.switch_on(found, today=today)

        return _done(account, Act("reactivate", "account.reactivated", "account.deactivate",
                                  body.reason.strip(), alter))

    def _done(account: str, act: Act, *, version: int | None = None) -> said.PersonInDetail:
        item = perform(ports, api.signed.actor, account, act, version=version, if_match=api.if_match)
        return said.in_detail(account_of(item), item.version)

    def _back(reason: str, fields: list[str] | None) -> Act:
        return Act("use_source", "account.updated", "account.edit", reason.strip(),
                   lambda found: by_hand.use_source(found, fields))

    def _chosen(site: str, body: said.ClearByHand) -> tuple[list[Account], str | None]:
        """The accounts that one call looks at, and the cursor behind them."""
        if body.accounts is not None:
            if body.school is not None or body.role is not None:
                raise Refusal(422, "INVALID", "Name accounts, or a school and role; not both.")
            items = ports.store.get_many(keys.account(site, name) for name in body.accounts)
            return [account_of(item) for item in items.values()], None
        schools = schools_for(ports.store, api.signed.actor, "account.edit", body.school)
        return list_people(ports.store, site, schools=schools, role=body.role or "", limit=MOST_AT_ONCE,
                           after=body.after)


def _kept_by_hand(found: list[Account], field: str | None) -> Iterator[str]:
    for account in found:
        if field in account.by_hand if field else account.by_hand:
            yield account.id
