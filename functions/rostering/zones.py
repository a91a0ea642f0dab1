"""A SIF zone of a site: its settings, where the agent stands with it, and what was asked of it.

Three items (`store/keys.py`), each with one owner. People write the settings, through the API. The
agent writes the session: what it knows of the zone. A pull is written by whoever asks for it, and
answered by the agent.

| pull state  | what it means                                                                          |
|-------------|----------------------------------------------------------------------------------------|
| waiting     | asked for; nobody has begun                                                            |
| running     | the agent talks with the zone, or waits for answers of its providers                   |
| pulled      | what came is a load (`load`), which goes on by itself                                  |
| nothing     | the zone had nothing new                                                               |
| checked     | a check went well; `facts` tell what the zone says of itself                           |
| refused     | somebody has to act: `code` and `message` say who and what                             |
| unavailable | the zone does not answer, or not in SIF; it is tried again later                       |
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any

from rostering.errors import InputError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
MOST_ZONES = 50
VERSIONS = ("2.0", "2.0r1", "2.1", "2.2", "2.3")
APPROVED = frozenset({"none_needed", "given"})


@dataclass(frozen=True, slots=True)
class ZoneSettings:
    """What a person sets of a zone. Secrets are not here: `secret` names them in Secrets Manager.

    `zone` is our name of it; `version` the SIF_Message Version it speaks; `registered_versions` and
    `request_versions` what is asked for ([] is the zone's version). `buffer_bytes` is the
    SIF_MaxBufferSize. `username_element` names the SIF_ExtendedElement that holds usernames ("":
    none). `request_hours` is how long a request may go unanswered, `quarantine_after` how often a
    message is refused before it is set aside. `ack_carrier`, `legacy_subscribe` and
    `skip_zone_status` are for zones that don't conform. `pull` and `full` are schedules
    (EventBridge Scheduler, in the site's time zone); `paused` is the reason why nothing is
    pulled ("": it is not paused). `approval` of the address is "none_needed", "wanted" or "given",
    by another administrator than the one who told the address (`url_by`).
    """

    zone: str
    url: str
    zone_id: str
    version: str
    agent_id: str = "Empower"
    registered_versions: tuple[str, ...] = ()
    request_versions: tuple[str, ...] = ()
    buffer_bytes: int = 1_048_576
    username_element: str = ""
    request_hours: float = 6.0
    quarantine_after: int = 3
    ack_carrier: bool = False
    legacy_subscribe: bool = False
    skip_zone_status: bool = False
    pull: str = "rate(15 minutes)"
    full: str = "cron(15 2 * * ? *)"
    paused: str = ""
    secret: str = ""
    has_certificate: bool = False
    has_basic: bool = False
    has_ca: bool = False
    certificate_until: str = ""
    approval: str = "none_needed"
    approved_by: str = ""
    added_by: str = ""
    added_at: str = ""
    url_by: str = ""

    @classmethod
    def of(cls, body: dict[str, Any]) -> ZoneSettings:
        """The settings as an item holds them; names of a later version are left aside."""
        known = {field.name for field in fields(cls)}
        told = {name: tuple(value) if isinstance(value, list) else value
                for name, value in body.items() if name in known}
        return cls(**told)

    @property
    def source(self) -> str:
        """The name of the zone as a source of records."""
        return f"sif:{self.zone}"

    @property
    def waits_for(self) -> str:
        """What has to happen before anything is pulled, in one sentence; "" if nothing has."""
        if self.approval not in APPROVED:
            return "Another administrator has to approve the address of the zone first."
        return f"The zone is paused ({self.paused}): it has to be resumed first." if self.paused else ""


def name_of(zone_id: str) -> str:
    """What a zone is called here: its zone id, where that may be part of a key and of an address.

    Raises InputError (ZONE_NAME) where nothing of the id may.
    """
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", zone_id).strip("-._")[:64]
    if not NAME.fullmatch(name):
        raise InputError("ZONE_NAME", "The zone id has no letter or digit to name the zone by. Give it a name.")
    return name
