"""Deploys `template.yaml` to the local cloud, from source, through CloudFormation.

What differs from AWS, all of it here:

* `CodeUri` is one zip of `functions/` as it lies there: the server's own Python, with the packages
  of the virtual environment, runs it (an arm64 bundle would not run on this machine).
* `DefinitionUri` is put inline, as `sam deploy` does by an upload, with as many Map children at a
  time as this machine has cores.
* The server asks for `dynamodb:BatchExecuteStatement`, and can't tell of which table, where AWS asks
  for `dynamodb:PartiQLInsert` and `dynamodb:PartiQLUpdate`: whoever has those is given that too.
* The server speaks plain HTTP, on this machine's loopback only: policies that deny it are left out.
* No alarms, and no concurrency is set aside.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import time
import zipfile
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]
STACK = "rollbook"
PARAMETERS = {"ReserveConcurrency": "no", "Alarms": "no", "Loopback": "yes", "ZoneBackOffSeconds": "1"}
_CODE_BUCKET = "rollbook-code"
_PARTIQL = {"dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate"}
_BATCHES = {"Effect": "Allow", "Action": "dynamodb:BatchExecuteStatement", "Resource": "*"}
# The local cloud asks for rights on the default group, whatever group a schedule is in.
_SCHEDULING = {"scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"}
_SCHEDULES = {"Effect": "Allow", "Action": sorted(_SCHEDULING), "Resource": "arn:aws:scheduler:*:*:schedule/default/*"}
_PLAIN_HTTP = {"Bool": {"aws:SecureTransport": "false"}}
_IN_PROGRESS_SECONDS = 120


class DeployError(Exception):
    """The local cloud refused the template; the message says which resource and why."""


def code(functions: Path) -> bytes:
    """A zip of everything below `functions` that a bundle would hold; equal for equal sources."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(functions.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and path.name != "Makefile":
                entry = zipfile.ZipInfo(path.relative_to(functions).as_posix(), (1980, 1, 1, 0, 0, 0))
                entry.external_attr = 0o644 << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())
    return packed.getvalue()


def template(root: Path, code_key: str) -> dict[str, Any]:
    """`template.yaml` of `root` as the local cloud takes it."""
    document = yaml_parse((root / "template.yaml").read_text())
    document["Globals"]["Function"]["CodeUri"] = {"Bucket": _CODE_BUCKET, "Key": code_key}
    for name, resource in list(document["Resources"].items()):
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::StateMachine":
            properties["Definition"] = _machine(root / properties.pop("DefinitionUri"))
        if resource["Type"] in ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"):
            policy = properties["PolicyDocument"]
            policy["Statement"] = [s for s in policy["Statement"] if s.get("Condition") != _PLAIN_HTTP]
            if not policy["Statement"]:
                del document["Resources"][name]
        for policy in properties.get("Policies", []):
            statements = policy.get("Statement", [])
            if any(_PARTIQL & set(statement["Action"]) for statement in statements):
                statements.append(_BATCHES)
            if any(_SCHEDULING & set(statement["Action"]) for statement in statements):
                statements.append(_SCHEDULES)
    return document


def _machine(path: Path) -> dict[str, Any]:
    machine = json.loads(path.read_text())
    for state in machine["States"].values():
        if "MaxConcurrency" in state:
            state["MaxConcurrency"] = os.cpu_count() or 2
    return machine


def deploy(running: Any, root: Path = ROOT) -> dict[str, str]:
    """The outputs of the stack, deployed from `root` unless what lies there is deployed already.

    `running` gives clients: `running.client("s3")`. Raises DeployError.
    """
    packed = code(root / "functions")
    key = hashlib.sha256(packed).hexdigest() + ".zip"
    body = json.dumps(template(root, key), sort_keys=True)
    digest = hashlib.sha256(body.encode()).hexdigest()
    cloudformation = running.client("cloudformation")
    stack = _stack(cloudformation)
    if stack is None or {"Key": "digest", "Value": digest} not in stack.get("Tags", []):
        s3 = running.client("s3")
        s3.create_bucket(Bucket=_CODE_BUCKET)
        s3.put_object(Bucket=_CODE_BUCKET, Key=key, Body=packed)
        s3.put_object(Bucket=_CODE_BUCKET, Key="template.json", Body=body.encode())
        url = s3.generate_presigned_url("get_object", Params={"Bucket": _CODE_BUCKET, "Key": "template.json"})
        _change(cloudformation, url, digest, "UPDATE" if stack else "CREATE")
        stack = _stack(cloudformation)
    return {output["OutputKey"]: output["OutputValue"] for output in (stack or {}).get("Outputs", [])}


def _change(cloudformation: Any, template_url: str, digest: str, kind: str) -> None:
    name = f"to-{digest[:16]}-{time.time_ns()}"
    try:
        cloudformation.create_change_set(
            StackName=STACK, ChangeSetName=name, ChangeSetType=kind, TemplateURL=template_url,
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in PARAMETERS.items()],
            Tags=[{"Key": "digest", "Value": digest}],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"])
    except ClientError as error:
        raise DeployError(error.response["Error"]["Message"]) from error
    _wait(lambda: cloudformation.describe_change_set(StackName=STACK, ChangeSetName=name),
          "CREATE_COMPLETE", cloudformation)
    cloudformation.execute_change_set(StackName=STACK, ChangeSetName=name)
    _wait(lambda: cloudformation.describe_stacks(StackName=STACK)["Stacks"][0],
          f"{kind}_COMPLETE", cloudformation)


def _stack(cloudformation: Any) -> dict[str, Any] | None:
    try:
        stack: dict[str, Any] = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":  # CloudFormation's word for "no such stack"
            return None
        raise
    return None if stack["StackStatus"] == "REVIEW_IN_PROGRESS" else stack


def _wait(describe: Any, wanted: str, cloudformation: Any) -> None:
    until = time.monotonic() + _IN_PROGRESS_SECONDS
    while time.monotonic() < until:
        answer = describe()
        status = answer.get("StackStatus") or answer["Status"]
        if status == wanted:
            return
        if "ROLLBACK" in status or not ("PROGRESS" in status or "PENDING" in status):
            raise DeployError(f"{status}: {answer.get('StatusReason') or _reasons(cloudformation)}")
        time.sleep(0.05)
    raise DeployError(f"the stack was not {wanted} after {_IN_PROGRESS_SECONDS} s")


def _reasons(cloudformation: Any) -> str:
    events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
    failed = [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
              for event in events if event["ResourceStatus"].endswith("_FAILED")]
    return "; ".join(failed[:5]) or "no reason given"
