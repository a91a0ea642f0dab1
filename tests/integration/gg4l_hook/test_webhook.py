"""One message after the other at a site's webhook: the answers, what is kept, and what follows."""

from __future__ import annotations

import base64
import gzip
import json
import time
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg4l_hook import hooks, webhook
from gg4l_hook.desk import Order
from gg4l_hook.webhook import MOST_BYTES, Request, receive
from rostering.clock import moment
from rostering.districts import HOOK_DAYS
from rostering.errors import SettingsError, StoreError
from rostering.store import keys
from rostering.store.keys import Item
from tests.faults import Calls, Failing
from tests.unit.gg4l.door import (
    CHANGED,
    GUID,
    NOW,
    OLD_SECRET,
    READY,
    SITE,
    STATUS,
    Door,
    connection,
    message,
    signed,
)

AHEAD, TOO_FAR = "2026-11-23T10:06:00.000Z", "2026-11-23T10:06:00.001Z"


def of_size(size: int) -> bytes:
    empty = message(note="")
    return message(note="x" * (size - len(empty)))


def plain(raw: bytes, headers: dict[str, str] | None = None, **event) -> Request:
    return Request.of({"pathParameters": {"site": SITE}, "headers": signed(raw) if headers is None else headers,
                       "body": raw.decode(), "isBase64Encoded": False} | event)


# ------------------------------------------------------------------ the answers, in their order

@pytest.mark.parametrize("site", [
    "elsewhere", "", "Lakeview", "lakeview#SITE", "../lakeview", "l" * 5_000, "lakeview\n"])
def test_an_unknown_site_is_404_whatever_comes(site):
    assert Door().post(message(), site=site).status == 404
    assert Door().post(b"x" * (MOST_BYTES + 1), {}, site=site).status == 404


def test_a_webhook_that_is_switched_off_is_404():
    assert Door(connection(webhook_enabled=False)).post(message()).status == 404


def test_a_compressed_body_is_413_before_its_signature_is_looked_at():
    raw = gzip.compress(message())
    assert Door().post(raw, signed(raw) | {"content-encoding": "gzip"}).status == 413
    assert Door().post(raw, {"content-encoding": ""}).status == 413


@pytest.mark.parametrize(("size", "status"), [(MOST_BYTES, 202), (MOST_BYTES + 1, 413)])
def test_a_body_has_at_most_a_mebibyte(size, status):
    raw = of_size(size)
    assert Door().post(raw).status == status
    assert receive(Door(), plain(raw)).status == status


