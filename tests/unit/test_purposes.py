"""The table of what a task does for a load of each purpose."""

from __future__ import annotations

import pytest

from rostering.load import verify
from sync import purposes


@pytest.mark.parametrize(("purpose", "name"), [(p, name) for p, tasks in purposes.TASKS.items() for name in tasks])
def test_every_task_of_every_purpose_is_there(purpose, name):
    assert callable(purposes.task(purpose, name))


def test_every_purpose_has_the_same_tasks():
    assert {frozenset(tasks) for tasks in purposes.TASKS.values()} == {frozenset(purposes.TASKS["load"])}
    assert verify.PURPOSE in purposes.TASKS
