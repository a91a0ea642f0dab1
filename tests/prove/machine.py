"""Runs executions of the real state machine, `infra/sync.asl.json`, one invocation at a time, in memory.

What of Amazon States Language that file uses, with its retries and catches: a step is one invocation of a task (or one
item of a Map), so whoever drives it may let anything happen in between. A shortcoming of ours it is not: a task that is
invoked twice, or dies and is invoked again, is what AWS does, too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

MACHINE = json.loads((Path(__file__).parents[2] / "infra/sync.asl.json").read_text())["States"]
Invoke = Callable[[str, dict[str, Any]], Any]


class Execution:
    """One load's workflow. `step` does the next thing; `over` is "" until it ended ("Succeed" or "Fail").

    While it waits for a person `token` is what has to be answered.
    """

    def __init__(self, site: str, load: str, invoke: Invoke, files: Any, start: Callable[[str, str], None]) -> None:
        self.site, self.load, self.over, self.token = site, load, "", ""
        self.at, self.data = "Plan", {"site": site, "load": load}
        self.steps = 0
        self._invoke, self._files, self._start = invoke, files, start
        self._items: list[Any] | None = None
        self._tries = 0

    @property
    def left(self) -> int:
        """How many items of a Map are still to be done; -1 outside of one."""
        return -1 if self._items is None else len(self._items)

    def answer(self, outcome: dict[str, Any]) -> None:
        """What the one who decides, or time, says to a waiting execution."""
        state, self.token = MACHINE[self.at], ""
        self._put(state, _selected(state, outcome))
        self._go(state["Next"])

    def step(self) -> None:
        """One invocation, or one turn that needs none. Does nothing while it waits or when it is over."""
        if self.over or self.token:
            return
        self.steps += 1
        state = MACHINE[self.at]
        match state["Type"]:
            case "Succeed" | "Fail":
                self.over = state["Type"]
            case "Pass":
                told = state.get("Result", self._value(state["InputPath"]) if "InputPath" in state else self.data)
                told = self._filled(state["Parameters"]) if "Parameters" in state else told
                if "ResultPath" in state:
                    self._put(state, told)
                else:
                    self.data = told
                self._go(state["Next"])
            case "Wait":
                self._go(state["Next"])
            case "Choice":
                self._go(next((one["Next"] for one in state["Choices"] if self._holds(one)), state["Default"]))
            case "Map":
                self._map(state)
            case "Task":
                self._task(state)

    def _map(self, state: dict[str, Any]) -> None:
        if self._items is None:
            key = self._filled(state["ItemReader"]["Parameters"])["Key"]
            if not self._tried(state, lambda: self._read(key)):
                return
        if not self._items:
            self._go(state["Next"])
            return
        inner = state["ItemProcessor"]["States"][state["ItemProcessor"]["StartAt"]]
        item = self._items[0]
        if self._tried(inner, lambda: self._invoke(inner["Parameters"]["FunctionName"], item), outer=state):
            self._items.pop(0)

    def _read(self, key: str) -> None:
        self._items = orjson.loads(self._files.read(key))

    def _task(self, state: dict[str, Any]) -> None:
        given = self._filled(state["Parameters"])
        if state["Resource"].endswith("startExecution"):
            self._start(given["Input"]["site"], given["Input"]["load"])
            self._go(state["Next"])
            return
        told: list[Any] = []
        if not self._tried(state, lambda: told.append(self._invoke(given["FunctionName"], given["Payload"]))):
            return
        if state["Resource"].endswith("waitForTaskToken"):
            self.token = given["Payload"]["token"]
            return
        self._put(state, _selected(state, {"Payload": told[0]}))
        self._go(state["Next"])

    def _tried(self, state: dict[str, Any], work: Callable[[], Any], *, outer: dict[str, Any] | None = None) -> bool:
        """Whether `work` went well; if not, it is tried again in the next step, or caught."""
        try:
            work()
        except Exception as error:
            name = type(error).__name__
            rule = next(
                (
                    one
                    for one in state.get("Retry", ())
                    if name in one["ErrorEquals"] or "States.TaskFailed" in one["ErrorEquals"]
                ),
                {"MaxAttempts": 0},
            )
            self._tries += 1
            if self._tries <= rule["MaxAttempts"]:
                return False
            self.data = self.data | {"failure": {"Error": name}}
            catch = (outer or state).get("Catch", ())
            self._go(next((one["Next"] for one in catch if "States.ALL" in one["ErrorEquals"]), "Stopped"))
            return False
        self._tries = 0
        return True

    def _go(self, name: str) -> None:
        self.at, self._items, self._tries = name, None, 0

    def _put(self, state: dict[str, Any], told: Any) -> None:
        path = state.get("ResultPath", "$")
        if path == "$":
            self.data = told
        elif path:
            self.data = self.data | {path.removeprefix("$."): told}

    def _value(self, path: str) -> Any:
        if path == "$$.Task.Token":
            return f"token {self.load} {self.steps}"
        return _at(self.data, path, {"StateMachine": {"Id": "sync"}})

    def _filled(self, template: Any) -> Any:
        """A template with its paths and formats in place."""
        if not isinstance(template, dict):
            return template
        filled = {}
        for name, value in template.items():
            if not name.endswith(".$"):
                filled[name] = self._filled(value)
            elif found := re.fullmatch(r"States\.Format\('([^']*)', (.*)\)", value):
                told = iter(self._value(path.strip()) for path in found[2].split(","))
                filled[name[:-2]] = re.sub(r"\{\}", lambda _, told=told: str(next(told)), found[1])
            else:
                filled[name[:-2]] = self._value(value)
        return filled

    def _holds(self, rule: dict[str, Any]) -> bool:
        if "And" in rule:
            return all(self._holds(one) for one in rule["And"])
        try:
            value = self._value(rule["Variable"])
        except KeyError:
            return rule.get("IsPresent") is False
        return (
            value == rule["StringEquals"]
            if "StringEquals" in rule
            else value == rule["NumericEquals"]
            if "NumericEquals" in rule
            else rule.get("IsPresent") is True
        )


def _at(data: Any, path: str, context: dict[str, Any]) -> Any:
    found = context if path.startswith("$$.") else data
    for name in path.lstrip("$").split("."):
        found = found[name] if name else found
    return found


def _selected(state: dict[str, Any], told: Any) -> Any:
    """What `ResultSelector` takes of a result."""
    chosen = state.get("ResultSelector")
    return (
        told
        if chosen is None
        else {
            name.removesuffix(".$"): _at(told, value, {}) if name.endswith(".$") else value
            for name, value in chosen.items()
        }
    )
