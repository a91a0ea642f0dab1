"""Webhook messages as GG4L might send them, signed as Standard Webhooks 1.0 says."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

STATUS_CHANGED, READY, CHANGED = (
    "gg4l.onboarding.status_changed", "gg4l.roster.ready", "gg4l.roster.changed")
STATUSES = ("DATA_SYNC", "VALIDATING", "COMPLETED")
LATE_SECONDS = 3_600
_OTHER_SECRET = "whsec_" + base64.b64encode(b"somebody else's secret, 32 bytes").decode()


class Message(NamedTuple):
    headers: dict[str, str]
    body: bytes


def key(secret: str) -> bytes:
    """The key in `whsec_` and base64.

    Raises ValueError for anything else.
    """
    prefix, _, text = secret.partition("_")
    try:
        if prefix != "whsec":
            raise ValueError
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a webhook secret is whsec_ and base64") from None


def sign(id: str, seconds: int, body: bytes, *secrets: str) -> Message:
    """`body` as the message with that id, sent at that second; several secrets sign while they rotate."""
    signed = f"{id}.{seconds}.".encode() + body
    signatures = [base64.b64encode(hmac.new(key(secret), signed, hashlib.sha256).digest()).decode()
                  for secret in secrets]
    return Message({"Content-Type": "application/json", "webhook-id": id, "webhook-timestamp": str(seconds),
                    "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures)}, body)


def body(type: str, data: dict[str, Any], at: datetime) -> bytes:
    """The body of a message about something that happened `at` that moment."""
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"type": type, "timestamp": moment, "data": data}).encode()


def status_changed(guid: str, name: str, status: str, previous: str, at: datetime) -> bytes:
    return body(STATUS_CHANGED, {"districtGuid": guid, "districtName": name, "status": status,
                                 "previousStatus": previous}, at)


def ready(guid: str, processed: str, at: datetime) -> bytes:
    return body(READY, {"districtGuid": guid, "lastDataProcessingCompletedTimestamp": processed}, at)


def changed(guid: str, at: datetime) -> bytes:
    return body(CHANGED, {"districtGuid": guid}, at)


def messages(form: str, *, secret: str, now: float, guid: str, name: str, processed: str) -> list[Message]:
    """The messages of an onboarding and of its first roster, as the switch `webhook` says.

    off: none · in-order · twice: each with its copy · out-of-order: the last first · late: sent an
    hour ago · forged: signed with another secret · wrong-district · unknown-type.
    """
    if form == "off":
        return []
    seconds = int(now) - (LATE_SECONDS if form == "late" else 0)
    district = "d-of-somebody-else" if form == "wrong-district" else guid
    moments = [datetime.fromtimestamp(seconds - back, UTC) for back in range(len(STATUSES) + 1, -1, -1)]
    bodies = [status_changed(district, name, status, previous, at) for status, previous, at in zip(
        STATUSES, ("SURVEY_SUBMITTED", *STATUSES), moments, strict=False)]
    bodies += [ready(district, processed, moments[-2]), changed(district, moments[-1])]
    if form == "unknown-type":
        bodies = [body("gg4l.weather.changed", {"districtGuid": district}, moments[-1])]
    signed = [sign(_id(raw), seconds, raw, _OTHER_SECRET if form == "forged" else secret) for raw in bodies]
    if form == "twice":
        signed = [message for message in signed for _ in range(2)]
    return signed[::-1] if form == "out-of-order" else signed


def _id(raw: bytes) -> str:
    """An id that follows from the body."""
    return "msg_" + hashlib.sha256(raw).hexdigest()[:24]
