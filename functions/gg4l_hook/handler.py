"""Reads the queue of GG4L's orders: polls of Discovery, pulls of districts, news that came by webhook."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache, partial
from typing import Any

import boto3
import orjson
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError
from ulid import ULID

from gg4l_hook import hooks, poll, pull
from gg4l_hook.desk import Answer, Desk, Order
from gg4l_hook.secrets import Secrets
from rostering import clock
from rostering.settings import environment
from rostering.store import dynamo, s3
from rostering.store.dynamo import DynamoStore
from rostering.store.s3 import S3Files
from rostering.transport import Transport

logger = Logger()

_NAMES = {"table": "TABLE_NAME", "work": "WORK_BUCKET", "sync": "SYNC_ARN", "queue": "GG4L_QUEUE_URL",
          "secrets": "GG4L_SECRETS",
          "secrets_key": "SECRETS_KEY", "loopback": "LOOPBACK", "back_off": "ZONE_BACK_OFF_SECONDS"}
RESERVED_SECONDS = 240          # for making a load of what came
MOST_DELAY_SECONDS = 900        # of a message of SQS


@cache
def _desk() -> tuple[Desk, Callable[[Order, float, int], None]]:
    names = environment(_NAMES, os.environ)
    secrets = Secrets(boto3.client("secretsmanager"), names["secrets"], names["secrets_key"])
    send = partial(_send, boto3.client("sqs"), names["queue"])
    desk = Desk(
        store=DynamoStore(boto3.client("dynamodb", config=dynamo.client_settings()), names["table"]),
        work=S3Files(boto3.client("s3", config=s3.client_settings()), names["work"]),
        now=clock.now, seconds=time.time, sleep=time.sleep, random=random.random, new_load=lambda: str(ULID()),
        connect=partial(_connect, loopback=names["loopback"] == "yes"), secret=secrets.read,
        keep_secret=secrets.keep, order=lambda order: send(order, 0, 0),
        start=partial(_start, boto3.client("stepfunctions"), names["sync"]),
        loopback=names["loopback"] == "yes", back_off_seconds=float(names["back_off"]))
    return desk, send


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """An SQS batch of orders; one that fails goes back to the queue, the others don't."""
    failed = []
    for record in event["Records"]:
        try:
            _run(record, context)
        except Exception as error:  # the outermost handler: the queue tries again, then the dead letters
            logger.error("gg4l failed", error=type(error).__name__)
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _run(record: dict[str, Any], context: Any) -> None:
    desk, send = _desk()
    said = orjson.loads(record["body"])
    order = Order(said["site"], said["kind"], said.get("district", ""), said.get("pull", ""), said.get("hook", ""),
                  int(said.get("attempt", 0)))
    answer = _answer(desk, order, lambda: context.get_remaining_time_in_millis() / 1000 - RESERVED_SECONDS)
    if answer.again is not None:
        send(order, answer.again, answer.attempt)
    logger.info("gg4l", site=order.site, kind=order.kind, outcome=answer.outcome, load=answer.load,
                requests=answer.requests, rows=answer.rows)


def _answer(desk: Desk, order: Order, seconds_left: Callable[[], float]) -> Answer:
    if order.kind == "poll":
        return poll.run(desk, order)
    if order.kind == "news":
        return hooks.take(desk, order)
    return pull.run(desk, order, seconds_left=seconds_left)


def _send(queue: Any, url: str, order: Order, delay: float, attempt: int) -> None:
    queue.send_message(QueueUrl=url, DelaySeconds=min(round(delay), MOST_DELAY_SECONDS),
                       MessageBody=orjson.dumps(asdict(order) | {"attempt": attempt}).decode())


def _start(states: Any, machine: str, site: str, load: str) -> None:
    try:
        states.start_execution(stateMachineArn=machine, name=load,
                               input=orjson.dumps({"site": site, "load": load}).decode())
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
            raise


@contextmanager
def _connect(*, loopback: bool) -> Iterator[Callable[..., Any]]:
    with Transport(loopback=loopback) as transport:
        yield transport.send
