"""Chosen passwords: the hash, and which are refused."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from rostering.access.passwords import hash_password, is_outdated, reason_against, verify


def test_a_password_opens_its_own_hash_only() -> None:
    stored = hash_password("four green little tents")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert verify(stored, "four green little tents")
    assert not verify(stored, "four green little tent")


def test_the_two_ways_to_write_an_accent_are_one_password() -> None:
    assert verify(hash_password("caf\u00e9 au lait matin"), "cafe\u0301 au lait matin")


def test_no_hash_is_never_right() -> None:
    assert not verify(None, "")
    assert not verify(None, "anything")


def test_a_broken_hash_is_not_right() -> None:
    assert not verify("$argon2id$nonsense", "anything")


def test_what_is_too_long_is_not_hashed() -> None:
    assert not verify(hash_password("x" * 128), "x" * 129)


def test_a_hash_with_other_parameters_is_outdated() -> None:
    assert is_outdated(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("x"))
    assert not is_outdated(hash_password("x"))


@pytest.mark.parametrize(
    ("password", "least", "says"),
    [
        ("short one", 12, "at least 12 characters"),
        ("a" * 129, 12, "at most 128"),
        ("aaaaaaaaaaaaaaaa", 12, "repeats"),
        ("abababababababab", 12, "repeats"),
        ("abcdefghijkl", 12, "repeats"),
        ("123456789012", 12, "repeats"),
        ("qwertyuiopas", 12, "repeats"),
        ("Password123456!", 12, "many people use"),
        ("MyPassw0rd2027!", 12, "many people use"),
        ("minecraft20272027", 12, "many people use"),
        ("Lakeview Schools", 12, "your own name or your school's"),
        ("garcia-maria-2027", 15, "your own name or your school's"),
    ],
)
def test_weak_passwords_are_refused_with_a_reason(password: str, least: int, says: str) -> None:
    reason = reason_against(
        password, least=least, about=("Lakeview Schools", "garcia.maria", "Maria", "García")
    )
    assert reason is not None and says in reason


@pytest.mark.parametrize(
    "password",
    [
        "four green little tents",
        "Tr0ub4dor&3 rides again",
        "Füchse laufen schnell",
        "我们的学校在山上有很多树",
        "maria walks past nine gray barns",
        "a school of forty tiny fish",
    ],
)
def test_good_passwords_are_taken(password: str) -> None:
    assert reason_against(password, least=12, about=("maria", "Lakeview")) is None
