"""What the cells of one row say together: dates in order, age, emails and usernames that fit."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from itertools import compress
from operator import is_not

from rostering.model import GRADES
from rostering.sheet.cells import CLEARED, american
from rostering.sheet.checks import Checked
from rostering.sheet.columns import VERSION

LONGEST_TERM_DAYS = 400
YOUNGEST, OLDEST = 2, 22
# Providers that people have; a domain one slip away from the first ones is taken for a typing error.
_COMMON = ("gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "aol.com", "comcast.net",
           "verizon.net", "msn.com")
_PROVIDERS = frozenset({*_COMMON, "live.com", "me.com", "mac.com", "mail.com", "email.com", "ymail.com",
                        "gmx.com", "gmx.net", "aim.com", "att.net", "cox.net", "yahoo.ca", "hotmail.ca"})
_DOMAINS_KEPT = 5_000


@dataclass(frozen=True, slots=True)
class Expectations:
    """What a site expects of its sheets.

    `site_names` are the names of the district that the stamp may hold (none: any), compared by
    their letters and digits. `email_domains` are the domains of staff and students (none: any).
    `template_version` is the current one.
    """

    site_names: Collection[str] = ()
    email_domains: tuple[str, ...] = ()
    sign_in_by_email: bool = False
    template_version: int = VERSION
    blocked_usernames: frozenset[str] = frozenset()
    template_url: str = "the helpdesk's page"


class RowChecks:
    """Checks the rows of a batch after its cells. `notes` of the batch grow, values change in place."""

    def __init__(self, expected: Expectations, today: date) -> None:
        self._expected = expected
        self._today = today
        self._domains = _Domains(expected.email_domains)
        self._oldest_birth = _years_before(today, OLDEST + 1).isoformat()
        self._youngest_birth = _years_before(today, YOUNGEST).isoformat()
        self._by_tab = {
            "Schools": (self._grade_order,), "Terms": (self._date_order,),
            "Staff": (self._emails, self._usernames),
            "Students": (self._age, self._emails, self._usernames, self._date_order),
            "Guardians": (self._emails, self._usernames), "Class Rosters": (self._date_order,),
        }

    def check(self, checked: Checked) -> None:
        for each in self._by_tab.get(checked.tab.name, ()):
            each(checked)

    def _grade_order(self, checked: Checked) -> None:
        low, high = checked.tab.index("low_grade"), checked.tab.index("high_grade")
        lows, highs = checked.values[low], checked.values[high]
        if lows is None or highs is None:
            return
        lows, highs = list(lows), list(highs)
        for place, (one, other) in enumerate(zip(lows, highs, strict=True)):
            if isinstance(one, str) and isinstance(other, str) and GRADES.index(one) > GRADES.index(other):
                checked.note(place, low, "W-GRADE-ORDER", {"a": one, "b": other})
                lows[place] = highs[place] = None
        checked.values[low], checked.values[high] = lows, highs

    def _date_order(self, checked: Checked) -> None:
        start, end = checked.tab.index("start_date"), checked.tab.index("end_date")
        starts, ends = checked.values[start], checked.values[end]
        if starts is None or ends is None:
            return
        longest = LONGEST_TERM_DAYS if checked.tab.name == "Terms" else None
        for place, (first, last) in enumerate(zip(starts, ends, strict=True)):
            if not isinstance(first, str) or not isinstance(last, str):
                continue
            column, reason = start, "the start is after the end"
            if first <= last:
                if longest is None or (_day(last) - _day(first)).days <= longest:
                    continue
                column, reason = end, f"a term has at most {longest} days"
            checked.note(place, column, "R-DATE-RANGE", {
                "Start": f"Start Date {american(_day(first))}", "End": f"End Date {american(_day(last))}",
                "reason": reason})

    def _age(self, checked: Checked) -> None:
        column = checked.tab.index("birth_date")
        born = checked.values[column]
        if born is None:
            return
        for place, text in enumerate(born):
            if isinstance(text, str) and not self._oldest_birth < text <= self._youngest_birth:
                checked.note(place, column, "W-AGE", {"n": _age(_day(text), self._today)})

    def _emails(self, checked: Checked) -> None:
        column = checked.tab.index("email")
        emails = checked.values[column]
        guardians = checked.tab.name == "Guardians"
        if guardians or (checked.tab.name == "Students" and self._expected.sign_in_by_email):
            code = "W-GUARDIAN-NO-EMAIL" if guardians else "W-EMAIL-NEEDED"
            self._without_email(checked, column, code)
        if emails is None:
            return
        odd = self._domains.odd_for_guardians if guardians else self._domains.odd_for_site
        for place in compress(range(len(emails)), map(is_not, emails, [None] * len(emails))):
            email = emails[place]
            if email is not CLEARED:
                local, _, domain = email.rpartition("@")
                if meant := odd(domain):
                    checked.note(place, column, "W-EMAIL-DOMAIN", {"v": email, "w": f"{local}@{meant}"})

    def _without_email(self, checked: Checked, column: int, code: str) -> None:
        """Told of every row that is switched on, needs an account and has no email."""
        emails = checked.values[column] or [None] * len(checked.rows)
        off = _is(checked.column("status"), "inactive")
        no_access = _is(checked.column("access"), False) if checked.tab.name == "Guardians" else frozenset()
        for place, email in enumerate(emails):
            if ((email is None or email is CLEARED) and place not in checked.refused[column]
                    and place not in off and place not in no_access):
                checked.note(place, column, code, {})

    def _usernames(self, checked: Checked) -> None:
        column = checked.tab.index("username")
        names = checked.values[column]
        if names is None:
            return
        emails = checked.column("email") or [None] * len(names)
        names = list(names)
        for place, name in enumerate(names):
            if not isinstance(name, str):
                continue
            email = emails[place]
            by_email = isinstance(email, str) and email.lower() == name
            if (("@" in name or len(name) > 32) and not by_email) or name in self._expected.blocked_usernames:
                checked.note(place, column, "R-USERNAME", {"v": checked.texts[column][place] or name})
                checked.refused[column].add(place)
                names[place] = None
        checked.values[column] = names


class _Domains:
    """Which email domains look wrong, and what was probably meant."""

    def __init__(self, site: tuple[str, ...]) -> None:
        self._site = tuple(domain.lower().lstrip("@") for domain in site)
        self._near = tuple(dict.fromkeys((*self._site, *_COMMON)))
        self._known: dict[tuple[str, bool], str] = {}

    def odd_for_site(self, domain: str) -> str:
        """What a domain of staff or students should be; "" if it is fine."""
        return self._look(domain, True)

    def odd_for_guardians(self, domain: str) -> str:
        """The same for people who have their own provider: only near misses are odd."""
        return self._look(domain, False)

    def _look(self, domain: str, of_site: bool) -> str:
        meant = self._known.get((domain, of_site))
        if meant is None:
            if len(self._known) >= _DOMAINS_KEPT:
                self._known.clear()
            meant = self._known[domain, of_site] = self._meant(domain.lower(), of_site)
        return meant

    def _meant(self, domain: str, of_site: bool) -> str:
        if domain in self._site or any(domain.endswith(f".{each}") for each in self._site):
            return ""
        if of_site and self._site:
            return difflib.get_close_matches(domain, self._site, 1, 0.0)[0]
        if domain in _PROVIDERS:
            return ""
        return next((each for each in self._near if _one_slip(domain, each)), "")


def _one_slip(typed: str, meant: str) -> bool:
    """Whether one letter was left out, added, changed or swapped with the next."""
    if abs(len(typed) - len(meant)) > 1 or typed == meant:
        return False
    same = 0
    while same < min(len(typed), len(meant)) and typed[same] == meant[same]:
        same += 1
    left, right = typed[same:], meant[same:]
    return (left[1:] == right or left == right[1:] or left[1:] == right[1:]
            or (left[:2] == right[1::-1] and len(left) > 1 and left[2:] == right[2:]))


def _is(values: list | None, what: object) -> set[int]:
    """The positions that hold `what`."""
    if values is None or what not in values:
        return set()
    return {place for place, value in enumerate(values) if value is what or value == what}


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _years_before(day: date, years: int) -> date:
    """The same day `years` ago; February 29 becomes February 28."""
    leap_day = (day.month, day.day) == (2, 29)
    return date(day.year - years, day.month, 28 if leap_day else day.day)


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
