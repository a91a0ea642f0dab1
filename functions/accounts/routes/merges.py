"""Merging two accounts of one person, and taking that back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts import merges, models, unmerges
from accounts.routes.loads import After, Limit
from rostering.access.roles import Target
from rostering.store import keys

if TYPE_CHECKING:
    from accounts.api import Api


def add(api: Api) -> None:
    ports = api.ports

    @api.route("POST", "/sites/<site>/accounts/<account>/merge", action="account.merge",
               summary="Merge another account into this one, or see what that would do")
    def merge(site: str, account: str, body: models.MergeOrder) -> models.Merge:
        actor = api.signed.actor
        if body.dry_run:
            return models.Merge.model_validate(merges.preview(ports, actor, account, body.other))
        return models.Merge.model_validate(
            merges.merge(ports, actor, account, body.other, body.reason.strip()))

    @api.route("POST", "/sites/<site>/merges/<merge>/unmerge", action="account.merge",
               summary="Take a merge back (by its name or an account of it), or see what that would do")
    def unmerge(site: str, merge: str, body: models.UnmergeOrder) -> models.Merge:
        actor = api.signed.actor
        if body.dry_run:
            return models.Merge.model_validate(unmerges.preview(ports, actor, merge))
        return models.Merge.model_validate(unmerges.unmerge(ports, actor, merge, body.reason.strip()))

    @api.route("GET", "/sites/<site>/merges", action="account.merge", summary="Merges, the newest first")
    def listed(site: str, limit: Limit = 20, after: After = None) -> models.Merges:
        api.require("account.merge", Target(site))
        page = ports.store.query(keys.merge(site, "").pk, limit=limit, after=after, backwards=True)
        return models.Merges(
            merges=[models.Merge.model_validate(merges.shown(item.body)) for item in page.items],
            after=page.after)
