"""Records of a provider, JSON objects or rows of a CSV file, in one flat form.

A row is `(sourced_id, fields, place)`: KEPT names the fields, everything else is dropped where it
is met, passwords, races and places of birth before anybody sees them. Values are as sent, trimmed:
what they mean is decided later. An absent name means that the source does not say; "" and []
mean that it says: empty. `place` is the row of the CSV file (the header is row 1), or the page.

A record without a usable `sourcedId` becomes a `Flaw`, and nothing else in a record can be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from rostering.oneroster.columns import METADATA

Row = tuple[str, dict[str, Any], int]

MOST_ID_CHARS = 255
EXTENSIONS = frozenset({"student_number", "gg4l.primary_school", "gg4l.primaryGrade"})     # of the metadata of users

_USABLE = re.compile(r"[0-9A-Za-z./@_ :|-]+")
_STANDARD = re.compile(r"[0-9A-Za-z./@_-]+")
_SHOWN_CHARS = 40
_PAIR = re.compile(r"\{([^{}:]*):([^{}]*)\}")


class Kept(NamedTuple):
    """A field, what it holds, its CSV column, and its names in JSON if they are others."""

    field: str
    holds: str
    column: str
    keys: tuple[str, ...] = ()


_EVERY = (Kept("status", "text", "status"), Kept("modified", "text", "dateLastModified"))
_GRADES = Kept("grades", "list", "grades", ("grades", "grade"))
_SUBJECTS = Kept("subjects", "list", "subjects")

# In the order in which a provider is asked (handbook, section 5).
KEPT: dict[str, tuple[Kept, ...]] = {
    "orgs": (
        Kept("name", "text", "name"), Kept("type", "text", "type"), Kept("identifier", "text", "identifier"),
        Kept("parent", "ref", "parentSourcedId", ("parent", "parentSourcedId"))),
    "academicSessions": (
        Kept("title", "text", "title"), Kept("type", "text", "type"),
        Kept("start_date", "text", "startDate"), Kept("end_date", "text", "endDate"),
        Kept("parent", "ref", "parentSourcedId", ("parent", "parentSourcedId")),
        Kept("school_year", "text", "schoolYear")),
    "courses": (
        Kept("title", "text", "title"), Kept("code", "text", "courseCode"), _GRADES,
        Kept("org", "ref", "orgSourcedId", ("org", "orgSourcedId")),
        Kept("school_year", "ref", "schoolYearSourcedId", ("schoolYear", "schoolYearSourcedId")), _SUBJECTS),
    "classes": (
        Kept("title", "text", "title"), _GRADES,
        Kept("course", "ref", "courseSourcedId", ("course", "courseSourcedId")),
        Kept("code", "text", "classCode"), Kept("type", "text", "classType"), Kept("location", "text", "location"),
        Kept("school", "ref", "schoolSourcedId", ("school", "schoolSourcedId")),
        Kept("terms", "refs", "termSourcedIds", ("terms", "termSourcedIds", "termSourcedId")),
        _SUBJECTS, Kept("periods", "list", "periods")),
    "users": (
        Kept("enabled", "raw", "enabledUser"), Kept("username", "text", "username"),
        Kept("user_ids", "ids", "userIds"), Kept("given_name", "text", "givenName"),
        Kept("family_name", "text", "familyName"), Kept("middle_name", "text", "middleName"),
        Kept("preferred_given_name", "text", "preferredGivenName",
             ("preferredFirstName", "preferredGivenName", "prefferedGivenName")),
        Kept("preferred_family_name", "text", "preferredFamilyName", ("preferredLastName", "preferredFamilyName")),
        Kept("identifier", "text", "identifier"), Kept("email", "text", "email"), Kept("sms", "text", "sms"),
        Kept("phone", "text", "phone"),
        Kept("agents", "refs", "agentSourcedIds", ("agents", "agentSourcedIds")), _GRADES,
        Kept("primary_org", "ref", "primaryOrgSourcedId", ("primaryOrg", "primaryOrgSourcedId"))),
    "enrollments": (
        Kept("class", "ref", "classSourcedId", ("class", "classSourcedId")),
        Kept("school", "ref", "schoolSourcedId", ("school", "schoolSourcedId")),
        Kept("user", "ref", "userSourcedId", ("user", "userSourcedId")), Kept("role", "text", "role"),
        Kept("primary", "raw", "primary"),
        Kept("begin_date", "text", "beginDate"), Kept("end_date", "text", "endDate")),
    "demographics": (Kept("birth_date", "text", "birthDate", ("birthDate", "birthdate")),),
}
COLLECTIONS = tuple(KEPT)

# A role of a user: what it is called here, its CSV column in roles.csv, its key in JSON.
ROLE = (("role", "role", "role"), ("type", "roleType", "roleType"), ("org", "orgSourcedId", "org"),
        ("begin_date", "beginDate", "beginDate"), ("end_date", "endDate", "endDate"))


@dataclass(frozen=True, slots=True)
class Flaw:
    """A record that can't be used. `shown` is its id as far as it can be printed, at most 40 characters.

    R-OR-ID: its sourcedId is absent, too long, or has characters that no id may have. R-OR-RECORD: it is
    no record at all. R-OR-RAGGED: the row has more or fewer cells than the header. R-OR-QUOTES: its
    quotation marks are wrong. R-OR-ROLE-USER, R-OR-ROLES: a role of a user who is not there, or who has too
    many; `collection` is "roles" and the ids are those of the user.

    `sourced_id` is the whole id where that can be relied on: the record was there, it is not missing.
    Where it is "", nobody knows whose record this was.
    """

    code: str
    collection: str
    shown: str
    place: int = 0
    sourced_id: str = ""


def usable(sourced_id: str) -> bool:
    """Whether it can be the key of a record: the alphabet of 1.2.1, and space, `:` and `|`, which real ids have."""
    return len(sourced_id) <= MOST_ID_CHARS and _USABLE.fullmatch(sourced_id) is not None


def by_the_standard(sourced_id: str) -> bool:
    """Whether a usable id keeps to the alphabet of the standard; one that does not deserves a warning."""
    return _STANDARD.fullmatch(sourced_id) is not None


def shown(value: object) -> str:
    """What can be shown of an id, whatever it is."""
    text = value if isinstance(value, str) else str(value) if type(value) is int else ""
    return "".join(each if each.isprintable() else "\ufffd" for each in text[:_SHOWN_CHARS])


# ---------------------------------------------------------------------- JSON


def from_json(collection: str, record: object, *, page: int, extended: Collection[str] = ()) -> Row | Flaw:
    """The row of an object of a collection. `extended` are further names of the metadata of users to keep."""
    if not isinstance(record, dict):
        return Flaw("R-OR-RECORD", collection, "", page)
    sent = record.get("sourcedId")
    sourced_id = _text(sent) if isinstance(sent, str) or type(sent) is int else ""
    if not sourced_id or not usable(sourced_id):
        return Flaw("R-OR-ID", collection, shown(sent), page)
    fields = {}
    for field, read, keys in _JSON[collection]:
        for key in keys:
            if key in record:
                value = read(record[key])
                if value is not None:
                    fields[field] = value
                    break
    if not fields.get("status", "x"):
        del fields["status"]
    if collection == "users":
        if (roles := _json_roles(record)) is not None:
            fields["roles"] = roles
        if isinstance(kept := record.get("metadata"), dict):
            fields["metadata"] = {name: text for name, value in kept.items()
                                  if (name in EXTENSIONS or name in extended) and (text := _text(value)) is not None}
    return sourced_id, fields, page


def _json_roles(record: Mapping[str, Any]) -> list[dict[str, str]] | None:
    """1.2: the roles as they are; 1.1: the one role at every org. None if neither is said."""
    sent = record.get("roles")
    if isinstance(sent, list) and (sent or "role" not in record):
        return [_role({name: (_ref if name == "org" else _text)(one.get(key)) or "" for name, _, key in ROLE})
                for one in sent if isinstance(one, dict)]
    role, orgs = _text(record.get("role", ...)), _refs(record.get("orgs", record.get("orgSourcedIds", ...)))
    return roles_of(role, orgs)


def roles_of(role: str | None, orgs: list[str] | None) -> list[dict[str, str]] | None:
    """The roles of a user of 1.1: one role, at the first org primarily. None: nothing is said of them."""
    if role is None and orgs is None:
        return None
    if not role and not orgs:
        return []
    return [_role({"role": role or "", "type": "secondary" if at else "primary", "org": org})
            for at, org in enumerate(dict.fromkeys(orgs or [""]))]


def _role(said: dict[str, str]) -> dict[str, str]:
    return {name: said.get(name, "") for name, *_ in ROLE}


def _text(value: object) -> str | None:
    """Text of any single value; None if it is none."""
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else None


def _raw(value: object) -> str | bool | None:
    return value if isinstance(value, bool) else _text(value)


def _ref(value: object) -> str | None:
    """The id that a reference points at: `{"sourcedId": ...}`, or the id itself."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("sourcedId", ...)
    return None if isinstance(value, bool | float) else _text(value)


