"""What of a person lies in other items: sign-in, wrong tries, what an employee teaches, terms.

Everything is read for many people at once: two keys each for sign-in and tries, in batch gets. Only
what an employee teaches is a partition of its own, so it is one small query for each, some at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rostering.access import lockout
from rostering.by_hand import email_state
from rostering.clock import iso, moment
from rostering.credentials.first_secrets import band_of
from rostering.model import Account
from rostering.store import keys

ALL = frozenset({"sign_in", "locks", "classes", "terms"})
_THREADS = 8
FOREVER = "until somebody unlocks it"


@dataclass(slots=True)
class Seen:
    """A person with what was looked up. What wasn't asked for is as empty as what isn't there.

    `email` is as `by_hand.email_state` says. `first_secret` is none, issued, used, expired or own
    (the person chose a password). `locked_until` is a time, `FOREVER` or "". `sections` are a student's
    active classes or what an employee teaches; `current_classes` counts those in a term that runs today.
    """

    account: Account
    email: str = ""
    first_secret: str = ""
    issued_at: str = ""
    expires_at: str = ""
    must_change: bool = False
    locked_until: str = ""
    sections: list[str] = field(default_factory=list)
    current_classes: int | None = None
    doubles: frozenset[str] = frozenset()

    @property
    def classes(self) -> int:
        return len(self.sections)

    @property
    def guardians(self) -> int:
        return sum(link[3] == "active" for link in self.account.guardians.values())


@dataclass(frozen=True, slots=True)
class Moment:
    """When it is looked: `now` (ISO) and `today`, the site's calendar day."""

    now: str
    today: str


def see(store: Any, site: str, accounts: Collection[Account], needs: Collection[str], *, at: Moment,
        wrong_emails: Mapping[str, str], calendar: Calendar | None = None) -> list[Seen]:
    """`accounts` with what `needs` asks for: sign_in, locks, classes, terms (needs classes)."""
    found = {one.id: Seen(one, email_state(one, wrong_emails.get(one.id, ""))) for one in accounts}
    named = [one for one in accounts if one.username]
    signins = {keys.username(site, one.username): one for one in named} if "sign_in" in needs else {}
    tries = {keys.tries(site, lockout.digest_of(site, one.username)): one for one in named} if "locks" in needs else {}
    items = store.get_many([*signins, *tries]) if signins or tries else {}
    for key, account in tries.items():
        if key in items:
            found[account.id].locked_until = _locked_until(account, items[key].body, at.now)
    if "sign_in" in needs:
        logins = {item.body.get("account"): item.body for key, item in items.items() if key in signins}
        for account, seen in found.items():
            set_sign_in(seen, logins.get(account, {}), now=at.now)
    if "classes" in needs or "terms" in needs:
        taught = _taught(store, site, [one.id for one in accounts if one.family == "employee"])
        for seen in found.values():
            seen.sections = taught.get(seen.account.id) or active_classes(seen.account)
    if "terms" in needs:
        calendar = calendar or Calendar(store, site)
        calendar.read(section for seen in found.values() for section in seen.sections)
        for seen in found.values():
            seen.current_classes = sum(calendar.is_current(section, at.today) for section in seen.sections)
    return list(found.values())


def active_classes(account: Account) -> list[str]:
    return [section for section, pair in account.classes.items() if pair[2] == "active"]


def set_sign_in(seen: Seen, login: Mapping[str, Any], *, now: str) -> None:
    """What the item of a username ({}: there is none) tells of the first secret; never the secret."""
    seen.first_secret = _state(seen.account, login, now)
    if seen.first_secret not in ("none", "own"):
        seen.issued_at, seen.expires_at = login.get("issued_at", ""), login.get("expires_at", "")
        seen.must_change = bool(login.get("must_change"))


