"""Give the new people of one shard their way in: the username claimed, the first secret sealed.

Username and first secret are one item, so that both come to be by one conditional write. A name
that somebody else took since the plan was settled is replaced by the next one that is free. What
was issued before is left alone, so running again changes no secret.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from random import Random
from typing import Any

from rostering import people
from rostering.clock import iso, moment
from rostering.credentials import envelope, first_secrets, usernames
from rostering.credentials.envelope import SiteSecrets
from rostering.diff import PEOPLE, Change
from rostering.load.applied import read_applied
from rostering.load.ground import Ground
from rostering.load.naming import new_person, school_year_end
from rostering.load.plan import read_changes
from rostering.store import keys
from rostering.store.keys import Item

_BATCH = 500


def issue(ground: Ground, shard: int, *, secrets: SiteSecrets, random: Random | None = None) -> int:
    """Issue what the new people of `shard` need; gives how many were issued now."""
    names = ground.answers(shard).names
    left_out = set(read_applied(ground, "people", shard).left_out)
    people = [change for change in read_changes(ground.files, ground.site, ground.load, "people", shard)
              if change.kind in PEOPLE and change.action == "create"
              and f"{change.kind}/{change.key}" in names and f"{change.kind}/{change.key}" not in left_out]
    ground.look_up((change.kind, change.key) for change in people)
    issued = 0
    for start in range(0, len(people), _BATCH):
        batch = {_name_key(ground, names, change): change for change in people[start:start + _BATCH]}
        refused = ground.store.insert_many(_signin(ground, key, change, secrets, random)
                                           for key, change in batch.items())
        issued += len(batch) - len(refused)
        holders = ground.store.get_many(refused)
        for key, item in holders.items():
            if item.body["account"] != ground.account(batch[key].kind, batch[key].key):
                issued += _issue_another(ground, shard, batch[key], secrets, random)
    return issued


def issue_to(store: Any, site: str, account: str, *, secrets: SiteSecrets, now: str,
             random: Random | None = None) -> int:
    """Issue a first secret to an account that has a username and nothing to sign in with; gives 1 if it did.

    Who signs in by a link or has a way in already is left alone.
    """
    found = store.get(keys.account(site, account))
    if found is None:
        return 0
    person = people.account_of(found)
    band = first_secrets.band_of(person.role, person.fields.get("grade") or "")
    login = store.get(keys.username(site, person.username))
    if band.form == "link" or login is None or (login.body["account"], login.body["state"]) != (account, "claimed"):
        return 0
    body = signin_body(first_secrets.draw(band, random), band=band, site=site, account=account,
                       version=login.body.get("secret_version", 0) + 1, secrets=secrets, now=now)
    if band.good_for is not None:
        body["expires_at"] = iso(moment(now) + timedelta(seconds=band.good_for))
    return int(store.replace(Item(login.key, body, login.version + 1), was=login.version))


def signin_body(secret: str | None, *, band: first_secrets.Band, site: str, account: str, version: int,
                secrets: SiteSecrets, now: str) -> dict[str, Any]:
    """What the table keeps of a first secret: how to check it, and where a person may still read it."""
    body: dict[str, Any] = {"account": account, "band": band.name, "issued_at": now}
    if secret is None:
        return body | {"state": "claimed"}
    if band.good_for is not None:
        body["expires_at"] = iso(moment(now) + timedelta(seconds=band.good_for))
    return body | {"state": "first_secret", "mac": first_secrets.mac_of(secret, secrets.pepper, account),
                   "envelope": envelope.seal(secret, secrets.data_key, site=site, account=account, version=version),
                   "secret_version": version, "must_change": band.change == "required"}


def _name_key(ground: Ground, names: dict[str, str], change: Change) -> keys.Key:
    return keys.username(ground.site, names[f"{change.kind}/{change.key}"])


def _signin(ground: Ground, key: keys.Key, change: Change, secrets: SiteSecrets, random: Random | None) -> Item:
    band = first_secrets.band_of(*_role_and_grade(change))
    body = signin_body(first_secrets.draw(band, random), band=band, site=ground.site, version=1,
                       account=ground.account(change.kind, change.key), secrets=secrets, now=ground.now)
    return Item(key, body)


def _role_and_grade(change: Change) -> tuple[str, str]:
    person = new_person(0, change)
    return person.role, person.grade


def _issue_another(ground: Ground, shard: int, change: Change, secrets: SiteSecrets, random: Random | None) -> int:
    """Give one person the next free name, and the account that name."""
    account = keys.account(ground.site, ground.account(change.kind, change.key))
    named = ground.store.get(account).body.get("username", "")
    holder = ground.store.get(keys.username(ground.site, named)) if named else None
    if holder and holder.body["account"] == ground.account(change.kind, change.key):
        return 0                           # an earlier run got this far
    person = new_person(shard, change)
    name = usernames.assign([person], lambda names: _held(ground, names),
                            school_year_end=school_year_end(ground.now))[person.key]
    ground.store.update(account, lambda body: body | {"username": name} if body else None)
    return int(ground.store.insert(_signin(ground, keys.username(ground.site, name), change, secrets, random)))


def _held(ground: Ground, names: Iterable[str]) -> set[str]:
    by_key = {keys.username(ground.site, name): name for name in names}
    return {by_key[key] for key in ground.store.get_many(by_key)}
