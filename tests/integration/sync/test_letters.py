"""Links as the deployed functions send and print them, on moto: the letter that SES took, the sheet that S3 holds."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from accounts import handler, operator
from rostering import people
from rostering.batches import record
from rostering.store import keys
from rostering.store.dynamo import DynamoStore, table_definition
from rostering.store.keys import Item
from sync import batch, export, site_secrets, wiring
from tests.integration.accounts.office import EVENTS, account

SITE = "demo"
NOBODYS = "https://sqs.us-east-1.amazonaws.com/123456789012/nobody"
CACHES = (handler.api, operator.ports, wiring.store, wiring.work, wiring.inbox, wiring.functions, wiring._ses,
          site_secrets.open_secrets)


class Lambda:
    """The time that a function has left."""

    def get_remaining_time_in_millis(self) -> int:
        return 600_000


class Deployment:
    """What the template makes, as far as links go. `made` is what the operator was told of the site."""

    def __init__(self, set_environment: Callable[[str, str], None]) -> None:
        kms = boto3.client("kms")
        signing = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        wrapping = kms.create_key()["KeyMetadata"]["KeyId"]
        boto3.client("dynamodb").create_table(**table_definition("table"))
        for bucket in ("inbox", "work"):
            boto3.client("s3").create_bucket(Bucket=bucket)
        boto3.client("sesv2").create_email_identity(EmailIdentity="office@rollbook.example")
        for name in handler._NAMES.values():
            set_environment(name, NOBODYS)
        for name, value in {"TABLE_NAME": "table", "INBOX_BUCKET": "inbox", "WORK_BUCKET": "work", "LOOPBACK": "no",
                            "TOKEN_KEY": signing, "CREDENTIALS_KEY": wrapping,
                            "SERVED_AT": "https://accounts.example"}.items():
            set_environment(name, value)
        self.set_environment = set_environment
        self.made = operator.handler({"action": "create-site", "site": SITE, "name": "Cedar Ridge Unified",
                                      "settings": {"hand_out": "open"},
                                      "address": "https://cedar.example/login", "admin_email": "a@cedar.example"}, None)
        self.store = DynamoStore(boto3.client("dynamodb"), "table")
        self.store.put_many([Item(keys.school(SITE, "100"), {"key": "100", "kind": "school", "fields": {}})])
        for name, role, email in (("tess", "Teacher", "tess@cedar.example"), ("nora", "Staff", ""),
                                  ("mum", "Guardian", "mum@home.example")):
            self.store.put_many([
                people.item_of(SITE, account(name, role, fields={"email": email} if email else {})),
                Item(keys.username(SITE, f"{name}.e"), {"account": name, "state": "claimed"})])

    def sends_letters(self) -> None:
        self.set_environment("MAIL_SENDER", "office@rollbook.example")

    @property
    def letters(self) -> list[tuple[list[str], str, str]]:
        """To whom, subject and text of every letter that SES took."""
        return [(message.destinations["ToAddresses"], message.subject, message.body)
                for message in ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].sent_messages]

    def ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """A request of somebody who isn't signed in."""
        event = json.loads((EVENTS / "http_api_v2.json").read_text())
        event |= {"rawPath": f"/sites/{SITE}{path}", "body": json.dumps(body)}
        event["requestContext"]["http"]["method"] = "POST"
        answer = handler.handler(event, None)
        return {"status": answer["statusCode"]} | json.loads(answer["body"])

    def batch(self, action: str, *names: str) -> dict[str, str]:
        """How a batch ended: its counts."""
        body = {"action": action, "by": self.made["administrator"], "reason": "new staff", "state": "running",
                "began_at": wiring.now(), "at": wiring.now()}
        self.store.put_many(record.items_of(SITE, "01B", body, list(names), now=0))
        batch.handler({"site": SITE, "batch": "01B"}, Lambda())
        return self.store.get(keys.batch(SITE, "01B")).body["counts"]

    def export(self, format: str = "csv", **more: Any) -> bytes:
        asked = {"export": "e", "state": "asked", "by": self.made["administrator"], "format": format,
                 "with_secrets": True} | more
        self.store.put_many([Item(keys.export(SITE, "e"), asked)])
        export.handler({"site": SITE, "export": "e"}, None)
        (key,) = self.store.get(keys.export(SITE, "e")).body["files"]
        return boto3.client("s3").get_object(Bucket="work", Key=key)["Body"].read()


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("MAIL_SENDER", raising=False)
    for cache in CACHES:
        cache.cache_clear()
    with mock_aws():
        yield Deployment(monkeypatch.setenv)
    for cache in CACHES:
        cache.cache_clear()


