"""The envelope in which a first secret lies until its owner changes it: AES-256-GCM under a site data key.

An envelope is 12 bytes of nonce, the ciphertext, 16 bytes of tag. It is bound to site, account and
version (additional data), so one that is copied to another account, or put back after a change, does
not open. Threats, section 9.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from urllib.parse import quote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rostering.errors import SettingsError, StoreError

NONCE_BYTES = 12
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class SiteSecrets:
    """The site's pepper (checks first secrets) and data key (seals them), 32 bytes each, as KMS opened them."""

    pepper: bytes
    data_key: bytes

    def __repr__(self) -> str:
        return "SiteSecrets(…)"


def seal(secret: str, key: bytes, *, site: str, account: str, version: int) -> bytes:
    """`secret` in an envelope for one version of one account.

    Raises SettingsError if `key` is not a 256-bit key.
    """
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + _cipher(key).encrypt(nonce, secret.encode(), _bound_to(site, account, version))


def unseal(envelope: bytes, key: bytes, *, site: str, account: str, version: int) -> str:
    """The secret in `envelope`.

    Raises StoreError if the envelope was made for another site, account, version or key, or was changed,
    and SettingsError as `seal`.
    """
    nonce, sealed = envelope[:NONCE_BYTES], envelope[NONCE_BYTES:]
    cipher = _cipher(key)
    try:
        return cipher.decrypt(nonce, sealed, _bound_to(site, account, version)).decode()
    except (InvalidTag, ValueError) as error:
        raise StoreError(f"the envelope of account {account}, version {version} does not open") from error


def _cipher(key: bytes) -> AESGCM:
    if len(key) != KEY_BYTES:
        raise SettingsError(f"the site data key has {len(key)} bytes, expected {KEY_BYTES}")
    return AESGCM(key)


def _bound_to(site: str, account: str, version: int) -> bytes:
    """site|account|version, escaped so that no two triples give the same bytes."""
    return f"{quote(site, safe='')}|{quote(account, safe='')}|{version}".encode()
