"""Which account is this person? The steps of the identity handbook, section 2, as rules without a table.

| step      | key                                                      | one account              | several |
|-----------|----------------------------------------------------------|--------------------------|---------|
| source_id | the source's own id (a claim, or a decision of a person) | link                     | -       |
| local_id  | local id of another source, last name equal              | link, I-MATCHED-LOCAL    | hold    |
| state_id  | state id, last name or birth date equal                  | link, I-MATCHED-STATE    | hold    |
| email     | email in the role family, last name equal                | link, or id_changed      | hold    |
| guardian  | email and last name, or same student and both names      | link                     | hold    |
| name      | first and last name, birth date and school               | hold: possible duplicate | hold    |

The first step that hits decides. `id_changed`: the account has an id of this source already. A hit
whose names differ is held too (marriage, a slip, another child). Accounts made by hand are never
linked unasked. An account whose id of this source is in the same delivery is somebody else's
already, so the row is held. Families are never crossed: the caller looks only in the person's own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from hashlib import blake2b
from typing import Literal

from rostering.model import Account
from rostering.names import fold_name

STEPS = ("local_id", "state_id", "email", "guardian", "name")
NOTES = {"local_id": "I-MATCHED-LOCAL", "state_id": "I-MATCHED-STATE"}
MOST_CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class Person:
    """Who a source speaks of for the first time. `students` are accounts, for a guardian."""

    kind: str
    key: str
    first_name: str = ""
    last_name: str = ""
    birth_date: str = ""
    school: str = ""
    email: str = ""
    local_id: str = ""
    state_id: str = ""
    students: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that the person may be. `score` is 0 to 100; `reasons` are codes, agreeing ones first."""

    account: str
    score: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`link` to `account`, `hold` for a person to decide, or `create`; `rule` is the step or the doubt."""

    action: Literal["link", "hold", "create"]
    rule: str = ""
    account: str = ""
    candidates: tuple[Candidate, ...] = field(default=())


CREATE = Verdict("create")


def decide(person: Person, hits: Mapping[str, Collection[Account]], *, source: str,
           present: Collection[str] = frozenset()) -> Verdict:
    """The verdict on `person`; `hits` maps a step to the accounts that its key found.

    `present` are accounts whose own id of `source` is in the same delivery.
    """
    for step in STEPS:
        found = {account.id: account for account in hits.get(step, ()) if not account.merged_into}
        if step == "guardian":
            found = {id: account for id, account in found.items() if id not in present}    # two persons
        if not found:
            continue
        doubt = _doubt(person, step, list(found.values()), source, present)
        if doubt:
            return hold(person, found.values(), rule=doubt)
        (account,) = found.values()
        return Verdict("link", step, account.id, (_candidate(person, account),))
    return CREATE


def hold(person: Person, accounts: Collection[Account], *, rule: str) -> Verdict:
    """Let a person decide which of `accounts` this is, or whether it is a new one."""
    ranked = sorted((_candidate(person, account) for account in accounts), key=lambda one: (-one.score, one.account))
    return Verdict("hold", rule, "", tuple(ranked[:MOST_CANDIDATES]))


def name_print(who: Mapping[str, str]) -> str:
    """A print of a person's names: what a decision about an id that changed hands was made on."""
    said = "|".join(fold_name(who.get(name) or "") for name in ("first_name", "last_name"))
    return blake2b(said.encode(), digest_size=8).hexdigest()


def _doubt(person: Person, step: str, found: list[Account], source: str, present: Collection[str]) -> str:
    """Why the hits of a step don't decide by themselves; "" if they do."""
    if len(found) > 1:
        return "several_accounts"
    (account,) = found
    if account.source == "manual" and not account.links:
        return "manual_account"
    if step == "name":
        return "possible_duplicate"
    if account.id in present:
        return "same_delivery"
    if step == "guardian" and not _same(person.first_name, account, "first_name"):
        return "other_first_name"
    if not _names_agree(person, step, account):
        return "other_last_name"
    if step == "email" and (account.source == source or source in account.links):
        return "id_changed"
    return ""


def _names_agree(person: Person, step: str, account: Account) -> bool:
    last = _same(person.last_name, account, "last_name")
    if step == "state_id":
        return last or bool(person.birth_date) and person.birth_date == account.fields.get("birth_date")
    return last


def _same(said: str, account: Account, name: str) -> bool:
    return fold_name(said) == fold_name(account.fields.get(name) or "")


def _candidate(person: Person, account: Account) -> Candidate:
    """How much speaks for `account`, and what."""
    fields = account.fields
    score, agree, differ = 0.0, [], []
    for name, weight in (("last_name", 30), ("first_name", 20)):
        said, held = fold_name(getattr(person, name)), fold_name(fields.get(name) or "")
        likeness = SequenceMatcher(None, said, held, autojunk=False).ratio() if said and held else 0.0
        score += weight * likeness
        if said == held:
            agree.append(f"same_{name}")
        else:
            differ.append(f"similar_{name}" if likeness >= 0.8 else f"other_{name}")
    for name, weight in (("birth_date", 25), ("state_id", 30), ("email", 15), ("local_id", 20), ("school", 5)):
        said, held = getattr(person, name), fields.get("id" if name == "local_id" else name) or ""
        if not said or not held:
            continue
        if said.casefold() == held.casefold():
            score += weight
            agree.append(f"same_{name}")
        elif name != "school":
            score -= weight / 2
            differ.append(f"other_{name}")
    if person.students & account.students.keys():
        score += 25
        agree.append("same_student")
    if account.source == "manual":
        differ.append("made_by_hand")
    if account.status == "inactive":
        differ.append("inactive")
    return Candidate(account.id, max(0, min(100, round(score))), (*agree, *differ))
