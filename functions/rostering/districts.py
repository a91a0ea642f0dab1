"""A site's districts at GG4L: the connection, where each district stands, and what was asked of it.

Items (`store/keys.py`), each with one owner. People write the connection and link districts, through
the API. Where a district stands is moved by people, by webhooks and by the Discovery poll
(`onboarding`). A pull is written by whoever asks for it and answered by the function that pulls.

| pull state  | what it means                                                                |
|-------------|------------------------------------------------------------------------------|
| waiting     | asked for; nobody has begun                                                  |
| running     | collections are being read                                                   |
| pulled      | what came is a load (`load`), which goes on by itself                        |
| nothing     | GG4L has nothing newer than what was imported, or there is nothing to pull   |
| refused     | somebody has to act: `code` and `message` say who and what                   |
| unavailable | GG4L does not answer, or not as it should; it is tried again later           |
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlsplit

GUID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
HOOK_DAYS = 8               # longer than the 75.6 hours of retries, and than the 7 days of the handbook
SCHEMES = ("standard", "hmac-header", "shared-secret-header", "basic")


@dataclass(frozen=True, slots=True)
class Connection:
    """How a site talks with GG4L. Secrets are not here: `secret` names {client_id, client_secret} of the vendor,
    `hook_secret` names {current, previous} of the webhook, in Secrets Manager.

    `token_url` is the vendor's token endpoint; `data_hosts` are further hosts, with spaces between, that
    Discovery may send us to: its own and the token endpoint's always may. `approval` of the addresses is
    "none_needed", "wanted" or "given", by another administrator than those who told them (`url_by`, with
    spaces between several). `poll` is a schedule (EventBridge Scheduler). `onboarding_email` is where GG4L
    takes introductions, `survey_url` the survey that a district fills in first. `webhook_*` are the settings
    of the handbook, section 3; `webhook_enabled` False refuses webhooks altogether.
    """

    discovery_url: str
    token_url: str
    data_hosts: str = ""
    secret: str = ""
    hook_secret: str = ""
    approval: str = "none_needed"
    approved_by: str = ""
    url_by: str = ""
    added_by: str = ""
    added_at: str = ""
    paused: str = ""
    poll: str = "rate(1 hour)"
    token_scope: str = ""
    token_auth: str = "basic"  # noqa: S105 a way, no secret
    page_size: int = 500
    requests_per_second: float = 5.0
    require_stable_snapshot: bool = True
    guardian_source: str = "agents"
    usernames: bool = False
    expected_business_days: int = 2
    onboarding_email: str = ""
    survey_url: str = ""
    webhook_enabled: bool = True
    webhook_scheme: str = "standard"
    webhook_header: str = ""
    webhook_encoding: str = "hex"
    webhook_prefix: str = ""
    webhook_timestamp_header: str = ""
    webhook_secret_encoding: str = "whsec-base64"  # noqa: S105 a form, no secret

    @classmethod
    def of(cls, body: dict[str, Any]) -> Connection:
        """The connection as an item holds it; names of a later version are left aside."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in body.items() if name in known})

    @property
    def waits_for(self) -> str:
        """What has to happen before anything is pulled, in one sentence; "" if nothing has."""
        if self.approval == "wanted":
            return "Another administrator has to approve the addresses of GG4L first."
        return f"GG4L is paused ({self.paused}): it has to be resumed first." if self.paused else ""


INTRODUCED = "intro-"       # begins the key of a district that GG4L has not given a GUID yet


def hosts_of(connection: Connection) -> frozenset[str]:
    """The hosts that districts' data and tokens may be at, in lower case."""
    own = (urlsplit(url).hostname or "" for url in (connection.discovery_url, connection.token_url))
    return frozenset({*own, *connection.data_hosts.lower().split()})


def source_of(guid: str) -> str:
    """The name of a district as a source of records."""
    return f"gg4l:{guid}"


# What a district's item holds before anything is known of it.
DISTRICT: dict[str, Any] = {
    "district": "", "name": "", "state": "SURVEY_PENDING", "state_at": "", "news_at": "", "history": [],
    "contact": "", "project_manager": {}, "calls": [], "notes": [],
    "linked": False, "known_to_discovery": False, "ready": "", "imported": "", "created": "", "expires": "",
    "token_url": "", "api_url": "", "secret": "", "code": "", "message": "", "last_pull_at": "", "last_load": "",
    "collections": {}, "evidence": {},
}
