"""Open a site's pepper and data key by KMS; only the tasks that issue and print may."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from rostering.credentials.envelope import SiteSecrets
from rostering.errors import SettingsError, StoreError
from rostering.settings import environment
from rostering.store import keys
from sync import wiring


@lru_cache(maxsize=8)
def open_secrets(site: str) -> SiteSecrets:
    """The secrets of `site`, in clear and in memory only. The encryption context names site and purpose."""
    settings = wiring.store().get(keys.settings(site))
    if settings is None:
        raise SettingsError(f"site {site} has no settings")
    kms = boto3.client("kms")
    key = environment({"key": "CREDENTIALS_KEY"}, os.environ)["key"]
    return SiteSecrets(pepper=_decrypt(kms, key, settings.body["pepper"], site, "pepper"),
                       data_key=_decrypt(kms, key, settings.body["data_key"], site, "first-secrets"))


def _decrypt(kms: Any, key: str, wrapped: bytes, site: str, purpose: str) -> bytes:
    try:
        return kms.decrypt(CiphertextBlob=wrapped, KeyId=key,
                           EncryptionContext={"site": site, "purpose": purpose})["Plaintext"]
    except (ClientError, BotoCoreError) as error:
        raise StoreError(f"KMS did not open the {purpose} of site {site}: {type(error).__name__}") from error
