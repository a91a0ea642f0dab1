"""Passwords that people choose: which are good enough, and their argon2id hashes (section 5.2)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

MOST_CHARACTERS = 128

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# The hash of random bytes that nobody kept: verifying against it costs what a real check costs.
_NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$35e0ZaX0EAKqA/pY6zuLnQ$GtuvaE+sm1yiT8gSZD7OKlbjpyyxkitt+jju1qfdvyc"

# Beginnings that fill the lists of broken passwords; digits and signs around them don't help.
_COMMON = (
    "password",
    "passwort",
    "passw0rd",
    "qwerty",
    "asdfgh",
    "zxcvbn",
    "letmein",
    "welcome",
    "iloveyou",
    "princess",
    "dragon",
    "monkey",
    "football",
    "baseball",
    "basketball",
    "sunshine",
    "superman",
    "batman",
    "starwars",
    "pokemon",
    "minecraft",
    "fortnite",
    "roblox",
    "whatever",
    "trustno",
    "changeme",
    "secret",
    "school",
    "student",
    "teacher",
    "abc",
    "summer",
    "winter",
    "spring",
    "autumn",
)
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "09876543210987654321",
    "zyxwvutsrqponmlkjihgfedcba",
)


def normal(password: str) -> str:
    """The form that is hashed: NFC, once."""
    return unicodedata.normalize("NFC", password)


def hash_password(password: str) -> str:
    return _HASHER.hash(normal(password))


def verify(stored: str | None, password: str) -> bool:
    """Whether `password` is the one behind `stored`; None costs the same time and is never right."""
    if len(password) > MOST_CHARACTERS:
        return False
    try:
        return _HASHER.verify(stored or _NOBODYS, normal(password)) and stored is not None
    except (Argon2Error, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def reason_against(password: str, *, least: int, about: Iterable[str] = ()) -> str | None:
    """Why this password may not be chosen, as a sentence for the person, or None.

    `least` is the band's fewest characters; `about` are the names that must not make it up: site,
    school, own names, username.
    """
    text = normal(password)
    if len(text) < least:
        return f"The password is too short. Use at least {least} characters."
    if len(text) > MOST_CHARACTERS:
        return f"The password is too long. Use at most {MOST_CHARACTERS} characters."
    folded = text.casefold()
    letters = re.sub(r"[\W\d_]+", "", folded)
    if len(set(folded)) < 5 or _is_a_run(folded):
        return "The password repeats itself. Use several words instead."
    if any(word in folded and len(letters) - len(word) < 4 for word in _COMMON):
        return "The password is one that many people use. Use several words instead."
    for name in about:
        plain = re.sub(r"[\W_]+", "", normal(name).casefold())
        if len(plain) >= 3 and plain in re.sub(r"[\W_]+", "", folded) and len(text) - len(plain) < least - 3:
            return "The password is made of your own name or your school's. Use several words instead."
    return None


def _is_a_run(folded: str) -> bool:
    pieces = [folded[start : start + 4] for start in range(0, len(folded) - 3, 4)]
    return bool(pieces) and all(any(piece in run for run in _RUNS) for piece in pieces)
