"""What an operator sees of the running cloud: queues, logs, executions, the events of the buckets."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from infra.local.cloud import Running
from infra.local.deploy import STACK


def waiting(cloud: Running, queue: str) -> int:
    """Messages of a queue that wait or are being worked on."""
    told = cloud.client("sqs").get_queue_attributes(QueueUrl=cloud.outputs[queue], AttributeNames=["All"])
    return sum(int(told["Attributes"][name]) for name in
               ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"))


def logged(cloud: Running) -> list[str]:
    """Every line of every log stream."""
    logs = cloud.client("logs")
    lines = []
    for group in logs.get_paginator("describe_log_groups").paginate().search("logGroups[].logGroupName"):
        found = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        lines += [event["message"] for page in found for event in page["events"]]
    return lines


def said(cloud: Running, message: str, **facts: Any) -> list[dict[str, Any]]:
    """The JSON lines of the logs with that message and these facts."""
    found = []
    for line in logged(cloud):
        with suppress(ValueError):
            entry = json.loads(line)
            if isinstance(entry, dict) and entry.get("message") == message and facts.items() <= entry.items():
                found.append(entry)
    return found


class Overheard:
    """Every event of the buckets from now on, in a queue that gets them just as the queue of drops does."""

    def __init__(self, cloud: Running) -> None:
        self._sqs, events = cloud.client("sqs"), cloud.client("events")
        self._queue = self._sqs.create_queue(QueueName="overheard")["QueueUrl"]
        told = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        events.put_rule(Name="overheard", EventPattern=json.dumps({"source": ["aws.s3"]}))
        events.put_targets(Rule="overheard", Targets=[{"Id": "queue", "Arn": told["Attributes"]["QueueArn"]}])
        self._bodies: list[str] = []

    def messages(self, about: str) -> list[str]:
        """The bodies so far that have `about` in them, as they came."""
        while found := self._sqs.receive_message(
                QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages"):
            self._bodies += [message["Body"] for message in found]
            for message in found:
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return [body for body in self._bodies if about in body]


def happened(cloud: Running, execution: str) -> list[dict[str, Any]]:
    """The history of an execution."""
    pages = cloud.client("stepfunctions").get_paginator("get_execution_history").paginate(
        executionArn=execution, includeExecutionData=True)
    return [event for page in pages for event in page["events"]]


def called(cloud: Running, name: str) -> str:
    """What a resource of the template is called in the cloud."""
    told = cloud.client("cloudformation").describe_stack_resource(StackName=STACK, LogicalResourceId=name)
    return told["StackResourceDetail"]["PhysicalResourceId"]
