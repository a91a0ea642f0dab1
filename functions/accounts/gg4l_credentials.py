"""Credentials of GG4L: whether they can work at all, before they are put away where nobody reads them.

Nothing here keeps or tells what it was given: a refusal says which part is wrong, never its text.
"""

from __future__ import annotations

import base64
import binascii

from pydantic import SecretStr

from accounts import models
from accounts.problems import Refusal
from rostering.districts import Connection

_SECRET_BYTES = range(24, 65)       # of a key, Standard Webhooks 1.0
_LEAST_LETTERS = 8


def of_vendor(vendor: models.Vendor) -> dict[str, str]:
    """What is kept of the vendor's credentials. Raises Refusal (422)."""
    secret = {name: _text("vendor", name, getattr(vendor, name)) for name in ("client_id", "client_secret")}
    if ":" in secret["client_id"]:
        raise wrong("vendor.client_id", "The client id has no colon (RFC 7617, section 2).", "credentials")
    return secret


def of_webhook(was: Connection, new: Connection, webhook: models.WebhookSecret) -> dict[str, str]:
    """The secret of webhooks, of a form that its scheme can use. Raises Refusal (422)."""
    if was.hook_secret and "previous" not in webhook.model_fields_set:
        raise wrong("webhook.previous", "Webhooks have a secret already. Give it as the previous one, so that what "
                     "GG4L signs with it still counts, or null to let it count no longer: it can't be read back.",
                     "missing")
    given = {name: getattr(webhook, name) for name in ("current", "previous") if getattr(webhook, name)}
    secret = {"current": "", "previous": ""} | {name: _text("webhook", name, one) for name, one in given.items()}
    for name in given:
        if not _can_be(new, secret[name]):
            settings = f"webhook_scheme {new.webhook_scheme}, webhook_secret_encoding {new.webhook_secret_encoding}"
            raise wrong(f"webhook.{name}", f"A secret of webhooks is {_form(new)} here ({settings}).", "credentials")
    return secret


def _is_whsec(connection: Connection) -> bool:
    return connection.webhook_scheme in ("standard", "hmac-header") and \
        connection.webhook_secret_encoding == "whsec-base64"  # noqa: S105 a form, no secret


def _form(connection: Connection) -> str:
    if _is_whsec(connection):
        return "whsec_ and 24 to 64 bytes as base64"
    if connection.webhook_scheme == "basic":
        return f"user:password, at least {_LEAST_LETTERS} characters"
    return f"a text of at least {_LEAST_LETTERS} characters"


def _can_be(connection: Connection, secret: str) -> bool:
    if not _is_whsec(connection):
        return len(secret) >= _LEAST_LETTERS and (":" in secret or connection.webhook_scheme != "basic")
    text = secret.removeprefix("whsec_")
    try:
        return len(base64.b64decode(text + "=" * (-len(text) % 4), validate=True)) in _SECRET_BYTES
    except binascii.Error:
        return False


def _text(of: str, name: str, secret: SecretStr) -> str:
    """A credential in clear. Raises Refusal (422) if it can't go into a header."""
    text = secret.get_secret_value()
    if not (text.isascii() and text.isprintable()) or text != text.strip():
        raise wrong(f"{of}.{name}", "A credential has printable ASCII characters, and no spaces at its ends.",
                     "credentials")
    return text


def wrong(at: str, sentence: str, type: str) -> Refusal:
    code = "CREDENTIALS" if type == "credentials" else "INVALID"
    return Refusal(422, code, sentence, wrong=[{"at": at, "type": type}])
