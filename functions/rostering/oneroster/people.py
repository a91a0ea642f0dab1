"""Users: who is who, who does not load, and the records of students, staff and guardians.

People are keyed by sourcedId. What two of a family have both (an email, an ID, a state ID) is left out
of both and told: none of it is a key. Who was deleted is said to be inactive and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rostering.connected.notes import Notes
from rostering.connected.persons import MOST_PHONE, is_email, is_phone, names, username_of
from rostering.connected.repeats import Once, Usernames
from rostering.connected.texts import MOST_ID, MOST_NAME, MOST_STATE_ID, fits, put, shown
from rostering.model import Record
from rostering.oneroster import grades
from rostering.oneroster.births import Births
from rostering.oneroster.collection import Collection
from rostering.oneroster.posts import Post, post_of
from rostering.oneroster.schools import Schools
from rostering.oneroster.vocabulary import Role, folded, is_deleted, truth

_OF = "users"
KINDS = ("student", "staff", "guardian")
_WORD = {"student": "students", "staff": "staff", "guardian": "guardians"}
_NAMES = (("first_name", "given_name", "givenName"), ("last_name", "family_name", "familyName"))
_LOCAL = frozenset({"local", "localid", "studentnumber", "studentid", "sis", "sisid", "staffid", "staffnumber",
                    "employeeid", "employeenumber", "teacherid", "teachernumber"})
_STATE = frozenset({"ssid", "state", "stateid", "statestudentid", "stateuniqueid", "statestaffid", "stateassignedid"})


class People:
    """The users of one reading.

    `numbers` maps everybody's sourcedId to a number from 0, `roles` and `places` go by it (a role is None
    where none was said). `held` do not load (some are known by then), `off` are switched off or gone,
    `deleted` were deleted. `agents` are whom students and guardians name. `sure` tells that all users are
    there.
    """

    def __init__(self, users: Collection, schools: Schools, births: Births, notes: Notes, *, today: str,
                 given: Mapping[str, dict[str, set[str]]], guardians: bool, usernames: bool, sure: bool,
                 held: set[str]) -> None:
        self._users, self._schools, self._births, self._notes = users, schools, births, notes
        self._today, self._given = today, given
        self._guardians, self._named = guardians, usernames
        self.sure = sure and users.any
        self.numbers: dict[str, int] = {}
        self.roles: list[Role | None] = []
        self.places: list[int] = []
        self.held = held
        self.off: set[str] = set()
        self.deleted: set[str] = set()
        self.agents: dict[str, list[str]] = {}
        self._emails = {kind: Once() for kind in KINDS}
        self._ids = {kind: Once() for kind in KINDS}
        self._state_ids = {kind: Once() for kind in KINDS}
        self._usernames = Usernames()
        self._earlier: list[str] = []
        self._left_out = 0
        self._first_left_out = ""
        self._survey()

    def role(self, ref: str) -> Role | None:
        number = self.numbers.get(ref)
        return None if number is None else self.roles[number]

    def records(self) -> Iterator[Record]:
        for ref, fields, place in self._users:
            if ref in self.held or ref not in self.numbers:
                continue
            if ref in self.deleted:
                role = self.role(ref)
                for kind in (role.kind,) if role else ("student", "staff"):
                    if kind != "guardian":      # their links are said to be inactive
                        yield Record(kind, ref, {"status": "inactive"}, place)
                continue
            post = post_of(ref, fields, self._schools, today=self._today, notes=None)
            if post and (self._guardians or post.role.kind != "guardian"):
                yield Record(post.role.kind, ref, self._fields(post.role.kind, ref, fields, post), place)

    def _survey(self) -> None:
        notes = self._notes
        usernames: list[tuple[str, str]] = []
        for ref, fields, place in self._users:
            deleted = is_deleted(fields)
            if not deleted and not self.sure and _is_part(fields):
                self._earlier.append(ref)
                continue
            post = post_of(ref, fields, self._schools, today=self._today, notes=None if deleted else notes)
            self.numbers[ref] = len(self.numbers)
            self.roles.append(post.role if post else None)
            self.places.append(place)
            if (agents := fields.get("agents")) and self._guardians and post and post.role.kind != "staff":
                self.agents[ref] = agents
            if deleted:
                self.deleted.add(ref)
                self.off.add(ref)
            elif ref in self._users.split:
                notes.note("R-DUP-KEY", _OF, "sourcedId", ref=ref, what="a sourcedId", other="of another name")
                self._back(ref, post)
            elif not post:
                notes.note("R-REQUIRED", _OF, "role", ref=ref)
                self._back(ref, None)
            elif post.role.kind == "guardian" and not self._guardians:
                self._left_out += 1
                self._first_left_out = min(self._first_left_out or ref, ref)
            else:
                notes.counts[_WORD[post.role.kind]]["rows"] += 1
                self._one(ref, fields, post, usernames)
        self._settle()
        if self._named:
            self._tell_usernames(usernames)

    def _one(self, ref: str, fields: dict[str, Any], post: Post, usernames: list[tuple[str, str]]) -> None:
        notes, kind = self._notes, post.role.kind
        enabled = truth(fields.get("enabled"))
        if enabled is None and fields.get("enabled"):
            notes.note("W-OR-WORD", _OF, "enabledUser", ref=ref, v=fields["enabled"], taken="true")
        off = enabled is False or (post.over and kind != "guardian")
        if off:
            self.off.add(ref)
        if not names(fields, _NAMES, _OF, ref, notes, self._given.get(kind, {}).get(ref, ())):
            self._back(ref, post)
        elif kind == "student" and not off and not post.school and self._schools.sure:
            notes.note("R-OR-NO-SCHOOL", _OF, "orgSourcedIds", ref=ref)
            self._back(ref, post)
        elif not off:
            email = (fields.get("email") or "").strip()
            if email and kind != "guardian" and is_email(email):
                self._emails[kind].add(email.lower(), ref)
            if (local := local_id(fields)) and kind != "guardian":
                self._ids[kind].add(local.casefold(), ref)
            if state := _state_id(fields):
                self._state_ids[kind].add(state, ref)
            if self._named and (name := username_of(fields.get("username"), email)):
                self._usernames.add(name, ref)
                usernames.append((ref, name))

    def _back(self, ref: str, post: Post | None) -> None:
        """`ref` does not load. Of whom the kind is not known, nobody is missing."""
        self.held.add(ref)
        kinds = (post.role.kind,) if post else KINDS
        for kind in kinds:
            self._notes.hold(kind, ref)
        if not post:      # nor is it known whose agents theirs are
            self._notes.unreadable.add("guardian_link")
        self._notes.turned_back(_WORD[kinds[0]])

    def _settle(self) -> None:
        for code, column, found in (("W-OR-EMAIL-TWICE", "email", self._emails),
                                    ("W-OR-ID-TWICE", "identifier", self._ids),
                                    ("W-OR-ID-TWICE", "userIds", self._state_ids)):
            for once in found.values():
                once.settle()
                for ref, other in once.pairs():
                    self._notes.note(code, _OF, column, ref=ref, other=other)
        if self._earlier:
            self._notes.note("I-OR-EARLIER", _OF, "role", ref=min(self._earlier), n=f"{len(self._earlier):,}")
        if self._left_out:
            self._notes.note("I-OR-NO-GUARDIANS", _OF, "role", ref=self._first_left_out, n=f"{self._left_out:,}")

    def _tell_usernames(self, usernames: list[tuple[str, str]]) -> None:
        for ref, name in usernames:
            if name in self._usernames.shared:
                other = self._usernames.owner[name]
                self._notes.note("W-OR-USERNAME-TWICE", _OF, "username", ref=ref,
                                 other=other if other != ref else "somebody else")
        self._usernames.owner = {}

    def _fields(self, kind: str, ref: str, fields: dict[str, Any], post: Post) -> dict[str, Any]:
        notes = self._notes
        record: dict[str, Any] = {"id": ref}
        local = local_id(fields)
        if local and local.casefold() not in self._ids[kind]:
            record["id"] = local
        record |= names(fields, _NAMES, _OF, ref, None, self._given.get(kind, {}).get(ref, ())) or {}
        self._put_email(record, kind, ref, fields)
        if self._named:
            self._put_username(record, ref, fields)
        if kind == "guardian":
            self._put_phone(record, ref, fields)
            return record
        put(record, fields, "middle_name", "middleName", MOST_NAME, _OF, ref, notes)
        if fields.get("user_ids") is not None:
            self._put_state_id(record, kind, ref, fields)
        if post.school:
            record["school"], record["other_schools"] = post.school, post.other_schools or None
        record["status"] = "inactive" if ref in self.off and not (kind == "student" and self._by_day(post, fields)) \
            else "active"
        if kind == "staff":
            record["role"] = "Teacher" if post.role.word == "teacher" else "Staff"
            if post.role.label and fits(post.role.label, MOST_NAME):
                record["title"] = post.role.label
            return record
        put(record, fields, "preferred_name", "preferredGivenName", MOST_NAME, _OF, ref, notes,
            field="preferred_given_name")
        self._put_grade(record, ref, fields)
        self._births.put(record, self.numbers[ref])
        for name, day in (("start_date", post.first), ("end_date", post.last)):
            if day is not None:
                record[name] = day or None
        return record

    @staticmethod
    def _by_day(post: Post, fields: dict[str, Any]) -> bool:
        """Whether a student is off by the last day alone, which says so itself."""
        return post.over and truth(fields.get("enabled")) is not False

    def _put_email(self, record: dict[str, Any], kind: str, ref: str, fields: dict[str, Any]) -> None:
        said = fields.get("email")
        if said is None:
            return
        email = said.strip()
        if email and not is_email(email):
            self._notes.note("W-OR-EMAIL", _OF, "email", ref=ref)
        elif email.lower() not in self._emails[kind]:
            record["email"] = email or None

    def _put_username(self, record: dict[str, Any], ref: str, fields: dict[str, Any]) -> None:
        name = username_of(fields.get("username"), (fields.get("email") or "").strip())
        if name == "":
            self._notes.note("W-OR-USERNAME", _OF, "username", ref=ref)
        elif name and name not in self._usernames.shared:
            record["username"] = name

    def _put_phone(self, record: dict[str, Any], ref: str, fields: dict[str, Any]) -> None:
        """The phone, else the number for text messages."""
        said = [(shown(fields[name]), name) for name in ("phone", "sms") if fields.get(name) is not None]
        if not said:
            return
        phone, column = next((each for each in said if each[0]), ("", ""))
        if not fits(phone, MOST_PHONE):
            self._notes.note("W-TEXT", _OF, column, ref=ref)
            return
        if phone and not is_phone(phone):
            self._notes.note("W-PHONE", _OF, column, ref=ref)
        record["phone"] = phone or None

    def _put_state_id(self, record: dict[str, Any], kind: str, ref: str, fields: dict[str, Any]) -> None:
        state = _state_id(fields)
        if state and not fits(state, MOST_STATE_ID):
            self._notes.note("W-TEXT", _OF, "userIds", ref=ref)
        elif state not in self._state_ids[kind]:
            record["state_id"] = state or None

    def _put_grade(self, record: dict[str, Any], ref: str, fields: dict[str, Any]) -> None:
        """The primary grade of the metadata, else the first that is listed."""
        said, primary = fields.get("grades"), (fields.get("metadata") or {}).get("gg4l.primaryGrade")
        if said is None and not primary:
            return
        found, unknown = grades.several(said or ())
        chosen = grades.grade_of(primary) if primary else None
        raw = ", ".join([*(said or ()), *([primary] if primary and not chosen else ())])
        if chosen or found:
            record["grade"] = chosen or found[0]
            if len(found) > 1 and not chosen:
                self._notes.note("W-OR-GRADES", _OF, "grades", ref=ref, v=raw, taken=found[0])
        elif not unknown and not primary:
            record["grade"] = None
        if unknown or (primary and not chosen):
            self._notes.note("W-OR-GRADE", _OF, "grades", ref=ref, v=raw)


def _is_part(fields: Mapping[str, Any]) -> bool:
    """Whether a row is half of a user: 1.2 keeps roles in a file of their own, and sends what has changed."""
    return fields.get("roles") is None or not ("given_name" in fields or "family_name" in fields)


def local_id(fields: Mapping[str, Any]) -> str:
    """The ID that people know a user by, "" if there is none: identifier, student number, a user ID of the SIS."""
    kinds = ((fields.get("metadata") or {}).get("student_number"), *_of_type(fields, _LOCAL))
    return next((text for each in (fields.get("identifier"), *kinds)
                 if (text := shown(each)) and fits(text, MOST_ID)), "")


def _state_id(fields: Mapping[str, Any]) -> str:
    return next((shown(each) for each in _of_type(fields, _STATE)), "")


def _of_type(fields: Mapping[str, Any], types: frozenset[str]) -> list[str]:
    ids = fields.get("user_ids")
    return [each for kind, each in ids if each and folded(kind) in types] if ids else []
