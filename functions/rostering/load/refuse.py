"""New people whom a plan leaves out, since the site already has somebody else in their place.

The reader can't know this from the workbook: a username or an email that another account holds, an
id that belongs to another role family. The row is told of in the report, before anybody approves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rostering import people
from rostering.credentials.usernames import NewPerson
from rostering.load import where
from rostering.load.ground import Ground
from rostering.model import FAMILY_OF, Account, Problem
from rostering.names import fold_name
from rostering.store import keys

_OTHER_FAMILIES = {"student": ("staff", "guardian"), "staff": ("student", "guardian"), "guardian": ()}


def refuse(ground: Ground, new: Iterable[tuple[NewPerson, int]], assigned: dict) -> Iterator[tuple[tuple, Problem]]:
    """(key of the person, problem) of everybody of `new` (with the row) who can't be made as told."""
    listed = list(new)
    emails = _held_emails(ground, [person for person, _ in listed])
    others = _accounts_of_other_families(ground, [person for person, _ in listed])
    for person, row in listed:
        kind, _, key = person.key[1].partition("/")
        other = others.get(person.key)
        if other is not None and _same_name(person, other):
            yield person.key, where.problem(ground.source, "R-ROLE-CHANGE", kind, key, row, role=other.role)
        elif emails.get(person.email.lower(), _account(ground, person)) != _account(ground, person):
            yield person.key, where.of_source(ground.source, kind, key, Problem(
                "R-EMAIL-TAKEN", where.TAB_OF[kind], row, "Email",
                f"'{person.email}' is already used by another account of this site. "
                "Each person needs their own email."))
        elif person.username and assigned[person.key] != person.username.lower():
            yield person.key, where.problem(ground.source, "R-USERNAME-TAKEN", kind, key, row, "Username",
                                            v=person.username)


def _account(ground: Ground, person: NewPerson) -> str:
    return ground.account(*person.key[1].split("/", 1))


def _held_emails(ground: Ground, listed: list[NewPerson]) -> dict[str, str]:
    """Email to the account that holds it, of the role family that would use it."""
    found: dict[str, str] = {}
    for kind in ("student", "staff"):
        claims = {keys.email(ground.site, FAMILY_OF[kind], person.email): person.email.lower()
                  for person in listed if person.email and person.key[1].startswith(f"{kind}/")}
        found |= {claims[key]: item.body["account"] for key, item in ground.store.get_many(claims).items()}
    return found


def _accounts_of_other_families(ground: Ground, listed: list[NewPerson]) -> dict[tuple, Account]:
    """Whom the same id names in another role family, by the key of the new person."""
    wanted = {}
    for person in listed:
        kind, _, key = person.key[1].partition("/")
        for other in _OTHER_FAMILIES[kind]:
            wanted[keys.account(ground.site, ground.account(other, f"id:{key}" if other == "guardian" else key))] \
                = person.key
    return {wanted[key]: people.account_of(item) for key, item in ground.store.get_many(wanted).items()}


def _same_name(person: NewPerson, account: Account) -> bool:
    """An id alone may well name a student and an employee; with the name it is one person."""
    return all(fold_name(told) == fold_name(account.fields.get(name, "")) for told, name in
               ((person.first_name, "first_name"), (person.last_name, "last_name")))
