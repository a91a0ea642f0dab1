"""Ordering a batch: whom it is for, what would come of it, and its start (`rostering.batches` does it)."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Any

from accounts import audit, models, rights
from accounts.checking import looking_at
from accounts.identity import Signed, check_fresh
from accounts.models.creating import RightOrder
from accounts.people import section_target
from accounts.ports import Ports, seconds_of
from accounts.problems import Refusal, not_allowed, not_found
from accounts.sign_in import site_settings, takes_passwords
from rostering.access.roles import WHOLE_SITE, Actor, Target
from rostering.access.rules import allow, may_ask
from rostering.batches import choose, record
from rostering.batches.choose import Granted
from rostering.checks.filters import Filter
from rostering.errors import SettingsError
from rostering.letters import Post
from rostering.model import Account
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Insert, Replace

PREVIEW_SECONDS = 3_600
_NAMED = 20


def order(ports: Ports, signed: Signed, asked: models.BatchOrder) -> models.Batch:
    """Make a batch of what was asked, and start it unless it was a dry run.

    Raises Refusal: 403 if the sender may not do it there or has to sign in again, 404 for a section that
    isn't there, 422 if it is for nobody, or for too many.
    """
    actor = signed.actor
    decision = may_ask(actor, choose.RULES[asked.action])
    if not decision:
        raise not_allowed(decision.reason)
    if tells_secrets(actor, asked.action):
        check_fresh(ports, signed)
    settings = site_settings(ports, actor.site)
    if asked.action == "invite" and not takes_passwords(settings):
        raise Refusal(409, "NO_PASSWORDS", "People of this site sign in with Google or Microsoft: there is no "
                      "password to choose.")
    granted = _granted(ports, actor, asked)
    found = _named(ports, actor, asked) if asked.accounts is not None else _fitting(ports, actor, asked)
    if asked.action == "view" and len(found) > choose.MOST_VIEWED:
        raise Refusal(422, "TOO_MANY", f"First secrets are viewed for at most {choose.MOST_VIEWED} accounts at a time. "
                                       "Take a class or a grade.")
    reaches = Post.of(actor.site, settings, served_at=ports.served_at, mail=ports.mail).reaches
    known = {name: account for name, account in found.items() if account is not None}
    targets = choose.targets(ports.store, actor, list(known.values()))
    why = dict.fromkeys(found, "out_of_reach") | {
        name: choose.left_out(actor, target, account, asked.action, granted, reaches=reaches)
        for (name, account), target in zip(known.items(), targets, strict=True)}
    chosen = {account.id: account for name, account in known.items() if not why[name]}
    body = {
        "action": asked.action,
        "filter": asked.filter.model_dump(exclude_none=True) if asked.filter else None,
        "reason": asked.reason.strip(),
        "by": actor.account,
        "by_username": signed.account.username,
        "at": ports.time(),
        "state": "preview",
        "would": len(chosen),
        "left_out": dict(Counter(code for code in why.values() if code)),
    }
    if granted.right:
        whole = granted.place == WHOLE_SITE
        body |= {"right": granted.right, "place": granted.place, "whole_site": whole,
                 "right_school": "" if whole else granted.place}
    number = ports.new_number()
    # those left out are judged again when it runs, and stand on the sheet; who is out of reach stands nowhere
    listed = list(dict.fromkeys(account.id for name, account in known.items() if why[name] != "out_of_reach"))
    audit.record(ports, actor.site, "batch.asked", by=actor.account, batch=number, action=asked.action,
                 count=len(chosen), reason=body["reason"])
    ports.store.put_many(record.items_of(actor.site, number, body, listed, now=ports.now()))
    made = shown(body | {"batch": number, "total": len(listed)})
    if not asked.dry_run:
        made = run(ports, signed, number)
    made.first = [_person(account) for account in islice(chosen.values(), _NAMED)]
    made.first_left_out = [models.BatchLeftOut(account=known[name].id if code != "out_of_reach" else name, why=code)
                           for name, code in why.items() if code][:_NAMED]
    return made


def run(ports: Ports, signed: Signed, batch: str) -> models.Batch:
    """Start a batch that was previewed; one that runs or is over stays as it is, and is started no second time.

    Raises Refusal: 404, 403, 409 if the preview is older than an hour.
    """
    actor = signed.actor
    key = keys.batch(actor.site, batch)
    item = ports.store.get(key)
    if item is None or item.body["by"] != actor.account:
        raise not_found()
    body = item.body
    decision = may_ask(actor, choose.RULES[body["action"]])
    if not decision:
        raise not_allowed(decision.reason)
    if tells_secrets(actor, body["action"]):
        check_fresh(ports, signed)
    if body["state"] == "preview":
        if ports.now() - (seconds_of(body["at"]) or 0) > PREVIEW_SECONDS:
            raise Refusal(409, "OLD", "That was looked at more than an hour ago. Look again.")
        if not body["total"]:
            raise Refusal(422, "NOBODY", "There is nobody to do it for.")
        event = audit.event(ports, actor.site, f"batch.{body['action']}", by=actor.account, batch=batch,
                            count=body["would"], reason=body["reason"], accounts=_accounts(ports, actor.site, body))
        begun = Item(key, body | {"state": "running", "began_at": ports.time()}, item.version + 1, item.listed,
                     item.expires)
        begins = ports.store.write_together([Replace(begun), Insert(event)])
        body = begun.body if begins else ports.store.get(key).body      # somebody else began it, or it went on
    if body["state"] == "running":      # also to go on with one whose work was lost
        if ports.batch is None:
            raise SettingsError("nothing here goes through batches")
        ports.batch({"site": actor.site, "batch": batch})
    return shown(body)


def tells_secrets(actor: Actor, action: str) -> bool:
    """Whether the sheet of such a batch can hold first secrets for `actor`."""
    return action in choose.SHOWS and bool(may_ask(actor, choose.SHOWS[action]))


def shown(body: dict[str, Any]) -> models.Batch:
    return models.Batch.model_validate({name: value for name, value in body.items()
                                        if name in models.Batch.model_fields and value is not None})


def _granted(ports: Ports, actor: Actor, asked: models.BatchOrder) -> Granted:
    """The right that is granted or revoked, and where; nothing for other acts. Raises Refusal (403, 422)."""
    if asked.action not in ("grant", "revoke"):
        if asked.right is not None or asked.right_school is not None or asked.whole_site:
            raise Refusal(422, "INVALID", "A right is for batches that grant or revoke.")
        return Granted()
    if asked.right is None:
        raise Refusal(422, "INVALID", "Say which right.")
    order = RightOrder(right=asked.right, school=asked.right_school, whole_site=asked.whole_site, reason=asked.reason)
    granted = Granted(asked.right, rights.place_of(ports.store, actor.site, order, known=asked.action == "grant"))
    if (asked.action, granted) == ("revoke", Granted("admin", WHOLE_SITE)):
        raise Refusal(422, "ONE_BY_ONE", "Administrators of the whole site lose that right one by one: the site keeps "
                                         "one (rights revoke).")
    if not granted.held_by(actor):
        raise not_allowed(rights.NOT_YOURS)
    return granted


def _named(ports: Ports, actor: Actor, asked: models.BatchOrder) -> dict[str, Account | None]:
    if asked.filter is not None:
        raise Refusal(422, "INVALID", "Name accounts, or a filter; not both.")
    return choose.by_name(ports.store, actor.site, [name.strip() for name in asked.accounts or ()])


def _fitting(ports: Ports, actor: Actor, asked: models.BatchOrder) -> dict[str, Account | None]:
    """Who fits the filter. Raises Refusal."""
    if asked.filter is None:
        raise Refusal(422, "INVALID", "Name accounts, or a filter.")
    wanted = Filter(**asked.filter.model_dump(exclude_none=True))
    target = Target(actor.site, frozenset([wanted.school] if wanted.school else ()))
    if wanted.section:
        item = ports.store.get(keys.section(actor.site, wanted.section))
        target = section_target(actor, item.body) if item else target
        if item is None or not allow(actor, "section.read", target):
            raise not_found()
        if wanted.school and wanted.school not in target.schools:
            raise Refusal(422, "INVALID", "That section belongs to another school.")
    decision = allow(actor, choose.RULES[asked.action], target)
    if not decision:
        raise not_allowed(decision.reason)
    looking = looking_at(ports, actor.site, emails=bool(wanted.email))
    found = {account.id: account for account in islice(
        choose.by_filter(looking, wanted, asked.action), record.MOST_ACCOUNTS + 1)}
    if len(found) > record.MOST_ACCOUNTS:
        raise Refusal(422, "TOO_MANY",
                      f"That is more than {record.MOST_ACCOUNTS:,} accounts. Take a school or a grade.")
    return found


def _accounts(ports: Ports, site: str, body: dict[str, Any]) -> list[str]:
    parts = ports.store.query(keys.batch_part(site, body["batch"], 0).pk, prefix="PART#").items
    return [account for part in parts for account in part.body["accounts"]]


def _person(account: Account) -> models.BatchPerson:
    return models.BatchPerson(
        account=account.id, role=account.role, username=account.username,
        **{name: account.fields.get(name) or "" for name in ("last_name", "first_name", "grade", "school")})
