"""Account cards and class lists: identity and credentials, section 6."""

import io
import re
import unicodedata

import pdfplumber
import pytest

from rostering.account_sheets.cards import write_cards, write_cards_and_lists
from rostering.account_sheets.class_lists import write_class_lists
from rostering.account_sheets.paper import Paper
from rostering.account_sheets.people import ClassPart, SheetPerson, SiteLook, by_last_name, way_in

SITE = SiteLook("Cedar Ridge Unified", "https://cedar.example.org/login")
PRINTED = {"site": SITE, "printed_by": "office@cedar.example.org", "printed_on": "2026-08-20 09:15"}

# A person's longest name in every script that the fonts have.
NAMES = ["María José García", "Nguyễn Thị Đặng", "Sinéad O'Hara-D’Angelo", "Łukasz Żak", "Ólafur Þórsson",
    "李小龙",
         "김민준", "さくら", "Нина Шевченко", "Ελένη", "Ngũgĩ"]


def person(first="Ana", last="Ruiz", number=0, **more) -> SheetPerson:
    return SheetPerson(last, first, **{"role": "Student", "username": f"ana.r38-{number}",
                                       "secret": "blue-fish-sun42", "grade": "01"} | more)


def part(*people: SheetPerson, title="Homeroom 3A", teacher="Ms. Lee", term="Fall 2026") -> ClassPart:
    return ClassPart(title, people, teacher, term)


def some(number: int) -> tuple[SheetPerson, ...]:
    return tuple(person(last=f"Ruiz{place:03}", number=place) for place in range(number))


