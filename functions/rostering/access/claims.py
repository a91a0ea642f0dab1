"""What a token says, and which tokens count.

An access token is a JWT signed with RS256. It names a person, a site and a session; it carries no
rights: those are read from the account at each request, so that an end of them is immediate.
PyJWT checks the signature; everything else is checked here, with the time as an argument, because
its defaults take a token without `exp`, a float as a time and a text of any length (threats, 6).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

import jwt
from jwt.utils import base64url_encode
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rostering.errors import InputError

AUDIENCE = "rollbook"
ACCESS_SECONDS = 3_600
VIEW_SECONDS = 30 * 60
MAX_TOKEN_BYTES = 8_192
CLOCK_SKEW_SECONDS = 30

_KID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HEADER = frozenset({"alg", "kid", "typ"})
_UNTIMED = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "require": ["exp", "iat", "nbf", "sub", "aud", "iss"],
}

Text = Field(min_length=1, max_length=200)
Time = Field(ge=0, lt=1 << 35)


class TokenRefused(InputError):
    """A token that does not count. `code` says why: for the log, never for the caller."""

    def __init__(self, code: str) -> None:
        super().__init__(code, "The token is not valid.")


class Act(BaseModel):
    """Who really asks, in a view-as (RFC 8693, 4.1), and the session it hangs on."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)

    sub: str = Text
    sid: str = Text


class Claims(BaseModel):
    """The claims of an access token; no others are taken.

    `sid` is the session, `auth_time` when the person proved who they are. With scope "password"
    the token is good for choosing a password and nothing else. With `act` it is good for reading
    what `sub` sees.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)

    iss: str = Text
    aud: str = Text
    sub: str = Text
    site: str = Text
    sid: str = Text
    jti: str = Text
    iat: int = Time
    nbf: int = Time
    exp: int = Time
    auth_time: int = Time
    scope: Literal["api", "password"] = "api"
    act: Act | None = None


def to_sign(claims: Claims, kid: str) -> str:
    """The first two parts of the token: what the key signs (RFC 7515, 5.1)."""
    header = {"alg": "RS256", "kid": kid, "typ": "JWT"}
    return ".".join(
        base64url_encode(json.dumps(part, separators=(",", ":")).encode()).decode()
        for part in (header, claims.model_dump(exclude_none=True))
    )


def with_signature(signed: str, signature: bytes) -> str:
    return f"{signed}.{base64url_encode(signature).decode()}"


def read_token(
    token: str, *, keys: Mapping[str, Any], issuer: str, now: float, audience: str = AUDIENCE
) -> Claims:
    """The claims of a token that counts at `now`. `keys` maps a key id to an RSA public key.

    Raises TokenRefused.
    """
    if len(token) > MAX_TOKEN_BYTES or not token.isascii():
        raise TokenRefused("TOO_LONG")
    try:
        header = jwt.get_unverified_header(token)
        kid = header.get("kid")
        if header.get("alg") != "RS256" or not _HEADER.issuperset(header):
            raise TokenRefused("HEADER")
        if not isinstance(kid, str) or not _KID.fullmatch(kid) or kid not in keys:
            raise TokenRefused("KEY")
        said = jwt.decode(
            token, keys[kid], algorithms=["RS256"], audience=audience, issuer=issuer, options=_UNTIMED
        )
        claims = Claims.model_validate(said)
    except jwt.InvalidAudienceError:
        raise TokenRefused("AUDIENCE") from None
    except jwt.InvalidIssuerError:
        raise TokenRefused("ISSUER") from None
    except jwt.InvalidSignatureError:
        raise TokenRefused("SIGNATURE") from None
    except ValidationError:
        raise TokenRefused("CLAIMS") from None
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError, OverflowError):
        raise TokenRefused("FORM") from None
    if not 0 < claims.exp - claims.iat <= (VIEW_SECONDS if claims.act else ACCESS_SECONDS):
        raise TokenRefused("LIFETIME")
    if now >= claims.exp:
        raise TokenRefused("EXPIRED")
    if max(claims.nbf, claims.iat) > now + CLOCK_SKEW_SECONDS:
        raise TokenRefused("NOT_YET")
    return claims
