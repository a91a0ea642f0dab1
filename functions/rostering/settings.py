"""What a deployment tells its functions by environment variables, and the limits that a site set.

| setting       | what it is                                                                           |
|---------------|--------------------------------------------------------------------------------------|
| limits        | the site's own limits, by the names of `gate.Limits`                                 |
| school_limits | the same for a school, by its id; what it leaves out is as for the site              |
| windows       | `{"from", "until", "limits", "reason"}`: other limits for these days, both included  |

While a window lasts, its limits hold for the site and for every school, also where they have their
own: it is there for the few weeks in which the usual numbers are wrong. Of windows that overlap the
one listed last counts. Outside its days a window counts nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any

from rostering.errors import SettingsError
from rostering.gate import Limits

MOST_WINDOW_DAYS = 100
_KINDS = {field.name: field.type for field in fields(Limits) if field.name != "schools"}
_OF_THE_SITE = frozenset({"site_off", "site_off_percent", "live_site", "id_swap_percent", "row_error_percent"})
_WINDOW = ("from", "until", "limits", "reason")


def environment(names: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    """The values of environment `variables`, by our names: `{"table": "TABLE_NAME"}` gives `{"table": …}`.

    Raises SettingsError that lists every missing name at once.
    """
    missing = [name for name in names.values() if not variables.get(name)]
    if missing:
        raise SettingsError(f"missing environment variables: {', '.join(missing)}")
    return {ours: variables[name] for ours, name in names.items()}


def limits(settings: Mapping[str, Any], *, today: str) -> Limits:
    """The gate's limits on a day (ISO, in the site's time zone): defaults, site, school, window.

    Raises SettingsError as `check_limits` does.
    """
    check_limits(settings)
    now: dict[str, Any] = {}
    for window in settings.get("windows") or ():
        if window["from"] <= today <= window["until"]:
            now |= window["limits"]
    site = Limits(**settings.get("limits") or {})
    schools = {school: replace(site, **(own | now)) for school, own in (settings.get("school_limits") or {}).items()}
    return replace(site, **now, schools=schools)


def check_limits(settings: Mapping[str, Any]) -> None:
    """Raises SettingsError with a sentence about the first limit or window that can't be."""
    _check_numbers("limits", settings.get("limits") or {})
    own = settings.get("school_limits") or {}
    if not isinstance(own, Mapping):
        raise SettingsError("school_limits must give limits by school id")
    for school, given in own.items():
        if not school:
            raise SettingsError("school_limits needs the id of a school; limits is for the site")
        _check_numbers(f"school_limits of {school}", given)
        if wide := sorted(_OF_THE_SITE & set(given)):
            raise SettingsError(f"school_limits of {school}: only the site has {', '.join(wide)}")
    windows = settings.get("windows") or ()
    if not isinstance(windows, list | tuple):
        raise SettingsError("windows must be a list")
    for number, window in enumerate(windows, 1):
        _check_window(f"window {number}", window)


def timezone(settings: Mapping[str, Any]) -> str:
    """The time zone of a site; its days begin there."""
    return settings.get("timezone", "America/New_York")


def _check_numbers(where: str, given: Any) -> None:
    if not isinstance(given, Mapping):
        raise SettingsError(f"{where}: give names and numbers")
    if unknown := sorted(str(name) for name in given if name not in _KINDS):
        raise SettingsError(f"{where}: no such limits: {', '.join(unknown)}")
    for name, number in given.items():
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            raise SettingsError(f"{where}: {name} must be a number")
        if number < 0:
            raise SettingsError(f"{where}: {name} must not be less than 0")
        if _KINDS[name] == "int" and number != int(number):
            raise SettingsError(f"{where}: {name} must be a whole number")


def _check_window(where: str, window: Any) -> None:
    if not isinstance(window, Mapping):
        raise SettingsError(f"{where}: give {', '.join(_WINDOW)}")
    if unknown := sorted(str(name) for name in window if name not in _WINDOW):
        raise SettingsError(f"{where}: no such setting: {', '.join(unknown)}")
    first, last = (_day(where, name, window.get(name)) for name in ("from", "until"))
    if first > last:
        raise SettingsError(f"{where}: it ends ({last}) before it begins ({first})")
    if (last - first).days >= MOST_WINDOW_DAYS:
        raise SettingsError(f"{where}: it is longer than {MOST_WINDOW_DAYS} days")
    if not isinstance(window.get("reason", ""), str):
        raise SettingsError(f"{where}: the reason must be a text")
    if not window.get("limits"):
        raise SettingsError(f"{where}: say the limits")
    _check_numbers(where, window["limits"])


def _day(where: str, name: str, given: Any) -> date:
    if not given:
        raise SettingsError(f"{where}: it needs a day {name!r} (2026-08-31): a window without an end is none")
    try:
        day = date.fromisoformat(given)
    except (TypeError, ValueError):
        raise SettingsError(f"{where}: {name!r} is no day like 2026-08-31") from None
    if day.isoformat() != given:
        raise SettingsError(f"{where}: {name!r} is no day like 2026-08-31")
    return day
