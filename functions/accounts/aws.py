"""Adapters to KMS, Step Functions, Lambda, Secrets Manager, EventBridge Scheduler and SQS.

Errors of AWS become ours here and nowhere else. Few requests are about zones and GG4L, and a client
takes its time to make: the adapters for those are given how to make theirs, and do so when they need it.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from jwt.algorithms import RSAAlgorithm

from accounts.dead_letters import Letter
from rostering.errors import SettingsError, StoreError

# Links to objects under SSE-KMS need signature version 4, which boto3 doesn't use for links everywhere.
SIGNATURE_4 = Config(signature_version="s3v4")

_OURS = frozenset(
    {
        "AccessDeniedException",
        "AccessDenied",
        "NotFoundException",
        "DisabledException",
        "ResourceNotFoundException",
        "KMSInvalidStateException",
        "InvalidKeyUsageException",
        "UnsupportedOperationException",
        "ValidationException",
        "InvalidCiphertextException",
        "IncorrectKeyException",
    }
)
_NO_LONGER_WAITS = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})
_KEPT_PEPPERS = 256
_RECOVERY_DAYS = 7
_NAME_LENGTH = 64                   # of a schedule
_PULL_WINDOW_MINUTES = 5            # pulls of many zones need not begin in the same second
_MOST_AGE_SECONDS, _MOST_TRIES = 600, 3
_REMOVED = frozenset({"InvalidParameterValue", "ReceiptHandleIsInvalid", "AWS.SimpleQueueService.MessageNotInflight",
                      "MessageNotInflight"})
_MOST_LETTERS, _HIDDEN_SECONDS = 1_000, 30


class KmsSigner:
    """Signs tokens with an asymmetric KMS key. Its public half is read once."""

    def __init__(self, client: Any, key: str) -> None:
        self._client = client
        self._key = key
        self._public: RSAPublicKey | None = None

    @property
    def kid(self) -> str:
        """The thumbprint of the public key (RFC 7638)."""
        return thumbprint(self._public_key())

    def sign(self, message: bytes) -> bytes:
        with _translated("sign"):
            return self._client.sign(
                KeyId=self._key,
                Message=message,
                MessageType="RAW",
                SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256",
            )["Signature"]

    def public_keys(self) -> Mapping[str, RSAPublicKey]:
        return {self.kid: self._public_key()}

    def _public_key(self) -> RSAPublicKey:
        if self._public is None:
            with _translated("get a public key"):
                found = load_der_public_key(self._client.get_public_key(KeyId=self._key)["PublicKey"])
            if not isinstance(found, RSAPublicKey):
                raise SettingsError("the key that signs tokens is not an RSA key")
            self._public = found
        return self._public


class KmsVault:
    """Wraps a site's pepper and data key; the encryption context names the site and the purpose."""

    def __init__(self, client: Any, key: str) -> None:
        self._client = client
        self._key = key
        self._peppers: OrderedDict[tuple[str, bytes], bytes] = OrderedDict()

    def new_pepper(self, site: str) -> bytes:
        return self._new(site, "pepper")

    def new_data_key(self, site: str) -> bytes:
        return self._new(site, "first-secrets")

    def pepper(self, site: str, wrapped: bytes) -> bytes:
        """The pepper in clear; the last 256 sites' are kept in memory."""
        at = (site, wrapped)
        if at not in self._peppers:
            with _translated("decrypt a pepper"):
                self._peppers[at] = self._client.decrypt(
                    CiphertextBlob=wrapped,
                    KeyId=self._key,
                    EncryptionContext={"site": site, "purpose": "pepper"},
                )["Plaintext"]
            while len(self._peppers) > _KEPT_PEPPERS:
                self._peppers.popitem(last=False)
        return self._peppers[at]

    def _new(self, site: str, purpose: str) -> bytes:
        with _translated(f"make the key for {purpose}"):
            return self._client.generate_data_key_without_plaintext(
                KeyId=self._key, KeySpec="AES_256", EncryptionContext={"site": site, "purpose": purpose}
            )["CiphertextBlob"]


class StepFunctions:
    """The executions of loads."""

    def __init__(self, client: Any, machine: str) -> None:
        self._client = client
        self._machine = machine

    def start(self, site: str, load: str, *, name: str = "") -> None:
        with _translated("start an execution"):
            try:
                self._client.start_execution(
                    stateMachineArn=self._machine, name=name or load, input=json.dumps({"site": site, "load": load})
                )
            except ClientError as error:
                if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                    raise

    def is_running(self, name: str) -> bool:
        execution = f"{self._machine.replace(':stateMachine:', ':execution:')}:{name}"
        with _translated("look at an execution"):
            try:
                return self._client.describe_execution(executionArn=execution)["status"] == "RUNNING"
            except ClientError as error:
                if error.response["Error"]["Code"] != "ExecutionDoesNotExist":
                    raise
                return False

    def answer(self, task_token: str, outcome: dict[str, Any]) -> bool:
        with _translated("answer an execution"):
            try:
                self._client.send_task_success(taskToken=task_token, output=json.dumps(outcome))
            except ClientError as error:
                if error.response["Error"]["Code"] in _NO_LONGER_WAITS:
                    return False
                raise
        return True


