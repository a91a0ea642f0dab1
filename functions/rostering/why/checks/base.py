"""How a check is written: a function of the case, under its name, that gives a `Finding`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rostering.load import where
from rostering.model import Account
from rostering.why.case import Case
from rostering.why.payload import Said
from rostering.why.walk import Fact, Finding

Check = Callable[[Case], Finding]
CHECKS: dict[str, Check] = {}


def check(name: str) -> Callable[[Check], Check]:
    """A decorator that enters a function as the check `name`."""
    def enter(function: Check) -> Check:
        CHECKS[name] = function
        return function
    return enter


def yes(says: str, *facts: Fact) -> Finding:
    return Finding("yes", says, _told(facts))


def no(says: str, *facts: Fact) -> Finding:
    return Finding("no", says, _told(facts))


def unknown(says: str, *facts: Fact) -> Finding:
    return Finding("unknown", says, _told(facts))


def either(is_so: bool, so: str, not_so: str, *facts: Fact) -> Finding:
    return yes(so, *facts) if is_so else no(not_so, *facts)


def told(name: str, value: Any) -> Fact:
    """An id, a code, a number, a day: what may stand in a ticket."""
    return Fact(name, "" if value is None else str(value))


def private(name: str, value: Any) -> Fact:
    """A name, an email, the value of a cell: for those only who may see it where it comes from."""
    return Fact(name, "" if value is None else str(value), private=True)


def of_account(account: Account) -> list[Fact]:
    """Who it is, by its id, and where it came from."""
    return [told("account", account.id), told("role", account.role), told("status", account.status),
            told("school", ", ".join(account.schools)), told("source", account.source),
            private("username", account.username)]


def of_said(said: Said) -> list[Fact]:
    """Where a source said it: the load, and the tab and row of a sheet, or the object and its id."""
    facts = [told("source", said.source), told("load", said.load), told("tab", said.tab)]
    if said.source == where.SHEET:
        return [*facts, told("row", said.row or "")]
    return [*facts, told("RefId" if said.source.startswith("sif:") else "sourcedId", said.key)]


def of_cause(cause: dict[str, Any]) -> list[Fact]:
    """Who or what did it: a load with its row and rule, or a person with time and reason."""
    return [told(name, cause[name]) for name in ("load", "row", "rule", "by", "at") if cause.get(name)] + (
        [private("reason", cause["reason"])] if cause.get("reason") else [])


def absent(case: Case, says: str) -> Finding:
    """It is not in what the source last sent: unknown, if that is too old to tell."""
    feed = case.feed
    if feed is None:
        return unknown("Nothing feeds this site.")
    at, load = case.feeds.last_success(feed)
    if not case.feeds.is_fresh(feed, at):
        return unknown(f"The last good load of {feed.source} is too old to tell.", told("at", at), told("load", load))
    newest = case.payloads.scope(feed.source)
    return no(says, told("source", feed.source), told("load", newest.load if newest else load), told("at", at))


def _told(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    return tuple(fact for fact in facts if fact.value)
