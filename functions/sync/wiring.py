"""The one place where the workflow's tasks meet AWS: clients, store, files, clock, log."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger

from rostering.clock import now
from rostering.letters import Post
from rostering.load.ground import Ground
from rostering.mail import SesMail
from rostering.settings import environment
from rostering.store import dynamo, keys, s3
from rostering.store.dynamo import DynamoStore
from rostering.store.s3 import S3Files

logger = Logger()


@cache
def store() -> DynamoStore:
    names = environment({"table": "TABLE_NAME"}, os.environ)
    return DynamoStore(boto3.client("dynamodb", config=dynamo.client_settings()), names["table"])


@cache
def work() -> S3Files:
    """Files that pass between tasks: feeds, plans, snapshots, exports."""
    return _files("WORK_BUCKET")


@cache
def inbox() -> S3Files:
    """Drops, and next to them what the sender gets back."""
    return _files("INBOX_BUCKET")


def _files(variable: str) -> S3Files:
    bucket = environment({"bucket": variable}, os.environ)["bucket"]
    return S3Files(boto3.client("s3", config=s3.client_settings()), bucket)


@cache
def workflow() -> Any:
    return boto3.client("stepfunctions")


@cache
def events() -> Any:
    return boto3.client("events")


@cache
def functions() -> Any:
    return boto3.client("lambda")


def post(site: str) -> Post:
    """The post of a site. Without a sender in this deployment nobody can be reached."""
    settings = store().get(keys.settings(site))
    return Post.of(site, settings.body if settings else {}, served_at=os.environ.get("SERVED_AT", ""), mail=mail())


def mail() -> SesMail | None:
    """What sends letters; None in a deployment without a sender."""
    sender = os.environ.get("MAIL_SENDER", "")
    return _ses(sender) if sender else None


@cache
def _ses(sender: str) -> SesMail:
    return SesMail(lambda: boto3.client("sesv2"), sender)


def ground(event: dict[str, Any]) -> Ground:
    """The ground of the load that `event` names."""
    return Ground.open(store(), work(), event["site"], event["load"], now=now())
