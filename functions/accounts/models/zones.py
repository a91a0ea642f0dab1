"""SIF zones: what is set of them, what the agent tells of them, what was asked of it.

Credentials come in and never go out. They are SecretStr, so that no message, log line or repr can
show them.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from accounts.models.base import Decision, Request, Url, plain, rate, without_nulls
from rostering.zones import NAME, VERSIONS

MOST_PEM = 20_000
MOST_BUNDLE = 40_000
_ASKED_VERSION = re.compile(r"2\.(\*|[0-9](r[0-9])?)")
_CRON = re.compile(r"cron\(([0-9]{1,2}) ([0-9]{1,2}) \* \* \? \*\)")


def _a_version(value: Any) -> Any:
    if value not in VERSIONS:
        raise ValueError(f"a SIF version is one of {', '.join(VERSIONS)}")
    return value


def _an_asked_version(value: str) -> str:
    if not _ASKED_VERSION.fullmatch(value):
        raise ValueError("versions to ask for are written as 2.1, 2.0r1 or 2.*")
    return value


def _a_name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise ValueError("a zone's name has 1 to 64 letters, digits, dots, dashes or underscores")
    return value


def _a_time(value: str) -> str:
    """`cron(M H * * ? *)`: once a day."""
    found = _CRON.fullmatch(value)
    if not found or int(found[1]) > 59 or int(found[2]) > 23:
        raise ValueError("the full pull comes once a day: cron(15 2 * * ? *) is at 02:15")
    return f"cron({int(found[1])} {int(found[2])} * * ? *)"


Name = Annotated[str, AfterValidator(_a_name)]
ZoneId = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(plain)]
AgentId = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(plain)]
Version = Annotated[Literal["2.0", "2.0r1", "2.1", "2.2", "2.3"], BeforeValidator(_a_version)]
Versions = Annotated[list[Annotated[str, AfterValidator(_an_asked_version)]], Field(max_length=6)]
Pem = Annotated[SecretStr, Field(min_length=1, max_length=MOST_PEM)]


class ZoneChoices(Request):
    """What a person may set of a zone. What is left out stays as it is; null is the default."""

    url: Url | None = None
    zone_id: ZoneId | None = None
    version: Version | None = None
    agent_id: AgentId | None = None
    registered_versions: Versions | None = None
    request_versions: Versions | None = None
    buffer_bytes: Annotated[int, Field(ge=4_096, le=4 * 1_048_576)] | None = None
    username_element: Annotated[str, Field(max_length=64), AfterValidator(plain)] | None = None
    request_hours: Annotated[float, Field(ge=0.1, le=168)] | None = None
    quarantine_after: Annotated[int, Field(ge=1, le=20)] | None = None
    ack_carrier: bool | None = None
    legacy_subscribe: bool | None = None
    skip_zone_status: bool | None = None
    pull: Annotated[str, Field(max_length=40), AfterValidator(rate("pulls"))] | None = None
    full: Annotated[str, Field(max_length=40), AfterValidator(_a_time)] | None = None


class NewZoneChoices(ZoneChoices):
    url: Url
    zone_id: ZoneId
    version: Version


class Basic(Request):
    """HTTP Basic credentials of a zone."""

    username: Annotated[SecretStr, Field(min_length=1, max_length=256)]
    password: Annotated[SecretStr, Field(min_length=1, max_length=256)]


class ZoneCredentials(Request):
    """How the agent proves who it is, and whom it trusts: PEM texts, and HTTP Basic."""

    certificate: Pem | None = None
    private_key: Pem | None = None
    ca_bundle: Annotated[SecretStr, Field(min_length=1, max_length=MOST_BUNDLE)] | None = None
    basic: Basic | None = None


class ZoneOrder(ZoneCredentials):
    """A new zone. `name` is what it is called here; by default its zone id."""

    name: Name | None = None
    settings: NewZoneChoices


class ZonePatch(ZoneCredentials):
    """Changes of a zone; with `version` (of the zone as it was read) only if nobody changed it since.

    Credentials are replaced together, since they can't be read back; null drops one.
    """

    settings: ZoneChoices = ZoneChoices()
    version: int | None = None


class ZoneApproval(Decision):
    """`version` is that of the zone as the approver saw it: nobody approves an address unseen."""

    version: int | None = None


class PullOrder(Request):
    """`pull` takes what waits and what is due, `full` asks for everything again, `check` only looks."""

    kind: Literal["pull", "full", "check"]


class ZoneSet(BaseModel):
    """The settings of a zone."""

    model_config = ConfigDict(extra="ignore")
    url: str
    zone_id: str
    version: str
    agent_id: str
    registered_versions: list[str]
    request_versions: list[str]
    buffer_bytes: int
    username_element: str
    request_hours: float
    quarantine_after: int
    ack_carrier: bool
    legacy_subscribe: bool
    skip_zone_status: bool
    pull: str
    full: str


class ZoneObject(BaseModel):
    """What came of one SIF object. `state`: complete, waiting, refused, incomplete or not_offered."""

    model_config = ConfigDict(extra="ignore")
    count: int = 0
    at: str = ""
    state: str = ""
    code: str = ""
    message: str = ""

    _nulls = model_validator(mode="before")(without_nulls)


class ZoneSession(BaseModel):
    """Where the agent stands with a zone, as it wrote it down.

    `state`: new, ready, asleep, unavailable or needs_administrator. `missing` says of each object
    that the zone does not give what the administrator of the ZIS has to allow. `quarantined` counts
    messages that were set aside, `lost_events` events the zone could not deliver; `zone_says` is
    what the zone tells of itself.
    """

    model_config = ConfigDict(extra="ignore")
    state: str = "new"
    code: str = ""
    message: str = ""
    since: str = ""
    missing: dict[str, str] = {}
    objects: dict[str, ZoneObject] = {}
    quarantined: int = 0
    lost_events: int = 0
    last_pull_at: str = ""
    last_full_at: str = ""
    last_load: str = ""
    zone_says: dict[str, Any] = {}
    back_off_until: str = ""

    _nulls = model_validator(mode="before")(without_nulls)


class Zone(BaseModel):
    """A zone: its settings, who added and approved it, where the agent stands with it.

    `waits_for` is what has to happen before anything is pulled ("": nothing). `version` grows with
    each change of the zone; that of SIF is in the settings.
    """

    zone: str
    source: str
    settings: ZoneSet
    session: ZoneSession
    approval: str
    approved_by: str
    paused: str
    waits_for: str
    has_certificate: bool
    certificate_until: str
    has_basic: bool
    has_ca: bool
    added_by: str
    added_at: str
    url_by: str
    version: int


class Zones(BaseModel):
    zones: list[Zone]
    after: str | None = None


class RemovedZone(BaseModel):
    zone: str
    removed: Literal[True] = True


class Pull(BaseModel):
    """A pull or a check of a zone (`rostering.zones` has its states). `load` is what came of it."""

    model_config = ConfigDict(extra="ignore")
    pull: str
    zone: str
    kind: str
    by: str = ""
    at: str = ""
    updated_at: str = ""
    state: str
    code: str = ""
    message: str = ""
    load: str = ""
    facts: dict[str, Any] = {}
