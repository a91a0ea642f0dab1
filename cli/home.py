"""What outlives a command: `$ROLLBOOK_HOME` (default `~/.rollbook`), and the sessions in it.

`session.json` maps a site to where its API is and to the tokens of whoever signed in, readable by
the user alone. Commands side by side take turns at it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cli.screen import Trouble


def folder() -> Path:
    """The home folder; not made yet, perhaps."""
    return Path(os.environ.get("ROLLBOOK_HOME") or Path.home() / ".rollbook")


def session(site: str) -> dict[str, Any] | None:
    """The session at a site, if somebody signed in there."""
    return _read().get("sites", {}).get(site)


def keep_session(site: str, values: dict[str, Any]) -> None:
    """Keep a session; the site becomes the one that commands without `--site` are about."""
    kept = _read()
    kept["last"] = site
    kept.setdefault("sites", {})[site] = values
    _write(kept)


def forget_session(site: str) -> None:
    kept = _read()
    kept.get("sites", {}).pop(site, None)
    _write(kept)


def site_or_last(site: str | None) -> str:
    """The site a command is about: the one named, $ROLLBOOK_SITE, or where somebody signed in last."""
    found = site or os.environ.get("ROLLBOOK_SITE") or _read().get("last")
    if not found:
        raise Trouble("Which site? Give --site, or sign in first (rollbook sign-in).")
    return found


@contextlib.contextmanager
def turn() -> Iterator[None]:
    """Only one command at a time changes the sessions."""
    _make()
    descriptor = os.open(folder() / "session.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _make() -> None:
    try:
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Trouble(f"The folder {folder()} can't be made: {error.strerror}. Set ROLLBOOK_HOME.") from None


def _read() -> dict[str, Any]:
    try:
        found = json.loads((folder() / "session.json").read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(kept: dict[str, Any]) -> None:
    _make()
    new = folder() / f"session.{os.getpid()}.new"
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(kept, file)
    new.replace(folder() / "session.json")
