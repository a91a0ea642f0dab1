"""The tree as data and the walk through it: what is wrong with a tree is said at once, and every walk ends."""

from __future__ import annotations

import copy
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rostering.errors import SettingsError
from rostering.why.answer import tree
from rostering.why.checks import CHECKS
from rostering.why.tree import Leaf, as_document, read
from rostering.why.walk import Finding, walk

TREE = tree()
# The questions at most, as the handbook's table has them (section 3).
MOST = {"user_missing": 8, "class_missing": 6, "email_missing": 9, "enrollment_missing": 9, "guardian_link_missing": 9,
        "cannot_log_in": 9, "wrong_value": 8}
SAID = st.sampled_from(["yes", "no", "unknown"])


def bent(change: Any) -> bytes:
    document = copy.deepcopy(as_document(TREE))
    change(document)
    return orjson.dumps(document)


def test_the_tree_has_the_nodes_outcomes_and_checks_of_the_handbook():
    assert (len(TREE.nodes), len(TREE.outcomes), len(CHECKS)) == (71, 57, 64)
    assert dict(TREE.most) == MOST


@pytest.mark.parametrize(("change", "said"), [
    (lambda d: d["nodes"]["U01"].update(check="account.guess"), "U01 asks account.guess, which is no check"),
    (lambda d: d["nodes"]["U06"].update(check="account.active"), "no node asks account.start_date_in_future"),
    (lambda d: d["nodes"]["U03"].update(if_no="U99"), "U03 leads to U99, which is no node"),
    (lambda d: d["nodes"]["U04"].update(if_no={"out": "NOWHERE"}), "U04 ends at NOWHERE, which is no outcome"),
    (lambda d: d["outcomes"].update(NEW={"who": "sis", "title": "New", "do": "?"}), "nothing ends at NEW"),
    (lambda d: d["nodes"]["U06"].update(if_yes="U04"), "U04 → U05 → U06 → U04 goes round"),
    (lambda d: d["nodes"].update(X1=d["nodes"]["U06"]), "nothing leads to X1"),
    (lambda d: d["start"].update(user_missing="U98"), "user_missing begins at U98, which is no node"),
    (lambda d: d["start"].pop("wrong_value"), "no entry wrong_value"),
    (lambda d: d["nodes"]["U01"].update(if_maybe="U02"), "if_maybe"),
    (lambda d: d["outcomes"]["LOCKED"].update(who="the king"), "LOCKED"),
])
def test_a_tree_that_is_wrong_is_not_loaded_and_says_why(change, said):
    with pytest.raises(SettingsError, match="the decision tree") as refused:
        read(bent(change), frozenset(CHECKS))
    assert said in str(refused.value)


def test_everything_that_is_wrong_is_said_at_once():
    def change(document):
        document["nodes"]["U03"]["if_no"] = "U99"
        document["nodes"]["U04"]["if_no"] = {"out": "NOWHERE"}
    with pytest.raises(SettingsError) as refused:
        read(bent(change), frozenset(CHECKS))
    assert "U99" in str(refused.value) and "NOWHERE" in str(refused.value)


@pytest.mark.parametrize("entry", MOST)
@given(data=st.data())
def test_a_walk_ends_in_an_outcome_within_the_questions_of_the_table(entry, data):
    way = walk(TREE, entry, lambda name: Finding(data.draw(SAID)), {})
    assert way.outcome in TREE.outcomes and 1 <= len(way.trail) <= MOST[entry]
    assert len({step.node for step in way.trail}) == len(way.trail)


def test_every_node_and_outcome_is_met_by_some_answers():
    met, ends = set(), set()

    def go(at):
        if isinstance(at, Leaf):
            ends.add(at.out)
        elif at not in met:
            met.add(at)
            for said in ("yes", "no", "unknown"):
                go(TREE.nodes[at].to(said))
    for first in TREE.start.values():
        go(first)
    assert (met, ends) == (set(TREE.nodes), set(TREE.outcomes))


@given(st.dictionaries(st.sampled_from(sorted(TREE.nodes)), st.sampled_from(["yes", "no"])),
       st.dictionaries(st.sampled_from(sorted(CHECKS)), SAID))
def test_a_persons_answer_counts_only_where_no_check_knows(answers, said):
    way = walk(TREE, "user_missing", lambda name: Finding(said.get(name, "unknown")), answers)
    for step in way.trail:
        known = said.get(step.check, "unknown")
        if known != "unknown":
            assert (step.said, step.by) == (known, "machine")
        elif step.node in answers:
            assert (step.said, step.by) == (answers[step.node], "you")
        else:
            assert (step.said, step.by) == ("unknown", "nobody")
    assert [step.node for step in way.open] == [step.node for step in way.trail if step.by == "nobody"]
