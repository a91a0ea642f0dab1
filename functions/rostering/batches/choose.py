"""Whom a batch is for, and who of them is left out and why.

| code            | who                                                                    |
|-----------------|------------------------------------------------------------------------|
| out_of_reach    | nobody has that id or username, or it is outside the actor's schools   |
| own_account     | the actor                                                              |
| higher_rank     | a rank above the actor's                                               |
| merged          | merged into another account                                            |
| erased          | a placeholder of somebody who was erased                               |
| no_username     | nothing to sign in with                                                |
| no_link         | a student: gets a first secret, never a link                           |
| no_first_secret | Teacher, Staff: they sign in by a link, so there is none to view       |
| no_email        | no letter can bring the link, and the actor may not print it           |
| not_active      | has a start date ahead: nothing opens the account before that          |
| nothing_to_do   | is that way already                                                    |
| no_employee     | rights are for teachers and staff                                      |
| not_yours       | the actor doesn't hold the right there (any more)                      |
| office_only     | teachers see first secrets that the school keeps (PK-02), no others    |
| own_password    | has a password of their own, which nobody can view                     |
| used            | the first secret was used, and is gone                                 |
| expired         | the first secret is older than 30 days                                 |
| shown_once      | an activation code, which is told once                                 |

The last four are known when the batch has come to the account, not before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from rostering.access.roles import WHOLE_SITE, Actor, Target, rank
from rostering.access.rules import allow
from rostering.credentials.first_secrets import band_of
from rostering.erasure import is_erased
from rostering.invitations import takes_links
from rostering.model import Account
from rostering.people import account_of
from rostering.store import keys
from rostering.store.keys import Item, Key

Action = Literal["reset", "invite", "unlock", "deactivate", "reactivate", "view", "grant", "revoke"]

RULES: dict[str, str] = {"reset": "account.reset", "invite": "account.invite", "unlock": "account.unlock",
                         "deactivate": "account.deactivate", "reactivate": "account.deactivate",
                         "view": "credential.view", "grant": "right.grant", "revoke": "right.revoke"}
# The rule by which the sheet of a batch shows first secrets or links.
SHOWS = {"reset": "export.secrets", "invite": "export.secrets", "view": "credential.view"}
MOST_VIEWED = 500
_PAGE = 500
_MEMBERS = "~"      # in a listing: who has another home school, after all roles


@dataclass(frozen=True, slots=True)
class Granted:
    """The right that a batch grants or revokes, and where: a school's key, or `WHOLE_SITE`."""

    right: str = ""
    place: str = ""

    def held_by(self, actor: Actor) -> bool:
        """Whether `actor` may pass it on: nobody gives or takes what they don't hold in the same place."""
        return actor.holds_everywhere(self.right) if self.place == WHOLE_SITE else actor.holds(self.right, self.place)


_NOTHING = Granted()


@dataclass(frozen=True, slots=True)
class Filter:
    """Whom a batch is for; "" means any. Of a section they are its teachers and students."""

    school: str = ""
    section: str = ""
    role: str = ""
    grade: str = ""
    never_signed_in: bool = False

    def fits(self, account: Account) -> bool:
        return (self.role in ("", account.role) and self.grade in ("", account.fields.get("grade"))
                and not (self.never_signed_in and account.signed_in_at) and not account.merged_into)


def by_filter(store: Any, site: str, wanted: Filter, action: str) -> Iterator[Account]:
    """The accounts that fit, each once: inactive ones to reactivate, the others for everything else."""
    seen: set[str] = set()
    listed = _of_section(store, site, wanted.section) if wanted.section else _of_schools(store, site, wanted)
    for account in listed:
        if account.id not in seen and wanted.fits(account) and (
                (account.status == "inactive") == (action == "reactivate")):
            seen.add(account.id)
            yield account


def by_name(store: Any, site: str, names: list[str]) -> dict[str, Account | None]:
    """The accounts that ids or usernames name, by name in order; None where there is none."""
    names = list(dict.fromkeys(names))
    items = store.get_many(keys.account(site, name) for name in names)
    rest = [name for name in names if keys.account(site, name) not in items]
    logins = store.get_many(keys.username(site, name) for name in rest)
    places = {name: keys.account(site, logins[keys.username(site, name)].body["account"])
              for name in rest if keys.username(site, name) in logins}
    items |= store.get_many(places.values())
    return {name: account_of(items[key]) if (key := places.get(name, keys.account(site, name))) in items else None
            for name in names}


