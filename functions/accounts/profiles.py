"""One account and all that hangs on it, as far as the one who looks may see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from accounts import by_hand, linking
from accounts.checking import looking_at
from accounts.models import profiles as told
from accounts.people import section_target
from accounts.ports import Ports
from rostering.access.roles import Actor, Target
from rostering.access.rules import allow
from rostering.batches.choose import targets
from rostering.checks import facts, history
from rostering.checks.facts import Calendar
from rostering.checks.filters import origin_of
from rostering.credentials.first_secrets import band_of
from rostering.model import Account
from rostering.people import account_of
from rostering.store import keys
from rostering.store.keys import Item

MOST_ENTRIES = 100


def profile_of(ports: Ports, actor: Actor, item: Item, target: Target) -> told.Profile:
    """The profile of the account in `item`; the `actor` may read it."""
    account, whole = account_of(item), bool(allow(actor, "account.list", target))
    looking = looking_at(ports, actor.site)
    (seen,) = looking.see([account], facts.ALL)
    past = history.read(ports.store, actor.site, item)
    classes, hidden = _classes(ports, actor, account, seen.sections, past, today=looking.at.today)
    relatives, unseen = _relatives(ports, actor, account, past) if whole else ([], 0)
    detail = by_hand.in_detail(account, item.version)
    profile = told.Profile(
        **detail.model_dump(),
        email_state=seen.email, origin=origin_of(account), enrollments=classes, relatives=relatives,
        sign_in=_sign_in(account, seen), hidden=hidden + unseen,
        last=_last(past, account), schools=_schools(ports, actor.site, account))
    profile.classes = seen.classes
    if whole:
        profile.identifiers = _identifiers(account)
        profile.linked = linking.shown(ports, actor, account)
        profile.history = [told.HistoryEntry(**asdict(entry.cause), action=entry.action, moved=[
            told.MovedValue(**asdict(one)) for one in entry.moved]) for entry in past.entries[:MOST_ENTRIES]]
        profile.older_entries = max(len(past.entries) - MOST_ENTRIES, 0)
        _tell_sources(profile, past)
    else:
        profile.fields = {}
        profile.rights, profile.created, profile.changed, profile.deactivated = {}, {}, {}, {}
    name_who_did_it(ports.store, actor.site, [profile.last, *profile.history, *(
        one.put_by for one in (*profile.enrollments, *profile.relatives))])
    return profile


def _tell_sources(profile: told.Profile, past: history.History) -> None:
    """Of each value of a source: which load brought it, in which row."""
    for name, field in profile.fields.items():
        cause = past.of("fields", name)
        if field.origin != "hand":
            field.load, field.row, field.at = cause.load, cause.row, cause.at
        elif not field.at:              # of an account that no source speaks for
            field.at, field.by = cause.at, cause.by


def _sign_in(account: Account, seen: facts.Seen) -> told.SignIn:
    return told.SignIn(method=band_of(account.role, account.fields.get("grade") or "").form,
                       signed_in_at=account.signed_in_at,
                       **{name: getattr(seen, name) for name in (
                           "first_secret", "issued_at", "expires_at", "must_change", "locked_until")})


def _identifiers(account: Account) -> list[told.Identifier]:
    """What each system calls the person. State ids are withheld, as everywhere."""
    found = [told.Identifier(system=system, kind="sourceId", value=key)
             for system, key in {account.source: account.source_key, **account.links}.items() if key]
    own = account.fields.get("id")
    if own:
        origin = account.origins.get("id", account.source)
        found.append(told.Identifier(system=origin, kind="localId", value=own))
    return found


def _schools(ports: Ports, site: str, account: Account) -> list[told.SchoolOfPerson]:
    home = account.fields.get("school")
    found = ports.store.get_many(keys.school(site, school) for school in account.schools)
    bodies = {item.body["key"]: item.body for item in found.values()}
    return [told.SchoolOfPerson(id=school, name=bodies.get(school, {}).get("fields", {}).get("name") or "",
                                home=school == home) for school in account.schools]


def _classes(ports: Ports, actor: Actor, account: Account, taught: list[str], past: history.History, *,
             today: str) -> tuple[list[told.ClassOfPerson], int]:
    """The classes of a person that the actor may read, by name, and how many others there are."""
    names = list(account.classes) if account.family != "employee" else taught
    calendar = Calendar(ports.store, actor.site)
    calendar.read(names)
    bodies = {name: calendar.sections[name] or {"id": name, "fields": {}} for name in names}
    courses = course_names(ports.store, actor.site, list(bodies.values()))
    found = []
    for name, body in bodies.items():
        if not allow(actor, "section.read", section_target(actor, body)):
            continue
        start, end, status = account.classes.get(name) or ("", "", "active")
        found.append(told.ClassOfPerson(
            section=name, part=body.get("teachers", {}).get(account.id, ""), status=status, start_date=start or "",
            end_date=end or "", when=calendar.when(name, today) if body.get("status") else "",
            class_status=body.get("status", ""), course=courses.get(name, ""), terms=terms_of(calendar, name),
            put_by=told.Cause(**asdict(past.of("classes", name))) if account.family != "employee" else None,
            **{part: body["fields"].get(part) or "" for part in ("name", "school", "period")}))
    return sorted(found, key=lambda one: (one.status != "active", one.name.casefold(), one.section)), (
        len(names) - len(found))


def terms_of(calendar: Calendar, section: str) -> list[told.TermOfClass]:
    """The terms of a section that are known, by their first day."""
    fields = [(calendar.terms.get(term) or {}).get("fields", {"name": term.rpartition("|")[2]})
              for term in facts.terms_of(calendar.sections.get(section) or {})]
    return sorted((told.TermOfClass(**{name: one.get(name) or "" for name in told.TermOfClass.model_fields})
                   for one in fields), key=lambda term: (term.start_date, term.name))


def course_names(store: Any, site: str, sections: list[dict[str, Any]]) -> dict[str, str]:
    """The names of the courses of sections, by section; the course's id where there is no such course."""
    keys_of = {body["id"]: body["fields"]["course"] for body in sections if body.get("fields", {}).get("course")}
    places = {course: keys.course(site, *_two(course)) for course in dict.fromkeys(keys_of.values())}
    found = store.get_many(places.values()) if places else {}
    return {section: (found[places[course]].body["fields"].get("name") or "") if places[course] in found
            else course.rpartition("|")[2] for section, course in keys_of.items()}


