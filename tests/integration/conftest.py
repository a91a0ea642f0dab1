"""The engines integration tests run on: DynamoDB Local, once for the session, a fresh table for each test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from infra.local import dynamodb_local
from rostering.store.dynamo import DynamoStore, client_settings, table_definition

SKIPPED = "DynamoDB Local can't run here"


@pytest.fixture(scope="session")
def dynamodb() -> Iterator[dynamodb_local.Engine]:
    """AWS's own engine. Where it can't be had its tests are skipped, loudly; in CI that is an error."""
    try:
        with dynamodb_local.running() as engine:
            yield engine
    except dynamodb_local.Unavailable as reason:
        if os.environ.get("CI", "").lower() not in ("", "0", "false"):
            raise
        pytest.skip(f"{SKIPPED}: {reason}")


@pytest.fixture(scope="session")
def dynamodb_client(dynamodb):
    return dynamodb.client(client_settings())


@pytest.fixture
def make_table(dynamodb_client) -> Iterator[Callable[[], str]]:
    """Makes fresh tables; gives the name of each."""
    made: list[str] = []

    def make() -> str:
        made.append(f"rollbook-{uuid4().hex}")
        dynamodb_client.create_table(**table_definition(made[-1]))
        return made[-1]
    yield make
    for name in made:
        dynamodb_client.delete_table(TableName=name)


@pytest.fixture
def table(make_table) -> str:
    """The name of a fresh table."""
    return make_table()


@pytest.fixture
def dynamo_store(dynamodb_client, table) -> DynamoStore:
    return DynamoStore(dynamodb_client, table, sleep=lambda seconds: None)


def pytest_terminal_summary(terminalreporter) -> None:
    skipped = [report for report in terminalreporter.stats.get("skipped", ())
               if SKIPPED in str(report.longrepr)]
    if skipped:
        terminalreporter.section("NOT TESTED: the store on AWS's own engine", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} tests were skipped: {skipped[0].longrepr[2]}")
