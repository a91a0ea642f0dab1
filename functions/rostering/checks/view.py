"""A page of the people of a school who fit a filter, or all of them for a file.

In the order of the listing the first page is one query, one batch get of the accounts and what the
columns and filters need for those on it. Another order, or a look for doubles, goes through the whole
school first: at most `MOST` people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from rostering import listing
from rostering.checks import facts
from rostering.checks.facts import Moment, Seen
from rostering.checks.filters import Filter, last_load
from rostering.errors import InputError
from rostering.model import Account
from rostering.names import fold_name
from rostering.store.page import cursor, place

Sort = Literal["listed", "name", "grade", "signed_in", "load"]
MOST = 20_000
_LOOKED_AT = 2_000       # so many entries for one page: a page of a rare filter may be short although more follow
_SHOWN = frozenset({"sign_in", "locks", "classes"})


@dataclass(frozen=True, slots=True)
class Looking:
    """Whose people are looked at, when, and whose email was not taken (`load.emails.refused`)."""

    store: Any
    site: str
    at: Moment
    wrong_emails: Mapping[str, str]

    def see(self, accounts: list[Account], needs: Iterable[str]) -> list[Seen]:
        return facts.see(self.store, self.site, accounts, frozenset(needs), at=self.at,
                         wrong_emails=self.wrong_emails) if accounts else []


@dataclass(slots=True)
class Page:
    """People in order, the cursor for more, and how many were looked at to find them."""

    people: list[Seen]
    after: str | None
    looked_at: int


def page(looking: Looking, wanted: Filter, *, sort: Sort = "listed", limit: int = 100,
         after: str | None = None) -> Page:
    """A page of who fits. Raises InputError (CURSOR, TOO_MANY)."""
    if sort == "listed" and not wanted.double and not wanted.section:
        return _in_listed_order(looking, wanted, limit, after)
    found = sorted(fitting(looking, wanted), key=lambda seen: _key(seen, sort))
    start = tuple(place(after, 5, "")) if after else None
    rest = [seen for seen in found if start is None or _key(seen, sort) > start]
    more = cursor(*_key(rest[limit - 1], sort)) if len(rest) > limit else None
    shown = {seen.account.id: seen.doubles for seen in rest[:limit]}
    people = looking.see([seen.account for seen in rest[:limit]], _SHOWN | wanted.needs)
    return Page([replace(seen, doubles=shown[seen.account.id]) for seen in people], more, len(found))


def fitting(looking: Looking, wanted: Filter, *, also: frozenset[str] = frozenset()) -> list[Seen]:
    """Everybody of the school or section who fits, with what the filter and `also` need.

    Raises InputError (TOO_MANY).
    """
    listed = _listed(looking, wanted)
    shared = doubles(listed) if wanted.double or "doubles" in also else {}
    chosen = [one for one in listed if wanted.fits(one) and wanted.fits_double(shared.get(one.id, frozenset()))]
    found: list[Seen] = []
    for start in range(0, len(chosen), listing.PAGE):
        seen = looking.see(chosen[start:start + listing.PAGE], wanted.needs | also)
        found += [replace(one, doubles=shared.get(one.account.id, frozenset()))
                  for one in seen if wanted.fits_facts(one)]
    return found


def among(looking: Looking, wanted: Filter, accounts: Iterable[Account]) -> Iterator[Seen]:
    """Those of `accounts` who fit, in order; `double` is not judged."""
    part: list[Account] = []
    for account in accounts:
        if wanted.fits(account):
            part.append(account)
        if len(part) == listing.PAGE:
            yield from filter(wanted.fits_facts, looking.see(part, wanted.needs))
            part = []
    yield from filter(wanted.fits_facts, looking.see(part, wanted.needs))


def doubles(accounts: Iterable[Account]) -> dict[str, frozenset[str]]:
    """Who shares what with another one of `accounts`: "name" or "email".

    A name is folded first and last name with the birth date, in one role family. Inactive accounts don't
    count; those that are linked may share their email.
    """
    names: dict[tuple[str, ...], list[Account]] = {}
    emails: dict[str, list[Account]] = {}
    for one in accounts:
        if one.status == "inactive" or one.merged_into:
            continue
        fields = one.fields
        if fields.get("birth_date"):
            name = fold_name(fields.get("first_name") or ""), fold_name(fields.get("last_name") or "")
            names.setdefault((one.family, *name, fields["birth_date"]), []).append(one)
        if fields.get("email"):
            emails.setdefault(fields["email"].lower(), []).append(one)
    found: dict[str, frozenset[str]] = {}
    for what, groups in (("name", names), ("email", emails)):
        for group in groups.values():
            for one in group:
                if any(other.id != one.id and other.id not in one.linked for other in group):
                    found[one.id] = found.get(one.id, frozenset()) | {what}
    return found


def _in_listed_order(looking: Looking, wanted: Filter, limit: int, after: str | None) -> Page:
    found: list[Seen] = []
    looked_at = 0
    pages = listing.pages(looking.store, looking.site, wanted.school, role=wanted.role, size=limit, after=after)
    after = None
    for listed, following in pages:
        looked_at += len(listed)
        places = {one.account.id: one.after for one in listed}
        chosen = [one.account for one in listed if wanted.fits(one.account)]
        fitting = [seen for seen in looking.see(chosen, wanted.needs) if wanted.fits_facts(seen)]
        room = limit - len(found)
        found += fitting[:room]
        after = places[fitting[room - 1].account.id] if len(fitting) > room else following
        if after is None or len(found) == limit or looked_at >= _LOOKED_AT:
            break
    return Page(looking.see([seen.account for seen in found], _SHOWN | wanted.needs), after, looked_at)


def _listed(looking: Looking, wanted: Filter) -> list[Account]:
    if wanted.section:
        return listing.of_section(looking.store, looking.site, wanted.section)
    found: list[Account] = []
    # a look for doubles sees everybody, since the other one may have another role
    for account in listing.everybody(looking.store, looking.site, wanted.school,
                                  role="" if wanted.double else wanted.role):
        found.append(account)
        if len(found) > MOST:
            raise InputError("TOO_MANY", f"that is more than {MOST:,} people; take a role, or the order of the listing")
    return found


def _key(seen: Seen, sort: Sort) -> tuple[str, ...]:
    """Where somebody stands in an order: texts that aren't empty, so that they can be a cursor."""
    account, fields = seen.account, seen.account.fields
    first = {"listed": account.role, "name": "", "grade": fields.get("grade") or "",
             "signed_in": account.signed_in_at, "load": last_load(account)}[sort]
    name = fold_name(fields.get("last_name") or ""), fold_name(fields.get("first_name") or "")
    return tuple(f"={part}" for part in (first, *name, account.username, account.id))
