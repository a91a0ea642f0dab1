"""Pulls that come without a collection, or a kind of people, that was there before: a person looks, nobody is gone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rostering.model import Hold
from rostering.report import words
from rostering.store import keys
from tests.integration.gg4l_hook.office import SITE, Office
from tests.judged import Judged

WORDS = {"orgs": {"schools"}, "academicSessions": {"terms"}, "courses": {"courses"}, "classes": {"classes"},
         "users": {"students", "employees", "guardians"}, "enrollments": {"enrollments"},
         "demographics": {"birth dates"}}


class District(Judged):
    """A district that may send none of the collections `without`, nobody of the role `lacks`, and those of the
    roles `deleted` as deleted.
    """

    def __init__(self, **how: Any) -> None:
        super().__init__(Office(students=30, **how), "W-OR-EMPTY")
        self.without: tuple[str, ...] = ()
        self.lacks: str = ""
        self.deleted: tuple[str, ...] = ()
        honest = self.office.provider.handle

        def handle(method: str, path: str, query: Any = "", headers: Any = None, body: bytes = b"") -> Any:
            status, told, answer = honest(method, path, query, headers, body)
            of = path.rpartition("/")[2]
            if status != 200 or of not in WORDS:
                return status, told, answer
            if of in self.without:
                return status, {}, json.dumps({of: []}).encode()
            if of == "users" and self.lacks:        # as many rows as before, so that the pages stay whole
                answer = answer.replace(b'"role": "%s"' % self.lacks.encode(), b'"role": "aide"').replace(
                    b'"role":"%s"' % self.lacks.encode(), b'"role":"aide"')
            if of == "users" and self.deleted:
                page = json.loads(answer)
                for user in page["users"]:
                    user["status"] = "tobedeleted" if user["role"] in self.deleted else user["status"]
                answer = json.dumps(page).encode()
            return status, told, answer

        self.office.provider.handle = handle
        self.office.poll()

    def pull(self) -> list[Hold]:
        """Pull and judge; the holds."""
        return self.judge(self.office.pull(by="admin")["load"])


def loaded(**how: Any) -> District:
    """A district whose first pull was loaded."""
    district = District(**how)
    assert district.pull() == []
    district.approve()
    return district


@pytest.mark.parametrize("collection", WORDS)
def test_a_collection_that_was_there_before_and_comes_empty_holds_the_load_and_ends_nobody(collection: str) -> None:
    district = loaded()
    before = district.accounts()
    district.without = (collection,)
    holds = district.pull()
    assert {(hold.rule, hold.school, hold.count) for hold in holds} == {("H-EMPTY-TYPE", "", 0)}
    assert {hold.kind for hold in holds} == WORDS[collection]
    assert all(hold.of > 0 and hold.cause == "pull_sent_nothing" for hold in holds)
    district.approve()
    assert district.accounts() == before and before
    assert not sum(count["deactivated"] + count["missing"] for count in district.counts.values())
    district.without = ()
    assert district.pull() == [] and not district.warned()
    district.approve()
    assert district.accounts() == before


def test_a_kind_of_people_that_nobody_is_any_more_holds_the_load_also_if_other_users_came() -> None:
    district = loaded()
    district.lacks = "student"
    (hold,) = [hold for hold in district.pull() if hold.rule == "H-EMPTY-TYPE"]
    assert (hold.kind, hold.of) == ("students", 30)
    assert hold.message == "the school system sent no students, but there were 30 before"


def test_guardians_who_are_all_said_to_be_deleted_did_come_and_go() -> None:
    district = loaded()
    guardians = district.standing()["Guardian", "active"]
    district.deleted = ("parent", "guardian", "relative")
    (hold,) = district.pull()
    assert (hold.message, hold.cause) == (f"none of the {guardians} guardians of school {hold.school} would stay",
                                          "school_sent_nothing")
    district.approve()
    assert district.standing()["Guardian", "inactive"] == guardians
    assert district.pull() == [] and not district.warned()


def test_the_hold_says_that_nothing_counts_as_gone_whether_one_approves_or_rejects() -> None:
    district = loaded()
    district.without = ("classes",)
    (hold,) = district.pull()
    says, advice = words.explain(hold, of_sheet=False)
    assert says.startswith("The school system sent no classes, but there were ") and says.endswith(" before.")
    assert "Nothing counts as gone for that" in advice and "whether you approve or reject" in advice


@pytest.mark.parametrize("collection", ["users", "classes", "demographics"])
def test_a_district_that_never_sent_a_collection_is_not_held_for_it(collection: str) -> None:
    district = District()
    district.without = (collection,)
    assert district.pull() == []
    district.approve()
    assert district.pull() == [] and not district.warned()


def test_what_nobody_decided_or_somebody_rejected_is_held_again_as_long_as_it_stays_empty() -> None:
    district = loaded()
    district.without = ("enrollments",)
    first = district.pull()
    assert district.pull() == first
    assert district.states() == ["replaced", "held"]
    district.reject()
    before = district.accounts()
    assert district.pull() == first and district.states() == ["replaced", "rejected", "held"]
    district.without = ()
    assert district.pull() == []
    district.approve()
    assert district.accounts() == before


def test_a_pull_that_has_everything_again_takes_the_place_of_the_one_that_waits() -> None:
    district = loaded()
    district.without = ("users",)
    assert district.pull()
    district.without = ()
    assert district.pull() == [] and district.states() == ["replaced", "planned"]


def test_what_somebody_approved_is_not_asked_again_until_some_came_meanwhile() -> None:
    district = loaded()
    district.without = ("classes",)
    assert district.pull()
    district.approve()
    for _ in range(2):
        assert district.pull() == [] and district.warned() == 1
        district.approve()
    district.without = ()
    assert district.pull() == [] and district.warned() == 0
    district.approve()
    district.without = ("classes",)
    assert [hold.rule for hold in district.pull()] == ["H-EMPTY-TYPE"]


def test_one_approved_emptiness_hides_no_other() -> None:
    district = loaded()
    district.without = ("classes",)
    assert district.pull()
    district.approve()
    district.without = ("classes", "demographics")
    assert [hold.kind for hold in district.pull()] == ["birth dates"]


def test_after_the_approved_load_is_taken_back_it_is_asked_again() -> None:
    district = loaded()
    district.office.provider.advance()
    district.without = ("classes",)
    assert district.pull()
    district.approve()
    district.undo()
    assert [hold.kind for hold in district.pull()] == ["classes"]


def test_guardians_that_the_connection_is_set_to_leave_out_are_not_missed() -> None:
    district = loaded()
    district.office.store.update(keys.gg4l_connection(SITE), lambda body: body | {"guardian_source": "none"})
    assert district.pull() == []
