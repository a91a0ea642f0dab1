"""Signing in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from accounts.models.base import Request, Secret


class SignIn(Request):
    """Either `username` and `secret`, or the one-time `code` of an administrator or of a link."""

    username: Annotated[str, Field(min_length=1, max_length=254)] | None = None
    secret: Secret | None = None
    code: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    device: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None


class Refresh(Request):
    refresh_token: Annotated[str, Field(min_length=1, max_length=400)]


class Password(Request):
    """`secret` is the present password; it isn't needed right after a first sign-in."""

    new: Annotated[str, Field(min_length=1, max_length=512)]
    secret: Secret | None = None


class TokenSet(BaseModel):
    """`username` is told who signed in by a code, and so may not know it."""

    account: str
    access_token: str
    refresh_token: str
    expires_in: int
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 RFC 6750
    device: str | None = None
    must_change: bool = False
    username: str = ""
