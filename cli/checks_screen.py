"""How the checks are shown: a person whole, a class as somebody sees it, what is missing."""

from __future__ import annotations

from typing import Any

from cli.account import shown, source_says
from cli.screen import say, table

WAY_IN = {"none": "None", "issued": "Issued", "used": "Used", "expired": "Expired", "own": "Own password"}
_METHOD = {"words": "a first secret", "code": "an activation code", "link": "a link by email"}
_STATE = {"none": "none was issued", "issued": "not used yet", "used": "used", "expired": "expired"}
_SHOWN_ENTRIES = 20


def show_profile(found: dict[str, Any]) -> None:
    """Print a person as the profile tells of them."""
    say(f"{found['first_name']} {found['last_name']}  ({found['role']}, {found['status']})", "bold")
    origin = "kept by the SIS" if found["origin"] == "sis" else "made by hand"
    say(f"Account {found['account']}, username {found['username']}, {origin}; "
        f"last changed by {cause_of(found['last']) or 'nobody'}", "dim")
    off = found["deactivated"]
    if found["status"] == "inactive" and off:
        say(f"Switched off by {cause_of(off)}{': ' + off['reason'] if off.get('reason') else ''}", "yellow")
    say(f"E-mail: {found['email'] or 'none'} ({found['email_state']})")
    say(_sign_in(found["sign_in"]))
    schools = ", ".join(f"{one['id']} {one['name']}".strip() + (" (home)" if one["home"] else "")
                        for one in found["schools"])
    say(f"Schools: {schools or 'none'}")
    rights = ", ".join(f"{right} ({'whole site' if schools == ['*'] else ', '.join(schools)})"
                       for right, schools in found["rights"].items())
    say(f"Rights: {rights or 'none'}")
    for one in found["identifiers"]:
        say(f"{one['system']} calls them {one['value']} ({one['kind']})", "dim")
    for one in found["linked"]:
        stands = "linked with" if one["counts"] else "was linked, with another email now or switched off:"
        say(f"The same person {stands} {one['username']} ({one['role']})", "dim")
    if found["fields"]:
        table("Values", ("Field", "Value", "Origin", "The source says", "By", "When"), (
            (name, "(withheld)" if one["withheld"] else shown(one["value"]), one["origin"],
             source_says(one) if one["origin"] == "hand" else "",
             f"load {one['load'][-6:]}, row {one['row']}" if one["row"] else f"load {one['load'][-6:]}" if one["load"]
             else one["by"], time_of(one["at"])) for name, one in found["fields"].items()))
    if found["enrollments"]:
        table("Teaches" if found["role"] in ("Teacher", "Staff") else "Classes",
              ("Class", "Section", "Course", "Term", "From", "To", "Status", "Put there by"),
              ((one["name"], one["section"], one["course"], terms_of(one), one["start_date"], one["end_date"],
                standing(one), cause_of(one["put_by"] or {})) for one in found["enrollments"]))
    if found["relatives"]:
        table("Students" if found["role"] == "Guardian" else "Guardians",
              ("Last name", "First name", "Username", "Relationship", "Account", "Link", "Put there by"),
              ((one["last_name"], one["first_name"], one["username"], one["relationship"], one["status"], one["link"],
                cause_of(one["put_by"] or {})) for one in found["relatives"]))
    if found["hidden"]:
        say(f"{found['hidden']:,} classes or people of schools that you have no right in are not shown.", "yellow")
    if found["history"]:
        newest = found["history"][:_SHOWN_ENTRIES]
        table("History, the newest first", ("When", "What", "By", "Why", "Changed"), (
            (time_of(one["at"]), one["action"], cause_of(one, when=False), one["reason"] or one["rule"],
             "; ".join(_moved(moved) for moved in one["moved"])) for one in newest))
        more = len(found["history"]) - len(newest) + found["older_entries"]
        if more:
            say(f"{more:,} older entries are not shown (--json shows up to 100).", "dim")


def show_roster(found: dict[str, Any], who: str) -> None:
    """Print a class as somebody sees it."""
    whom = f"a {who}" if who in ("teacher", "student") else who
    say(f"{found['name'] or found['section']} as {whom} sees it", "bold")
    about = [f"section {found['section']}", f"school {found['school']}", found["course"], terms_of(found),
             f"period {found['period']}" if found["period"] else "", found["room"]]
    say(", ".join(part for part in about if part), "dim")
    if not found["shown"]:
        say(f"The class is not shown to them: {found['told']}. If it were:", "yellow")
    for title, places in (("Teachers", found["teachers"]), ("Students", found["students"])):
        if places or title == "Teachers" or found["as_role"] == "teacher":
            table(f"{title} ({len(places)})", ("Last name", "First name", "Username", "Part", "From", "To",
                                               "Put there by"), (_place(one) for one in places))
    if found["summary"]:
        say(f"{found['summary']}.", "yellow")
    listed = [one for one in found["hidden"] if one["why"] != "classmates"]
    if listed:
        table("Not shown", ("Last name", "First name", "Username", "Why", "From", "To", "By"), (
            (one["last_name"], one["first_name"], one["username"] or one["account"], one["told"], one["start_date"],
             one["end_date"], cause_of(one["put_by"])) for one in listed))


