"""Whether a message is GG4L's: four schemes behind one function, `authentic` (handbook, section 6).

| scheme               | what proves the message                                          | its id            |
|----------------------|------------------------------------------------------------------|-------------------|
| standard             | Standard Webhooks 1.0, `v1`; `webhook_header` "svix" renames     | webhook-id        |
| hmac-header          | HMAC-SHA256 of the body, or of `{timestamp}.{body}`, in a header | digest of the body |
| shared-secret-header | a header that holds the secret                                   | digest of the body |
| basic                | HTTP Basic; the secret is `user:password`                        | digest of the body |

Only the first signs an id. With the others the id is the body's own, so that a body sent again has
no effect whatever its headers say. All comparisons take constant time and go through all secrets:
while these rotate there are two. An empty secret opens nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Mapping

from rostering.districts import Connection
from rostering.errors import RosteringError

TOLERANCE_SECONDS = 300
SECRETS_SECONDS = 300
MOST_SECRETS = 64
MOST_SIGNATURES = 10
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")           # no ".": the signed content is dot-delimited
_TIMESTAMP = re.compile(r"[0-9]{1,12}")             # keeps out NaN, 1e9, signs and 5,000 digits


class Unauthenticated(RosteringError):
    """A message that nothing proves to be GG4L's. It tells nobody why."""


def authentic(connection: Connection, headers: Mapping[str, str], raw: bytes, secrets: Mapping[str, str],
              seconds: float) -> str:
    """The id of an authentic message. Header names are in lower case; `secrets` are {current, previous}.

    Raises Unauthenticated and nothing else.
    """
    check = _SCHEMES.get(connection.webhook_scheme)
    if check is None:
        raise Unauthenticated
    said = [text for name in ("current", "previous") if isinstance(text := secrets.get(name), str) and text]
    return check(connection, headers, raw, said, seconds)


def _standard(connection: Connection, headers: Mapping[str, str], raw: bytes, secrets: list[str],
              seconds: float) -> str:
    names = connection.webhook_header.lower() or "webhook"
    message_id, stamp = headers.get(f"{names}-id", ""), headers.get(f"{names}-timestamp", "")
    if not _ID.fullmatch(message_id):
        raise Unauthenticated
    _check_time(stamp, seconds)
    offered = []
    for part in headers.get(f"{names}-signature", "").split(" ")[:MOST_SIGNATURES]:
        version, _, value = part.partition(",")
        if version == "v1" and value.isascii():
            offered.append(value.encode())
    signed = f"{message_id}.{stamp}.".encode() + raw
    _check_any((base64.b64encode(digest) for digest in _digests(connection, secrets, signed)), offered)
    return message_id


def _hmac_header(connection: Connection, headers: Mapping[str, str], raw: bytes, secrets: list[str],
                 seconds: float) -> str:
    signed = raw
    if connection.webhook_timestamp_header:
        stamp = headers.get(connection.webhook_timestamp_header.lower(), "")
        _check_time(stamp, seconds)
        signed = f"{stamp}.".encode() + raw
    value = _after_prefix(connection, headers)
    if connection.webhook_encoding == "base64":
        written = base64.b64encode
    else:
        written, value = binascii.hexlify, value.lower() if value.isupper() else value
    _check_any((written(digest) for digest in _digests(connection, secrets, signed)), [value.encode()])
    return _id_of(raw)


def _shared_secret(connection: Connection, headers: Mapping[str, str], raw: bytes, secrets: list[str],
                   seconds: float) -> str:
    _check_any((secret.encode() for secret in secrets), [_after_prefix(connection, headers).encode()])
    return _id_of(raw)


def _basic(connection: Connection, headers: Mapping[str, str], raw: bytes, secrets: list[str],
           seconds: float) -> str:
    kind, _, value = headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        raise Unauthenticated
    try:
        said = base64.b64decode(value.strip(), validate=True)
    except ValueError:
        raise Unauthenticated from None
    _check_any((secret.encode() for secret in secrets), [said])
    return _id_of(raw)


_SCHEMES: dict[str, Callable[[Connection, Mapping[str, str], bytes, list[str], float], str]] = {
    "standard": _standard, "hmac-header": _hmac_header, "shared-secret-header": _shared_secret, "basic": _basic}


def _check_time(stamp: str, seconds: float) -> None:
    if not _TIMESTAMP.fullmatch(stamp) or abs(seconds - int(stamp)) > TOLERANCE_SECONDS:
        raise Unauthenticated


def _check_any(wanted: Iterator[bytes], offered: list[bytes]) -> None:
    good = False
    for want in wanted:
        for value in offered:
            good |= hmac.compare_digest(want, value)
    if not good:
        raise Unauthenticated


def _digests(connection: Connection, secrets: list[str], signed: bytes) -> Iterator[bytes]:
    for secret in secrets:
        if key := _key(connection, secret):
            yield hmac.digest(key, signed, hashlib.sha256)


def _key(connection: Connection, secret: str) -> bytes:
    """The key in a secret; b"" if there is none. Some senders take the text itself, `whsec_` and all."""
    if connection.webhook_secret_encoding == "utf8":  # noqa: S105 a form, no secret
        return secret.encode()
    text = secret.strip().removeprefix("whsec_")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        return b""


def _after_prefix(connection: Connection, headers: Mapping[str, str]) -> str:
    """What the scheme's header says after its prefix. Raises Unauthenticated if it isn't there, or not ASCII."""
    value = headers.get(connection.webhook_header.lower(), "").strip()
    prefix = connection.webhook_prefix
    if not value or not value.isascii() or not value.startswith(prefix):
        raise Unauthenticated
    return value[len(prefix):].strip()


def _id_of(raw: bytes) -> str:
    return f"body-{hashlib.sha256(raw).hexdigest()}"


class Remembered:
    """Secrets by their names, read anew after five minutes. A secret that could not be read is not remembered."""

    def __init__(self, read: Callable[[str], dict[str, str]], seconds: Callable[[], float]) -> None:
        self._read, self._seconds = read, seconds
        self._kept: dict[str, tuple[float, dict[str, str]]] = {}

    def __call__(self, name: str) -> dict[str, str]:
        now = self._seconds()
        until, secret = self._kept.get(name, (0.0, {}))
        if until <= now:
            secret = self._read(name)
            if len(self._kept) >= MOST_SECRETS:
                self._kept.clear()
            self._kept[name] = (now + SECRETS_SECONDS, secret)
        return secret
