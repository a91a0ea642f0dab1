"""What a session does about tokens, pace, and servers that are busy or broken."""

from __future__ import annotations

import traceback

import pytest

from rostering.errors import InputError, RemoteProtocolError, SourceUnavailable
from rostering.oneroster.rest import collection
from rostering.transport import BodyTooBig, Refused
from tests.unit.oneroster.provider import (
    MORNING,
    SECRET,
    Answer,
    Clock,
    Provider,
    busy,
    client,
    reset,
    session,
    users,
)

BAD_GATEWAY = Answer(502, {}, b"<html><body>502 Bad Gateway</body></html>")


def ids(pages) -> list[str]:
    return [record["sourcedId"] for page in pages for record in page.records]


def pulled(it) -> list[str]:
    return ids(collection(it.get, "users", "users", page_size=2))


def test_one_token_serves_a_whole_pull():
    provider = Provider({"users": users(9)})
    it = session(provider)
    assert len(pulled(it)) == 9
    assert (it.tokens, it.requests) == (1, 7)


def test_a_token_that_ends_in_the_middle_is_renewed_and_nothing_is_lost():
    provider = Provider({"users": users(9)}, token_calls=2)
    it = session(provider)
    assert pulled(it) == [f"u-{at}" for at in range(9)]
    assert it.tokens == 3


def test_a_token_that_opens_nothing_is_renewed_once_and_then_somebody_has_to_act():
    provider = Provider({"users": users(9)}, token_calls=0)
    with pytest.raises(InputError) as error:
        pulled(session(provider))
    assert (error.value.code, provider.given) == ("OR-401", 2)


@pytest.mark.parametrize(("expires_in", "seconds", "tokens"), [
    (7199, 6_898, 1), (7199, 6_900, 2), ("7199", 6_900, 2), (None, 3_299, 1), (None, 3_301, 2), (100, 40, 1),
    (100, 51, 2), (-5, 1, 2), (True, 3_299, 1), ("soon", 3_299, 1), (10**9, 86_000, 1)])
def test_a_token_is_renewed_when_less_than_five_minutes_are_left(expires_in, seconds, tokens):
    clock = Clock()
    it = session(Provider({"users": users(1)}, expires_in=expires_in), clock)
    it.get("users", {})
    clock.at += seconds
    it.get("users", {})
    assert it.tokens == tokens


def test_the_secret_goes_into_the_header_or_into_the_body_and_a_scope_only_if_it_is_set():
    for token_auth in ("basic", "body"):
        provider = Provider({"users": users(1)})
        session(provider, token_auth=token_auth).get("users", {})
        method, _, headers, body = provider.asked[0]
        assert method == "POST" and ("Authorization" in headers) == (token_auth == "basic")
        assert (SECRET.encode() in body) == (token_auth == "body") and b"scope" not in body
    scoped = Provider({"users": users(1)}, scope="a b")
    session(scoped, token_scope="a b").get("users", {})
    assert b"scope=a+b" in scoped.asked[0][3]


def test_a_missing_scope_is_told_as_what_it_is():
    with pytest.raises(InputError) as error:
        session(Provider({"users": []}, scope="needed")).get("users", {})
    assert error.value.code == "OR-TOKEN"


@pytest.mark.parametrize("fault", [busy(), busy(503), busy(504), BAD_GATEWAY, reset()])
def test_what_passes_is_asked_again_until_it_has_passed(fault):
    clock = Clock()
    provider = Provider({"users": users(3)}, faults=dict.fromkeys((2, 3, 4), fault))
    assert len(pulled(session(provider, clock))) == 3
    assert clock.slept == [1, 2, 4]


@pytest.mark.parametrize("fault", [busy(), BAD_GATEWAY, reset()])
def test_six_tries_and_then_later(fault):
    clock = Clock()
    provider = Provider({"users": users(3)}, faults=dict.fromkeys(range(1, 99), fault))
    with pytest.raises(SourceUnavailable):
        pulled(session(provider, clock))
    assert (len(provider.calls), clock.slept) == (6, [1, 2, 4, 8, 16])


def test_a_token_server_that_is_busy_is_asked_six_times_and_not_thirty_six():
    provider = Provider({"users": []}, token_faults=dict.fromkeys(range(1, 99), busy(503)))
    clock = Clock()
    with pytest.raises(SourceUnavailable):
        session(provider, clock).get("users", {})
    assert len(provider.asked) == 6


