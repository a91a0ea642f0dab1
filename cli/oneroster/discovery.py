"""GG4L's Discovery answer: which districts share with the vendor, and how to reach their data."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone

from cli.generator.layout import SchoolYear
from cli.oneroster.tokens import Credentials

EASTERN = timezone(timedelta(hours=-5))
_PROCESSED_AT = {"today": (4, 12, 55, 120_000), "next-day": (16, 12, 55, 120_000),
                 "day-after": (18, 12, 55, 120_000)}


def ready(day: str, today: date, refreshes: int) -> datetime:
    """When the data of that day was processed: on the day before `today`, so never in the future."""
    hour, minute, second, microsecond = _PROCESSED_AT[day]
    begun = datetime(today.year, today.month, today.day, hour, minute, second, microsecond, EASTERN)
    return begun - timedelta(days=1) + timedelta(seconds=refreshes)


def written(moment: datetime) -> str:
    """`moment` as yyyy-MM-dd'T'HH:mm:ss.SSSXXX."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def answer(*, form: str, sharing: str, guid: str, name: str, credentials: Credentials, token_url: str,
           api_url: str, processed: datetime, today: date) -> bytes:
    """The body. `form` and `sharing` are values of the switches of those names."""
    year = SchoolYear(today)
    expiry = date(year.end, 6, 30) if sharing != "expired" else today - timedelta(days=1)
    spelling = "lastDataProcessingCompleteTimestamp" if form == "spelling" else (
        "lastDataProcessingCompletedTimestamp")
    entry = {
        "districtName": name,
        "clientId": credentials.client_id,
        "clientSecret": credentials.client_secret,
        "createdTimestamp": f"{year.first_day.isoformat()}T09:00:00.000Z",
        spelling: written(processed),
        "tokenUrl": token_url,
        "apiUrl": api_url,
        "districtGuid": guid,
        "expiryDate": f"{expiry.isoformat()}T00:00:00.000Z",
    }
    if form == "null-timestamps":
        entry |= {"createdTimestamp": None, spelling: None, "expiryDate": None}
    if form == "date-expiry":
        entry["expiryDate"] = expiry.isoformat()
    entries = [] if sharing == "suspended" else [entry]
    if form == "duplicate":
        entries *= 2
    body = json.dumps({"districts": entries} if form == "wrapped" else entries, indent=2)
    if form == "malformed":
        body = body.replace('",\n', '"\n', 1)
    return body.encode()
