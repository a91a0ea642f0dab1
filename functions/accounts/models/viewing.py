"""Looking as somebody else."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from accounts.models.base import Reason, Request, Role


class ViewOrder(Request):
    reason: Reason
    minutes: Annotated[int, Field(ge=1, le=30)] = 30


class ViewToken(BaseModel):
    """A view-as: `account` is shown, `viewer` looks. The token reads and can't be renewed."""

    account: str
    username: str
    role: Role
    viewer: str
    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 RFC 6750
    expires_in: int
    until: str
