"""Where a district stands in its onboarding at GG4L, who has to act, and whether somebody should be reminded.

News come by webhook, from people and from Discovery: late, twice, in any order, with steps left out
(handbook, section 4). So a district keeps, under `evidence`, the newest time at which each state was told
and what Discovery showed; its state follows from these, never from what came last:

- the newest state told counts, but a completed district is moved by SUSPENDED, EXPIRED and FAILED only;
- Discovery outranks whoever told: what it lists is at least DATA_SYNC, and VALIDATING once data are ready;
  COMPLETED without ready data is VALIDATING; who vanished from it is SUSPENDED, never empty; data that became
  ready after a webhook told of a suspension end it;
- FAILED is left by news that are newer: an administrator may begin again at any state.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from rostering.clock import iso, local_date

if TYPE_CHECKING:
    from datetime import datetime

    from rostering.oneroster.discovery import District


@dataclass(frozen=True, slots=True)
class State:
    """Who has to act in a state, and a sentence about it for the helpdesk."""

    acts: str
    sentence: str


# In the order of the way; the last three stop it.
STATES = {
    "SURVEY_PENDING": State("district", "The district has been introduced to GG4L. It has to fill in GG4L's survey."),
    "SURVEY_SUBMITTED": State("GG4L", "The survey is filled in. GG4L usually begins within 1 to 2 business days."),
    "DPA_PENDING": State("district", "The district and GG4L have to sign their privacy agreement."),
    "DATA_SYNC": State("district", "GG4L works with the district on its data: the district gives access to its SIS."),
    "VALIDATING": State("administrator", "The data are ready and are being checked. Look at what a trial pull found."),
    "COMPLETED": State("nobody", "The integration is complete. Rosters are pulled daily."),
    "SUSPENDED": State("district", "The district has paused sharing or is not listed by GG4L any more. Nothing is "
                                   "pulled, and no account was changed."),
    "EXPIRED": State("district", "The district's sharing has ended and has to be renewed in GG4L. Nothing is pulled, "
                                 "and no account was changed."),
    "FAILED": State("administrator", "GG4L reports a failure or a rejection. Ask GG4L, then begin again at any state."),
}
PM_ASSIGNED = "PM_ASSIGNED"         # told like a state, but it moves nothing: a project manager was named
WAY = ("SURVEY_PENDING", "SURVEY_SUBMITTED", "DPA_PENDING", "DATA_SYNC", "VALIDATING", "COMPLETED")
STOPPED = ("SUSPENDED", "EXPIRED", "FAILED")
BY_WEBHOOK, BY_POLL = "webhook", "poll"
MOST_HISTORY = MOST_NOTES = MOST_CALLS = 100
LONGEST_NOTE = 500
REMIND_AFTER_BUSINESS_DAYS = 3
WARNING_DAYS = (7, 30)
_RANK = {state: rank for rank, state in enumerate(STATES)}


@dataclass(frozen=True, slots=True)
class News:
    """What somebody told of a district: all of it, or only a note. `at` is an ISO time as `clock` writes it.

    `by` is "webhook", "poll" or an account. `state` may be any status that GG4L knows. `project_manager`
    is {"name", "email"}; `call` says when a call takes place.
    """

    at: str
    by: str
    state: str | None = None
    project_manager: dict[str, str] | None = None
    contact: str = ""
    call: str = ""
    note: str = ""


def apply(district: dict[str, Any], news: News) -> dict[str, Any]:
    """The district after these news. Whatever the order of news, and however often each came, it ends the same."""
    evidence = _evidence(district)
    after = district | {"evidence": evidence, "news_at": max(district["news_at"], news.at)}
    state = _name(news.state)
    notes = [news.note] if news.note else []
    if is_known(state):
        said = {"at": news.at, "by": news.by}
        evidence["told"][state] = max(evidence["told"].get(state, said), said, key=lambda one: (one["at"], one["by"]))
        after["history"] = _with(after["history"], {"state": state, **said}, MOST_HISTORY)
    elif news.state:
        notes.append(f"A status that is not known here: {state}")
    for note in notes:
        text = " ".join(note.split())[:LONGEST_NOTE]
        after["notes"] = _with(after["notes"], {"at": news.at, "by": news.by, "text": text}, MOST_NOTES)
    if news.call:
        call = {"at": news.at, "by": news.by, "when": news.call}
        after["calls"] = _with(after["calls"], call, MOST_CALLS)
    for name, value in (("contact", news.contact), ("project_manager", news.project_manager)):
        stamp = [news.at, repr(sorted(value.items())) if isinstance(value, dict) else value]
        if value and stamp > evidence["stamps"].get(name, ["", ""]):
            evidence["stamps"][name], after[name] = stamp, value
    return _settled(after)


def is_known(status: str) -> bool:
    """Whether a status of GG4L's is a state, or names a project manager; the others are kept as notes."""
    return _name(status) in STATES or _name(status) == PM_ASSIGNED


