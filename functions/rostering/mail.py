"""Amazon SES as the post office: letters from one address of the deployment."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rostering.errors import SettingsError, StoreError

# What only who runs the deployment can set right.
_OURS = frozenset({
    "AccessDeniedException", "AccountSuspendedException", "MailFromDomainNotVerifiedException", "NotFoundException",
    "SendingPausedException"})


class SesMail:
    """Sends letters from an address of the deployment. The client is made with the first letter."""

    def __init__(self, connect: Callable[[], Any], sender: str) -> None:
        self._client = functools.cache(connect)
        self._sender = sender

    def send(self, to: list[str], subject: str, text: str) -> None:
        """Send one letter to all of `to`. Raises StoreError or SettingsError, which name no address."""
        content = {"Simple": {"Subject": {"Data": subject, "Charset": "UTF-8"},
                              "Body": {"Text": {"Data": text, "Charset": "UTF-8"}}}}
        try:
            self._client().send_email(FromEmailAddress=self._sender, Destination={"ToAddresses": to}, Content=content)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            kind = SettingsError if code in _OURS else StoreError
            raise kind(f"could not send a letter: {code}") from error
        except BotoCoreError as error:
            raise StoreError(f"could not send a letter: {type(error).__name__}") from error
