"""Write one shard of an approved plan: `link` who has an account, `apply` what comes, `deactivate` what goes.

All may run again at any point: a new thing is inserted or found to be ours, a change is written
against the version that was read, and the record of what changed keeps the first before-image.
What a person set, and what another source leads, is left alone (`profile`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace

import orjson

from rostering import history, people
from rostering.diff import CLAIMED, PEOPLE, Change
from rostering.errors import Conflict
from rostering.load import part, paths, places, profile, where
from rostering.load.applied import Applied
from rostering.load.ground import Answers, Ground
from rostering.load.plan import read_changes
from rostering.model import FAMILY_OF
from rostering.store import attributes, keys
from rostering.store.keys import Item, Key

_BATCH = 500


def apply(ground: Ground, phase: str, shard: int) -> Applied:
    """Write the shard's new and changed things; what goes is left to `deactivate`."""
    return _run(ground, phase, shard, lambda change: change.action != "deactivate", "applied")


def deactivate(ground: Ground, phase: str, shard: int) -> Applied:
    """Switch off what the shard's plan takes away. Nothing is deleted."""
    return _run(ground, phase, shard, lambda change: change.action == "deactivate", "off")


def link(ground: Ground, phase: str, shard: int) -> Applied:
    """Claim the keys of a shard's people that lead to accounts which something else made."""
    linked = ground.answers(shard).linked
    ground.store.update(keys.source(ground.site, ground.source),
                        lambda body: None if body and body["links"] else
                        (body or {"source": ground.source}) | {"links": True})
    claims = [Item(ground.source_id(*name.split("/", 1)), {"account": account, "rule": rule, "load": ground.load})
              for name, (account, rule) in linked.items() if rule != "source_id"]
    return Applied(written=len(claims) - len(ground.store.insert_many(claims)))


def _run(ground: Ground, phase: str, shard: int, wanted: Callable[[Change], bool], name: str) -> Applied:
    done = Applied()
    chosen = part.of(ground)
    changes = [change for change in read_changes(ground.files, ground.site, ground.load, phase, shard)
               if wanted(change) and chosen.covers(change)]
    answers = ground.answers(shard) if phase == "people" else Answers()
    out = answers.refused.keys() | set(answers.retired) | {
        f"{change.kind}/{change.key}" for change in changes
        if places.waits(change, ground.absent) or ground.erased.names(change.kind, change.key)}
    done.left_out += sorted(out & {f"{change.kind}/{change.key}" for change in changes})
    for change in changes:
        if (whose := f"{change.kind}/{change.key}") in ground.crowded and whose not in out:
            _leave_out(ground, change, done)
            out.add(whose)
    changes = [places.without_absent(change, ground.absent) for change in changes
               if f"{change.kind}/{change.key}" not in out]
    for start in range(0, len(changes), _BATCH):
        batch = [_as_link(change) if f"{change.kind}/{change.key}" in answers.linked else change
                 for change in changes[start:start + _BATCH]]
        ground.look_up(name for change in batch for name in places.people_of(change))
        _write(ground, batch, answers.names, done)
    if done.left_out or changes:
        ground.files.write(paths.applied(ground.site, ground.load, f"{phase}/{name}", shard),
                           orjson.dumps(asdict(done)))
    return done


def _leave_out(ground: Ground, change: Change, done: Applied) -> None:
    """Note that nothing of a change is written: an item can't hold what it comes to."""
    done.problems.append(where.problem(ground.source, "R-CROWDED", change.kind, change.key, change.place))
    done.left_out.append(f"{change.kind}/{change.key}")


def _as_link(change: Change) -> Change:
    """The creation of somebody who has an account, as a change of that account."""
    return replace(change, action="link") if change.action == "create" else change


def _write(ground: Ground, changes: list[Change], names: dict[str, str], done: Applied) -> None:
    changes = _claim(ground, changes, done)
    planned = {places.key_of(ground, change): change for change in changes}
    fresh = [_new(ground, at, change, names) for at, change in planned.items()
             if change.action == "create"]
    for item in [item for item in fresh if not attributes.fits(item)]:
        fresh.remove(item)
        _leave_out(ground, planned.pop(item.key), done)
    taken = ground.store.insert_many(fresh)
    done.written += len(fresh) - len(taken)
    made = (change for at, change in planned.items() if change.action == "create" and at not in taken)
    ground.store.put_many(_side_items(ground, made, {}))
    rest = {at: change for at, change in planned.items() if change.action != "create" or at in taken}
    for _ in range(5):
        if not rest:
            return
        rest = _change(ground, rest, names, done)
    raise Conflict(f"{len(rest)} items of load {ground.load} changed again and again while it was applied")


