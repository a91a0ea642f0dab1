"""What a zone's objects can be told off for: the sentences, and the list that a reading fills.

The first letter of a code is its severity: R keeps one object out, W is loaded but wants a look, I
stands in the full report only. Codes without SIF in them are those of the sheet or of every feed. A
problem carries the object, the element and the RefId; never a name, a date or an address.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from rostering.model import COUNTED, Problem

MAX_LISTED = 1_000       # of each object
MAX_PRESENT = 50_000     # keys of one kind that were there but do not load
_SHOWN = 60
_URGENCY = {"R": 0, "W": 1, "I": 2}

MESSAGES = {
    "R-BAD-REFID": "the RefId {ref} is not 32 hexadecimal digits. The record was not loaded; the system behind the "
                   "zone has to send another.",
    "R-DUP-KEY": "{ref} was sent with {what} that another record has ({other}). Correct one of them in the SIS.",
    "R-REQUIRED": "{ref} came without it. It is required: fill it in in the SIS.",
    "R-SIF-TEXT": "{ref} has one with letters that are not allowed, or too many of them. Correct it in the SIS.",
    "R-SIF-DATES": "{ref} has a first day and a last day that do not fit together.",
    "R-EMAIL-TAKEN": "{ref} has the email of {other}. Each person needs their own. (Neither of them is loaded.)",
    "R-PARENT": "{ref} depends on {other}, which has an error.",
    "W-ORPHAN": "{ref} points at {other}, which the zone did not send.",
    "W-NCES": "{ref} has one that is not 12 digits. It was not stored.",
    "W-PHONE": "{ref} has one that does not look like a phone number. It was kept as it is.",
    "W-SIF-SCHOOL-NAME": "{ref} came without a name. The school is shown by its ID.",
    "W-SIF-TEXT": "{ref} has one that is too long or has letters that are not allowed. It was left out.",
    "W-SIF-DATE": "{ref} has one that is not a date. It was left out.",
    "W-SIF-DATES": "{ref} ends before it begins. It was left out.",
    "W-SIF-GRADE": "{ref} has the grade '{v}', which says no grade that we know. It was left out.",
    "W-SIF-EMAIL": "{ref} has one that is not an email address. It was left out.",
    "W-SIF-USERNAME": "{ref} has one that can't be a username. The system makes one.",
    "W-SIF-USERNAME-TWICE": "{ref} has the username of {other}. The system makes one for each of them.",
    "W-SIF-NO-ENROLLMENT": "{ref} is enrolled in no school, so the student counts as inactive. If that is wrong, "
                           "enroll the student in the SIS.",
    "W-SIF-CONTACT-DIFFERS": "{ref} and {other} are the same contact, but the name or the email differs. "
                             "What {other} says counts.",
    "W-SIF-SET": "{says} Nothing counts as gone for that.",
    "W-SIF-EMPTY": "The zone has none at all, which is suspicious. Nothing counts as gone for that.",
    "W-BAD-REFID": "{n} records came without a usable RefId. They were not loaded.",
    "W-SIF-LOST": "{n} events were too big for the zone to deliver. The next full request brings what they said.",
    "I-SIF-NOT-GUARDIAN": "{n} contacts are not guardians (first: {ref}). They were not loaded.",
    "I-SIF-OTHER-YEAR": "{n} records of other school years than {year} were not loaded (first: {ref}).",
    "I-SIF-CORRECTED": "{ref} was read as corrected by hand in Rollbook.",
}


def problem(code: str, of: str, column: str = "", /, **values: Any) -> Problem:
    """A problem of an object (`of`: SectionInfo, ...). Raises KeyError for an unknown code or a missing value."""
    shown = {name: text if len(text := str(value)) <= _SHOWN else text[:_SHOWN - 1] + "\u2026"
             for name, value in values.items()}
    return Problem(code, of, 0, column, MESSAGES[code].format_map(shown))


class Notes:
    """What is noted of a zone's objects: problems, counts, and keys that were there but do not load.

    All problems are counted in `codes`; of each object at most 1,000 are listed, errors first, then
    by RefId: the same ones in whatever order the packets came. `unreadable` are kinds with a record
    whose key can't be read: nothing is missing from them.
    """

    def __init__(self) -> None:
        self.codes: Counter[str] = Counter()
        self.counts = {word: {"rows": 0, "problems": 0} for word in COUNTED}
        self.present: dict[str, set[Any]] = {}
        self.unreadable: set[str] = set()
        self._kept: dict[str, list[tuple[int, str, str, str, Problem]]] = {}

    def note(self, code: str, of: str, column: str = "", /, *, ref: str, **values: Any) -> None:
        self.codes[code] += 1
        kept = self._kept.setdefault(of, [])
        told = problem(code, of, column, ref=ref, **values)
        kept.append((_URGENCY[code[0]], ref, column, told.message, told))
        if len(kept) >= 2 * MAX_LISTED:
            self._cut(kept)

    def turned_back(self, word: str) -> None:
        """One object of a counted kind that does not load."""
        self.counts[word]["problems"] += 1

    def hold(self, kind: str, key: Any) -> None:
        """`key` was there: it is not missing. Of too many, nothing of the kind is."""
        held = self.present.setdefault(kind, set())
        if len(held) < MAX_PRESENT:
            held.add(key)
        else:
            self.unreadable.add(kind)

    @property
    def listed(self) -> list[Problem]:
        return [told for of in sorted(self._kept) for *_, told in self._cut(self._kept[of])]

    @staticmethod
    def _cut(kept: list[tuple[int, str, str, str, Problem]]) -> list[tuple[int, str, str, str, Problem]]:
        kept.sort(key=lambda each: each[:4])
        del kept[MAX_LISTED:]
        return kept
