"""Webhook messages: Standard Webhooks 1.0, and what can be wrong with them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest

from cli.oneroster.webhooks import LATE_SECONDS, Message, key, messages, sign
from tests.unit.provider.client import NOW, provider

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "whsec_" + base64.b64encode(b"an older secret of 32 bytes, old").decode()


def made(form: str) -> list[Message]:
    return messages(form, secret=SECRET, now=NOW, guid="d-1", name="Example", processed="2026-11-23T10:58:12.345Z")


def authentic(message: Message, secret: str = SECRET) -> bool:
    """Standard Webhooks, as the standard says it and not as the simulator does."""
    headers = message.headers
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), message.body])
    want = base64.b64encode(hmac.digest(base64.b64decode(secret[6:]), signed, hashlib.sha256)).decode()
    return f"v1,{want}" in headers["webhook-signature"].split(" ")


def test_the_public_vector_reproduces():
    message = sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', SECRET)
    assert message.headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_secrets_rotate_both_sign():
    message = sign("msg_1", int(NOW), b"{}", OLD_SECRET, SECRET)
    assert authentic(message) and authentic(message, OLD_SECRET)


@pytest.mark.parametrize("secret", ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!", "whsk_AAAA", ""])
def test_a_secret_is_whsec_and_base64(secret):
    with pytest.raises(ValueError, match="whsec_"):
        key(secret)


def test_in_order_an_onboarding_is_followed_by_its_roster():
    found = made("in-order")
    bodies = [json.loads(message.body) for message in found]
    assert [body["data"].get("status", body["type"]) for body in bodies] == [
        "DATA_SYNC", "VALIDATING", "COMPLETED", "gg4l.roster.ready", "gg4l.roster.changed"]
    assert [body["data"]["previousStatus"] for body in bodies[:3]] == [
        "SURVEY_SUBMITTED", "DATA_SYNC", "VALIDATING"]
    moments = [body["timestamp"] for body in bodies]
    assert moments == sorted(set(moments))
    assert all(map(authentic, found))
    assert len({message.headers["webhook-id"] for message in found}) == 5
    assert {body["data"]["districtGuid"] for body in bodies} == {"d-1"}


def test_off_is_silent():
    assert made("off") == []


def test_twice_is_each_with_the_same_id_and_body():
    found = made("twice")
    assert found[::2] == found[1::2] == made("in-order")


def test_out_of_order_is_the_last_first():
    assert made("out-of-order") == made("in-order")[::-1]


def test_late_was_sent_an_hour_ago():
    stamps = {message.headers["webhook-timestamp"] for message in made("late")}
    assert stamps == {str(int(NOW) - LATE_SECONDS)}
    assert all(map(authentic, made("late")))


def test_forged_is_signed_with_another_secret():
    assert not any(map(authentic, made("forged")))


def test_wrong_district_and_unknown_type_are_authentic():
    wrong, unknown = made("wrong-district"), made("unknown-type")
    assert all(map(authentic, wrong + unknown))
    assert {json.loads(message.body)["data"]["districtGuid"] for message in wrong} == {"d-of-somebody-else"}
    assert [json.loads(message.body)["type"] for message in unknown] == ["gg4l.weather.changed"]


def test_a_provider_offers_the_messages_of_its_switch():
    offering = provider("webhook=in-order", webhook_secret=SECRET)
    status, _, body = offering.handle("GET", "/simulator/webhooks")
    found = [Message(given["headers"], given["body"].encode()) for given in json.loads(body)]
    assert (status, len(found)) == (200, 5) and all(map(authentic, found))
    assert json.loads(found[0].body)["data"]["districtGuid"] == offering.district_guid
    ready = json.loads(found[3].body)["data"]["lastDataProcessingCompletedTimestamp"]
    assert ready == "2026-11-23T04:12:55.120-05:00"
    assert provider(webhook_secret=SECRET).messages() == provider("webhook=in-order").messages() == []
