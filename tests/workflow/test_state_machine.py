"""The ways through the state machine, walked with functions that only say what they were told to say.

The real template is deployed, with handlers that answer by the load's name and note their events in
the table. What the real functions do is the business of the other tests.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from infra.local import cloud, deploy

HANDLER = '''
import json, os, boto3
table = boto3.client("dynamodb")
def answer(task, event, context):
    print(task)
    table.put_item(TableName=os.environ["TABLE_NAME"], Item={
        "pk": {"S": f"district#LOAD#{event['load']}"}, "sk": {"S": f"{task}/{context.aws_request_id}"},
        "event": {"S": json.dumps(event)}})
    told = event["load"].split("-")
    if task == "gate":
        lists = {"people": 0} if "nobody" in told else {}
        return {"outcome": "whatever" if told[0] == "odd" else told[0], "lists": lists}
    if task == "begin":
        return {"outcome": "started"}
    if task == "apply" and "fails" in told:
        raise ValueError("told to")
    return {}
'''
FUNCTIONS = {"plan": "'plan'", "steps": "event['task']", "apply": "event['task']", "credentials": "'credentials'",
             "export": "'export'"}      # how each function knows the name of its task
APPLIED = ["apply", "apply", "apply", "begin", "credentials", "deactivate", "export", "finish", "gate", "plan",
           "preview"]


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    root = tmp_path_factory.mktemp("repository")
    (root / "template.yaml").symlink_to(deploy.ROOT / "template.yaml")
    (root / "infra").symlink_to(deploy.ROOT / "infra")
    functions: Path = root / "functions" / "sync"
    functions.mkdir(parents=True)
    (functions / "__init__.py").write_text(HANDLER)
    for name, task in FUNCTIONS.items():
        (functions / f"{name}.py").write_text(
            f"from sync import answer\ndef handler(event, context):\n    return answer({task}, event, context)\n")
    home = tmp_path_factory.mktemp("home")
    try:
        yield cloud.start(home, root=root, keep=False, wait_scale=0)
    finally:
        cloud.stop(home)


def begin(machine: cloud.Running, load: str) -> str:
    s3 = machine.client("s3")
    for name in ("all", "structure", "people", "rosters", "going", "schools"):
        s3.put_object(Bucket=machine.outputs["WorkBucket"], Key=f"plans/district/{load}/{name}.json",
                      Body=json.dumps([{"site": "district", "load": load, "phase": name, "shard": 0,
                                        "task": "deactivate" if name == "going" else "apply"}]))
    started = machine.client("stepfunctions").start_execution(
        stateMachineArn=machine.outputs["SyncArn"], name=load, input=json.dumps({"site": "district", "load": load}))
    return started["executionArn"]


def until(found: Any, seconds: float = 30) -> Any:
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return value


def ended(machine: cloud.Running, execution: str) -> dict[str, Any]:
    states = machine.client("stepfunctions")

    def look() -> dict[str, Any] | None:
        found = states.describe_execution(executionArn=execution)
        return found if found["status"] != "RUNNING" else None
    return until(look)


def events(machine: cloud.Running, load: str) -> list[tuple[str, dict[str, Any]]]:
    """(task, event) of every call made for a load."""
    found = machine.client("dynamodb").query(
        TableName=machine.outputs["TableName"], KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"district#LOAD#{load}"}})
    return [(item["sk"]["S"].partition("/")[0], json.loads(item["event"]["S"])) for item in found["Items"]]


def called(machine: cloud.Running, load: str) -> list[str]:
    return [task for task, _ in events(machine, load)]


def outcome(machine: cloud.Running, load: str) -> str:
    return next(event["outcome"] for task, event in events(machine, load) if task == "finish")


def decide(machine: cloud.Running, load: str, decision: str) -> None:
    token = until(lambda: [event["token"] for task, event in events(machine, load) if task == "hold"])[0]
    machine.client("stepfunctions").send_task_success(taskToken=token, output=json.dumps({"decision": decision}))


def test_an_approved_load_goes_all_the_way(machine):
    assert ended(machine, begin(machine, "approved-all"))["status"] == "SUCCEEDED"
    assert called(machine, "approved-all") == APPLIED
    assert outcome(machine, "approved-all") == "applied"


def test_an_unchanged_load_is_told_and_finished_without_the_lease(machine):
    assert ended(machine, begin(machine, "unchanged-1"))["status"] == "SUCCEEDED"
    assert called(machine, "unchanged-1") == ["finish", "gate", "plan", "preview"]
    assert outcome(machine, "unchanged-1") == "unchanged"


def test_an_empty_list_is_not_gone_through(machine):
    ended(machine, begin(machine, "approved-nobody"))
    assert called(machine, "approved-nobody") == [task for task in APPLIED if task != "credentials"][1:]


def test_a_held_load_goes_on_when_a_person_approves(machine):
    execution = begin(machine, "held-1")
    decide(machine, "held-1", "approved")
    assert ended(machine, execution)["status"] == "SUCCEEDED"
    assert called(machine, "held-1") == sorted([*APPLIED, "hold"])


@pytest.mark.parametrize("decision", ["rejected", "replaced", "expired"])
def test_a_held_load_that_is_not_approved_changes_nothing(machine, decision):
    execution = begin(machine, f"held-{decision}")
    decide(machine, f"held-{decision}", decision)
    assert ended(machine, execution)["status"] == "SUCCEEDED"
    assert called(machine, f"held-{decision}") == ["finish", "gate", "hold", "plan", "preview"]
    assert outcome(machine, f"held-{decision}") == decision


@pytest.mark.parametrize("load", ["odd-gate", "held-odd"])
def test_an_answer_that_nobody_knows_fails_the_load_and_applies_nothing(machine, load):
    execution = begin(machine, load)
    if load.startswith("held"):
        decide(machine, load, "perhaps")
    assert ended(machine, execution)["error"] == "LoadFailed"
    assert not {"apply", "finish"} & set(called(machine, load))
    assert [event["error"] for task, event in events(machine, load) if task == "failed"] == ["UnknownOutcome"]


def test_a_task_that_keeps_failing_fails_the_load_after_its_retries(machine):
    assert ended(machine, begin(machine, "approved-fails"))["status"] == "FAILED"
    assert called(machine, "approved-fails") == ["apply"] * 4 + ["begin", "failed", "gate", "plan", "preview"]


def test_the_state_carries_names_and_counts_only(machine):
    output = json.loads(ended(machine, begin(machine, "approved-state"))["output"])
    assert output.keys() == {"site", "load", "gate", "begin", "outcome", "finish"}
