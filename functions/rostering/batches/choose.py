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

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from rostering import listing
from rostering.access.roles import WHOLE_SITE, Actor, Target, rank
from rostering.access.rules import allow
from rostering.checks import view
from rostering.checks.facts import Seen
from rostering.checks.filters import Filter
from rostering.checks.view import Looking
from rostering.credentials.first_secrets import band_of
from rostering.erasure import is_erased
from rostering.invitations import takes_links
from rostering.model import Account
from rostering.people import account_of
from rostering.store import keys

Action = Literal["reset", "invite", "unlock", "deactivate", "reactivate", "view", "grant", "revoke"]

RULES: dict[str, str] = {"reset": "account.reset", "invite": "account.invite", "unlock": "account.unlock",
                         "deactivate": "account.deactivate", "reactivate": "account.deactivate",
                         "view": "credential.view", "grant": "right.grant", "revoke": "right.revoke"}
# The rule by which the sheet of a batch shows first secrets or links.
SHOWS = {"reset": "export.secrets", "invite": "export.secrets", "view": "credential.view"}
MOST_VIEWED = 500


@dataclass(frozen=True, slots=True)
class Granted:
    """The right that a batch grants or revokes, and where: a school's key, or `WHOLE_SITE`."""

    right: str = ""
    place: str = ""

    def held_by(self, actor: Actor) -> bool:
        """Whether `actor` may pass it on: nobody gives or takes what they don't hold in the same place."""
        return actor.holds_everywhere(self.right) if self.place == WHOLE_SITE else actor.holds(self.right, self.place)


_NOTHING = Granted()


def by_filter(looking: Looking, wanted: Filter, action: str) -> Iterator[Account]:
    """The accounts that fit, each once: inactive ones to reactivate, the others for everything else.

    Doubles are looked for inside a school or a section only. Raises InputError (TOO_MANY).
    """
    if wanted.double:
        found: Iterable[Seen] = view.fitting(looking, wanted)
    else:
        found = view.among(looking, wanted, _listed(looking, wanted))
    met: set[str] = set()
    for account in (seen.account for seen in found):
        if account.id not in met and (account.status == "inactive") == (action == "reactivate"):
            met.add(account.id)
            yield account


def _listed(looking: Looking, wanted: Filter) -> Iterator[Account]:
    if wanted.section:
        yield from listing.of_section(looking.store, looking.site, wanted.section)
        return
    for school in [wanted.school] if wanted.school else [*listing.schools_of(looking.store, looking.site), ""]:
        yield from listing.everybody(looking.store, looking.site, school, role=wanted.role)


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


def _schools(account: Account, children: dict[str, Account]) -> set[str]:
    found = set(account.schools)
    if account.role == "Guardian":
        for child in account.students:
            found |= set(children[child].schools) if child in children else set()
    return found


def _taught(store: Any, actor: Actor) -> set[str]:
    page = store.query(keys.account(actor.site, actor.account).pk, prefix="TEACHES#")
    return {item.body["section"] for item in page.items}
