"""What a task does for a load of each purpose (see `rostering.load.manifest`).

A module is imported when its task runs: most loads undo and verify nothing, and every import is
paid at each cold start.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

TASKS = {
    "load": {"plan": "plan.plan", "settle": "settle.settle", "finish": "finish.finish", "state": "finish.state_of"},
    "undo": {"plan": "undo.plan", "settle": "undo.settle", "finish": "rewind.finish", "state": "rewind.state_of"},
    "verify": {"plan": "verify.plan", "settle": "settle.settle", "finish": "verify.finish",
               "state": "finish.state_of"},
}


def task(purpose: str, name: str) -> Callable[..., Any]:
    """The function in `rostering.load` that does the task `name` of a load."""
    module, _, function = TASKS[purpose][name].partition(".")
    return getattr(import_module(f"rostering.load.{module}"), function)
