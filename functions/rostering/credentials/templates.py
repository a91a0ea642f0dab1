"""Username templates: what a site's pattern makes of one name, before anybody looks who has it.

A template is text with the fields `{first}`, `{last}` and `{year}`, perhaps after `{email}|`.
`{first:10}` is at most ten letters; `{last:1+}` starts with one and takes one more with each clash
(`maria.g38`, `maria.ga38`, …). A separator stands only between two parts that are there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from string import Formatter
from typing import NamedTuple

from rostering.credentials import rude
from rostering.errors import SettingsError

TEMPLATES: Mapping[str, str] = {
    "Student": "{first:10}.{last:1+}{year}",
    "Teacher": "{first:1}{last:20}",
    "Staff": "{first:1}{last:20}",
    "Guardian": "{email}|{first:1}{last:18}",
}
RESERVED = frozenset({
    "admin", "administrator", "anonymous", "api", "demo", "guest", "helpdesk", "info", "mail", "noreply",
    "null", "operator", "password", "postmaster", "root", "security", "service", "superuser", "support",
    "sysadmin", "system", "test", "tester", "undefined", "user", "username", "webmaster",
})
LONGEST_GROWN = 28
LONGEST = 32

_FORM = re.compile(r"[a-z0-9._-]{3,32}")
_EMAIL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+")
_SPELLED = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d",
                          "þ": "th", "ı": "i"})
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
_NOT_LETTERS = re.compile(r"[^a-z]+")


class Name(NamedTuple):
    """A person's name as templates see it: folded; `year` is two digits or ""."""

    first: str
    last: str
    year: str


class _Part(NamedTuple):
    """One field of a template: the separator before it, how many letters at most, does it grow."""

    before: str
    field: str
    longest: int
    grows: bool


def fold(text: str) -> str:
    """`text` in `a-z 0-9`: marks dropped, letters without a base letter spelled out, the rest dropped."""
    if text.isascii():
        return _NOT_PLAIN.sub("", text.lower())
    # Decomposed first, so that ǿ (ø with an accent) meets the table too.
    return _NOT_PLAIN.sub("", unicodedata.normalize("NFKD", text.lower()).lower().translate(_SPELLED))


def is_valid(username: str, email: str = "") -> bool:
    """Whether somebody with this `email` may ask for `username`: its form, and not on the block list.

    Case does not count. A username with an @ has to be the person's own email.
    """
    name = username.lower()
    if "@" in name:
        return name == email.lower() and len(name) <= 254 and _EMAIL.fullmatch(name) is not None
    letters = _NOT_LETTERS.sub("", name)
    return (_FORM.fullmatch(name) is not None
            and letters not in RESERVED and letters not in rude.SYLLABLES and letters not in rude.RUNS)


def starts_with_email(template: str) -> bool:
    """Whether `template` tries the email before any name. Raises SettingsError if it is no template."""
    return bool(_parts(template)) and template.startswith("{email}|")


def stems(template: str, name: Name) -> Iterator[str]:
    """The names without a number that `template` gives, best first.

    None at all if each would be too short, reserved or rude. Raises SettingsError if it is no template.
    """
    parts = _parts(template)
    sizes = {part.field: part.longest for part in parts}
    growing = next((part.field for part in parts if part.grows), "")
    if not growing and not name.last and "last" in sizes and "first" in sizes:
        sizes["first"] += sizes["last"]
    # What does not grow gets more of the first name only where its first choice must not be used.
    more = growing or "first"
    whole = len(getattr(name, more))
    longest = LONGEST_GROWN if growing else LONGEST
    found = False
    for size in range(sizes.get(more, 1), max(whole, sizes.get(more, 1)) + 1):
        pieces = _pieces(parts, name, {**sizes, more: size})
        stem = "".join(chain.from_iterable(pieces))
        if len(stem) > longest and found:
            return
        if _usable(stem[:longest], pieces, name):
            found = True
            yield stem[:longest]
            if not growing:
                return


@cache
def _parts(template: str) -> tuple[_Part, ...]:
    """`template` taken apart. Raises SettingsError if it is not a template."""
    parts = []
    wrong = SettingsError(f"username template {template!r}: expected text like {TEMPLATES['Student']!r}")
    try:
        for before, field, form, _ in Formatter().parse(template.removeprefix("{email}|")):
            if field is None:
                raise wrong
            form = form or ""
            parts.append(_Part(before, field, int(form.rstrip("+") or LONGEST_GROWN), form.endswith("+")))
    except ValueError as error:
        raise wrong from error
    fields = [part.field for part in parts]
    if (not {"first", "last"} & set(fields) or not {"first", "last", "year"} >= set(fields)
            or len(fields) != len(set(fields)) or sum(part.grows for part in parts) > 1
            or any(part.longest < 1 or re.search(r"[^a-z0-9._-]", part.before) for part in parts)):
        raise wrong
    return tuple(parts)


def _pieces(parts: tuple[_Part, ...], name: Name, sizes: Mapping[str, int]) -> list[tuple[str, str]]:
    """Separator and text of each part that is there."""
    pieces: list[tuple[str, str]] = []
    missing = False
    for part in parts:
        text = getattr(name, part.field)[:sizes[part.field]]
        if text:
            pieces.append(("" if missing or not pieces else part.before, text))
        missing = not text
    return pieces


def _usable(stem: str, pieces: list[tuple[str, str]], name: Name) -> bool:
    """Whether `stem` is well-formed, not reserved, and no piece of it rude by our own doing."""
    if not _FORM.fullmatch(stem) or _NOT_LETTERS.sub("", stem) in RESERVED:
        return False
    own = {name.first, name.last}
    if any(run in rude.SYLLABLES and run not in own for run in _NOT_LETTERS.split(stem)):
        return False
    texts = [text for _, text in pieces if not text.isdecimal()]
    spans = rude.runs_in("".join(texts))
    if not spans:
        return True
    at, inside = 0, []
    for text in texts:
        end = at + len(text)
        # A run that ends where we cut the name is ours: `cock` of a Cockburn.
        inside.append((at, end if text in own else end - 1))
        at = end
    return all(any(low <= start and end <= high for low, high in inside) for start, end in spans)
