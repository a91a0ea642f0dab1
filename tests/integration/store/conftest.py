"""Both stores and both kinds of files under one name, so that one test runs on each."""

from __future__ import annotations

import boto3
import pytest
from moto import mock_aws

from rostering.store.memory import MemoryFiles, MemoryStore
from rostering.store.s3 import S3Files, client_settings

BUCKET = "rollbook-work"


@pytest.fixture(params=["memory", "dynamo"])
def store(request):
    return MemoryStore() if request.param == "memory" else request.getfixturevalue("dynamo_store")


@pytest.fixture
def s3_client():
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1", config=client_settings(),
                              aws_access_key_id="test", aws_secret_access_key="test")
        client.create_bucket(Bucket=BUCKET)
        yield client


@pytest.fixture(params=["memory", "s3"])
def files(request):
    if request.param == "memory":
        return MemoryFiles()
    return S3Files(request.getfixturevalue("s3_client"), BUCKET)
