"""DynamoStore over AWS's own engine when replies get lost and AWS puts work off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from rostering.errors import SettingsError, StoreError
from rostering.store.dynamo import DynamoStore
from rostering.store.keys import Item, Key
from rostering.store.writes import Insert, Replace

Fault = Callable[[Callable[..., dict], str, dict], dict]


class Troubled:
    """A client whose next calls meet the given faults, one each; then it is well again."""

    def __init__(self, client: Any, *faults: Fault, always: Fault | None = None) -> None:
        self.calls: list[str] = []
        self._client = client
        self._faults = list(faults)
        self._always = always

    def __getattr__(self, operation: str) -> Callable[..., dict]:
        def call(**arguments: Any) -> dict:
            self.calls.append(operation)
            fault = self._faults.pop(0) if self._faults else self._always
            well = getattr(self._client, operation)
            return fault(well, operation, arguments) if fault else well(**arguments)

        return call


def refusal(code: str, status: int = 400, **more: Any) -> ClientError:
    answer = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer | more, "x")


def lost_reply(well, operation, arguments):
    well(**arguments)
    raise ReadTimeoutError(endpoint_url="http://127.0.0.1")


def lost_request(well, operation, arguments):
    raise ConnectionClosedError(endpoint_url="http://127.0.0.1")


def server_error_after_the_write(well, operation, arguments):
    well(**arguments)
    raise refusal("InternalServerError", 500)


def retried_by_botocore(well, operation, arguments):
    """The library's own retry: the first reply was lost, the second one is given."""
    well(**arguments)
    try:
        answer = well(**arguments)
    except ClientError as error:
        error.response["ResponseMetadata"]["RetryAttempts"] = 1
        raise
    answer["ResponseMetadata"]["RetryAttempts"] = 1
    return answer


def throttled(well, operation, arguments):
    raise refusal("ThrottlingException")


def conflicting(well, operation, arguments):
    raise refusal("TransactionCanceledException",
                  CancellationReasons=[{"Code": "None"}, {"Code": "TransactionConflict"}])


def some_put_off(well, operation, arguments):
    """Carries out every third of a batch and puts the others off."""
    if operation == "batch_execute_statement":
        statements = arguments["Statements"]
        answer = well(Statements=statements[::3])
        responses = iter(answer["Responses"])
        answer["Responses"] = [next(responses) if number % 3 == 0 else {"Error": {"Code": "ThrottlingError"}}
                               for number in range(len(statements))]
        return answer
    (table, wanted), = arguments["RequestItems"].items()
    if operation == "batch_write_item":
        answer = well(**arguments | {"RequestItems": {table: wanted[::3]}})
        left = [request for number, request in enumerate(wanted) if number % 3]
        return answer | {"UnprocessedItems": {table: left} if left else {}}
    answer = well(RequestItems={table: wanted | {"Keys": wanted["Keys"][::3]}})
    left = [key for number, key in enumerate(wanted["Keys"]) if number % 3]
    return answer | {"UnprocessedKeys": {table: wanted | {"Keys": left}} if left else {}}


def some_fail_after_the_write(well, operation, arguments):
    """Writes everything and says of every third statement that the server failed."""
    answer = well(**arguments)
    answer["Responses"] = [{"Error": {"Code": "InternalServerError"}} if number % 3 == 0 else response
                           for number, response in enumerate(answer["Responses"])]
    return answer


AMBIGUOUS = [lost_reply, server_error_after_the_write, retried_by_botocore]
PASSING = [lost_request, throttled]


@pytest.fixture
def troubled(dynamodb_client, table):
    """Makes a store whose first calls meet the given faults."""
    def make(*faults: Fault, always: Fault | None = None) -> DynamoStore:
        return over(Troubled(dynamodb_client, *faults, always=always), table)

    return make


def over(client: Troubled, table: str, threads: int = 1) -> DynamoStore:
    return DynamoStore(client, table, threads=threads, sleep=lambda seconds: None)


def items(count: int, body: dict, version: int = 1, listed: str = "L") -> list[Item]:
    return [Item(Key(f"demo#{number}", "A"), body, version, Key(listed, f"{number}"), expires=99)
            for number in range(count)]


