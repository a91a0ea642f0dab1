"""Letters to people about their way in: short, plain text, one address and one link each.

No letter holds a username or a password: the link alone opens the account, and once. Its code is behind
the `#` of the address, which browsers send to nobody (identity specification, 5.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from rostering.clock import local_time
from rostering.errors import SettingsError
from rostering.model import Account

Kind = Literal["invited", "reset", "asked"]

_SUBJECTS = {
    "invited": "Your account at {site}: choose your password",
    "reset": "Your password at {site} was reset: choose a new one",
    "asked": "Choose a new password at {site}",
}
_BEGINNINGS = {
    "invited": "{site} has an account for you as {role}. To choose your password, open this link:",
    "reset": "{site} has reset the password of your account as {role}: the old one opens it no longer. "
             "To choose a new one, open this link:",
    "asked": "Somebody, most likely you, asked for a new password for your account as {role} at {site}. "
             "To choose one, open this link:",
}
_ENDINGS = {
    "invited": "Did you not expect this letter? Then don't open the link, and tell the school's office.",
    "reset": "Does this surprise you? Then call the school's office.",
    "asked": "Was it not you? Then do nothing: your password stays as it is.",
}
_AGAIN = {
    "invited": "After that, ask the school's office for a new one.",
    "reset": "After that, ask the school's office for a new one.",
    "asked": "After that, ask for a new one where you sign in.",
}
_ROLES = {"Staff": "a member of staff", "Teacher": "a teacher", "Guardian": "a guardian", "Student": "a student"}


class Mail(Protocol):
    """Letters that go out in the name of the deployment."""

    def send(self, to: list[str], subject: str, text: str) -> None:
        """Send one letter to all of `to`. Raises StoreError or SettingsError."""
        ...


@dataclass(frozen=True, slots=True)
class Post:
    """What a site's letters are made of. Without `mail` nobody can be reached.

    `served_at` is where the sign-in page is served (`https://…`, no slash at the end), `address` what the
    site tells people about where to sign in.
    """

    site: str
    name: str
    address: str
    timezone: str
    served_at: str
    mail: Mail | None

    @classmethod
    def of(cls, site: str, settings: Mapping[str, Any], *, served_at: str, mail: Mail | None) -> Post:
        return cls(site, settings.get("name") or site, settings.get("address") or "",
                   settings.get("timezone", "America/New_York"), served_at.rstrip("/"), mail)

    def reaches(self, account: Account) -> bool:
        """Whether a letter to this person can be sent."""
        return self.mail is not None and bool(account.fields.get("email"))

    def link(self, code: str) -> str:
        return f"{self.served_at}/sites/{self.site}/sign-in#code={code}"

    def send(self, kind: Kind, account: Account, code: str, *, expires_at: str) -> None:
        """Send a person their link. Raises StoreError or SettingsError."""
        if self.mail is None:
            raise SettingsError("no letters are sent here")
        self.mail.send([account.fields["email"]], *self.letter(kind, account, code, expires_at=expires_at))

    def letter(self, kind: Kind, account: Account, code: str, *, expires_at: str) -> tuple[str, str]:
        """The subject and the text of a letter."""
        said = {"site": self.name, "role": _ROLES[account.role]}
        until = local_time(expires_at, self.timezone).strftime("%A, %B %-d, %-I:%M %p")
        lines = ["Hello,", _BEGINNINGS[kind].format(**said), self.link(code),
                 f"The link opens your account once, until {until}. {_AGAIN[kind]} Give it to nobody.",
                 _ENDINGS[kind], "\n".join(part for part in (self.name, self.address) if part)]
        return _SUBJECTS[kind].format(**said), "\n\n".join(lines) + "\n"


def masked(email: str) -> str:
    """An email as it may be shown to who sent something there: `a***@district.org`."""
    name, sign, domain = email.rpartition("@")
    return f"{name[:1]}***{sign}{domain}"
