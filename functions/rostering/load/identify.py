"""Say who a plan's people are: matched to an account, held for a person to decide, or new with a username.

Writes the answers to each shard of people (`Ground.answers`), the questions for people to decide,
and who is absent for now. Students and staff go first: a guardian is found by the students.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

import orjson

from rostering import feed, people
from rostering.credentials.roll import Roll
from rostering.diff import Change
from rostering.load import part, paths, where
from rostering.load.evidence import Pair
from rostering.load.ground import Ground
from rostering.load.manifest import FeedManifest
from rostering.load.match import BATCH, Matcher, Said, key_of
from rostering.load.naming import name_all, new_person
from rostering.load.plan import read_changes
from rostering.matching import NOTES, Person, Verdict, hold, name_print
from rostering.store import keys
from rostering.store.keys import Item

MOST_QUESTIONS = 1_000
WITH_STUDENT = "with_student"
NOT_ASKED = frozenset({WITH_STUDENT, "two_ids"})      # the row waits, but there is nothing to decide
_WHO = ("first_name", "last_name", "birth_date", "grade", "school", "email", "id", "state_id")
Name = tuple[int, str]      # shard, kind/key


@dataclass(slots=True)
class Crowd:
    """What became of a plan's people.

    `moves` changes the counts and figures of a (kind, school) by name. `answered` are the shards
    with answers, `linking` those with new links to claim, `rekeyed` maps the old key of a person
    to the new one (`kind/key`), `absent` are those whose places wait. `questions` counts the rows that a
    person has to decide.
    """

    schools: set[str] = field(default_factory=set)
    moves: dict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    answered: list[int] = field(default_factory=list)
    linking: set[int] = field(default_factory=set)
    rekeyed: dict[str, str] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    questions: int = 0


def identify(ground: Ground, manifest: FeedManifest, shards: list[int], *, first: bool,
             pairs: dict[str, list[Pair]]) -> Crowd:
    """Answer for the people of `shards`; `pairs` of keys are re-keyed, as a person wished."""
    desk = _Desk(ground.anew(), manifest, shards, first=first, pairs=pairs)
    with desk.roll:
        return desk.run()


class _Desk:
    def __init__(self, ground: Ground, manifest: FeedManifest, shards: list[int], *, first: bool,
                 pairs: dict[str, list[Pair]]) -> None:
        self._ground, self._manifest, self._shards, self._first = ground, manifest, shards, first
        self._count = len(manifest.shards["people"])
        self._rekeyed = {f"{kind}/{new}": old for kind, listed in pairs.items() for new, old in listed}
        self._matcher = Matcher(ground, first=first)
        self._said = Said(ground, manifest)
        self._verdicts: dict[Name, tuple[Verdict, int, str]] = {}    # with row and school; only of links and holds
        self._who: dict[Name, dict[str, Any]] = {}
        self._held: dict[str, int] = {}      # kind/key to row
        self._parents: dict[str, int] = {}   # a guardian to the row of the student who waits
        self.roll = Roll()
        self.crowd = Crowd()

    def run(self) -> Crowd:
        for kinds in (("staff", "student"), ("guardian",)):
            for shard in self._shards:
                self._sweep(shard, kinds)
            self._hold_two_rows_of_one()
            self._held = {key: row for (_, key), (verdict, row, _) in self._verdicts.items()
                          if verdict.action == "hold"}
        answers: dict[int, dict[str, Any]] = {
            shard: {"names": {}, "refused": {}, "linked": {}, "retired": {}, "notes": []} for shard in self._shards}
        absent: set[str] = set()
        self._answer(answers, absent)
        self.crowd.answered = sorted(answers)
        for shard in self._name(answers, absent):
            self._write(shard, answers.pop(shard))
        for shard, answer in answers.items():
            self._write(shard, answer)
        part.write_absent(self._ground, absent)
        self.crowd.absent = frozenset(absent)
        self._ask()
        return self.crowd

    def _sweep(self, shard: int, kinds: tuple[str, ...]) -> None:
        changes = [change for change in read_changes(self._ground.files, self._ground.site, self._ground.load,
                                                     "people", shard) if change.kind in kinds]
        new = [change for change in changes if change.action == "create"]
        for change in new:
            if old := self._rekeyed.get(_of(change)):
                self._ground.look_up([(change.kind, old)])
                self._note(shard, change, Verdict("link", "rekey", self._ground.account(change.kind, old)))
        waiting = [change for change in new if self._waits_with(change)]
        for change in waiting:
            self._parents[_of(change)] = self._waits_with(change)
            self._note(shard, change, Verdict("hold", WITH_STUDENT))
        passed = {*map(_of, waiting), *self._rekeyed}
        for change, verdict in self._matcher.match((c for c in new if _of(c) not in passed), self._said):
            if verdict.action == "create":
                self.crowd.schools.add(change.school)
                self.roll.add(new_person(shard, change, self._ground.account(change.kind, change.key)))
            else:
                self._note(shard, change, verdict)
        doubted = iter([change for change in changes if change.doubt and change.action in ("update", "reactivate")])
        while batch := list(islice(doubted, BATCH)):
            for change, verdict in self._recycled(batch):
                self._note(shard, change, verdict)

    def _waits_with(self, change: Change) -> int:
        """The row of a held student with whom a new guardian waits; 0 for whoever has another student, or none."""
        rows = [self._held.get(f"student/{key}", 0) for key in change.members.get("students", {})] \
            if change.kind == "guardian" else []
        return rows[0] if rows and all(rows) else 0

    def _note(self, shard: int, change: Change, verdict: Verdict) -> None:
        name = (shard, _of(change))
        self._verdicts[name] = (verdict, change.place, change.school)
        if verdict.action == "link":
            self._ground.lead_to(change.kind, change.key, verdict.account)
        told = _WHO if verdict.action == "hold" else _WHO[:3]       # links are many, and seldom asked about
        self._who[name] = {field: change.fields[field][1] for field in told
                           if field in change.fields and change.fields[field][1]} | {"action": change.action}

    def _recycled(self, changes: list[Change]) -> Iterator[tuple[Change, Verdict]]:
        """Known ids with another person's names: each row is held alone, unless somebody decided about it."""
        ground = self._ground
        ground.look_up((change.kind, change.key) for change in changes)
        claims = {ground.source_id(change.kind, change.key): change for change in changes}
        places = {keys.account(ground.site, ground.account(change.kind, change.key)): change for change in changes}
        decided = {_of(claims[key]): item.body.get("as") for key, item in ground.store.get_many(claims).items()}
        for place, item in ground.store.get_many(places).items():
            change, account = places[place], people.account_of(item)
            said = {name: after or "" for name, (_, after) in change.fields.items()}
            if decided.get(_of(change)) != name_print(said):
                person = Person(change.kind, change.key, *(said.get(name, account.fields.get(name) or "") for name in
                                ("first_name", "last_name", "birth_date", "school", "email")), change.key)
                yield change, hold(person, [account], rule="recycled_id")

    def _hold_two_rows_of_one(self) -> None:
        """Two rows that hit one account are both held."""
        rows: dict[str, list[Name]] = defaultdict(list)
        for name, (verdict, _, _) in self._verdicts.items():
            if verdict.action == "link":
                rows[verdict.account].append(name)
        for names in rows.values():
            if len(names) > 1:
                for name in names:
                    verdict, row, school = self._verdicts[name]
                    self._verdicts[name] = Verdict("hold", "two_rows", "", verdict.candidates), row, school

    def _name(self, answers: dict[int, dict[str, Any]], absent: set[str]) -> Iterator[int]:
        """Give usernames to the new, and refuse whom the site has no room for; tells each shard that is through."""
        for shard, named in name_all(self._ground, self.roll, first=self._first):
            for one in named:
                if one.refused:
                    answers[shard]["refused"][one.who] = asdict(one.refused)
                    self._move(one.who, one.school, new=-1, problems=1)
                    absent.add(one.who)
                else:
                    answers[shard]["names"][one.who] = one.username
            yield shard

    def _write(self, shard: int, answer: dict[str, Any]) -> None:
        self._ground.files.write(paths.names(self._ground.site, self._ground.load, shard), orjson.dumps(answer))

    def _answer(self, answers: dict[int, dict[str, Any]], absent: set[str]) -> None:
        """Links and holds; the keys that another key took over, and those whose owner may be a held row."""
        before: dict[str, list[tuple[str, str]]] = defaultdict(list)     # account to (new key, the old becomes)
        for (shard, key), (verdict, row, school) in self._verdicts.items():
            kind = key.partition("/")[0]
            new = self._who[shard, key]["action"] == "create"
            if verdict.action == "link":
                answers[shard]["linked"][key] = [verdict.account, verdict.rule]
                if verdict.rule != "source_id":
                    self.crowd.linking.add(shard)
                self._move(key, school, new=-1, changed=1, linked=1)
                if code := NOTES.get(verdict.rule):
                    note = where.problem(self._ground.source, code, kind, _key(key), row)
                    answers[shard]["notes"].append(asdict(note))
                before[verdict.account].append((key, "retired"))
            else:
                answers[shard]["refused"][key] = asdict(
                    where.problem(self._ground.source, "R-PARENT", kind, _key(key), row, tab="Students",
                                  r=self._parents[key])
                    if verdict.rule == WITH_STUDENT else
                    where.problem(self._ground.source, "R-MATCH-HELD", kind, _key(key), row,
                                  n=max(1, len(verdict.candidates))))
                self._move(key, school, **{"new" if new else "changed": -1}, problems=1)
                if new:
                    absent.add(key)
                for one in verdict.candidates:
                    before[one.account].append((key, "kept"))
        found = list(self._keys_before(before))
        self.crowd.rekeyed = {old: new for old, new, becomes in found if becomes == "retired"}
        places = {key: [key, school, row] for (_, key), (_, row, school) in self._verdicts.items()}
        self._spare(answers, absent, {old: places[new] if old in self.crowd.rekeyed else None for old, new, _ in found})

    def _keys_before(self, wanted: dict[str, list[tuple[str, str]]]) -> Iterator[tuple[str, str, str]]:
        """What this source called accounts until now and calls them now (`kind/key`), and what becomes of the old."""
        accounts = iter(wanted)
        while batch := list(islice(accounts, BATCH)):
            found = self._ground.store.get_many(keys.account(self._ground.site, account) for account in batch)
            for item in found.values():
                key_before = key_of(people.account_of(item), self._ground.source)
                for key, becomes in wanted[item.body["id"]]:
                    name = f"{key.partition('/')[0]}/{key_before}"
                    if key_before and name != key:
                        yield name, key, becomes

    def _spare(self, answers: dict[int, dict[str, Any]], absent: set[str], old: dict[str, list[Any] | None]) -> None:
        """Nobody is switched off under an `old` id who has a new one (key, school, row), or may have (None).

        Who may have one keeps all places too: a held row counts as present.
        """
        by_shard: dict[int, list[str]] = defaultdict(list)
        for key in old:
            by_shard[feed.shard_of(key.partition("/")[2], self._count)].append(key)
        for shard, named in by_shard.items():
            answer = answers.setdefault(shard, {"names": {}, "refused": {}, "linked": {}, "retired": {}, "notes": []})
            going = {_of(change): change for change in read_changes(
                self._ground.files, self._ground.site, self._ground.load, "people", shard)
                if change.action == "deactivate"}
            for key in named:
                change = going.get(key)
                if new := old[key]:
                    answer["retired"][key] = new
                elif change:
                    absent.add(key)
                    answer["refused"][key] = asdict(where.problem(
                        self._ground.source, "W-KEPT-MATCH", change.kind, change.key, 0))
                if change:
                    self._move(key, change.school, deactivated=-1, missing=-(change.rule == "absent"))

    def _move(self, key: str, school: str, **by: int) -> None:
        self.crowd.moves[key.partition("/")[0], school].update(by)

    def _ask(self) -> None:
        """Put what is held into the queue; what this delivery no longer asks leaves it."""
        ground = self._ground
        asked = {}
        held = [(name, told) for name, told in self._verdicts.items()
                if told[0].action == "hold" and told[0].rule not in NOT_ASKED]
        self.crowd.questions = len(held)
        for name, (verdict, row, _) in held[:MOST_QUESTIONS]:
            kind, _, key = name[1].partition("/")
            place = keys.match(ground.site, question_id(ground.source, kind, key))
            asked[place] = {"match": place.sk, "state": "open", "source": ground.source, "kind": kind, "key": key,
                            "load": ground.load, "row": row if ground.source == where.SHEET else 0,
                            "tab": where.tab_of(ground.source, kind), "rule": verdict.rule,
                            "who": self._who[name], "at": ground.now,
                            "candidates": [asdict(one) for one in verdict.candidates]}
        before = {item.key: item for item in ground.store.query(keys.match(ground.site, "").pk).items
                  if item.body["source"] == ground.source and item.body["state"] == "open"}
        ground.store.put_many(Item(place, body) for place, body in asked.items())
        if self._manifest.scope["kinds"]:
            gone = [Item(place, item.body | {"state": "gone", "load": ground.load}) for place, item in before.items()
                    if place not in asked]
            ground.store.put_many(gone)


def question_id(source: str, kind: str, key: str) -> str:
    """The id of the question who `key` of `source` is: asked again, it is the same one."""
    return hashlib.blake2b(f"{source}\x00{kind}\x00{key}".encode(), digest_size=6).hexdigest()


def _key(name: str) -> str:
    return name.partition("/")[2]


def _of(change: Change) -> str:
    return f"{change.kind}/{change.key}"