def targets(store: Any, actor: Actor, accounts: list[Account]) -> list[Target]:
    """Each account as the target of an act of `actor`. A guardian belongs to the children's schools."""
    guardians = [account for account in accounts if account.role == "Guardian"]
    items = store.get_many(keys.account(actor.site, child) for one in guardians for child in one.students)
    children = {item.body["id"]: account_of(item) for item in items.values()}
    taught = _taught(store, actor) if actor.role == "Teacher" else set()
    return [Target(actor.site, frozenset(_schools(account, children)), account=account.id, rank=rank(account),
                   taught=account.role == "Student" and any(
                       section in taught and pair[2:] != ["inactive"] for section, pair in account.classes.items()))
            for account in accounts]


def left_out(actor: Actor, target: Target, account: Account, action: str, granted: Granted = _NOTHING, *,
             reaches: Callable[[Account], bool]) -> str:
    """The code that says why an account is left out, "" if it is not.

    `reaches` tells whether a letter can bring somebody a link. Where none can, the link is for the sheet,
    and so for an actor who may export secrets there.
    """
    if not allow(actor, "account.read", target):
        return "out_of_reach"
    if target.account == actor.account:
        return "own_account"
    if target.rank > actor.rank:
        return "higher_rank"
    if not allow(actor, RULES[action], target):
        return "out_of_reach"
    if account.merged_into:
        return "merged"
    if is_erased(account):
        return "erased"
    if action in ("reset", "invite", "unlock", "view") and not account.username:
        return "no_username"
    if action == "invite" and not takes_links(account):
        return "no_link"
    if action == "invite" and account.status == "pending":
        return "not_active"
    if (account.status != "inactive" and sends_link(account, action) and not reaches(account)
            and not allow(actor, "export.secrets", target)):
        return "no_email"
    if action == "view":
        band = band_of(account.role, account.fields.get("grade") or "")
        if band.form == "link":
            return "no_first_secret"
        if band.kept != "replaced" and not allow(actor, "credential.view", replace(target, taught=False)):
            return "office_only"
    if action in ("grant", "revoke"):
        return _right_left_out(actor, account, action, granted)
    if action == "reactivate":
        return "" if account.status == "inactive" else "nothing_to_do"
    return "nothing_to_do" if account.status == "inactive" else ""


def sends_link(account: Account, action: str) -> bool:
    """Whether the act gives this account a link: an invitation, and a reset of who has no first secret."""
    return action == "invite" or (action == "reset" and account.family == "employee")


def _right_left_out(actor: Actor, account: Account, action: str, granted: Granted) -> str:
    if not granted.held_by(actor):
        return "not_yours"
    if account.family != "employee":
        return "no_employee"
    held = granted.place in account.rights.get(granted.right, ())
    return "nothing_to_do" if account.status == "inactive" or held == (action == "grant") else ""


def _of_section(store: Any, site: str, section: str) -> Iterator[Account]:
    item = store.get(keys.section(site, section))
    if item is not None:
        names = [*item.body.get("teachers", {}), *item.body.get("members", {})]
        yield from map(account_of, store.get_many(keys.account(site, name) for name in names).values())


def _of_schools(store: Any, site: str, wanted: Filter) -> Iterator[Account]:
    schools = [wanted.school] if wanted.school else [
        *(item.body["key"] for item in store.query(keys.settings(site).pk, prefix="SCHOOL#").items), ""]
    for school in schools:
        for prefix in (f"{wanted.role}#", _MEMBERS) if wanted.role else ("",):
            after = None
            while True:
                page = store.listing(keys.people(site, school), prefix=prefix, limit=_PAGE, after=after)
                yield from _whole(store, page.items)
                after = page.after
                if after is None:
                    break


def _whole(store: Any, items: list[Item]) -> Iterator[Account]:
    """The accounts behind a page of a listing; who has another home school is only named there."""
    others = store.get_many(Key(item.key.pk, "ACCOUNT") for item in items if item.key.sk != "ACCOUNT")
    for item in items:
        whole = item if item.key.sk == "ACCOUNT" else others.get(Key(item.key.pk, "ACCOUNT"))
        if whole is not None:
            yield account_of(whole)


def _schools(account: Account, children: dict[str, Account]) -> set[str]:
    found = set(account.schools)
    if account.role == "Guardian":
        for child in account.students:
            found |= set(children[child].schools) if child in children else set()
    return found


def _taught(store: Any, actor: Actor) -> set[str]:
    page = store.query(keys.account(actor.site, actor.account).pk, prefix="TEACHES#")
    return {item.body["section"] for item in page.items}
