"""Gather the people of an account info sheet from the table: who, in which class, with which way in.

A load hands out the new accounts of one school: cards for its students, and a list of everybody
without secrets; an export hands out whom somebody asked for. Each student stands in the first class
of the day, so that nobody gets the same card six times; a sheet of one section has everybody in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rostering import listing, people
from rostering.account_sheets.people import ClassPart, SheetPerson, WayIn
from rostering.by_hand import email_synced
from rostering.credentials import envelope
from rostering.credentials.envelope import SiteSecrets
from rostering.model import Account
from rostering.store import keys

_WAYS: dict[str, WayIn] = {"first_secret": "first_secret", "own": "own"}
_NO_CLASS = "Not in a class yet"
_FAMILIES = "Families of "
_EMPLOYEES = ("Teacher", "Staff")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom a sheet is for. "" means any; `load` wants only accounts that this load made.

    `stage` wants those whom a stage of the hand-out is for: Staff with the teachers, and all guardians
    of the school's students, wherever they are listed. `account` wants that one person.
    """

    school: str = ""
    section: str = ""
    role: str = ""
    load: str = ""
    stage: str = ""
    account: str = ""
    only_not_signed_in: bool = False

    def fits(self, account: Account) -> bool:
        return (account.status != "inactive" and self.role in ("", account.role)
                and (not self.load or account.created.get("load") == self.load)
                and not (self.only_not_signed_in and account.signed_in_at))


