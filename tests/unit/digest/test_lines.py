"""What makes a line of a digest, just inside and just outside."""

from __future__ import annotations

from typing import Any

import pytest

from rostering.digest import letter
from rostering.digest.lines import Connected, Facts, Standing, counts, lines

NOW, SINCE = "2026-11-29T10:00:00.000Z", "2026-11-28T10:00:00.000Z"
BEFORE, AFTER = "2026-11-28T09:59:00.000Z", "2026-11-28T10:01:00.000Z"


def told(**facts: Any) -> list[tuple[str, str]]:
    return [(line["part"], line["code"]) for line in lines(Facts(NOW, SINCE, **facts))]


def text(**facts: Any) -> str:
    (line,) = lines(Facts(NOW, SINCE, **facts))
    return line["text"]


def load(state: str, at: str = AFTER, **more: Any) -> dict[str, Any]:
    return {"load": "01M", "source": "sheet", "state": state, "updated_at": at, "received_at": at,
            "counts": {"students": {"new": 12, "changed": 3}, "staff": {"deactivated": 1}}} | more


def zone(**more: Any) -> Connected:
    return Connected(**{"what": "zone", "name": "LAKE", "heard_at": AFTER, "added_at": BEFORE} | more)


@pytest.mark.parametrize(("facts", "expected"), [
    ({"loads": [load("done")]}, ("changed", "load.done")),
    ({"loads": [load("undone")]}, ("changed", "load.undone")),
    ({"loads": [load("held", BEFORE)]}, ("held", "load.held")),
    ({"loads": [load("failed")]}, ("wrong", "load.failed")),
    ({"loads": [load("turned_back", message="T-TAB: the tab")]}, ("wrong", "load.back")),
    ({"matches": [BEFORE]}, ("held", "match.open")),
    ({"connections": [zone(waits="Another administrator has to approve.")]}, ("held", "source.waits")),
    ({"connections": [zone(heard_at=BEFORE)]}, ("wrong", "source.silent")),
    ({"connections": [zone(heard_at="", added_at=BEFORE)]}, ("wrong", "source.silent")),
    ({"connections": [zone(state="needs_administrator", message="Ask.")]}, ("wrong", "source.silent")),
    ({"connections": [zone(pull="running", pull_at="2026-11-29T03:59:00.000Z")]}, ("wrong", "pull.dead")),
    ({"schools": [Standing("0012", "Pine", opened={"Student": AFTER})]}, ("changed", "stage.open")),
    ({"schools": [Standing("0012", "Pine", missing={"Teacher": ["holds"]})], "before": {"0012": {"Teacher": []}}},
     ("wrong", "school.back")),
    ({"batches": [{"batch": "B", "action": "reset", "state": "failed", "ended_at": AFTER, "done": 1, "total": 2}]},
     ("wrong", "batch.failed")),
    ({"batches": [{"batch": "B", "action": "reset", "state": "running", "began_at": BEFORE, "done": 1, "total": 2}]},
     ("wrong", "batch.failed")),
    ({"exports": ["e1"]}, ("wrong", "export.failed")),
    ({"locked": 3}, ("wrong", "account.locked")),
])
def test_what_is_told(facts: dict, expected: tuple[str, str]) -> None:
    assert told(**facts) == [expected]


@pytest.mark.parametrize("facts", [
    {"loads": [load("done", BEFORE)]},
    {"loads": [load("done", counts={"students": {"new": 0, "unchanged": 90}})]},
    {"loads": [load("failed", BEFORE)]},
    {"loads": [load("applying")]},
    {"connections": [zone()]},
    {"connections": [zone(heard_at=BEFORE, paused="summer")]},
    {"connections": [zone(pull="running", pull_at="2026-11-29T04:01:00.000Z")]},
    {"connections": [zone(pull="pulled", pull_at=BEFORE)]},
    {"connections": [Connected("gg4l", "d-1")]},
    {"schools": [Standing("0012", opened={"Student": BEFORE})]},
    {"schools": [Standing("0012", missing={"Teacher": ["holds"]})]},
    {"schools": [Standing("0012", missing={"Teacher": ["holds"]})], "before": {"0012": {"Teacher": ["rows"]}}},
    {"batches": [{"batch": "B", "action": "reset", "state": "done", "ended_at": AFTER, "done": 2, "total": 2}]},
])
def test_what_is_as_it_was_is_not_told(facts: dict) -> None:
    assert told(**facts) == []


def test_a_load_is_told_with_its_counts_and_its_why() -> None:
    (line,) = lines(Facts(NOW, SINCE, loads=[load("done")]))
    assert line["text"] == "Load 01M of sheet brought records: 12 new, 3 changed, 1 switched off."
    assert (line["command"], line["path"]) == ("rollbook show 01M", "loads/01M")


def test_what_is_held_is_told_with_its_age() -> None:
    held = load("held", "2026-11-26T10:00:00.000Z")
    assert text(loads=[held]) == "Load 01M of sheet has waited for 3 days for a decision."
    assert text(matches=[AFTER, "2026-11-20T10:00:00.000Z"]) == "2 people wait to be recognized, the oldest for 9 days."


def test_a_file_name_or_a_sentence_with_values_is_never_told() -> None:
    body = load("turned_back", message="T-TAB: Maria Unmistakable", file_name="Unmistakable.xlsx")
    assert "Unmistakable" not in text(loads=[body])


def test_the_parts_stand_in_order_and_are_counted() -> None:
    made = lines(Facts(NOW, SINCE, locked=4, matches=[AFTER, AFTER], loads=[load("done"), load("held")]))
    assert [line["part"] for line in made] == ["changed", "held", "held", "wrong"]
    assert counts(made) == {"changed": 1, "held": 2, "wrong": 1, "load.done": 1, "load.held": 1, "match.open": 2,
                            "account.locked": 4}


def digest(**facts: Any) -> dict[str, Any]:
    made = lines(Facts(NOW, SINCE, **facts))
    return {"site": "pineapple", "name": "Pineapple District", "day": "2026-11-29", "at": NOW, "since": SINCE,
            "lines": made, "counts": counts(made)}


def test_the_event_has_counts_and_nothing_else() -> None:
    made = letter.event(digest(locked=4, schools=[Standing("0012", "Pine", opened={"Student": AFTER})]))
    assert made == {"site": "pineapple", "day": "2026-11-29", "at": NOW, "counts": {
        "changed": 1, "held": 0, "wrong": 1, "stage.open": 1, "account.locked": 4}}


def test_the_letter_says_everything_in_order() -> None:
    body = digest(loads=[load("done"), load("held")])
    assert letter.subject(body) == "Rollbook, Pineapple District, 2026-11-29: 1 held, 0 wrong"
    assert letter.text(body).splitlines() == [
        "Pineapple District: what happened since 2026-11-28 10:00 UTC",
        "",
        "What changed (1)",
        "  - Load 01M of sheet brought records: 12 new, 3 changed, 1 switched off.",
        "    rollbook show 01M",
        "",
        "What is held (1)",
        "  - Load 01M of sheet has waited for less than a day for a decision.",
        "    rollbook show 01M",
        "",
        "What looks wrong (0)",
        "  - Nothing.",
        "",
        "The same in a terminal: rollbook digest --day 2026-11-29 --site pineapple"]


def test_a_quiet_night_is_said_to_be_one() -> None:
    assert letter.subject(digest()).endswith(": all is well")
