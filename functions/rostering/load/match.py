"""Find the accounts that a source's new people may have already; `rostering.matching` decides.

Reads by key only: claims of local ids, state ids and emails, the accounts that other sources made of
the same local id, guardians of the same students, and for students the listing of a school by name.
A source that is alone at its site has nobody to be matched with on its first load.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache

from rostering import people
from rostering.diff import Change
from rostering.feed import shard_of
from rostering.load.ground import Ground
from rostering.load.manifest import FeedManifest
from rostering.matching import CREATE, Person, Verdict, decide, hold
from rostering.model import FAMILY_OF, Account
from rostering.names import fold_name
from rostering.store import keys
from rostering.store.keys import Key

BATCH = 500
Hits = dict[str, dict[str, list[Account]]]


class Matcher:
    """Matches one load's new people. `first` says that the source has brought nobody before."""

    def __init__(self, ground: Ground, *, first: bool) -> None:
        self._ground = ground
        found = ground.store.query(keys.settings(ground.site).pk, prefix="SOURCE#").items
        self.others = sorted({item.body["source"] for item in found} - {ground.source})
        self._first = first
        self._alone = first and not self.others

    def match(self, changes: Iterable[Change], said: Said) -> Iterator[tuple[Change, Verdict]]:
        """The verdict on each of `changes`, people whom the source didn't name before; `said` is the delivery."""
        batch: list[Change] = []
        for change in changes:
            batch.append(change)
            if len(batch) == BATCH:
                yield from self._match(batch, said)
                batch = []
        yield from self._match(batch, said)

    def _match(self, batch: list[Change], said: Said) -> Iterator[tuple[Change, Verdict]]:
        self._ground.look_up((change.kind, change.key) for change in batch)
        persons = [self._person(change) for change in batch]
        hits: Hits = defaultdict(lambda: defaultdict(list))
        asked = [person for person in persons if not self._alone or person.kind == "staff"]
        if asked:
            self._by_claims(asked, hits)
            self._guardians([person for person in asked if person.kind == "guardian"], hits)
            self._namesakes([p for p in asked if p.kind == "student" and not hits[_name(p)]], hits)
        accounts = [account for steps in hits.values() for found in steps.values() for account in found]
        present = said.accounts(accounts) if accounts else frozenset()
        own = self._own_accounts(persons)
        for change, person in zip(batch, persons, strict=True):
            yield change, self._known(person, own, said) or decide(
                person, hits.get(_name(person), {}), source=self._ground.source, present=present)

    def _own_accounts(self, persons: list[Person]) -> dict[str, Account]:
        """The accounts that the source's own ids lead to, by claim or as made of the id, where there are any.

        One made of an id whose username is not its own was left by a load that failed: it is made anew.
        """
        decided = {_name(person) for person in persons if self._ground.is_decided(person.kind, person.key)}
        asked = [person for person in persons if not self._first or _name(person) in decided]
        found = {account.id: account for account in self._read(
            self._ground.account(person.kind, person.key) for person in asked)}
        names = {keys.username(self._ground.site, account.username): account.id
                 for account in found.values() if account.username}
        holders = self._ground.store.get_many(names)
        whole = {account for key, account in names.items()
                 if key in holders and holders[key].body["account"] == account}
        own = {_name(person): self._ground.account(person.kind, person.key) for person in asked}
        return {name: found[account] for name, account in own.items()
                if account in whole or (name in decided and account in found)}

    def _known(self, person: Person, own: dict[str, Account], said: Said) -> Verdict | None:
        """What the source's own id says: somebody who was here before, a merge, a person's decision.

        Where the account's other id is in the same delivery, this row is one too many.
        """
        account = own.get(_name(person))
        if account is None:
            return CREATE if self._ground.is_decided(person.kind, person.key) else None
        if key_of(account, self._ground.source) != person.key and said.accounts([account]):
            return hold(person, [account], rule="two_ids")
        return Verdict("link", "source_id", account.id)

    def _person(self, change: Change) -> Person:
        said = {name: after or "" for name, (_, after) in change.fields.items()}
        students: frozenset[str] = frozenset()
        if change.kind == "guardian":
            named = [("student", key) for key in change.members.get("students", {})]
            self._ground.look_up(named)
            students = frozenset(self._ground.account(*name) for name in named)
        return Person(change.kind, change.key, said.get("first_name", ""), said.get("last_name", ""),
                      said.get("birth_date", ""), said.get("school", ""), said.get("email", ""),
                      said.get("id", ""), said.get("state_id", ""), students)

    def _by_claims(self, persons: list[Person], hits: Hits) -> None:
        """Steps 2 to 4: local ids of other sources, state ids of all, emails of the family."""
        places: dict[Key, list[tuple[Person, str]]] = defaultdict(list)
        own: dict[Key, list[tuple[Person, str]]] = defaultdict(list)
        for person in persons:
            for place in self._claims(person):
                places[place[1]].append((person, place[0]))
            if person.local_id and "sheet" in self.others:
                own[self._of_sheet(person)].append((person, "local_id"))
        claimed = self._ground.store.get_many(places)
        for claim, item in claimed.items():
            own[keys.account(self._ground.site, item.body["account"])] += places[claim]
        for place, item in self._ground.store.get_many(own).items():
            account = people.account_of(item)
            for person, step in own[place]:
                if place.pk != self._own(person).pk:
                    hits[_name(person)][step].append(account)

    def _claims(self, person: Person) -> Iterator[tuple[str, Key]]:
        site, family = self._ground.site, FAMILY_OF[person.kind]
        for source in self.others:
            if person.local_id:
                yield "local_id", keys.identifier(site, family, source, "localId", person.local_id.casefold())
                yield "local_id", keys.identifier(site, family, source, "sourceId", _sheet_key(person))
        if person.state_id:
            for source in (*self.others, self._ground.source):
                yield "state_id", keys.identifier(site, family, source, "stateId", person.state_id)
        if person.email and person.kind != "guardian":
            yield "email", keys.email(site, family, person.email)

    def _of_sheet(self, person: Person) -> Key:
        """The account that the sheet made of the local id: its key is made of it."""
        return keys.account(self._ground.site, people.account_id(
            self._ground.salt, "sheet", person.kind, _sheet_key(person)))

    def _own(self, person: Person) -> Key:
        return keys.account(self._ground.site, self._ground.account(person.kind, person.key))

    def _guardians(self, persons: list[Person], hits: Hits) -> None:
        """Step 5: the guardians of the same students, and whoever has the email as a username."""
        if not persons:
            return
        site = self._ground.site
        students = self._read(student for person in persons for student in sorted(person.students))
        of = {student.id: list(student.guardians) for student in students}
        mails = self._ground.store.get_many({keys.username(site, person.email) for person in persons if person.email})
        by_mail = {key: item.body["account"] for key, item in mails.items()}
        guardians = {one.id: one for one in self._read(
            [*(guardian for each in of.values() for guardian in each), *by_mail.values()]) if one.role == "Guardian"}
        for person in persons:
            wanted = [guardian for student in sorted(person.students) for guardian in of.get(student, ())]
            wanted += [by_mail.get(keys.username(site, person.email), "")] if person.email else []
            hits[_name(person)]["guardian"] += [
                guardians[guardian] for guardian in dict.fromkeys(wanted) if guardian in guardians
                and guardian != self._ground.account("guardian", person.key)
                and _same_guardian(person, guardians[guardian])]

    def _namesakes(self, persons: list[Person], hits: Hits) -> None:
        """Step 6: students of the same school with the same names and birth date."""
        for person in persons:
            if not (person.birth_date and person.school and person.last_name):
                continue
            prefix = f"Student#{keys.part(fold_name(person.last_name))}#"
            page = self._ground.store.listing(keys.people(self._ground.site, person.school), prefix=prefix, limit=None)
            for item in page.items:
                account = people.account_of(item)
                if account.fields.get("birth_date") == person.birth_date and item.key != self._own(person) \
                        and fold_name(account.fields.get("first_name") or "") == fold_name(person.first_name):
                    hits[_name(person)]["name"].append(account)

    def _read(self, ids: Iterable[str]) -> list[Account]:
        places = [keys.account(self._ground.site, account) for account in dict.fromkeys(ids)]
        return [people.account_of(item) for item in self._ground.store.get_many(places).values()]


