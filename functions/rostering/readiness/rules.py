"""The rules of readiness (checks and troubleshooting, section 2): each judges the facts of one school.

| #  | code       | what                                                       | limit     | stages            |
|----|------------|------------------------------------------------------------|-----------|-------------------|
| 1  | courses    | there are classes now, and each has a course               | all       | teachers students |
| 2  | classes    | each class has an active teacher and a student             | all       | teachers students |
| 3  | emails     | teachers whose email came across from the source           | 98 %      | teachers students |
| 4  | sign_on    | students whose email did, where they sign in with it       | 98 %      | students          |
| 5  | standards  | standards are attached to every course in use              | attested  | teachers students |
| 6  | holds      | no load waits, and the newest one was not turned back      | none      | teachers students |
| 7  | rows       | rows turned back in the newest load                        | under 1 % | teachers students |
| 8  | matches    | nobody waits to be recognized                              | none      | teachers students |
| 9  | ways_in    | every account of the role has a way in                     | all       | all               |
| 10 | signed_in  | teachers of the school who signed in                       | 80 %      | students          |
| 11 | students   | the students' stage is open                                |           | guardians         |
| 12 | access     | pairs without portal access have no link                   | all       | guardians         |

Of rules 1 to 9 the number is the handbook's; the others are its conditions for a stage. A class is
current while a term of it runs; on a day when none runs, those that begin next are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rostering.by_hand import email_synced
from rostering.model import Account
from rostering.readiness.facts import Facts

NO_ACCESS = "no_access"


@dataclass(frozen=True, slots=True)
class Miss:
    """One thing that misses a rule. `label` is no person's name: a username, the name of a class."""

    kind: str
    id: str
    label: str
    why: str


@dataclass(frozen=True, slots=True)
class Judged:
    """How many there are to be judged, and those that miss; `count` where they are more than are listed."""

    of: int
    misses: list[Miss]
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the table above. `passes(count, of)` says whether so many misses may be."""

    number: int
    code: str
    title: str
    limit: str
    stages: tuple[str, ...]
    judge: Callable[[Facts, str], Judged]
    passes: Callable[[int, int], bool]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says of a school, for one stage."""

    rule: Rule
    stage: str
    met: bool
    count: int
    of: int
    misses: list[Miss]


def find(facts: Facts, stage: str) -> list[Finding]:
    """What every rule of a stage says, in the order of the table."""
    return [_finding(rule, facts, stage) for rule in RULES if stage in rule.stages]


def _finding(rule: Rule, facts: Facts, stage: str) -> Finding:
    judged = rule.judge(facts, stage)
    count = len(judged.misses) if judged.count is None else judged.count
    return Finding(rule, stage, rule.passes(count, judged.of), count, judged.of, judged.misses)


def courses(facts: Facts, stage: str) -> Judged:
    if not facts.classes:
        return Judged(0, [Miss("school", facts.school, facts.name, "has no class in a term that runs or begins next")])
    return Judged(len(facts.classes), [
        Miss("section", one.id, one.name, "names a course that is not here" if one.course else "has no course")
        for one in facts.classes if not one.has_course])


def classes(facts: Facts, stage: str) -> Judged:
    misses = []
    for one in facts.classes:
        taught = any(_here(facts, name) for name in one.teachers)
        attended = any(_here(facts, name) for name in one.students)
        if not (taught and attended):
            lacks = [word for word, there in (("active teacher", taught), ("student", attended)) if not there]
            misses.append(Miss("section", one.id, one.name, f"has no {' and no '.join(lacks)}"))
    return Judged(len(facts.classes), misses)


def emails(facts: Facts, stage: str) -> Judged:
    return _emails(facts, facts.of_role("Teacher"))


def sign_on(facts: Facts, stage: str) -> Judged:
    return _emails(facts, facts.of_role("Student")) if facts.single_sign_on else Judged(0, [])


def standards(facts: Facts, stage: str) -> Judged:
    attested = facts.attested.get("standards")
    known = set(attested["courses"]) if attested else set()
    why = "came into use after standards were attested" if attested else "nobody has attested its standards yet"
    used = facts.courses
    return Judged(len(used), [Miss("course", key, key.partition("|")[2], why) for key in used if key not in known])


def holds(facts: Facts, stage: str) -> Judged:
    misses = [Miss("load", load, load, "waits for a decision") for load in facts.holds]
    misses += [Miss("load", one.load, one.load, _ENDS[one.state]) for one in facts.ended if one.state in _ENDS]
    return Judged(len(facts.holds) + len(facts.ended), misses)


