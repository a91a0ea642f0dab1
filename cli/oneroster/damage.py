"""What the faults do to single objects, after `shapes` made them as the standard says."""

from __future__ import annotations

from collections.abc import Iterator

from cli.generator.layout import GRADES
from cli.oneroster.faults import NONE, Faults
from cli.oneroster.objects import Class, Demographics, Record, User
from cli.oneroster.shapes import OPTIONAL, OPTIONAL_IN_USERS_OF_1_2, Shape
from cli.oneroster.zone import chance

HOSTILE_HREFS = ("http://169.254.169.254/latest/meta-data/iam/security-credentials/",
                 "https://elsewhere.example/collect")
PASSWORD = "a-password-nobody-may-keep"  # noqa: S105 - made up
_LISTS = {"userIds", "agents", "grades", "subjects", "subjectCodes", "periods", "userProfiles"}
_BOOLEANS = ("enabledUser", "primary")
_ENUMS = ("status", "type", "classType", "role", "sex")
_ROLES_OF_1_2 = {"administrator": "siteAdministrator", "aide": "counselor"}
_BLANKED = ("email", "sms", "phone", "identifier", "userIds")


def needed(faults: Faults) -> bool:
    """Whether `damage` would change anything at all."""
    return any(getattr(faults, name) != getattr(NONE, name) for name in (
        "sharing", "dangling", "hrefs", "enums", "grades", "blanks", "booleans", "passwords"))


def damage(made: Shape, record: Record, version: str, faults: Faults, seed: int) -> None:
    """Change `made`, the shape of `record`, in the ways that `faults` name."""
    if faults.sharing == "blanked" and type(record) is User:
        for name in _BLANKED:
            made.pop(name, None)
        if "metadata" in made:
            made["metadata"].pop("student_number", None)
    if faults.passwords and type(record) is User:
        _tell_passwords(made)
    if faults.dangling:
        _cut_loose(made, faults.dangling, seed)
    if faults.hrefs != "absolute":
        _lead_astray(made, faults.hrefs)
    if faults.enums != "standard":
        _enumerate(made, record, version, faults.enums, seed)
    if faults.grades != "09":
        _grade(made, faults.grades)
    if faults.blanks != "missing":
        _fill(made, record, version, faults.blanks)
    if faults.booleans != "string":
        _boolean(made, faults.booleans)


def _tell_passwords(made: Shape) -> None:
    made["password"] = PASSWORD
    for profile in made.get("userProfiles", ()):
        for credential in profile["credentials"]:
            credential["password"] = PASSWORD


def _refs(made: Shape) -> Iterator[tuple[str, Shape]]:
    for name, value in made.items():
        for part in value if isinstance(value, list) else (value,):
            if isinstance(part, dict):
                if "href" in part:
                    yield name, part
                elif "org" in part:  # a role of 1.2
                    yield name, part["org"]


def _cut_loose(made: Shape, share: float, seed: int) -> None:
    for name, ref in _refs(made):
        id = ref["sourcedId"]
        if chance(f"{seed}/dangling/{made['sourcedId']}/{name}/{id}") < share:
            ref["sourcedId"] = f"{id[::-1]}-unknown"
            ref["href"] = ref["href"].replace(id, ref["sourcedId"])


def _lead_astray(made: Shape, form: str) -> None:
    for place, (_, ref) in enumerate(_refs(made)):
        if form == "relative":
            ref["href"] = "/" + "/".join(ref["href"].rsplit("/", 2)[1:])
        else:
            ref["href"] = HOSTILE_HREFS[place % len(HOSTILE_HREFS)]


def _enumerate(made: Shape, record: Record, version: str, form: str, seed: int) -> None:
    if form == "odd-case":
        for name in _ENUMS:
            if name in made:
                made[name] = made[name].title() if made["sourcedId"][-1] in "02468ace" else made[name].upper()
        for role in made.get("roles", ()):
            role["role"] = role["role"].upper()
    elif form == "roles-1.2":
        if version == "1.1" and isinstance(record, User):
            made["role"] = _ROLES_OF_1_2.get(record.role, record.role)
            if record.roles[0] == "principal":
                made["role"] = "principal"
    elif isinstance(record, User) and record.role == "aide":
        if version == "1.1":
            made["role"] = "ext:paraprofessional"
        for role in made.get("roles", ()):
            role["role"] = "ext:paraprofessional"
    elif isinstance(record, Class | Demographics) and chance(f"{seed}/ext/{record.id}") < 0.05:
        made["classType" if isinstance(record, Class) else "sex"] = "ext:other"


def _grade(made: Shape, form: str) -> None:
    if "grades" in made:
        made["grades"] = [_written(grade, form) for grade in made["grades"]]
    if "gg4l.primaryGrade" in made.get("metadata", ()):
        made["metadata"] = {**made["metadata"],
                            "gg4l.primaryGrade": _written(made["metadata"]["gg4l.primaryGrade"], form)}


def _written(grade: str, form: str) -> str:
    if form == "blank":
        return ""
    if form == "9":
        return grade.lstrip("0")
    if form == "09,10":
        return ",".join(GRADES[GRADES.index(grade):][:2])
    return form if grade == "KG" else grade


def _fill(made: Shape, record: Record, version: str, form: str) -> None:
    names = OPTIONAL[type(record)]
    if isinstance(record, User) and version == "1.2":
        names += OPTIONAL_IN_USERS_OF_1_2
    for name in names:
        if name not in made:
            made[name] = None if form == "null" else [] if name in _LISTS else ""


def _boolean(made: Shape, form: str) -> None:
    for name in _BOOLEANS:
        if made.get(name) in ("true", "false"):
            yes = made[name] == "true"
            made[name] = {"upper": str(yes).upper(), "json": yes, "number": int(yes)}[form]
