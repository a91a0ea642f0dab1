"""What requests share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Role = Literal["Staff", "Teacher", "Guardian", "Student"]


Status = Literal["pending", "active", "inactive"]


Secret = Annotated[str, Field(min_length=1, max_length=128)]


Reason = Annotated[str, Field(min_length=3, max_length=500, pattern=r"\S")]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Decision(Request):
    reason: Reason
