"""The limits that a whole plan must pass before anything is written.

A plan that breaks one is held: a person sees the numbers, what seems to be behind them, and decides.
Limits are judged for each school and for the site. They are settings; the defaults are those of the
identity handbook, section 8. Every share has a floor: in a small school a few people are many percent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from rostering import causes
from rostering.causes import EMPTIED_WORDS, WORDS, Cause, Figures
from rostering.model import Hold

_PEOPLE = ("student", "staff", "guardian")
_FOLLOW = ("guardian", "enrollment")      # they end with the people they belong to
_NEEDED_TO_JUDGE = 10      # a type with fewer is protected by H-EMPTY-TYPE
_ACTIONS = {"H-COMPLETE-LIST": "approve", "H-ROW-ERRORS": "send_again"}     # where no cause says otherwise
Numbers = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Limits:
    """Shares are percent. A count must be *more than* the limit to hold.

    `schools` has the limits of those schools that have their own.
    """

    school_off: int = 20
    school_off_some: int = 10
    school_off_percent: float = 5
    site_off: int = 10
    site_off_percent: float = 3
    enrollments_off: int = 20
    enrollments_off_percent: float = 20
    changed_percent: float = 50
    school_changed: int = 20
    new_percent: float = 30
    school_new: int = 20
    live_site: int = 50
    id_swap_percent: float = 5
    shifted_percent: float = 10
    school_shifted: int = 10
    row_error_percent: float = 1
    schools: Mapping[str, Limits] = field(default_factory=dict)

    def of(self, school: str) -> Limits:
        """The limits of one school, or of the site ("")."""
        return self.schools.get(school, self)


def judge(figures: dict[str, Figures], *, complete: bool, rows: int, rows_turned_back: int,
          limits: Limits, unsaid: Collection[str] = (), emptied: Numbers = MappingProxyType({})) -> list[Hold]:
    """The holds of a plan, in the order of the handbook's table; [] lets it pass.

    A complete list that says nothing of a kind forgot it, but for the kinds of `unsaid`: it said that it does so.
    `emptied` are the kinds of which a pull brought none, and how many there were before: nobody is gone for
    that, and no limit changes that a person has to see it.
    """
    holds: list[Hold] = []
    met = [(kind, figures[kind]) for kind in WORDS if kind in figures]
    live = sum(sum(figure.active.values()) for kind, figure in met if kind in _PEOPLE) > limits.live_site
    off = sum(sum(f.off.values()) for kind, f in figures.items() if kind != "enrollment")
    leading = _leading(figures)
    if complete and off:
        plain = f"a Complete list that would switch off {off:,} records"
        holds.append(_hold("H-COMPLETE-LIST", "", "", off, off, _borrowed(leading, "", plain), plain))
    holds += [_hold("H-EMPTY-TYPE", "", word, 0, emptied[kind], causes.of_emptied(word, emptied[kind]), "")
              for kind, word in EMPTIED_WORDS.items() if kind in emptied]
    for kind, figure in met:
        silent = list(_silence(kind, figure, complete=complete and kind not in unsaid))
        holds += silent
        schools = {hold.school for hold in silent} - {""}
        holds += [hold for hold in _deactivations(kind, figure, limits, leading) if hold.school not in schools]
    for kind, figure in met:
        holds += _changes(kind, figure, limits)
        holds += _arrivals(kind, figure, limits, live=live)
        holds += _shifts(kind, figure, limits)
    if rows_turned_back * 100 > rows * limits.row_error_percent:
        holds.append(_hold("H-ROW-ERRORS", "", "rows", rows_turned_back, rows, Cause(),
                           f"{rows_turned_back:,} of {rows:,} rows have an error and would not be loaded"))
    return holds


def _leading(figures: dict[str, Figures]) -> Cause:
    """Why people go in the whole site: their links and places in rosters go with them."""
    found = (causes.of_departures(kind, "", figures[kind]) for kind in ("student", "staff")
             if kind in figures and sum(figures[kind].off.values()))
    return next((cause for cause in found if cause.code), Cause())


def _borrowed(cause: Cause, school: str, plain: str) -> Cause:
    """The cause of what is told in `plain`, whose sentence is about something else."""
    return replace(cause, school=school, message=f"{plain}: {cause.message}") if cause.code else cause


def _hold(rule: str, school: str, kind: str, count: int, of: int, cause: Cause, plain: str) -> Hold:
    """A hold told by its cause, or by the `plain` numbers where nothing stands out."""
    message = cause.message or plain
    if plain and cause.message and cause.school != school:
        message = f"{plain}: {cause.message}"
    return Hold(rule, school, WORDS.get(kind, kind), count, of, message, cause.code,
                cause.action or _ACTIONS.get(rule, "reject"))


def _silence(kind: str, figure: Figures, *, complete: bool) -> Iterator[Hold]:
    """What a list has none of. Who goes all the same (with their students, by their last day) is not told to stay."""
    if complete and not figure.rows and sum(figure.active.values()):
        if stay := figure.stay:
            yield _hold("H-EMPTY-TYPE", "", kind, 0, stay, causes.of_silence(kind, "", figure), "")
        return
    for school in causes.silent_schools(kind, figure):
        yield _hold("H-EMPTY-TYPE", school, kind, 0, figure.active[school],
                    causes.of_silence(kind, school, figure), "")


def _deactivations(kind: str, figure: Figures, limits: Limits, leading: Cause) -> Iterator[Hold]:
    for school, off, active in _places(figure.off, figure.active):
        if _too_many_go(kind, off, active, limits.of(school), school=school):
            where = f"school {school}" if school else "the site"
            plain = f"{off:,} of {active:,} {WORDS[kind]} of {where} would be switched off"
            cause = causes.of_departures(kind, school, figure)
            if kind in _FOLLOW and not cause.code:
                cause = _borrowed(leading, school, plain)
            yield _hold("H-DEACTIVATIONS", school, kind, off, active, cause, plain)


def _too_many_go(kind: str, off: int, active: int, limits: Limits, *, school: str) -> bool:
    share = off * 100 / active if active else 100.0
    if kind == "enrollment":
        return off > limits.enrollments_off and share > limits.enrollments_off_percent
    if school:
        return off > limits.school_off or (off > limits.school_off_some and share > limits.school_off_percent)
    return off > limits.site_off and share > limits.site_off_percent


def _changes(kind: str, figure: Figures, limits: Limits) -> Iterator[Hold]:
    for school, changed, active in _places(figure.changed, figure.active):
        if _over(changed, active, limits.of(school).changed_percent,
                 floor=limits.of(school).school_changed if school else 0):
            yield _hold("H-CHANGES", school, kind, changed, active, causes.of_changes(kind, figure),
                        f"{changed:,} of {active:,} {WORDS[kind]}{_in(school)} would change")


def _arrivals(kind: str, figure: Figures, limits: Limits, *, live: bool) -> Iterator[Hold]:
    """Who is new. A school that had nobody may open with any number; the site's share counts them too."""
    word, site_new = WORDS[kind], sum(figure.new.values())
    for school, new, active in _places(figure.new, figure.active) if live else ():
        if school:
            over = _over(new, active, limits.of(school).new_percent, floor=limits.of(school).school_new)
        else:
            over = new * 100 > active * limits.new_percent
        if over:
            yield _hold("H-NEW", school, kind, new, active, causes.of_arrivals(kind, figure),
                        f"{new:,} {word}{_in(school)} would be new, beside {active:,} who are active")
    swapped = max(figure.pairs, figure.lost_zeros)
    if swapped and swapped * 100 >= site_new * limits.id_swap_percent:
        yield _hold("H-ID-SWAP", "", kind, swapped, max(site_new, swapped), causes.of_ids(kind, figure), "")


def _shifts(kind: str, figure: Figures, limits: Limits) -> Iterator[Hold]:
    for what, by_school in (("last names", figure.moved_names), ("emails", figure.moved_emails)):
        for school, moved, active in _places(by_school, figure.active):
            if _over(moved, active, limits.of(school).shifted_percent,
                     floor=limits.of(school).school_shifted if school else 0):
                yield _hold("H-SHIFTED-COLUMN", school, kind, moved, active,
                            causes.of_moved(kind, what, moved, figure),
                            f"the {what} of {moved:,} of {active:,} {WORDS[kind]}{_in(school)} would change")


def _places(counted: Numbers, active: Numbers) -> Iterator[tuple[str, int, int]]:
    """(school, count, active) of each school that has a count, in order, and of the site as ""."""
    for school in sorted(counted):
        if school:
            yield school, counted[school], active.get(school, 0)
    yield "", sum(counted.values()), sum(active.values())


def _over(count: int, active: int, percent: float, *, floor: int) -> bool:
    return active >= _NEEDED_TO_JUDGE and count > floor and count * 100 > active * percent


def _in(school: str) -> str:
    return f" of school {school}" if school else ""
