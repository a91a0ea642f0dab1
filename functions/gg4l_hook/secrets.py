"""Secrets of GG4L in Secrets Manager: those of the vendor, the webhook's, and each district's from Discovery."""

from __future__ import annotations

from typing import Any

import orjson
from botocore.exceptions import BotoCoreError, ClientError

from rostering.errors import SettingsError, StoreError

_OURS = frozenset({"AccessDeniedException"})
_GONE = frozenset({"ResourceNotFoundException", "InvalidRequestException"})      # or on its way out


class Secrets:
    """Reads and writes secrets below `prefix`, new ones under the KMS key `key`. Nothing of them is in an error."""

    def __init__(self, client: Any, prefix: str, key: str = "") -> None:
        self._client, self._prefix, self._key = client, prefix, key

    def read(self, name: str) -> dict[str, str]:
        """What a secret holds; {} if there is none of that name. Raises SettingsError or StoreError."""
        if not name:
            return {}
        try:
            return orjson.loads(self._client.get_secret_value(SecretId=name)["SecretString"])
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                return {}
            raise _ours(error, "read") from error
        except BotoCoreError as error:
            raise StoreError(f"a secret could not be read: {type(error).__name__}") from error

    def keep(self, site: str, what: str, secret: dict[str, str]) -> str:
        """Write the secret of a site, anew or for the first time; gives its name."""
        name, text = f"{self._prefix}/{site}/{what}", orjson.dumps(secret).decode()
        try:
            try:
                self._client.restore_secret(SecretId=name)      # one that was on its way out is wanted again
                self._client.put_secret_value(SecretId=name, SecretString=text)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
                self._client.create_secret(Name=name, SecretString=text, KmsKeyId=self._key)
        except ClientError as error:
            raise _ours(error, "written") from error
        except BotoCoreError as error:
            raise StoreError(f"a secret could not be written: {type(error).__name__}") from error
        return name


def _ours(error: ClientError, done: str) -> SettingsError | StoreError:
    code = error.response["Error"]["Code"]
    return (SettingsError if code in _OURS else StoreError)(f"a secret could not be {done}: {code}")