@pytest.mark.parametrize("fault", AMBIGUOUS + PASSING)
def test_a_lost_reply_to_an_insert_is_still_our_insert(troubled, fault):
    store, (item,) = troubled(fault), items(1, {"by": "us"})
    assert store.insert(item) is True
    assert store.get(item.key) == item


@pytest.mark.parametrize("fault", AMBIGUOUS + PASSING)
def test_after_a_lost_reply_the_item_of_another_is_seen(troubled, fault, dynamo_store):
    (ours,), (theirs,) = items(1, {"by": "us"}), items(1, {"by": "them"})

    def they_were_first(well, operation, arguments):
        dynamo_store.insert(theirs)
        raise ConnectionClosedError(endpoint_url="http://127.0.0.1")

    assert troubled(they_were_first).insert(ours) is False
    assert troubled(they_were_first).insert_many([ours]) == {ours.key}
    assert dynamo_store.get(ours.key) == theirs


@pytest.mark.parametrize("fault", [throttled, some_put_off])
def test_a_throttled_insert_of_an_equal_item_is_still_refused(troubled, fault, dynamo_store):
    wanted = items(10, {"a": 1})
    dynamo_store.insert_many(wanted)
    assert troubled(fault).insert_many(wanted) == {item.key for item in wanted}
    if fault is throttled:
        assert troubled(fault).insert(wanted[0]) is False


@pytest.mark.parametrize("fault", [*AMBIGUOUS, *PASSING, some_put_off, some_fail_after_the_write])
def test_insert_many_tells_its_own_items_from_those_of_others(troubled, fault, dynamo_store):
    dynamo_store.insert_many(items(60, {"by": "them"})[::7])
    wanted = items(60, {"by": "us"})
    refused = troubled(fault, fault, fault).insert_many(wanted)
    assert refused == {item.key for item in wanted[::7]}
    stored = dynamo_store.get_many(item.key for item in wanted)
    assert all(stored[item.key] == item for item in wanted if item.key not in refused)


@pytest.mark.parametrize("fault", [*AMBIGUOUS, *PASSING, some_put_off, some_fail_after_the_write])
def test_replace_many_tells_its_own_items_from_those_of_others(troubled, fault, dynamo_store):
    dynamo_store.insert_many(items(60, {"by": "us"}))
    dynamo_store.replace_many(items(60, {"by": "them"}, version=2)[::7])
    wanted = items(60, {"by": "us"}, version=2, listed="M")
    refused = troubled(fault, fault, fault).replace_many(wanted)
    assert refused == {item.key for item in wanted[::7]}
    stored = dynamo_store.get_many(item.key for item in wanted)
    assert all(stored[item.key] == item for item in wanted if item.key not in refused)


@pytest.mark.parametrize("fault", AMBIGUOUS + PASSING)
def test_a_lost_reply_to_a_replace_is_still_our_replace(troubled, fault, dynamo_store):
    dynamo_store.insert_many(items(1, {"n": 1}))
    (wanted,) = items(1, {"n": 2}, version=2)
    assert troubled(fault).replace(wanted, was=1) is True
    assert dynamo_store.get(wanted.key) == wanted


@pytest.mark.parametrize("fault", AMBIGUOUS + PASSING)
def test_an_update_is_made_once_whatever_gets_lost(troubled, fault, dynamo_store):
    key = Key("demo#1", "A")
    for _ in range(3):
        troubled(None, fault).update(key, lambda body: {"n": (body or {"n": 0})["n"] + 1})
    assert dynamo_store.get(key).body == {"n": 3}


@pytest.mark.parametrize("fault", [*AMBIGUOUS, *PASSING, conflicting])
def test_writes_together_are_made_once_whatever_gets_lost(troubled, fault, dynamo_store):
    dynamo_store.insert_many(items(1, {"n": 1}))
    new = Item(Key("demo#new", "A"), {})
    (changed,) = items(1, {"n": 2}, version=2)
    assert troubled(fault, fault).write_together([Insert(new), Replace(changed)]) is True
    assert dynamo_store.get_many([new.key, changed.key]) == {new.key: new, changed.key: changed}


