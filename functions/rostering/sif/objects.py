"""What we keep of the eleven objects: this table, and nothing else.

| written                     | what it reads                                                                  |
|-----------------------------|--------------------------------------------------------------------------------|
| `@A`, `A/B`                 | a text: an absent element is an absent field, an empty one is ""               |
| `@SchoolInfoRefId`          | where the name ends in RefId: a reference, as 32 uppercase hex digits          |
| `A:RefId`                   | an element that holds a reference                                              |
| `A[T]/B`                    | only in an A of @Type T                                                        |
| `A/B[]`, `A/B[]/C`          | a list; an empty A is an empty list                                            |
| `A/B{K}`, `A/B{K}/C`        | a map from @K; `SIF_Action="Delete"` is None                                   |
| several paths               | what `_compile_whole` says: flags, schedules, override                         |

The parser builds no element that is not listed here. That is how Social Security numbers (OtherId of
type 0004), AlertMessages, MedicalAlertMessages, addresses and all demographics but the birth date
stay outside: nobody can keep by mistake what was never read (handbook, section 7.2).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from rostering.sif.messages import Flaw, SifObject

_PERSON = {
    "local_id": "LocalId", "state_id": "StateProvinceId",
    "last_name": "Name[04]/LastName", "first_name": "Name[04]/FirstName", "middle_name": "Name[04]/MiddleName",
    "preferred_name": "Name[04]/PreferredName",
    "emails": "EmailList/Email{Type}",
    "extended": "SIF_ExtendedElements/SIF_ExtendedElement{Name}",
}
_SCHEDULE = "ScheduleInfoList/ScheduleInfo"
_FLAGS = ("ParentLegalGuardian", "PickupRights", "LivesWith", "AccessToRecords", "EmergencyContact", "HasCustody",
          "DisciplinaryContact", "PrimaryCareProvider")

KEPT: dict[str, dict[str, str | tuple[str, ...]]] = {
    "SchoolInfo": {
        "local_id": "LocalId", "state_id": "StateProvinceId", "nces_id": "NCESId", "name": "SchoolName",
        "principal": "PrincipalInfo/ContactName", "grades": "GradeLevels/GradeLevel[]/Code",
        "operational_status": "OperationalStatus", "school_type": "SchoolType",
    },
    "TermInfo": {
        "school": "@SchoolInfoRefId", "year": "@SchoolYear", "start_date": "StartDate", "end_date": "EndDate",
        "description": "Description", "code": "TermCode", "span": "TermSpan/Code",
    },
    "RoomInfo": {"school": "@SchoolInfoRefId", "number": "RoomNumber", "description": "Description"},
    "StaffPersonal": {**_PERSON, "title": "Title"},
    "StaffAssignment": {
        "school": "@SchoolInfoRefId", "staff": "@StaffPersonalRefId", "year": "@SchoolYear",
        "primary": "PrimaryAssignment", "start_date": "JobStartDate", "end_date": "JobEndDate",
        "function": "JobFunction/Code",
    },
    "SchoolCourseInfo": {
        "school": "@SchoolInfoRefId", "year": "@SchoolYear", "code": "CourseCode", "state_code": "StateCourseCode",
        "district_code": "DistrictCourseCode", "title": "CourseTitle",
        "subject": "SubjectAreaList/SubjectArea[]/Code", "description": "Description",
    },
    "SectionInfo": {
        "course": "@SchoolCourseInfoRefId", "year": "@SchoolYear", "local_id": "LocalId",
        "description": "Description",
        "schedules": (f"{_SCHEDULE}/TeacherList/StaffPersonalRefId", f"{_SCHEDULE}/SectionRoomList/RoomInfoRefId",
                      f"{_SCHEDULE}/MeetingTimeList/MeetingTime/TimetableDay",
                      f"{_SCHEDULE}/MeetingTimeList/MeetingTime/TimetablePeriod"),
        "override": ("SchoolCourseInfoOverride/CourseCode", "SchoolCourseInfoOverride/CourseTitle"),
    },
    "StudentPersonal": {
        **_PERSON, "birth_date": "Demographics/BirthDate", "grade": "MostRecent/GradeLevel/Code",
        "school_local_id": "MostRecent/SchoolLocalId",
    },
    "StudentSchoolEnrollment": {
        "student": "@StudentPersonalRefId", "school": "@SchoolInfoRefId", "membership": "@MembershipType",
        "time_frame": "@TimeFrame", "year": "@SchoolYear", "entry_date": "EntryDate", "exit_date": "ExitDate",
        "grade": "GradeLevel/Code", "grade_local": "GradeLevel/OtherCodeList/OtherCode[]",
        "homeroom": "Homeroom:RefId",
    },
    "StudentContact": {
        "student": "@StudentPersonalRefId", "local_id": "LocalId",
        "last_name": "Name/LastName", "first_name": "Name/FirstName",
        "emails": "EmailList/Email{Type}", "phones": "PhoneNumberList/PhoneNumber{Type}/Number",
        "relationship": "Relationship/Code", "flags": tuple(f"ContactFlags/{flag}" for flag in _FLAGS),
        "sequence": "ContactSequence",
    },
    "StudentSectionEnrollment": {
        "student": "@StudentPersonalRefId", "section": "@SectionInfoRefId", "year": "@SchoolYear",
        "entry_date": "EntryDate", "exit_date": "ExitDate",
    },
}

MOST_CHARACTERS = 1_000
_BY_KEY = frozenset({"emails", "phones", "extended", "schedules", "flags"})
_REF_ID = re.compile(r"[0-9A-F]{32}")


class Element:
    """An XML element as the parser builds it: only listed children, text only of those without children."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: Mapping[str, str], *, children: list[Element] | tuple[()] = ()) -> None:
        self.name = name
        self.attributes = attributes
        self.children = children
        self.text = ""

    def child(self, name: str) -> Element | None:
        """The first child of that name."""
        return next((child for child in self.children if child.name == name), None)

    def find(self, *path: str) -> Element | None:
        """The element at the end of a path, going by the first child of each name."""
        at: Element | None = self
        for name in path:
            at = at.child(name) if at is not None else None
        return at

    def every(self, *path: str) -> Iterator[Element]:
        """All elements at the end of a path, in document order."""
        for child in self.children:
            if child.name == path[0]:
                if len(path) > 1:
                    yield from child.every(*path[1:])
                else:
                    yield child


