"""The runbook, performed: each test breaks something of a cloud of its own and repairs it by the runbook's commands."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from samtranslator.yaml_helper import yaml_parse

from infra.local import cloud, deploy
from tests.infra import filters
from tests.workflow.office import Desk, Office, sheet, students, until
from tests.workflow.watch import called, logged, said, waiting

RUNBOOK = (deploy.ROOT / "infra" / "runbook.md").read_text()
STACK = deploy.STACK
TWELVE = range(1, 13)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[cloud.Running]:
    """A cloud that may be broken; its workflows don't wait between retries."""
    home = tmp_path_factory.mktemp("broken")
    try:
        yield cloud.start(home, keep=False, wait_scale=0)
    finally:
        cloud.stop(home)


@pytest.fixture(scope="module")
def office(running: cloud.Running) -> Office:
    return Office(running, "harbor")


@pytest.fixture(scope="module")
def desk(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(office, tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def physical(running: cloud.Running) -> Callable[[str], str]:
    """What a resource of the template is called in the cloud."""
    return lambda name: called(running, name)


@contextlib.contextmanager
def broken(running: cloud.Running, function: str) -> Iterator[None]:
    """A function that finds no table, as after a slip of the hand in the deployment."""
    client = running.client("lambda")
    right = client.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    client.update_function_configuration(
        FunctionName=function, Environment={"Variables": right | {"TABLE_NAME": "no-such-table"}})
    try:
        yield
    finally:
        client.update_function_configuration(FunctionName=function, Environment={"Variables": right})


def in_the_runbook(*words: str) -> tuple[str, ...]:
    """`words` as they are, if the runbook has that command; names in capitals stand for ours."""
    assert " ".join(words) in RUNBOOK, words
    return words


def events(office: Office, what: str) -> list[dict[str, Any]]:
    return [one for one in office.pages("/audit", "events") if one["action"] == what]


def test_a_load_that_failed_is_resumed_and_ends_as_if_nothing_had_happened(running, office, desk, physical):
    with broken(running, physical("SyncApply")):
        failed = office.loaded(sheet(students(*TWELVE)))
    assert failed["state"] == "failed"
    office.ended(failed["load"])
    assert said(running, "failed", load=failed["load"])
    assert len(office.people(role="Student")) == 0

    in_the_runbook("rollbook", "operator", "resume", "LOAD", "--site", "SITE", "--reason")
    resumed = desk.run("operator", "resume", failed["load"], "--reason", "the table's name was wrong")
    assert resumed["resumed"] == 1

    done = until(lambda: (one := office.get(f"/loads/{failed['load']}"))["state"] == "done" and one, seconds=150)
    assert done["counts"]["students"]["new"] == 12
    people = office.people(role="Student")
    assert len({one["username"] for one in people.values()}) == 12
    assert len(office.first_secrets()) >= 12
    clean = desk.run("verify")
    assert clean["state"] == "done" and clean["problems"] == []
    (event,) = events(office, "load.resumed")
    assert (event["by"], event["load"]) == ("operator", failed["load"])


def test_a_load_that_is_done_is_not_resumed(office, desk):
    load = next(iter(office.pages("/loads", "loads")))["load"]
    done = office.rollbook("operator", "resume", load, "--site", office.name, "--reason", "to be sure")
    assert done.returncode == 1 and "The load did not stop: it is done." in done.stderr


def test_a_dead_letter_goes_back_and_its_drop_is_loaded_once(running, office, desk, physical):
    queue = running.client("sqs")
    drops = running.outputs["DropsQueue"]
    seconds = queue.get_queue_attributes(QueueUrl=drops, AttributeNames=["VisibilityTimeout"])["Attributes"]
    queue.set_queue_attributes(QueueUrl=drops, Attributes={"VisibilityTimeout": "0"})
    try:
        with broken(running, physical("ImportSheet")):
            key = office.drop(sheet(students(*TWELVE, 13)), "Mia Ruiz.xlsx")
            until(lambda: waiting(running, "DeadLetters") == 1)
    finally:
        queue.set_queue_attributes(QueueUrl=drops, Attributes=seconds)
    assert office.ask("GET", "/received", key=key).status == 404

    in_the_runbook("rollbook", "dead-letters", "list")
    shown = office.rollbook("dead-letters", "list")
    assert shown.returncode == 0 and "harbor" in shown.stdout and "Mia" not in shown.stdout
    (letter,) = json.loads(office.rollbook("dead-letters", "list", "--json").stdout)
    assert (letter["site"], letter["can_go_back"]) == ("harbor", True)
    assert letter["of"] == drops.rpartition("/")[2]

    in_the_runbook("rollbook", "dead-letters", "redrive", "--reason")
    back = office.rollbook("dead-letters", "redrive", "--reason", "the table's name is right again", "--json")
    assert json.loads(back.stdout) == {"redriven": 1, "left": 0}

    load = office.followed(office.became(key))
    assert (load["state"], load["counts"]["students"]["new"]) == ("done", 1)
    assert waiting(running, "DeadLetters") == 0
    assert len([one for one in office.pages("/loads", "loads") if one["file_name"] == "Mia Ruiz.xlsx"]) == 1
    (event,) = events(office, "dead_letter.redriven")
    assert event["about"]["letter"] == letter["id"]


def test_a_letter_that_nobody_wants_is_discarded(running, office):
    running.client("sqs").send_message(QueueUrl=running.outputs["DeadLetters"], MessageBody="no JSON")
    (letter,) = json.loads(office.rollbook("dead-letters", "list", "--json").stdout)
    assert letter["can_go_back"] is False
    left = office.rollbook("dead-letters", "redrive", "--reason", "all", "--json")
    assert json.loads(left.stdout) == {"redriven": 0, "left": 1}
    gone = office.rollbook("dead-letters", "discard", letter["id"], "--reason", "not ours", "--json")
    assert json.loads(gone.stdout) == {"discarded": 1, "left": 0}


def test_a_wrong_load_is_taken_back(office, desk):
    wrong = office.loaded(sheet([one._replace(last="Wrong") for one in students(1, 2)]))
    if wrong["state"] == "held":
        assert office.decided(wrong["load"], "approve")["state"] == "done"
    desk.run("undo", wrong["load"], "--dry-run", "--reason", "the sheet of last year")
    assert office.people()["Student 000001"]["last_name"] == "Wrong"
    desk.run("undo", wrong["load"], "--reason", "the sheet of last year")
    assert office.people()["Student 000001"]["last_name"] != "Wrong"


def test_a_site_without_an_administrator_who_can_sign_in_gets_a_new_code(office):
    told = json.loads(office.rollbook("site", "code", office.name, "--json").stdout)
    assert office.rollbook("sign-in", "--site", office.name, "--code", told["code"]).returncode == 0
    again = office.rollbook("sign-in", "--site", office.name, "--code", told["code"])
    assert again.returncode == 1


def kids(running: cloud.Running) -> list[str]:
    with requests.Session() as session:
        session.trust_env = False
        told = session.get(f"{running.api_url}/.well-known/jwks.json", timeout=30).json()
    return [one["kid"] for one in told["keys"]]


def test_a_new_key_signs_tokens_and_nobody_has_to_sign_in_again(running, office, desk, physical):
    keys, stacks = running.client("kms"), running.client("cloudformation")
    before, old = kids(running), physical("TokenKey")
    made = keys.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY", Description="Signs access tokens")
    parameters = deploy.PARAMETERS | {"SigningKey": made["KeyMetadata"]["Arn"]}
    stacks.update_stack(StackName=STACK, UsePreviousTemplate=True, Capabilities=["CAPABILITY_NAMED_IAM",
                        "CAPABILITY_AUTO_EXPAND"],
                        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()])
    until(lambda: stacks.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"] == "UPDATE_COMPLETE")
    keys.disable_key(KeyId=old)

    assert office.ask("GET", "/loads").status == 401
    assert set(kids(running)).isdisjoint(before)
    assert desk.run("loads")                    # its session's refresh token brings a token of the new key
    code = json.loads(office.rollbook("site", "code", office.name, "--json").stdout)["code"]
    assert office.rollbook("sign-in", "--site", office.name, "--code", code).returncode == 0


def wait_for(running: cloud.Running, table: str) -> None:
    dynamo = running.client("dynamodb")
    until(lambda: dynamo.describe_table(TableName=table)["Table"]["TableStatus"] == "ACTIVE")


def test_a_table_is_restored_and_a_verifying_load_brings_back_what_came_since(running, tmp_path):
    island = Office(running, "island")
    desk = Desk(island, tmp_path)
    assert island.loaded(sheet(students(*TWELVE)))["state"] == "done"
    at_that_time = island.people(role="Student")
    dynamo, table = running.client("dynamodb"), running.outputs["TableName"]
    restored = f"{table}-restored"
    dynamo.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=restored,
                                          UseLatestRestorableTime=True)
    wait_for(running, restored)
    assert island.loaded(sheet([*students(*TWELVE), *students(21, 22)]))["state"] == "done"
    since = island.people(role="Student")
    assert len(since) == len(at_that_time) + 2

    dynamo.create_backup(TableName=table, BackupName="before-the-restore")
    backup = dynamo.create_backup(TableName=restored, BackupName="restored")["BackupDetails"]["BackupArn"]
    dynamo.delete_table(TableName=table)
    dynamo.restore_table_from_backup(TargetTableName=table, BackupArn=backup)
    wait_for(running, table)
    dynamo.update_time_to_live(TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"})
    assert island.people(role="Student") == at_that_time

    told = desk.run("verify")
    assert (told["state"], told["counts"]["students"]["new"]) == ("done", 2)
    now = island.people(role="Student")
    assert {name: one["account"] for name, one in now.items()} == {name: one["account"] for name, one in since.items()}
    assert {one["username"] for one in now.values()} == {one["username"] for one in since.values()}
    secrets = island.first_secrets()
    assert {now[f"Student {one:06d}"]["username"] for one in (1, 21, 22)} <= secrets.keys()


def test_the_watch_finds_nothing_late_where_nothing_is_scheduled(running):
    answer = running.client("lambda").invoke(FunctionName=running.outputs["WatchFunction"], Payload=b"{}")
    assert json.loads(answer["Payload"].read()) == {"late": 0}


def test_the_metrics_count_lines_as_they_are_logged(running, physical):
    """Each filter of the template finds lines among those that a load, a hold, a failure and sign-ins leave."""
    reef = Office(running, "reef")
    assert reef.loaded(sheet(students(1, 2, 3)))["state"] == "done"
    held = reef.loaded(sheet(students(1, 2), complete=True))
    assert held["state"] == "held"
    with broken(running, physical("SyncApply")):
        assert reef.decided(held["load"], "approve")["state"] == "failed"
    assert reef.ask("POST", "/sign-in", {"code": "WRONG-CODE-0000"}).status == 401
    running.client("lambda").invoke(FunctionName=running.outputs["WatchFunction"], Payload=b"{}")
    lines = logged(running)
    template = yaml_parse((Path(deploy.ROOT) / "template.yaml").read_text())["Resources"]
    found = {}
    for name, one in template.items():
        if one["Type"] == "AWS::Logs::MetricFilter":
            (made,) = one["Properties"]["MetricTransformations"]
            matched = [said for line in lines if (said := filters.matches(one["Properties"]["FilterPattern"], line))]
            needed = [made["MetricValue"], *(d["Value"] for d in made.get("Dimensions", []))]
            for value in needed:
                if value.startswith("$."):
                    assert all(value[2:] in said for said in matched), (name, value)
            found[name] = len(matched)
    nothing = {name for name, count in found.items() if not count}
    assert nothing == {"PullsMetric", "Gg4lMetric", "HooksMetric",     # no zone and no GG4L here
                       "ManyViewsMetric"}                              # and nobody who views hundreds of secrets
    seconds = [said["seconds"] for line in lines
               if (said := filters.matches('{ $.message = "finished" && $.state = "done" }', line))]
    assert seconds and all(0 < one < 3_600 for one in seconds)
