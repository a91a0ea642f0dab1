"""One site of the running cloud, seen from outside: the inbox, the HTTP API, the `rollbook` command.

`sheet` makes small workbooks. The table is read with the root user's clients of the local cloud.
"""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import requests
from boto3.dynamodb.types import TypeDeserializer

from infra.local.cloud import Running
from rostering.sheet import template

ROOT = Path(__file__).resolve().parents[2]
OVER = {"done", "turned_back", "rejected", "expired", "replaced", "failed", "previewed", "undone"}
WAIT_SECONDS = 60
_plain = TypeDeserializer().deserialize


class Answer(NamedTuple):
    """What the API said."""

    status: int
    body: Any


class Student(NamedTuple):
    """A row of Students, with one guardian and a place in class 709; `email` may be wrong on purpose."""

    number: int
    first: str = ""
    last: str = ""
    email: str = ""
    birth_date: date | None = None
    state_id: str = ""
    guardian: tuple[str, str, str, str] | None = None

    @property
    def id(self) -> str:
        return f"{self.number:06d}"

    @property
    def name(self) -> tuple[str, str]:
        """Last and first name; letters only, none like another's."""
        letters = "".join(chr(ord("a") + int(digit)) for digit in str(self.number))
        return self.last or f"Jönsson{letters}", self.first or f"Zoë{letters}"


def sheet(students: Iterable[Student], *, complete: bool = False, district: str = "") -> bytes:
    """A workbook of one school with a teacher, a class, and `students` in it, each with a guardian."""
    students = list(students)
    today = date.today()
    end = today.year + (today.month >= 7)
    file = io.BytesIO()
    template.write(file, site_name=district, school_year=f"{end - 1}-{end}",
                   load_type="Complete list" if complete else "Add and update", rows={
        "Schools": [("0012", "Pineapple Elementary School", "", "", "KG", "05", "T1", "Active")],
        "Terms": [("SY", "", "School Year", "School Year", str(end), date(end - 1, 7, 1), date(end, 6, 30))],
        "Staff": [("T1", "0012", "", "Teacher", "Ana", "", "O'Hara-Ruiz", "ana@district.example", "", "", "",
                   "Active")],
        "Students": [(s.id, "0012", "", s.name[1], "", s.name[0], "", "04", s.birth_date, s.state_id, s.email,
                      "", None, None, "Active") for s in students],
        "Guardians": [(s.id, f"G{s.id}", *_guardian(s), "", "Yes", "Yes", "Active") for s in students],
        "Courses": [("MATH-04", "", "Mathematics 4", "004", "Mathematics", "04", "Active")],
        "Classes": [("709", "0012", "MATH-04", "Math 4", "1", "SY", "1", "T1", "", "", "", "12B", "Active")],
        "Class Rosters": [("709", s.id, None, None, "Active") for s in students]})
    return file.getvalue()


def _guardian(student: Student) -> tuple[str, str, str, str, str]:
    """First name, last name, relationship, email, phone."""
    last, first = student.name
    given, family, email, phone = student.guardian or (f"Mor{first}", last, "", "(718) 555-1212")
    return given, family, "Mother", email, phone


def students(*numbers: int) -> list[Student]:
    return [Student(number) for number in numbers]


