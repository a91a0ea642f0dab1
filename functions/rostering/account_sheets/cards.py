"""Account cards: a PDF of US Letter pages, 2 × 5 cards of 3.5 × 2 in, cut apart and handed out.

The grid is that of business card stock (0.75 in at the sides, 0.5 in above and below), so it prints on
such sheets too; on plain paper the hairlines are the cut. Each class begins on a new page and has its
cover line above the cards: class, teacher, term, date, number of cards. Identity and credentials,
section 6.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import BinaryIO

import segno

from rostering.account_sheets import class_lists
from rostering.account_sheets.paper import GRAY, HEIGHT, LIGHT, WIDTH, Fitted, Paper
from rostering.account_sheets.people import ClassPart, SheetPerson, SiteLook, by_last_name, way_in

CARD_WIDTH, CARD_HEIGHT = 252.0, 144.0
COLUMNS, ROWS = 2, 5
PER_PAGE = COLUMNS * ROWS
LEFT = (WIDTH - COLUMNS * CARD_WIDTH) / 2
TOP = (HEIGHT - ROWS * CARD_HEIGHT) / 2

_EDGE = 12.0
_QR = 56.0
_INNER = CARD_WIDTH - 2 * _EDGE
_BESIDE_QR = _INNER - _QR - 6
_LABEL = 48.0
_SMALLEST = 4.5
_VALUE = _INNER - _LABEL


def write_cards(file: BinaryIO, parts: Iterable[ClassPart], *, site: SiteLook, printed_by: str,
                printed_on: str) -> int:
    """Write one card for each person of each part, by last name; gives the number of cards.

    A part without people is left out; without any card the PDF is one page that says so.
    """
    return _write(file, parts, site, printed_by, printed_on, after_part=lambda paper, part: None)


def write_cards_and_lists(file: BinaryIO, parts: Iterable[ClassPart], *, site: SiteLook, printed_by: str,
                          printed_on: str) -> int:
    """As `write_cards`, with each part's class list after its cards."""
    def class_list(paper: Paper, part: ClassPart) -> None:
        class_lists.draw(paper, part, site=site, printed_by=printed_by, printed_on=printed_on)

    return _write(file, parts, site, printed_by, printed_on, after_part=class_list)


