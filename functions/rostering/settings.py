"""What a deployment tells its functions by environment variables, and a site's limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from rostering.errors import SettingsError
from rostering.gate import Limits


def environment(names: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    """The values of environment `variables`, by our names: `{"table": "TABLE_NAME"}` gives `{"table": …}`.

    Raises SettingsError that lists every missing name at once.
    """
    missing = [name for name in names.values() if not variables.get(name)]
    if missing:
        raise SettingsError(f"missing environment variables: {', '.join(missing)}")
    return {ours: variables[name] for ours, name in names.items()}


def limits(settings: Mapping[str, Any]) -> Limits:
    """The gate's limits of a site: its settings over the handbook's defaults.

    Raises SettingsError on a name that is no limit.
    """
    known = {field.name for field in fields(Limits)}
    given = settings.get("limits", {})
    if unknown := sorted(given.keys() - known):
        raise SettingsError(f"no such limits: {', '.join(unknown)}")
    return Limits(**given)


def timezone(settings: Mapping[str, Any]) -> str:
    """The time zone of a site; its days begin there."""
    return settings.get("timezone", "America/New_York")
