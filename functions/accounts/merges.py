"""Merging two accounts of one person: what it would do, and doing it (`rostering.merging`).

Everything that names the gone account names the kept one afterwards: sections, groups, guardians
and students, schools, claims of identifiers and emails. Usernames stay claimed by who has them, and
the gone account can't sign in: it is inactive. The merge's record holds what stood there before, so
`unmerges` gives everything back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from accounts import audit, sessions
from accounts.people import target_of
from accounts.ports import Ports
from accounts.problems import Refusal, not_allowed, not_found
from accounts.reach import BEGUN, STANDING, Reach, merges, reach_of
from accounts.together import Act, Step, busy, carry_out, turn
from rostering import merging
from rostering.access.roles import Actor
from rostering.access.rules import allow
from rostering.merging import Cause, Union
from rostering.model import Account
from rostering.people import account_of, item_of
from rostering.store import keys
from rostering.store.keys import Item, Key
from rostering.store.writes import MAX_TOGETHER

ATTEMPTS = 5
MOST_THINGS = 1_500
KIND = {"Student": "student", "Guardian": "guardian", "Teacher": "staff", "Staff": "staff"}


@dataclass(slots=True)
class Plan:
    """What a merge changes: `parts` before the two accounts, each part whole; `told` is what people see."""

    union: Union
    accounts: list[Step]
    parts: list[list[Step]]
    told: dict[str, Any]

    def moved(self) -> dict[str, dict[str, Any]]:
        """The move of every thing, by partition and sort key."""
        found: dict[str, dict[str, Any]] = {}
        for step in (*self.accounts, *(step for part in self.parts for step in part)):
            found.setdefault(step.key.pk, {})[step.key.sk] = step.move
        return found


def preview(ports: Ports, actor: Actor, kept: str, gone: str) -> dict[str, Any]:
    """What merging `gone` into `kept` would do. Raises Refusal as `merge` does, but for BUSY."""
    both = read_both(ports, actor, kept, gone)
    audit.record(ports, actor.site, "account.viewed", by=actor.account, target=kept, other=gone)
    standing = _standing(ports.store, actor.site, kept, gone)
    if standing and standing.body["state"] == "merged":
        return shown(standing.body)
    return _plan(ports.store, actor.site, *both, Cause(actor.account, "", ports.time())).told


def merge(ports: Ports, actor: Actor, kept: str, gone: str, reason: str, *,
          most: int = MAX_TOGETHER) -> dict[str, Any]:
    """Merge `gone` into `kept`; what was done. Asking again for a merge that stands changes nothing.

    Raises Refusal: 404, 403, 409 if the two can't be merged or something else is going on.
    """
    read_both(ports, actor, kept, gone)
    with turn(ports, actor.site, f"merge-{kept}-{gone}") as renew:
        for _ in range(ATTEMPTS):
            ours, theirs = read_both(ports, actor, kept, gone)
            standing = _standing(ports.store, actor.site, kept, gone)
            if standing and standing.body["state"] == "merged":
                sessions.end_all(ports, actor.site, gone)
                return shown(standing.body)
            plan = _plan(ports.store, actor.site, ours, theirs, Cause(actor.account, reason, ports.time()))
            record, act = _act(ports, actor, plan, standing, reason)
            if carry_out(ports.store, act, renew=renew, most=most):
                sessions.end_all(ports, actor.site, gone)
                return shown(record)
    raise busy("The accounts are changing right now. Try again.")


def read_both(ports: Ports, actor: Actor, kept: str, gone: str) -> tuple[Item, Item]:
    """The items of both accounts. Raises Refusal: 404, or 403 if the actor may not merge both."""
    found = []
    for name in (kept, gone):
        item = ports.store.get(keys.account(actor.site, name))
        if item is None:
            raise not_found()
        target = target_of(ports.store, actor, account_of(item))
        if not allow(actor, "account.read", target):
            raise not_found()
        for school in sorted(target.schools) or [""]:
            schools = frozenset([school] if school else ())
            decision = allow(actor, "account.merge", replace(target, schools=schools))
            if not decision:
                raise not_allowed(decision.reason)
        found.append(item)
    return found[0], found[1]


def shown(record: dict[str, Any]) -> dict[str, Any]:
    """A merge as people see it."""
    about = {name: record[name] for name in ("merge", "state", "by", "at", "reason")}
    return record["told"] | about | {"unmerged": record.get("unmerged")}


def change_record(key: Key, name: str, action: str, step: Step, *, was: Item | None = None, **more: Any) -> Step:
    """The record beside an account of what an act changed in it, in the shape that loads write."""
    role = (step.body or {}).get("role", "Student")
    move = {attribute: value for attribute, value in step.move.items() if attribute != "changed"}
    body = {"load": name, "action": action, "kind": KIND[role], "row": 0, "rule": merging.RULE, "moved": move}
    return Step(keys.change(key, name), was, body | more)


def _standing(store: Any, site: str, kept: str, gone: str) -> Item | None:
    """The record of the merge of the two that is done or was begun.

    Raises Refusal (409) if one of them is in another merge, or unmerging, that was begun and not done.
    """
    of_gone = merges(store, site, gone)
    for item in reversed(of_gone):
        if (item.body["kept"], item.body["gone"]) == (kept, gone) and item.body["state"] in STANDING:
            return item
    for item in (*of_gone, *merges(store, site, kept)):
        if item.body["state"] in BEGUN:
            raise Refusal(409, "UNFINISHED", "Another merge of one of the two was begun and is not done. "
                          "Ask for that again first.", merge=item.body["merge"])
    return None


def _plan(store: Any, site: str, kept: Item, gone: Item, cause: Cause) -> Plan:
    ours, theirs = account_of(kept), account_of(gone)
    objection = merging.objection(ours, theirs)
    if objection:
        raise Refusal(409, *objection)
    union = merging.united(ours, theirs, cause)
    reach = reach_of(store, site, theirs, other=ours.id)
    parts = [*_sections(site, reach, ours.id, theirs.id), *_beside(site, reach, union.kept),
             *_relatives(site, reach, ours.id, theirs.id), *_claims(reach, ours.id),
             *([Step(item.key, item, merging.in_group(item.body, ours.id, theirs.id))] for item in reach.groups)]
    parts = [moving for part in parts if (moving := [step for step in part if step.move])]
    if sum(map(len, parts)) > MOST_THINGS:
        raise Refusal(409, "TOO_MANY", f"The account is in more than {MOST_THINGS:,} places: end old classes first.")
    accounts = [_account_step(site, kept, union.kept), _account_step(site, gone, union.gone)]
    return Plan(union, accounts, parts, _told(ours, theirs, union, reach))


def _act(ports: Ports, actor: Actor, plan: Plan, standing: Item | None, reason: str) -> tuple[dict[str, Any], Act]:
    """The record of the merge and what has to be written. A merge that was begun keeps its name and its record."""
    site, store = actor.site, ports.store
    kept, gone = plan.union.kept, plan.union.gone
    begun = standing.body if standing else {}
    name = begun.get("merge") or ports.new_number()
    moved = {pk: dict(moves) for pk, moves in begun.get("moved", {}).items()}
    for pk, moves in plan.moved().items():
        moved[pk] = moved.get(pk, {}) | moves
    record = {"merge": name, "kept": kept.id, "gone": gone.id, "family": kept.family, "by": actor.account,
              "at": ports.time(), "reason": reason, "state": "merged", "moved": moved,
              "told": begun.get("told") or plan.told}
    about = {"by": actor.account, "at": ports.time(), "reason": reason}
    relatives = [step for part in plan.parts for step in part if step.key.sk == "ACCOUNT"]
    noted = store.get_many(keys.change(step.key, name) for step in (*plan.accounts, *relatives))

    def note(step: Step, **more: Any) -> Step:
        return change_record(step.key, name, "merge", step, was=noted.get(keys.change(step.key, name)),
                             **about, **more)

    marks = [note(step, other=other) for step, other in zip(plan.accounts, (gone.id, kept.id), strict=True)]
    parts = [[*part, *(note(step) for step in part if step.key.sk == "ACCOUNT")] for part in plan.parts]
    event = audit.event(ports, site, "account.merged", by=actor.account, target=kept.id, other=gone.id,
                        merge=name, reason=reason)
    sources = {source for source, kind in plan.told["moves"]["identifiers"] if kind == "sourceId"}
    return record, Act(keys.merge(site, name), standing, record | {"state": "merging"}, record, marks,
                       [*_looked_up(store, site, sources), *parts], [*plan.accounts, Step(event.key, None, event.body)])


def _looked_up(store: Any, site: str, sources: set[str]) -> list[list[Step]]:
    """From now on ids of these sources are looked up before they are taken for an account of their own."""
    found = store.get_many(keys.source(site, source) for source in sorted(sources))
    steps = []
    for source in sorted(sources):
        item = found.get(keys.source(site, source))
        if not (item and item.body.get("links")):
            body = (item.body if item else {"source": source}) | {"links": True}
            steps.append([Step(keys.source(site, source), item, body)])
    return steps


def _account_step(site: str, was: Item, account: Account) -> Step:
    item = item_of(site, account, was.version + 1)
    return Step(was.key, was, item.body, item.listed)


def _sections(site: str, reach: Reach, kept: str, gone: str) -> list[list[Step]]:
    """Each section with what is noted beside the two accounts of teaching it."""
    taught = {item.body["section"]: item for item in reach.teaches}
    parts = []
    for item in reach.sections:
        part = [Step(item.key, item, merging.in_section(item.body, kept, gone))]
        if note := taught.pop(item.body["id"], None):
            part += _teaching(site, reach, kept, note)
        parts.append(part)
    return parts + [_teaching(site, reach, kept, note) for note in taught.values()]


def _teaching(site: str, reach: Reach, kept: str, note: Item) -> list[Step]:
    at = keys.teaches(site, kept, note.body["section"])
    own = reach.beside.get(at)
    body = note.body | {"part": merging.part(note.body["part"], own.body["part"] if own else None)}
    steps = [Step(note.key, note, None)]
    return steps if own and own.body == body else [*steps, Step(at, own, body)]


def _beside(site: str, reach: Reach, kept: Account) -> list[list[Step]]:
    """The other schools that the person belongs to."""
    parts = []
    for item in reach.schools:
        at, school = keys.member_of(site, kept.id, item.body["school"]), item.body["school"]
        steps = [Step(item.key, item, None)]
        if at not in reach.beside and school in (kept.fields.get("other_schools") or ()):
            steps.append(Step(at, None, item.body, Key(keys.people(site, school), f"~{kept.id}")))
        parts.append(steps)
    return parts


def _relatives(site: str, reach: Reach, kept: str, gone: str) -> list[list[Step]]:
    return [[_account_step(site, item, merging.in_relative(account_of(item), kept, gone))]
            for item in reach.relatives]


def _claims(reach: Reach, kept: str) -> list[list[Step]]:
    return [[Step(key, item, (item.body if item else {}) | {"account": kept})]
            for key, (_, _, item) in sorted(reach.claims.items())]


def _told(ours: Account, theirs: Account, union: Union, reach: Reach) -> dict[str, Any]:
    """What people see of a merge before and after it: ids and names of fields, no values."""
    moves = {
        "fields": union.filled,
        "identifiers": sorted([system, kind] for system, kind, _ in reach.claims.values()),
        "classes": sorted(theirs.classes),
        "guardians": sorted(theirs.guardians),
        "students": sorted(theirs.students),
        "teaches": sorted(item.body["section"] for item in reach.teaches),
        "groups": sorted(item.body["id"] for item in reach.groups),
        "schools": sorted(item.body["school"] for item in reach.schools),
    }
    return {"merge": "", "state": "planned", "kept": _side(ours), "gone": _side(theirs), "moves": moves,
            "stays": union.differing, "rights": union.rights, "status": union.kept.status}


def _side(account: Account) -> dict[str, str]:
    return {"account": account.id, "username": account.username, "role": account.role,
            "status": account.status, "source": account.source}