class Office:
    """A site with its first administrator signed in. `name` is the site's, part of every key."""

    def __init__(self, cloud: Running, name: str, *, hand_out: str = "open") -> None:
        self.cloud = cloud
        self.name = name
        self._http = requests.Session()
        self._http.trust_env = False
        code = self._operate(action="create-site", site=name, name="Harbor District",
                             admin_email="office@harbor.example", settings={"hand_out": hand_out})["code"]
        signed = self._http.post(f"{self._root}/sign-in", json={"code": code}, timeout=30)
        assert signed.ok, signed.text
        self._http.headers["Authorization"] = f"Bearer {signed.json()['access_token']}"

    @property
    def _root(self) -> str:
        return f"{self.cloud.api_url}/sites/{self.name}"

    def _operate(self, **order: Any) -> dict[str, Any]:
        answer = self.cloud.client("lambda").invoke(
            FunctionName=self.cloud.outputs["OperatorFunction"], Payload=json.dumps(order).encode())
        return json.loads(answer["Payload"].read())

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Answer:
        """One request as the administrator."""
        answer = self._http.request(method, self._root + path, json=body, params=query, timeout=30)
        return Answer(answer.status_code, answer.json() if answer.content else None)

    def get(self, path: str, **query: Any) -> Any:
        """The answer to a GET that must succeed."""
        answer = self.ask("GET", path, **query)
        assert answer.status == 200, answer
        return answer.body

    def pages(self, path: str, name: str, **query: Any) -> Iterator[Any]:
        """The things called `name` of every page."""
        after: dict[str, str] = {}
        while True:
            page = self.get(path, **query, **after)
            yield from page[name]
            if not page.get("after"):
                return
            after = {"after": page["after"]}

    def drop(self, data: bytes, name: str = "sheet.xlsx", ticket: str = "T-1") -> str:
        """Put a file into the inbox; gives its key."""
        key = f"inbox/{self.name}/{ticket}/{time.time_ns()}/{name}"
        self.cloud.client("s3").put_object(Bucket=self.cloud.outputs["InboxBucket"], Key=key, Body=data)
        return key

    def became(self, key: str) -> str:
        """The load that a drop became."""
        def look() -> str | None:
            answer = self.ask("GET", "/received", key=key)
            return answer.body["load"] if answer.status == 200 else None
        return until(look)

    def followed(self, load: str) -> dict[str, Any]:
        """The load when it is over, or held."""
        def look() -> dict[str, Any] | None:
            found = self.get(f"/loads/{load}")
            return found if found["state"] in OVER | {"held"} else None
        return until(look)

    def loaded(self, data: bytes, name: str = "sheet.xlsx", ticket: str = "T-1") -> dict[str, Any]:
        """Drop a file and follow it; the load when it is over, or held."""
        return self.followed(self.became(self.drop(data, name, ticket)))

    def decided(self, load: str, what: str) -> dict[str, Any]:
        """Approve or reject a held load, and follow it until its workflow has ended."""
        answer = self.ask("POST", f"/loads/{load}/{what}", {"reason": "looked at it"})
        assert answer.status == 200, answer
        self.ended(load)
        return self.get(f"/loads/{load}")

    def ended(self, load: str) -> None:
        """Wait until the workflow of a load has ended."""
        states = self.cloud.client("stepfunctions")
        until(lambda: states.describe_execution(executionArn=self.execution(load))["status"] != "RUNNING")

    def execution(self, load: str) -> str:
        return f"{self.cloud.outputs['SyncArn'].replace(':stateMachine:', ':execution:')}:{load}"

    def files(self, load: str) -> dict[str, Any]:
        """The load's files, fetched through their links; `account_sheets` by what they are called."""
        links = self.get(f"/loads/{load}/files")
        found = {name: fetch(links[name]) for name in ("report_xlsx", "report_json", "report_html")
                 if links[name]}
        sheets = zip(links["sheet_names"], links["account_sheets"], strict=True)
        return found | {"account_sheets": {name: fetch(link) for name, link in sheets}}

    def first_secrets(self) -> dict[str, str]:
        """First secrets by username, as an administrator may export them."""
        order = {"format": "csv", "with_secrets": True, "reason": "to compare"}
        ordered = self.ask("POST", "/exports", order)
        assert ordered.status == 202, ordered
        (link,) = until(lambda: self.get(f"/exports/{ordered.body['export']}")["links"])
        listed = csv.DictReader(io.StringIO(fetch(link).decode("utf-8-sig")))
        return {row["Username"]: row["First secret"] for row in listed if row["First secret"]}

    def people(self, **query: str) -> dict[str, dict[str, Any]]:
        """Accounts by role and their id in the source."""
        return {f"{one['role']} {one['person_id']}": one
                for one in self.pages("/accounts", "accounts", **query)}

    def table(self, *besides: str) -> dict[tuple[str, str], Any]:
        """The site's items, without loads, audit and received drops, and without kinds in `besides`."""
        left_out = {"LOAD", "AUDIT", "RECEIVED", *besides}
        pages = self.cloud.client("dynamodb").get_paginator("scan").paginate(
            TableName=self.cloud.outputs["TableName"], ConsistentRead=True)
        items = [{name: _plain(value) for name, value in item.items()}
                 for page in pages for item in page["Items"]]
        return {(item["pk"], item["sk"]): item for item in items
                if item["pk"].startswith(f"{self.name}#")
                and not left_out & {item["pk"].split("#")[1], item["sk"].split("#")[0]}}

    def token_of(self, load: str) -> str:
        """What wakes the workflow of a held load."""
        return self.table_item(f"{self.name}#LOAD#{load}", "LOAD")["body"]["task_token"]

    def table_item(self, pk: str, sk: str) -> dict[str, Any]:
        found = self.cloud.client("dynamodb").get_item(
            TableName=self.cloud.outputs["TableName"], Key={"pk": {"S": pk}, "sk": {"S": sk}})
        return {name: _plain(value) for name, value in found["Item"].items()}

    def rollbook(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command as a user of the cloud's home would."""
        environment = {"ROLLBOOK_HOME": self.cloud.home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        return subprocess.run([sys.executable, "-m", "cli.main", *words], cwd=ROOT, env=environment,
                              capture_output=True, text=True, timeout=120, check=False)


def until(found: Callable[[], Any], seconds: float = WAIT_SECONDS) -> Any:
    """The first true answer of `found`."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return value


def fetch(link: str) -> bytes:
    """What lies behind a link, asked for without any token."""
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(link, timeout=30)
    assert answer.ok, answer.status_code
    return answer.content


class Desk:
    """A person at a terminal with a folder of files, signed in at a site by the code that the operator gives."""

    def __init__(self, office: Office, folder: Path) -> None:
        self.office, self.folder = office, folder
        code = self._said("site", "code", office.name)["code"]
        signed = office.rollbook("sign-in", "--site", office.name, "--code", code)
        assert signed.returncode == 0, signed.stderr

    def file(self, name: str, data: bytes) -> str:
        (self.folder / name).write_bytes(data)
        return str(self.folder / name)

    def run(self, *words: str, expect: int = 0) -> Any:
        """What a command says of the site as JSON; it must end with the exit code `expect`."""
        return self._said(*words, "--site", self.office.name, expect=expect)

    def _said(self, *words: str, expect: int = 0) -> Any:
        done = self.office.rollbook(*words, "--json")
        assert done.returncode == expect, (words, done.returncode, done.stdout, done.stderr)
        return json.loads(done.stdout)
