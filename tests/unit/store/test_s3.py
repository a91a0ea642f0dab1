"""A file that breaks off while it is read."""

from __future__ import annotations

import io

import pytest
from botocore.exceptions import FlexibleChecksumError, IncompleteReadError, ReadTimeoutError

from rostering.errors import StoreError
from rostering.store.s3 import S3Files


class BreaksOff:
    """A client whose file gives some bytes and then the error."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.given = io.BytesIO(b"x" * 10)
        self.closed = False

    def get_object(self, **place: str) -> dict:
        return {"Body": self}

    def read(self, size: int) -> bytes:
        data = self.given.read(size)
        if not data:
            raise self.error
        return data

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("error", [
    ReadTimeoutError(endpoint_url="http://x"), IncompleteReadError(actual_bytes=10, expected_bytes=20),
    FlexibleChecksumError(error_msg="x"),
])
def test_a_file_that_breaks_off_is_a_store_error_and_its_connection_is_let_go(error):
    client = BreaksOff(error)
    with pytest.raises(StoreError):
        S3Files(client, "bucket").read("a")
    assert client.closed


def test_a_closed_file_lets_its_connection_go():
    client = BreaksOff(ReadTimeoutError(endpoint_url="http://x"))
    with S3Files(client, "bucket").open("a") as stream:
        assert stream.read(3) == b"xxx"
    assert client.closed
