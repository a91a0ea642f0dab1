"""The HTTP API's entry: fills the ports from the environment and hands each request to the API."""

from __future__ import annotations

import functools
import os
import secrets
import time
from typing import Any

import boto3

from accounts.api import Api
from accounts.aws import SIGNATURE_4, KmsSigner, KmsVault, StepFunctions, invoker
from accounts.ports import Ports
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
    "sync": "SYNC_ARN",
}


@functools.cache
def api() -> Api:
    names = environment(_NAMES, os.environ)
    s3, kms = boto3.client("s3", config=SIGNATURE_4), boto3.client("kms")
    return Api(
        Ports(
            store=DynamoStore(boto3.client("dynamodb", config=client_settings()), names["table"]),
            inbox=S3Files(s3, names["inbox"]),
            work=S3Files(s3, names["work"]),
            signer=KmsSigner(kms, names["token_key"]),
            vault=KmsVault(kms, names["credentials_key"]),
            workflow=StepFunctions(boto3.client("stepfunctions"), names["sync"]),
            export=invoker(boto3.client("lambda"), names["export"]),
            issuer=f"urn:rollbook:{names['table']}",
            inbox_bucket=names["inbox"],
            now=time.time,
            random_bytes=secrets.token_bytes,
        )
    )


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return api().handle(event, context)
