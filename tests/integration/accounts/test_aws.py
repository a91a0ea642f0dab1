"""The adapters to AWS, on moto; and the handlers on all of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber
from moto import mock_aws

from accounts import handler, operator
from accounts.aws import (
    KmsSigner,
    KmsVault,
    Scheduler,
    SchedulerPolls,
    SchedulerSchedules,
    SecretsManager,
    SqsPulls,
    StepFunctions,
    invoker,
    schedule_name,
)
from rostering.access.claims import Claims, read_token, to_sign, with_signature
from rostering.errors import SettingsError, StoreError
from rostering.mail import SesMail
from rostering.store.dynamo import table_definition

EVENTS = Path(__file__).parents[2] / "events"
NOW = 1_790_000_000
ROLE = "arn:aws:iam::123456789012:role/schedules"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:pulls"
KEY = "arn:aws:kms:us-east-1:123456789012:key/of-secrets"
DEAD_LETTERS = "arn:aws:sqs:us-east-1:123456789012:dead"
CLAIMS = Claims(
    iss="urn:test",
    aud="rollbook",
    sub="a",
    site="demo",
    sid="s",
    jti="j",
    iat=NOW,
    nbf=NOW,
    exp=NOW + 60,
    auth_time=NOW,
)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield boto3.client


@pytest.fixture
def signing_key(aws) -> str:
    return aws("kms").create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]


@pytest.fixture
def wrapping_key(aws) -> str:
    return aws("kms").create_key()["KeyMetadata"]["KeyId"]


def test_a_token_that_kms_signed_counts(aws, signing_key: str) -> None:
    signer = KmsSigner(aws("kms"), signing_key)
    text = to_sign(CLAIMS, signer.kid)
    token = with_signature(text, signer.sign(text.encode()))
    assert read_token(token, keys=signer.public_keys(), issuer="urn:test", now=NOW) == CLAIMS


def test_the_public_key_is_read_once(aws, signing_key: str) -> None:
    client = aws("kms")
    signer = KmsSigner(client, signing_key)
    kid = signer.kid
    client.schedule_key_deletion(KeyId=signing_key)
    assert signer.kid == kid and list(signer.public_keys()) == [kid]


def test_a_key_that_isn_t_there_is_a_wrong_deployment(aws) -> None:
    with pytest.raises(SettingsError, match="NotFoundException"):
        KmsSigner(aws("kms"), "12345678-1234-1234-1234-123456789012").sign(b"x")


def test_a_pepper_opens_for_its_own_site_only(aws, wrapping_key: str) -> None:
    vault = KmsVault(aws("kms"), wrapping_key)
    wrapped = vault.new_pepper("demo")
    assert len(vault.pepper("demo", wrapped)) == 32
    with pytest.raises(SettingsError, match="InvalidCiphertext"):
        vault.pepper("other", wrapped)
    with pytest.raises(SettingsError):
        vault.pepper("demo", vault.new_data_key("demo"))


def test_a_pepper_is_asked_for_once(aws, wrapping_key: str) -> None:
    client = aws("kms")
    vault = KmsVault(client, wrapping_key)
    wrapped = vault.new_pepper("demo")
    first = vault.pepper("demo", wrapped)
    client.disable_key(KeyId=wrapping_key)
    assert vault.pepper("demo", wrapped) == first


@pytest.mark.parametrize(
    ("code", "answer"), [("TaskTimedOut", False), ("TaskDoesNotExist", False), ("InvalidToken", False)]
)
def test_an_execution_that_no_longer_waits_is_told_apart(aws, code: str, answer: bool) -> None:
    client = aws("stepfunctions")
    with Stubber(client) as stub:
        stub.add_client_error("send_task_success", code)
        assert StepFunctions(client, "machine").answer("token", {"decision": "approved"}) is answer


def test_an_execution_is_answered_with_json(aws) -> None:
    client = aws("stepfunctions")
    with Stubber(client) as stub:
        stub.add_response("send_task_success", {}, {"taskToken": "t", "output": '{"decision": "approved"}'})
        assert StepFunctions(client, "machine").answer("t", {"decision": "approved"}) is True
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "error"), [("AccessDeniedException", SettingsError), ("ThrottlingException", StoreError)]
)
def test_errors_of_aws_become_ours(aws, code: str, error: type) -> None:
    client = aws("stepfunctions")
    with Stubber(client) as stub:
        stub.add_client_error("send_task_success", code)
        with pytest.raises(error, match=code):
            StepFunctions(client, "machine").answer("t", {})


def test_a_function_is_started_without_waiting(aws) -> None:
    client = aws("lambda")
    with Stubber(client) as stub:
        stub.add_response(
            "invoke",
            {"StatusCode": 202},
            {"FunctionName": "export", "InvocationType": "Event", "Payload": b'{"site": "demo"}'},
        )
        invoker(client, "export")({"site": "demo"})
        stub.assert_no_pending_responses()


class _Unreachable:
    def invoke(self, **_: object) -> None:
        raise EndpointConnectionError(endpoint_url="http://nowhere")


def test_no_answer_from_aws_may_be_tried_again() -> None:
    with pytest.raises(StoreError, match="EndpointConnectionError"):
        invoker(_Unreachable(), "export")({})


def test_a_secret_is_kept_under_its_name_and_set_anew(aws) -> None:
    secrets = SecretsManager(lambda: aws("secretsmanager"), KEY)
    assert secrets.put("zones/demo/Z", {"basic_username": "one"}) == "zones/demo/Z"
    secrets.put("zones/demo/Z", {"basic_username": "two"})
    kept = aws("secretsmanager").get_secret_value(SecretId="zones/demo/Z")["SecretString"]
    assert json.loads(kept) == {"basic_username": "two"} == secrets.read("zones/demo/Z")
    assert aws("secretsmanager").describe_secret(SecretId="zones/demo/Z")["KmsKeyId"] == KEY


def test_a_removed_secret_can_be_restored_and_its_name_be_used_again(aws) -> None:
    secrets, client = SecretsManager(lambda: aws("secretsmanager"), KEY), aws("secretsmanager")
    secrets.put("zones/demo/Z", {"basic_username": "one"})
    secrets.delete("zones/demo/Z")
    secrets.delete("zones/demo/Z")
    assert client.describe_secret(SecretId="zones/demo/Z")["DeletedDate"]
    secrets.put("zones/demo/Z", {"basic_username": "two"})
    assert "two" in client.get_secret_value(SecretId="zones/demo/Z")["SecretString"]


def test_a_secret_that_isn_t_there_is_removed_already(aws) -> None:
    SecretsManager(lambda: aws("secretsmanager"), KEY).delete("zones/demo/nothing")


@pytest.mark.parametrize("code", ["InternalServiceError", "AccessDeniedException"])
def test_an_error_about_a_secret_tells_nothing_of_it(aws, code: str) -> None:
    client = aws("secretsmanager")
    with Stubber(client) as stub:
        stub.add_client_error("create_secret", code, "planted-marker")
        with pytest.raises((StoreError, SettingsError)) as caught:
            SecretsManager(lambda: client, KEY).put("zones/demo/Z", {"basic_password": "planted-marker"})
    assert "planted-marker" not in str(caught.value) and code in str(caught.value)


def scheduler(aws) -> SchedulerSchedules:
    aws("scheduler").create_schedule_group(Name="zones")
    return SchedulerSchedules(Scheduler(lambda: aws("scheduler"), group="zones", role=ROLE, queue=QUEUE,
                                        dead_letters=DEAD_LETTERS))


def test_a_zone_has_two_schedules_that_send_to_the_queue(aws) -> None:
    scheduler(aws).set("demo", "Z", pull="rate(15 minutes)", full="cron(15 2 * * ? *)",
                       timezone="America/Denver", enabled=True)
    pull, full = (aws("scheduler").get_schedule(Name=f"demo.Z.{kind}", GroupName="zones") for kind in ("pull", "full"))
    assert (pull["ScheduleExpression"], full["ScheduleExpression"]) == ("rate(15 minutes)", "cron(15 2 * * ? *)")
    assert pull["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}
    assert full["FlexibleTimeWindow"] == {"Mode": "OFF"}
    for kind, schedule in (("pull", pull), ("full", full)):
        assert (schedule["State"], schedule["ScheduleExpressionTimezone"]) == ("ENABLED", "America/Denver")
        target = schedule["Target"]
        assert (target["Arn"], target["RoleArn"]) == (QUEUE, ROLE)
        assert json.loads(target["Input"]) == {"site": "demo", "zone": "Z", "kind": kind}
        assert target["DeadLetterConfig"] == {"Arn": DEAD_LETTERS} and target["RetryPolicy"]


def test_schedules_that_are_there_are_set_anew(aws) -> None:
    schedules = scheduler(aws)
    for pull, enabled in (("rate(15 minutes)", True), ("rate(1 hour)", False)):
        schedules.set("demo", "Z", pull=pull, full="cron(15 2 * * ? *)", timezone="UTC", enabled=enabled)
    found = aws("scheduler").get_schedule(Name="demo.Z.pull", GroupName="zones")
    assert (found["ScheduleExpression"], found["State"]) == ("rate(1 hour)", "DISABLED")


def test_schedules_are_removed_also_where_there_are_none(aws) -> None:
    schedules = scheduler(aws)
    schedules.set("demo", "Z", pull="rate(15 minutes)", full="cron(15 2 * * ? *)", timezone="UTC", enabled=True)
    schedules.delete("demo", "Z")
    schedules.delete("demo", "Z")
    assert aws("scheduler").list_schedules(GroupName="zones")["Schedules"] == []


def test_a_group_of_schedules_that_isn_t_there_is_a_wrong_deployment(aws) -> None:
    client = aws("scheduler")
    with Stubber(client) as stub:
        stub.add_client_error("create_schedule", "ResourceNotFoundException")
        schedules = SchedulerSchedules(Scheduler(lambda: client, group="zones", role=ROLE, queue=QUEUE,
                                                 dead_letters=DEAD_LETTERS))
        with pytest.raises(SettingsError, match="ResourceNotFoundException"):
            schedules.set("demo", "Z", pull="rate(1 hour)", full="cron(1 2 * * ? *)", timezone="UTC", enabled=True)


def test_a_site_with_gg4l_has_one_schedule_that_orders_polls(aws) -> None:
    client = aws("scheduler")
    client.create_schedule_group(Name="gg4l")
    polls = SchedulerPolls(Scheduler(lambda: client, group="gg4l", role=ROLE, queue=QUEUE, dead_letters=DEAD_LETTERS))
    for poll, enabled in (("rate(1 hour)", True), ("rate(30 minutes)", False)):
        polls.set("demo", poll=poll, timezone="America/Denver", enabled=enabled)
    (found,) = client.list_schedules(GroupName="gg4l")["Schedules"]
    schedule = client.get_schedule(Name=found["Name"], GroupName="gg4l")
    assert (schedule["Name"], schedule["ScheduleExpression"], schedule["State"]) == (
        "demo.gg4l.poll", "rate(30 minutes)", "DISABLED")
    assert json.loads(schedule["Target"]["Input"]) == {"site": "demo", "kind": "poll"}
    assert schedule["Target"]["DeadLetterConfig"] == {"Arn": DEAD_LETTERS}
    polls.delete("demo")
    polls.delete("demo")
    assert client.list_schedules(GroupName="gg4l")["Schedules"] == []


def test_a_letter_goes_out_from_the_address_of_the_deployment(aws) -> None:
    client = aws("sesv2")
    client.create_email_identity(EmailIdentity="rosters@example.org")
    mail = SesMail(lambda: client, "rosters@example.org")
    mail.send(["onboarding@gg4l.example", "ana@example.org"], "Introduction", "Hello")
    with Stubber(client) as stub:
        stub.add_client_error("send_email", "MessageRejected", "planted-marker")
        with pytest.raises(StoreError, match="could not send a letter: MessageRejected"):
            mail.send(["ana@example.org"], "Introduction", "Hello")


def test_a_deployment_that_may_not_send_letters_is_wrong(aws) -> None:
    client = aws("sesv2")
    with Stubber(client) as stub:
        stub.add_client_error("send_email", "AccessDeniedException", "planted-marker")
        with pytest.raises(SettingsError, match="could not send a letter: AccessDeniedException"):
            SesMail(lambda: client, "rosters@example.org").send(["ana@example.org"], "Introduction", "Hello")


def test_names_of_schedules_fit_and_no_two_zones_share_one() -> None:
    long = "z" * 63
    names = {schedule_name(site, zone, kind) for site in ("demo", "d" * 32) for kind in ("pull", "full")
             for zone in ("Z", "Z.full", long, f"{long}a", f"{long}b", "a.pull")}
    assert len(names) == 24
    assert all(re.fullmatch(r"[0-9a-zA-Z_.-]{1,64}", name) for name in names)
    assert schedule_name("demo", "Z", "pull") == "demo.Z.pull"


def test_a_pull_is_a_message_of_the_queue(aws) -> None:
    url = aws("sqs").create_queue(QueueName="pulls")["QueueUrl"]
    order = {"site": "demo", "zone": "Z", "kind": "full", "pull": "01P"}
    SqsPulls(lambda: aws("sqs"), url).send(order)
    (message,) = aws("sqs").receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"]) == order


def test_a_client_for_zones_is_made_once_and_only_when_it_is_needed() -> None:
    made: list[str] = []

    class Queue:
        def send_message(self, **_: object) -> None:
            pass

    pulls = SqsPulls(lambda: made.append("sqs") or Queue(), "https://queue")
    assert made == []
    pulls.send({})
    pulls.send({})
    assert made == ["sqs"]


@pytest.fixture
def deployed(aws, signing_key: str, wrapping_key: str, monkeypatch: pytest.MonkeyPatch):
    """The environment as the template gives it, with everything behind it on moto."""
    aws("dynamodb").create_table(**table_definition("table"))
    for bucket in ("inbox", "work"):
        aws("s3").create_bucket(Bucket=bucket)
    for name, value in {
        "TABLE_NAME": "table",
        "INBOX_BUCKET": "inbox",
        "WORK_BUCKET": "work",
        "TOKEN_KEY": signing_key,
        "CREDENTIALS_KEY": wrapping_key,
        "EXPORT_FUNCTION": "export",
        "BATCH_FUNCTION": "batches",
        "SYNC_ARN": "machine",
        "ZONE_SECRETS": "rollbook/zones",
        "SECRETS_KEY": KEY,
        "ZONE_SCHEDULES": "zones",
        "ZONE_SCHEDULES_ROLE": ROLE,
        "PULLS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/pulls",
        "PULLS_QUEUE_ARN": QUEUE,
        "GG4L_SECRETS": "rollbook/gg4l",
        "PROVIDER_SECRETS": "rollbook/providers",
        "GG4L_SCHEDULES": "gg4l",
        "GG4L_SCHEDULES_ROLE": ROLE,
        "GG4L_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/gg4l",
        "GG4L_QUEUE_ARN": QUEUE,
        "DEAD_LETTERS_ARN": DEAD_LETTERS,
        "LOOPBACK": "no", "SERVED_AT": "https://accounts.example",
    }.items():
        monkeypatch.setenv(name, value)
    handler.api.cache_clear()
    operator.ports.cache_clear()
    yield
    handler.api.cache_clear()
    operator.ports.cache_clear()


def test_from_an_order_to_a_signed_in_administrator(deployed) -> None:
    made = operator.handler(
        {"action": "create-site", "site": "demo", "name": "Demo", "admin_email": "a@b.example"}, None
    )
    event = json.loads((EVENTS / "http_api_v2.json").read_text())
    event |= {"rawPath": "/sites/demo/sign-in", "body": json.dumps({"code": made["code"]})}
    event["requestContext"]["http"]["method"] = "POST"
    signed = json.loads(handler.handler(event, None)["body"])
    event = json.loads((EVENTS / "http_api_v2.json").read_text()) | {"rawPath": "/sites/demo"}
    event["headers"]["authorization"] = f"Bearer {signed['access_token']}"
    answer = handler.handler(event, None)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["inbox_bucket"] == "inbox"


def test_every_missing_name_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "TABLE_NAME",
        "TOKEN_KEY",
        "INBOX_BUCKET",
        "WORK_BUCKET",
        "CREDENTIALS_KEY",
        "EXPORT_FUNCTION",
        "BATCH_FUNCTION",
        "SYNC_ARN",
    ):
        monkeypatch.delenv(name, raising=False)
    handler.api.cache_clear()
    with pytest.raises(SettingsError, match="TABLE_NAME, INBOX_BUCKET, WORK_BUCKET, TOKEN_KEY"):
        handler.api()


def test_no_log_line_holds_a_secret_or_a_name(deployed, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    made = operator.handler(
        {"action": "create-site", "site": "demo", "name": "Demo", "admin_email": "marker@person.example"},
        None,
    )
    for body in (
        {"code": made["code"]},
        {"username": "marker@person.example", "secret": "marker-secret"},
        {"username": "marker", "secret": 5},
    ):
        event = json.loads((EVENTS / "http_api_v2.json").read_text())
        event |= {"rawPath": "/sites/demo/sign-in", "body": json.dumps(body)}
        event["requestContext"]["http"]["method"] = "POST"
        handler.handler(event, None)
    logged = " ".join(str(vars(record)) for record in caplog.records)
    assert "answered" in logged and "operator" in logged
    assert "marker" not in logged and made["code"] not in logged
