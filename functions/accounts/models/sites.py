"""A site, its settings and schools, and all of it at once."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from accounts.models.base import Request


class Configuration(Request):
    """A merge patch of the settings (RFC 7396); with `version` only if nobody changed them since."""

    settings: Annotated[dict[str, Any], Field(max_length=100)]
    version: int | None = None


class Site(BaseModel):
    """The inbox is given to those who may follow loads."""

    site: str
    name: str
    address: str = ""
    timezone: str = ""
    inbox_bucket: str | None = None
    inbox_prefix: str | None = None


class Setting(BaseModel):
    name: str
    value: Any
    default: Any
    meaning: str


class Settings(BaseModel):
    """Every setting that the site may have; `version` grows with each change."""

    settings: list[Setting]
    version: int


class School(BaseModel):
    id: str
    name: str = ""
    status: str = "active"


class Schools(BaseModel):
    schools: list[School]


class Dump(BaseModel):
    """A page of a dump (see `accounts.dumping`); references to accounts are their ids."""

    things: list[dict[str, Any]]
    after: str | None = None