def read(element: Element, extended: Collection[str] = ()) -> SifObject | Flaw:
    """One of the eleven objects by the table; of its SIF_ExtendedElements only those that `extended` names."""
    attributes = element.attributes
    ref_id = normalized(attributes.get("RefId", ""))
    if not ref_id:
        return Flaw("BAD_REFID", element.name, printable(attributes.get("RefId", "")))
    rule = _RULES[element.name]
    fields: dict[str, Any] = {}
    for field, name, clean in rule.attributes:
        if name in attributes:
            fields[field] = clean(attributes[name])
    _walk(rule, element, fields)
    if named := fields.pop("extended", None):
        named = {name: text for name, text in named.items() if name in extended}
        if named:
            fields["extended"] = named
    return SifObject(element.name, ref_id, fields)


def merge(known: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """What is known of an object after a Change event (handbook, section 4.6).

    Texts and lists replace. Maps merge by key; a key with None is taken out, so that what comes
    out holds no None. Neither argument is changed. Merging the same change twice is merging it once.
    """
    merged = known | change
    for field in _BY_KEY & change.keys():
        before = known.get(field)
        by_key = (before if isinstance(before, dict) else {}) | change[field]
        merged[field] = {key: value for key, value in by_key.items() if value is not None}
    return merged


def normalized(ref_id: str) -> str:
    """A RefId or MsgId as 32 uppercase hex digits; "" if it is none. Case, dashes and outer spaces don't matter."""
    if _REF_ID.fullmatch(ref_id):
        return ref_id
    ref_id = ref_id[:200].strip().replace("-", "").upper()
    return ref_id if _REF_ID.fullmatch(ref_id) else ""


def printable(text: str) -> str:
    """At most 40 characters of a text from outside, fit for a report."""
    return "".join(character for character in text[:200] if character.isprintable())[:40]


def cleaned(text: str) -> str:
    """A text without outer whitespace, in NFC, at most 1,000 characters."""
    text = text.strip()
    if not text.isascii():
        text = unicodedata.normalize("NFC", text[:4 * MOST_CHARACTERS])
    return text[:MOST_CHARACTERS]


def _reference(ref_id: str) -> str:
    """A reference to another object; what can't be one is kept short, to be reported as dangling."""
    return normalized(ref_id) or printable(ref_id.strip())


class Rule:
    """What to do with an element on the way along the table.

    `children` is what is read inside, by name; `put` takes the element's own value; `begins` are
    the lists and maps that are there as soon as the element is, however empty.
    """

    __slots__ = ("attributes", "begins", "children", "put", "type")

    def __init__(self) -> None:
        self.attributes: list[tuple[str, str, Callable[[str], str]]] = []
        self.begins: list[tuple[str, type]] = []
        self.children: dict[str, Rule] = {}
        self.put: Callable[[dict[str, Any], Element], None] | None = None
        self.type = ""

    def inside(self, path: str) -> Rule:
        rule = self
        for name in path.split("/"):
            rule = rule.children.setdefault(name, Rule())
        return rule


def rules() -> dict[str, Rule]:
    """The compiled table, by name of the object: tells the parser what to build."""
    return _RULES


def _walk(rule: Rule, element: Element, fields: dict[str, Any]) -> None:
    rules = rule.children
    for child in element.children:
        rule = rules[child.name]
        if rule.type and child.attributes.get("Type") != rule.type:
            continue
        for field, empty in rule.begins:
            if field not in fields:
                fields[field] = empty()
        if rule.put is not None:
            rule.put(fields, child)
        elif child.children:
            _walk(rule, child, fields)


def _text(field: str, clean: Callable[[str], str]) -> Callable[[dict[str, Any], Element], None]:
    def put(fields: dict[str, Any], element: Element) -> None:
        if field not in fields:
            fields[field] = clean(element.text)
    return put


def _item(field: str) -> Callable[[dict[str, Any], Element], None]:
    def put(fields: dict[str, Any], element: Element) -> None:
        if text := cleaned(element.text):
            fields[field].append(text)
    return put


def _entry(field: str, key: str, *inside: str) -> Callable[[dict[str, Any], Element], None]:
    def put(fields: dict[str, Any], element: Element) -> None:
        named = cleaned(element.attributes.get(key, ""))
        value = element.find(*inside)
        if element.attributes.get("SIF_Action") == "Delete":
            fields[field][named] = None
        elif value is not None:
            fields[field][named] = cleaned(value.text)
    return put


def _flag(field: str) -> Callable[[dict[str, Any], Element], None]:
    def put(fields: dict[str, Any], element: Element) -> None:
        fields[field][element.name] = cleaned(element.text)
    return put


def _schedule(fields: dict[str, Any], element: Element) -> None:
    """{"teachers": [RefId], "rooms": [RefId], "periods": [[day, period]]} of a term; its ScheduleInfos are one."""
    schedules = fields["schedules"]
    term = _reference(element.attributes.get("TermInfoRefId", ""))
    if element.attributes.get("SIF_Action") == "Delete":
        schedules[term] = None
        return
    one = schedules.get(term) or {"teachers": [], "rooms": [], "periods": []}
    schedules[term] = one
    for kind, *path in (("teachers", "TeacherList", "StaffPersonalRefId"),
                        ("rooms", "SectionRoomList", "RoomInfoRefId")):
        refs = (_reference(each.text) for each in element.every(*path))
        one[kind] = list(dict.fromkeys([*one[kind], *(ref for ref in refs if ref)]))
    for meeting in element.every("MeetingTimeList", "MeetingTime"):
        period = [cleaned(found.text) if (found := meeting.child(name)) else ""
                  for name in ("TimetableDay", "TimetablePeriod")]
        if any(period) and period not in one["periods"]:
            one["periods"].append(period)


def _override(fields: dict[str, Any], element: Element) -> None:
    """{"code", "title"} where the section overrides its course; {} where it says that it does not."""
    fields["override"] = {}
    if element.attributes.get("Override", "").strip().lower() in ("yes", "true", "1"):
        for key, name in (("code", "CourseCode"), ("title", "CourseTitle")):
            if (found := element.child(name)) is not None:
                fields["override"][key] = cleaned(found.text)


_PATH = re.compile(r"(?P<to>[\w/]*?)(?P<last>@?\w+)"
                   r"(?:\[(?P<type>\d+)\]|(?P<list>\[\])|\{(?P<key>\w+)\}|(?P<ref>:RefId))?(?:/(?P<inside>\w+))?")


def _compile(kept: dict[str, str | tuple[str, ...]]) -> Rule:
    root = Rule()
    for field, path in kept.items():
        if isinstance(path, tuple):
            _compile_whole(root, field, path)
            continue
        parts = _PATH.fullmatch(path)
        if parts is None:
            raise ValueError(path)
        container, last, inside = parts["to"].rstrip("/"), parts["last"], parts["inside"]
        if last.startswith("@"):
            root.attributes.append((field, last[1:], _reference if last.endswith("RefId") else cleaned))
        elif parts["type"]:
            named = root.inside(f"{container}/{last}" if container else last)
            named.type = parts["type"]
            named.inside(inside).put = _text(field, cleaned)
        elif parts["list"]:
            holder = root.inside(container)
            holder.begins.append((field, list))
            holder.inside(f"{last}/{inside}" if inside else last).put = _item(field)
        elif parts["key"]:
            holder = root.inside(container)
            holder.begins.append((field, dict))
            entry = holder.inside(last)
            entry.put = _entry(field, parts["key"], *([inside] if inside else []))
            if inside:
                entry.inside(inside)
        else:
            root.inside("/".join(part for part in (container, last, inside) if part)).put = _text(
                field, _reference if parts["ref"] else cleaned)
    return root


def _compile_whole(root: Rule, field: str, paths: tuple[str, ...]) -> None:
    """Fields that a function of their own reads from a part of the object."""
    for path in paths:
        root.inside(path)
    if field == "flags":
        for path in paths:
            root.inside(path).put = _flag(field)
        root.inside("ContactFlags").begins.append((field, dict))
    elif field == "schedules":
        root.inside("ScheduleInfoList").begins.append((field, dict))
        root.inside(_SCHEDULE).put = _schedule
    else:
        root.inside("SchoolCourseInfoOverride").put = _override


_RULES = {name: _compile(kept) for name, kept in KEPT.items()}
