"""What is said of the way in of one account."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, model_validator

from accounts.models.base import Reason, Request


class InviteOrder(Request):
    """`by_hand` asks for the link itself, to hand over, although a letter could bring it."""

    reason: Reason
    by_hand: bool = False


class Invited(BaseModel):
    """How a link went out: to `email` (masked), or as `link`, which is told this once; `message` says what is to do."""

    account: str
    sent: bool
    email: str = ""
    link: str = ""
    expires_at: str = ""
    message: str = ""


class Unlocked(BaseModel):
    """`unlocked` is false if there was no wrong try to clear."""

    account: str
    unlocked: bool


class ResetAsked(Request):
    """Whose password is forgotten: a `username`, or an `email`."""

    username: Annotated[str, Field(min_length=1, max_length=254)] | None = None
    email: Annotated[str, Field(min_length=1, max_length=254)] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> ResetAsked:
        if (self.username is None) == (self.email is None):
            raise ValueError("give a username or an email")
        return self


class ResetAnswer(BaseModel):
    message: str
