"""A small school on memory, ready but for its standards: a teacher, two classes, students, guardians."""

from __future__ import annotations

from typing import Any

from rostering.credentials import first_secrets
from rostering.load.issue import signin_body
from rostering.model import Account
from rostering.store import keys
from rostering.store.keys import Key
from tests.integration.accounts.office import SITE, Office, account

SCHOOL = "0012"
SECRETS = {"kit": "blue-fish-sun42", "lou": "red-cat-moon17", "mia": "frog-tree-cake55"}
STUDENTS = tuple(SECRETS)


def open_school(office: Office, site: str = SITE) -> None:
    """The school 0012: teacher `tea`, students kit, lou and mia in class 709 (period 1), kit in 710 too."""
    office.put_item(keys.school(site, SCHOOL), {"key": SCHOOL, "kind": "school", "status": "active",
                                                "fields": {"name": "Pineapple Elementary School"}})
    office.put_item(keys.term(site, "", "sy"), {"key": "|sy", "status": "active", "fields": {
        "start_date": "2026-07-01", "end_date": "2027-06-30"}})
    office.put_item(keys.course(site, "", "math"), {"key": "|math", "status": "active", "fields": {}})
    put(office, account("tea", "Teacher", school=SCHOOL, fields={"email": "tea@district.example"}), site=site)
    put(office, account("sam", "Staff", school=SCHOOL, fields={"email": "sam@district.example"}), site=site)
    for name in STUDENTS:
        mother = f"ma-{name}"
        sections = ("709", "710") if name == "kit" else ("709",)
        put(office, account(name, school=SCHOOL, fields={"grade": "01"},
                            classes={section: ["", "", "active"] for section in sections},
                            guardians={mother: ["Mother", "Mother", True, "active"]}), first=SECRETS[name], site=site)
        put(office, account(mother, "Guardian", school=SCHOOL, students={name: ["Mother", "Mother", True, "active"]}),
            first="ABCDE-FGH23", site=site)
    section(office, "709", STUDENTS, site=site)
    section(office, "710", ("kit",), period="2", site=site)
    office.put_item(keys.load(site, "01LOAD"), {
        "load": "01LOAD", "site": site, "source": "sheet", "state": "done", "purpose": "load",
        "counts": {"students": {"rows": 100, "problems": 0}}}, listed=Key(keys.loads(site), "01LOAD"))


def put(office: Office, person: Account, *, first: str = "", site: str = SITE) -> None:
    """An account with its sign-in; without a first secret it signs in by a link."""
    office.put(person, site=site)
    band = first_secrets.band_of(person.role, person.fields.get("grade") or "")
    office.put_item(keys.username(site, person.username), signin_body(
        first or None, band=band, site=site, account=person.id, version=1, secrets=office.opened(site),
        now="2026-09-01T08:00:00.000Z"))
    if person.role == "Teacher":
        for name in ("709", "710"):
            office.put_item(keys.teaches(site, person.id, name), {"section": name, "part": "lead"})


def section(office: Office, name: str, members: tuple[str, ...], *, period: str = "1", site: str = SITE,
            **fields: Any) -> None:
    office.put_item(
        keys.section(site, name),
        {"id": name, "key": name, "kind": "section", "status": "active", "teachers": {"tea": "lead"},
         "members": {one: [] for one in members},
         "fields": {"school": SCHOOL, "name": f"Math {name}", "course": "|math", "terms": ["|sy"],
                    "period": period} | fields},
        listed=keys.listed_section(site, SCHOOL, f"math{name}", name))