def _refs(value: object) -> list[str] | None:
    if value is None:
        return []
    if isinstance(value, str):
        return _split(value)
    if not isinstance(value, list | dict):
        return None
    return [one for each in (value if isinstance(value, list) else [value]) if (one := _ref(each))]


def _list(value: object) -> list[str] | None:
    if isinstance(value, list):
        return [one for each in value if (one := _text(each))]
    text = _text(value)
    return None if text is None else _split(text)


def _ids(value: object) -> list[list[str]] | None:
    if isinstance(value, list):
        return [[_text(each.get("type")) or "", one] for each in value
                if isinstance(each, dict) and (one := _text(each.get("identifier")))]
    text = _text(value)
    return None if text is None else _pairs(text)


def _split(text: str) -> list[str]:
    return [one for each in text.split(",") if (one := each.strip())] if text else []


def _pairs(text: str) -> list[list[str]]:
    """`{type:id},{type:id}`; what has no braces is an id without a type."""
    if not text:
        return []
    found = [[kind.strip(), one.strip()] for kind, one in _PAIR.findall(text) if one.strip()]
    return found or [["", one.strip("{} ")] for one in _split(text) if one.strip("{} ")]


_READERS: dict[str, Callable[[Any], Any]] = {"text": _text, "raw": _raw, "ref": _ref, "refs": _refs, "list": _list,
                                             "ids": _ids}
