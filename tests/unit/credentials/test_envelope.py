"""Envelopes: identity and credentials, section 5.3; threats, section 9."""

import pytest

from rostering.credentials.envelope import seal, unseal
from rostering.errors import SettingsError, StoreError

KEY = bytes(range(32))
WHERE = {"site": "demo", "account": "a-1", "version": 3}


def test_an_envelope_gives_back_its_secret():
    assert unseal(seal("blue-fish-sun42", KEY, **WHERE), KEY, **WHERE) == "blue-fish-sun42"


def test_an_envelope_does_not_show_its_secret_and_is_never_the_same_twice():
    envelopes = {seal("blue-fish-sun42", KEY, **WHERE) for _ in range(50)}
    assert len(envelopes) == 50 and not [one for one in envelopes if b"blue" in one]
    assert len({one[:12] for one in envelopes}) == 50


@pytest.mark.parametrize("other", [{"site": "other"}, {"account": "a-2"}, {"version": 4}])
def test_a_copied_envelope_does_not_open(other):
    envelope = seal("blue-fish-sun42", KEY, **WHERE)
    with pytest.raises(StoreError, match="does not open"):
        unseal(envelope, KEY, **{**WHERE, **other})


def test_site_and_account_do_not_run_into_each_other():
    envelope = seal("blue-fish-sun42", KEY, site="a|b", account="c", version=1)
    with pytest.raises(StoreError):
        unseal(envelope, KEY, site="a", account="b|c", version=1)


def test_another_key_does_not_open_it():
    with pytest.raises(StoreError):
        unseal(seal("blue-fish-sun42", KEY, **WHERE), bytes(32), **WHERE)


@pytest.mark.parametrize("at", [0, 11, 12, 20, -1])
def test_a_changed_envelope_does_not_open(at):
    envelope = bytearray(seal("blue-fish-sun42", KEY, **WHERE))
    envelope[at] ^= 1
    with pytest.raises(StoreError):
        unseal(bytes(envelope), KEY, **WHERE)


@pytest.mark.parametrize("envelope", [b"", b"short", bytes(12), bytes(27)])
def test_what_is_no_envelope_does_not_open(envelope):
    with pytest.raises(StoreError):
        unseal(envelope, KEY, **WHERE)


@pytest.mark.parametrize("key", [b"", bytes(16), bytes(33)])
def test_a_key_of_another_size_is_a_settings_error(key):
    with pytest.raises(SettingsError, match="32"):
        seal("blue-fish-sun42", key, **WHERE)


def test_the_error_does_not_name_the_secret():
    with pytest.raises(StoreError) as raised:
        unseal(seal("blue-fish-sun42", KEY, **WHERE), bytes(32), **WHERE)
    assert "fish" not in str(raised.value) and "a-1" in str(raised.value)
