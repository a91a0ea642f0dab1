"""Secrets of GG4L on Secrets Manager (moto)."""

from __future__ import annotations

import boto3
import pytest
from moto import mock_aws

from gg4l_hook.secrets import Secrets

KEY = "arn:aws:kms:us-east-1:123456789012:key/of-secrets"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("secretsmanager", region_name="us-east-1")


def test_a_districts_secret_is_made_under_the_deployments_key_and_changed_under_it(client):
    secrets = Secrets(client, "rollbook/gg4l", KEY)
    name = secrets.keep("demo", "districts/d-1", {"client_id": "a", "client_secret": "one"})
    secrets.keep("demo", "districts/d-1", {"client_id": "a", "client_secret": "two"})
    assert secrets.read(name)["client_secret"] == "two"
    assert client.describe_secret(SecretId=name)["KmsKeyId"] == KEY
