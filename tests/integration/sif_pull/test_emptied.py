"""Full requests of a zone that come without objects that were there before: a person looks, nobody is gone."""

from __future__ import annotations

from typing import Any

import pytest

from cli.zis import let_next_day_come
from rostering.load.manifest import FeedManifest
from rostering.model import Hold
from rostering.report import words
from rostering.sif.codes import OBJECTS
from tests.integration.sif_pull.office import SITE, Office
from tests.judged import Judged

WORDS = {"SchoolInfo": "schools", "TermInfo": "terms", "RoomInfo": "rooms", "StaffPersonal": "employees",
         "StaffAssignment": "staff assignments", "SchoolCourseInfo": "courses", "SectionInfo": "classes",
         "StudentPersonal": "students", "StudentSchoolEnrollment": "school enrollments",
         "StudentContact": "guardians", "StudentSectionEnrollment": "enrollments"}


class Zone(Judged):
    """A zone that sends none of the objects `without`, and has the `faults` that it is given."""

    def __init__(self, students: int = 30, **how: Any) -> None:
        super().__init__(Office(students=students, request_hours=0.01, **how), "W-SIF-EMPTY")

    def pull(self, *faults: str, without: tuple[str, ...] = (), kind: str = "full") -> list[Hold]:
        """Ask for everything, or only take the events, and judge; the holds."""
        zone = self.office.zone
        zone.faults = type(zone.faults)((*faults, *(f"empty-set={of}" for of in without)))
        return self.judge(self.office.order(kind, most=2_000)["load"])


def loaded(**how: Any) -> Zone:
    """A zone whose first full request was loaded."""
    zone = Zone(**how)
    assert zone.pull() == []
    zone.approve()
    return zone


def test_every_object_that_is_asked_for_has_its_word() -> None:
    assert tuple(WORDS) == OBJECTS


@pytest.mark.parametrize("of", OBJECTS)
def test_objects_that_were_there_before_and_do_not_come_hold_the_load_and_end_nobody(of: str) -> None:
    zone = loaded()
    before = zone.accounts()
    (hold,) = zone.pull(without=(of,))
    assert (hold.rule, hold.school, hold.kind, hold.count) == ("H-EMPTY-TYPE", "", WORDS[of], 0)
    assert hold.of > 0 and hold.cause == "pull_sent_nothing"
    zone.approve()
    assert zone.accounts() == before and before
    assert not sum(count["deactivated"] + count["missing"] for count in zone.counts.values())
    assert zone.pull() == [] and not zone.warned()


def test_the_hold_is_told_in_the_words_of_every_connection() -> None:
    zone = loaded()
    (hold,) = zone.pull(without=("StudentPersonal",))
    says, advice = words.explain(hold, of_sheet=False)
    assert says == "The school system sent no students, but there were 30 before."
    assert "whether you approve or reject" in advice


def test_contacts_of_whom_none_is_a_guardian_any_more_hold_the_load() -> None:
    zone = loaded()
    guardians = zone.standing()["Guardian", "active"]
    honest = zone.office.zone.handle

    def handle(body: bytes) -> Any:
        answer = honest(body)
        flag = b"<ParentLegalGuardian>"
        return answer._replace(body=answer.body.replace(flag + b"Yes", flag + b"No"))
    zone.office.zone.handle = handle
    (hold,) = [hold for hold in zone.pull() if hold.rule == "H-EMPTY-TYPE"]
    assert hold.kind == "guardians" and hold.of >= guardians > 0
    zone.approve()
    assert zone.standing()["Guardian", "active"] == guardians


def test_a_zone_that_never_sent_an_object_is_not_held_for_it() -> None:
    zone = Zone()
    for _ in range(2):
        assert zone.pull(without=("StudentContact", "RoomInfo")) == [] and not zone.warned()
        zone.approve()


@pytest.mark.parametrize("fault", ["no-provider=SectionInfo", "no-answer=SectionInfo:always",
                                   "drop-last-packet=SectionInfo:always"])
def test_what_the_zone_refuses_or_does_not_answer_whole_is_not_empty(fault: str) -> None:
    zone = loaded()
    assert [hold.rule for hold in zone.pull(fault)] == []
    assert "section" not in FeedManifest.read(zone.office.work, SITE, zone.load).about["sent"]
    zone.approve()
    assert [hold.kind for hold in zone.pull(without=("SectionInfo", "RoomInfo"))] == ["classes", "rooms"]


def test_what_nobody_decided_or_somebody_rejected_is_held_again_as_long_as_it_stays_empty() -> None:
    zone = loaded()
    first = zone.pull(without=("StaffPersonal",))
    assert zone.pull(without=("StaffPersonal",)) == first and zone.states() == ["replaced", "held"]
    zone.reject()
    assert zone.pull(without=("StaffPersonal",)) == first and zone.states() == ["replaced", "rejected", "held"]
    assert zone.pull() == [] and zone.states()[2:] == ["replaced", "planned"]


def test_what_somebody_approved_is_told_and_not_asked_again_until_some_came_meanwhile() -> None:
    zone = loaded()
    assert zone.pull(without=("SectionInfo",))
    zone.approve()
    assert zone.pull(without=("SectionInfo",)) == [] and zone.warned() == 1
    zone.approve()
    assert zone.pull("no-provider=SectionInfo") == [] and not zone.warned()
    zone.approve()
    assert zone.pull(without=("SectionInfo",)) == [] and zone.warned() == 1
    zone.approve()
    assert [hold.kind for hold in zone.pull(without=("SectionInfo", "StaffPersonal"))] == ["employees"]
    assert zone.pull() == []
    zone.approve()
    assert [hold.kind for hold in zone.pull(without=("SectionInfo",))] == ["classes"]


def test_events_never_say_that_there_are_none_and_say_that_some_came() -> None:
    zone = loaded(students=60)
    assert [hold.kind for hold in zone.pull(without=("StudentPersonal",))] == ["students"]
    zone.approve()
    let_next_day_come(zone.office.zone)
    zone.pull(kind="pull")
    assert zone.office.load(zone.load)["load_type"] == "Events"
    sent = FeedManifest.read(zone.office.work, SITE, zone.load).about["sent"]
    assert sent["student"] > 0 and min(sent.values()) > 0
    zone.approve()
    assert [hold.kind for hold in zone.pull(without=("StudentPersonal",))] == ["students"]


def test_a_full_request_that_was_answered_of_less_and_changes_nothing_takes_the_place_of_no_load_that_waits() -> None:
    zone = loaded()
    assert zone.pull(without=("StaffPersonal",))
    assert zone.pull("no-provider=StaffPersonal") == [] and zone.states() == ["held", "planned"]
    assert zone.pull("no-provider=RoomInfo") == [] and zone.states() == ["held", "planned", "planned"]
    assert zone.pull() == [] and zone.states() == ["replaced", "planned", "planned", "planned"]


def test_events_that_change_nothing_take_the_place_of_no_load_that_waits() -> None:
    zone = loaded()
    assert zone.pull(without=("StaffPersonal",))
    zone.office.zone.publish("RoomInfo", "Change", next(iter(zone.office.zone.provider.objects("RoomInfo"))))
    zone.judge(zone.office.order("pull", "by-hand")["load"])
    assert zone.states() == ["held", "planned"]


def test_after_the_approved_load_is_taken_back_it_is_asked_again() -> None:
    zone = loaded(students=60)
    let_next_day_come(zone.office.zone)
    assert zone.pull(without=("SectionInfo",))
    zone.approve()
    zone.undo()
    assert [hold.kind for hold in zone.pull(without=("SectionInfo",))] == ["classes"]
