"""The limits that a whole plan must pass before anything is written.

A plan that breaks one is held: a person sees the numbers and decides. The limits are settings of
the site; the defaults are those of the identity handbook, section 8.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rostering.model import Hold

# Kinds as the gate's rules name them to people.
WORDS = {"student": "students", "staff": "employees", "guardian": "guardians",
         "section": "classes", "enrollment": "enrollments"}
_PEOPLE = ("student", "staff", "guardian")
_NEEDED_TO_JUDGE = 10      # a type with fewer is protected by H-EMPTY-TYPE


@dataclass(frozen=True, slots=True)
class Limits:
    """Shares are percent. A count must be *more than* the limit to hold."""

    school_off: int = 20
    school_off_some: int = 10
    school_off_percent: float = 5
    site_off: int = 10
    site_off_percent: float = 3
    enrollments_off: int = 20
    enrollments_off_percent: float = 20
    changed_percent: float = 50
    new_percent: float = 30
    live_site: int = 50
    id_swap_percent: float = 5
    shifted_percent: float = 10
    row_error_percent: float = 1


@dataclass(slots=True)
class Figures:
    """One kind of record, by school: what is active now and what the plan would do to it."""

    active: dict[str, int] = field(default_factory=dict)
    new: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    off: dict[str, int] = field(default_factory=dict)
    moved_names: int = 0
    moved_emails: int = 0
    new_prints: list[str] = field(default_factory=list)
    going_prints: list[str] = field(default_factory=list)
    rows: int = 0


def judge(figures: dict[str, Figures], *, complete: bool, rows: int, rows_turned_back: int,
          limits: Limits) -> list[Hold]:
    """The holds of a plan, in the order of the handbook's table; [] lets it pass."""
    holds: list[Hold] = []
    live = sum(sum(figures[kind].active.values()) for kind in _PEOPLE if kind in figures) > limits.live_site
    off = sum(sum(f.off.values()) for kind, f in figures.items() if kind != "enrollment")
    if complete and off:
        holds.append(Hold("H-COMPLETE-LIST", "", "", off, off,
                          f"a Complete list that would switch off {off} records"))
    for kind, word in WORDS.items():
        figure = figures.get(kind)
        if figure is not None:
            holds += _deactivations(kind, word, figure, limits)
            if complete and not figure.rows and sum(figure.active.values()):
                active = sum(figure.active.values())
                holds.append(Hold("H-EMPTY-TYPE", "", word, 0, active,
                                  f"the list has no {word}, but {active} are active"))
    for kind, word in WORDS.items():
        figure = figures.get(kind)
        if figure is not None:
            holds += _shares(word, figure, limits, live=live)
    if rows_turned_back * 100 > rows * limits.row_error_percent:
        holds.append(Hold("H-ROW-ERRORS", "", "rows", rows_turned_back, rows,
                          f"{rows_turned_back} of {rows} rows have an error and would not be loaded"))
    return holds


def _deactivations(kind: str, word: str, figure: Figures, limits: Limits) -> list[Hold]:
    holds = []
    schools = [(school, figure.off[school], figure.active.get(school, 0)) for school in sorted(figure.off)]
    site = ("", sum(figure.off.values()), sum(figure.active.values()))
    for school, off, active in [*schools, site]:
        share = off * 100 / active if active else 100.0
        if kind == "enrollment":
            over = off > limits.enrollments_off and share > limits.enrollments_off_percent
        elif school:
            over = off > limits.school_off or (off > limits.school_off_some
                                               and share > limits.school_off_percent)
        else:
            over = off > limits.site_off and share > limits.site_off_percent
        if over:
            where = f"school {school}" if school else "the site"
            holds.append(Hold("H-DEACTIVATIONS", school, word, off, active,
                              f"{off} of {active} {word} of {where} would be switched off"))
    return holds


def _shares(word: str, figure: Figures, limits: Limits, *, live: bool) -> list[Hold]:
    holds = []
    active, new = sum(figure.active.values()), sum(figure.new.values())
    changed = sum(figure.changed.values())
    judged = active >= _NEEDED_TO_JUDGE
    if judged and changed * 100 > active * limits.changed_percent:
        holds.append(Hold("H-CHANGES", "", word, changed, active, f"{changed} of {active} {word} would change"))
    if live and new * 100 > active * limits.new_percent:
        holds.append(Hold("H-NEW", "", word, new, active, f"{new} {word} would be new; {active} are active now"))
    going = set(figure.going_prints)
    swapped = sum(print_ in going for print_ in figure.new_prints)
    if swapped and swapped * 100 >= new * limits.id_swap_percent:
        holds.append(Hold("H-ID-SWAP", "", word, swapped, new,
                          f"{swapped} of {new} new {word} look like people who would be switched off: "
                          "the IDs seem to have changed"))
    for what, moved in (("last names", figure.moved_names), ("emails", figure.moved_emails)):
        if judged and moved * 100 > active * limits.shifted_percent:
            holds.append(Hold("H-SHIFTED-COLUMN", "", word, moved, active,
                              f"the {what} of {moved} of {active} {word} would change: "
                              "a column may have shifted"))
    return holds
