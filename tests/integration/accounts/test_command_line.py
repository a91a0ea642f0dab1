"""`rollbook` against the API on memory: requests are answered by the API itself, S3 is moto's."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3
import pytest
import responses
from click.testing import Result
from moto import mock_aws
from typer.testing import CliRunner

from cli import home
from cli.main import app
from rostering import snapshot
from rostering.load import paths
from rostering.load.manifest import FeedManifest
from rostering.model import COUNTED, Counts
from rostering.store import keys
from rostering.store.keys import Key
from tests.integration.accounts.office import SITE, Office, account

API = "https://api.rollbook.example"
COUNTS = {"students": {"rows": 10, "new": 10}, "rosters": {"rows": 60, "new": 60}}
PROBLEM = {"severity": "R", "code": "R-GRADE", "tab": "Students", "row": 7, "column": "Grade"}
HOLD = {
    "rule": "H-COMPLETE-LIST",
    "school": "",
    "kind": "students",
    "count": 3,
    "of": 10,
    "message": "3 of 10",
    "cause": "",
    "action": "approve",
}


class Desk:
    """A machine with `rollbook` on it, an API, and an inbox whose drops become the load that `next` says."""

    def __init__(self, s3: Any) -> None:
        self.s3 = s3
        self.office = Office()
        self.next: dict[str, Any] = {"state": "done"}
        self.after_approval: dict[str, Any] = {"state": "done"}
        self.undone: dict[str, Any] = {"state": "done"}
        self.requests: list[tuple[str, str]] = []

    def answer(self, request: Any) -> tuple[int, dict[str, str], str]:
        """What the API says to a request of the command line."""
        parts = urlsplit(request.url)
        if parts.path.endswith("/received"):
            self.read_drops()
        self.requests.append((request.method, parts.path))
        token = (request.headers.get("Authorization") or "").removeprefix("Bearer ") or None
        body = json.loads(request.body) if request.body else None
        headers = {name: text for name, text in request.headers.items() if name in ("Idempotency-Key", "If-Match")}
        got = self.office.ask(
            request.method, parts.path, token=token, body=body, query=dict(parse_qsl(parts.query)), headers=headers
        )
        if parts.path.endswith("/approve") and got.status == 200:
            self.become(self.after_approval)
        if parts.path.endswith("/undo") and got.status == 202:
            made = keys.load(SITE, got.body["load"])
            self.office.store.update(made, lambda body: body | {"counts": COUNTS} | self.undone)
        return got.status, got.headers, got.text

    def read_drops(self) -> None:
        for found in self.s3.list_objects_v2(Bucket="inbox-bucket").get("Contents", []):
            self.office.put_item(keys.received(SITE, found["Key"], "1"), {"load": "01LOAD"})
            self.become(self.next)

    def become(self, state: dict[str, Any]) -> None:
        body = {
            "load": "01LOAD",
            "site": SITE,
            "source": "sheet",
            "stage": "",
            "file_name": "a.xlsx",
            "counts": COUNTS,
            "holds": [],
            "files": {},
            "seconds": {"read": 0.5, "apply": 2},
        } | state
        if body["state"] == "held":
            body["task_token"] = "t"
            self.office.workflow.waiting.add("t")
        self.office.put_item(keys.load(SITE, "01LOAD"), body, listed=Key(keys.loads(SITE), "01LOAD"))

    def keep_report(self) -> dict[str, Any]:
        """Put the files of a load where they belong; gives their names."""
        self.office.inbox.write("outbox/r.json", json.dumps({"problems": [PROBLEM]}).encode())
        told = {"problems": [PROBLEM | {"message": "'Z' is not a grade. Use KG, 01 ... 12."}]}
        self.office.work.write(paths.reading(SITE, "01LOAD"), gzip.compress(json.dumps(told).encode()))
        return {
            "report_xlsx": "outbox/r.xlsx",
            "report_json": "outbox/r.json",
            "report_html": "outbox/r.html",
            "account_sheets": ["exports/lakeview/1f.pdf"],
        }


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name, value in {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            patch.setenv(name, value)
        client = boto3.client("s3")
        client.create_bucket(Bucket="inbox-bucket")
        yield client


@pytest.fixture
def desk(s3: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Desk]:
    monkeypatch.setenv("ROLLBOOK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ROLLBOOK_API", API)
    monkeypatch.delenv("ROLLBOOK_SITE", raising=False)
    for found in s3.list_objects_v2(Bucket="inbox-bucket").get("Contents", []):
        s3.delete_object(Bucket="inbox-bucket", Key=found["Key"])
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        desk = Desk(s3)
        for method in (responses.GET, responses.POST, responses.PUT, responses.PATCH, responses.DELETE):
            http.add_callback(method, re.compile(re.escape(API) + "/.*"), callback=desk.answer)
        http.add(responses.GET, re.compile("https://files.example/.*"), body=b"the file")
        for files in (desk.office.inbox, desk.office.work):
            files.link = lambda key, seconds, name: f"https://files.example/{key}?{name}"
        yield desk


@pytest.fixture
def signed_in(desk: Desk) -> Desk:
    assert run("sign-in", "--site", SITE, "--code", desk.office.codes[SITE]).exit_code == 0
    return desk


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "Fall sheet.xlsx"
    path.write_bytes(b"PK not looked at here")
    return path


def run(*arguments: Any, input: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments], input=input)


def test_who_is_not_signed_in_is_told_how(desk: Desk) -> None:
    result = run("loads", "--site", SITE)
    assert result.exit_code == 1
    assert result.stderr == f"You are not signed in at {SITE}. Run: rollbook sign-in --site {SITE}\n"


def test_signing_in_with_a_code_keeps_tokens_for_the_user_alone(signed_in: Desk) -> None:
    kept = home.folder() / "session.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert home.session(SITE)["account"] == signed_in.office.administrators[SITE]


def test_signing_in_asks_for_the_password_and_for_a_new_one_where_it_must(desk: Desk) -> None:
    run("sign-in", "--site", SITE, "--code", desk.office.codes[SITE])
    chosen = desk.office.ask(
        "POST",
        f"/sites/{SITE}/password",
        token=home.session(SITE)["access_token"],
        body={"new": "nine gray barns walk"},
    )
    assert chosen.status == 200
    result = run(
        "sign-in", "--site", SITE, "--username", f"admin@{SITE}.example", input="nine gray barns walk\n"
    )
    assert result.exit_code == 0 and "Signed in" in result.stdout
    wrong = run("sign-in", "--site", SITE, "--username", "nobody", input="x\n")
    assert (wrong.exit_code, wrong.stderr.splitlines()[-1]) == (
        1,
        "The username or the password is not right.",
    )


def test_a_sheet_that_loads_ends_with_0(signed_in: Desk, sheet: Path) -> None:
    result = run("load", sheet, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["state"] == "done"
    dropped = signed_in.s3.list_objects_v2(Bucket="inbox-bucket")["Contents"]
    assert re.fullmatch(rf"inbox/{SITE}/cli/[0-9A-HJKMNP-TV-Z]{{26}}/Fall sheet\.xlsx", dropped[0]["Key"])
    about = signed_in.s3.head_object(Bucket="inbox-bucket", Key=dropped[0]["Key"])
    assert about["Metadata"] == {"sent-by": signed_in.office.administrators[SITE]}


def test_the_json_of_a_load_has_exactly_the_promised_shape(signed_in: Desk, sheet: Path) -> None:
    signed_in.next = {"state": "held", "holds": [HOLD], "files": signed_in.keep_report()}
    result = run("load", sheet, "--json")
    assert result.exit_code == 3
    told = json.loads(result.stdout)
    assert list(told) == [
        "load",
        "site",
        "source",
        "state",
        "counts",
        "problems",
        "holds",
        "files",
        "seconds",
    ]
    assert set(told["counts"]) == set(COUNTED)
    assert all(set(one) == set(Counts.__dataclass_fields__) for one in told["counts"].values())
    assert told["counts"]["students"]["new"] == 10
    assert told["problems"] == [PROBLEM | {"message": "'Z' is not a grade. Use KG, 01 ... 12."}]
    assert told["holds"] == [HOLD]
    assert set(told["files"]) == {"report_xlsx", "report_json", "report_html", "account_sheets"}
    assert told["seconds"] == {"read": 0.5, "apply": 2}


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("done", 0),
        ("held", 3),
        ("turned_back", 4),
        ("failed", 1),
        ("rejected", 3),
        ("expired", 3),
        ("replaced", 3),
    ],
)
def test_exit_codes(signed_in: Desk, sheet: Path, state: str, code: int) -> None:
    signed_in.next = {"state": state}
    assert run("load", sheet).exit_code == code


def test_yes_approves_what_one_may_approve(signed_in: Desk, sheet: Path) -> None:
    signed_in.next = {"state": "held", "holds": [HOLD]}
    result = run("load", sheet, "--yes", "--json")
    assert (result.exit_code, json.loads(result.stdout)["state"]) == (0, "done")
    assert signed_in.office.workflow.answers == [("t", {"decision": "approved"})]
    assert "approved on the command line (--yes)" in [one.get("reason") for one in signed_in.office.audit()]


def test_yes_leaves_held_what_one_may_not_approve(signed_in: Desk, sheet: Path) -> None:
    settings = signed_in.office.store.get(keys.settings(SITE)).body
    signed_in.office.put_item(keys.settings(SITE), settings | {"approval": "other_person"})
    signed_in.next = {"state": "held", "sent_by": signed_in.office.administrators[SITE]}
    result = run("load", sheet, "--yes")
    assert result.exit_code == 3
    assert "another person than the sender" in result.stderr


def test_the_files_are_downloaded_with_out(signed_in: Desk, sheet: Path, tmp_path: Path) -> None:
    signed_in.next = {"state": "done", "files": signed_in.keep_report()}
    told = json.loads(run("load", sheet, "--json", "--out", tmp_path / "got").stdout)
    names = sorted(path.name for path in (tmp_path / "got").iterdir())
    assert names == ["account-sheets-1.pdf", "report.html", "report.json", "report.xlsx"]
    assert told["files"]["report_xlsx"] == str(tmp_path / "got" / "report.xlsx")
    assert told["files"]["account_sheets"] == [str(tmp_path / "got" / "account-sheets-1.pdf")]


def test_a_person_reads_what_happened(signed_in: Desk, sheet: Path) -> None:
    signed_in.next = {"state": "held", "holds": [HOLD], "files": signed_in.keep_report()}
    told = run("load", sheet).stdout
    for piece in (
        "Held: it waits for a person.",
        "students",
        "H-COMPLETE-LIST",
        "whole site",
        "Approve it if what it says is so.",
        "R-GRADE",
        "'Z' is not a grade",
        "rollbook approve 01LOAD",
    ):
        assert piece in told


def test_a_turned_back_file_is_told_with_its_sentence(signed_in: Desk, sheet: Path) -> None:
    signed_in.next = {"state": "turned_back", "counts": {}, "message": "F-MACROS: This file has macros."}
    told = json.loads(run("load", sheet, "--json").stdout)
    assert told["problems"] == [
        {
            "severity": "F",
            "code": "F-MACROS",
            "tab": "",
            "row": 0,
            "column": "",
            "message": "This file has macros.",
        }
    ]


def test_a_bundle_is_dropped_as_it_is(signed_in: Desk, tmp_path: Path) -> None:
    bundle = tmp_path / "roster.zip"
    bundle.write_bytes(b"PK\x03\x04")
    signed_in.next = {"state": "held", "source": "gg4l:files", "file_name": "roster.zip"}
    result = run("load", bundle, "--json")
    assert (result.exit_code, json.loads(result.stdout)["source"]) == (3, "gg4l:files")
    (dropped,) = signed_in.s3.list_objects_v2(Bucket="inbox-bucket")["Contents"]
    assert dropped["Key"].endswith("/roster.zip") and dropped["Size"] == 4


@pytest.mark.parametrize("name", ["users.csv", "Manifest.CSV", "academicSessions.csv"])
def test_one_file_of_a_bundle_is_not_dropped(signed_in: Desk, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("sourcedId\n")
    result = run("load", tmp_path / name)
    assert (result.exit_code, " ".join(result.stderr.split())) == (
        1, f"{name} is one file of a OneRoster bundle: zip all of them, with manifest.csv.")
    assert not signed_in.s3.list_objects_v2(Bucket="inbox-bucket").get("Contents")


def test_a_file_that_isn_t_there_is_one_sentence(signed_in: Desk) -> None:
    result = run("load", "nowhere.xlsx")
    assert (result.exit_code, result.stderr) == (1, "There is no file nowhere.xlsx.\n")


def test_loads_show_approve_and_reject(signed_in: Desk) -> None:
    signed_in.become({"state": "held", "holds": [HOLD]})
    assert "01LOAD" in run("loads").stdout
    assert json.loads(run("loads", "--json").stdout)["loads"][0]["state"] == "held"
    assert json.loads(run("show", "01LOAD", "--json").stdout)["holds"][0]["rule"] == "H-COMPLETE-LIST"
    assert "is done" not in run("reject", "01LOAD", "--reason", "not ours").stdout
    assert signed_in.office.workflow.answers == [("t", {"decision": "rejected"})]
    again = run("approve", "01LOAD", "--reason", "after all")
    assert (again.exit_code, again.stderr) == (1, "The load is not held: it is rejected.\n")


def test_an_unknown_load_is_one_sentence(signed_in: Desk) -> None:
    result = run("show", "nothing")
    assert (result.exit_code, result.stderr) == (1, "There is nothing here by that name.\n")


def test_accounts_and_rosters(signed_in: Desk) -> None:
    office = signed_in.office
    office.put_item(keys.school(SITE, "100"), {"key": "100", "fields": {"id": "100", "name": "Oak"}})
    office.put(account("maria", fields={"grade": "07"}))
    office.put_item(
        keys.section(SITE, "alg/1"),
        {
            "id": "alg/1",
            "fields": {"name": "Algebra", "school": "100"},
            "members": {"maria": []},
            "teachers": {},
        },
    )
    found = json.loads(run("accounts", "--site", SITE, "--school", "100", "--json").stdout)["accounts"]
    assert [one["username"] for one in found] == ["maria.e"]
    assert "maria.e" in run("accounts").stdout
    roster = json.loads(run("roster", "--section", "ALG/1", "--json").stdout)
    assert [one["account"] for one in roster["students"]] == ["maria"]
    assert "Algebra" in run("roster", "--section", "alg/1").stdout


def test_an_export_is_ordered_waited_for_and_downloaded(signed_in: Desk, tmp_path: Path) -> None:
    def make(order: dict[str, Any]) -> None:
        signed_in.office.store.update(
            keys.export(SITE, order["export"]),
            lambda body: (
                body
                | {
                    "state": "done",
                    "files": ["exports/x.pdf"],
                    "people": 3,
                    "made_at": signed_in.office.ports.time(),
                }
            ),
        )

    object.__setattr__(signed_in.office.ports, "export", make)
    result = run("export", "--school", "100", "--with-secrets", "--out", tmp_path / "cards", "--json")
    told = json.loads(result.stdout)
    assert (told["people"], told["files"]) == (3, [str(tmp_path / "cards" / "accounts.pdf")])
    assert (tmp_path / "cards" / "accounts.pdf").read_bytes() == b"the file"


def test_an_access_token_is_renewed_before_it_ends(signed_in: Desk) -> None:
    kept = home.session(SITE)
    home.keep_session(SITE, kept | {"expires_at": 0})
    assert run("loads").exit_code == 0
    assert ("POST", f"/sites/{SITE}/token") in signed_in.requests
    assert home.session(SITE)["refresh_token"] != kept["refresh_token"]


def test_an_access_token_that_counts_no_longer_is_renewed(signed_in: Desk) -> None:
    signed_in.office.clock.at += 3_700
    assert run("loads").exit_code == 0


def test_an_ended_session_is_one_sentence(signed_in: Desk) -> None:
    signed_in.office.clock.at += 13 * 3_600
    result = run("loads")
    assert (result.exit_code, result.stderr) == (
        1,
        f"Your session at {SITE} has ended. Run: rollbook sign-in --site {SITE}\n",
    )


def test_signing_out_forgets_the_session(signed_in: Desk) -> None:
    assert run("sign-out").exit_code == 0
    assert home.session(SITE) is None
    assert run("loads", "--site", SITE).exit_code == 1


def test_an_api_that_isn_t_there_is_one_sentence(signed_in: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLBOOK_API", "https://nobody.example")
    home.keep_session(SITE, home.session(SITE) | {"api": "https://nobody.example"})
    result = run("loads")
    assert result.exit_code == 1
    assert result.stderr.replace("\n", " ").startswith("https://nobody.example does not answer.")


def test_a_site_is_made_through_the_operator_function(desk: Desk) -> None:
    result = run("site", "create", "newtown", "--name", "Newtown", "--admin-email", "a@b.example")
    assert (result.exit_code, result.stderr) == (
        2,
        "Which operator function? Give --function or set ROLLBOOK_OPERATOR.\n",
    )


def loaded_before(desk: Desk) -> None:
    """A load that is done, and may be undone."""
    blank = {phase: [{"digest": "", "entities": {}}] for phase in ("structure", "people", "rosters")}
    scope = {"kinds": [], "schools": [], "present": {}}
    FeedManifest(SITE, "01LOAD", "sheet", "", "2026-09-21", scope, blank, {}).write(desk.office.work)
    desk.become({"state": "done", "received_at": desk.office.ports.time()})


KEPT = {"account": "", "kind": "section", "id": "709", "attribute": "fields", "field": "room", "why": "changed_since"}


def test_an_undo_is_followed_and_told_in_the_shape_of_a_load_with_what_was_kept(signed_in: Desk) -> None:
    loaded_before(signed_in)
    signed_in.undone = {"state": "done", "kept": [KEPT], "kept_total": 7}
    result = run("undo", "01LOAD", "--reason", "wrong week", "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert (told["undoes"], told["kept"], told["kept_total"]) == ("01LOAD", [KEPT], 7)
    assert told["load"] != "01LOAD" and told["counts"]["students"]["new"] == 10


def test_a_person_reads_what_an_undo_kept_and_why(signed_in: Desk) -> None:
    loaded_before(signed_in)
    signed_in.undone = {"state": "previewed", "kept": [KEPT], "kept_total": 7}
    result = run("undo", "01LOAD", "--reason", "wrong week", "--dry-run")
    assert result.exit_code == 0
    assert "A dry run: nothing was changed." in result.stdout
    assert "Kept as it is: 7 values" in result.stdout and "changed since" in result.stdout
    assert re.search(r"section +709 +fields room +changed since", result.stdout)


def test_a_load_that_can_not_be_undone_is_one_clear_line(signed_in: Desk) -> None:
    loaded_before(signed_in)
    signed_in.become({"state": "turned_back"})
    result = run("undo", "01LOAD", "--reason", "wrong week")
    assert result.exit_code == 1
    assert result.stderr == "Only a load that is done can be undone: it is turned back.\n"
def test_settings_of_a_site_are_shown_and_set(signed_in: Desk) -> None:
    shown = run("site", "settings", "--site", SITE)
    assert shown.exit_code == 0 and "limits.site_off" in shown.stdout and "approval" in shown.stdout
    result = run("site", "settings", "limits.site_off=50", "leads.*.student=sheet", "--site", SITE, "--json")
    told = {one["name"]: one["value"] for one in json.loads(result.stdout)["settings"]}
    assert (told["limits.site_off"], told["leads"]) == (50, {"*": {"student": "sheet"}})
    assert signed_in.office.store.get(keys.settings(SITE)).body["limits"] == {"site_off": 50}
    run("site", "settings", "limits=", "--site", SITE)
    assert "limits" not in signed_in.office.store.get(keys.settings(SITE)).body


def test_a_setting_that_isn_t_one_is_one_sentence(signed_in: Desk) -> None:
    result = run("site", "settings", "limits.site_of=50", "--site", SITE)
    assert (result.exit_code, result.stderr) == (1, "limits: no such limits: site_of. Did you mean site_off?\n")


def test_a_dump_is_one_json_document_in_the_order_of_names(signed_in: Desk, tmp_path: Path) -> None:
    office = signed_in.office
    for name in ("zoe", "ana"):
        office.put(account(name, school="", guardians={"mor": ["Mother", "", True, "active"]}))
    office.put(account("mor", "Guardian", school=""))
    result = run("dump", "--site", SITE, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert [one["name"] for one in told["accounts"]] == [
        f"manual/staff/admin@{SITE}.example", "sheet/guardian/mor", "sheet/student/ana", "sheet/student/zoe"]
    assert told["accounts"][2]["guardians"] == {"sheet/guardian/mor": ["Mother", "", True, "active"]}
    file = tmp_path / "dump.json"
    assert run("dump", "--site", SITE, "--json", "--out", file).stdout == ""
    assert json.loads(file.read_text()) == told and file.stat().st_mode & 0o777 == 0o600


def test_a_dump_without_json_is_counts_and_a_digest(signed_in: Desk) -> None:
    first = run("dump", "--site", SITE).stdout
    assert "accounts" in first and re.search(r"Digest [0-9a-f]{64}", first)
    signed_in.office.put(account("zoe", school="", signed_in_at="2026-11-02T00:00:00.000Z"))
    second = run("dump", "--site", SITE).stdout
    signed_in.office.put(account("zoe", school=""))
    assert run("dump", "--site", SITE).stdout == second != first


def test_a_verifying_load_is_followed_to_its_end(signed_in: Desk) -> None:
    office = signed_in.office
    shards = {phase: [snapshot.Shard()] for phase in ("structure", "people", "rosters")}
    snapshot.write(office.work, SITE, "sheet", snapshot.Snapshot("01A", shards))
    counts = {"students": {"rows": 10, "changed": 2, "unchanged": 8}}
    ends = {"done": 0, "held": 3}
    for state, code in ends.items():
        office.workflow.start = lambda site, load, state=state: office.store.update(
            keys.load(site, load), lambda body: body | {"state": state, "stage": "", "counts": counts})
        result = run("verify", "--site", SITE, "--json")
        told = json.loads(result.stdout)
        assert (result.exit_code, told["state"], told["counts"]["students"]["changed"]) == (code, state, 2)
    assert "students" in run("verify", "--site", SITE).stdout


def test_verifying_what_was_never_loaded_is_one_sentence(signed_in: Desk) -> None:
    result = run("verify", "--site", SITE)
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (1, "Nothing of sheet was loaded yet.")