@pytest.mark.parametrize("fault", [*PASSING, lost_reply, some_put_off])
def test_everything_put_off_is_written_read_and_deleted_in_the_end(troubled, fault):
    wanted = items(230, {"a": 1})
    keys = [item.key for item in wanted]
    troubled(fault, fault, fault).put_many(wanted)
    assert list(troubled(fault, fault, fault).get_many(keys).values()) == wanted
    troubled(fault, fault, fault).delete_many(keys)
    assert troubled().get_many(keys) == {}


@pytest.mark.parametrize("always", [throttled, lost_request])
@pytest.mark.parametrize("call", [
    lambda store: store.get(Key("a", "b")), lambda store: store.get_many([Key("a", "b")]),
    lambda store: store.query("a"), lambda store: store.insert(items(1, {})[0]),
    lambda store: store.insert_many(items(3, {})), lambda store: store.replace_many(items(3, {}, version=2)),
    lambda store: store.put_many(items(3, {})), lambda store: store.delete_many([Key("a", "b")]),
    lambda store: store.write_together([Insert(items(1, {})[0])]),
])
def test_a_store_that_never_answers_is_a_store_error_after_eight_tries(dynamodb_client, table, call, always):
    client = Troubled(dynamodb_client, always=always)
    with pytest.raises(StoreError):
        call(over(client, table))
    assert len(client.calls) == 8


def test_a_batch_that_is_put_off_for_ever_is_a_store_error(troubled):
    def all_put_off(well, operation, arguments):
        return {"Responses": [{"Error": {"Code": "ThrottlingError"}} for _ in arguments["Statements"]]}

    with pytest.raises(StoreError, match="put off 8 times"):
        troubled(always=all_put_off).insert_many(items(3, {}))


def test_a_batch_that_goes_on_slowly_is_not_given_up(troubled, dynamo_store):
    def one_at_a_time(well, operation, arguments):
        first, *rest = arguments["Statements"]
        answer = well(Statements=[first])
        answer["Responses"] += [{"Error": {"Code": "ThrottlingError"}} for _ in rest]
        return answer

    store = troubled(always=one_at_a_time)
    assert store.insert_many(items(25, {})) == set()
    assert len(dynamo_store.get_many(item.key for item in items(25, {}))) == 25


def test_after_an_error_no_further_batch_is_begun(dynamodb_client, table, dynamo_store):
    def broken(well, operation, arguments):
        raise refusal("AccessDeniedException")

    client = Troubled(dynamodb_client, always=broken)
    with pytest.raises(SettingsError):
        over(client, table, threads=2).insert_many(items(1000, {}))
    assert len(client.calls) < 10
    assert dynamo_store.get_many(item.key for item in items(1000, {})) == {}


@pytest.mark.parametrize("call", [
    lambda store: store.get(Key("a", "b")), lambda store: store.get_many([Key("a", "b")]),
    lambda store: store.insert_many(items(1, {})), lambda store: store.replace_many(items(1, {}, version=2)),
    lambda store: store.put_many(items(1, {})), lambda store: store.listing("L"),
    lambda store: store.write_together([Insert(items(1, {})[0])]),
])
def test_a_missing_table_is_an_error_of_the_deployment(dynamodb_client, call):
    with pytest.raises(SettingsError):
        call(DynamoStore(dynamodb_client, "no-such-table", sleep=lambda seconds: None))


def test_an_entry_whose_item_moved_or_went_is_left_out_of_a_listing(dynamodb_client, table, dynamo_store):
    wanted = items(5, {"n": 1})
    dynamo_store.insert_many(wanted)

    def then_things_change(well, operation, arguments):
        answer = well(**arguments)
        dynamo_store.delete_many([wanted[1].key])
        dynamo_store.replace_many([Item(wanted[2].key, {"n": 2}, 2, Key("M", "2")),
                                   Item(wanted[3].key, {"n": 2}, 2, wanted[3].listed)])
        return answer

    page = DynamoStore(Troubled(dynamodb_client, then_things_change), table).listing("L", limit=4)
    assert [(item.key.pk, item.version) for item in page.items] == [("demo#0", 1), ("demo#3", 2)]
    assert [item.key.pk for item in dynamo_store.listing("L", after=page.after).items] == ["demo#4"]