class Office:
    """Reads one site's people for paper. Without `secrets` no envelope is opened.

    `wrong_emails` gives the code of those whose email was not taken (`emails.refused`). `link` makes the
    one-time code of an employee who has no password yet and whom no letter reaches ("" for everybody
    else). A code that ended before `now` is not printed. `checked` are further values of people by account,
    for a list that tells them (`checks.sheet`).
    """

    def __init__(self, store: Any, site: str, *, secrets: SiteSecrets | None = None,
                 wrong_emails: Mapping[str, str] | None = None, link: Callable[[Account], str] | None = None,
                 now: str = "", checked: Mapping[str, dict[str, Any]] | None = None) -> None:
        self._store = store
        self._site = site
        self._secrets = secrets
        self._wrong_emails = wrong_emails or {}
        self._link = link
        self._now = now
        self._checked = checked
        self._sections: dict[str, dict[str, Any]] = {}
        self._children: dict[str, Account] = {}

    @property
    def tells_secrets(self) -> bool:
        return self._secrets is not None

    @property
    def is_checked(self) -> bool:
        return self._checked is not None

    def accounts(self, wanted: Wanted) -> Iterator[Account]:
        """The active and pending accounts that are wanted, in the order of the listing."""
        yield from (account for account in self._listed_for(wanted) if wanted.fits(account))

    def _listed_for(self, wanted: Wanted) -> Iterator[Account]:
        if wanted.account:
            return self._read([wanted.account])
        if wanted.section:
            return iter(listing.of_section(self._store, self._site, wanted.section))
        if wanted.stage == "Guardian":
            return self._guardians_of(wanted.school)
        if wanted.stage == "Teacher":
            return (account for role in _EMPLOYEES for account in self._of_schools(replace(wanted, role=role))
                    if account.role == role)
        return self._of_schools(replace(wanted, role=wanted.stage or wanted.role))

    def _guardians_of(self, school: str) -> Iterator[Account]:
        """The guardians of a school's students, each once."""
        students = self._of_schools(Wanted(school=school, role="Student"))
        links = (link for one in students if one.status != "inactive" for link in one.guardians.items())
        return self._read(dict.fromkeys(guardian for guardian, link in links if link[3] == "active"))

    def _of_schools(self, wanted: Wanted) -> Iterator[Account]:
        schools = [wanted.school] if wanted.school else [*listing.schools_of(self._store, self._site), ""]
        for school in schools:
            yield from listing.everybody(self._store, self._site, school, role=wanted.role)

    def _read(self, ids: Iterable[str]) -> Iterator[Account]:
        found = self._store.get_many(keys.account(self._site, account) for account in ids)
        yield from (people.account_of(item) for item in found.values())

    def sheet_people(self, accounts: list[Account]) -> list[tuple[Account, SheetPerson]]:
        """`accounts` as a sheet shows them; only an office with secrets looks how they sign in."""
        signins = self._store.get_many(keys.username(self._site, account.username)
                                       for account in accounts if account.username) if self._secrets else {}
        by_account = {item.body["account"]: item.body for item in signins.values()}
        students = self._students_of(accounts)
        return [(account, self._person(account, by_account.get(account.id, {}), students)) for account in accounts]

    def _students_of(self, accounts: list[Account]) -> dict[str, str]:
        if self._secrets is None:
            return {}                      # a list does not name a guardian's students
        wanted = {student for account in accounts if account.role == "Guardian"
                  for student, link in account.students.items() if link[3] == "active"}
        found = {one.id: one for one in self._read(sorted(wanted))}
        self._children |= found
        return {name: f"{shown_first(one)} {one.fields.get('last_name', '')}" for name, one in found.items()}

    def _person(self, account: Account, signin: dict[str, Any], students: dict[str, str]) -> SheetPerson:
        fields = account.fields
        state = signin.get("state", "claimed")
        ended = state == "first_secret" and bool(self._now) and signin.get("expires_at", "~") <= self._now
        way_in: WayIn = "ended" if ended else _WAYS.get(state, "link")
        if account.role == "Guardian" and way_in == "first_secret":
            way_in = "code"
        secret = self._open(account, signin) if not ended else None
        if way_in == "link" and account.family == "employee" and self._secrets and self._link and signin:
            secret = self._link(account) or None
            way_in = "one_time" if secret else "link"
        person = SheetPerson(
            last_name=fields.get("last_name", ""), first_name=shown_first(account), role=account.role,
            username=account.username, way_in=way_in, secret=secret,
            grade=fields.get("grade", ""), school=fields.get("school", ""), person_id=fields.get("id", ""),
            email=fields.get("email", ""), email_synced=email_synced(account, self._wrong_emails.get(account.id, "")),
            status=account.status,
            origin="Manual" if account.source == "manual" else "SIS",
            classes=sum(pair[2] == "active" for pair in account.classes.values()),
            guardians=sum(link[3] == "active" for link in account.guardians.values()),
            last_login=account.signed_in_at,
            last_load=account.changed.get("load") or account.created.get("load", ""),
            students=tuple(students[one] for one in account.students if one in students))
        return replace(person, **(self._checked or {}).get(account.id, {}))

    def _open(self, account: Account, signin: dict[str, Any]) -> str | None:
        if self._secrets is None or signin.get("state") != "first_secret" or "envelope" not in signin:
            return None
        return envelope.unseal(signin["envelope"], self._secrets.data_key, site=self._site,
                               account=account.id, version=signin["secret_version"])

    def parts(self, shown: list[tuple[Account, SheetPerson]], *, section: str = "",
              school: str = "") -> list[ClassPart]:
        """The sheet's parts: classes, then employees, then guardians; one part if a `section` is asked for.

        Guardians whose students are told stand by the class of one, of `school` if there is one: their
        paper goes home with that child.
        """
        if shown and all(account.role == "Guardian" for account, _ in shown):
            return self._guardian_parts(shown, school)
        students = [(account, person) for account, person in shown if account.role == "Student"]
        if section:
            self._read_sections({section})
            return [self._class_part(section, [person for _, person in students])]
        self._read_sections({key for account, _ in students for key in _current(account)})
        classes: dict[str, list[SheetPerson]] = {}
        for account, person in students:
            classes.setdefault(self._first_class(account), []).append(person)
        order = sorted(classes, key=lambda key: (not key, self._sections.get(key, {}).get("name", ""), key))
        found = [self._class_part(key, classes[key]) for key in order]
        employees = [person for account, person in shown if account.role in ("Teacher", "Staff")]
        guardians = [person for account, person in shown if account.role == "Guardian"]
        return found + [ClassPart(title, tuple(group)) for title, group in
                        ((_called(employees), employees), ("Guardians", guardians)) if group]

    def _guardian_parts(self, shown: list[tuple[Account, SheetPerson]], school: str) -> list[ClassPart]:
        children = {account.id: self._child_of(account, school) for account, _ in shown}
        self._read_sections({key for child in children.values() if child for key in _current(child)})
        classes: dict[str | None, list[SheetPerson]] = {}
        for account, person in shown:
            child = children[account.id]
            classes.setdefault(self._first_class(child) if child else None, []).append(person)
        order = sorted(classes, key=lambda key: (not key, self._sections.get(key or "", {}).get("name", ""), key or ""))
        return [ClassPart("Guardians", tuple(classes[key])) if not key
                else self._class_part(key, classes[key], of=_FAMILIES) for key in order]

    def _child_of(self, guardian: Account, school: str) -> Account | None:
        children = [self._children[name] for name in guardian.students if name in self._children]
        return min(children, key=lambda child: (school not in child.schools, child.status != "active"), default=None)

    def _read_sections(self, wanted: set[str]) -> None:
        found = self._store.get_many(keys.section(self._site, key) for key in sorted(wanted))
        leads = {}
        for item in found.values():
            lead = [account for account, part in item.body.get("teachers", {}).items() if part == "lead"]
            leads[item.body["id"]] = lead[0] if lead else ""
        names = {one.id: f"{shown_first(one)} {one.fields.get('last_name', '')}"
                 for one in self._read(sorted({lead for lead in leads.values() if lead}))}
        for item in found.values():
            self._sections[item.body["id"]] = item.body["fields"] | {
                "teacher_name": names.get(leads[item.body["id"]], ""), "status": item.body["status"]}

    def _first_class(self, account: Account) -> str:
        """The section of a student's first class of the day: by period, then by name."""
        current = [key for key in _current(account) if self._sections.get(key, {}).get("status") == "active"]
        return min(current, default="", key=lambda key: (self._sections[key].get("period", "~"),
                                                         self._sections[key].get("name", ""), key))

    def _class_part(self, key: str, group: list[SheetPerson], *, of: str = "") -> ClassPart:
        about = self._sections.get(key, {})
        period = about.get("period", "")
        title = about.get("name", key) or _NO_CLASS
        return ClassPart(title, tuple(group), teacher=about.get("teacher_name", ""),
                         term=f"Period {period}" if period else "", heading=of and of + title)


def _current(account: Account) -> list[str]:
    return [key for key, pair in account.classes.items() if pair[2] == "active"]


def shown_first(account: Account) -> str:
    """The first name that people see."""
    return account.fields.get("preferred_name") or account.fields.get("first_name", "")


def _called(employees: list[SheetPerson]) -> str:
    roles = {person.role for person in employees}
    return "Teachers" if roles == {"Teacher"} else "Staff" if roles == {"Staff"} else "Teachers and staff"
