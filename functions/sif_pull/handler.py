"""Reads the queue of orders: what a zone's schedules and people want of it, one by one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from functools import cache
from typing import Any

import boto3
import orjson
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError
from ulid import ULID

from rostering import clock
from rostering.settings import environment
from rostering.store import dynamo, s3
from rostering.store.dynamo import DynamoStore
from rostering.store.s3 import S3Files
from rostering.zones import ZoneSettings
from sif_pull.job import Answer, Desk, Order, run
from sif_pull.zis import HttpZis, secret_of

logger = Logger()

_NAMES = {"table": "TABLE_NAME", "work": "WORK_BUCKET", "sync": "SYNC_ARN",
          "queue": "PULLS_QUEUE_URL", "loopback": "LOOPBACK", "back_off": "ZONE_BACK_OFF_SECONDS"}
RESERVED_SECONDS = 240          # for making a load of what came
MOST_DELAY_SECONDS = 900        # of a message of SQS


@cache
def _parts() -> tuple[Desk, Any, str]:
    names = environment(_NAMES, os.environ)
    client = boto3.client("s3", config=s3.client_settings())
    states, secrets = boto3.client("stepfunctions"), boto3.client("secretsmanager")
    desk = Desk(
        store=DynamoStore(boto3.client("dynamodb", config=dynamo.client_settings()), names["table"]),
        work=S3Files(client, names["work"]),
        now=clock.now, new_load=lambda: str(ULID()), connect=_connector(secrets, loopback=names["loopback"] == "yes"),
        start=_starter(states, names["sync"]), back_off_seconds=float(names["back_off"]))
    return desk, boto3.client("sqs"), names["queue"]


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """An SQS batch of orders; one that fails goes back to the queue, the others don't."""
    failed = []
    for record in event["Records"]:
        try:
            _order(record, context)
        except Exception as error:  # the outermost handler: the queue tries again, then the dead letters
            logger.error("pull failed", error=type(error).__name__)
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _order(record: dict[str, Any], context: Any) -> None:
    desk, queue, url = _parts()
    said = orjson.loads(record["body"])
    order = Order(said["site"], said["zone"], said["kind"], said.get("pull") or f"schedule-{record['messageId']}",
                  int(said.get("attempt", 0)))
    answer = run(desk, order, seconds_left=lambda: context.get_remaining_time_in_millis() / 1000 - RESERVED_SECONDS)
    if answer.again is not None:
        queue.send_message(QueueUrl=url, DelaySeconds=min(round(answer.again), MOST_DELAY_SECONDS),
                           MessageBody=orjson.dumps(asdict(order) | {"attempt": answer.attempt}).decode())
    _log(order, answer)


def _log(order: Order, answer: Answer) -> None:
    logger.info("pull", site=order.site, zone=order.zone, kind=order.kind, pull=order.pull, outcome=answer.outcome,
                load=answer.load, messages=answer.messages, objects=answer.objects)


def _starter(states: Any, machine: str) -> Callable[[str, str], None]:
    def start(site: str, load: str) -> None:
        try:
            states.start_execution(stateMachineArn=machine, name=load,
                                   input=orjson.dumps({"site": site, "load": load}).decode())
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise
    return start


def _connector(secrets: Any, *, loopback: bool) -> Callable[[ZoneSettings, str], Any]:
    """Opens a zone's HTTP with what Secrets Manager holds of it; certificates lie in files while it is open."""
    @contextmanager
    def connect(zone: ZoneSettings, site: str) -> Iterator[HttpZis]:
        with tempfile.TemporaryDirectory() as folder, \
                closing(HttpZis(zone, secret_of(secrets, zone), folder, loopback=loopback)) as zis:
            yield zis
    return connect
