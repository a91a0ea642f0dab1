"""First secrets: which band gets what, drawing one, and checking what somebody typed.

| band           | who                         | first secret                           | bits |
|----------------|-----------------------------|----------------------------------------|------|
| `PRIMARY`      | grades IT PR PK TK KG 01 02 | three of 256 easy words and two digits | 30.6 |
| `INTERMEDIATE` | grades 03 to 05             | four of 1,024 words                    | 40   |
| `SECONDARY`    | every other student         | four of 2,048 words                    | 44   |
| `GUARDIAN`     | guardians                   | activation code of 10 characters       | 50   |
| `EMPLOYEE`     | Teacher, Staff              | none: a link by email                  |      |

A first secret is random and long enough that a keyed MAC checks it: no slow hash, so a load of 50,000
waits for none. Identity and credentials, sections 5.1 and 5.3; threats, section 9.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from rostering.credentials import rude
from rostering.credentials.words import CHILD, PUPIL, STUDENT

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_DAY = 86_400
KEPT_SECONDS = 30 * _DAY     # an envelope may be opened for so long, unless the school keeps it
_LOOKS_LIKE = str.maketrans({"o": "0", "i": "1", "l": "1"})
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
_RUDE_CODE = re.compile("|".join(sorted({*rude.RUNS, *rude.SYLLABLES})).translate(_LOOKS_LIKE), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Band:
    """How people of one kind first sign in. `own_min` is the least length of a password of their own.

    `kept` says until when the secret lies in its envelope; `change` who changes it. `good_for` and
    `longest_wait` (after wrong tries) are seconds; `good_for` is None where the secret has no end.
    """

    name: str
    form: Literal["words", "code", "link"]
    words: tuple[str, ...] = ()
    count: int = 0
    digits: int = 0
    kept: Literal["replaced", "changed", "signed_in", "never"] = "never"
    change: Literal["staff", "allowed", "required"] = "required"
    own_min: int = 12
    good_for: int | None = None
    longest_wait: int = 900

    @property
    def bits(self) -> float:
        """The entropy of a first secret of this band; 0 where there is none."""
        if self.form == "code":
            return self.count * math.log2(len(CROCKFORD))
        return self.count * math.log2(len(self.words)) + self.digits * math.log2(10) if self.words else 0.0


PRIMARY = Band("primary", "words", CHILD, 3, digits=2, kept="replaced", change="staff", own_min=10,
               longest_wait=300)
INTERMEDIATE = Band("intermediate", "words", PUPIL, 4, kept="changed", change="allowed", own_min=10)
SECONDARY = Band("secondary", "words", STUDENT, 4, kept="signed_in")
GUARDIAN = Band("guardian", "code", count=10, good_for=60 * _DAY)
EMPLOYEE = Band("employee", "link", own_min=15, good_for=3 * _DAY)

_PRIMARY_GRADES = frozenset({"IT", "PR", "PK", "TK", "KG", "01", "02"})
_INTERMEDIATE_GRADES = frozenset({"03", "04", "05"})


def band_of(role: str, grade: str = "") -> Band:
    """The band of a person; a student without a known grade is in the strictest band for students."""
    if role == "Student":
        if grade in _PRIMARY_GRADES:
            return PRIMARY
        return INTERMEDIATE if grade in _INTERMEDIATE_GRADES else SECONDARY
    return GUARDIAN if role == "Guardian" else EMPLOYEE


def closed_because(login: Mapping[str, Any], band: Band, *, now: float, issued: float | None) -> str:
    """Why the first secret of a sign-in can't be viewed, "" if it can (section 5.3): a code of `batches.choose`.

    `issued` is when it was issued, in epoch seconds. Past 30 days only what the school keeps may be read.
    """
    if login.get("state") == "own":
        return "own_password"
    if login.get("state") != "first_secret" or band.form == "link":
        return "no_first_secret"
    if band.kept == "never":
        return "shown_once"
    if "envelope" not in login:
        return "used"
    if band.kept != "replaced" and (issued is None or now - issued > KEPT_SECONDS):
        return "expired"
    return ""


def draw(band: Band, random: Random | None = None) -> str | None:
    """A new first secret as it is printed (`blue-fish-sun42`, `ABCDE-FGH23`); None for a link band.

    `random` is the operating system's generator (`secrets`) unless a test gives another one.
    """
    random = random or secrets.SystemRandom()
    if band.form == "link":
        return None
    if band.form == "code":
        while True:
            code = "".join(random.choices(CROCKFORD, k=band.count))
            if not _RUDE_CODE.search(code):
                return f"{code[:5]}-{code[5:]}"
    text = "-".join(random.choices(band.words, k=band.count))
    return text + "".join(random.choices("0123456789", k=band.digits))


def normalized(typed: str) -> str:
    """What was typed, as it is checked: case, spaces and dashes dropped, o read as 0, i and l as 1.

    The same for words and codes (Crockford reads them so as well), so nobody has to know which of the
    two an account has. No bit is lost: see `words`.
    """
    plain = _NOT_PLAIN.sub("", unicodedata.normalize("NFKC", typed[:200]).lower())
    return plain.translate(_LOOKS_LIKE)


def mac_of(secret: str, pepper: bytes, account: str) -> str:
    """HMAC-SHA-256 in hex of an account's normalized first secret, under the site's 256-bit pepper.

    Bound to the account, so that a MAC copied to another account checks nothing there.
    """
    message = f"{len(account)}|{account}|{normalized(secret)}".encode()
    return hmac.new(pepper, message, hashlib.sha256).hexdigest()


def matches(typed: str, mac: str, pepper: bytes, account: str) -> bool:
    """Whether `typed` is the first secret behind `mac`, in constant time. Nothing typed never matches."""
    right = hmac.compare_digest(mac_of(typed, pepper, account).encode(), mac.encode())
    return right and bool(normalized(typed))
