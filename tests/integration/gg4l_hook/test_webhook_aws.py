"""The entry of the webhooks with everything behind it on moto: events as API Gateway sends them."""

from __future__ import annotations

import io
import json
from dataclasses import asdict

import boto3
import pytest
from aws_lambda_powertools import Logger
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from gg4l_hook import hooks, http, webhook
from gg4l_hook.desk import Order
from rostering import clock
from rostering.districts import DISTRICT
from rostering.store import keys
from rostering.store.dynamo import DynamoStore, client_settings, table_definition
from rostering.store.keys import Item
from tests.unit.gg4l.door import GUID, OLD_SECRET, READY, SECRET, SITE, connection, event, message, signed

CANARY = "CANARY-NOTE"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        http._desk.cache_clear()
        yield boto3.client
    http._desk.cache_clear()


@pytest.fixture
def store(aws, monkeypatch: pytest.MonkeyPatch) -> DynamoStore:
    """A site with its connection, a district and the webhook's secret."""
    monkeypatch.setenv("TABLE_NAME", "rollbook")
    monkeypatch.setenv("GG4L_SECRETS", "rollbook/test/gg4l")
    monkeypatch.setenv("GG4L_QUEUE_URL", aws("sqs").create_queue(QueueName="gg4l")["QueueUrl"])
    name = f"rollbook/test/gg4l/{SITE}/webhook"
    aws("secretsmanager").create_secret(Name=name, SecretString=json.dumps({"current": SECRET, "previous": OLD_SECRET}))
    client = aws("dynamodb", config=client_settings())
    client.create_table(**table_definition("rollbook"))
    made = DynamoStore(client, "rollbook")
    made.insert(Item(keys.gg4l_connection(SITE), asdict(connection(hook_secret=name))))
    made.insert(Item(keys.gg4l_district(SITE, GUID), DISTRICT | {"district": GUID}))
    return made


def ordered(aws) -> list[Order]:
    queue = aws("sqs")
    url = queue.get_queue_url(QueueName="gg4l")["QueueUrl"]
    found = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [Order(**json.loads(one["Body"])) for one in found]


@pytest.mark.parametrize("is_base64", [False, True])
def test_a_message_is_kept_and_ordered(aws, store, is_base64):
    answer = http.handler(event(message(note=CANARY), is_base64=is_base64), None)
    assert answer == {"statusCode": 202, "headers": {"content-type": "application/json"},
                      "body": '{"status":"accepted"}'}
    assert ordered(aws) == [Order(SITE, "news", GUID, hook="msg_1")]
    assert store.get(keys.gg4l_hook(SITE, "msg_1")).body["queued"] is True


@pytest.mark.parametrize(("change", "status"), [
    ({"site": "elsewhere"}, 404), ({"headers": {}}, 401), ({"headers": {"content-encoding": "gzip"}}, 413)])
def test_what_is_refused_has_its_status(store, change, status):
    assert http.handler(event(message(), **change), None)["statusCode"] == status


@pytest.mark.parametrize("odd", [{}, None, [], {"pathParameters": None}, {"pathParameters": {"site": SITE}, "body": 7}])
def test_no_event_makes_the_function_fail(store, odd):
    assert http.handler(odd, None)["statusCode"] in (401, 404)


def test_without_its_environment_the_sender_tries_again(aws, monkeypatch):
    monkeypatch.delenv("TABLE_NAME", raising=False)
    assert http.handler(event(message()), None)["statusCode"] == 503


def test_a_queue_that_is_gone_is_503(aws, store):
    queue = aws("sqs")
    queue.delete_queue(QueueUrl=queue.get_queue_url(QueueName="gg4l")["QueueUrl"])
    assert http.handler(event(message()), None)["statusCode"] == 503
    assert store.get(keys.gg4l_hook(SITE, "msg_1")).body["queued"] is False


def test_what_nobody_thought_of_is_503(store, monkeypatch):
    def fails(desk, request):
        raise EndpointConnectionError(endpoint_url="https://example.org")
    monkeypatch.setattr(http, "receive", fails)
    assert http.handler(event(message()), None)["statusCode"] == 503


def test_the_log_holds_no_id_and_nothing_of_the_body(store, monkeypatch):
    told = io.StringIO()
    monkeypatch.setattr(http, "logger", Logger(service="webhooks", stream=told))
    for headers in (None, {}):
        http.handler(event(message(note=CANARY), headers), None)
    http.handler(event(message("gg4l.weather.changed", note=CANARY, district="d-0099")), None)
    lines = [json.loads(line) for line in told.getvalue().splitlines()]
    assert [(line["status"], line["outcome"], line["level"]) for line in lines] == [
        (202, "queued", "INFO"), (401, "unauthenticated", "INFO"), (403, "foreign_district", "WARNING")]
    assert not any(secret in told.getvalue() for secret in (CANARY, "msg_1", GUID, "d-0099", SECRET, "v1,"))


def test_news_reach_the_district_and_a_roster_orders_a_poll(aws, store):
    http.handler(event(message(status="DATA_SYNC")), None)
    http.handler(event(raw := message(READY), signed(raw, "msg_2", at=clock.now())), None)
    polls: list[Order] = []
    desk = webhook.Desk(store, clock.now, dict, polls.append)
    outcomes = [hooks.take(desk, order).outcome for order in ordered(aws)]
    assert sorted(outcomes) == ["asked", "told"] and polls == [Order(SITE, "poll", GUID)]
    assert store.get(keys.gg4l_district(SITE, GUID)).body["state"] == "DATA_SYNC"
    assert store.get(keys.gg4l_hook(SITE, "msg_1")).expires is not None
