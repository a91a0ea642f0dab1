"""GG4L: what is set of the connection, where its districts stand, what was asked of them.

Credentials come in and never go out. They are SecretStr, so that no message, log line or repr can
show them.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from accounts.models.base import Decision, Request, Url, between, one_of, plain, rate, without_nulls
from rostering import addresses
from rostering.districts import GUID, SCHEMES
from rostering.onboarding import LONGEST_NOTE, PM_ASSIGNED, STATES

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{0,64}")       # a token of RFC 9110, 5.6.2
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,180}\.[^@\s,;<>\"]{2,}")
_MOST_EMAIL = 254


def _a_header(value: str) -> str:
    if not _HEADER.fullmatch(value):
        raise ValueError("the name of a header has letters, digits and dashes, at most 64")
    return value


def _an_email(value: str) -> str:
    if value and (len(value) > _MOST_EMAIL or not value.isprintable() or not _EMAIL.fullmatch(value)):
        raise ValueError("that is not one email address")
    return value


def _a_guid(value: str) -> str:
    if not GUID.fullmatch(value):
        raise ValueError("a district's GUID has 1 to 100 letters, digits, dots, dashes or underscores")
    return value


def _a_link(value: str) -> str:
    if value and not (value.startswith("https://") and value.isascii() and " " not in plain(value)):
        raise ValueError("a link begins with https://")
    return value


def _hosts(value: str) -> str:
    """Host names, with commas or spaces between; as addresses.check takes them."""
    hosts = value.replace(",", " ").lower().split()
    for host in hosts:
        try:
            found = addresses.check(f"https://{host}/")
        except addresses.BadAddress as error:
            raise ValueError(f"{host} is no public host") from error
        if found.host != host or found.port != 443:
            raise ValueError(f"{host} is no host: give names only, such as data.example.org")
    return " ".join(dict.fromkeys(hosts))


def _a_moment(value: str) -> str:
    """A day, or a day and time, as people write them; the time is of no zone that we know."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("a call is on a day, at a time: 2026-12-01T10:00") from None
    return moment.isoformat(timespec="minutes")


Short = Annotated[str, Field(max_length=200), AfterValidator(plain)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(plain)]
Email = Annotated[str, AfterValidator(_an_email)]
Guid = Annotated[str, AfterValidator(_a_guid)]
Header = Annotated[str, AfterValidator(_a_header)]
Moment = Annotated[str, Field(max_length=40), AfterValidator(_a_moment)]
Credential = Annotated[SecretStr, Field(min_length=1, max_length=512)]


class Gg4lChoices(Request):
    """What a person may set of the connection. What is left out stays as it is; null is the default.

    The default of `token_url` is /datahub/oauth/token at the host of `discovery_url`.
    """

    discovery_url: Url | None = None
    token_url: Url | None = None
    data_hosts: Annotated[str, Field(max_length=1_000), AfterValidator(_hosts)] | None = None
    poll: Annotated[str, Field(max_length=40), AfterValidator(rate("polls"))] | None = None
    token_scope: Short | None = None
    token_auth: Annotated[str, one_of("token_auth", "basic", "body")] | None = None
    page_size: Annotated[int, Field(strict=True), between("page_size", 1, 500)] | None = None
    requests_per_second: Annotated[float, Field(strict=True), between("requests_per_second", 0.1, 50)] | None = None
    require_stable_snapshot: bool | None = None
    guardian_source: Annotated[str, one_of("guardian_source", "agents", "contacts", "none")] | None = None
    usernames: bool | None = None
    expected_business_days: Annotated[int, Field(strict=True), between("expected_business_days", 1, 30)] | None = None
    onboarding_email: Email | None = None
    survey_url: Annotated[str, Field(max_length=2_048), AfterValidator(_a_link)] | None = None
    webhook_enabled: bool | None = None
    webhook_scheme: Annotated[str, one_of("webhook_scheme", *SCHEMES)] | None = None
    webhook_header: Header | None = None
    webhook_encoding: Annotated[str, one_of("webhook_encoding", "hex", "base64")] | None = None
    webhook_prefix: Annotated[str, Field(max_length=32), AfterValidator(plain)] | None = None
    webhook_timestamp_header: Header | None = None
    webhook_secret_encoding: Annotated[str, one_of("webhook_secret_encoding", "whsec-base64", "utf8")] | None = None


class NewGg4lChoices(Gg4lChoices):
    discovery_url: Url


class Vendor(Request):
    """The Onboarding API Credentials that GG4L gave."""

    client_id: Credential
    client_secret: Credential


class WebhookSecret(Request):
    """What webhooks are signed with, and what they were signed with until now.

    Secrets can't be read back: whoever replaces one says the one before as well, or null to let it
    count no longer at once.
    """

    current: Credential
    previous: Credential | None = None


class Gg4lOrder(Request):
    """The connection, set as a whole. Credentials that are left out stay; the first time they are needed."""

    settings: NewGg4lChoices
    vendor: Vendor | None = None
    webhook: WebhookSecret | None = None