def _claim(ground: Ground, changes: list[Change], done: Applied) -> list[Change]:
    """Claim the identifiers and emails that `changes` bring; a change whose claim is lost is left out."""
    claims: dict[Key, str] = {}
    owners: dict[Key, list[Change]] = {}
    for change in changes:
        if change.kind in PEOPLE and change.action != "deactivate":
            account = ground.account(change.kind, change.key)
            for claim in claims_of(ground, change):
                claims.setdefault(claim, account)
                owners.setdefault(claim, []).append(change)
    items = [Item(key, {"account": account}) for key, account in claims.items()]
    refused = ground.store.insert_many(items)
    held = {key: item.body["account"] for key, item in ground.store.get_many(refused).items()}
    lost = set()
    for key, sharing in owners.items():
        holder = held.get(key, claims[key])
        for change in sharing:
            if ground.account(change.kind, change.key) != holder:
                lost.add((key, change.kind, change.key))
    kept = []
    for change in changes:
        codes = [_LOST_CLAIM[places.claim_kind(key)] for key in claims_of(ground, change)
                 if (key, change.kind, change.key) in lost] if change.kind in PEOPLE else []
        codes = [code for code in codes if code]
        if codes:
            done.problems.append(where.problem(ground.source, codes[0], change.kind, change.key, change.place))
            done.left_out.append(f"{change.kind}/{change.key}")
        else:
            kept.append(change)
    return kept


_LOST_CLAIM = {"email": "R-EMAIL-TAKEN", "identifier": ""}


def claims_of(ground: Ground, change: Change) -> Iterator[Key]:
    """The claims that a change brings. The source's own id is claimed by the account's item: its key is made of it."""
    site, family = ground.site, FAMILY_OF[change.kind]
    values = {name: change.fields[name][1] for name in CLAIMED
              if name in change.fields and change.fields[name][1]}
    if "state_id" in values:
        yield keys.identifier(site, family, ground.source, "stateId", values["state_id"])
    if ground.source != "sheet" and change.fields.get("id", [None, None])[1]:
        yield keys.identifier(site, family, ground.source, "localId", change.fields["id"][1].casefold())
    if "email" in values and family != "guardian":
        yield keys.email(site, family, values["email"])


def _new(ground: Ground, at: Key, change: Change, names: dict[str, str]) -> Item:
    """The item of a thing that did not exist before this load."""
    if change.kind in PEOPLE:
        account = profile.new(ground, change, names.get(f"{change.kind}/{change.key}", ""))
        return people.item_of(ground.site, account)
    return places.new_item(ground, at, change)


def _change(ground: Ground, planned: dict[Key, Change], names: dict[str, str],
            done: Applied) -> dict[Key, Change]:
    """Bring existing things to the plan; gives back those that somebody else wrote meanwhile."""
    found = ground.store.get_many(planned)
    records, items, heavy = [], [], set()
    for at, change in planned.items():
        was = found.get(at)
        if was is None:
            item = _new(ground, at, change, names) if change.action != "deactivate" else None
        else:
            item = _altered(ground, was, change, names, done)
        record = _record(ground, was, item, change) if was and item else None
        if item and not (attributes.fits(item) and (record is None or attributes.fits(record))):
            heavy.add(at)
            _leave_out(ground, change, done)
            continue
        items += [item] if item else []
        records += [record] if record else []
    planned = {at: change for at, change in planned.items() if at not in heavy}
    ground.store.insert_many(records)
    fresh = [item for item in items if item.version == 1]
    refused = ground.store.insert_many(fresh) if fresh else set()
    refused = refused | ground.store.replace_many([item for item in items if item.version > 1])
    done.written += len(items) - len(refused)
    side = {at: change for at, change in planned.items() if at not in refused}
    ground.store.put_many(_side_items(ground, side.values(), found))
    ground.store.delete_many(places.ended_side_keys(ground, side.values(), found))
    return {at: planned[at] for at in refused}


def _altered(ground: Ground, was: Item, change: Change, names: dict[str, str], done: Applied) -> Item | None:
    """The item after the change; None if the change must not be made, or makes no difference."""
    if change.kind not in PEOPLE:
        return places.altered(ground, was, change)
    account = people.account_of(was)
    codes = profile.alter(ground, account, change, names.get(f"{change.kind}/{change.key}", ""))
    for code in codes:
        if code == "W-USERNAME-IGNORED":
            done.problems.append(where.problem(ground.source, code, change.kind, change.key, change.place,
                                               "Username", w=account.username))
        else:
            done.problems.append(where.problem(ground.source, code, change.kind, change.key, change.place))
    if "W-KEPT-ON" in codes:
        done.left_out.append(f"{change.kind}/{change.key}")
        return None
    item = people.item_of(ground.site, account, was.version + 1)
    if item.listed == was.listed and item.body | {"changed": 0} == was.body | {"changed": 0}:
        return None
    return item


def _record(ground: Ground, was: Item, item: Item, change: Change) -> Item:
    """What this load changes in one thing: before and after of every attribute that moves, and why."""
    moved = history.moved(was.body, item.body)
    moved.pop("changed", None)
    body = {"load": ground.load, "action": change.action, "kind": change.kind, "row": change.place,
            "rule": change.rule, "moved": moved}
    record = Item(keys.change(was.key, ground.load), body)
    if change.places:
        body["rows"] = change.places
        if not attributes.fits(record):        # of so many, the rows can be looked up in the plan
            del body["rows"]
    return record


def _side_items(ground: Ground, changes: Iterable[Change], found: dict[Key, Item]) -> list[Item]:
    """Items that follow a thing: memberships of other schools, what a teacher teaches."""
    return [item for change in changes for item in places.side_items(ground, change, found)]