def discovered(district: dict[str, Any], entry: District | None, now: str) -> dict[str, Any]:
    """The district after Discovery was asked at `now`: its entry, or None if it is not listed.

    One that was never listed is not missed. Credentials are no part of it. An answer older than the
    last one changes nothing.
    """
    evidence = _evidence(district)
    if now < evidence["polled_at"] or (entry is None and not district["known_to_discovery"]):
        return district
    seen = evidence["seen"]
    after = district | {"evidence": evidence, "known_to_discovery": entry is not None}
    evidence["polled_at"] = now
    if entry is None:
        seen["SUSPENDED"] = now
    else:
        after |= {"name": entry.name or district["name"], "token_url": entry.token_url, "api_url": entry.api_url,
                  "created": _iso(entry.created), "expires": _iso(entry.expires),
                  "ready": _iso(entry.ready) or district["ready"]}
        seen.pop("SUSPENDED", None)
        seen.setdefault("DATA_SYNC", now)
        if after["ready"]:
            seen.setdefault("VALIDATING", now)
    if after["expires"] and after["expires"] <= now:
        seen["EXPIRED"] = after["expires"]
    else:
        seen.pop("EXPIRED", None)
    after = _settled(after)
    if after["state"] != district["state"]:
        change = {"state": after["state"], "at": now, "by": BY_POLL}
        after["history"] = _with(after["history"], change, MOST_HISTORY)
    return after


def sentence(district: dict[str, Any]) -> str:
    """Where a district stands, in a sentence for the helpdesk."""
    if waits_for_discovery(district):
        return "GG4L says that the integration is complete, but lists no data that are ready. It is asked again."
    return STATES[district["state"]].sentence


def waits_for_discovery(district: dict[str, Any]) -> bool:
    """Whether somebody told that all is complete, and Discovery does not bear it out yet."""
    return district["state"] == "VALIDATING" and _told(district, _evidence(district))[0] == "COMPLETED"


def late(district: dict[str, Any], now: str, expected_business_days: int, timezone: str) -> str:
    """A sentence about what stands still for longer than it should, "" if nothing does.

    Days begin in the site's time zone; Saturdays and Sundays don't count. It is an expectation: no
    state changes by it.
    """
    state, since = district["state"], district["state_at"]
    if state in ("SURVEY_SUBMITTED", "DPA_PENDING"):
        since = _evidence(district)["told"].get("SURVEY_SUBMITTED", {"at": since})["at"]
    if not since or state not in ("SURVEY_PENDING", "SURVEY_SUBMITTED", "DPA_PENDING"):
        return ""
    days = business_days(local_date(since, timezone), local_date(now, timezone))
    if state == "SURVEY_PENDING":
        return f"GG4L's survey has waited for {days} business days: remind the district's contact." \
            if days >= REMIND_AFTER_BUSINESS_DAYS else ""
    if days <= expected_business_days:
        return ""
    wait = "the privacy agreement is not signed" if state == "DPA_PENDING" else "the data sync has not begun"
    return f"Overdue: the survey came in {days} business days ago, and {wait}. Expected were " \
           f"{expected_business_days}: ask GG4L."


def ends_soon(district: dict[str, Any], now: str, timezone: str) -> str:
    """A warning that sharing ends, the same text from 30 days before and another from 7; "" outside of these."""
    if not district["expires"] or district["state"] == "EXPIRED":
        return ""
    day = local_date(district["expires"], timezone)
    left = (day - local_date(now, timezone)).days
    for days in WARNING_DAYS:
        if 0 <= left <= days:
            return f"The district's sharing ends on {day.isoformat()}, in {days} days or less. " \
                   "The district has to renew it in GG4L."
    return ""


