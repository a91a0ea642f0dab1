"""Ordering that a load is undone: whether it can be, and the load that does it."""

from __future__ import annotations

import json
from typing import Any

from accounts import models
from accounts.ports import Ports, seconds_of
from accounts.problems import Refusal, not_found
from rostering.access.roles import Actor
from rostering.load import ordering
from rostering.store import keys

UNDOABLE_DAYS = 30


def order(ports: Ports, actor: Actor, load: str, asked: models.UndoOrder) -> dict[str, Any]:
    """Start the load that undoes `load`, or says what undoing it would do; gives its body.

    Raises Refusal: 404 for a load, school or account that isn't there, 409 for a load that can't be undone.
    """
    _check(ports, actor.site, load)
    made = ordering.undo(
        ports.store,
        ports.work,
        actor.site,
        ports.new_number(),
        undoes=load,
        by=actor.account,
        reason=asked.reason.strip(),
        now=ports.time(),
        school=_school(ports, actor.site, asked.school),
        account=_account(ports, actor.site, asked.account),
        dry_run=asked.dry_run,
    )
    ports.workflow.start(actor.site, made["load"])
    return made


def _check(ports: Ports, site: str, load: str) -> None:
    """Raises Refusal unless the load stands as it was done, and for no longer than `UNDOABLE_DAYS`."""
    item = ports.store.get(keys.load(site, load))
    if item is None:
        raise not_found()
    body = item.body
    if body["state"] == "undone":
        raise Refusal(409, "UNDONE", f"The load was undone already, by load {body['undone_by']}.", state="undone")
    if body["state"] != "done":
        said = body["state"].replace("_", " ")
        raise Refusal(409, "NOT_DONE", f"Only a load that is done can be undone: it is {said}.", state=body["state"])
    since = seconds_of(body.get("received_at"))
    if since is None or ports.now() - since > UNDOABLE_DAYS * 86_400:
        raise Refusal(409, "TOO_OLD", f"A load can be undone for {UNDOABLE_DAYS} days.")


def _school(ports: Ports, site: str, school: str | None) -> str:
    """The school's key: ids of the sheet ignore case. Raises Refusal (404)."""
    if school is None:
        return ""
    for key in (school, school.casefold()):
        if ports.store.get(keys.school(site, key)):
            return key
    raise Refusal(404, "NOT_FOUND", f"There is no school {json.dumps(school)} here.")


def _account(ports: Ports, site: str, account: str | None) -> str:
    if account is None:
        return ""
    if not ports.store.get(keys.account(site, account)):
        raise Refusal(404, "NOT_FOUND", "There is no such account here.")
    return account