def rows(facts: Facts, stage: str) -> Judged:
    misses = [Miss("load", one.load, one.load, f"{one.turned_back:,} of {one.rows:,} rows were turned back")
              for one in facts.ended if one.turned_back]
    return Judged(sum(one.rows for one in facts.ended), misses, sum(one.turned_back for one in facts.ended))


def matches(facts: Facts, stage: str) -> Judged:
    return Judged(len(facts.questions), [Miss("match", one, one, "waits for somebody who knows who it is")
                                         for one in facts.questions])


def ways_in(facts: Facts, stage: str) -> Judged:
    everybody = facts.of_stage(stage)
    return Judged(len(everybody), [_person(one, _NO_WAY_IN.get(facts.ways_in.get(one.id, ""), "has no way in"))
                                   for one in everybody if facts.ways_in.get(one.id, "") in _NO_WAY_IN])


def signed_in(facts: Facts, stage: str) -> Judged:
    teachers = facts.of_role("Teacher")
    return Judged(len(teachers), [_person(one, "has not signed in yet") for one in teachers if not one.signed_in_at])


def students(facts: Facts, stage: str) -> Judged:
    return Judged(1, [] if "Student" in facts.released else [
        Miss("stage", "Student", "Student", "is not open: guardians come after the students")])


def access(facts: Facts, stage: str) -> Judged:
    pairs = [(student, facts.guardians.get(guardian)) for student in facts.of_role("Student")
             for guardian, link in student.guardians.items() if link[3] == NO_ACCESS]
    return Judged(len(pairs), [
        _person(student, f"is linked with {guardian.id}, who may have no access") for student, guardian in pairs
        if guardian and guardian.students.get(student.id, _NO_LINK)[3] == "active"])


def _none(count: int, of: int) -> bool:
    return count == 0


def _at_most(percent: int) -> Callable[[int, int], bool]:
    return lambda count, of: count * 100 <= of * percent


def _under_1_percent(count: int, of: int) -> bool:
    return count == 0 or count * 100 < of


def _here(facts: Facts, account: str) -> bool:
    return account in facts.people or account in facts.elsewhere


def _emails(facts: Facts, people: list[Account]) -> Judged:
    synced = {one.id: email_synced(one, facts.wrong_emails.get(one.id, "")) for one in people}
    return Judged(len(people), [_person(one, _EMAIL.get(synced[one.id], f"email: {synced[one.id]}"))
                                for one in people if synced[one.id] != "Yes"])


def _person(account: Account, why: str) -> Miss:
    return Miss("account", account.id, account.username or account.id, why)


_NO_LINK = ("", "", False, "")
_ENDS = {"turned_back": "was turned back", "failed": "failed on our side"}
_EMAIL = {"Kept by hand": "the email is kept by hand", "Not sent": "the source sends no email"}
_NO_WAY_IN = {"": "has no first secret, code, link or single sign-on", "expired": "the first secret or code ran out"}
_BOTH, _ALL = ("Teacher", "Student"), ("Teacher", "Student", "Guardian")

RULES = (
    Rule(1, "courses", "Every class has a course", "all", _BOTH, courses, _none),
    Rule(2, "classes", "Every class has an active teacher and a student", "all", _BOTH, classes, _none),
    Rule(3, "emails", "Teachers with a synced email", "98 % or more", _BOTH, emails, _at_most(2)),
    Rule(4, "sign_on", "Students with a synced email", "98 % or more", ("Student",), sign_on, _at_most(2)),
    Rule(5, "standards", "Standards attached to every course in use", "attested", _BOTH, standards, _none),
    Rule(6, "holds", "No load waits, and the newest was not turned back", "none", _BOTH, holds, _none),
    Rule(7, "rows", "Rows turned back in the newest load", "under 1 %", _BOTH, rows, _under_1_percent),
    Rule(8, "matches", "Nobody waits to be recognized", "none", _BOTH, matches, _none),
    Rule(9, "ways_in", "Every account has a way in", "all", _ALL, ways_in, _none),
    Rule(10, "signed_in", "Teachers who signed in", "80 % or more", ("Student",), signed_in, _at_most(20)),
    Rule(11, "students", "The students' stage is open", "open", ("Guardian",), students, _none),
    Rule(12, "access", "No link where there is no portal access", "all", ("Guardian",), access, _none),
)
