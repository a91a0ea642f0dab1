"""The local cloud: one server process under a home folder, with `template.yaml` deployed to it.

`start` gives a `Running`, whether the server had to be started or was there already. Whether one is
there is told by a lock that the server process holds as long as it lives: after a crash or a power
cut nothing stale is believed. Everything it keeps is below `home`/cloud, closed to other users.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import requests
from botocore.config import Config

from infra.local import deploy as deployment

REGION = "us-east-1"
ACCESS_KEY = "test"
SECRET_KEY = "test"  # noqa: S105 the root credentials that every local cloud has
HEALTH = "/_ministack/health"
START_SECONDS = 60
STOP_SECONDS = 20
_children: dict[int, subprocess.Popen[bytes]] = {}


class CloudError(Exception):
    """The local cloud can't be started or used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Running:
    """A local cloud that answers. `outputs` are those of the stack."""

    home: str
    pid: int
    port: int
    outputs: dict[str, str] = field(default_factory=dict)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        """Where the HTTP API answers, without a slash at the end."""
        return f"{self.endpoint}/_aws/execute-api/{self.outputs['ApiId']}/$default"

    def environment(self) -> dict[str, str]:
        """The variables with which any AWS SDK or tool talks to this cloud, and to nothing else."""
        return {"AWS_ENDPOINT_URL": self.endpoint, "AWS_ACCESS_KEY_ID": ACCESS_KEY,
                "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION,
                "AWS_EC2_METADATA_DISABLED": "true"}

    def session(self) -> boto3.Session:
        """A session whose clients talk to this cloud with the root user's rights."""
        return _Session(self.endpoint)

    def client(self, service: str) -> Any:
        return self.session().client(service)

    def reset(self, root: Path = deployment.ROOT) -> Running:
        """The same cloud, emptied of everything and deployed anew."""
        _http().post(f"{self.endpoint}/_ministack/reset", timeout=30).raise_for_status()
        return _deployed(self, Path(self.home), root)