def pdf_of(*parts: ClassPart, write=write_cards) -> bytes:
    file = io.BytesIO()
    write(file, iter(parts), **PRINTED)
    return file.getvalue()


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, a line to a line."""
    with pdfplumber.open(io.BytesIO(pdf)) as read:
        return [unicodedata.normalize("NFC", page.extract_text()) for page in read.pages]


def words_of(pdf: bytes) -> list[tuple[int, float, float, float, float, str]]:
    """Page, box (left, top, right, bottom in points) and text of each word."""
    with pdfplumber.open(io.BytesIO(pdf)) as read:
        return [(page.page_number, *(word[edge] for edge in ("x0", "top", "x1", "bottom", "text")))
                for page in read.pages for word in page.extract_words(x_tolerance_ratio=0.2)]


def page_count(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


@pytest.mark.parametrize(("people", "pages"), [(1, 1), (2, 1), (10, 1), (11, 2), (30, 3), (31, 4)])
def test_ten_cards_go_on_a_page(people, pages):
    pdf = pdf_of(part(*some(people)))
    assert page_count(pdf) == pages


def test_the_number_of_cards_is_told():
    assert write_cards(io.BytesIO(), [part(*some(12)), part(*some(3))], **PRINTED) == 15


def test_each_class_begins_on_a_new_page():
    assert page_count(pdf_of(part(*some(1)), part(*some(11)), part(), part(*some(2)))) == 4


def test_without_anybody_there_is_one_page_and_no_card():
    file = io.BytesIO()
    assert write_cards(file, [part(), part()], **PRINTED) == 0
    assert page_count(file.getvalue()) == 1
    assert write_cards(file, [], **PRINTED) == 0


def test_the_cover_line_tells_class_teacher_term_date_and_cards():
    first, second = pages_of(pdf_of(part(*some(11))))
    for page, number in ((first, 1), (second, 2)):
        for text in ("Homeroom 3A", "Ms. Lee", "Fall 2026", "printed on 2026-08-20 09:15", "11 cards",
                     f"page {number} of 2", "printed by office@cedar.example.org on 2026-08-20 09:15"):
            assert text in page
    assert "1 card\n" in re.sub(" +page.*", "", pages_of(pdf_of(part(person())))[0])


def test_a_card_tells_site_address_name_class_username_and_secret():
    page = pages_of(pdf_of(part(person(first="Sinéad", last="O'Hara"))))[0]
    for text in ("Cedar Ridge Unified", "https://cedar.example.org/login", "Sinéad O'Hara", "Homeroom 3A",
                 "ana.r38-0", "blue-fish-sun42", "Username", "Password"):
        assert text in page


@pytest.mark.parametrize(("way", "secret", "told"), [
    ("first_secret", "blue-fish-sun42", ("Password", "blue-fish-sun42")),
    ("code", "ABCDE-FGH23", ("Activation code", "ABCDE-FGH23")),
    ("first_secret", None, ("Use your own password", "")),
    ("code", None, ("Use your own password", "")),
    ("own", "blue-fish-sun42", ("Use your own password", "")),
    ("sso", "blue-fish-sun42", ("Log in with Google", "")),
    ("link", "blue-fish-sun42", ("Open the link in your email", "")),
    ("one_time", "ABCDE-FGH23-JKMNP-QRST4", ("One-time code", "ABCDE-FGH23-JKMNP-QRST4")),
    ("ended", "ABCDE-FGH23", ("Ask the school for a new code", "")),
])
def test_a_card_says_how_to_sign_in(way, secret, told):
    assert way_in(person(way_in=way, secret=secret), SITE) == told


def test_a_sentence_takes_the_place_of_a_secret_that_is_gone():
    page = pages_of(pdf_of(part(person(secret=None), person(way_in="sso", number=1),
                                person(role="Teacher", way_in="link", number=2))))[0]
    for sentence in ("Use your own password", "Log in with Google", "Open the link in your email"):
        assert sentence in page
    assert "blue-fish" not in page and "Password" not in page


def test_a_guardians_card_tells_the_code_and_whose_guardian():
    guardian = person(role="Guardian", way_in="code", secret="ABCDE-FGH23",
                      students=("Mateo Ruiz", "Lucía Ruiz"))
    page = pages_of(pdf_of(part(guardian)))[0]
    assert "ABCDE-FGH23" in page and "for Mateo Ruiz, Lucía Ruiz" in page and "Activation code" in page


def test_a_card_for_many_students_names_two_and_counts_the_rest():
    students = tuple(f"{'Maximiliana ' * 4}Ruiz{number}" for number in range(9))
    page = pages_of(pdf_of(part(person(students=students, role="Guardian"))))[0]
    assert "and 7 more" in page and "Ruiz1" in page and "Ruiz2" not in page


def test_no_card_tells_person_id_email_or_school_records():
    page = pages_of(pdf_of(part(person(person_id="004512", email="ana@x.org", last_load="load 7"))))[0]
    assert "004512" not in page and "ana@x.org" not in page and "load 7" not in page


def test_cards_go_by_last_name_whatever_order_people_come_in():
    people = [person(first=first, last=last) for first, last in
              (("Bo", "Zhang"), ("Ana", "de la Cruz"), ("Ana", "Álvarez"), ("Al", "álvarez"),
              ("Ed", "O'Brien"))]
    page = pages_of(pdf_of(part(*people)))[0]
    places = [page.index(name) for name in ("Al álvarez", "Ana de la Cruz", "Bo Zhang")]
    assert places == sorted(places)
    in_order = [one.last_name for one in by_last_name(people)]
    assert in_order == ["álvarez", "Álvarez", "de la Cruz", "O'Brien", "Zhang"]


@pytest.mark.parametrize("name", NAMES)
def test_names_print_in_every_script(name):
    first, _, last = name.partition(" ")
    page = pages_of(pdf_of(part(person(first=first, last=last))))[0]
    assert name in page and "\ufffd" not in page


@pytest.mark.parametrize("name", ["محمد بن عبد الله", "שרה כהן", "अनुष्का शर्मा", "สมชาย ใจดี", "محمد Smith"])
def test_joined_and_right_to_left_scripts_have_a_font(name):
    paper = Paper("x")
    paper.turn_page()
    assert "\ufffd" not in "".join(paper.fit(name, 150, 30, 12).lines)
    assert 0 < paper.width(name, 12) < paper.width("n" * 40, 12)
    paper.save(io.BytesIO())


def test_a_letter_without_a_font_is_shown_as_unknown_and_the_card_still_prints():
    page = pages_of(pdf_of(part(person(first="አበበ", last="Tadesse 😀"))))[0]
    assert "\ufffd" in page and "Tadesse" in page and "blue-fish-sun42" in page


CROWDED = [
    person(first="W" * 64, last="M" * 64, number=1), person(first="Ana " * 16, last="Ruiz-" * 13, number=2),
    person(first="李" * 64, last="龙" * 64, number=3), person(first="م" * 64, last="ن" * 64, number=4),
    person(username="w" * 32, secret="strength-strength-strength-strength", number=5),
    person(username="m" * 64 + "@" + "x" * 180 + ".example", number=6),
    person(students=tuple(f"{'Maximiliana' * 5} Ruiz{number}" for number in range(9)),
    role="Guardian", number=7),
    person(first="", last="", number=8), person(first="A", last="", number=9),
    person(first="e\u0301" * 64, last="x"),
]


@pytest.mark.parametrize("title", ["Homeroom 3A", "A class with a very long name " * 8, "X" * 200])
def test_nothing_runs_out_of_its_card_or_into_other_text(title):
    people = [one for crowded in CROWDED for one in (crowded, person(last="Zz"))]
    for page, left, top, right, bottom, word in words_of(pdf_of(part(*people, title=title))):
        assert page in (1, 2) and 18 <= top < bottom <= 774, word
        if top >= 36 and bottom <= 756:
            column, row = (left - 54) // 252, (top - 36) // 144
            assert 54 + column * 252 + 8 <= left and right <= 54 + (column + 1) * 252 - 8, word
            assert bottom <= 36 + (row + 1) * 144, word


@pytest.mark.parametrize("crowded", CROWDED, ids=lambda one: f"{len(one.name)} letters")
def test_no_letter_of_a_long_name_or_of_a_secret_is_cut_off(crowded):
    page = re.sub(r"\s", "", pages_of(pdf_of(part(crowded)))[0])
    assert re.sub(r"\s", "", crowded.secret) in page
    if crowded.name.isascii():
        told = "".join(word for *_, word in words_of(pdf_of(part(crowded))) if word != "Username")
        assert re.sub(r"\s", "", crowded.name) in told and crowded.username in told


@pytest.mark.parametrize("title", ["Homeroom 3A", "A class with a very long name " * 8])
def test_no_two_words_overlap(title):
    boxes = [(page, left, top + 0.22 * (bottom - top), right, bottom - 0.22 * (bottom - top), word)
             for page, left, top, right, bottom, word in words_of(pdf_of(part(*CROWDED, title=title)))]
    # A word's box has room for accents and descenders that a neighbor's box may use: its middle is its own.
    for at, (page, left, top, right, bottom, word) in enumerate(boxes):
        assert not [other for other in boxes[at + 1:] if other[0] == page and other[1] < right - 0.5
                    and left < other[3] - 0.5 and other[2] < bottom and top < other[4]], word


def test_the_secret_has_its_own_typeface_and_every_font_is_embedded():
    pdf = pdf_of(part(person(first="李")))
    with pdfplumber.open(io.BytesIO(pdf)) as read:
        fonts = {letter["fontname"]: letter["text"] for letter in read.pages[0].chars}
        secret = [letter["fontname"] for letter in read.pages[0].chars if letter["size"] > 12.9]
    assert len(fonts) == 3 and any("IBMPlexMono" in font for font in secret)
    assert len(re.findall(rb"/FontFile2 ", pdf)) == 3


def test_the_picture_of_the_address_is_stored_once():
    one, many = pdf_of(part(*some(1))), pdf_of(part(*some(30)))
    assert len(re.findall(rb"/Subtype /Image", one)) == len(re.findall(rb"/Subtype /Image", many))


def test_cards_and_lists_have_the_class_list_after_the_cards():
    pages = pages_of(pdf_of(part(*some(12)), part(*some(2), title="Homeroom 3B"),
    write=write_cards_and_lists))
    assert ["Last name" in page for page in pages] == [False, False, True, False, True]
    assert "12 people" in pages[2] and "Homeroom 3B" in pages[4]


@pytest.mark.parametrize(("people", "pages"), [(0, 1), (1, 1), (30, 1), (60, 1), (61, 2)])
def test_a_class_list_is_one_page_up_to_sixty_people(people, pages):
    file = io.BytesIO()
    assert write_class_lists(file, [part(*some(people))], **PRINTED) == pages == page_count(file.getvalue())


def test_a_class_list_tells_the_same_people_as_the_cards():
    people = [*some(3), person(first="李", last="小龙", secret=None), *CROWDED]
    page = pages_of(pdf_of(part(*people), write=write_class_lists))[0]
    for text in ("Homeroom 3A", "Ms. Lee", "Fall 2026", "14 people", "Ruiz002", "小龙",
                 "(Use your own password)", "blue-fish-sun42",
                 "printed by office@cedar.example.org on 2026-08-20 09:15"):
        assert text in page


@pytest.mark.parametrize("number", [10, 60])
def test_the_columns_of_a_class_list_do_not_run_into_each_other(number):
    people = (CROWDED * 6)[:number]
    edges = [45, 65, 167, 263, 297, 413, 567.5]
    for _, left, top, right, _, word in words_of(pdf_of(part(*people), write=write_class_lists)):
        if 102 < top < 740:
            column = max(edge for edge in edges if edge <= left + 0.5)
            assert right <= edges[edges.index(column) + 1] + 0.5, word
