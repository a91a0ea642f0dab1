"""People and classes by what somebody calls them: ids, then names in what was sent and in the listings of schools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from rostering import people
from rostering.finding import find_accounts
from rostering.model import FAMILY_OF, Account
from rostering.names import fold_name
from rostering.people import account_of
from rostering.store import keys

if TYPE_CHECKING:
    from rostering.why.case import Case

_ROLES = {"student": ("Student",), "staff": ("Teacher", "Staff"), "guardian": ("Guardian",)}
MOST_LISTINGS = 250       # look-ups for one name: one for each school and role
MOST_SCHOOLS = 40         # of more, listings are read only where what was sent names nobody so
_AT_ONCE = 10
_MOST_NEAR = 5
_NEAR = 0.75


def names_of(text: str) -> list[tuple[str, str]]:
    """(last, first), folded, in every way that `text` can be read: "Ruiz, Mia", "Mia Ruiz", "Mary Anne St. John".

    An email and an id are no names.
    """
    if "@" in text or any(letter.isdecimal() for letter in text):
        return []
    last, comma, first = text.partition(",")
    if comma:
        return [(fold_name(last), fold_name(first))] if fold_name(last) else []
    words = text.split()
    ways = [(fold_name(" ".join(words[at:])), fold_name(" ".join(words[:at]))) for at in range(1, len(words))]
    ways = ways or [(fold_name(text), "")]
    return [way for way in dict.fromkeys(ways) if way[0]]


def by_id(case: Case, text: str) -> list[Account]:
    """The accounts whose id, username, email or id in a source is `text`."""
    return [one for one in find_accounts(case.reads.store, case.site, text) if not one.merged_into]


def by_name(case: Case, text: str, kinds: tuple[str, ...]) -> list[Account]:
    """The accounts called `text`, first by what the sources sent, then in the listings of the schools."""
    ways = names_of(text)
    found: dict[str, Account] = {}
    for source in case.sources:
        places = [keys.account(case.site, account) for last, first in ways
                  for one in case.payloads.named(source, f"{last}|{first}") if one.kind in kinds
                  for account in case.accounts_of(source, one.kind, one.key)]
        found |= {item.body["id"]: account_of(item) for item in case.reads.get_many(places).values()}
    if len(case.schools) > MOST_SCHOOLS and any(case.sight.person(one) for one in found.values()):
        case.partly = True
    else:
        found |= {account.id: account for item in _listed(case, kinds, [f"{keys.part(last)}#" for last, _ in ways])
                  if (account := account_of(item))}
    return [one for one in found.values() if not one.merged_into and any(
        _is_called(one, last, first) for last, first in ways)]


def nearest(case: Case, text: str, kinds: tuple[str, ...]) -> list[Account]:
    """Whom somebody may have meant: ids with other zeros in front, then names that are nearly so."""
    found = {one.id: one for spelled in _zeros(text) for one in by_id(case, spelled)}
    ways = names_of(text)
    if not found and ways and len(text) > 2 and len(case.schools) <= MOST_SCHOOLS:
        likely: list[tuple[float, Account]] = []
        for item in _listed(case, kinds, [keys.part(last[:2]) for last, _ in ways]):
            account = account_of(item)
            score = max(SequenceMatcher(None, first + last, _called(account), autojunk=False).ratio()
                        for last, first in ways)
            if score >= _NEAR:
                likely.append((score, account))
        found = {one.id: one for _, one in sorted(likely, key=lambda pair: (-pair[0], pair[1].id))}
    return [one for one in found.values() if case.sight.person(one)][:_MOST_NEAR]


def sections_called(case: Case, text: str) -> list[dict[str, Any]]:
    """The classes whose id or name is `text`: of this site's own, and of each source."""
    plain = text.casefold()
    places = [keys.section(case.site, name) for name in dict.fromkeys(
        (plain, text, *(f"{source}/{text}" for source in case.sources if source != "sheet")))]
    found = [item.body for item in case.reads.get_many(places).values()]
    if not found and (name := fold_name(text)):
        for school in case.schools:
            found += [item.body for item in case.reads.listing(
                keys.sections(case.site, school), prefix=f"{keys.part(name)}#", limit=100)]
        found = [body for body in found if is_called_so(body.get("fields", {}), text)]
    return found


