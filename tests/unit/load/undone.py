"""What the tests of undo look at: the things of a site, without how often and why they were written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rostering import people, snapshot
from rostering.model import Account, Entity
from rostering.store import keys
from rostering.store.memory import MemoryFiles, MemoryStore
from tests import loads
from tests.unit.load import district as d

_CAUSES = ("created", "changed")
NEXT = [d.school(), *(d.student(str(n), n, grade="05") for n in (1, 3, 4)), d.guardian("id:g4"),
        d.link("id:g4", "4"), d.staff("t1", first_name="Anna", other_schools=["0014"]), d.staff("t2"), d.course(),
        d.term(), d.section("710", teacher="t2"), d.section("709", teacher="t2"),
        *(d.enrollment("709", str(n)) for n in (1, 3, 4)), d.enrollment("710", "1"),
        *d.group_member("rti", "student:4")]


def account(store: MemoryStore, kind: str, key: str) -> Account:
    """The account that the sheet made of a key."""
    name = people.account_id(b"salt of the demo site", "sheet", kind, key)
    return people.account_of(store.get(keys.account(loads.SITE, name)))


def by_hand(store: MemoryStore, one: Account, name: str, value: Any) -> None:
    """A person sets a field of an account."""
    one.by_hand = one.by_hand | {name: {"source": one.fields.get(name), "at": loads.NOW, "by": "admin"}}
    one.fields = one.fields | {name: value}
    put(store, one)


def put(store: MemoryStore, one: Account) -> None:
    """Write an account that somebody changed."""
    at = keys.account(loads.SITE, one.id)
    assert store.replace(people.item_of(loads.SITE, one, store.get(at).version + 1), was=store.get(at).version)


def things(store: MemoryStore) -> dict:
    """Accounts, sections and all else that loads write, without the causes; empty maps are none."""
    found = {}
    for key, item in store.snapshot().items():
        kind = key.pk.split("#")[1]
        if kind in ("LOAD", "AUDIT") or key.sk.startswith(("CHANGE#", "LEASE", "NEWEST", "SOURCE#")):
            continue
        body = {name: value for name, value in item.body.items() if name not in _CAUSES and value != {}}
        found[key] = (body, item.listed)
    return found


def shells(store: MemoryStore, before: dict, undo: str) -> None:
    """Check that what is there and was not there before is an inactive shell of what `undo` took back, or a claim."""
    for key, (body, _) in things(store).items():
        if key in before or key.sk in ("CLAIM", "SIGNIN") or key.sk.startswith("SCHOOL#") and "ACCOUNT" in key.pk:
            continue
        assert body["status"] == "inactive", key
        assert not any(body.get(name) for name in ("classes", "guardians", "students", "members", "teachers"))
        if "role" in body:
            assert body["deactivated"] == {"load": undo, "rule": "undo"} and body["username"]


def without_loads(found: dict) -> dict:
    """`things` with causes of being off named by their rule alone: the load is another."""
    return {key: (body | ({"deactivated": body["deactivated"]["rule"]} if "deactivated" in body else {}), listed)
            for key, (body, listed) in found.items()}


def entities(files: MemoryFiles) -> Iterator[Entity]:
    """What the sheet's snapshot says."""
    for shards in snapshot.read(files, loads.SITE, "sheet").shards.values():
        for number, shard in enumerate(shards):
            yield from snapshot.entities(files, shard, number, len(shards), exact=True)


def state(store: MemoryStore) -> dict:
    """Everything in the table but the lease and how often an item was written."""
    return {key: item.body for key, item in store.snapshot().items() if key.sk != "LEASE"}
