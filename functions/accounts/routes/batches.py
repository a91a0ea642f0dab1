"""Batches: one act for many accounts, looked at first, done in the background, told by one sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts import audit, batches, models
from accounts.identity import check_fresh
from accounts.ports import seconds_of
from accounts.problems import not_found
from accounts.routes.loads import KEPT_SECONDS, LINK_SECONDS, After, Limit
from rostering.access.roles import Actor, Target
from rostering.access.rules import allow
from rostering.store import keys

if TYPE_CHECKING:
    from accounts.api import Api


def add(api: Api) -> None:
    ports = api.ports

    @api.route("POST", "/sites/<site>/batches", action="batch.order", status=202,
               summary="One act for many accounts: reset, invite, unlock, switch off or on, view first secrets, "
                       "grant or revoke a right; or see what that would do")
    def order(site: str, body: models.BatchOrder) -> models.Batch:
        return batches.order(ports, api.signed, body)

    @api.route("POST", "/sites/<site>/batches/<batch>/run", action="batch.order", status=202,
               summary="Do what was looked at; asked again, a batch that stopped goes on")
    def run(site: str, batch: str) -> models.Batch:
        return batches.run(ports, api.signed, batch)

    @api.route("GET", "/sites/<site>/batches", action="batch.list", summary="Batches, the newest first")
    def listed(site: str, limit: Limit = 20, after: After = None) -> models.Batches:
        page = ports.store.query(keys.batch(site, "").pk, limit=limit, after=after, backwards=True)
        return models.Batches(batches=[batches.shown(item.body) for item in page.items
                                       if _may_see(api.signed.actor, item.body["by"])], after=page.after)

    @api.route("GET", "/sites/<site>/batches/<batch>", action="batch.order",
               summary="A batch: how far it is, and once done a link to its sheet")
    def show(site: str, batch: str) -> models.Batch:
        item, actor = ports.store.get(keys.batch(site, batch)), api.signed.actor
        if item is None or not _may_see(actor, item.body["by"]):
            raise not_found()
        seen, file = batches.shown(item.body), item.body.get("file")
        ended = seconds_of(item.body.get("ended_at"))
        if file is None or ended is None or ports.now() - ended > KEPT_SECONDS or item.body["by"] != actor.account:
            return seen
        if not seen.with_secrets or batches.tells_secrets(actor, seen.action):
            if seen.with_secrets:
                check_fresh(ports, api.signed)
            audit.record(ports, site, "export.fetched", by=actor.account, batch=batch, files=1)
            seen.links = [ports.work.link(file, LINK_SECONDS, f"{seen.action}-{batch}.xlsx")]
        return seen


def _may_see(actor: Actor, by: str) -> bool:
    """Everybody sees what they ordered; who configures the site sees every batch."""
    return by == actor.account or bool(allow(actor, "site.configure", Target(actor.site)))
