"""What a site may set, with its default and its meaning.

The item of a site holds more: its salt, its wrapped keys, its first administrator. Those are no
settings; nothing here reads or writes them. `configuring` changes settings.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictFloat, StrictInt, model_validator

from rostering import addresses
from rostering.addresses import BadAddress
from rostering.gate import Limits
from rostering.model import Kind
from rostering.settings import check_limits

LIMITS = {name: value for name, value in asdict(Limits()).items() if name != "schools"}
MEANINGS_OF_LIMITS = {
    "school_off": "most records of a kind that may go in a school, whatever their share",
    "school_off_some": "most that may go in a school if their share is above school_off_percent",
    "school_off_percent": "share of a school's kind above which school_off_some counts",
    "site_off": "most records of a kind that may go in the site if their share is above site_off_percent",
    "site_off_percent": "share of the site's kind above which site_off counts",
    "enrollments_off": "most enrollments that may end if their share is above enrollments_off_percent",
    "enrollments_off_percent": "share of the enrollments above which enrollments_off counts",
    "changed_percent": "share of a kind that may change",
    "school_changed": "most records of a kind that may change in a school, whatever their share",
    "new_percent": "share of a kind that may be new on a live site",
    "school_new": "most records of a kind that may be new in a school, whatever their share",
    "live_site": "people from which on a site counts as live",
    "id_swap_percent": "share of the new who may look like people who go",
    "shifted_percent": "share of a kind whose last name or email may change",
    "school_shifted": "most last names or emails that may change in a school, whatever their share",
    "row_error_percent": "share of the rows that may have an error",
}
_EMAIL = r"^[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]+\.[^@\s,;<>\"]{2,}$"
_SOURCE = r"^(sheet|manual|(sif|gg4l):\S{1,100})$"


def _a_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise ValueError("not a time zone") from error
    return name


def _a_home(url: str) -> str:
    """An https address of a public name; a one-time code is put behind it."""
    if url:
        try:
            addresses.check(url)
        except BadAddress as error:
            raise ValueError(error.message) from error
    return url


Name = Annotated[str, Field(min_length=1, max_length=200)]
Address = Annotated[str, Field(max_length=300)]
TimeZone = Annotated[str, Field(max_length=64), AfterValidator(_a_time_zone)]
School = Annotated[str, Field(min_length=1, max_length=200)]
HomeAddress = Annotated[str, Field(max_length=500), AfterValidator(_a_home)]
Number = Annotated[StrictInt | StrictFloat, Field(ge=0, le=1_000_000)]
LimitsSet = dict[str, Number]


class Window(BaseModel):
    """Other limits for some days, both included: the roll-over between two school years."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    begins: date = Field(alias="from")
    until: date
    limits: LimitsSet = Field(min_length=1)
    reason: Annotated[str, Field(min_length=3, max_length=500)]

    @model_validator(mode="before")
    @classmethod
    def _with_an_end(cls, told: Any) -> Any:
        if isinstance(told, dict) and not told.get("until"):
            raise ValueError("a window needs an end date (until)")
        return told

    @model_validator(mode="after")
    def _in_order(self) -> Window:
        if self.until < self.begins:
            raise ValueError("the window ends before it begins")
        return self


class Settings(BaseModel):
    """What a site may be told when it is made; the handbook's defaults hold for what is left out."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    approval: Literal["any", "other_person"] = Field(
        "any", description="who may approve a held load: any who may, or another person than the sender")
    also_known_as: list[Annotated[str, Field(max_length=200)]] = Field(
        [], description="other names of the district that a sheet may carry")
    email_domains: list[Annotated[str, Field(max_length=253)]] = Field(
        [], description="domains of the district's emails; others are asked about")
    sign_in: list[Literal["password", "google", "microsoft"]] = Field(
        ["password"], description="ways to sign in")
    home: HomeAddress = Field(
        "", description="https address of the learning platform, where people go once they are signed in")
    single_sign_on: Annotated[str, Field(max_length=60)] = Field(
        "Google", description="what account info sheets call the single sign-on")
    hand_out: Literal["staged", "open"] = Field(
        "open", description="staged: people sign in once the stage of their school is open (rollbook hand-out)")
    guardians_of_adults: Literal["open", "closed"] = Field(
        "open", description="closed: guardians no longer see students of 18 and older, to whom the rights pass then")
    digest_to: list[Annotated[str, Field(max_length=254, pattern=_EMAIL)]] = Field(
        [], max_length=20, description="who gets the nightly digest by email")
    username_templates: dict[Literal["Student", "Teacher", "Staff", "Guardian"], str] = Field(
        {}, description="usernames by role; before the first load only")
    leads: dict[School, dict[Kind, Annotated[str, Field(pattern=_SOURCE)]]] = Field(
        {}, description="which source leads, by school (* is every school) and kind")
    limits: LimitsSet = Field({}, description="limits of the gate")
    school_limits: dict[School, LimitsSet] = Field({}, description="limits of single schools")
    windows: list[Window] = Field([], description="other limits for some days: from, until, limits, reason")


class SiteSettings(Settings):
    """All that a site may set later."""

    name: Name = Field("", description="the district's name", validate_default=False)
    address: Address = Field("", description="where people sign in; printed on account info sheets")
    timezone: TimeZone = Field("America/New_York", description="the time zone; days begin by it")


NAMES = ("name", "address", "timezone", *Settings.model_fields)


def stored(settings: Settings) -> dict[str, Any]:
    """Settings as the site's item holds them: what differs from the default. Raises SettingsError."""
    body = settings.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    check_limits(body)
    return body


def told(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Every setting a site may have: name, value, default, meaning. Limits stand one by one."""
    lines = []
    for name in NAMES:
        field = SiteSettings.model_fields[name]
        if name == "limits":
            lines += [{"name": f"limits.{limit}", "value": body.get(name, {}).get(limit, default),
                       "default": default, "meaning": MEANINGS_OF_LIMITS[limit]}
                      for limit, default in LIMITS.items()]
        else:
            lines.append({"name": name, "value": body.get(name, field.default), "default": field.default,
                          "meaning": field.description})
    return lines

