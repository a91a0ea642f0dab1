"""Where a district stands: by news in any order, by Discovery, and who is late."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rostering import onboarding
from rostering.clock import moment
from rostering.districts import DISTRICT
from rostering.onboarding import (
    STATES,
    WAY,
    News,
    apply,
    business_days,
    discovered,
    ends_soon,
    introduction,
    late,
)
from rostering.oneroster.discovery import District
from rostering.store.attributes import MAX_ITEM_BYTES, pack, weight
from rostering.store.keys import Item, Key

ZONE = "America/New_York"
STATUSES = [*STATES, "PM_ASSIGNED", "Data sync", "ON_THE_MOON"]


def at(day: int, hour: int = 12) -> str:
    return f"2026-11-{day:02}T{hour:02}:00:00.000Z"


def district(**told) -> dict:
    return DISTRICT | {"district": "d-1", "state_at": at(1)} | told


def news(state: str | None, day: int, by: str = "webhook", **told) -> News:
    return News(at(day), by, state, **told)


def entry(ready: str = "", expires: str = "") -> District:
    return District("d-1", "Example USD", "c1", "s1", "https://gg4l.example.org/t", "https://gg4l.example.org/a",
                    moment(at(1)), moment(ready) if ready else None, moment(expires) if expires else None)


def heard(start: dict, *several: News) -> dict:
    for each in several:
        start = apply(start, each)
    return start


def listed(ready: str = "", **told) -> dict:
    return discovered(district(**told), entry(ready), at(2))


def test_every_state_says_who_acts_and_what_goes_on():
    assert set(WAY) | set(onboarding.STOPPED) == set(STATES)
    assert all(state.acts and state.sentence.endswith(".") for state in STATES.values())


def test_steps_may_be_skipped():
    found = heard(district(), news("DATA_SYNC", 3))
    assert (found["state"], found["state_at"], found["news_at"]) == ("DATA_SYNC", at(3), at(3))


def test_older_news_do_not_move_the_state():
    assert heard(district(), news("DATA_SYNC", 3), news("SURVEY_SUBMITTED", 2))["state"] == "DATA_SYNC"


def test_newer_news_may_go_back():
    assert heard(district(), news("DATA_SYNC", 3), news("DPA_PENDING", 4))["state"] == "DPA_PENDING"


@pytest.mark.parametrize("back", WAY[:-1])
def test_completed_does_not_go_back(back):
    assert heard(listed(at(1)), news("COMPLETED", 3), news(back, 4))["state"] == "COMPLETED"
    assert heard(listed(at(1)), news(back, 4), news("COMPLETED", 3))["state"] == "COMPLETED"


@pytest.mark.parametrize("stop", onboarding.STOPPED)
def test_completed_goes_to_a_stop(stop):
    found = heard(listed(at(1)), news("COMPLETED", 3), news(stop, 4))
    assert (found["state"], found["state_at"]) == (stop, at(4))


@pytest.mark.parametrize("state", WAY[3:])
def test_an_administrator_begins_again_after_a_failure(state):
    found = heard(listed(at(1)), news("COMPLETED", 3), news("FAILED", 4), news(state, 5, by="account-1"))
    assert found["state"] == ("COMPLETED" if state == "COMPLETED" else "VALIDATING")
    assert heard(district(), news("FAILED", 4), news("DATA_SYNC", 5, by="account-1"))["state"] == "DATA_SYNC"


def test_discovery_does_not_end_a_failure():
    failed = heard(district(), news("FAILED", 3))
    assert discovered(failed, entry(at(4)), at(5))["state"] == "FAILED"


def test_a_project_manager_is_noted_and_moves_nothing():
    manager = {"name": "P. M.", "email": "pm@gg4l.example.org"}
    found = heard(district(), news("SURVEY_SUBMITTED", 2),
                  news("PM_ASSIGNED", 3, project_manager=manager, call="2026-12-01 10:00"))
    assert (found["state"], found["project_manager"]) == ("SURVEY_SUBMITTED", manager)
    assert found["calls"] == [{"at": at(3), "by": "webhook", "when": "2026-12-01 10:00"}]
    assert found["history"][-1] == {"state": "PM_ASSIGNED", "at": at(3), "by": "webhook"}


def test_the_newest_contact_counts():
    told = [news(None, 3, contact="new@example.org"), news(None, 2, contact="old@example.org")]
    assert heard(district(), *told)["contact"] == "new@example.org"


def test_an_unknown_status_is_a_note():
    found = heard(district(), news("on the moon", 2))
    assert found["state"] == "SURVEY_PENDING" and "ON_THE_MOON" in found["notes"][0]["text"]


@pytest.mark.parametrize("status", ["Data sync", "data-sync", "DATA_SYNC"])
def test_a_status_may_be_spelled_otherwise(status):
    assert heard(district(), news(status, 2))["state"] == "DATA_SYNC"


def test_completed_without_ready_data_is_still_being_validated():
    for start in (district(), listed()):
        found = heard(start, news("COMPLETED", 3))
        assert found["state"] == "VALIDATING" and onboarding.waits_for_discovery(found)
        assert "asked again" in onboarding.sentence(found)
        later = discovered(found, entry(at(4)), at(5))
        assert (later["state"], later["state_at"]) == ("COMPLETED", at(5))
        assert not onboarding.waits_for_discovery(later)


def test_history_and_notes_keep_the_newest_hundred():
    found = district()
    for minute in range(130):
        stamp = (moment(at(2)) + timedelta(minutes=minute)).isoformat(timespec="milliseconds")[:23] + "Z"
        found = apply(found, News(stamp, "webhook", "DATA_SYNC", note=f"note {minute}"))
    assert len(found["history"]) == len(found["notes"]) == 100
    assert found["notes"][-1]["text"] == "note 129" and found["state"] == "DATA_SYNC"


def test_discovery_begins_the_data_sync_and_the_first_ready_data_the_validation():
    began = listed()
    assert (began["state"], began["state_at"], began["known_to_discovery"]) == ("DATA_SYNC", at(2), True)
    ready = discovered(began, entry(at(3)), at(4))
    assert (ready["state"], ready["state_at"], ready["ready"]) == ("VALIDATING", at(4), at(3))
    assert discovered(ready, entry(at(5)), at(6))["state_at"] == at(4)
    assert [one["state"] for one in ready["history"]] == ["DATA_SYNC", "VALIDATING"]


def test_who_was_never_listed_is_not_missed():
    assert discovered(district(), None, at(2)) == district()


def test_who_vanished_is_suspended_and_keeps_everything_else():
    complete = heard(listed(at(1)), news("COMPLETED", 3))
    gone = discovered(complete, None, at(4))
    assert (gone["state"], gone["state_at"], gone["ready"], gone["known_to_discovery"]) == (
        "SUSPENDED", at(4), at(1), False)
    assert discovered(gone, entry(at(1)), at(5))["state"] == "COMPLETED"


def test_an_entry_that_expired_is_expired_until_it_is_renewed():
    ended = discovered(district(), entry(at(1), at(3)), at(3))
    assert (ended["state"], ended["state_at"]) == ("EXPIRED", at(3))
    assert discovered(ended, None, at(4))["state"] == "EXPIRED"
    assert discovered(ended, entry(at(1), at(20)), at(4))["state"] == "VALIDATING"


def test_an_older_answer_of_discovery_changes_nothing():
    ready = discovered(district(), entry(at(3)), at(4))
    assert discovered(ready, None, at(3)) == ready


def test_data_that_became_ready_later_end_a_suspension_by_webhook_and_none_by_a_person():
    for by, state in (("webhook", "COMPLETED"), ("account-1", "SUSPENDED")):
        paused = heard(listed(at(1)), news("COMPLETED", 3), news("SUSPENDED", 4, by=by))
        assert discovered(paused, entry(at(1)), at(5))["state"] == "SUSPENDED"
        assert discovered(paused, entry(at(5)), at(6))["state"] == state


def test_the_credentials_are_no_part_of_a_district():
    assert "s1" not in repr(listed(at(1)))


several = st.lists(st.builds(
    News, st.integers(1, 6).map(at), st.sampled_from(["webhook", "account-1"]),
    st.none() | st.sampled_from(STATUSES),
    project_manager=st.none() | st.sampled_from([{"name": "A", "email": "a@x.org"}, {"name": "B", "email": ""}]),
    contact=st.sampled_from(["", "a@example.org", "b@example.org"]), call=st.sampled_from(["", "Monday"]),
    note=st.sampled_from(["", "n1", "n2"])), max_size=8)


@given(several, st.data(), st.booleans(), st.booleans())
def test_any_order_with_repeats_ends_the_same(told, data, is_listed, is_ready):
    start = listed(at(3) if is_ready else "") if is_listed else district()
    mixed = data.draw(st.permutations(told + data.draw(st.lists(st.sampled_from(told), max_size=6) if told
                                                       else st.just([]))))
    assert heard(start, *told) == heard(start, *mixed)


@given(several, st.integers(0, 8), st.booleans())
def test_it_makes_no_difference_when_discovery_was_asked(told, when, is_ready):
    answer = entry(at(3) if is_ready else "")
    early = heard(discovered(heard(district(), *told[:when]), answer, at(7)), *told[when:])
    last = discovered(heard(district(), *told), answer, at(7))
    assert {**early, "history": []} == {**last, "history": []}


def simply(told: list[News]) -> str:
    """The rules, as one applies them to news in the order of their times."""
    state = "SURVEY_PENDING"
    for each in told:
        if state != "COMPLETED" or each.state in (*onboarding.STOPPED, "COMPLETED"):
            state = each.state
    return state


@given(st.permutations(list(range(1, 9))), st.lists(st.sampled_from(list(STATES)), min_size=8, max_size=8))
def test_the_state_is_that_of_news_in_the_order_of_their_times(days, states):
    told = [news(state, day, by="account-1") for day, state in zip(days, states, strict=True)]
    start = district(known_to_discovery=True, ready=at(1))
    state = simply(sorted(told, key=lambda one: one.at))
    least = "VALIDATING" if state in WAY[:4] else state
    assert heard(start, *told)["state"] == least


def test_an_onboarding_out_of_order_ends_completed():
    told = [news(state, day) for day, state in enumerate(WAY, 2)]
    assert {heard(listed(at(1)), *order)["state"] for order in permutations(told)} == {"COMPLETED"}


# 2026-11-20 is a Friday.
@pytest.mark.parametrize(("since", "until", "days"), [
    (20, 20, 0), (20, 21, 0), (20, 22, 0), (20, 23, 1), (20, 27, 5), (18, 23, 3), (21, 23, 1), (22, 30, 6),
    (23, 20, 0)])
def test_business_days(since, until, days):
    assert business_days(date(2026, 11, since), date(2026, 11, until)) == days


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 400))
def test_business_days_are_those_that_one_counts(since, length):
    counted = sum((since + timedelta(days=day)).weekday() < 5 for day in range(1, length + 1))
    assert business_days(since, since + timedelta(days=length)) == counted


@pytest.mark.parametrize(("state", "since", "now", "said"), [
    ("SURVEY_PENDING", 20, 24, ""),
    ("SURVEY_PENDING", 20, 25, "remind"),
    ("SURVEY_SUBMITTED", 20, 24, ""),
    ("SURVEY_SUBMITTED", 20, 25, "Overdue"),
    ("DATA_SYNC", 2, 29, ""),
    ("COMPLETED", 2, 29, ""),
    ("FAILED", 2, 29, ""),
])
def test_who_is_late(state, since, now, said):
    found = late(heard(listed(at(1)) if state == "COMPLETED" else district(), news(state, since)), at(now), 2, ZONE)
    assert said in found and bool(found) == bool(said)


def test_the_wait_for_an_agreement_is_counted_from_the_survey():
    found = heard(district(), news("SURVEY_SUBMITTED", 20), news("DPA_PENDING", 24))
    assert "privacy agreement" in late(found, at(25), 2, ZONE)


def test_days_begin_in_the_sites_time_zone():
    found = heard(district(), news("SURVEY_SUBMITTED", 20))
    assert late(found, at(25, hour=3), 2, ZONE) == ""
    assert late(found, at(25, hour=3), 2, "UTC") != ""


@pytest.mark.parametrize(("days", "said"), [(31, ""), (30, "30 days"), (8, "30 days"), (7, "7 days"), (0, "7 days")])
def test_the_end_of_sharing_is_warned_of(days, said):
    expires = moment("2027-06-30T12:00:00.000Z")
    found = discovered(district(), entry(at(1), expires.isoformat()), at(2))
    warning = ends_soon(found, (expires - timedelta(days=days, hours=1)).isoformat(), ZONE)
    assert said in warning and bool(warning) == bool(said)


def test_an_end_that_is_over_is_not_warned_of():
    assert ends_soon(discovered(district(), entry(at(1), at(3)), at(3)), at(3), ZONE) == ""
    assert ends_soon(district(), at(3), ZONE) == ""


def test_the_introduction_names_all_and_holds_its_lines():
    subject, text = introduction("Lakeview\nBcc: x@example.org", "Kim Doe\n<kim@example.org>",
                                 "https://gg4l.example.org/survey", expected_business_days=1)
    assert "\n" not in subject and "Lakeview" in subject
    assert "https://gg4l.example.org/survey" in text and "Kim Doe <kim@example.org>" in text
    assert "1 business day," in text and "\nBcc" not in text


def test_the_longest_notes_and_calls_fit_into_an_item():
    found = district()
    for minute in range(100):
        stamp = f"2026-11-02T{minute // 60:02}:{minute % 60:02}:00.000Z"
        found = apply(found, News(stamp, "webhook", "COMPLETED", call="𝒳" * 200, note=f"{minute} " + "𝒳" * 9_000))
    assert weight(pack(Item(Key("p", "s"), found))) < MAX_ITEM_BYTES