class Gg4lPatch(Request):
    """Changes of the connection; with `version` only if nobody changed it since. Null drops the webhook's secret."""

    settings: Gg4lChoices = Gg4lChoices()
    vendor: Vendor | None = None
    webhook: WebhookSecret | None = None
    version: int | None = None


class Gg4lApproval(Decision):
    """The addresses as the approver saw them: nobody approves an address unseen."""

    discovery_url: Url | None = None
    token_url: Url | None = None
    data_hosts: Annotated[str, Field(max_length=1_000)] | None = None


class Gg4lSet(BaseModel):
    """The settings of the connection."""

    model_config = ConfigDict(extra="ignore")
    discovery_url: str
    token_url: str
    data_hosts: str
    poll: str
    token_scope: str
    token_auth: str
    page_size: int
    requests_per_second: float
    require_stable_snapshot: bool
    guardian_source: str
    usernames: bool
    expected_business_days: int
    onboarding_email: str
    survey_url: str
    webhook_enabled: bool
    webhook_scheme: str
    webhook_header: str
    webhook_encoding: str
    webhook_prefix: str
    webhook_timestamp_header: str
    webhook_secret_encoding: str


class Gg4l(BaseModel):
    """The connection to GG4L: its settings, who set and approved it, how the last poll went.

    `waits_for` is what has to happen before anything is polled or pulled ("": nothing). `webhook_path`
    is where GG4L posts its webhooks to, at the address of this API.
    """

    model_config = ConfigDict(extra="ignore")
    site: str
    settings: Gg4lSet
    approval: str
    approved_by: str
    url_by: str
    added_by: str
    added_at: str
    paused: str
    waits_for: str
    has_webhook_secret: bool
    webhook_path: str
    polled_at: str = ""
    poll_failed_at: str = ""
    poll_code: str = ""
    poll_message: str = ""
    version: int


class RemovedGg4l(BaseModel):
    site: str
    removed: Literal[True] = True


class PollOrdered(BaseModel):
    site: str
    ordered_at: str


class Contact(Request):
    """Somebody at GG4L or at the district."""

    name: Short = ""
    email: Email = ""


class IntroductionOrder(Request):
    """A district that is to share its data through GG4L. `district` is its GUID, if GG4L has one already."""

    district_name: Name
    contact: Annotated[str, Field(min_length=1), AfterValidator(_an_email)]
    district: Guid | None = None


class DistrictLink(Request):
    """`introduced` is the key (intro-…) under which the district was introduced, if its name doesn't tell."""

    introduced: Guid | None = None


class DistrictMove(Decision):
    """Where a district stands, as a person knows it; what is left out stays."""

    state: Annotated[str, one_of("a state", *STATES, PM_ASSIGNED)] | None = None
    note: Annotated[str, Field(max_length=LONGEST_NOTE, pattern=r"\S")] | None = None
    project_manager: Contact | None = None
    calls: Annotated[list[Moment], Field(max_length=20, default_factory=list)]


class DistrictCollection(BaseModel):
    """What came of a collection with the last pull."""

    model_config = ConfigDict(extra="ignore")
    state: str = ""
    rows: int = 0
    at: str = ""


class District(BaseModel):
    """A district at GG4L, and where it stands (`rostering.onboarding` has the states).

    `district` is its GUID at GG4L, or intro-… until that is known. `acts` is who has to act, `sentence`
    what for; `late` and `ends_soon` are sentences for when something waits too long, or sharing ends
    soon ("": it doesn't). `ready` is the time of the data that GG4L offers, `imported` of those that a
    load was made of.
    """

    model_config = ConfigDict(extra="ignore")
    district: str
    name: str
    source: str
    state: str
    state_at: str
    acts: str
    sentence: str
    late: str
    ends_soon: str
    linked: bool
    known_to_discovery: bool
    ready: str
    imported: str
    created: str
    expires: str
    contact: str
    project_manager: dict[str, Any]
    calls: list[Any]
    notes: list[Any]
    history: list[Any]
    token_url: str
    api_url: str
    code: str
    message: str
    last_pull_at: str
    last_load: str
    collections: dict[str, DistrictCollection]
    version: int

    _nulls = model_validator(mode="before")(without_nulls)


class Districts(BaseModel):
    districts: list[District]
    after: str | None = None


class Introduction(BaseModel):
    """A district that was introduced, and the letter: it was `sent`, or is to be sent by a person."""

    district: District
    to: list[str]
    subject: str
    text: str
    sent: bool


class DistrictPull(BaseModel):
    """A pull of a district (`rostering.districts` has its states). `load` is what came of it."""

    model_config = ConfigDict(extra="ignore")
    pull: str
    district: str
    kind: str
    by: str = ""
    at: str = ""
    updated_at: str = ""
    state: str
    code: str = ""
    message: str = ""
    load: str = ""
    facts: dict[str, Any] = {}
