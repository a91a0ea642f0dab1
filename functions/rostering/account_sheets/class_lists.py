"""Class lists: the people of a class as one table on one page, for the teacher's drawer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from rostering.account_sheets.paper import GRAY, HEIGHT, LIGHT, WIDTH, Paper
from rostering.account_sheets.people import ClassPart, SiteLook, by_last_name, way_in

MOST_ON_A_PAGE = 60

_LEFT, _RIGHT, _TOP, _BOTTOM = 45.0, WIDTH - 45, 100.0, HEIGHT - 48
# Heading, where the column begins, how wide it is, its font.
_COLUMNS = (("", 0, 17, "sans"), ("Last name", 20, 98, "sans"), ("First name", 122, 92, "sans"),
            ("Grade", 218, 27, "sans"), ("Username", 252, 112, "mono"), ("Password", 368, 154, "mono"))


def write_class_lists(file: BinaryIO, parts: Iterable[ClassPart], *, site: SiteLook, printed_by: str,
                      printed_on: str) -> int:
    """Write a table for each part; gives the number of pages.

    One page a class, up to 60 people; more go on to further pages. A part without people has a page too.
    """
    paper = Paper(f"Class lists: {site.name}")
    for part in parts:
        draw(paper, part, site=site, printed_by=printed_by, printed_on=printed_on)
    if not paper.pages:
        paper.turn_page()
        paper.text(_LEFT, _TOP, "There is no class to print.", 12)
    paper.save(file)
    return paper.pages


def draw(paper: Paper, part: ClassPart, *, site: SiteLook, printed_by: str, printed_on: str) -> None:
    """Add the table of one part to `paper`, on pages of its own."""
    people = by_last_name(part.people)
    for start in range(0, max(1, len(people)), MOST_ON_A_PAGE):
        rows = people[start:start + MOST_ON_A_PAGE]
        paper.turn_page()
        _head(paper, part, len(people), site)
        line = min(20.0, (_BOTTOM - _TOP) / (max(len(rows), 1) + 1))
        _row(paper, _TOP + line, line, [heading for heading, *_ in _COLUMNS], heading=True)
        for place, person in enumerate(rows, 1):
            label, secret = way_in(person, site)
            _row(paper, _TOP + (place + 1) * line, line,
                 [str(start + place), person.last_name, person.first_name, person.grade, person.username,
                  secret or f"({label})"], sentence=not secret)
        if not rows:
            paper.text(_LEFT, _TOP + 2 * line, "There is nobody in this class.", 10, gray=GRAY)
        printed = f"printed by {printed_by} on {printed_on}  ·  Keep this list as safe as a password."
        footer = paper.fit(printed, _RIGHT - _LEFT, 18, 7)
        paper.lines(_LEFT, _BOTTOM + 18, footer, gray=GRAY)


def _head(paper: Paper, part: ClassPart, people: int, site: SiteLook) -> None:
    title = paper.fit(part.heading or part.title, _RIGHT - _LEFT, 24, 18)
    paper.lines(_LEFT, 48 + title.size - 18, title, bold=True)
    how_many = "1 person" if people == 1 else f"{people} people"
    told = (text for text in (part.teacher, part.term, how_many, site.name, site.address) if text)
    about = paper.fit("  ·  ".join(told), _RIGHT - _LEFT, 22, 9)
    paper.lines(_LEFT, 72, about, gray=GRAY)


def _row(paper: Paper, y: float, line: float, cells: list[str], *, heading: bool = False,
         sentence: bool = False) -> None:
    """One row with its rule at `y`; `sentence` where the last cell is told rather than typed."""
    last = len(cells) - 1
    for place, (cell, (_, x, width, font)) in enumerate(zip(cells, _COLUMNS, strict=True)):
        if heading or (sentence and place == last):
            font = "sans"
        fitted = paper.fit(cell, width, line - 2, min(10.0, line * 0.6), font=font)
        middle = y - line / 2 - fitted.height / 2
        paper.lines(_LEFT + x, middle + fitted.size, fitted, font=font, bold=heading,
                    gray=GRAY if sentence and place == last else 0)
    paper.rule(_LEFT, y, _RIGHT, y, gray=GRAY if heading else LIGHT)