def business_days(since: date, until: date) -> int:
    """The days from Monday to Friday after `since`, `until` included; 0 if it is earlier."""
    weeks, rest = divmod(max(0, (until - since).days), 7)
    return weeks * 5 + sum((since + timedelta(days=day)).weekday() < 5 for day in range(1, rest + 1))


def introduction(site_name: str, contact: str, survey_url: str, *, district: str = "",
                 expected_business_days: int = 2) -> tuple[str, str]:
    """Subject and text of the e-mail that introduces a district to GG4L: step 1, which is ours.

    It goes to GG4L's onboarding address and to the district's `contact`.
    """
    name = " ".join((district or site_name).split())
    days = "1 business day" if expected_business_days == 1 else f"{expected_business_days} business days"
    return f"Introduction: {name} and GG4L", "\n".join((
        "Hello,", "",
        f"{name} would like to send its rosters through GG4L Connect. With this message we introduce the "
        "district and GG4L to each other.", "",
        f"The district's contact: {' '.join(contact.split())}", "",
        "What comes next:", "",
        f"1. The district fills in GG4L's survey: {' '.join(survey_url.split())}",
        f"2. GG4L gets in touch, usually within {days}, may name a project manager, and arranges "
        "the privacy agreement if one is needed.",
        "3. The district gives GG4L access to its student information system and chooses what is shared.",
        "4. GG4L tells us when the data are ready. We check them and change no account before the district's "
        "administrator has agreed.", "",
        "Please answer to all.", ""))


def _evidence(district: dict[str, Any]) -> dict[str, Any]:
    """A copy of what is known: when each state was told and by whom, what Discovery showed since when."""
    kept = district.get("evidence") or {}
    return {"told": dict(kept.get("told", {})), "seen": dict(kept.get("seen", {})),
            "stamps": dict(kept.get("stamps", {})), "polled_at": kept.get("polled_at", "")}


def _settled(district: dict[str, Any]) -> dict[str, Any]:
    state, at = _stands(district, district["evidence"])
    return district | {"state": state, "state_at": at or district["state_at"]}


def _stands(district: dict[str, Any], evidence: dict[str, Any]) -> tuple[str, str]:
    """The state and since when."""
    seen = evidence["seen"]
    state, at = _told(district, evidence)
    if state == "FAILED":
        return state, at
    for stop in ("EXPIRED", "SUSPENDED"):
        if stop in seen:
            return stop, seen[stop]
    if state in STOPPED:
        return state, at
    listed = district["known_to_discovery"]
    is_ready = bool(listed and district["ready"])
    if state == "COMPLETED":
        return (state, max(at, seen.get("VALIDATING", ""))) if is_ready else ("VALIDATING", at)
    least = "VALIDATING" if is_ready else "DATA_SYNC" if listed else "SURVEY_PENDING"
    return (least, seen.get(least, "")) if _RANK[least] > _RANK[state] else (state, at)


def _told(district: dict[str, Any], evidence: dict[str, Any]) -> tuple[str, str]:
    """The state by what was told, and when: as if all news had come once and in the order of their times."""
    at = {state: said["at"] for state, said in evidence["told"].items()
          if state in STATES and not _is_resumed(state, said, district["ready"])}
    stopped = max((at[state] for state in STOPPED if state in at), default="")
    if at.get("COMPLETED", "") > stopped:
        return "COMPLETED", at["COMPLETED"]
    state = max(at, key=lambda one: (at[one], _RANK[one]), default="SURVEY_PENDING")
    return state, at.get(state, "")


def _is_resumed(state: str, said: dict[str, str], ready: str) -> bool:
    return state in ("SUSPENDED", "EXPIRED") and said["by"] == BY_WEBHOOK and said["at"] < ready


def _name(status: str | None) -> str:
    """A status as a name of ours is written: GG4L's own may be "Data sync"."""
    return re.sub(r"[^A-Z0-9]+", "_", (status or "").upper()).strip("_")[:64]


def _with(entries: list[dict[str, str]], entry: dict[str, str], most: int) -> list[dict[str, str]]:
    """The newest `most` of the entries and this one, each once, by time."""
    different = {tuple(sorted(one.items())): one for one in [*entries, entry]}
    return sorted(different.values(), key=lambda one: (one["at"], sorted(one.items())))[-most:]


def _iso(instant: datetime | None) -> str:
    return iso(instant) if instant else ""
