"""The roll of new people gives the names that one claim after the other would give, however many there are."""

from __future__ import annotations

import random
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rostering.credentials import roll
from rostering.credentials.usernames import NewPerson, candidates, is_valid, order

YEAR = 2027
_words = st.sampled_from(["Ana", "Aña", "Bo", "Maria", "李", "", "Frank", "Uck", "Garcia", "G", "Admin"])
_ids = st.sampled_from(["7", "a7", "A7", "b", "10", "9", "é", "\U0001f600", "\uffee", ""])
_rows = st.lists(st.tuples(st.sampled_from(["Student", "Teacher", "Staff", "Guardian"]), _ids, _words, _words,
                           st.sampled_from(["01", "12", "KG", ""]), st.sampled_from(["", "one@x.org", "Two@x.org"]),
                           st.sampled_from(["", "", "One@x.org", "ana.g38", "AGarcia", "no"])), max_size=30)
_held = st.dictionaries(st.sampled_from(["ana.g38", "ana.ga38", "agarcia", "agarcia-2", "one@x.org", "s00", "bo38"]),
                        st.sampled_from(["account 0", "account 1", "somebody"]))


def one_after_the_other(people: list[NewPerson], used: set[str]) -> dict:
    """The rule itself, as slow as it is."""
    used, names = set(used), {}
    people = sorted(people, key=order)
    for of in people:
        name = of.username.lower()
        if name and name not in used and is_valid(name, of.email):
            used.add(name)
            names[of.key] = name
    for of in people:
        if of.key not in names:
            names[of.key] = next(n for n in candidates(of, school_year_end=YEAR) if n not in used)
            used.add(names[of.key])
    return names


def named(people: list[NewPerson], held: dict[str, str]) -> list[tuple[NewPerson, str]]:
    with roll.Roll() as all_:
        for of in people:
            all_.add(of)
        return list(all_.assign(lambda names: {name: held[name] for name in names & held.keys()},
                                school_year_end=YEAR))


@pytest.mark.parametrize("block", [1, 2, 3, 100])
def test_names_are_those_of_one_claim_after_the_other_whatever_the_block(block, monkeypatch):
    monkeypatch.setattr(roll, "BLOCK", block)

    @settings(deadline=None, max_examples=60)
    @given(_rows, _held)
    def holds(rows, held):
        people = [NewPerson((number % 3, f"student/{number}", "0012"), role, id_, first, last, grade, email, username,
                            f"account {number}") for number, (role, id_, first, last, grade, email, username)
                  in enumerate(rows)]
        ours = {of.account for of in people}
        expected = one_after_the_other(people, {name for name, account in held.items() if account not in ours})
        assert named(people, held) == [
            (of, expected[of.key]) for of in sorted(people, key=lambda of: of.key[0])]
    holds()


def crowd(size: int) -> list[NewPerson]:
    pick = random.Random(7)
    names = [name + end for name in ("maria", "jose", "ana", "liam") for end in "abcdefgh"]
    return [NewPerson((number // 100, f"guardian/{number}", ""), "Guardian", str(number), pick.choice(names),
                      pick.choice(names)) for number in range(size)]


def test_each_name_is_asked_about_once_while_nobody_has_one(monkeypatch):
    monkeypatch.setattr(roll, "BLOCK", 500)
    asked: list[int] = []

    def holders(names: set[str]) -> dict[str, str]:
        asked.append(len(names))
        return {}
    with roll.Roll() as all_:
        for of in crowd(3_000):
            all_.add(of)
        assert len(dict(all_.assign(holders, school_year_end=YEAR))) == 3_000
    assert len(asked) == 6 and sum(asked) == 3_000


def test_a_long_row_of_taken_names_needs_few_questions_in_every_block(monkeypatch):
    monkeypatch.setattr(roll, "BLOCK", 500)
    held = {"lxu": "somebody"} | {f"lxu-{number}": "somebody" for number in range(2, 3000)}
    asked: list[int] = []

    def holders(names: set[str]) -> dict[str, str]:
        asked.append(len(names))
        return {name: held[name] for name in names & held.keys()}
    people = [NewPerson((0, f"guardian/{n:04}", ""), "Guardian", f"{n:04}", "Li", "Xu") for n in range(1_200)]
    with roll.Roll() as all_:
        for of in people:
            all_.add(of)
        assert [name for _, name in all_.assign(holders, school_year_end=YEAR)] == [
            f"lxu-{number}" for number in range(3000, 4200)]
    assert len(asked) <= 12


def test_four_times_the_people_need_no_more_memory(monkeypatch):
    monkeypatch.setattr(roll, "BLOCK", 1_000)
    monkeypatch.setattr(roll, "_CACHE_KB", 500)

    def most(size: int) -> int:
        people = crowd(size)
        tracemalloc.start()
        with roll.Roll() as all_:
            for of in people:
                all_.add(of)
            assert sum(1 for _ in all_.assign(lambda names: {}, school_year_end=YEAR)) == size
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak
    assert most(12_000) < 1.3 * most(3_000)
