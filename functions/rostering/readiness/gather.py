"""Gather the facts of one school in one bounded pass: its people, their ways in, its classes, the newest loads.

Reads grow with the school's people (an account and a sign-in for each) and its classes, besides the
newest 60 loads and the open matches of the site. Nothing is read by Scan.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from rostering import listing, people
from rostering.clock import local_date
from rostering.load import emails
from rostering.model import Account
from rostering.readiness.facts import Class, Ended, Facts, WayIn
from rostering.readiness.stages import released
from rostering.settings import timezone
from rostering.store import keys
from rostering.store.keys import Item, Key

NEWEST_LOADS = 60
MOST_QUESTIONS = 2_000
_PAGE = 2_500      # keys from the index; their items are read a hundred at a time
_STANDS = ("active", "pending")
_SINGLE_SIGN_ON = ("google", "microsoft")
_ENDED = ("done", "turned_back", "failed", "undone")
ATTESTABLE = ("standards",)


def gather(store: Any, files: Any, site: str, school: str, *, now: str,
           wrong_emails: dict[str, str] | None = None) -> Facts | None:
    """The facts of a school, None if there is none of that id. `files` are those of the work bucket.

    Who gathers many schools reads the site's `wrong_emails` once.
    """
    place = store.get(keys.school(site, school))
    if place is None:
        return None
    settings = store.get(keys.settings(site)).body
    single_sign_on = bool(set(settings.get("sign_in", ())) & set(_SINGLE_SIGN_ON))
    members = {one.id: one for one in listing.everybody(store, site, school) if one.status in _STANDS}
    here = {name: one for name, one in members.items() if one.role != "Guardian"}
    guardians = _guardians(store, site, here, members)
    classes = classes_of(store, site, school, today=local_date(now, timezone(settings)))
    loads = [item.body for item in store.listing(keys.loads(site), limit=NEWEST_LOADS, backwards=True).items]
    return Facts(
        school=school, name=place.body["fields"].get("name", ""),
        classes=tuple(classes), people=here, guardians=guardians, elsewhere=_elsewhere(store, site, classes, here),
        ways_in=ways_in(store, site, [*here.values(), *guardians.values()], now=now, single_sign_on=single_sign_on),
        wrong_emails=emails.refused(store, files, site) if wrong_emails is None else wrong_emails,
        single_sign_on=single_sign_on,
        holds=tuple(_holds(loads, school)), ended=tuple(_ended(loads)),
        questions=tuple(_questions(store, site, school)), attested=attested(store, site, school),
        released=released(store, site, school))


def classes_of(store: Any, site: str, school: str, *, today: date) -> list[Class]:
    """The current classes of a school: those whose term runs, or if none does those that begin next."""
    items, after = [], None
    while True:
        page = store.listing(keys.sections(site, school), limit=_PAGE, after=after)
        items += [item for item in page.items if item.body.get("status") == "active"]
        after = page.after
        if after is None:
            break
    return current_of(store, site, items, today=today)


def current_of(store: Any, site: str, items: list[Item], *, today: date) -> list[Class]:
    """Of the items of active sections those that are current."""
    current = _current(store, site, items, today.isoformat())
    courses = {body["fields"]["course"] for body in current if body["fields"].get("course")}
    places = {_placed(keys.course, site, key): key for key in courses}
    there = {places[key] for key, item in store.get_many(places).items() if item.body.get("status") == "active"}
    return [_class(body, there) for body in current]


def _current(store: Any, site: str, items: list[Item], today: str) -> list[dict[str, Any]]:
    """Of active sections those of today. One without terms, or of terms that aren't here, is always current."""
    named = {key for item in items for key in item.body["fields"].get("terms") or ()}
    places = {_placed(keys.term, site, key): key for key in named}
    terms = {places[key]: item.body["fields"] for key, item in store.get_many(places).items()}
    running, coming = [], []
    for body in (item.body for item in items):
        spans = [(terms[key].get("start_date") or "", terms[key].get("end_date") or "9")
                 for key in body["fields"].get("terms") or () if key in terms]
        if not spans or any(first <= today <= last for first, last in spans):
            running.append(body)
        elif later := [first for first, _ in spans if first > today]:
            coming.append((min(later), body))
    if running:
        return running
    soonest = min((first for first, _ in coming), default="")
    return [body for first, body in coming if first == soonest]


