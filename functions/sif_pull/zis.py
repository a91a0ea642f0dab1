"""The HTTP of one zone: POST a SIF_Message, get what the zone answers (SIF agent handbook, section 3)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import orjson
from botocore.exceptions import BotoCoreError, ClientError

from rostering import addresses
from rostering.errors import SettingsError, SourceUnavailable, StoreError
from rostering.transport import Transport
from rostering.zones import ZoneSettings

CONTENT_TYPE = 'application/xml;charset="utf-8"'
HEADERS = {"Content-Type": CONTENT_TYPE, "User-Agent": "Rollbook"}
ENCODINGS = {True: "gzip;q=1.0, identity;q=0.5, *;q=0", False: "identity"}
TIMEOUT_SECONDS = (10.0, 60.0)
ENVELOPES = 4           # an answer may be so many times the buffer that was asked for
LEAST_CAP_BYTES = 4 << 20


class HttpZis:
    """One connection to a zone, kept open between messages where the zone keeps it."""

    def __init__(self, zone: ZoneSettings, secret: dict[str, Any], folder: str, *, loopback: bool) -> None:
        certificate = None
        if secret.get("certificate"):
            certificate = (_file(folder, "certificate.pem", secret["certificate"]),
                           _file(folder, "key.pem", secret["private_key"]))
        ca = _file(folder, "ca.pem", secret["ca_bundle"]) if secret.get("ca_bundle") else None
        basic = secret.get("basic")
        self._url = zone.url
        self._cap = max(ENVELOPES * zone.buffer_bytes, LEAST_CAP_BYTES)
        self._transport = Transport(
            certificate=certificate, ca=ca, basic=(basic["username"], basic["password"]) if basic else None,
            loopback=loopback, ports=addresses.ZONE_PORTS)

    def post(self, body: bytes, *, gzip: bool = True) -> bytes:
        """The zone's answer, inflated. Raises SourceUnavailable, BodyTooBig or Refused."""
        answer = self._transport.send("POST", self._url, headers=HEADERS | {"Accept-Encoding": ENCODINGS[gzip]},
                                      body=body, most_bytes=self._cap, timeout_seconds=TIMEOUT_SECONDS)
        if answer.status != 200:
            raise SourceUnavailable(f"HTTP status {answer.status}")
        return answer.body

    def close(self) -> None:
        self._transport.close()

    @property
    def seconds(self) -> float:
        """Spent on HTTP so far."""
        return self._transport.seconds


def secret_of(secrets: Any, zone: ZoneSettings) -> dict[str, Any]:
    """What Secrets Manager holds of a zone: certificate, private_key, ca_bundle, basic; {} if nothing."""
    if not zone.secret:
        return {}
    try:
        return orjson.loads(secrets.get_secret_value(SecretId=zone.secret)["SecretString"])
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in ("ResourceNotFoundException", "AccessDeniedException", "InvalidRequestException"):
            raise SettingsError(f"the secret of the zone could not be read: {code}") from error
        raise StoreError(f"the secret of the zone could not be read: {code}") from error
    except BotoCoreError as error:
        raise StoreError(f"the secret of the zone could not be read: {type(error).__name__}") from error


def _file(folder: str, name: str, text: str) -> str:
    path = Path(folder) / name
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    return str(path)
