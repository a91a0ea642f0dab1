"""What seems to be behind a plan that breaks a limit, told from its figures alone.

| cause               | told by                                                          | action         |
|---------------------|------------------------------------------------------------------|----------------|
| ids_lost_zeros      | new ids are those of who goes, without the zeros in front        | send_again     |
| ids_changed         | pairs of new and going people by name and birth date or email    | rekey          |
| school_sent_nothing | a school that the list covers has people, and no row of them     | approve_school |
| type_sent_nothing   | the same for the whole list                                      | send_again     |
| pull_sent_nothing   | a pull has none of a kind of which the last one loaded had some  | send_again     |
| year_end            | nearly all who go are in the highest grade of their school       | approve        |
| half_a_file         | a large share is in no row of a complete list                    | send_again     |
| names_swapped       | first and last names changed places                              | reject         |
| rows_mixed          | ids have the names of others: sorted without the other columns   | reject         |
| email_domain        | emails kept all but the part after the @                         | approve        |
| column_shifted      | last names or emails change, and none of the above               | reject         |
| year_start          | nearly all who change have another grade                         | approve        |

Actions: approve (all of it), approve_school (the other schools; send the missing one again), rekey
(join the pairs), reject, send_again (reject it and send a corrected file).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from rostering.model import GRADES

# Kinds as people call them.
WORDS = {"student": "students", "staff": "employees", "guardian": "guardians",
         "section": "classes", "enrollment": "enrollments"}
# What a pull may come without: also what nobody counts as gone by.
EMPTIED_WORDS = WORDS | {"school": "schools", "term": "terms", "course": "courses", "demographics": "birth dates",
                         "room": "rooms", "staff_assignment": "staff assignments",
                         "school_enrollment": "school enrollments"}
_LAST_GRADE = GRADES.index("12")
_MOST = 90                      # percent that make a cause certain enough to be named
_HALF_A_FILE_PERCENT = 20
_FEW = 10                       # fewer tell nothing about a whole file


@dataclass(frozen=True, slots=True)
class Cause:
    """Why, in a stable word and in a sentence, and what to do. All empty: nothing stands out.

    `school` is the one that the sentence is about, "" if it is about the site.
    """

    code: str = ""
    action: str = ""
    message: str = ""
    school: str = ""


@dataclass(slots=True)
class Figures:
    """One kind of record: what is active now and what the plan would do to it, mostly by school.

    `rows` is what the feed carries. `absent` are the active ones that it does not mention where it
    should, `said` its rows of others than those who stood active. `pairs` are new people who are
    going under another id, `lost_zeros` new ids that are a going one without zeros in front.
    `signs` are what changed rows have in common: swapped, others, domains, grades. `leavers` counts
    who goes by (school, place of the grade in `GRADES`), `tops` gives each school's highest grade.
    """

    active: dict[str, int] = field(default_factory=dict)
    new: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    off: dict[str, int] = field(default_factory=dict)
    absent: dict[str, int] = field(default_factory=dict)
    said: dict[str, int] = field(default_factory=dict)
    moved_names: dict[str, int] = field(default_factory=dict)
    moved_emails: dict[str, int] = field(default_factory=dict)
    signs: dict[str, int] = field(default_factory=dict)
    pairs: int = 0
    lost_zeros: int = 0
    leavers: dict[tuple[str, int], int] = field(default_factory=dict)
    tops: dict[str, int] = field(default_factory=dict)
    rows: int = 0

    @property
    def stay(self) -> int:
        """How many of those who are active would stay."""
        return max(0, sum(self.active.values()) - sum(self.off.values()))


def silent_schools(kind: str, figure: Figures) -> list[str]:
    """Schools with people or classes of a kind of whom the list says nothing at all, in order.

    Only schools that a complete list covers have absent ones. Kinds other than people with ids are
    told by what ends, and only where there are enough of them.
    """
    if kind in ("student", "staff"):
        return [school for school, absent in sorted(figure.absent.items())
                if 0 < figure.active.get(school, 0) <= absent and not figure.said.get(school)]
    gone = figure.absent if kind == "section" else figure.off
    return [school for school, number in sorted(gone.items())
            if _FEW <= figure.active.get(school, 0) <= number
            and not (figure.said.get(school) or figure.new.get(school) or figure.changed.get(school))]


def of_silence(kind: str, school: str, figure: Figures) -> Cause:
    """A school, or the whole list (""), that sent nothing of a kind."""
    word = WORDS[kind]
    if not school:
        going = sum(figure.off.values())
        besides = f" besides {going:,} who would be switched off" if going else ""
        return Cause("type_sent_nothing", "send_again",
                     f"the list has no {word}, but {figure.stay:,} {_are(figure.stay)} active{besides}")
    active = figure.active[school]
    if kind in ("guardian", "enrollment"):      # rows of their own schools are not counted
        return Cause("school_sent_nothing", "approve_school",
                     f"none of the {active:,} {word} of school {school} would stay", school)
    return Cause("school_sent_nothing", "approve_school",
                 f"School {school} sent no {word}, but {active:,} {_are(active)} active", school)


def of_emptied(word: str, had: int) -> Cause:
    """A pull that brought none of what people call `word`, where there were some before."""
    return Cause("pull_sent_nothing", "send_again",
                 f"the school system sent no {word}, but there were {had:,} before")


def of_departures(kind: str, school: str, figure: Figures) -> Cause:
    """Why so many of a kind go, in one school or the site ("")."""
    if max(figure.pairs, figure.lost_zeros) * 2 >= sum(figure.off.values()) and (ids := of_ids(kind, figure)).code:
        return ids
    return _first((_silence(kind, figure) if not school else Cause(), _year_end(kind, school, figure),
                   _half_a_file(kind, school, figure)))


def of_ids(kind: str, figure: Figures) -> Cause:
    """Whether who is new seems to be who goes, under another id."""
    word, new = WORDS[kind], sum(figure.new.values())
    if figure.lost_zeros and figure.lost_zeros * 2 >= figure.pairs:
        return Cause("ids_lost_zeros", "send_again",
                     f"the IDs seem to have lost their zeros: {figure.lost_zeros:,} of {max(new, figure.lost_zeros):,} "
                     f"new {word} have the ID of a missing one without the zeros in front")
    if figure.pairs:
        by = "email" if kind == "staff" else "birth date"
        return Cause("ids_changed", "rekey",
                     f"the IDs changed: {figure.pairs:,} {_pairs(figure.pairs)} of {word} match by name and {by}")
    return Cause()


def of_moved(kind: str, what: str, moved: int, figure: Figures) -> Cause:
    """Why the `what` ("last names" or "emails") of so many of a kind change."""
    word, changed = WORDS[kind], sum(figure.changed.values())
    signs = figure.signs
    total = sum((figure.moved_names if what == "last names" else figure.moved_emails).values())
    if what == "last names" and _most(signs.get("swapped", 0), total):
        return Cause("names_swapped", "reject", "first and last names look swapped for "
                     f"{signs['swapped']:,} of {changed:,} changed {word}")
    if what == "last names" and _most(signs.get("others", 0), total):
        return Cause("rows_mixed", "reject",
                     f"{signs['others']:,} {word} would get the first and last name of somebody else: part of "
                     "the sheet seems to have been sorted without the rest")
    if what == "emails" and _most(signs.get("domains", 0), total):
        return Cause("email_domain", "approve",
                     f"the emails of {signs['domains']:,} {word} keep their name and get another domain")
    return Cause("column_shifted", "reject", f"the {what} of {moved:,} {word} would change: "
                                             "a column may have shifted")


def of_arrivals(kind: str, figure: Figures) -> Cause:
    """Why so many of a kind are new."""
    known = max(figure.pairs, figure.lost_zeros) * 2 >= sum(figure.new.values())
    return of_ids(kind, figure) if known else Cause()


def of_changes(kind: str, figure: Figures) -> Cause:
    """Why so many of a kind change."""
    changed, signs = sum(figure.changed.values()), figure.signs
    if kind == "student" and _most(signs.get("grades", 0), changed):
        return Cause("year_start", "approve", "this looks like the start of a school year: "
                     f"{signs['grades']:,} of the {changed:,} students who change are in another grade")
    for what, by_school in (("last names", figure.moved_names), ("emails", figure.moved_emails)):
        moved = sum(by_school.values())
        if _most(moved, changed):
            return of_moved(kind, what, moved, figure)
    return Cause()


def _silence(kind: str, figure: Figures) -> Cause:
    schools = silent_schools(kind, figure)
    gone = sum(figure.off.get(school, 0) for school in schools)
    if not gone or not _most(gone, sum(figure.off.values())):
        return Cause()
    if len(schools) == 1:
        return of_silence(kind, schools[0], figure)
    listed = ", ".join(schools[:5]) + (f" and {len(schools) - 5:,} more" if len(schools) > 5 else "")
    return Cause("school_sent_nothing", "approve_school",
                 f"{len(schools):,} schools sent no {WORDS[kind]}: {listed}")


def _year_end(kind: str, school: str, figure: Figures) -> Cause:
    if kind != "student":
        return Cause()
    leaving = {at: number for at, number in figure.leavers.items() if not school or at[0] == school}
    going = sum(leaving.values())
    last = sum(number for (of, grade), number in leaving.items() if grade in (figure.tops.get(of), _LAST_GRADE))
    if going < _FEW or not _most(last, going):
        return Cause()
    return Cause("year_end", "approve", f"this looks like the end of the school year: {last:,} of the {going:,} "
                                        f"{WORDS[kind]} who go are in the highest grade of their school", school)


def _half_a_file(kind: str, school: str, figure: Figures) -> Cause:
    def number(of: dict[str, int]) -> int:
        return of.get(school, 0) if school else sum(of.values())

    absent, active = number(figure.absent), number(figure.active)
    if absent < _FEW or absent * 100 < active * _HALF_A_FILE_PERCENT or not _most(absent, number(figure.off)):
        return Cause()
    where = f" of school {school}" if school else ""
    return Cause("half_a_file", "send_again", f"the list seems to be cut short: {absent:,} of {active:,} "
                                              f"{WORDS[kind]}{where} are not in it", school)


def _first(causes: Iterable[Cause]) -> Cause:
    return next((cause for cause in causes if cause.code), Cause())


def _most(part: int, whole: int) -> bool:
    return part > 0 and part * 100 >= whole * _MOST


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _pairs(number: int) -> str:
    return "pair" if number == 1 else "pairs"
