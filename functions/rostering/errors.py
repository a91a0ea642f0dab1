"""The errors of Rollbook: each answers who has to act, and whether a retry helps.

    RosteringError
    ├─ InputError            the sender has to fix it; never retried
    ├─ SourceUnavailable     the source does not answer; try again later
    ├─ ProtocolError         somebody broke the protocol
    │  ├─ LocalProtocolError     we did: a defect of ours
    │  └─ RemoteProtocolError    they did: category and code say how
    ├─ StoreError            the table or the files do not answer; a retry may help
    │  ├─ Conflict               somebody else wrote first; read again, then decide
    │  └─ NotFound               a file that must be there is not
    └─ SettingsError         the deployment is wrong; lists every missing name at once

A bad row is not an exception but a `Problem` in the report. Messages name codes, keys and
counts, never a person's name, birth date, password or token.
"""

from __future__ import annotations


class RosteringError(Exception):
    """Anything Rollbook raises on purpose."""


class InputError(RosteringError):
    """What was handed in is wrong. `code` is of the catalog; the sender has to fix it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class SourceUnavailable(RosteringError):
    """A source of records does not answer now. Try again later."""


class ProtocolError(RosteringError):
    """A message broke the protocol."""


class LocalProtocolError(ProtocolError):
    """We were about to send, or to do, what the protocol forbids."""


class RemoteProtocolError(ProtocolError):
    """The other side sent what the protocol forbids, or an error of its own."""

    def __init__(self, message: str, *, category: str = "", code: str = "") -> None:
        super().__init__(message)
        self.category = category
        self.code = code


class StoreError(RosteringError):
    """The table or the files failed. Safe to run the task again."""


class Conflict(StoreError):
    """Somebody else wrote first."""


class NotFound(StoreError):
    """A file that must be there is not."""


class SettingsError(RosteringError):
    """The deployment is wrong. The message lists every missing name at once."""