def _state(account: Account, login: Mapping[str, Any], now: str) -> str:
    state = login.get("state")
    if state != "first_secret":
        return "own" if state == "own" else "none"
    if _is_used(account, login):
        return "used"
    return "expired" if login.get("expires_at") and login["expires_at"] <= now else "issued"


def _is_used(account: Account, login: Mapping[str, Any]) -> bool:
    """Whether somebody signed in with it. The day's first sign-in is noted, so a later one of that day is not."""
    spent = band_of(account.role, account.fields.get("grade") or "").kept == "signed_in" and "envelope" not in login
    return spent or bool(account.signed_in_at and account.signed_in_at >= login.get("issued_at", ""))


def _locked_until(account: Account, tries: Mapping[str, Any], now: str) -> str:
    longest = band_of(account.role, account.fields.get("grade") or "").longest_wait
    ends = lockout.locked_until(dict(tries), now=moment(now).timestamp(), longest=longest)
    if ends == lockout.CLOSED:
        return FOREVER
    return iso(datetime.fromtimestamp(ends, UTC)) if ends else ""


def _taught(store: Any, site: str, names: Iterable[str]) -> dict[str, list[str]]:
    """What employees teach: a query for each, some at a time."""
    names = list(names)
    if len(names) < 2:
        return {name: taught_by(store, site, name) for name in names}
    with ThreadPoolExecutor(_THREADS) as pool:
        return dict(zip(names, pool.map(lambda name: taught_by(store, site, name), names), strict=True))


def taught_by(store: Any, site: str, name: str) -> list[str]:
    """The sections that one employee teaches."""
    return [item.body["section"] for item in store.query(keys.account(site, name).pk, prefix="TEACHES#").items]


class Calendar:
    """Sections and the days of their terms, each read once."""

    def __init__(self, store: Any, site: str) -> None:
        self._store, self._site = store, site
        self.sections: dict[str, dict[str, Any] | None] = {}
        self.terms: dict[str, dict[str, Any] | None] = {}

    def read(self, sections: Iterable[str]) -> None:
        """Read sections and their terms, in two steps."""
        new = [name for name in dict.fromkeys(sections) if name not in self.sections]
        found = self._store.get_many(keys.section(self._site, name) for name in new) if new else {}
        for name in new:
            item = found.get(keys.section(self._site, name))
            self.sections[name] = item.body if item else None
        self.read_terms()

    def add(self, body: dict[str, Any]) -> None:
        """A section that was read elsewhere; its terms are read with the next (`read_terms`)."""
        self.sections[body["id"]] = body

    def read_terms(self) -> None:
        named = dict.fromkeys(term for body in self.sections.values() if body for term in terms_of(body))
        places = {term: self._place(term) for term in named if term not in self.terms}
        found = self._store.get_many(places.values()) if places else {}
        self.terms |= {term: found[key].body if key in found else None for term, key in places.items()}

    def days(self, section: str) -> list[tuple[str, str]]:
        """First and last day of each term of a section that is known."""
        return [(fields.get("start_date") or "", fields.get("end_date") or "")
                for term in terms_of(self.sections.get(section) or {})
                if (fields := (self.terms.get(term) or {}).get("fields")) is not None]

    def when(self, section: str, today: str) -> str:
        """`now`, `ahead` or `over`: where today is to the terms of a section. Without known terms it is `now`."""
        days = self.days(section)
        if not days or any(first <= today and (not last or today <= last) for first, last in days):
            return "now"
        return "ahead" if any(first > today for first, _ in days) else "over"

    def is_current(self, section: str, today: str) -> bool:
        body = self.sections.get(section)
        return body is not None and body.get("status", "active") == "active" and self.when(section, today) == "now"

    def _place(self, term: str) -> keys.Key:
        school, _, name = term.partition("|")
        return keys.term(self._site, school, name)


def terms_of(body: Mapping[str, Any]) -> list[str]:
    """The keys of a section's terms."""
    return list(body.get("fields", {}).get("terms") or ())
