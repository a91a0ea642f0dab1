"""What a failed call to AWS means."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    FlexibleChecksumError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    ReadTimeoutError,
)

from rostering.errors import LocalProtocolError, SettingsError, StoreError
from rostering.store import failures


def refusal(code: str, status: int = 400, retries: int = 0) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "Josephine"},
                        "ResponseMetadata": {"HTTPStatusCode": status, "RetryAttempts": retries}}, "PutItem")


@pytest.mark.parametrize(("error", "kind", "may_pass", "may_be_done"), [
    (refusal("ThrottlingException"), StoreError, True, False),
    (refusal("ProvisionedThroughputExceededException"), StoreError, True, False),
    (refusal("ThrottlingException", retries=2), StoreError, True, True),
    (refusal("SlowDown", 503), StoreError, True, True),
    (refusal("InternalServerError", 500), StoreError, True, True),
    (refusal("", 502), StoreError, True, True),
    (refusal("TransactionConflictException"), StoreError, True, False),
    (refusal("ExpiredTokenException"), StoreError, True, False),
    (ReadTimeoutError(endpoint_url="http://x"), StoreError, True, True),
    (EndpointConnectionError(endpoint_url="http://x"), StoreError, True, True),
    (FlexibleChecksumError(error_msg="x"), StoreError, True, True),
    (refusal("ResourceNotFoundException"), SettingsError, False, False),
    (refusal("AccessDeniedException"), SettingsError, False, False),
    (refusal("NoSuchBucket", 404), SettingsError, False, False),
    (NoCredentialsError(), SettingsError, False, False),
    (NoRegionError(), SettingsError, False, False),
    (refusal("ValidationException"), LocalProtocolError, False, False),
    (ParamValidationError(report="Josephine"), LocalProtocolError, False, False),
])
def test_each_failure_says_who_has_to_act_and_whether_a_retry_helps(error, kind, may_pass, may_be_done):
    translated = failures.translated(error, "put_item")
    assert type(translated) is kind
    assert (failures.may_pass(error), failures.may_be_done(error)) == (may_pass, may_be_done)
    assert "Josephine" not in str(translated)
    assert "put_item" in str(translated)


@pytest.mark.parametrize(("code", "kind"), [
    ("ThrottlingError", StoreError), ("InternalServerError", StoreError), ("TransactionConflict", StoreError),
    ("ValidationError", LocalProtocolError), ("AccessDenied", SettingsError), ("ResourceNotFound", SettingsError),
])
def test_the_code_of_one_statement_in_a_batch_means_the_same(code, kind):
    assert type(failures.of_code(code, "batch_execute_statement")) is kind
