"""First secrets: identity and credentials, sections 5.1 and 5.3."""

import random
import re
from itertools import pairwise

import pytest

from rostering.credentials import rude, words
from rostering.credentials.first_secrets import (
    CROCKFORD,
    EMPLOYEE,
    GUARDIAN,
    INTERMEDIATE,
    PRIMARY,
    SECONDARY,
    band_of,
    draw,
    mac_of,
    matches,
    normalized,
)

PEPPER = bytes(range(32))
LISTS = [("child", words.CHILD, 256), ("pupil", words.PUPIL, 1024), ("student", words.STUDENT, 2048)]
each_list = pytest.mark.parametrize(("name", "listed", "size"), LISTS, ids=[name for name, _, _ in LISTS])


@pytest.mark.parametrize(("role", "grade", "band"), [
    *(("Student", grade, PRIMARY) for grade in ("IT", "PR", "PK", "TK", "KG", "01", "02")),
    *(("Student", grade, INTERMEDIATE) for grade in ("03", "04", "05")),
    *(("Student", grade, SECONDARY) for grade in ("06", "09", "12", "13", "PS", "UG", "")),
    ("Guardian", "", GUARDIAN), ("Teacher", "", EMPLOYEE), ("Staff", "", EMPLOYEE),
])
def test_role_and_grade_give_the_band(role, grade, band):
    assert band_of(role, grade) is band


@pytest.mark.parametrize(("band", "bits"), [(PRIMARY, 30.6), (INTERMEDIATE, 40), (SECONDARY, 44),
(GUARDIAN, 50)])
def test_a_band_has_the_bits_of_the_table(band, bits):
    assert band.bits == pytest.approx(bits, abs=0.05)


@pytest.mark.parametrize(("band", "form"), [
    (PRIMARY, r"[a-z]+-[a-z]+-[a-z]+[0-9]{2}"), (INTERMEDIATE, r"[a-z]+(-[a-z]+){3}"),
    (SECONDARY, r"[a-z]+(-[a-z]+){3}"), (GUARDIAN, f"[{CROCKFORD}]{{5}}-[{CROCKFORD}]{{5}}"),
])
def test_a_drawn_secret_has_its_bands_form(band, form):
    assert all(re.fullmatch(form, draw(band, random.Random(seed))) for seed in range(200))


def test_employees_get_no_secret():
    assert draw(EMPLOYEE) is None


@pytest.mark.parametrize("band", [PRIMARY, INTERMEDIATE, SECONDARY, GUARDIAN])
def test_secrets_are_random_unless_the_generator_is_given(band):
    assert len({draw(band) for _ in range(500)}) == 500
    assert draw(band, random.Random(1)) == draw(band, random.Random(1))


def test_every_word_and_every_digit_is_drawn():
    drawn = [draw(PRIMARY, random.Random(seed)) for seed in range(5000)]
    assert {word for text in drawn for word in re.findall("[a-z]+", text)} == set(words.CHILD)
    assert {text[-2:] for text in drawn} == {f"{number:02}" for number in range(100)}


@each_list
def test_a_list_holds_so_many_different_easy_words(name, listed, size):
    assert len(set(listed)) == len(listed) == size
    assert all(re.fullmatch("[a-z]{3,8}", word) for word in listed)


@each_list
def test_no_word_begins_with_another_even_when_letters_are_taken_for_digits(name, listed, size):
    folded = sorted(normalized(word) for word in listed)
    assert not [(one, two) for one, two in pairwise(folded) if two.startswith(one)]


@each_list
def test_no_word_and_no_two_words_side_by_side_are_rude(name, listed, size):
    assert not [word for word in listed if word in rude.SYLLABLES or rude.runs_in(word)]
    joins = [(run[:at], run[at:]) for run in rude.RUNS for at in range(1, len(run))]
    assert not [run for run in joins if any(word.endswith(run[0]) for word in listed)
                and any(word.startswith(run[1]) for word in listed)]


@pytest.mark.parametrize("typed", ["blue-fish-sun42", "Blue-Fish-Sun42", "BLUE FISH SUN 42", "bluefishsun42",
    " blue–fish–sun42 ",
                                   "b1ue-f1sh-sun42", "bIue-fish-sun42", "ｂｌｕｅ-fish-sun42"])
def test_what_is_typed_off_a_card_matches(typed):
    mac = mac_of("blue-fish-sun42", PEPPER, "account")
    assert matches(typed, mac, PEPPER, "account")


@pytest.mark.parametrize("typed", ["ABCD0-1GH23", "abcd0-1gh23", "abcd01gh23", "ABCDO-IGH23", "abcdo lgh23"])
def test_an_activation_code_is_read_as_crockford_says(typed):
    assert matches(typed, mac_of("ABCD0-1GH23", PEPPER, "account"), PEPPER, "account")


@pytest.mark.parametrize("typed", ["", "-", "blue-fish-sun43", "blue-fish-sun4", "blue-fish-sun422",
    "fish-blue-sun42", "x" * 10_000])
def test_anything_else_does_not_match(typed):
    assert not matches(typed, mac_of("blue-fish-sun42", PEPPER, "account"), PEPPER, "account")


def test_nothing_typed_never_matches_not_even_a_mac_of_nothing():
    assert not matches("", mac_of("", PEPPER, "account"), PEPPER, "account")


def test_a_mac_is_bound_to_the_account_and_the_pepper():
    mac = mac_of("blue-fish-sun42", PEPPER, "account")
    assert re.fullmatch("[0-9a-f]{64}", mac)
    assert not matches("blue-fish-sun42", mac, PEPPER, "other")
    assert not matches("blue-fish-sun42", mac, bytes(32), "account")
    assert mac_of("c", PEPPER, "a|b") != mac_of("bc", PEPPER, "a|") != mac_of("b|c", PEPPER, "a")
