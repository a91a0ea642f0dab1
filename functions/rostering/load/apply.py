"""Write one shard of an approved plan: `apply` what comes and changes, `deactivate` what goes.

Both may run again at any point: a new thing is inserted or found to be ours, a change is written
against the version that was read, and the record of what changed keeps the first before-image.
Hand-set fields are left alone and the source's value is stored beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field

import orjson

from rostering import history, people
from rostering.diff import PEOPLE, Change
from rostering.errors import Conflict
from rostering.load import paths, places
from rostering.load.ground import Ground
from rostering.load.plan import read_changes
from rostering.model import FAMILY_OF, Account, Problem
from rostering.sheet.problems import problem
from rostering.store import keys
from rostering.store.keys import Item, Key

_BATCH = 500
_ROLE = {"student": "Student", "guardian": "Guardian"}
_NOT_FIELDS = frozenset({"status", "role", "username"})
_CLAIMED = ("state_id", "email")


@dataclass(slots=True)
class Applied:
    """What applying a shard did and met.

    `problems` are rows that could not be applied as planned; `left_out` names (`kind/key`) those of
    them that were not written at all.
    """

    written: int = 0
    problems: list[Problem] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def apply(ground: Ground, phase: str, shard: int) -> Applied:
    """Write the shard's new and changed things; what goes is left to `deactivate`."""
    return _run(ground, phase, shard, lambda change: change.action != "deactivate", "applied")


def deactivate(ground: Ground, phase: str, shard: int) -> Applied:
    """Switch off what the shard's plan takes away. Nothing is deleted."""
    return _run(ground, phase, shard, lambda change: change.action == "deactivate", "off")


def _run(ground: Ground, phase: str, shard: int, wanted: Callable[[Change], bool], name: str) -> Applied:
    done = Applied()
    changes = [c for c in read_changes(ground.files, ground.site, ground.load, phase, shard) if wanted(c)]
    names = ground.names(shard) if phase == "people" else {}
    refused = ground.refused(shard) if phase == "people" else {}
    done.left_out += sorted(refused.keys() & {f"{change.kind}/{change.key}" for change in changes})
    changes = [change for change in changes if f"{change.kind}/{change.key}" not in refused]
    for start in range(0, len(changes), _BATCH):
        _write(ground, changes[start:start + _BATCH], names, done)
    if done.left_out or changes:
        ground.files.write(paths.applied(ground.site, ground.load, f"{phase}/{name}", shard),
                           orjson.dumps(asdict(done)))
    return done


def _write(ground: Ground, changes: list[Change], names: dict[str, str], done: Applied) -> None:
    changes = _claim(ground, changes, done)
    planned = {places.key_of(ground, change): change for change in changes}
    fresh = [_new(ground, at, change, names) for at, change in planned.items()
             if change.action == "create"]
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
            for claim in _claims(ground, change):
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
        codes = [_LOST_CLAIM[places.claim_kind(key)] for key in _claims(ground, change)
                 if (key, change.kind, change.key) in lost] if change.kind in PEOPLE else []
        codes = [code for code in codes if code]
        if codes:
            done.problems.append(places.problem(codes[0], change))
            done.left_out.append(f"{change.kind}/{change.key}")
        else:
            kept.append(change)
    return kept


_LOST_CLAIM = {"email": "R-EMAIL-TAKEN", "stateId": ""}


def _claims(ground: Ground, change: Change) -> Iterator[Key]:
    """The claims that a change brings. The source's own id is claimed by the account's item: its key is made of it."""
    site, family = ground.site, FAMILY_OF[change.kind]
    values = {name: change.fields[name][1] for name in _CLAIMED
              if name in change.fields and change.fields[name][1]}
    if "state_id" in values:
        yield keys.identifier(site, family, ground.source, "stateId", values["state_id"])
    if "email" in values and family != "guardian":
        yield keys.email(site, family, values["email"])


def _new(ground: Ground, at: Key, change: Change, names: dict[str, str]) -> Item:
    """The item of a thing that did not exist before this load."""
    if change.kind in PEOPLE:
        account = Account(id=ground.account(change.kind, change.key), role="Student", status="active",
                          username=names.get(f"{change.kind}/{change.key}", ""), fields={},
                          source=ground.source, source_key=change.key,
                          created={"load": ground.load, "row": change.place})
        _alter(ground, account, change)
        account.status = change.standing
        return people.item_of(ground.site, account)
    return places.new_item(ground, at, change)