def _class(body: dict[str, Any], courses: set[str]) -> Class:
    fields, teachers = body["fields"], body.get("teachers", {})
    course = fields.get("course") or ""
    return Class(body["id"], fields.get("name") or body["id"], fields.get("period") or "", course, course in courses,
                 tuple(teachers), next((name for name, part in teachers.items() if part == "lead"), ""),
                 tuple(body.get("members", ())))


def _placed(place: Any, site: str, key: str) -> Key:
    school, _, name = key.partition("|")
    return place(site, school, name)


def _guardians(store: Any, site: str, here: dict[str, Account], members: dict[str, Account]) -> dict[str, Account]:
    """The guardians of a school's students, those kept from access too; most are listed with the school."""
    named = {guardian for one in here.values() for guardian, link in one.guardians.items() if link[3] != "inactive"}
    found = {name: members[name] for name in sorted(named & members.keys())}
    others = store.get_many(keys.account(site, name) for name in sorted(named - members.keys()))
    found |= {one.id: one for one in map(people.account_of, others.values())}
    return {name: one for name, one in found.items() if one.status in _STANDS}


def _elsewhere(store: Any, site: str, classes: list[Class], here: dict[str, Account]) -> frozenset[str]:
    """Who teaches or learns in these classes and stands, but doesn't belong to the school."""
    named = {name for one in classes for name in (*one.teachers, *one.students)} - here.keys()
    items = store.get_many(keys.account(site, name) for name in sorted(named)).values()
    return frozenset(item.body["id"] for item in items if item.body["status"] in _STANDS)


def ways_in(store: Any, site: str, accounts: list[Account], *, now: str, single_sign_on: bool) -> dict[str, WayIn]:
    """How each of `accounts` gets in."""
    places = {keys.username(site, one.username): one.id for one in accounts if one.username}
    logins = {places[key]: item.body for key, item in store.get_many(places).items()
              if item.body.get("account") == places[key]}
    return {one.id: _way_in(one, logins.get(one.id), now=now, single_sign_on=single_sign_on) for one in accounts}


def _way_in(account: Account, login: dict[str, Any] | None, *, now: str, single_sign_on: bool) -> WayIn:
    if login is None:
        return ""                       # a name that is not there or somebody else's opens nothing
    if login.get("state") == "own":
        return "own"
    expired = login.get("state") == "first_secret" and login.get("expires_at", "9") <= now
    if login.get("state") == "first_secret" and not expired:
        return "first_secret"
    if account.fields.get("email") and account.role != "Guardian":
        if single_sign_on:
            return "sso"
        if account.family == "employee":
            return "link"
    return "expired" if expired else ""


def _holds(loads: list[dict[str, Any]], school: str) -> Iterator[str]:
    """The loads that wait for a decision about a school, or about no school in particular."""
    for body in loads:
        about = {one["school"] for one in body.get("waiting") or ()}
        if body["state"] == "held" and (not about or about & {school, ""}):
            yield body["load"]


def _ended(loads: list[dict[str, Any]]) -> Iterator[Ended]:
    """The newest load of each source that ended; those that only compared or took back don't count."""
    seen: set[str] = set()
    for body in loads:
        source = body.get("source", "")
        if source in seen or body["state"] not in _ENDED or body.get("purpose", "load") != "load":
            continue
        seen.add(source)
        counts = body.get("counts", {}).values()
        yield Ended(body["load"], source, body["state"], sum(one.get("rows", 0) for one in counts),
                    sum(one.get("problems", 0) for one in counts))


def _questions(store: Any, site: str, school: str) -> list[str]:
    """The open matches about somebody of a school, or of none."""
    found: list[str] = []
    after, read = None, 0
    while read < MOST_QUESTIONS:
        page = store.query(keys.match(site, "").pk, limit=_PAGE, after=after)
        read += len(page.items)
        opened = (item for item in page.items if item.body.get("state") == "open")
        found += [item.key.sk for item in opened if (item.body.get("who") or {}).get("school", "") in ("", school)]
        after = page.after
        if after is None:
            break
    return found


def attested(store: Any, site: str, school: str) -> dict[str, dict[str, Any]]:
    """What an administrator attested of a school, by rule."""
    places = {keys.attested(site, school, rule): rule for rule in ATTESTABLE}
    return {places[key]: item.body for key, item in store.get_many(places).items()}
