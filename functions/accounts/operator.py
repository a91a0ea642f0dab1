"""The operator's entry, invoked with AWS credentials: sites, loads that stopped, dead letters.

An order that can't be carried out is an answer (`{"error": {"code", "message"}}`), not a failure:
whoever may invoke the function is told what to change.
"""

from __future__ import annotations

import functools
import os
import secrets
import time
from collections.abc import Callable
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from pydantic import ValidationError

from accounts import dead_letters, resuming, sites
from accounts.aws import KmsSigner, KmsVault, SqsLetters, StepFunctions
from accounts.ports import Ports
from rostering.errors import InputError, SettingsError
from rostering.settings import environment
from rostering.store.dynamo import DynamoStore, client_settings
from rostering.store.s3 import S3Files

logger = Logger(service="operator")
_NAMES = {
    "table": "TABLE_NAME",
    "inbox": "INBOX_BUCKET",
    "work": "WORK_BUCKET",
    "token_key": "TOKEN_KEY",
    "credentials_key": "CREDENTIALS_KEY",
    "sync": "SYNC_ARN",
}
_LETTERS = {"dead_letters": "DEAD_LETTERS_URL", "queues": "REDRIVE_QUEUES", "functions": "REDRIVE_FUNCTIONS"}


@functools.cache
def ports() -> Ports:
    names = environment(_NAMES, os.environ)
    s3, kms = boto3.client("s3"), boto3.client("kms")
    return Ports(
        store=DynamoStore(boto3.client("dynamodb", config=client_settings()), names["table"]),
        inbox=S3Files(s3, names["inbox"]),
        work=S3Files(s3, names["work"]),
        signer=KmsSigner(kms, names["token_key"]),
        vault=KmsVault(kms, names["credentials_key"]),
        workflow=StepFunctions(boto3.client("stepfunctions"), names["sync"]),
        export=lambda event: None,
        issuer="",
        inbox_bucket=names["inbox"],
        now=time.time,
        random_bytes=secrets.token_bytes,
    )


@functools.cache
def box() -> SqsLetters:
    names = environment(_LETTERS, os.environ)
    return SqsLetters(boto3.client("sqs"), boto3.client("lambda"), names["dead_letters"],
                      queues=names["queues"].split(), functions_to=names["functions"].split())


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    answer = carry_out(ports(), event, box)
    logger.info(
        "operator",
        extra={
            "action": str(event.get("action"))[:32],
            "site": answer.get("site", ""),
            "error": answer.get("error", {}).get("code", ""),
        },
    )
    return answer


def carry_out(
    ports: Ports, event: dict[str, Any], box: Callable[[], dead_letters.Box] = box
) -> dict[str, Any]:
    """The answer to one order; `box` opens the dead letters, for the orders about them."""
    orders: dict[str, Callable[[], dict[str, Any]]] = {
        "create-site": lambda: sites.create(ports, sites.CreateSite.model_validate(event)),
        "admin-code": lambda: sites.admin_code(ports, sites.AdminCode.model_validate(event)),
        "resume-load": lambda: resuming.resume(ports, resuming.ResumeLoad.model_validate(event)),
        "dead-letters": lambda: _list(event, box),
        "redrive": lambda: dead_letters.redrive(ports, box(), dead_letters.LettersOrder.model_validate(event)),
        "discard": lambda: dead_letters.discard(ports, box(), dead_letters.LettersOrder.model_validate(event)),
    }
    try:
        action = event.get("action")
        if not isinstance(action, str) or action not in orders:
            raise InputError("ACTION", f"the action is not one of: {', '.join(orders)}")
        return orders[action]()
    except ValidationError as error:
        wrong = [
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}"
            for one in error.errors(include_input=False, include_context=False, include_url=False)
        ]
        return {"error": {"code": "INVALID", "message": "; ".join(wrong)}}
    except InputError as error:
        return {"error": {"code": error.code, "message": error.message}}
    except SettingsError as error:
        return {"error": {"code": "SETTINGS", "message": str(error)}}


def _list(event: dict[str, Any], box: Callable[[], dead_letters.Box]) -> dict[str, Any]:
    dead_letters.ListOrder.model_validate(event)
    return dead_letters.listed(box())
