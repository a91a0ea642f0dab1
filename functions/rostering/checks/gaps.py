"""What is missing in a school, gap by gap, with what to do about it.

One pass over the listing of the school's people and one over its classes; what they point at beyond
the school (a class elsewhere, a child of another school) is read by key. People count where they are at
home, so that the schools of a site add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from rostering import listing
from rostering.checks import view
from rostering.checks.facts import Calendar, active_classes
from rostering.checks.view import Looking
from rostering.errors import InputError
from rostering.model import Account
from rostering.people import account_of
from rostering.store import keys
from rostering.store.keys import Key

GapName = Literal["student_no_class", "class_no_teacher", "class_no_students", "student_no_email", "staff_no_email",
                  "guardian_no_email", "open_match", "double_name", "shared_email", "class_term_over",
                  "guardian_no_student", "enrolled_inactive_person", "enrolled_inactive_class", "class_no_course",
                  "no_way_in"]


class Gap(NamedTuple):
    """A kind of gap: what it is called, and what to do."""

    title: str
    do: str


GAPS: dict[GapName, Gap] = {
    "student_no_class": Gap("Students without a class",
                            "Ask the registrar whether they are scheduled; the next delivery brings their classes."),
    "class_no_teacher": Gap("Classes without an active teacher",
                            "Name the teacher in the SIS, or reactivate the account: nobody sees the class now."),
    "class_no_students": Gap("Classes without students",
                             "See whether the rosters came with the delivery, or close the class in the SIS."),
    "student_no_email": Gap("Students without an e-mail",
                            "Needed where students sign in with Google or OneDrive; the SIS sends it or not."),
    "staff_no_email": Gap("Teachers and staff without an e-mail",
                          "They can't be sent their link: have the e-mail entered in the SIS, or set it by hand."),
    "guardian_no_email": Gap("Guardians without an e-mail",
                             "Hand their activation code out on paper, or have the e-mail entered in the SIS."),
    "open_match": Gap("Rows that wait for somebody to say who they are",
                      "Decide: rollbook matches, then rollbook match decide."),
    "double_name": Gap("People with the same name and birth date as another one",
                       "If it is one person: rollbook account merge. If not, nothing."),
    "shared_email": Gap("People with the same e-mail as another one",
                        "One person in two roles: rollbook account link. Two people: each needs their own e-mail."),
    "class_term_over": Gap("Classes whose terms are all over",
                           "Nobody sees them. See whether the new terms came with the delivery."),
    "guardian_no_student": Gap("Guardians without an active student",
                               "They see nothing. Their accounts go with the next delivery of their source."),
    "enrolled_inactive_person": Gap("Places in classes of people who are not active",
                                    "They are not shown. Reactivate who should be there, else nothing."),
    "enrolled_inactive_class": Gap("Places of students in classes that are off or not there",
                                   "The student doesn't see them. See whether the class came with the delivery."),
    "class_no_course": Gap("Classes whose course is unknown",
                           "See whether the course came with the delivery; its row may have been turned back."),
    "no_way_in": Gap("Active accounts that nobody can sign in with",
                     "Students and guardians: rollbook batch reset. Employees need a one-time link or code."),
}
_NO_EMAIL = {"Student": "student_no_email", "Guardian": "guardian_no_email"}


@dataclass(frozen=True, slots=True)
class Found:
    """One case of a gap: a person, a class, a person's place in a class, or a match."""

    account: str = ""
    section: str = ""
    match: str = ""
    role: str = ""
    last_name: str = ""
    first_name: str = ""
    grade: str = ""
    username: str = ""
    name: str = ""

    @property
    def order(self) -> tuple[str, ...]:
        """Where it stands in a list; no two of a gap stand at one place."""
        return tuple(f"={part}" for part in (self.role, self.last_name.casefold(), self.first_name.casefold(),
                                             self.name.casefold(), self.account, self.section, self.match))


@dataclass(slots=True)
class Survey:
    """What was found in a school, each list in order. `people` and `classes` are how many are active."""

    people: int = 0
    classes: int = 0
    found: dict[str, list[Found]] = field(default_factory=lambda: {gap: [] for gap in GAPS})

    @property
    def counts(self) -> dict[str, int]:
        return {gap: len(cases) for gap, cases in self.found.items()}


def survey(looking: Looking, school: str) -> Survey:
    """The gaps of a school. Raises InputError (TOO_MANY) for one with more than `view.MOST` people."""
    people = _people(looking, school)
    classes = _Classes(looking, school)
    classes.read(people)
    at_home = [one for one in people.values()
               if (one.fields.get("school") or "") == school and one.status != "inactive"]
    done = Survey(people=len(at_home), classes=len(classes.active))
    for gap, found in (*_of_people(looking, at_home, people), *classes.gaps(), *classes.lost_places(at_home),
                       *_orphans(looking, at_home, people), *_matches(looking, school)):
        done.found[gap].append(found)
    for cases in done.found.values():
        cases.sort(key=lambda found: found.order)
    return done


def _people(looking: Looking, school: str) -> dict[str, Account]:
    found: dict[str, Account] = {}
    for account in listing.everybody(looking.store, looking.site, school):
        found[account.id] = account
        if len(found) > view.MOST:
            raise InputError("TOO_MANY", f"the school has more than {view.MOST:,} people")
    return found