def test_the_bytes_count_and_not_the_characters():
    raw = message(note="").replace(b'"note": ""', b'"note": "' + "é".encode() * (MOST_BYTES // 2) + b'"')
    assert receive(Door(), plain(raw)).status == 413


def test_a_forged_message_is_401_with_one_body():
    answers = [Door().post(message(), signed(message(), "msg_1", OLD_SECRET)), Door().post(message(), {}),
               Door().post(b"\xff\xfe", {"webhook-id": "a.b"}), Door(secrets={}).post(message()),
               Door(connection(hook_secret="")).post(message()), Door().post(b"", {})]
    assert {(answer.status, answer.body) for answer in answers} == {(401, '{"error":"not authenticated"}')}


@pytest.mark.parametrize("body", ["%%%", "e", "é", "\ud800", "e30=x"])
def test_a_body_that_no_gateway_sends_is_401(body):
    assert receive(Door(), plain(b"{}", body=body, isBase64Encoded=True)).status == 401
    assert receive(Door(), plain(b"{}", body=body)).status == 401


def test_a_message_that_is_not_authentic_leaves_nothing():
    door = Door()
    before = door.store.snapshot()
    door.post(message(), {})
    assert door.store.snapshot() == before and door.orders == []


NOT_JSON = {
    "nothing": b"", "no JSON": b"hello", "not UTF-8": b'{"type": "\xff"}', "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a key twice": message().replace(b'{"type"', b'{"type": "x", "type"'),
    "NaN": message().replace(b'"VALIDATING"', b"NaN"),
    "Infinity": message().replace(b'"VALIDATING"', b"-Infinity"), "1e999": message().replace(b'"VALIDATING"', b"1e999"),
    "deep": b"[" * 100_000 + b"]" * 100_000, "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "many digits": message().replace(b'"VALIDATING"', b"9" * 1_000_000), "lone surrogate": message(note="?").replace(
        b'"?"', b'"\\ud800"'), "NUL": message(note="?").replace(b'"?"', b'"\\u0000"'), "raw NUL": message(note="\0?")
    .replace(b"\\u0000", b"\0"), "trailing": message() + b"{}", "half": message()[:-1]}


@pytest.mark.parametrize("raw", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_not_strict_json_is_400(raw):
    door = Door()
    assert door.post(raw).status == 400 and door.hook() is None and door.orders == []


def test_a_byte_order_mark_is_allowed():
    assert Door().post(b"\xef\xbb\xbf" + message()).status == 202


def changed(**top) -> bytes:
    return json.dumps(json.loads(message()) | top).encode()


MISSHAPEN = {
    "a list": b"[]", "null": b"null", "a text": b'"x"', "no type": changed(type=None),
    "type of another kind": changed(type=[]),
    "type with a space": changed(type="a b"), "empty type": changed(type=""), "no data": changed(data=None),
    "no district": changed(data={}), "district of another kind": changed(data={"districtGuid": 7}),
    "no timestamp": changed(timestamp=None), "timestamp is a number": changed(timestamp=1764000000),
    "timestamp is no time": changed(timestamp="yesterday"), "timestamp is long": changed(timestamp="2" * 5_000),
    "timestamp beyond the calendar": changed(timestamp="0001-01-01T00:00:00+23:00"),
    "timestamp ahead": changed(timestamp=TOO_FAR), "timestamp of year 9999": changed(timestamp="9999-12-31T23:59:59Z"),
    "ready ahead": message(READY, lastDataProcessingCompletedTimestamp=TOO_FAR),
    "dateLastModified ahead, deep inside": message(rows=[{"user": {"dateLastModified": "9999-01-01T00:00:00Z"}}]),
    "dateLastModified is a number": message(dateLastModified=9999),
    "sourcedId with #": message(org={"sourcedId": "a#b"}),
    "sourcedId of another kind": message(sourcedId=["a", 7]),
    "plain http": message(apiUrl="http://gg4l.example.org/x"), "metadata": message(more="http://169.254.169.254/latest"),
    "no scheme": message(more="//gg4l.example.org/x"), "file": message(href="file:///etc/passwd"),
    "script": message(surveyUrl="javascript:alert(1)"), "user": message(urls=["https://a@gg4l.example.org/"]),
} | {f"district {guid!r}": message(district=guid) for guid in (
    "", "a#b", "a:b", "d-0001\n", "ď-1", "x" * 101, "-a", "attribute_exists(pk)")}


@pytest.mark.parametrize("raw", MISSHAPEN.values(), ids=MISSHAPEN)
def test_what_is_not_of_the_form_is_400(raw):
    door = Door()
    assert door.post(raw).status == 400 and door.hook() is None and door.orders == []


@pytest.mark.parametrize("raw", [
    message(at=AHEAD), message(at="2026-11-23T11:00:00+01:00"), message(at="2026-11-23T10:00:00"),
    message(at="2020-01-01T00:00:00Z"), message(READY, lastDataProcessingCompletedTimestamp=None),
    message(READY, lastDataProcessingCompletedTimestamp=AHEAD),
    message(apiUrl="https://gg4l.example.org/x"), message(note="this and//or that"), message(status=None),
    message(status=["x"]), message(projectManager="P. M."), message(extra={"PK": "x", "__class__": "y"})])
def test_what_is_unusual_is_taken(raw):
    assert Door().post(raw).status == 202


def test_a_district_of_another_site_is_403_and_stays_as_it_is():
    door = Door()
    door.meet("d-0002", site="hillside")
    before = door.store.snapshot()
    answer = door.post(message(district="d-0002"))
    assert (answer.status, answer.outcome, answer.alert) == (403, "foreign_district", True)
    assert door.store.snapshot() == before and door.orders == []


def test_a_district_that_is_found_later_gets_its_news_by_the_retry():
    door = Door()
    assert door.post(message(district="d-0009")).status == 403
    door.meet("d-0009")
    assert door.post(message(district="d-0009")).status == 202 and len(door.orders) == 1


def test_a_good_message_is_kept_and_ordered():
    door = Door()
    raw = message(status="DATA_SYNC")
    assert door.post(raw).status == 202
    hook = door.hook()
    assert hook.body | {"hint": 0, "sha256": 0} == {
        "sha256": 0, "received_at": NOW, "type": STATUS, "district": GUID, "queued": True, "taken_at": "", "hint": 0,
        "raw": raw}
    assert hook.expires == int(moment(NOW).timestamp()) + HOOK_DAYS * 86_400 and HOOK_DAYS >= 7
    assert door.orders == [Order(SITE, "news", GUID, hook="msg_1")]


def test_a_big_message_is_kept_without_its_bytes():
    door = Door()
    assert door.post(of_size(hooks.MOST_RAW_BYTES + 1)).status == 202
    assert door.hook().body["raw"] == b"" and len(door.orders) == 1


def test_an_unknown_type_is_kept_and_alerts():
    door = Door()
    answer = door.post(message("gg4l.weather.changed"))
    assert (answer.status, answer.outcome, answer.alert) == (202, "unknown_type", True)
    assert door.hook() is not None and door.orders == []


def test_an_unknown_status_is_ordered_and_alerts():
    door = Door()
    answer = door.post(message(status="ON_THE_MOON"))
    assert (answer.status, answer.outcome, answer.alert, len(door.orders)) == (202, "unknown_status", True, 1)


# ------------------------------------------------------------------ twice, broken off, too many

def test_a_message_again_is_202_and_has_no_effect():
    door = Door()
    door.post(message())
    before = door.store.snapshot()
    door.time = "2026-11-23T10:03:00.000Z"
    answer = door.post(message())
    assert (answer.status, answer.outcome) == (202, "duplicate")
    assert door.store.snapshot() == before and len(door.orders) == 1


def test_of_two_bodies_with_one_id_the_first_is_kept():
    door = Door()
    door.send("msg_1", message(status="DATA_SYNC"))
    answer = door.send("msg_1", message(status="FAILED"))
    assert (answer.status, answer.outcome, answer.alert) == (202, "other_body", True)
    assert door.hook().body["hint"]["status"] == "DATA_SYNC" and len(door.orders) == 1


def test_with_a_scheme_that_signs_no_id_the_body_is_known_again():
    door = Door(connection(webhook_scheme="shared-secret-header", webhook_header="X-Key"))
    key = {"x-key": door.secrets["current"]}
    assert [door.post(message(), key | {"webhook-id": name}).outcome for name in "ab"] == ["queued", "duplicate"]


@pytest.mark.parametrize("kind", [STATUS, READY])
def test_a_queue_that_fails_is_503_and_the_retry_is_ordered(kind):
    door = Door(breaks="order")
    answer = door.send("msg_1", message(kind))
    assert (answer.status, answer.alert) == (503, True) and door.orders == []
    assert door.hook().body["queued"] is False
    assert door.send("msg_1", message(kind)).status == 202
    assert len(door.orders) == 1 and door.hook().body["queued"] is True


@pytest.mark.parametrize("error", [StoreError("busy"), SettingsError("no right")])
def test_secrets_that_can_not_be_read_are_503(error):
    door = Door()

    def secret(name: str) -> dict[str, str]:
        raise error
    desk = webhook.Desk(door.store, door.now, secret, door.order)
    assert receive(desk, plain(message())).status == 503


@pytest.mark.parametrize("kind", [STATUS, READY])
@pytest.mark.parametrize("after", [False, True])
def test_a_message_survives_a_fault_at_every_call_of_the_store(kind, after):
    for n in range(1, 50):
        door = Door()
        desk = webhook.Desk(Failing(door.store, Calls(fail=n, after=after)), door.now, door.secret, door.order)
        first = receive(desk, plain(message(kind)))
        if first.status == 503:
            assert receive(webhook.Desk(door.store, door.now, door.secret, door.order),
                           plain(message(kind))).status == 202
        assert {order.hook for order in door.orders} == {"msg_1"} and door.hook().body["queued"]
        if first.status == 202:
            break
    assert n > 3


def test_a_district_orders_once_in_ten_minutes():
    door = Door()
    assert [door.send(f"msg_{n}", message(READY)).outcome for n in range(3)] == ["queued", "debounced", "debounced"]
    door.meet("d-0002")
    assert door.send("msg_4", message(CHANGED, district="d-0002")).outcome == "queued"
    door.time = "2026-11-23T10:11:00.000Z"
    assert door.send("msg_5", message(CHANGED)).outcome == "queued"
    assert door.send("msg_1", message(READY)).outcome == "duplicate"
    assert [order.hook for order in door.orders] == ["msg_0", "msg_4", "msg_5"]


def test_news_of_an_onboarding_are_never_debounced():
    door = Door()
    assert {door.send(f"msg_{n}", message(at=f"2026-11-23T09:00:0{n}Z")).outcome for n in range(9)} == {"queued"}


def test_a_site_orders_thirty_times_in_ten_minutes():
    door = Door()
    outcomes = []
    for n in range(hooks.MOST_ROSTER_ORDERS + 2):
        door.meet(f"d-1{n:03}")
        outcomes.append(door.send(f"msg_{n}", message(READY, district=f"d-1{n:03}")))
    assert [answer.outcome for answer in outcomes[-3:]] == ["queued", "limited", "limited"]
    assert {answer.status for answer in outcomes} == {202} and outcomes[-1].alert
    door.time = "2026-11-23T10:11:00.000Z"
    assert door.send("msg_x", message(READY)).outcome == "queued"


# ------------------------------------------------------------------ what a message does when it is delivered

def test_news_move_the_district_and_are_on_record():
    door = Door()
    door.send("msg_1", message(status="DATA_SYNC", previousStatus="SURVEY_SUBMITTED",
                               projectManager={"name": "P. M.", "email": "pm@gg4l.example.org"}, callAt="Monday, 10"))
    assert hooks.take(door, door.orders[0]).outcome == "told"
    found = door.district()
    assert (found["state"], found["state_at"]) == ("DATA_SYNC", "2026-11-23T10:00:00.000Z")
    assert found["project_manager"]["name"] == "P. M." and found["calls"][0]["when"] == "Monday, 10"
    events = door.store.query(f"{SITE}#AUDIT#2026-11-23").items
    assert [event.body["what"] for event in events] == ["district.told"]
    assert events[0].body.items() >= {"by": "gg4l", "district": GUID, "status": "DATA_SYNC", "was": "SURVEY_PENDING",
                                      "state": "DATA_SYNC"}.items()


def test_an_order_that_comes_twice_has_no_second_effect():
    door = Door()
    door.send("msg_1", message())
    hooks.take(door, door.orders[0])
    before = door.store.snapshot()
    assert hooks.take(door, door.orders[0]).outcome == "over" and door.store.snapshot() == before


def test_an_order_that_was_broken_off_has_no_second_effect():
    for n in range(1, 20):
        door = Door()
        door.send("msg_1", message())
        desk = webhook.Desk(Failing(door.store, Calls(fail=n, after=True)), door.now, door.secret, door.order)
        try:
            hooks.take(desk, door.orders[0])
            break
        except StoreError:
            hooks.take(door, door.orders[0])
        assert door.district()["state"] == "VALIDATING" and door.hook().body["taken_at"]
        assert len(door.store.query(f"{SITE}#AUDIT#2026-11-23").items) == 1
    assert n > 3


@pytest.mark.parametrize("kind", [READY, CHANGED])
def test_a_roster_asks_for_a_poll_and_changes_nothing(kind):
    door = Door()
    door.send("msg_1", message(kind))
    before = door.district()
    assert hooks.take(door, door.orders.pop()).outcome == "asked"
    assert door.orders == [Order(SITE, "poll", GUID)] and door.district() == before


def test_completed_that_discovery_does_not_bear_out_asks_for_a_poll():
    door = Door()
    door.send("msg_1", message(status="COMPLETED"))
    hooks.take(door, door.orders.pop())
    assert door.district()["state"] == "VALIDATING" and door.orders == [Order(SITE, "poll", GUID)]


def test_several_news_of_that_kind_ask_for_one_poll():
    door = Door()
    for n in range(3):
        door.send(f"msg_{n}", message(at=f"2026-11-23T09:00:0{n}Z", status="COMPLETED"))
    for order in door.orders[:]:
        hooks.take(door, order)
    assert [order.kind for order in door.orders[3:]] == ["poll"]


def test_what_is_on_record_is_not_told_again():
    door = Door()
    door.send("msg_1", message())
    before = door.store.get(keys.gg4l_district(SITE, GUID))
    hooks.take(door, door.orders[0])
    door.store.put_many([before])
    door.store.update(keys.gg4l_hook(SITE, "msg_1"), lambda body: body | {"taken_at": ""})
    assert hooks.take(door, door.orders[0]).outcome == "over"


def test_text_that_is_not_printable_is_dropped():
    door = Door()
    door.send("msg_1", message(note="to\u202eof", callAt="Monday\n10"))
    hooks.take(door, door.orders[0])
    assert (door.district()["notes"], door.district()["calls"][0]["when"]) == ([], "Monday 10")


def test_an_order_of_a_message_or_a_district_that_is_gone_is_over():
    door = Door()
    assert hooks.take(door, Order(SITE, "news", GUID, hook="msg_1")).outcome == "gone"
    door.send("msg_1", message())
    door.store.delete_many([keys.gg4l_district(SITE, GUID)])
    assert hooks.take(door, door.orders[0]).outcome == "removed" and door.hook().body["taken_at"]


deliveries = st.lists(st.tuples(st.integers(1, 9), st.sampled_from(
    ["DATA_SYNC", "VALIDATING", "COMPLETED", "SUSPENDED", "SURVEY_SUBMITTED"])), min_size=1, max_size=6, unique=True)


@settings(max_examples=60)
@given(deliveries, st.data())
def test_any_order_of_deliveries_with_repeats_ends_the_same(told, data):
    def state(order: list) -> tuple:
        door = Door()
        for minute, status in order:
            door.send(f"msg_{minute}_{status}", message(at=f"2026-11-23T09:0{minute}:00Z", status=status))
        for each in data.draw(st.permutations(door.orders)):
            hooks.take(door, each)
        return {name: door.district()[name] for name in ("state", "state_at", "news_at", "history", "evidence")}
    mixed = data.draw(st.permutations(told + data.draw(st.lists(st.sampled_from(told), max_size=4))))
    assert state(told) == state(mixed)


# ------------------------------------------------------------------ whatever comes

json_values = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
                           lambda inner: st.lists(inner, max_size=4)
                           | st.dictionaries(st.text(max_size=12), inner, max_size=4),
                           max_leaves=12)
names = st.sampled_from(["webhook-id", "Webhook-Signature", "webhook-timestamp", "content-encoding", "x"])
events = st.fixed_dictionaries({}, optional={
    "pathParameters": st.none() | st.just({"site": SITE}) | json_values, "isBase64Encoded": st.booleans() | json_values,
    "headers": st.dictionaries(names, st.text(max_size=20)) | json_values, "body": st.none() | st.text() | json_values})


@given(events | json_values)
def test_no_event_is_answered_by_5xx(event):
    assert receive(Door(), Request.of(event)).status in (401, 404, 413)


@given(st.binary(max_size=300) | json_values.map(lambda value: json.dumps(value).encode("utf-8", "replace")))
def test_nothing_that_is_signed_is_answered_by_5xx(raw):
    assert Door().post(raw).status == 400


fields = st.text(max_size=12) | st.sampled_from(["status", "url", "href", "dateLastModified", "note", "projectManager",
                                                 "callAt", "sourcedId"])


@given(st.dictionaries(fields, json_values, max_size=6), st.sampled_from([STATUS, READY, "x.y"]))
def test_whatever_the_data_hold_it_is_taken_or_refused(data, kind):
    door = Door()
    raw = json.dumps({"type": kind, "timestamp": NOW, "data": data | {"districtGuid": GUID}}).encode()
    assert door.post(raw).status in (202, 400)
    for order in door.orders[:]:
        hooks.take(door, order)


def test_a_header_may_be_written_in_any_case():
    raw = message()
    headers = {name.title(): value for name, value in signed(raw).items()}
    assert receive(Door(), plain(raw, headers)).status == 202


def test_plain_and_base64_bodies_are_the_same_message():
    door, raw = Door(), message(note="Muñoz")
    assert receive(door, plain(raw)).outcome == "queued"
    assert receive(door, plain(raw, body=base64.b64encode(raw).decode(), isBase64Encoded=True)).outcome == "duplicate"


@pytest.mark.parametrize("signers", [("new",), ("old",), ("new", "old")])
def test_while_secrets_rotate_messages_of_both_are_taken(signers):
    door = Door()
    door.secrets["previous"] = OLD_SECRET
    known = {"new": door.secrets["current"], "old": OLD_SECRET}
    assert door.post(message(), signed(message(), "msg_1", *(known[each] for each in signers))).status == 202


def test_the_settings_of_a_later_version_are_no_obstacle():
    door = Door()
    key = keys.gg4l_connection(SITE)
    door.store.replace(Item(key, asdict(door.connection) | {"webhook_colour": "blue"}, 2), was=1)
    assert door.post(message()).status == 202


@pytest.mark.parametrize("raw", [message(), of_size(MOST_BYTES), NOT_JSON["deep"], NOT_JSON["many digits"],
                                 b'{"a":[' + b"[]," * 300_000 + b"1]}"],
                         ids=["usual", "biggest", "deep", "digits", "many values"])
def test_an_answer_takes_little_time(raw):
    door = Door()
    took = []
    for n in range(20):
        began = time.process_time()
        door.send(f"msg_{n}", raw)
        took.append(time.process_time() - began)
    assert min(took) < 1.0