_JSON = {collection: tuple((kept.field, _READERS[kept.holds], kept.keys or (kept.column,)) for kept in (*_EVERY, *all_))
         for collection, all_ in KEPT.items()}


# ---------------------------------------------------------------------- CSV


class CsvReader:
    """Makes rows of the cells of one file. `places` says where the standard's columns are.

    `metadata` says where the columns `metadata.…` are, by the rest of their names.
    """

    def __init__(self, collection: str, places: Mapping[str, int], metadata: Mapping[str, int], *,
                 extended: Collection[str] = ()) -> None:
        self.collection = collection
        self._id = places["sourcedId"]
        self._status = "status" in places
        found = [(kept.field, places[kept.column], kept.holds)
                 for kept in (*_EVERY, *KEPT[collection]) if kept.column in places]
        self._texts = [(field, at) for field, at, holds in found if holds in ("text", "raw", "ref")]
        self._lists = [(field, at, _pairs if holds == "ids" else _split) for field, at, holds in found
                       if holds in ("list", "refs", "ids")]
        users = collection == "users"
        self._role = places.get("role") if users else None
        self._orgs = places.get("orgSourcedIds") if users else None
        self._metadata = [(name, at) for name, at in metadata.items()
                          if users and (name in EXTENSIONS or name in extended)]

    def read(self, cells: list[str], place: int) -> Row | Flaw:
        sourced_id = cells[self._id].strip()
        if not usable(sourced_id):
            return Flaw("R-OR-ID", self.collection, shown(sourced_id), place)
        fields: dict[str, Any] = {field: cells[at].strip() for field, at in self._texts}
        for field, at, split in self._lists:
            fields[field] = split(cell) if (cell := cells[at].strip()) else []
        if self._status and not fields["status"]:
            del fields["status"]
        if self._role is not None or self._orgs is not None:
            fields["roles"] = roles_of(None if self._role is None else cells[self._role].strip(),
                                       None if self._orgs is None else _split(cells[self._orgs]))
        if self._metadata:
            fields["metadata"] = {name: cells[at].strip() for name, at in self._metadata}
        return sourced_id, fields, place

    def flaw(self, code: str, cells: list[str], place: int) -> Flaw:
        """What is known of a row whose cells are not those of the header: its id, if that stands before them all."""
        first = cells[0].strip() if cells and self._id == 0 else ""
        return Flaw(code, self.collection, shown(first), place, first if usable(first) else "")


def extension(header: str) -> str | None:
    """The name of the extension that a column `metadata.…` holds, None if it is another column."""
    return header[len(METADATA):] if header[:len(METADATA)].casefold() == METADATA else None
