"""Whether a message is GG4L's: the public vector, every bit of it, and the other schemes."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gg4l_hook.verify import Remembered, Unauthenticated, authentic
from rostering.errors import StoreError
from tests.unit.gg4l.door import OLD_SECRET, SECRET, connection, signature

ID, STAMP, RAW = "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
VECTOR = {"webhook-id": ID, "webhook-timestamp": STAMP, "webhook-signature": SIGNATURE}
NOW = float(STAMP)
BOTH = {"current": SECRET, "previous": ""}


def is_authentic(headers=VECTOR, raw=RAW, secrets=BOTH, now=NOW, **settings) -> bool:
    try:
        authentic(connection(**settings), headers, raw, secrets, now)
    except Unauthenticated:
        return False
    return True


def flips(data: bytes):
    for bit in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        yield bytes(flipped)


def test_the_public_vector_is_authentic():
    assert authentic(connection(), VECTOR, RAW, BOTH, NOW) == ID


@pytest.mark.parametrize("name", VECTOR)
def test_every_bit_of_a_header_counts(name):
    for flipped in flips(VECTOR[name].encode()):
        assert not is_authentic(VECTOR | {name: flipped.decode("latin-1")})


def test_every_bit_of_the_body_counts():
    assert not any(is_authentic(raw=flipped) for flipped in flips(RAW))


@pytest.mark.parametrize("missing", VECTOR)
def test_every_header_is_needed(missing):
    assert not is_authentic({name: value for name, value in VECTOR.items() if name != missing})


@pytest.mark.parametrize(("seconds", "good"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_the_timestamp_is_within_five_minutes(seconds, good):
    assert is_authentic(now=NOW + seconds) is good


@pytest.mark.parametrize("stamp", [
    "NaN", "1e9", "-1", "+1", " 1614265330", "١٦١٤٢٦٥٣٣٠", "9" * 5_000, "", "1614265330.0"])
def test_a_timestamp_is_plain_digits(stamp):
    headers = VECTOR | {"webhook-timestamp": stamp, "webhook-signature": signature(ID, stamp, RAW, SECRET)}
    assert not is_authentic(headers)


@pytest.mark.parametrize("webhook_id", ["", "a.b", "a b", "a#b", "é", "x" * 129])
def test_an_id_keeps_to_its_alphabet(webhook_id):
    headers = VECTOR | {"webhook-id": webhook_id, "webhook-signature": signature(webhook_id, STAMP, RAW, SECRET)}
    assert not is_authentic(headers)


@pytest.mark.parametrize("said", [
    "garbage", "v1", "v1,", ",", ",,", "v1,,", "  ", "v1,é", SIGNATURE.replace("v1", "v1a"),
    SIGNATURE.replace("v1", ""),
    SIGNATURE.replace("v1", "v2"), SIGNATURE[3:], SIGNATURE.replace(",", ",,"), "\ud800", "v1,\ud800"])
def test_what_makes_libraries_fall_over_is_not_authentic(said):
    assert not is_authentic(VECTOR | {"webhook-signature": said})


@pytest.mark.parametrize("said", [
    f"v1a,xyz {SIGNATURE}", f"v1,AAAA {SIGNATURE}", f"garbage {SIGNATURE}", f"{SIGNATURE}  v1", f"v1,é {SIGNATURE}"])
def test_one_good_signature_of_several_will_do(said):
    assert is_authentic(VECTOR | {"webhook-signature": said})


def test_no_more_than_ten_signatures_are_looked_at():
    assert not is_authentic(VECTOR | {"webhook-signature": "v1,AAAA " * 10 + SIGNATURE})


@pytest.mark.parametrize("signers", [(SECRET,), (OLD_SECRET,), (OLD_SECRET, SECRET)])
def test_while_secrets_rotate_old_and_new_are_good(signers):
    headers = VECTOR | {"webhook-signature": signature(ID, STAMP, RAW, *signers)}
    assert is_authentic(headers, secrets={"current": SECRET, "previous": OLD_SECRET})
    assert is_authentic(headers, secrets=BOTH) is (SECRET in signers)


@pytest.mark.parametrize("secrets", [{}, {"current": "", "previous": ""}, {"current": "whsec_"}, {"current": "whsec_!"},
                                     {"current": None}, {"current": 7}])
def test_an_empty_or_broken_secret_opens_nothing(secrets):
    empty = base64.b64encode(hmac.new(b"", f"{ID}.{STAMP}.".encode() + RAW, hashlib.sha256).digest()).decode()
    assert not is_authentic(VECTOR | {"webhook-signature": f"v1,{empty}"}, secrets=secrets)


def test_svix_names_are_by_setting():
    headers = {name.replace("webhook", "svix"): value for name, value in VECTOR.items()}
    assert is_authentic(headers, webhook_header="svix") and not is_authentic(headers)
    assert not is_authentic(webhook_header="svix")


def test_the_text_of_the_secret_may_be_the_key():
    mac = hmac.new(SECRET.encode(), f"{ID}.{STAMP}.".encode() + RAW, hashlib.sha256).digest()
    headers = VECTOR | {"webhook-signature": f"v1,{base64.b64encode(mac).decode()}"}
    assert is_authentic(headers, webhook_secret_encoding="utf8") and not is_authentic(headers)


HMAC = {"webhook_scheme": "hmac-header", "webhook_header": "X-Signature", "webhook_secret_encoding": "utf8"}
MAC = hmac.new(SECRET.encode(), RAW, hashlib.sha256)
BODY_ID = f"body-{hashlib.sha256(RAW).hexdigest()}"


@pytest.mark.parametrize(("value", "settings"), [
    (MAC.hexdigest(), {}), (MAC.hexdigest().upper(), {}), (f"sha256={MAC.hexdigest()}", {"webhook_prefix": "sha256="}),
    (base64.b64encode(MAC.digest()).decode(), {"webhook_encoding": "base64"})])
def test_an_hmac_in_a_header(value, settings):
    assert authentic(connection(**HMAC, **settings), {"x-signature": value}, RAW, BOTH, NOW) == BODY_ID
    assert not is_authentic({"x-signature": value}, RAW + b" ", **HMAC, **settings)
    assert not any(is_authentic({"x-signature": flipped.decode("latin-1")}, **HMAC, **settings)
                   for flipped in flips(value.encode()))


def test_an_hmac_may_sign_a_timestamp():
    settings = HMAC | {"webhook_timestamp_header": "X-Time"}
    value = hmac.new(SECRET.encode(), f"{STAMP}.".encode() + RAW, hashlib.sha256).hexdigest()
    assert is_authentic({"x-signature": value, "x-time": STAMP}, **settings)
    assert not is_authentic({"x-signature": value, "x-time": STAMP}, now=NOW + 301, **settings)
    assert not is_authentic({"x-signature": value}, **settings)


@pytest.mark.parametrize(("value", "prefix", "good"), [
    (SECRET, "", True), (f"Bearer {SECRET}", "Bearer ", True), (SECRET, "Bearer ", False), (SECRET + "x", "", False),
    ("", "", False), ("é", "", False), (OLD_SECRET, "", False)])
def test_a_secret_in_a_header(value, prefix, good):
    settings = {"webhook_scheme": "shared-secret-header", "webhook_header": "X-Key", "webhook_prefix": prefix}
    assert is_authentic({"x-key": value}, **settings) is good
    assert not is_authentic({"x-key": value}, secrets={"current": "", "previous": ""}, **settings)


@pytest.mark.parametrize(("value", "good"), [
    ("Basic " + base64.b64encode(b"gg4l:pass word").decode(), True),
    ("basic " + base64.b64encode(b"gg4l:pass word").decode(), True),
    ("Basic " + base64.b64encode(b"gg4l:else").decode(), False), ("Basic gg4l:pass word", False), ("Basic é", False),
    ("Basic ", False), ("Bearer x", False), ("", False)])
def test_basic(value, good):
    secrets = {"current": "gg4l:pass word"}
    assert is_authentic({"authorization": value}, secrets=secrets, webhook_scheme="basic") is good


@pytest.mark.parametrize("secrets", [{}, {"current": ""}, {"current": "", "previous": ""}])
def test_basic_without_a_secret_opens_nothing(secrets):
    assert not is_authentic({"authorization": "Basic "}, secrets=secrets, webhook_scheme="basic")


def test_a_scheme_that_is_not_known_opens_nothing():
    assert not is_authentic(webhook_scheme="none")


@given(st.sampled_from(["standard", "hmac-header", "shared-secret-header", "basic", ""]),
       st.dictionaries(st.sampled_from([*VECTOR, "authorization", "x-signature", "x-time"]), st.text()),
       st.binary(max_size=50), st.text(), st.sampled_from(["hex", "base64"]), st.sampled_from(["utf8", "whsec-base64"]))
def test_nothing_but_unauthenticated_escapes(scheme, headers, raw, secret, encoding, form):
    secrets = {"current": secret.encode("utf-8", "ignore").decode() + "x", "previous": SECRET}
    assert not is_authentic(headers, raw, secrets, webhook_scheme=scheme, webhook_header="x-signature",
                            webhook_encoding=encoding, webhook_secret_encoding=form)


def test_a_secret_is_read_anew_after_five_minutes():
    read, time = [], [1000.0]
    remembered = Remembered(lambda name: read.append(name) or {"current": str(len(read))}, lambda: time[0])
    assert [remembered("a"), remembered("a"), remembered("b")] == [{"current": "1"}, {"current": "1"}, {"current": "2"}]
    time[0] += 300
    assert remembered("a") == {"current": "3"} and read == ["a", "b", "a"]


def test_a_secret_that_could_not_be_read_is_not_remembered():
    answers = iter([StoreError("busy"), {"current": "1"}])

    def read(name: str) -> dict[str, str]:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer
    remembered = Remembered(read, lambda: 0.0)
    with pytest.raises(StoreError):
        remembered("a")
    assert remembered("a") == {"current": "1"}
