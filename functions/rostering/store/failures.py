"""What a failed call to AWS means: the one place that turns botocore's errors into Rollbook's.

| meaning                                          | error              | retry        |
|--------------------------------------------------|--------------------|--------------|
| throttled, refused for a moment                  | StoreError         | helps        |
| server error, timeout, connection lost           | StoreError         | helps; may be done |
| no such table or bucket, no permission, no keys  | SettingsError      | no           |
| a request AWS calls invalid                      | LocalProtocolError | no: a defect |

Messages carry the operation and AWS's code, never AWS's text: that may quote values.
"""

from __future__ import annotations

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    ParamValidationError,
    ResponseStreamingError,
)
from botocore.parsers import ResponseParserError

from rostering.errors import LocalProtocolError, RosteringError, SettingsError, StoreError

FAILURES = (BotoCoreError, ClientError, ResponseParserError)

_LOST = (ConnectionError, FlexibleChecksumError, HTTPClientError, IncompleteReadError, ResponseParserError,
         ResponseStreamingError)
_FOR_A_MOMENT = frozenset({
    "ThrottlingException", "ThrottlingError", "Throttling", "ProvisionedThroughputExceededException",
    "ProvisionedThroughputExceeded", "RequestLimitExceeded", "RequestThrottled", "LimitExceededException",
    "RequestThrottledException", "SlowDown", "TooManyRequestsException", "TransactionConflict",
    "TransactionConflictException", "TransactionInProgressException", "OperationAborted", "ExpiredToken",
    "ExpiredTokenException", "RequestExpired", "RequestTimeTooSkewed",
})
_SERVERS_FAULT = frozenset({
    "InternalServerError", "InternalServerErrorException", "InternalError", "InternalFailure",
    "ServiceUnavailable", "ServiceUnavailableException", "RequestTimeout", "RequestTimeoutException",
})
_INVALID = frozenset({
    "ValidationException", "ValidationError", "SerializationException", "InvalidArgument", "InvalidRange",
    "IdempotentParameterMismatchException", "ItemCollectionSizeLimitExceededException", "InvalidRequest",
    "ItemCollectionSizeLimitExceeded", "KeyTooLongError", "EntityTooLarge", "MalformedXML",
})


def code_of(error: Exception) -> str:
    """AWS's code for a refused call, else the name of the error."""
    if isinstance(error, ClientError):
        return error.response.get("Error", {}).get("Code", "")
    return type(error).__name__


def may_be_done(error: Exception) -> bool:
    """Whether the call may have been carried out although it failed: its reply was lost."""
    return isinstance(error, _LOST) or (isinstance(error, ClientError) and (
        code_of(error) in _SERVERS_FAULT or _status(error) >= 500 or retried(error.response)))


def may_pass(error: Exception) -> bool:
    """Whether the same call may succeed if it is made again."""
    return isinstance(error, _LOST) or (isinstance(error, ClientError) and (
        passing_code(code_of(error)) or _status(error) >= 500))


def passing_code(code: str) -> bool:
    return code in _FOR_A_MOMENT or code in _SERVERS_FAULT


def servers_fault(code: str) -> bool:
    return code in _SERVERS_FAULT


def retried(response: dict) -> bool:
    """Whether botocore itself made this call more than once."""
    return response.get("ResponseMetadata", {}).get("RetryAttempts", 0) > 0


def translated(error: Exception, operation: str) -> RosteringError:
    """The error of Rollbook for a failed call, to be raised."""
    if isinstance(error, ParamValidationError):
        return LocalProtocolError(f"{operation}: the request has the wrong form")
    if may_pass(error):
        return StoreError(f"{operation}: {code_of(error)}")
    if isinstance(error, ClientError):
        return of_code(code_of(error), operation)
    return SettingsError(f"{operation}: {code_of(error)}")


def of_code(code: str, operation: str) -> RosteringError:
    """The error for AWS's code alone, as a statement in a batch gets it."""
    if passing_code(code):
        return StoreError(f"{operation}: {code}")
    if code in _INVALID:
        return LocalProtocolError(f"{operation}: {code}")
    return SettingsError(f"{operation}: {code}")


def _status(error: ClientError) -> int:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
