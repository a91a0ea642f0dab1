"""Files in one S3 bucket: drops, feeds, plans, reports and exports."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from boto3.exceptions import Boto3Error
from botocore.config import Config

from rostering.errors import NotFound, StoreError
from rostering.store import failures
from rostering.store.filenames import check_file_key, check_link, content_disposition

BUFFER_BYTES = 1024 * 1024
_ABSENT = frozenset({"NoSuchKey", "404", "NotFound"})


def client_settings() -> Config:
    """The settings of a boto3 client for S3Files. Links to encrypted files need signature version 4."""
    return Config(signature_version="s3v4", retries={"mode": "standard", "total_max_attempts": 5},
                  connect_timeout=3, read_timeout=60, max_pool_connections=16, tcp_keepalive=True)


class S3Files:
    """The files of `bucket`, through `client` (boto3). Safe to use from several threads.

    With `kms_key_id` every file is encrypted under that key, else as the bucket says. Writing and
    deleting may be repeated. Raises NotFound for a file that isn't there (the role needs
    s3:ListBucket, otherwise S3 says "no permission" instead), SettingsError without bucket or
    permission, StoreError when S3 stays busy or silent.
    """

    def __init__(self, client: Any, bucket: str, *, kms_key_id: str | None = None) -> None:
        self._client = client
        self._bucket = bucket
        self._encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key_id} if kms_key_id else {}

    def read(self, key: str) -> bytes:
        """The whole file."""
        with self.open(key) as stream:
            return stream.read()

    def open(self, key: str) -> BinaryIO:
        """The file as a buffered stream from its beginning. Close it: it holds a connection."""
        with _errors("get_object", key):
            answer = self._client.get_object(**self._place(key))
        return io.BufferedReader(_Body(answer["Body"], key), BUFFER_BYTES)

    def write(self, key: str, data: bytes, *, content_type: str = "application/octet-stream") -> None:
        """Puts `data` in place, whole or not at all."""
        with _errors("put_object", key):
            self._client.put_object(**self._place(key), Body=data, ContentType=content_type,
                                    **self._encrypted)

    def write_from(self, key: str, path: str | Path, *,
                   content_type: str = "application/octet-stream") -> None:
        """Puts the file at `path` in place, in parts if it is large."""
        with _errors("upload_file", key):
            self._client.upload_file(str(path), *self._place(key).values(),
                                     ExtraArgs={"ContentType": content_type, **self._encrypted})

    def download(self, key: str, path: str | Path) -> None:
        """Writes the file to `path`, which appears when it is complete."""
        with _errors("download_file", key):
            self._client.download_file(*self._place(key).values(), str(path))

    def exists(self, key: str) -> bool:
        try:
            self.size(key)
        except NotFound:
            return False
        return True

    def size(self, key: str) -> int:
        """Bytes."""
        with _errors("head_object", key):
            return self._client.head_object(**self._place(key))["ContentLength"]

    def notes(self, key: str) -> dict[str, str]:
        """What the sender noted with the file (S3 user metadata), names in lower case."""
        with _errors("head_object", key):
            return dict(self._client.head_object(**self._place(key)).get("Metadata", {}))

    def list(self, prefix: str) -> Iterator[str]:
        """The keys that begin with `prefix`, in the order of UTF-8 bytes."""
        return (key for key, _ in self.written(prefix))

    def written(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """The keys that begin with `prefix`, in order, each with the time it was last written."""
        with _errors("list_objects_v2", prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
            for page in pages:
                for entry in page.get("Contents", ()):
                    yield entry["Key"], entry["LastModified"]

    def delete(self, key: str) -> None:
        """Removes the file, if it is there."""
        with _errors("delete_object", key):
            self._client.delete_object(**self._place(key))

    def copy(self, key: str, to: str) -> None:
        """Copies a file of up to 5 GB inside the bucket, with its content type."""
        with _errors("copy_object", key):
            self._client.copy_object(**self._place(to), CopySource=self._place(key), **self._encrypted)

    def link(self, key: str, seconds: int, filename: str) -> str:
        """An address that downloads the file as `filename`, for that long; it asks for no sign-in.

        It ends earlier with the credentials that made it. Whether the file is there is not checked.
        """
        check_link(seconds)
        with _errors("get_object", key):
            return self._client.generate_presigned_url(
                "get_object", ExpiresIn=seconds,
                Params={**self._place(key), "ResponseContentDisposition": content_disposition(filename)})

    def _place(self, key: str) -> dict[str, str]:
        check_file_key(key)
        return {"Bucket": self._bucket, "Key": key}


class _Body(io.RawIOBase):
    """The body of an answer, with errors translated and cut-off bodies noticed."""

    def __init__(self, body: Any, key: str) -> None:
        self._body = body
        self._key = key

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _errors("get_object", self._key):
            data = self._body.read(len(buffer))
        buffer[:len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._body.close()
        super().close()


@contextmanager
def _errors(operation: str, key: str) -> Iterator[None]:
    """Turns the errors of AWS's libraries into ours."""
    try:
        yield
    except failures.FAILURES as error:
        if failures.code_of(error) in _ABSENT:
            raise NotFound(f"no file {key}") from error
        raise failures.translated(error, operation) from error
    except Boto3Error as error:     # a transfer in parts hides the error it met
        met = error.__context__
        if isinstance(met, failures.FAILURES):
            raise failures.translated(met, operation) from error
        raise StoreError(f"{operation}: {type(error).__name__}") from error
