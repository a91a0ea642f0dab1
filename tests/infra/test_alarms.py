"""Who is told when something goes wrong, and what is counted: alarms, metrics of our own, the dashboard."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.infra import filters

FUNCTIONS = Path(__file__).resolve().parents[2] / "functions"
RUNBOOK = Path(__file__).resolve().parents[2] / "infra" / "runbook.md"
NAMESPACE = {"Fn::Sub": "Rollbook/${AWS::StackName}"}
MOST_METRICS_OF_AN_ALARM = 10       # CloudWatch, metric math
WEEK_SECONDS = 604_800              # the longest that an alarm looks back
# How it is noticed that a schedule did not call its function.
NOTICED_BY = {"SweepExports": "SweepMissedAlarm", "WatchSchedules": "LateScheduleAlarm", "Digests": "DigestMissedAlarm",
              "VerifyWeekly": "LateScheduleAlarm"}     # rostering.late looks when each table was verified
# Which module writes the lines that a metric counts.
WRITTEN_IN = {"SyncLogs": ("sync/finish.py", "sync/hold.py", "sync/failed.py"),
              "ImportLogs": ("import_sheet/handler.py",), "PullLogs": ("sif_pull/handler.py",),
              "Gg4lLogs": ("gg4l_hook/handler.py",), "BatchLogs": ("sync/batch.py",),
              "HookLogs": ("gg4l_hook/http.py",), "AccountsLogs": ("accounts/api.py",), "WatchLogs": ("sync/watch.py",)}


def of_type(resources: dict[str, Any], kind: str) -> dict[str, Any]:
    return {name: r["Properties"] for name, r in resources.items() if r["Type"] == kind}


@pytest.fixture(scope="module")
def alarms(resources) -> dict[str, Any]:
    return of_type(resources, "AWS::CloudWatch::Alarm")


@pytest.fixture(scope="module")
def metrics(resources) -> dict[str, Any]:
    return of_type(resources, "AWS::Logs::MetricFilter")


def watched(alarms: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """(alarm, metric's name, what it is of: a logical id, "" if of nothing) of all that any alarm looks at."""
    for name, alarm in alarms.items():
        for metric in [m["MetricStat"]["Metric"] for m in alarm.get("Metrics", []) if "MetricStat" in m] or [alarm]:
            (value,) = [d["Value"] for d in metric.get("Dimensions", [])] or [{"Ref": ""}]
            yield name, metric["MetricName"], value.get("Ref", value.get("Fn::GetAtt", [""])[0])


def about(alarms: dict[str, Any], metric: str) -> set[str]:
    return {of for _, name, of in watched(alarms) if name == metric}


def test_every_function_has_an_alarm_for_its_errors(alarms, functions):
    assert about(alarms, "Errors") == functions.keys()


def test_every_function_that_can_run_out_of_concurrency_has_an_alarm(alarms, functions):
    assert about(alarms, "Throttles") == {n for n, f in functions.items() if "ReservedConcurrentExecutions" in f}


def test_every_queue_has_an_alarm(alarms, resources):
    queues = of_type(resources, "AWS::SQS::Queue").keys()
    assert about(alarms, "ApproximateNumberOfMessagesVisible") == {"DeadLetters"}
    assert about(alarms, "ApproximateAgeOfOldestMessage") == queues - {"DeadLetters"}


def test_one_dead_letter_is_enough_for_an_alarm(alarms):
    alarm = alarms["DeadLetterAlarm"]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


@pytest.mark.parametrize(("metric", "of"), [
    ("ExecutionsFailed", "Sync"), ("5xx", "Api"), ("ReadThrottleEvents", "Table"), ("WriteThrottleEvents", "Table")])
def test_failed_loads_answers_and_refused_units_have_an_alarm(alarms, metric, of):
    assert about(alarms, metric) == {of}


def test_it_is_noticed_when_a_schedule_calls_nobody(alarms, resources):
    scheduled = {target["Arn"]["Fn::GetAtt"][0] for rule in of_type(resources, "AWS::Events::Rule").values()
                 if "ScheduleExpression" in rule for target in rule["Targets"]}
    assert NOTICED_BY.keys() == scheduled
    for alarm in NOTICED_BY.values():
        assert alarms[alarm]["TreatMissingData"] == "breaching"


def test_the_week_of_verifying_is_the_one_that_lateness_goes_by(resources):
    from rostering import late

    assert of_type(resources, "AWS::Events::Rule")["VerifyWeeklyEverySunday"]["ScheduleExpression"] == late.VERIFY


def test_every_alarm_is_one_that_cloudwatch_takes_and_that_somebody_hears(alarms, resources):
    for name, alarm in alarms.items():
        assert resources[name]["Condition"] == "WithAlarms", name
        assert alarm["AlarmActions"] == {"Fn::If": ["WithAlarmEmail", [{"Ref": "AlarmTopic"}], {"Ref": "AWS::NoValue"}]}
        assert "TreatMissingData" in alarm, name
        joined = [m["MetricStat"] for m in alarm.get("Metrics", []) if "MetricStat" in m]
        periods = {m["Period"] for m in joined} or {alarm["Period"]}
        assert max(periods) * alarm["EvaluationPeriods"] <= WEEK_SECONDS, name
        assert len(joined) <= MOST_METRICS_OF_AN_ALARM, name


def test_an_alarm_names_a_chapter_of_the_runbook_that_is_there(alarms):
    lines = RUNBOOK.read_text().splitlines()
    chapters = {line.removeprefix("## ").casefold() for line in lines if line.startswith("## ")}
    named = {m[1].casefold() for alarm in alarms.values()
             if (m := re.search(r"Runbook - (.+)\.$", alarm["AlarmDescription"]))}
    assert named and named <= chapters


def lines_of(module: str) -> list[tuple[str, set[str]]]:
    """(message, names of facts) of each line that a module logs, as far as both stand in its text."""
    found = []
    for node in ast.walk(ast.parse((FUNCTIONS / module).read_text())):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = ast.unparse(node.func)
            if "logger" in called:
                text = ast.unparse(node)
                facts = {keyword.arg for keyword in node.keywords if keyword.arg} | set(re.findall(r"'(\w+)':", text))
                found.append((node.args[0].value, facts))
    return found


def test_a_metric_counts_lines_that_are_written(metrics):
    for name, one in metrics.items():
        terms = filters.terms(one["FilterPattern"])
        (message,) = [value for key, _, value in terms if key == "message"]
        (made,) = one["MetricTransformations"]
        values = [made["MetricValue"], *(d["Value"] for d in made.get("Dimensions", []))]
        needed = {key for key, _, _ in terms} - {"message", "about"}
        needed |= {value.removeprefix("$.") for value in values if value.startswith("$.")}
        written = [facts for module in WRITTEN_IN[one["LogGroupName"]["Ref"]]
                   for said, facts in lines_of(module) if said == message]
        assert any(needed <= facts for facts in written), (name, needed, written)


def test_a_metric_is_told_apart_by_an_outcome_at_most(metrics):
    """A site, a load or a person as a dimension would be a metric each, and tell of them."""
    for one in metrics.values():
        (made,) = one["MetricTransformations"]
        assert made["MetricNamespace"] == NAMESPACE
        assert [(d["Key"], d["Value"]) for d in made.get("Dimensions", [])] in (
            [], [("Outcome", "$.state")], [("Outcome", "$.outcome")])


def test_the_dashboard_shows_metrics_that_there_are(resources, metrics):
    (board,) = of_type(resources, "AWS::CloudWatch::Dashboard").values()
    widgets = json.loads(board["DashboardBody"]["Fn::Sub"])["widgets"]
    made = [m for one in metrics.values() for m in one["MetricTransformations"]]
    ours = {(m["MetricName"], bool(m.get("Dimensions"))) for m in made}
    shown = set()
    for widget in widgets:
        assert widget["properties"]["title"] and widget["properties"]["region"] == "${AWS::Region}"
        for namespace, metric, *more in widget["properties"]["metrics"]:
            dimensions = [value for value in more if isinstance(value, str)]
            shown.add(metric)
            if namespace.startswith("Rollbook/"):
                assert (metric, bool(dimensions)) in ours, metric
            else:
                named = re.fullmatch(r"\$\{(\w+)(?:\.QueueName)?\}", dimensions[1])
                assert named[1] in resources, (metric, dimensions)
    assert {m for m, _ in ours} - shown == {"Webhooks", "ManyViews"}    # counted, for whoever looks, for the alarm


@pytest.mark.parametrize("shown", [
    "Loads", "LoadsFailed", "LoadSeconds", "LoadsHeld", "ApproximateNumberOfMessagesVisible", "LateSchedules",
    "ApproximateAgeOfOldestMessage", "SignIns", "SignInsRefused", "Latency", "5xx", "ConsumedWriteCapacityUnits",
    "ConcurrentExecutions", "Errors"])
def test_the_dashboard_shows_what_an_operator_asks_first(resources, shown):
    (board,) = of_type(resources, "AWS::CloudWatch::Dashboard").values()
    assert f'"{shown}"' in board["DashboardBody"]["Fn::Sub"]


def test_no_two_widgets_lie_on_each_other(resources):
    (board,) = of_type(resources, "AWS::CloudWatch::Dashboard").values()
    places = [(w["x"], w["y"]) for w in json.loads(board["DashboardBody"]["Fn::Sub"])["widgets"]]
    assert len(set(places)) == len(places)
    assert all(x % 8 == 0 and y % 6 == 0 for x, y in places)


@pytest.mark.parametrize(("pattern", "line", "good"), [
    ('{ $.message = "held" }', '{"message":"held","site":"demo"}', True),
    ('{ $.message = "held" }', '{"message":"finished"}', False),
    ('{ $.status >= 400 && $.status < 500 }', '{"status":429}', True),
    ('{ $.status >= 400 && $.status < 500 }', '{"status":500}', False),
    ('{ $.status = 200 }', '{"status":"200"}', False),
    ('{ $.status = 200 }', "START RequestId", False)])
def test_patterns_are_understood_as_cloudwatch_does(pattern, line, good):
    assert (filters.matches(pattern, line) is not None) == good


def test_a_pattern_of_another_form_is_not_guessed_at():
    with pytest.raises(ValueError, match="message"):
        filters.terms('{ $.message != "held" }')
