"""Usernames: identity and credentials, section 4."""

import random
import string
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rostering.credentials.usernames import NewPerson, assign, candidates, fold, graduation_year, is_valid
from rostering.errors import SettingsError

YEAR = 2027


def person(key="k", first="Ana", last="Ruiz", *, role="Student", grade="01", person_id="",
           **more) -> NewPerson:
    return NewPerson(key, role, person_id, first, last, grade, **more)


def first_of(of: NewPerson, number: int = 2) -> list[str]:
    return list(islice(candidates(of, school_year_end=YEAR), number))


class Claims:
    """The names that are claimed, and how often and about how many names somebody asked."""

    def __init__(self, *names: str) -> None:
        self.names = set(names)
        self.asked: list[int] = []

    def __call__(self, names: set[str]) -> set[str]:
        self.asked.append(len(names))
        return names & self.names


@pytest.mark.parametrize(("first", "last", "person_id", "expected"), [
    ("José", "García", "1", ["jose.g38", "jose.ga38", "jose.gar38"]),
    ("Ana", "O'Hara-Ruiz", "1", ["ana.o38", "ana.oh38"]),
    ("Nguyễn", "Đặng", "1", ["nguyen.d38", "nguyen.da38"]),
    ("Mary Anne", "St. John", "1", ["maryanne.s38", "maryanne.st38"]),
    ("Łukasz", "Żak", "1", ["lukasz.z38", "lukasz.za38"]),
    ("Ali", "", "1", ["ali38", "ali38-2"]),
    ("李", "小龙", "004512", ["s004512", "s004512-2"]),
    ("Maria", "Garcia", "1", ["maria.g38", "maria.ga38", "maria.gar38"]),
    ("", "Khan", "1", ["k38", "kh38"]),
    ("Christopher-James", "Li", "1", ["christophe.l38", "christophe.li38", "christophe.li38-2"]),
    ("王", "Smith", "1", ["s38", "sm38"]),
    ("محمد", "", "D-10-00045128", ["s00045128"]),
    ("李", "", "7", ["s07", "s07-2"]),
    ("李", "", "", ["s00", "s00-2"]),
    ("Elias", "Smith", "1", ["elias.s38", "elias.sm38"]),
])
def test_a_students_names_are_tried_in_this_order(first, last, person_id, expected):
    assert first_of(person(first=first, last=last, person_id=person_id), len(expected)) == expected


@pytest.mark.parametrize(("role", "first", "last", "email", "expected"), [
    ("Teacher", "Ana", "Fernández de la Vega y Montenegro", "",
     ["afernandezdelavegaymo", "afernandezdelavegaymo-2"]),
    ("Staff", "Bo", "Li", "bli@district.org", ["bli", "bli-2", "bli-3"]),
    ("Teacher", "Madonna", "", "", ["madonna", "madonna-2"]),
    ("Guardian", "Ana", "Ruiz", "Ana.Ruiz+School@Example.org",
     ["ana.ruiz+school@example.org", "aruiz", "aruiz-2"]),
    ("Guardian", "Ana", "Ruiz", "", ["aruiz", "aruiz-2"]),
    ("Guardian", "Ana", "Ruiz", "not an email", ["aruiz", "aruiz-2"]),
    ("Guardian", "Ana", "Wolfeschlegelsteinhausen", "", ["awolfeschlegelstein", "awolfeschlegelstein-2"]),
])
def test_adults_names_are_tried_in_this_order(role, first, last, email, expected):
    of = person(role=role, first=first, last=last, email=email, grade="")
    assert first_of(of, len(expected)) == expected


@pytest.mark.parametrize(("grade", "year"), [
    ("01", 2038), ("KG", 2039), ("IT", 2040), ("PR", 2040), ("PK", 2040), ("TK", 2040), ("12", 2027),
    ("05", 2034),
    ("13", 2027), ("PS", 2027), ("UG", 2027), ("", None), ("99", None), ("XX", None),
])
def test_the_graduation_year_follows_from_the_grade(grade, year):
    assert graduation_year(grade, YEAR) == year


def test_a_student_without_a_known_grade_gets_a_name_without_a_year():
    assert first_of(person(grade="")) == ["ana.r", "ana.ru"]


