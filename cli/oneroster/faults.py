"""The switches: every way in which a provider departs from the standard, by name.

The names and values are what a user types (`link=unbracketed`); a name alone turns on a switch that
has an `on`. All can be combined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from cli.oneroster.objects import KINDS

COLLECTIONS = (*KINDS, "schools", "students", "teachers", "terms", "gradingPeriods")
CALL_ERRORS = ("500", "502", "503", "504", "reset")


class Throttle(NamedTuple):
    every: int
    as_date: bool


class Slow(NamedTuple):
    seconds: float
    trickled: bool


def _switch(default: Any, values: str, read: Callable[[str], Any], description: str) -> Any:
    return field(default=default, metadata={"values": values, "read": read, "description": description})


def _one_of(*values: str) -> tuple[str, str, Callable[[str], str]]:
    """The default (the first value), the values as a user reads them, and their reader."""
    def read(text: str) -> str:
        if text not in values:
            raise ValueError
        return text

    return values[0], ", ".join(values), read


def _flag(text: str) -> bool:
    return {"off": False, "on": True}[text]


def _number(text: str) -> int:
    number = 0 if text == "off" else int(text)
    if number < 0:
        raise ValueError
    return number


def _share(default: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        share = {"off": 0.0, "on": default}.get(text)
        share = float(text) if share is None else share
        if not 0 <= share <= 1:
            raise ValueError
        return share

    return read


def _throttle(text: str) -> Throttle:
    every, _, form = text.partition(":")
    if form not in ("", "seconds", "date"):
        raise ValueError
    return Throttle(_number(every), form == "date")


def _slow(text: str) -> Slow:
    if text == "off":
        return Slow(0, False)
    form, _, seconds = text.rpartition(":")
    if form not in ("", "trickle") or not 0 <= float(seconds) < 3_600:
        raise ValueError
    return Slow(float(seconds), form == "trickle")


def _refresh(text: str) -> int:
    return -1 if text == "always" else 3 if text == "on" else _number(text)


def _errors(text: str) -> tuple[tuple[int, str], ...]:
    if text == "off":
        return ()
    found = []
    for part in text.split(","):
        kind, _, call = part.partition("@")
        if kind not in CALL_ERRORS or int(call) < 1:
            raise ValueError
        found.append((int(call), kind))
    return tuple(found)


def _collections(text: str) -> frozenset[str]:
    if text == "off":
        return frozenset()
    names = frozenset(text.split(","))
    if not names <= set(COLLECTIONS):
        raise ValueError
    return names


@dataclass(frozen=True, slots=True)
class Faults:
    """A value for every switch; the default of each is a provider that does what the standard says."""

    link: str = _switch(
        *_one_of("bracketed", "unbracketed", "off-by-one", "relative", "none"),
        "How the Link header is written; unbracketed is GG4L's documented form, off-by-one skips a record.")
    total_count: str = _switch(
        *_one_of("present", "absent", "wrong", "low"),
        "X-Total-Count: as it is, left out, three too many, or three too few.")
    limit_clamp: int = _switch(
        0, "off, or a number of rows", _number,
        "A page silently holds at most this many rows, whatever `limit` asks for.")
    short_pages: bool = _switch(
        False, "off, on", _flag, "About a third of the pages in the middle hold fewer rows than asked for.")
    ignore_offset: bool = _switch(False, "off, on", _flag, "Every page is the first one.")
    shift_rows: bool = _switch(
        False, "off, on", _flag,
        "Rows move by one place with every page, so that some come twice and others never.")
    refresh_during_pull: int = _switch(
        0, "off, on, a number of calls, always", _refresh,
        "Discovery's ready timestamp moves once after that many OneRoster calls (on: 3), or with each call.")
    throttle: Throttle = _switch(  # noqa: RUF009 - a field
        Throttle(0, False), "off, n, n:date", _throttle,
        "Every n-th OneRoster call is a plain-text 429 with Retry-After in seconds or as a date.")
    token_expiry: int = _switch(
        0, "off, or a number of calls", _number,
        "A token is good for this many OneRoster calls; the next one is a 401.")
    server_errors: tuple[tuple[int, str], ...] = _switch(
        (), "off, or kind@call,… with the kinds 500, 502, 503, 504, reset", _errors,
        "The named OneRoster calls fail, counted from 1: 502 and 504 are HTML, reset cuts the connection.")
    slow: Slow = _switch(  # noqa: RUF009 - a field
        Slow(0, False), "off, seconds, trickle:seconds", _slow,
        "Every call waits that long, or its body comes in sixteen pieces that far apart.")
    truncate: int = _switch(
        0, "off, or a number of bytes", _number, "The JSON of a collection is cut at that byte.")
    empty: frozenset[str] = _switch(
        frozenset(), "off, or collections with commas", _collections,
        "These collections answer an empty list.")
    warn_200: str = _switch(
        *_one_of("off", "on", "empty"),
        "Collections answer 200 with a warning in statusInfoSet, beside the rows or instead of them.")
    deletion: str = _switch(
        *_one_of("vanish", "tobedeleted", "both", "event"),
        "Who left on the next day is absent, is marked, is half absent and half marked, or is told of "
        "by /events alone.")
    resurrect: bool = _switch(
        False, "off, on", _flag,
        "A day after the next one comes, on which every second student who left is back with the same id.")
    rekey: float = _switch(
        0.0, "off, on, or a share", _share(0.05),
        "From the next day on, this share of the students (on: 0.05) has new sourcedIds.")
    hrefs: str = _switch(
        *_one_of("absolute", "relative", "hostile"),
        "The href of references; hostile ones lead to a cloud's metadata address and to another host.")
    booleans: str = _switch(
        *_one_of("string", "upper", "json", "number"),
        'Booleans are "true", "TRUE", true, or 1.')
    blanks: str = _switch(
        *_one_of("missing", "null", "empty"),
        'Optional fields without a value are left out, null, or "".')
    enums: str = _switch(
        *_one_of("standard", "odd-case", "roles-1.2", "ext"),
        "Enumerations in odd case, with roles of 1.2 in data of 1.1, or with ext: values now and then.")
    grades: str = _switch(
        *_one_of("09", "9", "K", "KG", "09,10", "blank"),
        "Grades with two digits, with one, with K or KG for kindergarten, two in one string, or blank.")
    dangling: float = _switch(
        0.0, "off, on, or a share", _share(0.05),
        "This share of the references (on: 0.05) leads to objects that do not exist.")
    passwords: bool = _switch(
        False, "off, on", _flag, "Users carry passwords, in their own field and in the credentials of profiles.")
    order: str = _switch(*_one_of("id", "random"), "Rows come by sourcedId or in a random order.")
    discovery: str = _switch(
        *_one_of("array", "wrapped", "spelling", "null-timestamps", "date-expiry", "malformed", "duplicate"),
        "Discovery answers an array, an object around it, the other spelling of the ready timestamp, "
        "no timestamps, a plain date of expiry, broken JSON, or the district twice.")
    sharing: str = _switch(
        *_one_of("normal", "expired", "suspended", "unshared", "blanked"),
        "The district's sharing has expired (nothing comes), is suspended (not in Discovery, 403), lacks "
        "one school, or blanks e-mail, phone and identifiers (Privacy Shield).")
    scope: str = _switch(
        *_one_of("ignored", "required"),
        "Tokens need no scope, or the right one for every path.")
    webhook: str = _switch(
        *_one_of("off", "in-order", "twice", "out-of-order", "late", "forged", "wrong-district",
                 "unknown-type"),
        "Which webhook messages the simulator has to offer, and what is wrong with them.")


NONE = Faults()


def describe() -> list[tuple[str, str, str]]:
    """Name, allowed values (the default first) and description of every switch."""
    return [(switch.name, switch.metadata["values"], switch.metadata["description"])
            for switch in fields(Faults)]


def parse(settings: Iterable[str]) -> Faults:
    """The faults that `settings` turn on, each `name=value`, or `name` alone for `name=on`.

    Raises ValueError for an unknown name or value; it lists the allowed ones.
    """
    switches = {switch.name: switch for switch in fields(Faults)}
    values = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if name not in switches:
            raise ValueError(f"unknown fault {name!r}; one of: {', '.join(switches)}")
        try:
            values[name] = switches[name].metadata["read"](text if equals else "on")
        except (ValueError, KeyError):
            allowed = switches[name].metadata["values"]
            raise ValueError(f"fault {name} cannot be {text!r}; allowed: {allowed}") from None
    return Faults(**values)
