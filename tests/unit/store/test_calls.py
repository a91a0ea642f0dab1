"""When a call is made again, and after which pause."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from rostering.errors import SettingsError, StoreError
from rostering.store.calls import Calls
from rostering.store.dynamo import DynamoStore, table_definition


class Busy:
    """Answers `get_item` with "throttled" so many times."""

    def __init__(self, times: int, code: str = "ThrottlingException") -> None:
        self.times = times
        self.code = code

    def get_item(self) -> dict:
        self.times -= 1
        if self.times < 0:
            return {"Item": {}}
        raise ClientError({"Error": {"Code": self.code}, "ResponseMetadata": {"HTTPStatusCode": 400}}, "GetItem")


def calls(client, pauses: list[float], random: float = 1.0) -> Calls:
    return Calls(client, count_units=False, sleep=pauses.append, random=lambda: random)


def test_pauses_double_up_to_five_seconds():
    pauses: list[float] = []
    with pytest.raises(StoreError):
        calls(Busy(99), pauses).make("get_item")
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0]


def test_each_pause_is_a_random_part_of_the_longest():
    pauses: list[float] = []
    assert calls(Busy(2), pauses, random=0.25).make("get_item") == ({"Item": {}}, False)
    assert pauses == [0.025, 0.05]


def test_what_will_not_pass_is_not_tried_again():
    pauses: list[float] = []
    with pytest.raises(SettingsError):
        calls(Busy(99, "AccessDeniedException"), pauses).make("get_item")
    assert pauses == []


@pytest.mark.parametrize("name", ["", "ab", 'a"b', "a b", "a'; DROP", "x" * 256, "table\n"])
def test_a_table_name_that_could_end_a_statement_is_refused(name):
    with pytest.raises(SettingsError):
        DynamoStore(None, name)


def test_the_table_definition_names_the_keys_and_the_index():
    definition = table_definition("rollbook")
    assert definition["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"},
                                       {"AttributeName": "sk", "KeyType": "RANGE"}]
    (index,) = definition["GlobalSecondaryIndexes"]
    assert (index["IndexName"], index["Projection"]) == ("listing", {"ProjectionType": "KEYS_ONLY"})