@pytest.mark.parametrize(("text", "folded"), [
    ("Weiß", "weiss"), ("SØREN", "soren"), ("Ægir", "aegir"), ("Œuvre", "oeuvre"), ("Łódź", "lodz"),
    ("Đặng", "dang"),
    ("Guðrún", "gudrun"), ("Þór", "thor"), ("Işık", "isik"), ("İpek", "ipek"), ("Ǿrsted", "orsted"),
    ("Ａｎａ", "ana"),
    ("D'Angelo", "dangelo"), ("de la Cruz", "delacruz"), ("李", ""), ("عمر", ""), ("Zoë 2nd", "zoe2nd"),
])
def test_names_fold_to_plain_letters(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(("role", "first", "last", "never"), [
    ("Teacher", "Frank", "Uck", "fuck"), ("Teacher", "Sam", "Hitman", "shit"),
    ("Student", "Fuc", "Kim", "fuc.k"),
    ("Student", "Maria", "Cumming", "maria.cum3"), ("Student", "John", "Dickinson", "john.dick3"),
    ("Teacher", "Ada", "Dmin", "admin"), ("Staff", "Rita", "Oot", "root"), ("Student", "Root", "", "root"),
    ("Teacher", "Steve", "Ex", "sex"),
])
def test_a_join_on_the_block_list_is_skipped(role, first, last, never):
    names = first_of(person(role=role, first=first, last=last), 30)
    assert not [name for name in names if name.startswith(never)]


@pytest.mark.parametrize(("role", "first", "last", "expected"), [
    ("Teacher", "John", "Dickinson", "jdickinson"), ("Teacher", "Al", "Hancock", "ahancock"),
    ("Teacher", "Lucas", "Draper", "ldraper"), ("Student", "Cassandra", "Hell", "cassandra.h38"),
    ("Student", "Dick", "Smith", "dick.s38"), ("Student", "Thomas", "Sato", "thomas.s38"),
])
def test_a_run_inside_ones_own_name_is_ones_own(role, first, last, expected):
    assert first_of(person(role=role, first=first, last=last))[0] == expected


@pytest.mark.parametrize(("username", "email", "valid"), [
    ("maria.g38", "", True), ("MARIA_G-38", "", True), ("abc", "", True), ("ab", "", False),
    ("a" * 32, "", True),
    ("a" * 33, "", False), ("mária", "", False), ("maria g", "", False), ("ana@x.org", "Ana@X.org", True),
    ("ana@x.org", "bob@x.org", False), ("ana@x.org", "", False), ("admin", "", False), ("Root", "", False),
    ("help-desk", "", False), ("test1", "", False), ("fuck", "", False), ("f.u.c.k", "", False),
    ("jdickinson", "", True),
    ("testa.r", "", True), ("", "", False), ("a#b", "", False), ("abc\n", "", False),
    ("a" * 250 + "@x.org", "", False),
])
def test_a_given_username_is_judged_by_form_and_block_list(username, email, valid):
    assert is_valid(username, email) is valid


def test_a_site_may_choose_other_templates():
    templates = {"Student": "{last:8}_{first:3+}", "Teacher": "{first}.{last}"}
    names = candidates(person(first="Maria", last="Garcia"), school_year_end=YEAR, templates=templates)
    assert list(islice(names, 4)) == ["garcia_mar", "garcia_mari", "garcia_maria", "garcia_maria-2"]
    teacher = person(role="Teacher", first="Maria", last="Garcia")
    assert next(candidates(teacher, school_year_end=YEAR, templates=templates)) == "maria.garcia"


@pytest.mark.parametrize("template", [
    "", "{year}", "{birth}", "{first", "{first:x}", "{first:0}", "{first} {last}", "{first}{first}",
    "{first:1+}{last:1+}", "{first}!", "{first}X{last}", "{0}",
])
def test_a_template_that_is_none_is_a_settings_error(template):
    with pytest.raises(SettingsError, match="username template"):
        next(candidates(person(), school_year_end=YEAR, templates={"Student": template}))


def test_names_grow_to_28_characters_and_then_get_numbers():
    names = first_of(person(first="Bartholomew", last="Featherstonehaughworthington"), 20)
    assert max(len(name) for name in names if "-" not in name) == 28
    assert names[-5:] == [f"bartholome.featherstonehau38-{number}" for number in range(2, 7)]


def test_no_candidate_is_longer_than_a_username_may_be():
    templates = {"Student": "{first}{last}"}
    of = person(first="B" * 40, last="F" * 40)
    names = list(islice(candidates(of, school_year_end=YEAR, templates=templates), 1200))
    assert all(len(name) <= 32 for name in names) and len(set(names)) == len(names)


def test_clashes_are_solved_in_order_of_student_id():
    people = [person("c", "Maria", "Garcia", person_id="300"),
    person("a", "Maria", "Garcia", person_id="100"),
              person("b", "María", "Gómez", person_id="200"), person("d", "Maria", "Garcia", person_id="400")]
    assert assign(people, Claims("maria.gar38"), school_year_end=YEAR) == {
        "a": "maria.g38", "b": "maria.go38", "c": "maria.ga38", "d": "maria.garc38"}


def test_a_given_username_goes_before_a_made_one():
    people = [person("a", "Ana", "Ruiz", person_id="1"),
    person("b", "Bo", "Li", person_id="2", username="Ana.R38")]
    assert assign(people, Claims(), school_year_end=YEAR) == {"a": "ana.ru38", "b": "ana.r38"}


@pytest.mark.parametrize("username", ["taken", "no", "admin", "bo@elsewhere.org"])
def test_a_given_username_that_is_taken_or_not_valid_gives_way_to_a_made_one(username):
    people = [person("b", "Bo", "Li", username=username)]
    assert assign(people, Claims("taken"), school_year_end=YEAR) == {"b": "bo.l38"}


def test_of_two_who_ask_for_one_username_the_lower_id_gets_it():
    people = [person("b", "Bo", "Li", person_id="2", username="same"),
              person("a", "Ana", "Ruiz", person_id="1", username="SAME")]
    assert assign(people, Claims(), school_year_end=YEAR) == {"a": "same", "b": "bo.l38"}


def test_of_two_guardians_with_one_email_the_first_gets_it_as_username():
    people = [person(key, first, "Ruiz", role="Guardian", grade="", email="home@x.org")
              for key, first in (("1", "Ana"), ("2", "Bo"))]
    assert assign(people, Claims(), school_year_end=YEAR) == {"1": "home@x.org", "2": "bruiz"}


def test_a_long_row_of_taken_names_needs_few_questions():
    claims = Claims("li.x38", "li.xu38", *(f"li.xu38-{number}" for number in range(2, 3000)))
    assert assign([person("a", "Li", "Xu")], claims, school_year_end=YEAR) == {"a": "li.xu38-3000"}
    assert len(claims.asked) <= 14


@pytest.mark.timeout(60)
def test_a_hundred_thousand_people_of_few_names_need_few_questions():
    pick = random.Random(7)
    names = [name + end for name in ("maria", "jose", "ana", "liam") for end in string.ascii_lowercase[:15]]
    people = [person(number, pick.choice(names), pick.choice(names[:40]), grade=pick.choice(("01", "02")))
              for number in range(100_000)]
    claims = Claims()
    before = assign(people, claims, school_year_end=YEAR)
    assert len(set(before.values())) == 100_000 and len(claims.asked) == 1
    claims = Claims(*before.values())
    after = assign(people, claims, school_year_end=YEAR)
    assert not set(after.values()) & set(before.values()) and len(claims.asked) <= 10


_names = st.sampled_from(["Ana", "Aña", "Bo", "Maria", "李", "", "Frank", "Uck", "Garcia", "G", "Admin"])
_people = st.lists(st.tuples(st.sampled_from(["Student", "Teacher", "Staff", "Guardian"]), _names, _names,
                             st.sampled_from(["01", "12", "KG", ""]),
                             st.sampled_from(["", "one@x.org", "two@x.org"]),
                             st.sampled_from(["", "", "one@x.org", "ana.g38", "agarcia", "no"])), max_size=25)


_taken = st.sets(st.sampled_from(["ana.g38", "ana.ga38", "agarcia", "agarcia-2", "one@x.org", "s00", "bo38"]))


@settings(deadline=None)
@given(_people, _taken, st.randoms())
def test_names_are_those_that_one_claim_after_the_other_would_give(rows, taken, shuffle):
    people = [NewPerson(number, role, f"{number:03}", first, last, grade, email, username)
              for number, (role, first, last, grade, email, username) in enumerate(rows)]
    used, expected = set(taken), {}
    for of in people:
        name = of.username.lower()
        if name and is_valid(name, of.email) and name not in used:
            used.add(name)
            expected[of.key] = name
    for of in people:
        if of.key not in expected:
            expected[of.key] = next(n for n in candidates(of, school_year_end=YEAR) if n not in used)
            used.add(expected[of.key])
    shuffle.shuffle(people)
    assert assign(people, Claims(*taken), school_year_end=YEAR) == expected
    assert all(is_valid(name, name) for name in expected.values())