def show_schedule(found: dict[str, Any]) -> None:
    """Print the classes that somebody sees."""
    if not found["shown"]:
        say(f"They see nothing: {found['told']}. If they could sign in:", "yellow")
    for term in found["terms"]:
        days = f" ({term['start_date']} to {term['end_date']})" if term["start_date"] else ""
        whose = ("Student",) if any(one["student"] for one in term["classes"]) else ()
        table(f"{term['name'] or 'Without a term'}{days}", ("Period", "Class", "Section", "Course", *whose), (
            (one["period"], one["name"], one["section"], one["course"], one["student"])[:4 + len(whose)]
            for one in term["classes"]))
    if not found["terms"]:
        say("No class is shown to them.", "yellow")
    if found["summary"]:
        say(f"{found['summary']}.", "yellow")
        table("Not shown", ("Class", "Section", "Term", "Student", "Why"), (
            (one["name"], one["section"], terms_of(one), one["student"], one["told"]) for one in found["hidden"]))
    if found["not_told"]:
        say(f"{found['not_told']:,} classes or students of schools that you have no right in are not shown.", "yellow")


def show_gaps(found: dict[str, Any], *, whole: bool) -> None:
    """Print the gaps of a school: the numbers first, then the cases with what to do."""
    open_ones = [one for one in found["gaps"] if one["count"]]
    if not whole:
        say(f"School {found['school'] or 'none'}: {found['people']:,} people and {found['classes']:,} classes "
            "are active.", "bold")
        table("", ("Gap", "Cases", "Name"), ((one["title"], one["count"], one["gap"]) for one in found["gaps"]),
              right=("Cases",))
    for one in open_ones:
        table(f"{one['title']} ({one['count']:,})", ("Who or what", "Role", "Grade", "Username", "Class", "Id"),
              (_case(case) for case in one["first"]))
        more = one["count"] - len(one["first"])
        if more > 0:
            say(f"and {more:,} more: --gap {one['gap']}", "dim")
        say(f"What to do: {one['do']}")
    if not open_ones:
        say("Nothing is missing.", "green")


def show_site_gaps(site: str, schools: list[dict[str, Any]]) -> None:
    """Print the numbers of gaps by school, those that are anywhere."""
    from rostering.checks.gaps import GAPS

    names = [name for name in (schools[0]["counts"] if schools else {}) if any(one["counts"][name] for one in schools)]
    table(f"Gaps of {site}", ("Gap", *(one["school"] or "no school" for one in schools), "All"),
          ((GAPS[name].title, *(one["counts"][name] for one in schools), sum(one["counts"][name] for one in schools))
           for name in names), right=(*(one["school"] or "no school" for one in schools), "All"))
    if not names:
        say("Nothing is missing.", "green")
    else:
        say("To see who and what: rollbook check gaps --school …", "dim")


def _case(one: dict[str, Any]) -> tuple[str, ...]:
    name = f"{one['last_name']}, {one['first_name']}".strip(", ")
    place = f"{one['name']} ({one['section']})" if one["section"] and one["name"] else one["section"]
    if not one["account"] and one["section"]:
        name, place = one["name"], ""
    return (name, one["role"], one["grade"], one["username"], place, one["account"] or one["match"] or one["section"])


def _place(one: dict[str, Any]) -> tuple[str, ...]:
    return (one["last_name"], one["first_name"], one["username"], one["part"], one["start_date"], one["end_date"],
            cause_of(one["put_by"]))


def cause_of(cause: dict[str, Any], *, when: bool = True) -> str:
    """Who did it, in a few words: a load and its row, or a person; "" for nobody."""
    if cause.get("load"):
        row = f", row {cause['row']}" if cause.get("row") else ""
        who = f"load {cause['load'][-6:]}{row}"
    elif cause.get("by"):
        who = cause.get("by_username") or cause["by"]
    else:
        return ""
    return f"{who} on {cause['at'][:10]}" if when and cause.get("at") else who


def terms_of(one: dict[str, Any]) -> str:
    return ", ".join(f"{term['name']} ({term['start_date']} to {term['end_date']})" if term["start_date"]
                     else term["name"] for term in one["terms"])


def standing(one: dict[str, Any]) -> str:
    """A place in a class in a word: of the enrollment, else of the class and its term."""
    if one["status"] != "active":
        return "ended"
    if one["class_status"] != "active":
        return "class is off" if one["class_status"] else "no such class"
    return {"ahead": "term not begun", "over": "term is over"}.get(one["when"], "now")


def time_of(text: str) -> str:
    """A time as people read it; other words as they are."""
    return text[:16].replace("T", " ") if text[:1].isdigit() else text


def _sign_in(found: dict[str, Any]) -> str:
    state = found["first_secret"]
    told = "Signs in by a password of their own"
    if state in _STATE:
        told = f"Signs in first by {_METHOD.get(found['method'], found['method'])}: {_STATE[state]}"
    if found["issued_at"]:
        told += f" (issued {found['issued_at'][:10]})"
    if found["expires_at"]:
        told += f", good until {found['expires_at'][:10]}"
    if found["must_change"]:
        told += ", has to choose a password first"
    if found["locked_until"]:
        until = found["locked_until"]
        told += f"; locked {'until ' + time_of(until) if until[:1].isdigit() else until}"
    last = time_of(found["signed_in_at"])
    return f"{told}; last signed in {last}" if last else f"{told}; never signed in"


def _moved(one: dict[str, Any]) -> str:
    name = one["name"] if one["what"] == "fields" else f"{one['what']} {one['name']}".strip()
    if one["withheld"]:
        return f"{name} changed"
    if one["what"] == "by_hand":
        said = (one["after"] or {}).get("source")
        return f"{one['name']} kept by hand (the source says {said or 'nothing'})" if one["after"] else (
            f"{one['name']} as the source says again")
    return f"{name}: {_short(one['before'])} → {_short(one['after'])}"


def _short(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(str(part) for part in value if part not in ("", None)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items() if part) or "none"
    return "none" if value is None else str(value)