@pytest.mark.parametrize(("fault", "seconds"), [
    (busy(after_seconds=7), 7), (busy(503, after_seconds=0), 1), (busy(at=MORNING + 30), 30),
    (busy(at=MORNING - 30), 1), (busy(after_seconds=86_400), 120), (Answer(429, {"Retry-After": "5"}, b""), 5),
    (Answer(429, {"retry-after": "-5"}, b""), 1), (Answer(429, {"retry-after": "soon"}, b""), 1),
    (Answer(429, {"retry-after": "9" * 400}, b""), 1)])
def test_retry_after_is_honored_as_seconds_and_as_a_date_but_not_for_ever(fault, seconds):
    clock = Clock()
    session(Provider({"users": users(1)}, faults={1: fault}), clock).get("users", {})
    assert clock.slept == [seconds]


def test_the_wait_is_jittered_between_half_and_whole():
    waits = []
    for drawn in (0.0, 1.0):
        clock = Clock()
        session(Provider({"users": users(1)}, faults={1: busy()}), clock, drawn=drawn).get("users", {})
        waits += clock.slept
    assert waits == [0.5, 1.0]


def test_requests_keep_the_pace():
    clock = Clock()
    it = session(Provider({"users": users(9)}), clock, requests_per_second=5)
    pulled(it)
    assert clock.at - MORNING == pytest.approx((it.requests - 1) / 5)


@pytest.mark.parametrize(("status", "error"), [
    (400, RemoteProtocolError), (403, InputError), (404, InputError), (422, RemoteProtocolError),
    (500, SourceUnavailable), (302, RemoteProtocolError)])
def test_what_no_retry_helps_is_final(status, error):
    clock = Clock()
    provider = Provider({"users": []}, faults={1: Answer(status, {"location": "http://169.254.169.254/"}, b"{}")})
    with pytest.raises(error):
        session(provider, clock).get("users", {})
    assert (len(provider.calls), clock.slept) == (1, [])


def test_an_address_that_is_refused_is_not_tried_again():
    provider = Provider({"users": []}, faults={1: Refused("ADDRESS", "The address is private.")})
    with pytest.raises(Refused):
        session(provider).get("users", {})
    assert len(provider.calls) == 1


def test_a_page_that_is_too_big_is_final():
    provider = Provider({"users": []}, faults={1: BodyTooBig(b"{")})
    with pytest.raises(RemoteProtocolError) as error:
        session(provider).get("users", {})
    assert (error.value.code, len(provider.calls)) == ("TOO_BIG", 1)


@pytest.mark.parametrize("body", [
    b"", b"[]", b"{}", b'{"access_token": ""}', b'{"access_token": 5}', b'{"access_token": "a\\r\\nX: y"}',
    b'{"access_token": "a", "token_type": "mac"}', b'{"access_token": "' + b"a" * 9_000 + b'"}', b"<html>"])
def test_a_token_answer_without_a_usable_token_is_their_error(body):
    provider = Provider({"users": []}, token_faults={1: Answer(200, {}, body)})
    with pytest.raises(RemoteProtocolError):
        session(provider).get("users", {})


@pytest.mark.parametrize(("status", "code"), [(400, "OR-TOKEN"), (401, "OR-TOKEN"), (403, "OR-TOKEN"),
                                              (404, "OR-TOKEN-URL")])
def test_a_token_that_is_not_given_says_who_has_to_act_and_no_secret(status, code):
    provider = Provider({"users": []}, token_faults={1: Answer(status, {}, SECRET.encode())})
    with pytest.raises(InputError) as error:
        session(provider).get("users", {})
    assert error.value.code == code
    assert SECRET not in "".join(traceback.format_exception(error.value))


def test_a_client_is_shown_without_its_secret():
    assert SECRET not in repr(client()) and "c1" in repr(client())


def test_both_versions_are_asked_below_their_own_address():
    for base in ("https://h.example/ims/oneroster/v1p1", "https://h.example/ims/oneroster/rostering/v1p2/"):
        provider = Provider({"users": users(1)})
        session(provider, api_url=base).get("users", {"limit": "5"})
        assert provider.asked[-1][1] == base.rstrip("/") + "/users?limit=5"