def _write(file: BinaryIO, parts: Iterable[ClassPart], site: SiteLook, printed_by: str, printed_on: str,
           after_part) -> int:
    paper = Paper(f"Account cards: {site.name}")
    qr = _qr(site.address)
    cards = 0
    for part in parts:
        people = by_last_name(part.people)
        pages = -(-len(people) // PER_PAGE)
        for page in range(pages):
            paper.turn_page()
            on_page = people[page * PER_PAGE:(page + 1) * PER_PAGE]
            _frame(paper, _cover_line(part, len(people), printed_on), f"page {page + 1} of {pages}",
                   f"printed by {printed_by} on {printed_on}", rows=-(-len(on_page) // COLUMNS))
            for place, person in enumerate(on_page):
                _card(paper, LEFT + place % COLUMNS * CARD_WIDTH, TOP + place // COLUMNS * CARD_HEIGHT,
                      person, part, site, qr)
        if people:
            after_part(paper, part)
        cards += len(people)
    if not paper.pages:
        paper.turn_page()
        paper.text(LEFT, TOP + 24, "There are no cards to print: nobody is in the classes chosen.", 12)
        paper.text(LEFT, TOP + 42, f"printed by {printed_by} on {printed_on}", 7, gray=GRAY)
    paper.save(file)
    return cards


def _cover_line(part: ClassPart, cards: int, printed_on: str) -> str:
    said = (part.heading or part.title, part.teacher, part.term, f"printed on {printed_on}",
            "1 card" if cards == 1 else f"{cards} cards")
    return "  ·  ".join(text for text in said if text)


def _frame(paper: Paper, cover_line: str, page: str, printed: str, *, rows: int) -> None:
    """What stands around the cards: cover line above, footer below, and the lines to cut along."""
    width = COLUMNS * CARD_WIDTH
    cover = paper.fit(cover_line, width - 62, 11.5, 9.5)
    paper.lines(LEFT, TOP - 7 - cover.height + cover.leading, cover, bold=True)
    paper.text(LEFT + width, TOP - 7, page, 8, gray=GRAY, align="right")
    bottom = TOP + ROWS * CARD_HEIGHT
    footer = paper.fit(f"{printed}  ·  Keep these cards as safe as a password. Print at 100 %.", width, 18, 7)
    paper.lines(LEFT, bottom + 13, footer, gray=GRAY)
    end = TOP + rows * CARD_HEIGHT
    for column in range(COLUMNS + 1):
        x = LEFT + column * CARD_WIDTH
        paper.rule(x, TOP, x, end, dashed=True)
        paper.rule(x, TOP - 5, x, TOP, gray=GRAY)
        paper.rule(x, end, x, end + 5, gray=GRAY)
    for row in range(rows + 1):
        y = TOP + row * CARD_HEIGHT
        paper.rule(LEFT, y, LEFT + width, y, dashed=True)
        paper.rule(LEFT - 12, y, LEFT, y, gray=GRAY)
        paper.rule(LEFT + width, y, LEFT + width + 12, y, gray=GRAY)


def _card(paper: Paper, x: float, y: float, person: SheetPerson, part: ClassPart, site: SiteLook,
          qr: BinaryIO) -> None:
    x += _EDGE
    paper.picture(qr, x + _INNER - _QR, y + 9, _QR)
    head = paper.fit(site.name, _BESIDE_QR, 11, 8.5)
    paper.lines(x, y + 19 - (head.height - head.leading), head, gray=GRAY)
    name = paper.fit(person.name or person.username, _BESIDE_QR, 30, 14)
    below = paper.lines(x, y + 26 + 0.85 * name.size, name, bold=True) - 0.85 * name.size
    about = _about(paper, person, part, y + 78 - below)
    paper.lines(x, below + about.size, about, gray=GRAY)

    paper.rule(x, y + 80, x + _INNER, y + 80, gray=LIGHT)
    _told(paper, x, y + 96, "Username", person.username)
    label, secret = way_in(person, site)
    if secret:
        _told(paper, x, y + 115, label, secret)
    else:
        sentence = paper.fit(label, _INNER, 16, 11)
        paper.lines(x, y + 115, sentence, bold=True)
    address = paper.fit(site.address, _INNER, 11, 8.5)
    paper.lines(x, y + 133 - (address.height - address.leading), address)


def _about(paper: Paper, person: SheetPerson, part: ClassPart, height: float) -> Fitted:
    """The lines under the name: the class, and for a guardian whose; as much as can be read."""
    names, more = person.students, len(person.students) - 2
    said = [part.title]
    if names:
        said = [f"for {', '.join(names)} · {part.title}", f"for {', '.join(names)}"]
        if more > 0:
            said.append(f"for {names[0]}, {names[1]} and {more} more")
        said.append(f"for {names[0]} and {more + 1} more" if len(names) > 1 else f"for {names[0]}")
    for text in said:
        about = paper.fit(text, _BESIDE_QR, height, 8.5)
        if about.size >= _SMALLEST:
            break
    return about


def _told(paper: Paper, x: float, y: float, label: str, value: str) -> None:
    """A label and what has to be typed, in a typeface in which l, 1, O and 0 differ."""
    paper.lines(x, y, paper.fit(label, _LABEL - 4, 10, 8), gray=GRAY)
    typed = paper.fit(value, _VALUE, 18, 13, font="mono")
    paper.lines(x + _LABEL, y - (typed.height - typed.leading) / 2, typed, font="mono")


def _qr(address: str) -> io.BytesIO:
    """The sign-in address as a picture, one pixel to a module and a quiet zone of four."""
    picture = io.BytesIO()
    segno.make(address or " ", error="m", micro=False).save(picture, kind="png", scale=1, border=4)
    picture.seek(0)
    return picture
