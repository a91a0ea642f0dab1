"""The function behind the schedule of digests, on moto: the event, the letters, who is due."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sesv2 import sesv2_backends

from accounts.settings import SiteSettings
from rostering.errors import StoreError
from rostering.store import keys
from rostering.store.dynamo import table_definition
from rostering.store.keys import Item
from sync import digest, wiring

SENDER, REGION = "rollbook@vendor.example", "us-east-1"
OFFICE = ["it@harbor.example", "head@harbor.example"]
CACHED = (wiring.store, wiring.work, wiring.events, wiring._ses)


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 900_000


class Night:
    """A table with sites; `heard` is what EventBridge was given."""

    def __init__(self) -> None:
        boto3.client("dynamodb").create_table(**table_definition("rollbook"))
        boto3.client("s3").create_bucket(Bucket="work")
        boto3.client("sesv2").create_email_identity(EmailIdentity=SENDER)
        self.heard: list[dict[str, Any]] = []
        wiring.events().meta.events.register(
            "before-parameter-build.events.PutEvents", lambda params, **_: self.heard.extend(params["Entries"]))

    def site(self, name: str, **more: Any) -> None:
        wiring.store().put_many([Item(keys.listed_site(name), {"site": name}), Item(keys.settings(name), {
            "site": name, "name": name.title(), "id_salt": b"s", "timezone": "UTC"} | more)])

    def runs(self, **event: Any) -> dict[str, Any]:
        return digest.handler(event, Context())


@pytest.fixture
def night(monkeypatch: pytest.MonkeyPatch) -> Iterator[Night]:
    for name, value in {"AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                        "TABLE_NAME": "rollbook", "WORK_BUCKET": "work", "MAIL_SENDER": SENDER}.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        for made in CACHED:
            made.cache_clear()
        yield Night()
    for made in CACHED:
        made.cache_clear()


def details(night: Night) -> list[dict[str, Any]]:
    """What the events say, without the times."""
    found = [json.loads(event["Detail"]) for event in night.heard]
    return [{"site": one["site"], "counts": one["counts"]} for one in found]


def letters() -> list[Any]:
    return sesv2_backends[DEFAULT_ACCOUNT_ID][REGION].core_backend.sent_messages


def test_the_event_and_the_letters_go_out_once(night: Night) -> None:
    night.site("harbor", digest_to=OFFICE)
    assert night.runs(site="harbor") == {"told": 1}
    assert night.runs(site="harbor") == {"told": 0}
    (event,) = night.heard
    assert (event["Source"], event["DetailType"]) == ("rollbook", "Digest")
    assert details(night) == [{"site": "harbor", "counts": {"changed": 0, "held": 0, "wrong": 0}}]
    assert len(letters()) == 2
    body = wiring.store().query(keys.digest("harbor", "").pk).items[0].body
    assert (body["told"], body["letters"]) == (True, 2)


def test_without_a_sender_nobody_gets_a_letter_and_the_event_goes_out(
        night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_SENDER", "")
    night.site("harbor", digest_to=OFFICE)
    assert night.runs(site="harbor") == {"told": 1}
    assert (len(night.heard), len(letters())) == (1, 0)


def test_the_schedule_makes_them_for_the_sites_that_are_due(night: Night) -> None:
    # of two zones half a day apart, in one it is always past five
    hours = {"early": "Etc/GMT-6", "late": "Etc/GMT+6", "noon": "UTC"}
    for name, zone in hours.items():
        night.site(name, timezone=zone)
    assert night.runs()["told"] >= 1
    assert night.runs() == {"told": 0}
    told = {detail["site"] for detail in details(night)}
    kept = {name for name in hours if wiring.store().query(keys.digest(name, "").pk).items}
    assert told == kept


def test_a_site_that_is_broken_keeps_no_other_from_its_digest(night: Night) -> None:
    night.site("broken", timezone="Mars/Olympus")
    for zone in ("Etc/GMT-6", "Etc/GMT+6"):
        night.site(f"well{zone[-2:].replace('-', 'a').replace('+', 'b')}", timezone=zone)
    with pytest.raises(StoreError, match="1 digests could not be made"):
        night.runs()
    assert 1 <= len(night.heard) <= 2


def test_an_address_that_is_refused_keeps_no_letter_back(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_SENDER", "nobody@unverified.example")
    night.site("harbor", digest_to=OFFICE)
    assert night.runs(site="harbor") == {"told": 1}
    assert (len(night.heard), len(letters())) == (1, 0)


@pytest.mark.parametrize("address", ["not an address", "a@b", "x@y.example\nBcc: z@w.example"])
def test_a_digest_goes_to_email_addresses_only(address: str) -> None:
    with pytest.raises(ValueError, match="digest_to"):
        SiteSettings(name="D", digest_to=[address])
