"""What `rollbook gg4l …` shows: the connection, where districts stand and who has to act, how a pull ended."""

from __future__ import annotations

from typing import Any

from cli.screen import print_json, say, table
from cli.zone_screen import minute, plain


def tell_changed(found: dict[str, Any], done: str, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    say(f"GG4L {done}.", "bold green")
    if found["waits_for"]:
        say(found["waits_for"], "yellow")
    if found["approval"] == "wanted":
        say('That is done with: rollbook gg4l approve --reason "…"')


def tell_poll(found: dict[str, Any]) -> None:
    """How asking Discovery went, in a sentence."""
    if found["poll_code"]:
        say(f"{found['poll_message']} ({found['poll_code']})", "bold red")
    elif not found["polled_at"]:
        say("GG4L is being asked. To see what it says: rollbook gg4l connection", "yellow")


def show_connection(found: dict[str, Any]) -> None:
    say(f"GG4L and {found['site']}: {_state(found)}", "bold")
    poll = f"{found['poll_message']} ({found['poll_code']})" if found["poll_code"] else found["poll_message"]
    for line in filter(None, (found["waits_for"], poll)):
        say(line, "yellow")
    approval = {"none_needed": "not needed: they are this machine", "wanted": "wanted"}.get(found["approval"])
    about = {
        **found["settings"],
        "webhooks come to": found["webhook_path"],
        "secret of webhooks": "yes" if found["has_webhook_secret"] else "none: webhooks are refused",
        "approval of the addresses": approval or f"by {found['approved_by']}",
        "added": f"{minute(found['added_at'])} by {found['added_by']}",
        "last poll": minute(found["polled_at"]),
        "last poll that failed": minute(found["poll_failed_at"]),
    }
    table("Settings", ("Setting", "Value"), ((name, plain(value)) for name, value in about.items() if value != ""))


def show_districts(site: str, found: list[dict[str, Any]]) -> None:
    table(
        f"Districts of {site} at GG4L",
        ("District", "Name", "State", "Since", "Late", "Linked", "Last pull", "Last load"),
        (
            (one["district"], one["name"], one["state"], minute(one["state_at"])[:10], "late" if one["late"] else "",
             "yes" if one["linked"] else "", minute(one["last_pull_at"]), one["last_load"])
            for one in found
        ),
    )


def show_district(found: dict[str, Any]) -> None:
    say(f"District {named(found)}: {found['state']}", "bold")
    tell_next(found)
    manager = found["project_manager"]
    about = {
        "since": minute(found["state_at"]),
        "linked": "yes" if found["linked"] else "no",
        "listed by GG4L": "yes" if found["known_to_discovery"] else "no",
        "contact": found["contact"],
        "project manager": " ".join(filter(None, (manager.get("name"), manager.get("email")))),
        "data ready": minute(found["ready"]),
        "data loaded": minute(found["imported"]),
        "sharing began": minute(found["created"]),
        "sharing ends": minute(found["expires"]),
        "API": found["api_url"],
        "last pull": minute(found["last_pull_at"]),
        "last load": found["last_load"],
    }
    table("", ("What", ""), ((name, value) for name, value in about.items() if value))
    for title, column, name in (("History", "State", "state"), ("Calls", "When", "when"), ("Notes", "Note", "text")):
        entries = found[{"state": "history", "when": "calls", "text": "notes"}[name]]
        if entries:
            table(title, ("At", "By", column), ((minute(one["at"]), one["by"], one[name]) for one in entries))
    if found["collections"]:
        table("Collections of the last pull", ("Collection", "Rows", "State", "When"),
              ((name, one["rows"], one["state"].replace("_", " "), minute(one["at"]))
               for name, one in found["collections"].items()), right=("Rows",))


def tell_next(found: dict[str, Any]) -> None:
    """What a district waits for, and for whom."""
    say(found["sentence"])
    if found["acts"] != "nobody":
        say(f"Who has to act: {found['acts']}", "yellow")
    for line in filter(None, (found["late"], found["ends_soon"])):
        say(line, "yellow")
    if found["message"]:
        say(f"{found['message']} ({found['code']})" if found["code"] else found["message"], "yellow")
    if found["known_to_discovery"] and not found["linked"]:
        say(f"It is not linked with the site yet: rollbook gg4l link {found['district']}")


def tell_introduction(found: dict[str, Any]) -> None:
    """What became of an introduction; the letter itself where a person has to send it."""
    if found["sent"]:
        say(f"The introduction was sent to {', '.join(found['to'])}.", "bold green")
    else:
        say("Please send this e-mail, to GG4L's onboarding address and to the district:", "bold")
        say(f"To: {', '.join(found['to'])}\nSubject: {found['subject']}\n\n{found['text']}")
    district = found["district"]
    say(f"District {named(district)}: {district['state']}", "bold")
    tell_next(district)


def tell_end(district: str, pulled: dict[str, Any]) -> None:
    """One sentence for a pull that became no load."""
    said = f"{pulled['message']} ({pulled['code']})" if pulled["code"] else pulled["message"]
    if pulled["state"] == "refused":
        say(f"District {district}: {said or 'somebody has to act.'}", "bold red")
    elif pulled["state"] == "unavailable":
        say(f"GG4L does not answer now; it is tried again later. {said}".rstrip(), "bold red")
    elif pulled["state"] in ("waiting", "running"):
        said = f"{said} " if said else ""
        say(f"District {district} is not done yet. {said}It goes on by itself; to see how it went: "
            f"rollbook gg4l show {district}", "bold yellow")
    else:
        say(f"District {district}: {said}" if said else f"District {district} had nothing new.", "bold green")


def named(found: dict[str, Any]) -> str:
    return f"{found['district']} ({found['name']})" if found["name"] else found["district"]


def _state(found: dict[str, Any]) -> str:
    if found["approval"] == "wanted":
        return "waits for approval"
    return "paused" if found["paused"] else "connected"
