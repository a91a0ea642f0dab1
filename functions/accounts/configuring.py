"""Changing a site's settings: a merge patch (RFC 7396) by an administrator, checked as a whole, audited.

What is named is set, a null clears it. A change is written over the version that was read, so two
administrators never undo one another unseen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import ValidationError

from accounts import audit
from accounts.ports import Ports
from accounts.problems import Refusal, not_found
from accounts.providers.configured import is_set_up
from accounts.settings import LIMITS, NAMES, SiteSettings, stored
from accounts.sign_in import methods
from rostering.access.roles import Actor
from rostering.errors import InputError, SettingsError
from rostering.leads import ANY
from rostering.model import Kind
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Insert, Replace

_ATTEMPTS = 8
# What a site's item holds also where it is the default.
_ALWAYS = {name: SiteSettings.model_fields[name].default for name in ("name", "address", "timezone")}
_BRANCHES = re.compile(r"\[key\]|int|float")      # parts of a place in an error that nobody wrote


def configure(ports: Ports, actor: Actor, patch: dict[str, Any], *, version: int | None = None) -> Item:
    """The site's item after `patch`; with `version`, only if nobody changed it since.

    Raises InputError (SETTINGS), or Refusal: 409 if it was changed since, or if usernames exist already.
    """
    key = keys.settings(actor.site)
    for _ in range(_ATTEMPTS):
        item = ports.store.get(key)
        if item is None:
            raise not_found()
        if version not in (None, item.version):
            raise Refusal(409, "CHANGED", "The settings were changed since you read them. Look again.")
        body = patched(item.body, patch)
        names = moved(item.body, body)
        if not names:
            return item
        _check_site(ports, actor.site, names, body)
        changed = Item(key, body, item.version + 1, item.listed)
        events = [audit.event(ports, actor.site, "site.configured", by=actor.account, names=names)]
        if higher := raised(item.body, body):
            events.append(audit.event(ports, actor.site, "limit.raised", by=actor.account, limits=higher))
        if ports.store.write_together([Replace(changed), *map(Insert, events)]):
            return changed
    raise Refusal(409, "BUSY", "The settings are changing right now. Try again.")


def patched(body: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """The body of a site's item after a merge patch of its settings; the rest of it stays.

    Raises InputError with a sentence that says what is wrong, and what was perhaps meant.
    """
    for name in patch:
        if name not in NAMES:
            raise InputError("SETTINGS", f"There is no setting {name}.{_near(name, NAMES)}")
    merged = _merged({name: body[name] for name in NAMES if name in body}, patch)
    if not merged.get("name"):
        raise InputError("SETTINGS", "A site has a name; it can't be cleared.")
    try:
        values = stored(SiteSettings.model_validate(merged))
    except ValidationError as error:
        raise InputError("SETTINGS", _sentence(error)) from None
    except SettingsError as error:
        unknown = next((limit for limit in _limits_in(merged) if limit not in LIMITS), "")
        raise InputError("SETTINGS", f"{error}.{_near(unknown, LIMITS)}") from None
    return {name: value for name, value in body.items() if name not in NAMES} | _ALWAYS | values


def moved(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The names of settings that differ; of maps the names inside: `limits.site_off`."""
    was, now = dict(_leaves(before)), dict(_leaves(after))
    return sorted(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))


def raised(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """The limits that get higher, by name, with what they were and are; those of a window that opens too."""
    was, now = LIMITS | before.get("limits", {}), LIMITS | after.get("limits", {})
    found = _higher("limits", was, now)
    for school, given in after.get("school_limits", {}).items():
        found |= _higher(f"school_limits.{school}", was | before.get("school_limits", {}).get(school, {}), given)
    for window in after.get("windows", ()):
        if window not in before.get("windows", ()):
            found |= _higher(f"windows.{window['from']}", was, window["limits"])
    return found


def _higher(name: str, was: dict[str, Any], now: dict[str, Any]) -> dict[str, list[Any]]:
    return {f"{name}.{limit}": [was[limit], value] for limit, value in now.items() if value > was[limit]}


def _merged(value: Any, patch: Any) -> Any:
    """RFC 7396; a map that nothing is left in is none."""
    if not isinstance(patch, dict):
        return patch
    found = dict(value) if isinstance(value, dict) else {}
    for name, part in patch.items():
        one = _merged(found.get(name), part)
        if one is None or one == {}:
            found.pop(name, None)
        else:
            found[name] = one
    return found


def _leaves(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in NAMES:
        part = value.get(name)
        if not isinstance(part, dict):
            yield name, part
            continue
        for inner, deeper in part.items():
            if isinstance(deeper, dict):
                yield from ((f"{name}.{inner}.{last}", one) for last, one in deeper.items())
            else:
                yield f"{name}.{inner}", deeper


def _check_site(ports: Ports, site: str, names: Iterable[str], body: dict[str, Any]) -> None:
    """What the table has to say: schools that aren't there, usernames that are."""
    if any(name.startswith("username_templates") for name in names) and ports.store.get(keys.lease(site)):
        raise Refusal(409, "USERNAMES_EXIST", "Username templates can be changed before the first load only: "
                                              "a username never changes.")
    if "sign_in" in names and "password" not in methods(body) and not is_set_up(ports, site, methods(body)):
        raise InputError("SETTINGS", "sign_in: without passwords nobody could sign in any more, for neither Google nor "
                                     "Microsoft is set up. Do that first: rollbook site provider set.")
    known = {item.body["key"] for item in ports.store.query(keys.settings(site).pk, prefix="SCHOOL#").items}
    wanted = body.get("school_limits", {}).keys() | (body.get("leads", {}).keys() - {ANY})
    for school in sorted(wanted - known if known else ()):
        raise InputError("SETTINGS", f"There is no school {school} in this site.{_near(school, known)}")


def _limits_in(settings: dict[str, Any]) -> Iterator[str]:
    for given in (settings.get("limits", {}), *settings.get("school_limits", {}).values(),
                  *(window["limits"] for window in settings.get("windows", ()))):
        yield from given


def _near(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1)
    return f" Did you mean {close[0]}?" if close else ""


def _sentence(error: ValidationError) -> str:
    """What is wrong with the first setting that is, in one sentence."""
    one = error.errors(include_input=False, include_context=False, include_url=False)[0]
    place = [str(part) for part in one["loc"] if not _BRANCHES.fullmatch(str(part))]
    said = one["msg"].removeprefix("Value error, ")
    near = _near(place[-1], get_args(Kind)) if place[0] == "leads" and len(place) == 3 else ""
    return f"{'.'.join(place)}: {said[:1].lower()}{said[1:]}.{near}"