class Said:
    """Which people the delivery itself names, looked up in its shards as needed."""

    def __init__(self, ground: Ground, manifest: FeedManifest) -> None:
        self._ground = ground
        self._manifest = manifest
        self._of_shard = lru_cache(maxsize=64)(self._read)

    def accounts(self, accounts: Iterable[Account]) -> frozenset[str]:
        """Those of `accounts` whose own id of this source is in the delivery."""
        kinds = {"student": "student", "employee": "staff", "guardian": "guardian"}
        shards = len(self._manifest.shards["people"])
        found = set()
        for account in accounts:
            key = key_of(account, self._ground.source)
            if key and (kinds[account.family], key) in self._of_shard(shard_of(key, shards)):
                found.add(account.id)
        return frozenset(found)

    def _read(self, shard: int) -> frozenset[tuple[str, str]]:
        return frozenset((entity.kind, entity.key)
                         for entity in self._manifest.said(self._ground.files, "people", shard))


def key_of(account: Account, source: str) -> str:
    """What `source` calls the account; "" if it doesn't know it."""
    return account.source_key if account.source == source else account.links.get(source, "")


def _same_guardian(person: Person, account: Account) -> bool:
    fields = account.fields
    if fold_name(fields.get("last_name") or "") != fold_name(person.last_name):
        return False
    same_first = fold_name(fields.get("first_name") or "") == fold_name(person.first_name)
    same_email = bool(person.email) and (fields.get("email") or "").casefold() == person.email.casefold()
    return same_email or (same_first and bool(person.students & account.students.keys()))


def _sheet_key(person: Person) -> str:
    local = person.local_id.casefold()
    return f"id:{local}" if person.kind == "guardian" else local


def _name(person: Person) -> str:
    return f"{person.kind}/{person.key}"