def groups_called(case: Case, text: str) -> list[dict[str, Any]]:
    """The groups whose id or name is `text`."""
    places = [keys.group(case.site, name) for name in (text.casefold(), text)]
    found = [item.body for item in case.reads.get_many(places).values()]
    if not found and (name := fold_name(text)):
        for school in case.schools:
            found += [item.body for item in case.reads.listing(
                keys.groups(case.site, school), prefix=f"{keys.part(name)}#", limit=100)]
        found = [body for body in found if is_called_so(body.get("fields", {}), text)]
    return found


def is_called_so(fields: Mapping[str, Any], text: str) -> bool:
    """Whether a class or a group has this name: "Math 4" is not "Math 5", though both fold to the same letters."""
    name = (fields.get("name") or "").casefold().split()
    return name == text.casefold().split() or not any(letter.isdecimal() for letter in text) and (
        not any(letter.isdecimal() for word in name for letter in word))


def namesakes(case: Case, account: Account) -> list[Account]:
    """Accounts of the same role and name in the schools of `account`, and guardians of the same students."""
    last = fold_name(account.fields.get("last_name") or "")
    first = fold_name(account.fields.get("first_name") or "")
    roles = _ROLES[{"employee": "staff"}.get(account.family, account.family)]
    found: dict[str, Account] = {}
    for school in account.schools or [""]:
        for role in roles:
            for item in case.reads.listing(keys.people(case.site, school), prefix=f"{role}#{keys.part(last)}#"):
                found[item.body["id"]] = account_of(item)
    if account.family == "guardian":
        students = case.reads.get_many(keys.account(case.site, one) for one in account.students)
        others = {one for item in students.values() for one in account_of(item).guardians}
        for item in case.reads.get_many(keys.account(case.site, one) for one in sorted(others)).values():
            found[item.body["id"]] = account_of(item)
    return [one for one in found.values() if one.id != account.id and not one.merged_into
            and one.family == account.family and _is_called(one, last, first)]


def is_same_person(one: Account, other: Account) -> bool:
    """Whether two accounts of one name seem to be one person: the same birth date or email, or nothing that parts them.

    Nothing parts two accounts of one name if a birth date is missing, and another source made one of
    them, or one is switched off.
    """
    if one.family != other.family or _called(one) != _called(other):
        return False
    births = {account.fields.get("birth_date") or "" for account in (one, other)}
    if "" not in births:
        return len(births) == 1
    emails = {(account.fields.get("email") or "").lower() for account in (one, other)}
    return len(emails) == 1 and emails != {""} or one.source != other.source or (
        one.status == "inactive") != (other.status == "inactive")


def account_ids(case: Case, source: str, kind: str, key: str) -> Iterator[str]:
    """The accounts that a key of a source leads to: the one made of it, and the one that claims it."""
    yield people.account_id(case.salt, source, kind, key)
    claim = case.reads.get(keys.identifier(case.site, FAMILY_OF[kind], source, "sourceId", key))
    if claim and "account" in claim.body:
        yield claim.body["account"]


def _listed(case: Case, kinds: tuple[str, ...], prefixes: list[str]) -> Iterator[Any]:
    """The people of the schools that are looked at whose last name begins so; nobody if that is too many look-ups."""
    asked = [(school, f"{role}#{prefix}") for school in case.schools for kind in kinds for role in _ROLES[kind]
             for prefix in prefixes]
    if len(asked) > MOST_LISTINGS:
        case.partly = True
        return
    store = case.reads.store
    case.reads.count += len(asked)

    def look(place: tuple[str, str]) -> list[Any]:
        return store.listing(keys.people(case.site, place[0]), prefix=place[1], limit=100).items
    if len(asked) <= _AT_ONCE:
        for place in asked:
            yield from look(place)
        return
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for items in pool.map(look, asked):
            yield from items


def _is_called(account: Account, last: str, first: str) -> bool:
    fields = account.fields
    firsts = {fold_name(fields.get(name) or "") for name in ("first_name", "preferred_name")}
    return fold_name(fields.get("last_name") or "") == last and (not first or first in firsts)


def _called(account: Account) -> str:
    return fold_name((account.fields.get("first_name") or "") + (account.fields.get("last_name") or ""))


def _zeros(text: str) -> list[str]:
    """An id with other numbers of zeros in front, as spreadsheets drop them."""
    if not text.isdecimal():
        return []
    core = text.lstrip("0")
    return [spelled for spelled in dict.fromkeys([core, *(core.zfill(width) for width in range(4, 11))])
            if spelled and spelled != text]
