"""The provider on a socket of this machine, and the command that serves it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cli.oneroster.provider import TOKEN
from cli.oneroster.server import MAX_BODY_BYTES, serving
from tests.unit.provider.client import FORM, Client, basic, provider

ROOT = Path(__file__).parents[3]
GRANT = b"grant_type=client_credentials"


def connected(url: str) -> closing[HTTPConnection]:
    return closing(HTTPConnection("127.0.0.1", urlsplit(url).port, timeout=10))


def answered(connection: HTTPConnection, method: str, path: str, body: bytes | None = None, headers=None):
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    return answer.status, dict(answer.headers), answer.read()


def asked_once(url: str, method: str, path: str, body: bytes | None = None, headers=None):
    with connected(url) as connection:
        return answered(connection, method, path, body, headers)


def test_a_token_discovery_and_a_page_come_over_one_connection():
    made = provider()
    with serving(made) as url, connected(url) as connection:
        status, _, body = answered(connection, "POST", TOKEN, GRANT, FORM | basic(made.vendor))
        bearer = {"Authorization": f"Bearer {json.loads(body)['access_token']}"}
        _, _, found = answered(connection, "GET", urlsplit(made.discovery_url).path, headers=bearer)
        (entry,) = json.loads(found)
        assert status == 200 and entry["tokenUrl"] == url + TOKEN and entry["apiUrl"].startswith(url)
        asking = Client(made)
        path = urlsplit(entry["apiUrl"]).path + "/users?limit=5&offset=3"
        _, headers, body = answered(connection, "GET", path, headers=asking.headers)
        assert json.loads(body) == asking.get("users", limit=5, offset=3)
        assert headers["X-Total-Count"] and url in headers["Link"]


def test_a_reset_cuts_the_connection_and_the_next_call_is_answered():
    made = provider("server_errors=reset@1")
    asking = Client(made)
    with serving(made) as url:
        with pytest.raises(ConnectionError):
            asked_once(url, "GET", f"{asking.base}/orgs", headers=asking.headers)
        assert asked_once(url, "GET", f"{asking.base}/orgs", headers=asking.headers)[0] == 200


def test_a_trickled_body_comes_whole_and_late():
    made = provider("slow=trickle:0.01")
    asking = Client(made)
    with serving(made) as url:
        begun = time.monotonic()
        _, _, body = asked_once(url, "GET", f"{asking.base}/users", headers=asking.headers)
        assert len(json.loads(body)["users"]) == 100 and time.monotonic() - begun >= 0.14


def test_a_huge_body_is_refused_and_other_methods_are_answered():
    with serving(provider()) as url:
        assert asked_once(url, "POST", TOKEN, b"x" * (MAX_BODY_BYTES + 1))[0] == 413
        assert asked_once(url, "HEAD", TOKEN)[0] == 405
        assert asked_once(url, "GET", "/elsewhere")[0] == 404


def test_the_simulator_can_be_counted_and_moved_on():
    with serving(provider()) as url, connected(url) as connection:
        assert json.loads(answered(connection, "POST", "/simulator/next-day")[2]) == {"day": "next-day"}
        assert json.loads(answered(connection, "GET", "/simulator")[2]) == {
            "day": "next-day", "calls": {}, "tokens": 0}
        assert answered(connection, "GET", "/simulator/weather")[0] == 404


def started(*arguments: str) -> subprocess.Popen[str]:
    code = f"from cli.oneroster.command import simulate; simulate({', '.join(arguments)})"
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_tells_where_it_is_and_ends_cleanly(number):
    running = started("30", "1", "'1.2'", "0", "['link=none']", "as_json=True")
    told = json.loads(running.stdout.readline())
    assert told.keys() == {"discovery_url", "token_url", "client_id", "client_secret", "district_guid", "oneroster"}
    assert told["oneroster"] == "1.2"
    assert asked_once(told["token_url"], "POST", TOKEN, GRANT, FORM)[0] == 401
    running.send_signal(number)
    assert running.communicate(timeout=20) == ("", "") and running.returncode == 0


def test_the_command_says_it_in_words_and_goes_on_to_the_next_day():
    running = started("30", "1", "'1.1'", "0", "['throttle=7']", "next_day_after=0.05",
                      "webhook_secret='whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'")
    lines = [running.stdout.readline().rstrip() for _ in range(9)]
    assert lines[0].startswith("A made-up district of 30 students, OneRoster 1.1, at http://127.0.0.1:")
    assert lines[1] == "With throttle=7, webhook=in-order."
    assert [line.split("  ")[0] for line in lines[2:8]] == [
        "discovery url", "token url", "client id", "client secret", "district", "webhooks"]
    assert lines[8] == "It is the next day now."
    running.send_signal(signal.SIGINT)
    assert running.communicate(timeout=20) == ("", "") and running.returncode == 0


def test_an_unknown_fault_is_told_before_anything_is_served():
    running = started("30", "1", "'1.1'", "0", "['links=none']")
    out, err = running.communicate(timeout=20)
    assert out == "" and "ValueError: unknown fault 'links'; one of: link," in err
