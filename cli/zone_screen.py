"""What `rollbook zone …` shows: where a zone stands, what is set, what its objects are, how a pull ended."""

from __future__ import annotations

import re
from typing import Any

from cli.screen import print_json, say, table

_RATE = re.compile(r"rate\((\d+) (minute|hour)s?\)")
_CRON = re.compile(r"cron\((\d+) (\d+) \* \* \? \*\)")
_STATES = {
    "new": "nothing was pulled yet",
    "ready": "ready",
    "asleep": "the zone sleeps; it is tried again",
    "unavailable": "does not answer; it is tried again",
    "needs_administrator": "waits for an administrator of the zone",
}
TO_ASK_FOR = "To ask the ZIS administrator for"


def tell_end(zone: str, pulled: dict[str, Any]) -> None:
    """One sentence for a pull or a check that is over."""
    said = f"{pulled['message']} ({pulled['code']})" if pulled["code"] else pulled["message"]
    if pulled["state"] == "refused":
        say(f"Zone {zone}: {said or 'somebody has to act.'}", "bold red")
    elif pulled["state"] == "unavailable":
        say(f"Zone {zone} does not answer now; it is tried again later. {said}".rstrip(), "bold red")
    elif pulled["state"] in ("waiting", "running"):
        say(f"Zone {zone} is not done yet. {said} It goes on by itself; to see how it went: rollbook zone show {zone}",
            "bold yellow")
    elif pulled["kind"] == "check":
        say(f"Zone {zone} answers. {said}".rstrip(), "bold green")
    else:
        say(f"Zone {zone}: {said}" if said else f"Zone {zone} had nothing new.", "bold green")


def tell_changed(found: dict[str, Any], done: str, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    say(f"Zone {found['zone']} {done}.", "bold green")
    if found["waits_for"]:
        say(found["waits_for"], "yellow")
    if found["approval"] == "wanted":
        say(f'That is done with: rollbook zone approve {found["zone"]} --reason "…"')


def show_zone(site: str, found: dict[str, Any]) -> None:
    session, settings = found["session"], found["settings"]
    say(f"Zone {found['zone']} of {site}: {state(found)}", "bold")
    for line in filter(None, (found["waits_for"], said(session))):
        say(line, "yellow")
    approval = {"none_needed": "not needed: it is this machine", "wanted": "wanted"}.get(found["approval"])
    certificate = f"until {found['certificate_until'][:10]}" if found["has_certificate"] else "none"
    about = {
        **settings,
        "schedule": when(settings),
        "client certificate": certificate,
        "own CA bundle": "yes" if found["has_ca"] else "no",
        "HTTP Basic": "yes" if found["has_basic"] else "no",
        "approval of the address": approval or f"by {found['approved_by']}",
        "added": f"{minute(found['added_at'])} by {found['added_by']}",
        "last pull": minute(session["last_pull_at"]),
        "last full pull": minute(session["last_full_at"]),
        "last load": session["last_load"],
        "set aside": f"{session['quarantined']:,} messages" if session["quarantined"] else "",
        "lost": f"{session['lost_events']:,} events" if session["lost_events"] else "",
        "back off until": minute(session["back_off_until"]),
    } | {f"zone says: {name.replace('_', ' ')}": value for name, value in session["zone_says"].items()}
    told = {name: plain(value) for name, value in about.items() if value not in ("", [], ())}
    table("Settings", ("Setting", "Value"), told.items())
    if session["objects"]:
        table(
            "Objects",
            ("Object", "Count", "State", "When", ""),
            (
                (name, one["count"], one["state"].replace("_", " "), minute(one["at"]), said(one))
                for name, one in session["objects"].items()
            ),
            right=("Count",),
        )
    if session["missing"]:
        table(TO_ASK_FOR, ("Object", "What is missing"), session["missing"].items())


def said(session: dict[str, Any]) -> str:
    return f"{session['message']} ({session['code']})" if session["code"] else session["message"]


def state(found: dict[str, Any]) -> str:
    """Where a zone stands, in a word or two: what people have to do comes first."""
    if found["approval"] == "wanted":
        return "waits for approval"
    if found["paused"]:
        return "paused"
    return _STATES.get(found["session"]["state"], found["session"]["state"].replace("_", " "))


def when(settings: dict[str, Any]) -> str:
    """Both schedules in words: every 15 min, full at 02:15."""
    rate, cron = _RATE.fullmatch(settings["pull"]), _CRON.fullmatch(settings["full"])
    often = f"every {rate[1]} {'h' if rate[2] == 'hour' else 'min'}" if rate else settings["pull"]
    return f"{often}, full at {int(cron[2]):02}:{int(cron[1]):02}" if cron else f"{often}, full {settings['full']}"


def minute(at: str) -> str:
    return at[:16].replace("T", " ")


def plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(plain(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {plain(one)}" for name, one in value.items())
    return f"{value:,}" if isinstance(value, int) else str(value)
