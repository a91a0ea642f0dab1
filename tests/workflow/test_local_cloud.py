"""The local cloud itself: closed to others, kept over a stop, not fooled by what a crash leaves behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import time
from pathlib import Path

import pytest

from infra.local import cloud, deploy

SMALL = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.13}}
Resources:
  Box: {Type: "AWS::S3::Bucket", Properties: {Tags: [{Key: mark, Value: "%s"}]}}
Outputs: {Box: {Value: !Ref Box}}
"""


@pytest.fixture
def root(tmp_path) -> Path:
    """A repository with nothing in it but a bucket."""
    (tmp_path / "root" / "functions").mkdir(parents=True)
    (tmp_path / "root" / "template.yaml").write_text(SMALL % "first")
    return tmp_path / "root"


@pytest.fixture
def home(tmp_path):
    yield tmp_path / "home"
    cloud.stop(tmp_path / "home")


def listening(pid: int) -> set[str]:
    """The addresses at which a process accepts connections (Linux)."""
    inodes = {os.readlink(path).removeprefix("socket:[").removesuffix("]")
              for path in Path(f"/proc/{pid}/fd").iterdir() if os.readlink(path).startswith("socket:")}
    found = set()
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                packed = bytes.fromhex(fields[1].partition(":")[0])
                words = [packed[at:at + 4][::-1] for at in range(0, len(packed), 4)]
                found.add(socket.inet_ntop(family, b"".join(words)))
    return found


def test_what_is_kept_is_there_after_a_stop(home, root):
    before = cloud.start(home, root=root)
    before.client("s3").put_object(Bucket=before.outputs["Box"], Key="a", Body=b"kept")
    assert cloud.stop(home) is True
    after = cloud.start(home, root=root)
    assert (after.port, after.outputs) == (before.port, before.outputs)
    assert after.client("s3").get_object(Bucket=after.outputs["Box"], Key="a")["Body"].read() == b"kept"


def test_starting_twice_is_starting_once(home, root):
    assert cloud.start(home, root=root, keep=False) == cloud.start(home, root=root, keep=False)


def test_it_deploys_again_only_when_something_changed(home, root):
    running = cloud.start(home, root=root, keep=False)
    changes = running.client("cloudformation")

    def deployments() -> int:
        return sum(event["ResourceStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
                   and event["LogicalResourceId"] == deploy.STACK
                   for event in changes.describe_stack_events(StackName=deploy.STACK)["StackEvents"])
    once = deployments()
    cloud.start(home, root=root)
    assert deployments() == once
    (root / "template.yaml").write_text(SMALL % "second")
    cloud.start(home, root=root)
    assert deployments() == once + 1


def test_a_killed_server_leaves_nothing_that_is_believed(home, root):
    running = cloud.start(home, root=root, keep=False)
    os.kill(running.pid, signal.SIGKILL)
    until = time.monotonic() + 10
    while cloud.status(home) is not None and time.monotonic() < until:
        time.sleep(0.05)
    assert cloud.status(home) is None
    assert cloud.start(home, root=root, keep=False).pid != running.pid


def test_two_run_side_by_side(home, root, tmp_path):
    try:
        one, other = cloud.start(home, root=root, keep=False), cloud.start(tmp_path / "other", root=root, keep=False)
        assert one.port != other.port
        one.client("s3").put_object(Bucket=one.outputs["Box"], Key="a", Body=b"")
        assert "Contents" not in other.client("s3").list_objects_v2(Bucket=other.outputs["Box"])
    finally:
        cloud.stop(tmp_path / "other")


def test_a_taken_port_is_an_error_that_says_so(home, root):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(cloud.CloudError, match="is taken"):
            cloud.start(home, taken.getsockname()[1], root=root)


def test_a_template_that_cannot_be_deployed_says_which_resource(home, root):
    (root / "template.yaml").write_text(SMALL.replace("AWS::S3::Bucket", "AWS::Nothing::Here"))
    with pytest.raises(deploy.DeployError, match="Nothing"):
        cloud.start(home, root=root, keep=False)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs Linux's /proc")
def test_it_listens_on_this_machine_only(running):
    assert listening(running.pid) == {"127.0.0.1"}


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs Linux's /proc")
def test_the_server_and_so_its_functions_see_nothing_of_the_users_environment(home, root, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "not-for-functions")
    monkeypatch.setenv("AWS_PROFILE", "production")
    running = cloud.start(home, root=root, keep=False)
    seen = Path(f"/proc/{running.pid}/environ").read_text()
    assert "not-for-functions" not in seen
    assert "AWS_PROFILE" not in seen


def test_what_it_keeps_is_closed_to_other_users(home, root):
    cloud.start(home, root=root, keep=False)
    assert stat.S_IMODE((home / "cloud").stat().st_mode) == 0o700
    assert json.loads((home / "cloud" / "cloud.json").read_text())["outputs"]


def test_a_function_may_do_only_what_its_role_says(running):
    """Rights are enforced, so that workflow tests find missing ones."""
    environment = running.client("lambda").get_function_configuration(
        FunctionName=running.outputs["SweepFunction"])["Role"].rsplit("/", 1)[-1]
    user = running.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::000000000000:role/{environment}", RoleSessionName="test")["Credentials"]
    session = running.session()
    dynamodb = session.client("dynamodb", aws_access_key_id=user["AccessKeyId"],
                              aws_secret_access_key=user["SecretAccessKey"], aws_session_token=user["SessionToken"])
    with pytest.raises(dynamodb.exceptions.ClientError, match="not authorized"):
        dynamodb.scan(TableName=running.outputs["TableName"])