def _of_people(looking: Looking, at_home: list[Account], everybody: dict[str, Account]) -> Iterator[tuple[str, Found]]:
    shared = view.doubles(everybody.values())
    for account in at_home:
        if account.role == "Student" and not active_classes(account):
            yield "student_no_class", _person(account)
        if not account.fields.get("email"):
            yield _NO_EMAIL.get(account.role, "staff_no_email"), _person(account)
        for what in sorted(shared.get(account.id, ())):
            yield "double_name" if what == "name" else "shared_email", _person(account)
    for start in range(0, len(at_home), listing.PAGE):
        for seen in looking.see(at_home[start:start + listing.PAGE], {"sign_in"}):
            if seen.first_secret in ("none", "expired") and seen.account.status == "active":
                yield "no_way_in", _person(seen.account)


def _orphans(looking: Looking, at_home: list[Account], everybody: dict[str, Account]) -> Iterator[tuple[str, Found]]:
    guardians = [one for one in at_home if one.role == "Guardian"]
    children = _others(looking, (child for one in guardians for child in one.students), everybody)
    for one in guardians:
        if not any(link[3] == "active" and child in children and children[child].status != "inactive"
                   for child, link in one.students.items()):
            yield "guardian_no_student", _person(one)


def _matches(looking: Looking, school: str) -> Iterator[tuple[str, Found]]:
    for item in looking.store.query(keys.match(looking.site, "").pk).items:
        body = item.body
        who = body.get("who") or {}
        if body["state"] == "open" and (who.get("school") or "") == school:
            yield "open_match", Found(match=item.key.sk, role=body["kind"], last_name=who.get("last_name") or "",
                                      first_name=who.get("first_name") or "", grade=who.get("grade") or "")


def _others(looking: Looking, names: Iterable[str], known: dict[str, Account]) -> dict[str, Account]:
    """`known` and the accounts of `names` that are not among them."""
    missing = [name for name in dict.fromkeys(names) if name not in known]
    items = looking.store.get_many(keys.account(looking.site, name) for name in missing) if missing else {}
    return known | {one.id: one for one in map(account_of, items.values())}


class _Classes:
    """The classes of a school, those its people are in elsewhere, and their people, terms and courses."""

    def __init__(self, looking: Looking, school: str) -> None:
        self._looking, self._school = looking, school
        self._calendar = Calendar(looking.store, looking.site)
        self._people: dict[str, Account] = {}
        self._courses: set[str] = set()
        self.active: list[dict[str, Any]] = []

    def read(self, people: dict[str, Account]) -> None:
        store, site = self._looking.store, self._looking.site
        own = [item.body for item in store.listing(keys.sections(site, self._school), limit=None).items]
        for body in own:
            self._calendar.add(body)
        self._calendar.read(section for one in people.values() for section in active_classes(one))
        self.active = [body for body in own if body.get("status", "active") == "active"]
        self._people = _others(self._looking, (
            name for body in self.active for name in (*body.get("teachers", {}), *body.get("members", {}))), people)
        named = {course: _course(site, course) for body in self.active if (course := body["fields"].get("course"))}
        there = store.get_many(named.values()) if named else {}
        self._courses = {course for course, key in named.items() if key in there}

    def gaps(self) -> Iterator[tuple[str, Found]]:
        today = self._looking.at.today
        for body in self.active:
            found = _section(body)
            if body["fields"].get("course") not in self._courses:
                yield "class_no_course", found
            if self._calendar.when(body["id"], today) == "over":
                yield "class_term_over", found
                continue
            if not any(self._is_active(name) for name in body.get("teachers", {})):
                yield "class_no_teacher", found
            gone = [name for name in body.get("members", {}) if not self._is_there(name)]
            if len(gone) == len(body.get("members", {})):
                yield "class_no_students", found
            for name in gone:
                yield "enrolled_inactive_person", _place(body, name, self._people.get(name))

    def lost_places(self, people: list[Account]) -> Iterator[tuple[str, Found]]:
        """Places in classes that are off or not there at all."""
        for one in people:
            for section in active_classes(one):
                body = self._calendar.sections.get(section)
                if body is None or body.get("status", "active") != "active":
                    yield "enrolled_inactive_class", _place(body or {"id": section, "fields": {}}, one.id, one)

    def _is_active(self, name: str) -> bool:
        return name in self._people and self._people[name].status == "active"

    def _is_there(self, name: str) -> bool:
        return name in self._people and self._people[name].status != "inactive"


def _course(site: str, course: str) -> Key:
    school, _, name = course.partition("|")
    return keys.course(site, school, name)


def _person(account: Account) -> Found:
    fields = account.fields
    return Found(account=account.id, role=account.role, username=account.username,
                 last_name=fields.get("last_name") or "", first_name=fields.get("first_name") or "",
                 grade=fields.get("grade") or "")


def _section(body: dict[str, Any]) -> Found:
    return Found(section=body["id"], name=body["fields"].get("name") or "")


def _place(body: dict[str, Any], name: str, account: Account | None) -> Found:
    who = _person(account) if account else Found(account=name)
    return Found(account=who.account, role=who.role, username=who.username, last_name=who.last_name,
                 first_name=who.first_name, grade=who.grade, section=body["id"],
                 name=body["fields"].get("name") or "")
