"""How often a request asks the table, on AWS's engine: speed is a count before it is a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from accounts.api import Api
from rostering.people import item_of
from rostering.store.dynamo import DynamoStore
from tests.integration.accounts.office import SITE, Office, account

MEMBERS, PAGE = 2_000, 200


class Counting:
    """A client that counts its calls."""

    def __init__(self, client: Any) -> None:
        self.calls: Counter[str] = Counter()
        self._client = client

    def __getattr__(self, operation: str) -> Any:
        def call(**arguments: Any) -> Any:
            self.calls[operation] += 1
            return getattr(self._client, operation)(**arguments)
        return call


@pytest.fixture
def counting(dynamodb_client) -> Counting:
    return Counting(dynamodb_client)


@pytest.fixture
def office(counting, table) -> Office:
    """The office on the engine; what it had in memory is there."""
    made = Office()
    store = DynamoStore(counting, table, sleep=lambda seconds: None)
    store.put_many(made.store.snapshot().values())
    made.ports = replace(made.ports, store=store)
    made.api = Api(made.ports)
    return made


def test_a_page_of_a_school_of_2_000_is_one_query(office: Office, counting: Counting) -> None:
    office.ports.store.put_many(item_of(SITE, account(f"s{number:04d}")) for number in range(MEMBERS))
    token, after, seen, pages = office.token(), None, [], 0
    while pages == 0 or after:
        counting.calls.clear()
        query = {"school": "100", "limit": PAGE} | ({"after": after} if after else {})
        page = office.ask("GET", f"/sites/{SITE}/accounts", token=token, query=query)
        assert page.status == 200
        # who asks, and the page's accounts by key, a hundred in a call; one audit event
        assert counting.calls == {"query": 1, "batch_get_item": 1 + PAGE // 100, "put_item": 1}
        seen += [one["account"] for one in page.body["accounts"]]
        after, pages = page.body["after"], pages + 1
    assert (pages, len(seen), len(set(seen))) == (MEMBERS // PAGE, MEMBERS, MEMBERS)


def test_an_account_is_read_by_three_calls(office: Office, counting: Counting) -> None:
    office.ports.store.put_many([item_of(SITE, account("mia"))])
    token = office.token()
    counting.calls.clear()
    assert office.ask("GET", f"/sites/{SITE}/accounts/mia", token=token).status == 200
    assert counting.calls == {"batch_get_item": 1, "get_item": 1, "put_item": 1}


def test_a_field_is_changed_by_three_calls(office: Office, counting: Counting) -> None:
    office.ports.store.put_many([item_of(SITE, account("mia"))])
    token = office.token()
    counting.calls.clear()
    assert office.ask("PATCH", f"/sites/{SITE}/accounts/mia", token=token,
                      body={"fields": {"grade": "05"}, "reason": "she moved up"}).status == 200
    assert counting.calls == {"batch_get_item": 1, "get_item": 1, "transact_write_items": 1}
