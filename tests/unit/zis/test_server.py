"""A zone over HTTP: what the transport asks for, what it adds, and its own faults."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from urllib.parse import urlsplit

import pytest

from cli.zis.command import simulate
from cli.zis.server import serving
from tests.unit.zis.asking import Agent, Heard, zone

HEADERS = {"Content-Type": 'application/xml;charset="utf-8"'}


@contextmanager
def connected(*faults: str, **given) -> Iterator[tuple[http.client.HTTPConnection, str, bytes]]:
    """A connection, the path of the zone, and a SIF_Register to post."""
    with serving(zone(5, faults=faults, **given)) as url:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=20)
        yield connection, parts.path, Agent(zone()).written(
            "SIF_Register", "<SIF_Name>E</SIF_Name><SIF_Version>2.1</SIF_Version>"
            "<SIF_MaxBufferSize>4096</SIF_MaxBufferSize><SIF_Mode>Pull</SIF_Mode>")
        connection.close()


def post(connection: http.client.HTTPConnection, path: str, body: bytes, **headers: str) -> http.client.HTTPResponse:
    connection.request("POST", path, body, HEADERS | {name.replace("_", "-"): value for name, value in headers.items()})
    return connection.getresponse()


def test_messages_go_over_one_connection():
    with connected() as (connection, path, body):
        codes, sockets = [], set()
        for _ in range(2):
            answer = post(connection, path, body)
            sockets.add(connection.sock)
            codes.append(Heard(Answered(answer)).code)
            assert answer.headers["Content-Type"] == HEADERS["Content-Type"]
        assert (codes, len(sockets)) == (["0", "7"], 1)


class Answered:
    """A response as `Heard` reads it."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.body = response.status, response.read()


def test_another_path_is_no_zone():
    with connected() as (connection, path, body):
        for other in (path + "/", path.lower(), "/"):
            answer = post(connection, other, body)
            assert (answer.status, answer.read()) == (200, b"<FATAL_ERROR>INVALID ZONE</FATAL_ERROR>")


@pytest.mark.parametrize(("headers", "status"), [
    ({"Content_Type": "text/xml"}, 415), ({"Content_Type": "application/xml"}, 415),
    ({"Content_Type": "application/xml; charset=UTF-8"}, 200), ({"Content_Length": "99999999"}, 413),
    ({"Content_Length": "many"}, 411),
])
def test_the_headers_have_to_be_right(headers, status):
    with connected() as (connection, path, body):
        assert post(connection, path, body, **headers).status == status


def test_other_methods_are_not_served():
    with connected() as (connection, path, _):
        connection.request("GET", path)
        assert connection.getresponse().status == 501


@pytest.mark.parametrize(("faults", "accepts", "coded"), [
    (["gzip"], "gzip;q=1.0", "gzip"), (["gzip"], "identity", None), ([], "gzip", None)])
def test_answers_are_compressed_for_whoever_accepts_it(faults, accepts, coded):
    with connected(*faults) as (connection, path, body):
        answer = post(connection, path, body, Accept_Encoding=accepts)
        raw = answer.read()
        assert answer.headers["Content-Encoding"] == coded
        assert b"SIF_AgentACL" in (gzip.decompress(raw) if coded else raw)


def test_a_connection_may_be_closed_after_every_answer():
    with connected("close-connections") as (connection, path, body):
        answer = post(connection, path, body)
        assert answer.headers["Connection"] == "close"
        assert answer.will_close


def test_a_connection_may_be_closed_without_an_answer():
    with connected("hang-up") as (connection, path, body):
        with pytest.raises(http.client.RemoteDisconnected):
            post(connection, path, body)
        connection.close()
        assert Heard(Answered(post(connection, path, body))).code == "0"


def test_an_answer_may_take_its_time():
    with connected("slow=0.2") as (connection, path, body):
        before = time.monotonic()
        post(connection, path, body).read()
        assert time.monotonic() - before >= 0.2


def test_credentials_may_be_wanted():
    with connected("basic-auth=user:pass") as (connection, path, body):
        refused = post(connection, path, body)
        assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, 'Basic realm="zone"')
        refused.read()
        assert post(connection, path, body, Authorization="Basic dXNlcjpwYXNz").status == 200


def test_faults_of_the_zone_come_over_http():
    with connected("html-502") as (connection, path, body):
        answer = post(connection, path, body)
        assert (answer.status, answer.headers["Content-Type"]) == (502, "text/html")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_simulation_says_where_it_is_and_ends_well_when_interrupted(number):
    script = "from cli.zis.command import simulate; simulate(30, faults=['asleep:2'], next_day_after=0.01)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}) as process:
        lines = [process.stdout.readline().rstrip("\n") for _ in range(4)]
        process.send_signal(number)
        _, problems = process.communicate(timeout=20)
    assert lines[0] == "30 students, SIF 2.1, faults: asleep:2"
    assert lines[1].startswith("url       http://127.0.0.1:") and lines[1].endswith("/zis/ZONE1")
    assert lines[2:] == ["zone id   ZONE1", "agent id  Empower"]
    assert (process.returncode, problems) == (0, "")


def test_a_simulation_says_where_it_is_as_json(capsys):
    stop = Event()
    thread = Thread(target=simulate, args=(7,), kwargs={"as_json": True, "stop": stop, "version": "2.3"})
    thread.start()
    said = ""
    while not said:
        said = capsys.readouterr().out
        time.sleep(0.01)
    stop.set()
    thread.join()
    told = json.loads(said)
    assert told.pop("url").startswith("http://127.0.0.1:")
    assert told == {"zone_id": "ZONE1", "agent_id": "Empower", "version": "2.3", "students": 7}


def test_a_simulation_that_cannot_be_says_why():
    with pytest.raises(ValueError, match="only come after today"):
        simulate(5, day="next-day", next_day_after=1)
