"""The entry of GG4L's webhooks: POST /webhooks/{site} of the HTTP API."""

from __future__ import annotations

import os
import time
from dataclasses import asdict
from functools import cache
from typing import Any

import boto3
import orjson
from aws_lambda_powertools import Logger
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from gg4l_hook.desk import Order
from gg4l_hook.secrets import Secrets
from gg4l_hook.verify import Remembered
from gg4l_hook.webhook import Answer, Desk, Request, receive
from rostering import clock
from rostering.errors import StoreError
from rostering.settings import environment
from rostering.store import dynamo
from rostering.store.dynamo import DynamoStore

logger = Logger()

_NAMES = {"table": "TABLE_NAME", "queue": "GG4L_QUEUE_URL", "secrets": "GG4L_SECRETS"}
_SOON = Config(connect_timeout=2, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 2})


@cache
def _desk() -> Desk:
    names = environment(_NAMES, os.environ)
    queue, secrets = boto3.client("sqs", config=_SOON), boto3.client("secretsmanager", config=_SOON)

    def order(order: Order) -> None:
        try:
            queue.send_message(QueueUrl=names["queue"], MessageBody=orjson.dumps(asdict(order)).decode())
        except (BotoCoreError, ClientError) as error:
            raise StoreError(f"an order could not be queued: {type(error).__name__}") from error
    return Desk(
        store=DynamoStore(boto3.client("dynamodb", config=dynamo.client_settings()), names["table"]),
        now=clock.now, secret=Remembered(Secrets(secrets, names["secrets"]).read, time.monotonic), order=order)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """The answer to one request. The log says how it ended, never what was in it."""
    try:
        answer = receive(_desk(), Request.of(event))
    except Exception as error:  # the outermost handler: the sender tries again
        answer = Answer(503, type(error).__name__, alert=True)
    (logger.warning if answer.alert else logger.info)("webhook", status=answer.status, outcome=answer.outcome)
    return {"statusCode": answer.status, "headers": {"content-type": "application/json"}, "body": answer.body}