def _two(key: str) -> tuple[str, str]:
    school, _, name = key.partition("|")
    return school, name


def _relatives(ports: Ports, actor: Actor, account: Account,
               past: history.History) -> tuple[list[told.Relative], int]:
    """Guardians or students, as far as the actor may read them, and how many others there are."""
    pairs = [(kind, name, link) for kind, links in (("guardians", account.guardians), ("students", account.students))
             for name, link in links.items()]
    items = ports.store.get_many(keys.account(actor.site, name) for _, name, _ in pairs) if pairs else {}
    people = [account_of(item) for item in items.values()]
    may = {one.id: one for one, target in zip(people, targets(ports.store, actor, people), strict=True)
           if allow(actor, "account.read", target)}
    found = [told.Relative(account=name, role=may[name].role, status=may[name].status, username=may[name].username,
                           last_name=may[name].fields.get("last_name") or "",
                           first_name=may[name].fields.get("first_name") or "",
                           relationship=link[1] or link[0], link=link[3],
                           put_by=told.Cause(**asdict(past.of(kind, name))))
             for kind, name, link in pairs if name in may]
    return found, len(pairs) - len(found)


def _last(past: history.History, account: Account) -> told.Cause:
    """What changed the account last, or made it."""
    cause = account.changed or account.created
    if past.entries and not cause.get("at"):
        same = [entry.cause for entry in past.entries if entry.cause.load == cause.get("load")]
        if same:
            return told.Cause(**asdict(same[0]))
    made = past.made
    at = cause.get("at") or (made.at if made.load == cause.get("load") else "")
    return told.Cause(load=cause.get("load") or "", row=cause.get("row") or 0, by=cause.get("by") or "", at=at,
                      reason=cause.get("reason") or "", rule=cause.get("rule") or "")


def name_who_did_it(store: Any, site: str, causes: Iterable[told.Cause | None]) -> None:
    """Give their usernames to those who did something by hand."""
    causes = [cause for cause in causes if cause and cause.by]
    names = sorted({cause.by for cause in causes})
    found = store.get_many(keys.account(site, name) for name in names) if names else {}
    usernames = {item.body["id"]: item.body.get("username", "") for item in found.values()}
    for cause in causes:
        cause.by_username = usernames.get(cause.by, "")