def code_in(text: str) -> str:
    found = re.search(r"(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}", text)
    assert found, text
    return found[0]


def secrets(listed: bytes) -> dict[str, str]:
    return {row["Username"]: row["First secret"] for row in csv.DictReader(io.StringIO(listed.decode("utf-8-sig")))}


def test_the_letter_that_ses_took_leads_to_a_session_for_choosing_a_password(deployment: Deployment) -> None:
    deployment.sends_letters()
    assert deployment.batch("invite", "tess", "nora", "mum") == {"done": 2, "to_print": 1}
    assert [to for to, _, _ in deployment.letters] == [["tess@cedar.example"], ["mum@home.example"]]
    _, subject, text = deployment.letters[0]
    assert "Cedar Ridge Unified" in subject and "https://cedar.example/login" in text
    assert f"https://accounts.example/sites/{SITE}/sign-in#code={code_in(text)}" in text
    signed = deployment.ask("/sign-in", {"code": code_in(text)})
    assert (signed["status"], signed["must_change"], signed["username"]) == (200, True, "tess.e")
    assert deployment.ask("/sign-in", {"code": code_in(text)})["status"] == 401


def test_who_asks_where_one_signs_in_gets_a_letter_from_another_function(deployment: Deployment) -> None:
    deployment.sends_letters()
    batch.handler({"site": SITE, "asked": ["tess", "nora", "nobody"]}, Lambda())
    batch.handler({"site": SITE, "asked": []}, Lambda())
    [(to, _, text)] = deployment.letters
    assert to == ["tess@cedar.example"] and deployment.ask("/sign-in", {"code": code_in(text)})["status"] == 200


def test_a_sheet_of_employees_tells_fresh_codes_where_no_letters_are_sent(deployment: Deployment) -> None:
    first = secrets(deployment.export(role="Teacher"))
    again = secrets(deployment.export(role="Teacher"))
    assert deployment.ask("/sign-in", {"code": first["tess.e"]})["status"] == 401, "printing anew voids the last"
    assert deployment.ask("/sign-in", {"code": again["tess.e"]})["status"] == 200
    assert secrets(deployment.export(role="Teacher", format="csv", with_secrets=True))["tess.e"] != again["tess.e"]


def test_a_sheet_tells_codes_to_those_alone_whom_no_letter_reaches(deployment: Deployment) -> None:
    deployment.sends_letters()
    told = secrets(deployment.export())
    assert told["tess.e"] == "" and code_in(told["nora.e"]) and told["mum.e"] == ""


def test_a_card_shows_the_code_as_text_and_the_address_alone_as_a_picture(deployment: Deployment) -> None:
    import pdfplumber
    deployment.sends_letters()
    with pdfplumber.open(io.BytesIO(deployment.export("pdf", school="100"))) as pdf:
        text = "\n".join(page.extract_text() for page in pdf.pages)
    assert text.count("Open the link in your email") >= 1 and "One-time" in text
    assert deployment.ask("/sign-in", {"code": code_in(text)})["username"] == "nora.e"
    assert "#code" not in text


def test_no_log_line_holds_a_code_or_an_address(deployment: Deployment, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    deployment.sends_letters()
    deployment.batch("invite", "tess")
    batch.handler({"site": SITE, "asked": ["mum"]}, Lambda())
    logged = " ".join(str(vars(one)) for one in caplog.records if not one.name.startswith(("boto", "moto", "urllib3")))
    assert "asked" in logged and "cedar.example" not in logged and "home.example" not in logged
    assert not any(code_in(text) in logged for _, _, text in deployment.letters)
