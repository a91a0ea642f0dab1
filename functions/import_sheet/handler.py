"""Reads the queue of drops: EventBridge "Object Created" events of the inbox, one by one.

Object keys of EventBridge come raw and are used as they are (import sheet, section 4).
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import boto3
import orjson
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError
from ulid import ULID

from import_sheet.job import Desk, Drop, run
from rostering import clock
from rostering.settings import environment
from rostering.store import dynamo, s3
from rostering.store.dynamo import DynamoStore
from rostering.store.s3 import S3Files

logger = Logger()


@cache
def _parts() -> tuple[Desk, Any, str]:
    names = environment({"table": "TABLE_NAME", "inbox": "INBOX_BUCKET", "work": "WORK_BUCKET",
                         "sync": "SYNC_ARN"}, os.environ)
    client = boto3.client("s3", config=s3.client_settings())
    desk = Desk(store=DynamoStore(boto3.client("dynamodb", config=dynamo.client_settings()), names["table"]),
                inbox=S3Files(client, names["inbox"]), work=S3Files(client, names["work"]),
                new_load=lambda: str(ULID()), now=clock.now)
    return desk, boto3.client("stepfunctions"), names["sync"]


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """An SQS batch of drop events; a record that fails goes back to the queue, the others don't."""
    failed = []
    for record in event["Records"]:
        try:
            _drop(orjson.loads(record["body"])["detail"]["object"])
        except Exception as error:  # the outermost handler: the queue tries again, then the dead letters
            logger.error("drop failed", error=type(error).__name__)
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _drop(found: dict[str, Any]) -> None:
    desk, workflow, sync = _parts()
    version = found.get("version-id") or f"{found.get('etag', '')}-{found.get('sequencer', '')}"
    answer = run(desk, Drop(found["key"], version, int(found.get("size", 0))))
    if answer.outcome == "read":
        try:
            workflow.start_execution(stateMachineArn=sync, name=answer.load,
                                     input=orjson.dumps({"site": answer.site, "load": answer.load}).decode())
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise
    logger.info("drop", outcome=answer.outcome, site=answer.site, load=answer.load, rows=answer.rows)