def invoker(client: Any, function: str) -> Callable[[dict[str, Any]], None]:
    """A port that starts `function` with an event and doesn't wait for it."""

    def invoke(event: dict[str, Any]) -> None:
        with _translated("start a function"):
            client.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(event).encode())

    return invoke


class SecretsManager:
    """Keeps secrets under the KMS key `key`: this function may write and remove them, and read those of sign-in
    providers alone."""

    def __init__(self, connect: Callable[[], Any], key: str) -> None:
        self._client = functools.cache(connect)
        self._key = key

    def put(self, name: str, values: dict[str, Any]) -> str:
        """Keep `values` under `name`, whatever was there: also where that was about to be removed."""
        text = json.dumps(values)
        with _translated("keep a secret"):
            try:
                self._client().create_secret(Name=name, SecretString=text, KmsKeyId=self._key)
            except ClientError as error:
                if error.response["Error"]["Code"] not in ("ResourceExistsException", "InvalidRequestException"):
                    raise
                self._client().restore_secret(SecretId=name)       # changes nothing of one that isn't removed
                self._client().put_secret_value(SecretId=name, SecretString=text)
        return name

    def read(self, name: str) -> dict[str, Any]:
        """What is kept under `name`."""
        with _translated("read a secret"):
            return json.loads(self._client().get_secret_value(SecretId=name)["SecretString"])

    def delete(self, name: str) -> None:
        """Remove a secret, which may be absent, after some days in which it can be restored."""
        with _translated("remove a secret"):
            try:
                self._client().delete_secret(SecretId=name, RecoveryWindowInDays=_RECOVERY_DAYS)
            except ClientError as error:
                if error.response["Error"]["Code"] not in ("ResourceNotFoundException", "InvalidRequestException"):
                    raise


class Scheduler:
    """Schedules of one group, which send their orders to one queue."""

    def __init__(self, connect: Callable[[], Any], *, group: str, role: str, queue: str, dead_letters: str) -> None:
        self._client = functools.cache(connect)
        self._group = group
        self._role = role
        self._queue = queue
        self._dead_letters = dead_letters

    def set(self, name: str, expression: str, order: dict[str, str], *, timezone: str, enabled: bool,
            window_minutes: int = 0) -> None:
        """Make a schedule, or set it anew. It sends `order` up to `window_minutes` after its time."""
        window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": window_minutes} if window_minutes else {"Mode": "OFF"}
        schedule = {
            "Name": name,
            "GroupName": self._group,
            "ScheduleExpression": expression,
            "ScheduleExpressionTimezone": timezone,
            "State": "ENABLED" if enabled else "DISABLED",
            "FlexibleTimeWindow": window,
            "Target": {
                "Arn": self._queue,
                "RoleArn": self._role,
                "Input": json.dumps(order),
                "RetryPolicy": {"MaximumEventAgeInSeconds": _MOST_AGE_SECONDS, "MaximumRetryAttempts": _MOST_TRIES},
                "DeadLetterConfig": {"Arn": self._dead_letters},
            },
        }
        with _translated("set a schedule"):
            try:
                self._client().create_schedule(**schedule)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConflictException":
                    raise
                self._client().update_schedule(**schedule)

    def delete(self, name: str) -> None:
        """Remove a schedule, which may be absent."""
        with _translated("remove a schedule"):
            try:
                self._client().delete_schedule(Name=name, GroupName=self._group)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise


class SchedulerSchedules:
    """Two schedules for each zone, which send to the queue of pulls: `pull` and `full`."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def set(self, site: str, zone: str, *, pull: str, full: str, timezone: str, enabled: bool) -> None:
        for kind, expression, window in (("pull", pull, _PULL_WINDOW_MINUTES), ("full", full, 0)):
            self._scheduler.set(schedule_name(site, zone, kind), expression,
                                {"site": site, "zone": zone, "kind": kind}, timezone=timezone, enabled=enabled,
                                window_minutes=window)

    def delete(self, site: str, zone: str) -> None:
        """Remove the schedules of a zone, which may be absent."""
        for kind in ("pull", "full"):
            self._scheduler.delete(schedule_name(site, zone, kind))


class SchedulerPolls:
    """One schedule for each site with GG4L, which sends to the queue of GG4L's orders."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def set(self, site: str, *, poll: str, timezone: str, enabled: bool) -> None:
        self._scheduler.set(schedule_name(site, "gg4l", "poll"), poll, {"site": site, "kind": "poll"},
                            timezone=timezone, enabled=enabled, window_minutes=_PULL_WINDOW_MINUTES)

    def delete(self, site: str) -> None:
        self._scheduler.delete(schedule_name(site, "gg4l", "poll"))


