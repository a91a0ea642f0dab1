"""The HTTP API's entry: fills the ports from the environment and hands each request to the API."""

from __future__ import annotations

import functools
import os
import secrets
import time
from typing import Any

import boto3

from accounts.api import Api
from accounts.aws import (
    SIGNATURE_4,
    KmsSigner,
    KmsVault,
    Scheduler,
    SchedulerPolls,
    SchedulerSchedules,
    SecretsManager,
    SqsPulls,
    StepFunctions,
    invoker,
)
from accounts.ports import Ports
from rostering.mail import SesMail
from rostering.settings import environment
from rostering.store.dynamo import DynamoStore, client_settings
from rostering.store.s3 import S3Files

_NAMES = {
    "table": "TABLE_NAME",
    "inbox": "INBOX_BUCKET",
    "work": "WORK_BUCKET",
    "token_key": "TOKEN_KEY",
    "credentials_key": "CREDENTIALS_KEY",
    "export": "EXPORT_FUNCTION",
    "batch": "BATCH_FUNCTION",
    "sync": "SYNC_ARN",
    "secret_prefix": "ZONE_SECRETS",
    "secrets_key": "SECRETS_KEY",
    "schedule_group": "ZONE_SCHEDULES",
    "schedule_role": "ZONE_SCHEDULES_ROLE",
    "pulls_url": "PULLS_QUEUE_URL",
    "pulls_arn": "PULLS_QUEUE_ARN",
    "gg4l_secrets": "GG4L_SECRETS",
    "provider_secrets": "PROVIDER_SECRETS",
    "gg4l_group": "GG4L_SCHEDULES",
    "gg4l_role": "GG4L_SCHEDULES_ROLE",
    "gg4l_url": "GG4L_QUEUE_URL",
    "gg4l_arn": "GG4L_QUEUE_ARN",
    "dead_letters": "DEAD_LETTERS_ARN",
    "loopback": "LOOPBACK",
    "served_at": "SERVED_AT",
}
_SENDER = "MAIL_SENDER"         # may be empty: then letters are printed, for a person to send
_ISSUE = "CREDENTIALS_FUNCTION"  # may be empty: then new accounts wait for their first secret


@functools.cache
def api() -> Api:
    names = environment(_NAMES, os.environ)
    sender, issuing = os.environ.get(_SENDER, ""), os.environ.get(_ISSUE, "")
    s3, kms = boto3.client("s3", config=SIGNATURE_4), boto3.client("kms")

    def scheduler(group: str, role: str, queue: str) -> Scheduler:
        return Scheduler(functools.partial(boto3.client, "scheduler"), group=names[group], role=names[role],
                         queue=names[queue], dead_letters=names["dead_letters"])
    kept = SecretsManager(lambda: boto3.client("secretsmanager"), names["secrets_key"])
    return Api(
        Ports(
            store=DynamoStore(boto3.client("dynamodb", config=client_settings()), names["table"]),
            inbox=S3Files(s3, names["inbox"]),
            work=S3Files(s3, names["work"]),
            signer=KmsSigner(kms, names["token_key"]),
            vault=KmsVault(kms, names["credentials_key"]),
            workflow=StepFunctions(boto3.client("stepfunctions"), names["sync"]),
            export=invoker(boto3.client("lambda"), names["export"]),
            batch=invoker(boto3.client("lambda"), names["batch"]),
            asked=invoker(boto3.client("lambda"), names["batch"]),
            served_at=names["served_at"],
            issuer=f"urn:rollbook:{names['table']}",
            inbox_bucket=names["inbox"],
            now=time.time,
            random_bytes=secrets.token_bytes,
            secrets=kept,
            schedules=SchedulerSchedules(scheduler("schedule_group", "schedule_role", "pulls_arn")),
            pulls=SqsPulls(lambda: boto3.client("sqs"), names["pulls_url"]),
            loopback=names["loopback"] == "yes",
            secret_prefix=names["secret_prefix"],
            gg4l_schedules=SchedulerPolls(scheduler("gg4l_group", "gg4l_role", "gg4l_arn")),
            gg4l_orders=SqsPulls(lambda: boto3.client("sqs"), names["gg4l_url"]),
            gg4l_secret_prefix=names["gg4l_secrets"],
            read_secret=kept.read,
            provider_secret_prefix=names["provider_secrets"],
            mail=SesMail(lambda: boto3.client("sesv2"), sender) if sender else None,
            issue=invoker(boto3.client("lambda"), issuing) if issuing else None,
        )
    )


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return api().handle(event, context)
