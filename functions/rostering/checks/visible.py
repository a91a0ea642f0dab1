"""What of a class its teachers and students see, and why they don't see the rest.

| code         | what is not shown                                                            |
|--------------|------------------------------------------------------------------------------|
| class_off    | a class that was switched off                                                |
| term_ahead   | a class none of whose terms has begun                                        |
| term_over    | a class all of whose terms are over                                          |
| ended        | an enrollment that ended, or whose last day is past                          |
| not_begun    | an enrollment whose first day is to come                                     |
| inactive     | a person who is switched off                                                 |
| pending      | a person whose first day is to come                                          |
| merged       | an account that another one took the place of                                |
| no_account   | an enrollment of nobody who has an account                                   |
| no_class     | an enrollment in a class that isn't there                                    |
| classmates   | to a student: the other students of a class                                  |
| not_in_class | a class to somebody who neither teaches it nor is in it                      |
| no_access    | a student to a guardian without portal access                                |
| link_ended   | a student to a guardian whose link ended                                     |
| of_age       | a student of 18 or older to a guardian, if the site closes that              |

An office sees all of it in the roster itself; this is what those see who use it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from rostering.checks.facts import Calendar
from rostering.model import Account

SENTENCES: dict[str, str] = {
    "class_off": "the class is switched off",
    "term_ahead": "its term has not begun",
    "term_over": "its terms are over",
    "ended": "the enrollment has ended",
    "not_begun": "the enrollment has not begun",
    "inactive": "the account is inactive",
    "pending": "the first day is to come",
    "merged": "the account was merged into another one",
    "no_account": "there is no such account",
    "no_class": "there is no such class",
    "classmates": "students don't see each other",
    "not_in_class": "they neither teach the class nor are in it",
    "no_access": "the guardian has no portal access",
    "link_ended": "the link to the student has ended",
    "of_age": "the student is 18 or older, and the site closes guardians' access then",
}
_WORDS = {"class_off": "in a class that is off", "term_ahead": "in a term that has not begun",
          "term_over": "in a term that is over", "not_begun": "not begun", "no_account": "without an account",
          "no_class": "in no known class", "not_in_class": "not in the class", "no_access": "without portal access",
          "link_ended": "no longer linked", "of_age": "of age"}
_ADULT = 18


def of_class(body: Mapping[str, Any] | None, calendar: Calendar, today: str) -> str:
    """Why a section is not shown to those in it, "" if it is."""
    if not body:
        return "no_class"
    if body.get("status", "active") != "active":
        return "class_off"
    return {"ahead": "term_ahead", "over": "term_over"}.get(calendar.when(body["id"], today), "")


def of_place(first: str, last: str, status: str, today: str) -> str:
    """Why an enrollment with these days is not shown, "" if it is."""
    if status != "active" or (last and last < today):
        return "ended"
    return "not_begun" if first and first > today else ""


def of_person(account: Account | None) -> str:
    """Why a person is not shown, "" if they are."""
    if account is None:
        return "no_account"
    if account.merged_into:
        return "merged"
    return "" if account.status == "active" else account.status


def closes_to_guardians(settings: Mapping[str, Any]) -> bool:
    """Whether a site's guardians no longer see students of age, to whom the rights pass (FERPA, 34 CFR 99.5)."""
    return settings.get("guardians_of_adults") == "closed"


def is_of_age(birth_date: str, today: str) -> bool:
    """Whether who was born on an ISO date is 18 or older; False if the date is not known."""
    return bool(birth_date) and f"{int(birth_date[:4]) + _ADULT:04d}{birth_date[4:]}" <= today


def of_child(link: str, child: Account, today: str, *, adults_closed: bool) -> str:
    """Why a guardian with a link of that status does not see a student, "" if they do."""
    if link != "active":
        return "no_access" if link == "no_access" else "link_ended"
    if adults_closed and is_of_age(child.fields.get("birth_date") or "", today):
        return "of_age"
    return of_person(child)


def summary(codes: Iterable[str]) -> str:
    """"3 not shown: 2 ended, 1 inactive"; "" if everything is shown."""
    counted = Counter(codes)
    if not counted:
        return ""
    parts = ", ".join(f"{number:,} {_WORDS.get(code, code)}" for code, number in sorted(
        counted.items(), key=lambda pair: (-pair[1], pair[0])))
    return f"{counted.total():,} not shown: {parts}"
