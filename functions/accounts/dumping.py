"""Everything a site holds of people and classes, page by page, in a form that can be compared.

A thing is named by where it came from (`sheet/student/004512`); what is ours alone stands under one
key each, so that a comparer can drop it: `id` (account ids follow from the site's salt), `times` and
`loads`. References to accounts are ids here: whoever reads all pages knows their names. First secrets,
passwords and sessions are in other items and never read.
"""

from __future__ import annotations

import re
from typing import Any, Literal, get_args

from accounts import audit
from accounts.people import list_people
from accounts.ports import Ports
from rostering.access.roles import Actor
from rostering.errors import InputError
from rostering.model import Account
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.page import Page, cursor, place

Part = Literal["schools", "terms", "courses", "accounts", "sections", "groups"]
PARTS: tuple[Part, ...] = get_args(Part)
MOST_THINGS = 500
# Sections and groups hold their members, so a page of them ends by weight too.
_MOST_MEMBERS = 20_000
_A_FEW = 25
_KIND = {"Student": "student", "Guardian": "guardian"}
_OTHER_SOURCE = re.compile(r"((?:sif|gg4l):[^/]+)/(.+)", re.DOTALL)
_PLAIN = ("role", "status", "username", "source", "source_key", "links", "origins", "classes", "guardians",
          "students", "rights", "merged_into")
_CAUSES = ("created", "changed", "deactivated")


def page(ports: Ports, actor: Actor, *, part: Part | None, after: str | None,
         limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """A page of things and the cursor for the next. Without `part` every part follows the one before.

    The first page is audited; a later one is read only by who asked for the first.

    Raises InputError (CURSOR).
    """
    parts = (part,) if part else PARTS
    at, event, number, partition, inner = _begin(ports, actor, parts) if after is None else _go_on(ports, actor, after)
    things: list[dict[str, Any]] = []
    while number < len(parts) and not things:
        things, partition, inner = _things(ports.store, actor.site, parts[number], partition, inner, limit)
        if partition < 0:
            number, partition, inner = number + 1, 0, None
    more = number < len(parts)
    return things, cursor(at, event, str(number), str(partition), inner or "-") if more else None


def _begin(ports: Ports, actor: Actor, parts: tuple[Part, ...]) -> tuple[str, str, int, int, str | None]:
    told = audit.event(ports, actor.site, "site.dumped", by=actor.account, parts=list(parts))
    ports.store.insert(told)
    return told.body["at"], told.body["event"], 0, 0, None


def _go_on(ports: Ports, actor: Actor, after: str) -> tuple[str, str, int, int, str | None]:
    at, event, number, partition, inner = place(after, 5, "")
    told = ports.store.get(keys.audit(actor.site, at[:10], at, event))
    whole = number.isdecimal() and partition.isdecimal() and len(number + partition) < 9
    if not whole or told is None or (told.body["what"], told.body["by"]) != ("site.dumped", actor.account):
        raise InputError("CURSOR", "the cursor is not one of a dump of yours; start again without it")
    return at, event, int(number), int(partition), None if inner == "-" else inner


def _things(store: Any, site: str, part: Part, partition: int, inner: str | None,
            limit: int) -> tuple[list[dict[str, Any]], int, str | None]:
    """Things of one part from a place on, and the place of the next; -1 for the partition ends the part."""
    if part == "schools":
        found = store.query(keys.settings(site).pk, prefix="SCHOOL#", limit=limit, after=inner)
        return [_place_of(item) for item in found.items], -1 if found.after is None else 0, found.after
    schools = ["", *(item.body["key"] for item in store.query(keys.settings(site).pk, prefix="SCHOOL#").items)]
    if part == "accounts":
        accounts, following = list_people(store, site, schools=schools, limit=limit, after=inner)
        return [_account(one) for one in accounts], -1 if following is None else 0, following
    things: list[dict[str, Any]] = []
    weight = 0
    while partition < len(schools) and len(things) < limit and weight < _MOST_MEMBERS:
        found = _partition(store, site, part, schools[partition], min(limit - len(things), _A_FEW), inner)
        weight += sum(len(item.body.get("members", ())) + len(item.body.get("past", ())) for item in found.items)
        things += [_place_of(item) for item in found.items]
        inner = found.after
        partition += inner is None
    return things, partition if partition < len(schools) else -1, inner


def _partition(store: Any, site: str, part: Part, school: str, limit: int, after: str | None) -> Page:
    if part in ("sections", "groups"):
        list_pk = (keys.sections if part == "sections" else keys.groups)(site, school)
        return store.listing(list_pk, limit=limit, after=after)
    pk = keys.term(site, school, "").pk
    return store.query(pk, prefix="TERM#" if part == "terms" else "COURSE#", limit=limit, after=after)


def name_of_account(account: Account) -> str:
    return f"{account.source}/{_KIND.get(account.role, 'staff')}/{account.source_key or account.username}"


def name_of_section(section: str) -> str:
    """A section's name by its id: the sheet's own, or the source's name before it."""
    other = _OTHER_SOURCE.fullmatch(section)
    return f"{other[1]}/section/{other[2]}" if other else f"sheet/section/{section}"


def _account(account: Account) -> dict[str, Any]:
    told = {name: getattr(account, name) for name in _PLAIN}
    told["classes"] = {name_of_section(section): pair for section, pair in account.classes.items()}
    told["fields"], missing_since = _apart(account.fields)
    told["by_hand"] = {name: {"source": said.get("source")} for name, said in account.by_hand.items()}
    told["why_inactive"] = account.deactivated.get("rule") or ("person" if "by" in account.deactivated else "")
    times = {"signed_in": account.signed_in_at, "missing_since": missing_since,
             "by_hand": {name: said["at"] for name, said in account.by_hand.items() if said.get("at")}}
    causes = {name: getattr(account, name) for name in _CAUSES}
    return _thing(name_of_account(account), account.id, told, times, causes)


def _place_of(item: Item) -> dict[str, Any]:
    """A school, term, course, section or group; rosters stand in their sections."""
    body = item.body
    told: dict[str, Any] = {"status": body.get("status", ""), "source": body.get("source", ""),
                            "source_key": body.get("key", "")}
    told["fields"], missing_since = _apart(body.get("fields", {}))
    told |= {name: body[name] for name in ("members", "past", "teachers", "owner") if name in body}
    name = f"{told['source']}/{body.get('kind', '')}/{told['source_key']}"
    causes = {name: body.get(name, {}) for name in _CAUSES}
    return _thing(name, body.get("id", told["source_key"]), told, {"missing_since": missing_since}, causes)


def _apart(fields: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The fields, and since when the source misses the thing."""
    return {name: value for name, value in fields.items() if name != "missing_since"}, fields.get("missing_since", "")


def _thing(name: str, id: str, told: dict[str, Any], times: dict[str, Any],
           causes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    times |= {name: cause["at"] for name, cause in causes.items() if cause.get("at")}
    loads = {name: {part: cause[part] for part in ("load", "row") if part in cause}
             for name, cause in causes.items() if cause.get("load")}
    return {"name": name, "id": id, **{key: told[key] for key in sorted(told)},
            "times": {key: value for key, value in sorted(times.items()) if value}, "loads": loads}