def schedule_name(site: str, about: str, kind: str) -> str:
    """What a schedule of a zone, or of GG4L, is called. One that had to be cut ends with a digest: no two share one."""
    name = f"{site}.{about}.{kind}"
    if len(name) <= _NAME_LENGTH:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"{name[:_NAME_LENGTH - 17]}.{digest}"


class SqsPulls:
    """The queue of who talks with zones, or of who talks with GG4L."""

    def __init__(self, connect: Callable[[], Any], queue_url: str) -> None:
        self._client = functools.cache(connect)
        self._queue_url = queue_url

    def send(self, order: dict[str, str]) -> None:
        with _translated("ask for a pull"):
            self._client().send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(order))


class SqsLetters:
    """The queue of dead letters, and the queues (URLs) and functions (ARNs) that its letters may go back to."""

    def __init__(self, queue: Any, functions: Any, url: str, *, queues: list[str], functions_to: list[str]) -> None:
        self._queue, self._functions, self._url = queue, functions, url
        self._urls = {one.rpartition("/")[2]: one for one in queues}
        self._arns = frozenset(functions_to)

    def take(self) -> list[Letter]:
        """All letters, 1,000 at most, hidden from others for half a minute."""
        found: dict[str, Letter] = {}
        with _translated("read the dead letters"):
            while len(found) < _MOST_LETTERS:
                got = self._queue.receive_message(
                    QueueUrl=self._url, MaxNumberOfMessages=10, VisibilityTimeout=_HIDDEN_SECONDS,
                    MessageSystemAttributeNames=["SentTimestamp", "DeadLetterQueueSourceArn"],
                    MessageAttributeNames=["All"]).get("Messages", [])
                fresh = [_letter(one) for one in got if one["MessageId"] not in found]
                if not fresh:
                    break
                found |= {one.id: one for one in fresh}
        return list(found.values())

    def release(self, letters: Iterable[Letter]) -> None:
        """Let others see the letters again; one that was removed meanwhile stays removed."""
        with _translated("release the dead letters"):
            for one in letters:
                try:
                    self._queue.change_message_visibility(
                        QueueUrl=self._url, ReceiptHandle=one.receipt, VisibilityTimeout=0)
                except ClientError as error:
                    if error.response["Error"]["Code"] not in _REMOVED:
                        raise

    def remove(self, letter: Letter) -> None:
        with _translated("remove a dead letter"):
            self._queue.delete_message(QueueUrl=self._url, ReceiptHandle=letter.receipt)

    def takes(self, arn: str) -> bool:
        return arn in self._arns or (":sqs:" in arn and arn.rpartition(":")[2] in self._urls)

    def send(self, arn: str, body: str) -> None:
        """Send what a letter held to a queue, or to a function, which is not waited for."""
        with _translated("send a dead letter back"):
            if arn in self._arns:
                self._functions.invoke(FunctionName=arn, InvocationType="Event", Payload=body.encode())
            else:
                self._queue.send_message(QueueUrl=self._urls[arn.rpartition(":")[2]], MessageBody=body)


def _letter(message: dict[str, Any]) -> Letter:
    about = message.get("Attributes", {})
    return Letter(message["MessageId"], message["ReceiptHandle"], message["Body"],
                  int(about.get("SentTimestamp", 0)) / 1000, about.get("DeadLetterQueueSourceArn", ""),
                  {name: one.get("StringValue", "") for name, one in message.get("MessageAttributes", {}).items()})


def thumbprint(key: RSAPublicKey) -> str:
    """The JWK thumbprint of an RSA public key."""
    jwk = RSAAlgorithm.to_jwk(key, as_dict=True)
    canonical = json.dumps(
        {name: jwk[name] for name in ("e", "kty", "n")}, separators=(",", ":"), sort_keys=True
    )
    return base64.urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).decode().rstrip("=")


@contextmanager
def _translated(what: str) -> Any:
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        kind = SettingsError if code in _OURS else StoreError
        raise kind(f"could not {what}: {code}") from error
    except BotoCoreError as error:
        raise StoreError(f"could not {what}: {type(error).__name__}") from error
