"""Does anything feed the site, and did its last tries come through?"""

from __future__ import annotations

from typing import Any

from rostering.load.manifest import FeedManifest
from rostering.why.case import Case
from rostering.why.checks.base import check, either, no, private, told, unknown, yes
from rostering.why.payload import Said
from rostering.why.walk import Finding

_BAD = frozenset({"held", "turned_back", "failed"})


@check("site.has_feed")
def has_feed(case: Case) -> Finding:
    feeds = case.feeds.all
    return either(bool(feeds), f"Fed by {', '.join(feed.source for feed in feeds)}.",
                  "Nothing feeds this site: accounts are made by hand.")


@check("feed.last_success_fresh")
def last_success_fresh(case: Case) -> Finding:
    """No, too, if something newer waits or failed, unless only an older load names what is asked about."""
    feed = case.feed
    if feed is None:
        return unknown("Nothing feeds this site.")
    at, load = case.feeds.last_success(feed)
    tries = case.feeds.tries(feed.source)
    newest = tries[0] if tries else None
    if newest and newest["state"] in _BAD and newest["received_at"] > at and _matters(case, newest):
        return no(f"The newest load of {feed.source} is {newest['state'].replace('_', ' ')}.",
                  told("load", newest["load"]), told("at", newest["received_at"]), told("state", newest["state"]))
    if not at:
        return no(f"{feed.source} has never been loaded.", told("source", feed.source))
    within = "this school year" if feed.is_sheet else "the last 24 hours"
    return either(case.feeds.is_fresh(feed, at), f"The last good load of {feed.source} came within {within}.",
                  f"The last good load of {feed.source} is older than {within}.",
                  told("source", feed.source), told("load", load), told("at", at))


@check("feed.last_attempt_connection_error")
def last_attempt_connection_error(case: Case) -> Finding:
    feed = case.feed
    if feed is None or feed.is_sheet:
        return no("Sheets have no connection that could fail.")
    failure = feed.failure
    if failure is None or failure.at < case.feeds.last_success(feed)[0]:
        return no(f"The last try of {feed.source} got through.", told("source", feed.source))
    message = private("message", failure.message) if case.sight.everything else told("", "")
    return yes(f"The last try of {feed.source} failed.", told("source", feed.source), told("code", failure.code),
               told("at", failure.at), message)


@check("feed.paused")
def paused(case: Case) -> Finding:
    feed = case.feed
    if feed is None or not feed.paused:
        return no("Nothing is paused.")
    return yes(f"{feed.source} is paused.", told("source", feed.source), private("reason", feed.paused))


@check("feed.held_for_review")
def held_for_review(case: Case) -> Finding:
    newest = _newest(case)
    if not newest or newest["state"] != "held":
        return no("No load waits for approval.")
    return yes("A load waits for approval.", told("load", newest["load"]), told("source", newest["source"]),
               told("code", ", ".join(dict.fromkeys(hold["rule"] for hold in newest.get("holds", ())))),
               told("at", newest["received_at"]), told("until", newest.get("expires_at", "")))


@check("feed.last_file_rejected")
def last_file_rejected(case: Case) -> Finding:
    newest = _newest(case)
    if not newest or newest["state"] != "turned_back":
        return no("The last file was not turned back.")
    code, _, message = newest.get("message", "").partition(": ")
    return yes("The last file was turned back; nothing of it was loaded.", told("load", newest["load"]),
               told("code", code), told("at", newest["received_at"]), private("message", message),
               private("file", newest.get("file_name", "")))


def _newest(case: Case) -> dict[str, Any] | None:
    return next(iter(case.feeds.tries(case.source)), None)


def _matters(case: Case, newest: dict[str, Any]) -> bool:
    """Whether a load that waits or failed may be why: it names what is asked about, or no good load does."""
    said = _subject(case)
    if said is None or not said.key:
        return True
    manifest = case.payloads.manifest(newest["load"])
    return isinstance(manifest, FeedManifest) and newest["state"] != "turned_back" \
        and case.payloads.in_load(manifest, said.kind, said.key) is not None


def _subject(case: Case) -> Said | None:
    return case.section_said if case.question.entry == "class_missing" else case.said
