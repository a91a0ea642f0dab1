"""Letter runs that nobody should have to type, and where they count.

A run inside somebody's own name is theirs (`dickinson`, `hancock`); a run that we make by joining
or cutting is ours and is avoided. Short runs are ordinary syllables (`cassandra`, `elias.s38`):
they count only where they are all there is between two separators.
"""

from __future__ import annotations

import re

RUNS = (
    "anus", "bastard", "bitch", "bollock", "boner", "boob", "bugger", "clit", "cock", "cunt", "dick",
    "dildo", "dyke", "fuck", "fuk", "fux", "gook", "hooker", "jizz", "kike", "kkk", "milf", "nazi",
    "negro", "nigga", "nigger", "orgy", "pecker", "pedo", "penis", "piss", "poop", "porn", "prick",
    "pussy", "queer", "rape", "rapist", "rectum", "retard", "scrotum", "shit", "skank", "slut",
    "sperm", "suck", "testicle", "tits", "tranny", "turd", "twat", "vagina", "vomit", "vulva", "wank",
    "whore",
)
SYLLABLES = frozenset({
    "anal", "arse", "ass", "butt", "coon", "crap", "cum", "damn", "fag", "fart", "hell", "homo", "knob",
    "paki", "poo", "pube", "puke", "semen", "sex", "shag", "spic", "teat", "tit", "urine", "weed", "wog",
})
_RUN = re.compile(f"(?=({'|'.join(sorted(RUNS, key=len, reverse=True))}))")


def runs_in(text: str) -> list[tuple[int, int]]:
    """Start and end of the runs that count anywhere, in `text` of lower-case letters."""
    return [match.span(1) for match in _RUN.finditer(text)]


def is_rude_join(left: str, right: str) -> bool:
    """Whether a run appears that neither `left` nor `right` has by itself."""
    return any(start < len(left) < end for start, end in runs_in(left + right))
