"""Credentials of a zone: whether they can work at all, before they are put away where nobody reads them.

Nothing here keeps or tells what it was given: a refusal says which part is wrong, never its text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from accounts.problems import Refusal

MOST_BYTES = 60_000                 # Secrets Manager takes 65,536 with its own
PARTS = ("certificate", "private_key", "ca_bundle", "basic")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is kept as the secret of a zone, and what may be told of it."""

    secret: dict[str, Any] = field(repr=False)
    has_certificate: bool
    has_basic: bool
    has_ca: bool
    certificate_until: str

    @property
    def told(self) -> dict[str, Any]:
        """What the zone's item says of them."""
        return {name: getattr(self, name) for name in
                ("has_certificate", "has_basic", "has_ca", "certificate_until")}


def checked(certificate: str, private_key: str, ca_bundle: str, basic: tuple[str, str] | None, *,
            now: float) -> Credentials:
    """The credentials of a zone, "" and None for what there is none of.

    Raises Refusal (422) if a certificate or key can't be read, they aren't a pair, or time is over.
    """
    if bool(certificate) != bool(private_key):
        raise _wrong("certificate", "A client certificate and its private key come together.")
    until = _until(certificate, private_key, now) if certificate else ""
    if ca_bundle:
        _certificates("ca_bundle", ca_bundle)
    secret: dict[str, Any] = {"certificate": certificate, "private_key": private_key, "ca_bundle": ca_bundle}
    if basic:
        _check_basic(*basic)
        secret["basic"] = {"username": basic[0], "password": basic[1]}
    secret = {name: value for name, value in secret.items() if value}
    if len(json.dumps(secret)) > MOST_BYTES:
        raise _wrong("ca_bundle", f"All credentials of a zone together may have {MOST_BYTES:,} bytes.")
    return Credentials(secret, has_certificate=bool(certificate), has_basic=bool(basic), has_ca=bool(ca_bundle),
                       certificate_until=until)


def _until(certificate: str, private_key: str, now: float) -> str:
    """When the client certificate ends, if it is one that a client could use today."""
    leaf = _certificates("certificate", certificate)[0]
    try:
        key = load_pem_private_key(private_key.encode(), password=None)
    except TypeError:
        raise _wrong("private_key", "The private key is locked with a passphrase. Unlock it first: "
                                    "openssl pkey -in client.key -out unlocked.key") from None
    except (ValueError, UnsupportedAlgorithm):
        raise _wrong("private_key", "The private key is not a PEM that can be read.") from None
    try:
        pair = _public(key.public_key()) == _public(leaf.public_key())
    except (ValueError, UnsupportedAlgorithm):
        pair = False
    if not pair:
        raise _wrong("private_key", "The private key is not the one of the certificate. "
                                    "The certificate of the client comes first in its file.")
    moment = datetime.fromtimestamp(now, UTC)
    if leaf.not_valid_after_utc <= moment:
        raise _wrong("certificate", f"The client certificate ended on {leaf.not_valid_after_utc:%Y-%m-%d}.")
    if leaf.not_valid_before_utc > moment:
        raise _wrong("certificate", f"The client certificate begins on {leaf.not_valid_before_utc:%Y-%m-%d}.")
    return f"{leaf.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"


def _certificates(part: str, pem: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        what = "CA bundle" if part == "ca_bundle" else "client certificate"
        raise _wrong(part, f"The {what} is not a PEM with certificates that can be read.") from None


def _check_basic(username: str, password: str) -> None:
    """RFC 7617, section 2: no control characters, and no colon in the user's name."""
    if ":" in username or not username.isprintable() or any(ord(one) < 32 or ord(one) == 127 for one in password):
        raise _wrong("basic", "The user name has no colon, and neither it nor the password has control characters.")


def _public(key: Any) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _wrong(part: str, sentence: str) -> Refusal:
    return Refusal(422, "CREDENTIALS", sentence, wrong=[{"at": part, "type": "credentials"}])
