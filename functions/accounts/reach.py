"""Where in a site's table a person stands: everything that a merge has to follow.

Sections come from the account's classes and what it teaches, guardians and students from its
links. Groups know their members and not the other way round, so those of every school are read.
Claims are found by what the account says and by what its records say that it once said; those of
accounts that were merged into it before by the records of these merges.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rostering.model import Account
from rostering.store import keys
from rostering.store.keys import Item, Key

STANDING = ("merging", "merged")
BEGUN = ("merging", "unmerging")


@dataclass(slots=True)
class Reach:
    """What names the account. `beside` maps a key of the other account's to the item there, if any.

    `claims` maps the key of each claim to `[system, kind]` and its item; None: the claim is to be made.
    """

    teaches: list[Item] = field(default_factory=list)
    schools: list[Item] = field(default_factory=list)
    sections: list[Item] = field(default_factory=list)
    relatives: list[Item] = field(default_factory=list)
    groups: list[Item] = field(default_factory=list)
    claims: dict[Key, tuple[str, str, Item | None]] = field(default_factory=dict)
    beside: dict[Key, Item] = field(default_factory=dict)


def reach_of(store: Any, site: str, account: Account, *, other: str) -> Reach:
    """Everything that names `account`; `other` is the account that takes its place."""
    pk = keys.account(site, account.id).pk
    found = Reach(teaches=store.query(pk, prefix="TEACHES#").items, schools=store.query(pk, prefix="SCHOOL#").items)
    sections = {*account.classes, *(item.body["section"] for item in found.teaches)}
    relatives = {*account.guardians, *account.students}
    theirs = [item.key._replace(pk=keys.account(site, other).pk) for item in (*found.teaches, *found.schools)]
    wanted = {section: keys.section(site, section) for section in sorted(sections)}
    people = {name: keys.account(site, name) for name in sorted(relatives)}
    items = store.get_many([*theirs, *wanted.values(), *people.values()])
    found.beside = {key: items[key] for key in theirs if key in items}
    found.sections = [items[key] for key in wanted.values() if key in items]
    found.relatives = [items[key] for key in people.values() if key in items]
    if account.family != "guardian":
        found.groups = [item for item in _groups(store, site)
                        if account.id in item.body.get("members", {}) or item.body.get("owner") == account.id]
    found.claims = _claims(store, site, account)
    return found


def changes(store: Any, site: str, account: str) -> list[Item]:
    """The records of what changed in an account, the oldest first."""
    page = store.query(keys.account(site, account).pk, prefix="CHANGE#")
    return [item for item in page.items if item.key.sk.count("#") == 1]


def merges(store: Any, site: str, account: str) -> list[Item]:
    """The records of the merges that the account is one of the two of, the oldest first."""
    names = [item.body["load"] for item in changes(store, site, account) if item.body.get("action") == "merge"]
    found = store.get_many(keys.merge(site, name) for name in names)
    return [item for name in names if (item := found.get(keys.merge(site, name)))
            and account in (item.body["kept"], item.body["gone"])]


def _groups(store: Any, site: str) -> Iterator[Item]:
    schools = [item.body["key"] for item in store.query(keys.settings(site).pk, prefix="SCHOOL#").items]
    for school in (*schools, ""):
        yield from store.listing(keys.groups(site, school), limit=None).items


def _claims(store: Any, site: str, account: Account) -> dict[Key, tuple[str, str, Item | None]]:
    """The claims that lead to the account, and those of its sources' own ids, which needed none until now."""
    own: dict[Key, tuple[str, str]] = {}
    for source, key in ({account.source: account.source_key} | account.links).items():
        if key and source != "manual":
            own[keys.identifier(site, account.family, source, "sourceId", key)] = (source, "sourceId")
    named = own | dict(_once_said(store, site, account)) | dict(_of_merged(store, site, account))
    items = store.get_many(named)
    return {key: (*about, items.get(key)) for key, about in named.items()
            if (key in items and items[key].body.get("account") == account.id) or (key in own and key not in items)}


def _once_said(store: Any, site: str, account: Account) -> Iterator[tuple[Key, tuple[str, str]]]:
    """Where claims of the account would stand, by every value that it has or had."""
    past = changes(store, site, account.id)
    sources = sorted({account.source, *account.links, *account.origins.values()})
    for value in _values(account, past, "email"):
        yield keys.email(site, account.family, value), ("", "email")
    for source in sources:
        for value in _values(account, past, "state_id"):
            yield keys.identifier(site, account.family, source, "stateId", value), (source, "stateId")
        for value in _values(account, past, "id"):
            for kind, key in (("sourceId", value), ("sourceId", value.casefold()), ("localId", value),
                              ("sourceId", f"id:{value.casefold()}"), ("localId", value.casefold())):
                yield keys.identifier(site, account.family, source, kind, key), (source, kind)


def _values(account: Account, past: list[Item], name: str) -> list[str]:
    said = [account.fields.get(name), (account.by_hand.get(name) or {}).get("source")]
    for item in past:
        moved = item.body.get("moved") or {}
        said += moved.get("fields", {}).get(name, [])
        said += [(one or {}).get("source") for one in moved.get("by_hand", {}).get(name, [])]
    return sorted({value for value in said if value and isinstance(value, str)})


def _of_merged(store: Any, site: str, account: Account) -> Iterator[tuple[Key, tuple[str, str]]]:
    """The claims of accounts that were merged into this one."""
    for item in merges(store, site, account.id):
        if item.body["kept"] == account.id and item.body["state"] in STANDING:
            for pk, moves in item.body["moved"].items():
                about = claim_of(pk)
                if about:
                    yield from ((Key(pk, sk), about) for sk in moves)


def claim_of(pk: str) -> tuple[str, str] | None:
    """The system and the kind of the claims in a partition; None if it holds none."""
    parts = [text.replace("%23", "#").replace("%25", "%") for text in pk.split("#")]
    if parts[1] == "IDENT":
        return parts[3], parts[4]
    return ("", "email") if parts[1] == "EMAIL" else None
