"""The table on DynamoDB.

Conditional batches are PartiQL statements, 25 in a call: an INSERT costs one write unit where a
transaction costs two, and 25 in a call are four times as fast as PutItem one by one. Their texts
are the constants below; values travel as parameters only.

Every call is made again, with growing and random pauses, while AWS is busy or doesn't answer. If
a reply was lost and the second try finds the condition broken, the stored item is read: if it is
the very item that was to be written, the write was ours. So two who may fight for one key put
something of their own into the item (an id), as claims and leases do anyway.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from random import random
from typing import Any
from uuid import uuid4

from botocore.config import Config

from rostering.errors import SettingsError
from rostering.store import failures
from rostering.store.attributes import Attributes, check_partition, pack, pack_key, unpack, weight
from rostering.store.calls import Calls, Refused
from rostering.store.keys import Item, Key
from rostering.store.page import Page, check_limit, cursor, place
from rostering.store.writes import (
    Change,
    Check,
    Delete,
    Insert,
    Replace,
    Write,
    check_version,
    pack_apart,
    pack_together,
    read_and_write,
)

INDEX = "listing"
TTL_ATTRIBUTE = "expires"
MAX_WRITES = 25                     # in BatchWriteItem and BatchExecuteStatement
MAX_READS = 100                     # in BatchGetItem
MAX_BATCH_BYTES = 4 * 1024 * 1024   # of ours; DynamoDB takes 16 MB

# By whether the item is listed and whether it expires.
_INSERT = {
    (False, False): """INSERT INTO "%s" VALUE {'pk':?,'sk':?,'version':?,'body':?}""",
    (True, False): """INSERT INTO "%s" VALUE {'pk':?,'sk':?,'version':?,'body':?,'list_pk':?,'list_sk':?}""",
    (False, True): """INSERT INTO "%s" VALUE {'pk':?,'sk':?,'version':?,'body':?,'expires':?}""",
    (True, True): """INSERT INTO "%s" VALUE
                     {'pk':?,'sk':?,'version':?,'body':?,'list_pk':?,'list_sk':?,'expires':?}""",
}
_REPLACE = {
    (False, False): """UPDATE "%s" SET "version"=? SET "body"=?
                       REMOVE "list_pk" REMOVE "list_sk" REMOVE "expires"
                       WHERE "pk"=? AND "sk"=? AND "version"=?""",
    (True, False): """UPDATE "%s" SET "version"=? SET "body"=? SET "list_pk"=? SET "list_sk"=?
                      REMOVE "expires"
                      WHERE "pk"=? AND "sk"=? AND "version"=?""",
    (False, True): """UPDATE "%s" SET "version"=? SET "body"=? SET "expires"=?
                      REMOVE "list_pk" REMOVE "list_sk"
                      WHERE "pk"=? AND "sk"=? AND "version"=?""",
    (True, True): """UPDATE "%s" SET "version"=? SET "body"=? SET "list_pk"=? SET "list_sk"=? SET "expires"=?
                     WHERE "pk"=? AND "sk"=? AND "version"=?""",
}
_VALUES = ("version", "body", "list_pk", "list_sk", "expires")

_ABSENT = "attribute_not_exists(pk)"
_UNCHANGED = {"ConditionExpression": "#version = :was", "ExpressionAttributeNames": {"#version": "version"}}
_OF_PARTITION = "pk = :pk"
_OF_PARTITION_BY_PREFIX = "pk = :pk AND begins_with(sk, :prefix)"
_OF_LIST = "list_pk = :pk"
_OF_LIST_BY_PREFIX = "list_pk = :pk AND begins_with(list_sk, :prefix)"


def table_definition(name: str) -> dict[str, Any]:
    """The arguments of CreateTable, as template.yaml has them (TTL is set apart, on `expires`)."""
    names = ("pk", "sk", "list_pk", "list_sk")
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in names],
        "KeySchema": _schema("pk", "sk"),
        "GlobalSecondaryIndexes": [{"IndexName": INDEX, "KeySchema": _schema("list_pk", "list_sk"),
                                    "Projection": {"ProjectionType": "KEYS_ONLY"}}],
    }


def client_settings() -> Config:
    """The settings of a boto3 client for DynamoStore.

    The store itself decides about retries, and `pack` has checked every value: botocore's own check
    of the parameters takes half of its time.
    """
    return Config(retries={"mode": "standard", "total_max_attempts": 1}, parameter_validation=False,
                  connect_timeout=3, read_timeout=20, max_pool_connections=16, tcp_keepalive=True)


class DynamoStore:
    """The table `table_name`, through `client` (boto3, low level). Safe to use from several threads.

    The bulk methods make up to `threads` calls at a time. With `count_units` the attribute `units`
    counts the write units DynamoDB reports, and one for each refused write, which it doesn't
    report; conditional batches are then written one by one, because DynamoDB Local reports nothing
    for statements. Without, `units` is None.

    Raises, from any method, StoreError when AWS stays busy or silent, SettingsError when table or
    permission is missing, LocalProtocolError for what DynamoDB would never take.
    """

    def __init__(self, client: Any, table_name: str, *, threads: int = 4, count_units: bool = False,
                 sleep: Callable[[float], None] = time.sleep, random: Callable[[], float] = random) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_.-]{3,255}", table_name):
            raise SettingsError("the table's name has 3 to 255 of the characters A-Z a-z 0-9 _ . -")
        self._calls = Calls(client, count_units=count_units, sleep=sleep, random=random)
        self._table = table_name
        self._threads = threads
        self._inserting = {present: _line(text) % table_name for present, text in _INSERT.items()}
        self._replacing = {present: _line(text) % table_name for present, text in _REPLACE.items()}

    @property
    def units(self) -> int | None:
        return self._calls.units

    def get(self, key: Key) -> Item | None:
        """The item, strongly consistent."""
        answer, _ = self._calls.make("get_item", TableName=self._table, Key=pack_key(key),
                                     ConsistentRead=True)
        return unpack(answer["Item"]) if answer.get("Item") else None

    def get_many(self, keys: Iterable[Key]) -> dict[Key, Item]:
        """The items there are, in the order of `keys`, strongly consistent."""
        keys = list(dict.fromkeys(keys))
        found: dict[Key, Item] = {}
        for items in self._each(self._read, _chunks([pack_key(key) for key in keys], MAX_READS)):
            found.update((item.key, item) for item in items)
        return {key: found[key] for key in keys if key in found}

    def query(self, pk: str, *, prefix: str = "", limit: int | None = None, after: str | None = None,
              backwards: bool = False) -> Page:
        """The items of a partition whose sort key begins with `prefix`, in its order (of UTF-8 bytes).

        Raises InputError if `after` is not a cursor of this partition and prefix.
        """
        start = {"pk": pk, "sk": place(after, 1, prefix)[0]} if after else None
        condition = _OF_PARTITION_BY_PREFIX if prefix else _OF_PARTITION
        found, more = self._entries(pk, prefix, limit, start, backwards, KeyConditionExpression=condition,
                                    ConsistentRead=True)
        items = [unpack(attributes) for attributes in found]
        return Page(items, cursor(items[-1].key.sk) if more else None)

    def listing(self, list_pk: str, *, prefix: str = "", limit: int | None = 100, after: str | None = None,
                backwards: bool = False) -> Page:
        """The items listed under `list_pk`, in the order of the index.

        The index follows the table by moments: an item just written may be missing. One that has
        moved or gone is left out, so a page may be short although more follow.
        """
        start = None
        if after:
            list_sk, pk, sk = place(after, 3, prefix)
            start = {"list_pk": list_pk, "list_sk": list_sk, "pk": pk, "sk": sk}
        condition = _OF_LIST_BY_PREFIX if prefix else _OF_LIST
        found, more = self._entries(list_pk, prefix, limit, start, backwards, IndexName=INDEX,
                                    KeyConditionExpression=condition)
        places = [tuple(entry[name]["S"] for name in ("list_sk", "pk", "sk")) for entry in found]
        items = self.get_many(Key(pk, sk) for _, pk, sk in places)
        still = [items[Key(pk, sk)] for list_sk, pk, sk in places
                 if Key(pk, sk) in items and items[Key(pk, sk)].listed == Key(list_pk, list_sk)]
        return Page(still, cursor(*places[-1]) if more else None)

    def insert(self, item: Item) -> bool:
        """Writes the item if its key is free; False if not."""
        return self._put_if(pack(item), ConditionExpression=_ABSENT)

    def insert_many(self, items: Iterable[Item]) -> set[Key]:
        """Writes the items whose keys are free; gives the keys of the others.

        If it raises, some may have been written. Keys must differ (LocalProtocolError).
        """
        packed = list(pack_apart(list(items)).values())
        if self.units is not None:
            return {_key(each) for each in packed if not self._put_if(each, ConditionExpression=_ABSENT)}
        return self._execute_all(packed, self._insertion)

    def replace(self, item: Item, *, was: int) -> bool:
        """Writes the item over version `was`, the one before its own; False if another is stored."""
        check_version(item, was)
        return self._put_if(pack(item), **_unchanged(was))

    def replace_many(self, items: Iterable[Item]) -> set[Key]:
        """Writes each item over the version before it; gives the keys where another is stored.

        If it raises, some may have been written. Keys must differ (LocalProtocolError).
        """
        items = list(items)
        for item in items:
            check_version(item, item.version - 1)
        packed = list(pack_apart(items).values())
        if self.units is not None:
            return {_key(each) for each in packed if not self._put_if(each, **_unchanged(_version(each) - 1))}
        return self._execute_all(packed, self._replacement)

    def put_many(self, items: Iterable[Item]) -> None:
        """Writes the items whatever is there; of two with one key, the later."""
        packed = {item.key: pack(item) for item in items}
        self._each(lambda chunk: self._write([{"PutRequest": {"Item": each}} for each in chunk]),
                   _chunks(list(packed.values())))

    def delete_many(self, keys: Iterable[Key]) -> None:
        """Removes the items, whether or not they are there."""
        self._each(lambda chunk: self._write([{"DeleteRequest": {"Key": key}} for key in chunk]),
                   _chunks([pack_key(key) for key in dict.fromkeys(keys)]))

    def update(self, key: Key, change: Change, *, attempts: int = 8) -> Item | None:
        """Reads, changes and writes until nobody wrote in between; see `writes.read_and_write`."""
        return read_and_write(self, key, change, attempts, pause=self._calls.pause)

    def write_together(self, writes: Iterable[Write]) -> bool:
        """Does up to 100 writes of different items, or none: False if a condition doesn't hold.

        Costs two write units where a batch costs one.
        """
        writes = list(writes)
        packed = pack_together(writes)
        actions = [self._action(write, packed.get(write.key)) for write in writes]
        try:
            self._calls.write("transact_write_items", TransactItems=actions, ClientRequestToken=str(uuid4()))
        except Refused:
            self._calls.count(2 * len(writes))
            return False
        return True

    def _execute_all(self, packed: list[Attributes], statement: Callable[[Attributes], dict]) -> set[Key]:
        return set().union(*self._each(lambda chunk: self._execute(chunk, statement), _chunks(packed)))

    def _execute(self, chunk: list[Attributes], statement: Callable[[Attributes], dict]) -> set[Key]:
        """Runs one statement for each item; gives the keys whose condition doesn't hold."""
        refused: dict[Key, Attributes] = {}
        doubtful: set[Key] = set()
        attempt = 0
        while chunk:
            statements = [statement(each) for each in chunk]
            answer, lost = self._calls.make("batch_execute_statement", Statements=statements)
            again = []
            for each, result in zip(chunk, answer["Responses"], strict=True):
                code = result.get("Error", {}).get("Code", "")
                if lost or failures.servers_fault(code):
                    doubtful.add(_key(each))
                if code in ("DuplicateItem", "ConditionalCheckFailed"):
                    refused[_key(each)] = each
                elif failures.passing_code(code):
                    again.append(each)
                elif code:
                    raise failures.of_code(code, "batch_execute_statement")
            attempt = self._calls.pause_if_left("batch_execute_statement", again, chunk, attempt)
            chunk = again
        stored = self.get_many(key for key in refused if key in doubtful)
        return {key for key, wanted in refused.items() if key not in stored or stored[key] != unpack(wanted)}

    def _insertion(self, attributes: Attributes) -> dict[str, Any]:
        return {"Statement": self._inserting[_present(attributes)],
                "Parameters": [attributes["pk"], attributes["sk"], *_values(attributes)]}

    def _replacement(self, attributes: Attributes) -> dict[str, Any]:
        was = {"N": str(_version(attributes) - 1)}
        return {"Statement": self._replacing[_present(attributes)],
                "Parameters": [*_values(attributes), attributes["pk"], attributes["sk"], was]}

    def _write(self, requests: list[dict]) -> None:
        attempt = 0
        while requests:
            answer = self._calls.write("batch_write_item", RequestItems={self._table: requests})
            left = answer.get("UnprocessedItems", {}).get(self._table, [])
            attempt = self._calls.pause_if_left("batch_write_item", left, requests, attempt)
            requests = left

    def _read(self, keys: list[Attributes]) -> list[Item]:
        items: list[Item] = []
        attempt = 0
        while keys:
            wanted = {self._table: {"Keys": keys, "ConsistentRead": True}}
            answer, _ = self._calls.make("batch_get_item", RequestItems=wanted)
            items.extend(unpack(attributes) for attributes in answer["Responses"].get(self._table, ()))
            left = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
            attempt = self._calls.pause_if_left("batch_get_item", left, keys, attempt)
            keys = left
        return items

    def _each(self, work: Callable[[Any], Any], chunks: Iterator[list]) -> list:
        """The results of `work` on each chunk, in order; after an error no further chunk is begun."""
        chunks = list(chunks)
        if min(self._threads, len(chunks)) <= 1:
            return [work(chunk) for chunk in chunks]
        with ThreadPoolExecutor(min(self._threads, len(chunks))) as pool:
            running = [pool.submit(work, chunk) for chunk in chunks]
            try:
                return [each.result() for each in running]
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def _entries(self, pk: str, prefix: str, limit: int | None, start: dict[str, str] | None, backwards: bool,
                 **arguments: Any) -> tuple[list[Attributes], bool]:
        """Up to `limit` entries behind `start`, and whether more follow."""
        check_partition(pk)
        check_limit(limit)
        values = {":pk": {"S": pk}, **({":prefix": {"S": prefix}} if prefix else {})}
        if start:
            arguments["ExclusiveStartKey"] = {name: {"S": value} for name, value in start.items()}
        found: list[Attributes] = []
        while True:
            if limit is not None:
                arguments["Limit"] = limit + 1 - len(found)
            answer, _ = self._calls.make("query", TableName=self._table, ScanIndexForward=not backwards,
                                         ExpressionAttributeValues=values, **arguments)
            found.extend(answer["Items"])
            if "LastEvaluatedKey" not in answer or (limit is not None and len(found) > limit):
                return found[:limit], limit is not None and len(found) > limit
            arguments["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _put_if(self, attributes: Attributes, **condition: Any) -> bool:
        try:
            self._calls.write("put_item", TableName=self._table, Item=attributes, **condition)
        except Refused as refused:
            self._calls.count(1)
            return refused.doubtful and self.get(_key(attributes)) == unpack(attributes)
        return True

    def _action(self, write: Write, attributes: Attributes | None) -> dict[str, Any]:
        match write:
            case Insert():
                return {"Put": {"TableName": self._table, "Item": attributes, "ConditionExpression": _ABSENT}}
            case Replace(item):
                return {"Put": {"TableName": self._table, "Item": attributes, **_unchanged(item.version - 1)}}
            case Delete(key, was):
                condition = {} if was is None else _unchanged(was)
                return {"Delete": {"TableName": self._table, "Key": pack_key(key), **condition}}
            case Check(key, version):
                condition = {"ConditionExpression": _ABSENT} if version is None else _unchanged(version)
                return {"ConditionCheck": {"TableName": self._table, "Key": pack_key(key), **condition}}


def _unchanged(was: int) -> dict[str, Any]:
    return {**_UNCHANGED, "ExpressionAttributeValues": {":was": {"N": str(was)}}}


def _chunks(packed: list[Attributes], count: int = MAX_WRITES) -> Iterator[list[Attributes]]:
    """Slices of at most `count` items and MAX_BATCH_BYTES."""
    chunk: list[Attributes] = []
    size = 0
    for each in packed:
        own = weight(each)
        if len(chunk) == count or (chunk and size + own > MAX_BATCH_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(each)
        size += own
    if chunk:
        yield chunk


def _schema(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


def _key(attributes: Attributes) -> Key:
    return Key(attributes["pk"]["S"], attributes["sk"]["S"])


def _version(attributes: Attributes) -> int:
    return int(attributes["version"]["N"])


def _present(attributes: Attributes) -> tuple[bool, bool]:
    return "list_pk" in attributes, "expires" in attributes


def _values(attributes: Attributes) -> list[dict[str, Any]]:
    return [attributes[name] for name in _VALUES if name in attributes]


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text)
