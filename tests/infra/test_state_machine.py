"""The state machine of a load, read as data: nothing dangles, nothing grows, every error has a way out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra import asl
from rostering import errors, feed
from rostering.load import finish, paths

STATE_LIMIT_BYTES = 262_144
HISTORY_LIMIT = 25_000
MOST_EVENTS_OF_A_STATE = 8  # entered, scheduled, started, submitted or map run, succeeded, exited, and room

MACHINE = asl.machine()
STATES: dict[str, Any] = MACHINE["States"]
TASKS = {name: s for name, s in STATES.items() if s["Type"] in ("Task", "Map")}
MAPS = {name: s for name, s in STATES.items() if s["Type"] == "Map"}
CHOICES = {name: s for name, s in STATES.items() if s["Type"] == "Choice"}


def following(state: dict[str, Any]) -> Iterator[str]:
    for holder in (state, *state.get("Choices", ()), *state.get("Catch", ())):
        if "Next" in holder:
            yield holder["Next"]
    if "Default" in state:
        yield state["Default"]


def within(state: Any, key: str) -> Iterator[Any]:
    """Every value under `key`, at any depth."""
    if isinstance(state, dict):
        for name, value in state.items():
            if name == key:
                yield value
            yield from within(value, key)
    elif isinstance(state, list):
        for value in state:
            yield from within(value, key)


def test_every_state_is_reached_and_every_way_leads_somewhere():
    reached, left = set(), [MACHINE["StartAt"]]
    while left:
        name = left.pop()
        if name not in reached:
            reached.add(name)
            left += following(STATES[name])
    assert reached == STATES.keys()


def test_the_template_fills_in_every_name(source):
    given = source["Resources"]["Sync"]["Properties"]["DefinitionSubstitutions"]
    assert given.keys() == asl.names(MACHINE)


def test_the_workflow_may_call_every_function_it_calls(source):
    properties = source["Resources"]["Sync"]["Properties"]
    tasks = next(s for s in properties["Policies"][1]["Statement"] if s.get("Sid") == "TheTasks")["Resource"]
    given = [arn for name, arn in properties["DefinitionSubstitutions"].items() if name != "WorkBucket"]
    assert sorted(map(json.dumps, tasks)) == sorted(map(json.dumps, given))


def test_every_error_named_is_of_the_engine_of_lambda_or_ours():
    named = {name for names in within(MACHINE, "ErrorEquals") for name in names}
    ours = {name for name in named if not name.startswith(("States.", "Lambda.", "StepFunctions."))}
    assert ours
    for name in ours:
        assert issubclass(getattr(errors, name), errors.RosteringError)


@pytest.mark.parametrize("name", sorted(TASKS))
def test_whatever_goes_wrong_is_noted_as_a_failed_load(name):
    caught = {error: rule["Next"] for rule in TASKS[name]["Catch"] for error in rule["ErrorEquals"]}
    assert caught["States.ALL"] == ("Stopped" if name == "Failed" else "Failed")


@pytest.mark.parametrize("name", sorted(CHOICES))
def test_an_outcome_that_nobody_knows_is_a_failure_and_not_an_approval(name):
    if name.startswith("Any "):  # whether a list is empty: without a word of it the list is gone through
        assert all(rule["Next"] != CHOICES[name]["Default"] for rule in CHOICES[name]["Choices"])
    elif name == "Anything left?":
        assert CHOICES[name]["Default"] == "Go on with the rest"
    elif name == "Ground still there?":
        assert CHOICES[name]["Default"] == "Preview"
    else:
        assert CHOICES[name]["Default"] == "Unknown outcome"


def test_retries_are_bounded_and_back_off():
    for retriers in within(MACHINE, "Retry"):
        for retry in retriers:
            assert retry["MaxAttempts"] <= 8
            assert retry["MaxAttempts"] == 0 or (retry["BackoffRate"] > 1 and retry["JitterStrategy"] == "FULL")


def test_nothing_is_applied_before_the_gate_said_approved_or_a_person_did():
    before_begin = {name for name, state in STATES.items() if "Begin" in following(state)}
    assert before_begin == {"Judged", "Decided", "Wait for the other load"}
    for name in ("Judged", "Decided"):
        assert [rule["StringEquals"] for rule in STATES[name]["Choices"] if rule["Next"] == "Begin"] == ["approved"]


def test_a_person_has_seven_days_to_decide():
    hold = STATES["Hold"]
    assert hold["Resource"].endswith(".waitForTaskToken")
    assert hold["TimeoutSeconds"] == 7 * 24 * 3600
    assert [rule["Next"] for rule in hold["Catch"] if "States.Timeout" in rule["ErrorEquals"]] == ["Expired"]
    assert any("States.TaskFailed" in rule["ErrorEquals"] for rule in hold["Retry"]), "a lost call fails no load"


def test_finishing_knows_every_outcome_that_it_is_given():
    given = {s["Result"] for s in STATES.values() if s["Type"] == "Pass" and s.get("ResultPath") == "$.outcome"
             and "Result" in s}
    given |= {rule["StringEquals"] for rule in STATES["Decided"]["Choices"] if rule["Next"] == "Not applied"}
    assert given == finish.STATES.keys()


@pytest.mark.parametrize("name", sorted(MAPS))
def test_a_map_reads_a_list_that_the_gate_wrote(name):
    key = MAPS[name]["ItemReader"]["Parameters"]["Key.$"]
    lists = {paths.shards("{}", "{}", which) for which in ("", *feed.PHASES, "going", "schools")}
    assert key.removeprefix("States.Format('").removesuffix("', $.site, $.load)") in lists


@pytest.mark.parametrize("name", sorted(MAPS))
def test_the_answers_of_all_shards_fit_into_the_state(name):
    (task,) = MAPS[name]["ItemProcessor"]["States"].values()
    answer = json.dumps(task["ResultSelector"])
    assert len(feed.PHASES) * feed.MOST_SHARDS * (len(answer) + 2) < STATE_LIMIT_BYTES / 4
    assert MAPS[name]["ResultPath"] is None


def test_the_history_stays_far_from_its_limit_however_many_people_there_are():
    assert all(state["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED" for state in MAPS.values())
    assert len(STATES) * MOST_EVENTS_OF_A_STATE < HISTORY_LIMIT / 20