def _change(ground: Ground, planned: dict[Key, Change], names: dict[str, str],
            done: Applied) -> dict[Key, Change]:
    """Bring existing things to the plan; gives back those that somebody else wrote meanwhile."""
    found = ground.store.get_many(planned)
    records, items = [], []
    for at, change in planned.items():
        was = found.get(at)
        if was is None:
            items.append(_new(ground, at, change, names) if change.action != "deactivate" else None)
            continue
        item = _altered(ground, was, change, names, done)
        if item is not None:
            records.append(_record(ground, was, item, change))
            items.append(item)
    items = [item for item in items if item is not None]
    ground.store.insert_many(records)
    fresh = [item for item in items if item.version == 1]
    refused = ground.store.insert_many(fresh) if fresh else set()
    refused = refused | ground.store.replace_many([item for item in items if item.version > 1])
    done.written += len(items) - len(refused)
    side = {at: change for at, change in planned.items() if at not in refused}
    ground.store.put_many(_side_items(ground, side.values(), found))
    ground.store.delete_many(places.ended_side_keys(ground, side.values()))
    return {at: planned[at] for at in refused}


def _altered(ground: Ground, was: Item, change: Change, names: dict[str, str], done: Applied) -> Item | None:
    """The item after the change; None if the change must not be made."""
    if change.kind not in PEOPLE:
        return places.altered(ground, was, change)
    account = people.account_of(was)
    if change.action == "deactivate" and (account.rights or account.source == "manual"):
        done.problems.append(places.problem("W-KEPT-ON", change))
        done.left_out.append(f"{change.kind}/{change.key}")
        return None
    wished = change.fields.get("username", [None, None])[1]
    if wished and account.username and wished.lower() != account.username and change.action != "create":
        done.problems.append(problem("W-USERNAME-IGNORED", places.TAB_OF[change.kind], change.place, "Username",
                                     w=account.username))
    if change.action == "create":        # made by a load that failed before it was done: now it is ours
        account.username = names.get(f"{change.kind}/{change.key}", account.username)
        account.created = {"load": ground.load, "row": change.place}
    _alter(ground, account, change)
    off_by_person = account.status == "inactive" and "by" in account.deactivated
    if off_by_person and change.standing != "inactive":
        done.problems.append(places.problem("W-KEPT-OFF", change))
    elif change.standing == "inactive":
        if account.status != "inactive":
            account.deactivated = {"load": ground.load, "row": change.place, "rule": change.rule}
        account.status = "inactive"
    else:
        account.status = change.standing
        account.deactivated = {}
    item = people.item_of(ground.site, account, was.version + 1)
    if item.body | {"changed": 0} == was.body | {"changed": 0}:
        return None
    return item


def _alter(ground: Ground, account: Account, change: Change) -> None:
    """Set the fields and pairs of `change` on `account`; hand-set fields only note what the source says."""
    if change.kind == "staff" and "role" in change.fields:
        account.role = change.fields["role"][1]
    elif change.kind in _ROLE:
        account.role = _ROLE[change.kind]
    account.fields, account.by_hand = dict(account.fields), dict(account.by_hand)
    if change.kind == "guardian" and change.school:
        account.fields["school"] = change.school      # listed with the first student
    for name, (_, after) in change.fields.items():
        if name in _NOT_FIELDS or (name in _CLAIMED and change.action == "deactivate"):
            continue                       # who goes keeps what is claimed: nothing new is claimed for them
        if name in account.by_hand:
            account.by_hand[name] = account.by_hand[name] | {"source": after}
        elif after is None or after == []:
            account.fields.pop(name, None)
        else:
            account.fields[name] = after
    for name, pairs in change.members.items():
        held = dict(getattr(account, name))
        for key, (_, after) in pairs.items():
            places.set_pair(ground, held, name, key, after)
        setattr(account, name, held)
    if change.action != "create":
        account.changed = {"load": ground.load, "row": change.place}


def _record(ground: Ground, was: Item, item: Item, change: Change) -> Item:
    """What this load changes in one thing: before and after of every attribute that moves, and why."""
    moved = history.moved(was.body, item.body)
    moved.pop("changed", None)
    body = {"load": ground.load, "action": change.action, "kind": change.kind, "row": change.place,
            "rule": change.rule, "moved": moved}
    if change.places:
        body["rows"] = change.places
    return Item(keys.change(was.key, ground.load), body)


def _side_items(ground: Ground, changes: Iterable[Change], found: dict[Key, Item]) -> list[Item]:
    """Items that follow a thing: memberships of other schools, what a teacher teaches."""
    return [item for change in changes for item in places.side_items(ground, change, found)]