class _Session(boto3.Session):
    """Knows this cloud only: profiles, settings and proxies of the user are left aside."""

    def __init__(self, endpoint: str) -> None:
        own = {"profile": (None, None, None, None), "config_file": (None, None, os.devnull, None),
               "credentials_file": (None, None, os.devnull, None)}
        super().__init__(aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY, region_name=REGION,
                         botocore_session=botocore.session.Session(session_vars=own))
        self._endpoint = endpoint

    def client(self, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("endpoint_url", self._endpoint)
        own = Config(retries={"max_attempts": 3, "mode": "standard"}, proxies={})
        kwargs["config"] = own.merge(kwargs["config"]) if kwargs.get("config") else own
        return super().client(*args, **kwargs)

    def resource(self, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("endpoint_url", self._endpoint)
        return super().resource(*args, **kwargs)


def start(home: Path, port: int | None = None, *, root: Path = deployment.ROOT, keep: bool = True,
          wait_scale: float = 1.0) -> Running:
    """The local cloud of `home`, started if it is not there, with the present source deployed.

    `port` None takes a free one (the last one, if that is still free). `keep` False forgets
    everything when it stops. `wait_scale` 0 makes the waits of the state machine instant.

    Raises CloudError, and deployment.DeployError if the template is refused.
    """
    folder = _folder(home)
    with _turn(folder):
        running = status(home)
        if running is None:
            running = _launch(home, folder, port, keep=keep, wait_scale=wait_scale)
        elif port not in (None, running.port):
            raise CloudError(f"a local cloud already runs on port {running.port}; stop it first")
        return _deployed(running, home, root)


@contextlib.contextmanager
def bare(home: Path) -> Iterator[Running]:
    """A local cloud to which nothing is deployed; it ends with the block and keeps nothing. Raises CloudError."""
    folder = _folder(home)
    with _turn(folder):
        running = _launch(home, folder, None, keep=False, wait_scale=1.0)
    try:
        yield running
    finally:
        stop(home)


def status(home: Path) -> Running | None:
    """The local cloud of `home` if its server lives, as it was last deployed."""
    folder = home / "cloud"
    if not folder.is_dir():
        return None
    with _locked(folder / "alive") as free:
        if free:
            _bury()
            return None
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:  # another process may be starting it at this moment
        with contextlib.suppress(OSError, ValueError, KeyError):
            said = json.loads((folder / "cloud.json").read_text())
            return Running(said["home"], said["pid"], said["port"], said["outputs"])
        time.sleep(0.1)
    raise CloudError(f"a server runs for {home}, but {folder / 'cloud.json'} does not say on which port")


def stop(home: Path) -> bool:
    """Whether a local cloud ran and is now stopped. What it kept is there at the next start."""
    running = status(home)
    if running is None:
        return False
    folder = home / "cloud"
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(running.pid, number)
        until = time.monotonic() + STOP_SECONDS
        while time.monotonic() < until:
            with _locked(folder / "alive") as free:
                if free:
                    _bury()
                    (folder / "cloud.json").unlink(missing_ok=True)
                    shutil.rmtree(folder / "tmp", ignore_errors=True)
                    return True
            time.sleep(0.05)
    raise CloudError(f"process {running.pid} does not end")


def _launch(home: Path, folder: Path, port: int | None, *, keep: bool, wait_scale: float) -> Running:
    before = folder / "port"
    wanted = port or (int(before.read_text()) if before.exists() else 0)
    port = _free(wanted, must=port is not None)
    (folder / "cloud.json").unlink(missing_ok=True)
    for name in ("state", "s3", "tmp"):
        if name == "tmp" or not keep:
            shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    alive = os.open(folder / "alive", os.O_RDWR | os.O_CREAT, 0o600)
    with (folder / "cloud.log").open("ab") as log:
        try:
            fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
            process = subprocess.Popen(
                [sys.executable, "-m", "ministack"], env=_environment(folder, port, keep, wait_scale),
                cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(alive,),
                start_new_session=True)
        finally:
            os.close(alive)
    _children[process.pid] = process
    running = Running(home=str(home), pid=process.pid, port=port)
    until = time.monotonic() + START_SECONDS
    while not _healthy(running):
        if process.poll() is not None or time.monotonic() > until:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            raise CloudError(f"the local cloud did not start; see {folder / 'cloud.log'}")
        time.sleep(0.05)
    before.write_text(str(port))
    _write(folder / "cloud.json", asdict(running))
    return running


def _bury() -> None:
    """Take leave of servers that this process started and that have ended."""
    for pid, child in list(_children.items()):
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=0.2)
            del _children[pid]


def _deployed(running: Running, home: Path, root: Path) -> Running:
    running = replace(running, outputs=deployment.deploy(running, root))
    _write(_folder(home) / "cloud.json", asdict(running))
    return running


def _environment(folder: Path, port: int, keep: bool, wait_scale: float) -> dict[str, str]:
    """All that the server sees; its Lambda functions see it too, so nothing of the user's is in it."""
    persist = "1" if keep else "0"
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "TMPDIR": str(folder / "tmp"),
            "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1",
            "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0",
            "AUTH": "true", "LAMBDA_EXECUTOR": "local", "LOG_LEVEL": "WARNING",
            "MINISTACK_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "PERSIST_STATE": persist, "STATE_DIR": str(folder / "state"),
            "S3_PERSIST": persist, "S3_DATA_DIR": str(folder / "s3"), "SFN_WAIT_SCALE": str(wait_scale)}


def _folder(home: Path) -> Path:
    folder = home / "cloud"
    for path in (home, folder):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def _healthy(running: Running) -> bool:
    try:
        return _http().get(running.endpoint + HEALTH, timeout=2).ok
    except requests.RequestException:
        return False


def _http() -> requests.Session:
    """A session that goes through no proxy."""
    session = requests.Session()
    session.trust_env = False
    return session


def _free(wanted: int, *, must: bool) -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError as error:
            if must:
                raise CloudError(f"port {wanted} is taken") from error
            return _free(0, must=True)
        return probe.getsockname()[1]


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[bool]:
    """Whether nobody holds the lock of `path`; held by us meanwhile if so."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Only one process at a time starts or deploys."""
    descriptor = os.open(folder / "turn", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(path: Path, content: dict[str, Any]) -> None:
    """Replaces `path` at once, so that nobody reads half of it."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(content))
    new.chmod(0o600)
    new.replace(path)
