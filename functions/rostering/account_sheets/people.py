"""What an account sheet is told: whose site, which class, and the people in it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

WayIn = Literal["first_secret", "sso", "own", "link", "code", "one_time", "ended"]


@dataclass(frozen=True, slots=True)
class SiteLook:
    """How a site shows itself on paper: its name, the sign-in address, and who its single sign-on is."""

    name: str
    address: str
    single_sign_on: str = "Google"


@dataclass(frozen=True, slots=True)
class SheetPerson:
    """One person of a sheet.

    `way_in` is how the person signs in now ("ended": by a code that is too old); `secret` is the first
    secret, activation code or one-time code as it is printed, None where it is gone or not to be shown.
    `email_synced` is "Yes", "Kept by hand", "Not sent" or "Error CODE"; `origin` is "SIS" or "Manual".
    `students` are the full names of a guardian's students. Times are text as they are to be shown. The last
    four are for lists that are to be checked for gaps: None, Issued, Used, Expired or Own password; until
    when somebody is locked out; classes in a term that runs today; what somebody else of the school has too.
    """

    last_name: str
    first_name: str
    role: str
    username: str
    way_in: WayIn = "first_secret"
    secret: str | None = None
    grade: str = ""
    school: str = ""
    person_id: str = ""
    email: str = ""
    email_synced: str = ""
    status: str = ""
    origin: str = ""
    classes: int = 0
    guardians: int = 0
    last_login: str = ""
    last_load: str = ""
    students: tuple[str, ...] = ()
    first_secret_state: str = ""
    locked: str = ""
    current_classes: int = 0
    doubles: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class ClassPart:
    """The people of one class (or of one office, or all guardians of a class): one part of a sheet.

    `heading` stands above the part where it is not the `title` that stands on each card.
    """

    title: str
    people: tuple[SheetPerson, ...]
    teacher: str = ""
    term: str = ""
    heading: str = ""


def by_last_name(people: Iterable[SheetPerson]) -> list[SheetPerson]:
    """`people` as they stand in a class register: by last name, first name, then username."""
    return sorted(people, key=lambda person: (_letters(person.last_name), _letters(person.first_name),
                                              person.username))


def way_in(person: SheetPerson, site: SiteLook) -> tuple[str, str]:
    """What a card says about signing in: a label and a secret, or a sentence and ""."""
    if person.way_in == "sso":
        return f"Log in with {site.single_sign_on}", ""
    if person.way_in == "link":
        return "Open the link in your email", ""
    if person.way_in == "one_time" and person.secret:
        return "One-time code", person.secret
    if person.way_in == "ended":
        return "Ask the school for a new code", ""
    if person.way_in in ("first_secret", "code") and person.secret:
        return ("Activation code" if person.way_in == "code" else "Password"), person.secret
    return "Use your own password", ""


def _letters(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in plain if letter.isalnum()) or plain
