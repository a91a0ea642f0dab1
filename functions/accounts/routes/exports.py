"""Exports: lists and cards of people, made in the background, fetched by short links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts import audit, exports, models
from accounts.identity import check_fresh
from accounts.people import section_target, target_of
from accounts.ports import seconds_of
from accounts.problems import not_allowed, not_found
from accounts.routes.loads import KEPT_SECONDS, LINK_SECONDS, sheet_name
from rostering.access.roles import Target
from rostering.access.rules import allow
from rostering.people import account_of
from rostering.store import keys

if TYPE_CHECKING:
    from accounts.api import Api


def add(api: Api) -> None:
    ports = api.ports

    @api.route("POST", "/sites/<site>/exports", action="export.lists", summary="Order an export", status=202)
    def order(site: str, body: models.ExportOrder) -> models.ExportOrdered:
        _require(api, site, _action(body.with_secrets), _target(site, body.school, body.section))
        asked = body.model_dump(exclude={"filter"})
        if body.filter:
            asked["filter"] = body.filter.model_dump(exclude_defaults=True)
        export = exports.order(ports, api.signed, asked)
        return models.ExportOrdered(export=export)

    @api.route(
        "GET",
        "/sites/<site>/exports/<export>",
        action="export.lists",
        summary="An export: its state and, once made, links to its files",
    )
    def show(site: str, export: str) -> models.Export:
        item = ports.store.get(keys.export(site, export))
        if item is None:
            raise not_found()
        body, actor = item.body, api.signed.actor
        if body["by"] != actor.account:
            raise not_found()
        action, target = _rule(site, body)
        decision = allow(actor, action, target)
        if not decision:
            raise not_allowed(decision.reason)
        seen = models.Export.model_validate(
            {
                name: value
                for name, value in body.items()
                if name in models.Export.model_fields and value is not None
            }
        )
        made = seconds_of(body.get("made_at"))
        if body["state"] == "done" and made is not None and ports.now() - made > KEPT_SECONDS:
            seen.state = "gone"
        elif body["state"] == "done" and body.get("files"):
            if body["with_secrets"]:
                check_fresh(ports, api.signed)
            audit.record(
                ports, site, "export.fetched", by=actor.account, export=export, files=len(body["files"])
            )
            seen.links = [
                ports.work.link(key, LINK_SECONDS, sheet_name(key, number))
                for number, key in enumerate(body["files"], 1)
            ]
        return seen

    def _rule(site: str, body: dict[str, Any]) -> tuple[str, Target]:
        """The action that fetching an export is, and to what. Raises Refusal (404)."""
        if not body.get("account"):
            return _action(body["with_secrets"]), _target(site, body.get("school"), body.get("section"))
        item = ports.store.get(keys.account(site, body["account"]))
        if item is None:
            raise not_found()
        return "card.print", target_of(ports.store, api.signed.actor, account_of(item))

    def _target(site: str, school: str | None, section: str | None) -> Target:
        """What an export is of. Raises Refusal (404) for a section that isn't there."""
        if section:
            item = ports.store.get(keys.section(site, section))
            if item is None:
                raise not_found()
            return section_target(api.signed.actor, item.body)
        return Target(site, frozenset([school] if school else ()))


def _require(api: Api, site: str, action: str, target: Target) -> None:
    """Raises Refusal (403) unless the sender may export that. Who tried stands in the audit trail."""
    decision = allow(api.signed.actor, action, target)
    if not decision:
        audit.record(api.ports, site, "export.refused", by=api.signed.actor, asked=action,
                     school=" ".join(sorted(target.schools)))
        raise not_allowed(decision.reason)


def _action(with_secrets: Any) -> str:
    return "export.secrets" if with_secrets else "export.lists"
