"""The ID token: signature, who it is from, whom it is for, when, and for which question (OpenID Connect Core, 3.1.3.7).

joserfc checks the signature and knows the algorithms; a strict model types the claims; Authlib
compares them. What both leave open is closed here: algorithms that we name, public keys, found by
`kid`, one audience, times that are whole numbers and near.
"""

from __future__ import annotations

from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rostering.errors import InputError

ALGORITHMS = {"RS256": RSAKey, "ES256": ECKey}
MOST_BYTES = 16_384
CLOCK_SKEW_SECONDS = 60
_MOST_AGE_SECONDS = 15 * 60
_MOST_LIFE_SECONDS = 24 * 3_600
Text = Field(min_length=1, max_length=255)
Time = Field(ge=0, lt=1 << 35)


class IdTokenRefused(InputError):
    """An ID token that does not count. `code` says why: for the log, never for the person."""

    def __init__(self, code: str) -> None:
        super().__init__(code, "The provider's answer is not valid.")


class UnknownKey(IdTokenRefused):
    """It is signed with a key that isn't among those that were read: they may have changed since."""

    def __init__(self) -> None:
        super().__init__("KID")


class IdToken(BaseModel):
    """The claims that we look at; what else a provider says is not read.

    `tid`, `idp`, `acct`, `xms_edov` and `verified_primary_email` are Microsoft's, `hd` is Google's.
    """

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, hide_input_in_errors=True)

    iss: str = Text
    sub: str = Text
    aud: str | list[str]
    exp: int = Time
    iat: int = Time
    nonce: str = Text
    azp: str | None = None
    email: str | None = Field(None, max_length=254)
    email_verified: bool | str | None = None
    hd: str | None = None
    tid: str | None = None
    idp: str | None = None
    acct: int | None = None
    xms_edov: bool | int | str | None = None
    verified_primary_email: list[str] = []


def key_id(text: str) -> str | None:
    """The `kid` of a token whose algorithm we take, if it names one. Raises IdTokenRefused."""
    if len(text) > MOST_BYTES:
        raise IdTokenRefused("TOO_LONG")
    try:
        header = jws.extract_compact(text.encode()).headers()
    except (JoseError, ValueError, UnicodeError, RecursionError):
        raise IdTokenRefused("FORM") from None
    kid = header.get("kid")
    if header.get("alg") not in ALGORITHMS:
        raise IdTokenRefused("ALG")
    if kid is not None and not (isinstance(kid, str) and 1 <= len(kid) <= 255):
        raise IdTokenRefused("KID")
    return kid


def read(text: str, keys: KeySet, *, issuers: tuple[str, ...], client_id: str, nonce: str, now: int) -> IdToken:
    """The claims of an ID token that counts. Raises IdTokenRefused; UnknownKey if no key has its `kid`.

    Without a `kid` it counts if there is one key only (OpenID Connect Core, 10.1).
    """
    kid = key_id(text)
    found = [key for key in keys.keys if kid in (None, key.kid)]
    if len(found) != 1:
        raise UnknownKey()
    try:
        token = jwt.decode(text, found[0], algorithms=list(ALGORITHMS))
    except (JoseError, ValueError, TypeError, RecursionError):
        raise IdTokenRefused("SIGNATURE") from None
    if not isinstance(found[0], ALGORITHMS[token.header["alg"]]):
        raise IdTokenRefused("ALG")
    try:
        said = IdToken.model_validate(token.claims)
        CodeIDToken(token.claims, token.header,
                    {"iss": {"essential": True, "values": list(issuers)},
                     "aud": {"essential": True, "value": client_id}},
                    {"nonce": nonce, "client_id": client_id}).validate(now=now, leeway=CLOCK_SKEW_SECONDS)
    except ValidationError:
        raise IdTokenRefused("CLAIMS") from None
    except JoseError as error:
        raise IdTokenRefused(f"CLAIM_{error.error}".upper()[:40]) from None
    _check(said, issuers, client_id, nonce, now)
    return said


def public_keys(document: Any) -> KeySet:
    """The keys in a JWKS document that may sign: RSA and EC ones with a name. Others are left out."""
    listed = document.get("keys") if isinstance(document, dict) else None
    kept = []
    for one in listed if isinstance(listed, list) else []:
        if not isinstance(one, dict) or one.get("use", "sig") != "sig" or not isinstance(one.get("kid"), str):
            continue
        kind = {"RSA": RSAKey, "EC": ECKey}.get(one.get("kty", ""))
        public = {name: one[name] for name in ("kty", "kid", "n", "e", "crv", "x", "y") if name in one}
        try:
            if kind is not None:
                kept.append(kind.import_key(public))
        except (JoseError, ValueError, TypeError):
            continue
    return KeySet(kept)


def _check(said: IdToken, issuers: tuple[str, ...], client_id: str, nonce: str, now: int) -> None:
    """What has to be so whatever a library thinks of it."""
    if said.iss not in issuers or said.nonce != nonce:
        raise IdTokenRefused("ISSUER_OR_NONCE")
    if said.aud not in (client_id, [client_id]) or said.azp not in (None, client_id):
        raise IdTokenRefused("AUDIENCE")
    if said.exp <= now - CLOCK_SKEW_SECONDS or said.iat > now + CLOCK_SKEW_SECONDS \
            or said.iat < now - _MOST_AGE_SECONDS or said.exp - said.iat > _MOST_LIFE_SECONDS:
        raise IdTokenRefused("TIME")
