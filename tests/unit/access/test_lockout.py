"""Waits after wrong tries, on a clock that is set."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from rostering.access import lockout
from rostering.access.lockout import CLOSED, failed, succeeded, unlocked, wait_seconds

HOME = {"network": "203.0.113.0/24", "device": ""}
LONGEST = 900


def after(wrong: int, *, now: float = 0, **who: str) -> dict:
    tries = None
    for _ in range(wrong):
        tries = failed(tries, now=now, **(HOME | who))
    return tries or {}


@pytest.mark.parametrize(
    ("wrong", "seconds"), [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (14, 512), (15, 900), (40, 900)]
)
def test_waits_grow_from_the_fifth_wrong_try(wrong: int, seconds: int) -> None:
    assert wait_seconds(after(wrong), now=0, longest=LONGEST, **HOME) == seconds


def test_a_wait_passes() -> None:
    tries = after(7, now=100)
    assert wait_seconds(tries, now=103.5, longest=LONGEST, **HOME) == 0.5
    assert wait_seconds(tries, now=104, longest=LONGEST, **HOME) == 0


def test_children_wait_less() -> None:
    assert wait_seconds(after(30), now=0, longest=300, **HOME) == 300


def test_another_network_has_a_counter_of_its_own_until_thirty_wrong_tries() -> None:
    elsewhere = {"network": "198.51.100.0/24", "device": ""}
    assert wait_seconds(after(29), now=0, longest=LONGEST, **elsewhere) == 0
    assert wait_seconds(after(31), now=0, longest=LONGEST, **elsewhere) == 2


def test_a_hundred_wrong_tries_close_it_until_somebody_unlocks() -> None:
    tries = after(100)
    assert wait_seconds(tries, now=10**9, longest=LONGEST, **HOME) == CLOSED
    assert wait_seconds(unlocked(tries), now=0, longest=LONGEST, **HOME) == 0


def test_a_known_device_gets_in_although_strangers_closed_it() -> None:
    tries = succeeded(None, network="n", device="mine", now=0)
    for number in range(10_000):
        tries = failed(tries, network=f"net {number % 500}", device="", now=number)
    assert wait_seconds(tries, network="n", device="", now=10_000, longest=LONGEST) == CLOSED
    assert wait_seconds(tries, network="n", device="mine", now=10_000, longest=LONGEST) == 0


def test_a_known_device_waits_a_minute_at_most() -> None:
    tries = succeeded(None, network="n", device="mine", now=0)
    for _ in range(200):
        tries = failed(tries, network="n", device="mine", now=50)
    assert wait_seconds(tries, network="n", device="mine", now=50, longest=LONGEST) == 60


def test_a_made_up_device_changes_nothing() -> None:
    assert (
        wait_seconds(
            after(8, device="made up"), network=HOME["network"], device="made up", now=0, longest=LONGEST
        )
        == 8
    )


def test_signing_in_on_a_known_device_keeps_what_strangers_did() -> None:
    tries = succeeded(None, network="n", device="mine", now=0)
    for _ in range(100):
        tries = failed(tries, network="x", device="", now=1)
    tries = succeeded(tries, network="n", device="mine", now=2)
    assert wait_seconds(tries, network="x", device="", now=3, longest=LONGEST) == CLOSED


def test_a_right_try_elsewhere_clears_the_counters() -> None:
    tries = succeeded(after(29), network=HOME["network"], device="new", now=1)
    assert wait_seconds(tries, now=1, longest=LONGEST, **HOME) == 0
    assert tries["all"] == [0, 0]


def test_the_map_stays_small() -> None:
    tries = None
    for number in range(1_000):
        tries = failed(tries, network=f"net {number}", device="", now=number)
        tries = succeeded(tries, network="n", device=f"device {number}", now=number)
    assert len(tries["devices"]) <= lockout.MOST_DEVICES
    for number in range(1_000):
        tries = failed(tries, network=f"net {number}", device="", now=number)
    assert len(tries["networks"]) <= lockout.MOST_NETWORKS


def test_a_hundred_thousand_guesses_in_thirty_days_come_to_three_thousand_at_most() -> None:
    guesses, tried, tries, days = 100_000, 0, None, set()
    for number in range(guesses):
        now = number * 30 * 86_400 / guesses
        if now // 86_400 not in days:  # the owner signs in once a day, from a new device
            days.add(now // 86_400)
            tries = succeeded(tries, network="home", device=f"day {number}", now=now)
        where = {"network": f"net {number % 200}", "device": ""}
        if not wait_seconds(tries, now=now, longest=LONGEST, **where):
            tries = failed(tries, now=now, **where)
            tried += 1
    assert len(days) == 30
    assert tried <= 3_000


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("", "unknown"),
        ("<script>", "unknown"),
    ],
)
def test_addresses_are_counted_by_network(address: str, counted: str) -> None:
    assert lockout.network(address) == counted


class Doors(RuleBasedStateMachine):
    """Guessers and an owner; the owner's device is never kept out for more than a minute."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.tries = succeeded(None, network="home", device="mine", now=0)

    @rule(seconds=st.floats(0, 2_000))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(net=st.integers(0, 100), times=st.integers(1, 40))
    def guess(self, net: int, times: int) -> None:
        for _ in range(times):
            where = {"network": f"net {net}", "device": ""}
            if not wait_seconds(self.tries, now=self.now, longest=LONGEST, **where):
                self.tries = failed(self.tries, now=self.now, **where)

    @rule()
    def the_owner_mistypes(self) -> None:
        if not wait_seconds(self.tries, network="home", device="mine", now=self.now, longest=LONGEST):
            self.tries = failed(self.tries, network="home", device="mine", now=self.now)

    @rule()
    def somebody_unlocks(self) -> None:
        self.tries = unlocked(self.tries)

    @invariant()
    def the_owner_waits_a_minute_at_most(self) -> None:
        assert wait_seconds(self.tries, network="home", device="mine", now=self.now, longest=LONGEST) <= 60


TestDoors = Doors.TestCase
TestDoors.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
