"""Give the new people of a plan their usernames, shard by shard, and refuse whom the site has no room for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from rostering.credentials import usernames
from rostering.credentials.roll import Roll
from rostering.diff import Change
from rostering.load import refuse
from rostering.load.ground import Ground
from rostering.model import Problem
from rostering.store import keys

_ROLES = {"student": "Student", "guardian": "Guardian"}
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Named:
    """A new person (`kind/key`), and the username or why there is none."""

    who: str
    school: str
    username: str
    refused: Problem | None


def new_person(shard: int, change: Change, account: str = "") -> usernames.NewPerson:
    """What a username is made from; its key is (shard, kind and key, school, row)."""
    said = {name: after or "" for name, (_, after) in change.fields.items()}
    return usernames.NewPerson(
        key=(shard, f"{change.kind}/{change.key}", change.school, change.place),
        role=_ROLES.get(change.kind) or said["role"], person_id=change.key,
        first_name=said.get("first_name", ""), last_name=said.get("last_name", ""),
        grade=said.get("grade", ""), email=said.get("email", ""), username=said.get("username", ""), account=account)


def name_all(ground: Ground, roll: Roll, *, first: bool) -> Iterator[tuple[int, list[Named]]]:
    """(shard, what became of its new people) for every shard of `roll` in turn; memory is bounded by one.

    The `first` load of a source looks at usernames only: it has brought no id and no email yet.
    """
    named = roll.assign(lambda names: _holders(ground, names), school_year_end=school_year_end(ground.now),
                        templates=usernames.TEMPLATES | ground.settings.get("username_templates", {}))
    for shard, found in groupby(named, key=lambda pair: pair[0].key[0]):
        people = list(found)
        assigned = {person.key: name for person, name in people}
        asked = [(person, person.key[3]) for person, _ in people if person.username or not first]
        refused = dict(refuse.refuse(ground, asked, assigned)) if asked else {}
        yield shard, [Named(person.key[1], person.key[2], name, refused.get(person.key)) for person, name in people]


def _holders(ground: Ground, names: set[str]) -> dict[str, str]:
    """Those of `names` that are claimed, with the account that holds each."""
    holders: dict[str, str] = {}
    listed = sorted(names)
    for start in range(0, len(listed), _BATCH):
        by_key = {keys.username(ground.site, name): name for name in listed[start:start + _BATCH]}
        holders |= {by_key[key]: item.body["account"] for key, item in ground.store.get_many(by_key).items()}
    return holders


def school_year_end(now: str) -> int:
    """The year in which the school year of `now` ends; it turns on July 1."""
    year, month = int(now[:4]), int(now[5:7])
    return year + (month >= 7)
