"""What stands at the other end may be anything: the zone's HTTP against a server that sends what it likes."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from rostering.transport import BodyTooBig, Refused, Transport
from sif_pull.zis import HttpZis
from tests.integration.sif_pull.office import Office

ACK = ('<SIF_Message xmlns="http://www.sifinfo.org/infrastructure/2.x" Version="2.1"><SIF_Ack><SIF_Header>'
       "<SIF_MsgId>{id}</SIF_MsgId><SIF_Timestamp>2026-11-24T08:00:00Z</SIF_Timestamp><SIF_SourceId>Z</SIF_SourceId>"
       "</SIF_Header><SIF_OriginalSourceId>Empower</SIF_OriginalSourceId><SIF_OriginalMsgId>{original}"
       "</SIF_OriginalMsgId>{rest}</SIF_Ack></SIF_Message>")
OTHER = ACK.format(id="AB" * 16, original="CD" * 16, rest="<SIF_Status><SIF_Code>0</SIF_Code></SIF_Status>")
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{"&" + chr(97 + n) + ";"}{"&" + chr(97 + n) + ";"}">' for n in range(12)) + "]>"
BODIES: dict[str, bytes] = {
    "an HTML page": b"<!DOCTYPE html><html><body>Sign in to the network</body></html>",
    "nothing": b"",
    "a FATAL_ERROR": b"<FATAL_ERROR>INVALID ZONE</FATAL_ERROR>",
    "JSON": b'{"error": "no such thing"}',
    "SIF 1.x": OTHER.replace("infrastructure/2.x", "infrastructure/1.x").encode(),
    "no namespace": OTHER.replace(' xmlns="http://www.sifinfo.org/infrastructure/2.x"', "").encode(),
    "an answer to somebody else": OTHER.encode(),
    "a DTD": (LAUGHS + OTHER).encode(),
    "an external entity": ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + OTHER).encode(),
    "UTF-16": OTHER.encode("utf-16"),
    "a text of 12 MB": OTHER.replace("<SIF_Code>0", "<SIF_Code>" + "0" * 12_000_000).encode(),
    "a depth of 5,000": ("<a>" * 5_000).encode(),
    "100 attributes": OTHER.replace("<SIF_Ack>", "<SIF_Ack " + " ".join(f'a{n}=""' for n in range(100)) + ">").encode(),
    "a cut-off message": OTHER[:300].encode(),
    "control characters": OTHER.replace("Empower", "Em\x01power").encode(),
}


@contextmanager
def server(status: int, body: bytes, **headers: str) -> Iterator[tuple[str, list[str]]]:
    """Where a server answers every POST with these, and which paths were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_response(status)
            told = {"Content-Type": "application/xml", "Content-Length": str(len(body))} | headers
            for name, value in told.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                return

        def log_message(self, *_: Any) -> None:
            return
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{httpd.server_port}/zone", asked
    finally:
        httpd.shutdown()
        httpd.server_close()


def ordered(url: str, tmp_path: Any) -> Office:
    """An office whose zone is at `url`, after one order."""
    office = Office(students=1)

    @contextmanager
    def connect(zone: Any, site: str) -> Iterator[HttpZis]:
        here = type(zone)(zone="ZONE1", url=url, zone_id="ZONE1", version="2.1")
        zis = HttpZis(here, {}, str(tmp_path), loopback=True)
        yield zis
        zis.close()
    object.__setattr__(office.desk, "connect", connect)
    office.order()
    return office


@pytest.mark.parametrize("name", BODIES)
def test_what_is_no_answer_ends_in_a_status_and_changes_nothing(name: str, tmp_path: Any) -> None:
    began = time.monotonic()
    with server(200, BODIES[name]) as (url, asked):
        office = ordered(url, tmp_path)
    assert office.pulled("schedule-1")["state"] in ("unavailable", "refused")
    assert office.session["message"] and "passwd" not in office.session["message"]
    assert office.started == [] and len(asked) <= 5
    assert time.monotonic() - began < 8


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 500, 502, 503])
def test_another_status_than_200_is_no_answer_and_no_redirect_is_followed(status: int, tmp_path: Any) -> None:
    with server(status, OTHER.encode(), Location="/elsewhere") as (url, asked):
        office = ordered(url, tmp_path)
    assert office.session["code"] == "NO_ANSWER" and str(status) in office.session["message"]
    assert {path for path in asked} == {"POST /zone"}


def test_a_bomb_is_not_unfolded(tmp_path: Any) -> None:
    bomb = gzip.compress(b"\0" * 300_000_000)
    with server(200, bomb, Content_Encoding="gzip") as (url, _):
        office = ordered(url, tmp_path)
    assert office.session["code"] == "TOO_BIG"


def test_broken_compression_is_no_answer(tmp_path: Any) -> None:
    with server(200, b"\x1f\x8b\x08garbage", Content_Encoding="gzip") as (url, _):
        assert ordered(url, tmp_path).session["code"] == "NO_ANSWER"


def test_a_compressed_answer_is_read() -> None:
    packed = gzip.compress(b"<x/>")
    with server(200, packed, Content_Encoding="gzip") as (url, _), Transport(loopback=True) as transport:
        assert transport.send("POST", url, headers={}, body=b"", most_bytes=100).body == b"<x/>"


def test_an_answer_beyond_the_cap_is_cut_and_its_head_is_kept() -> None:
    with server(200, b"x" * 1_000) as (url, _), Transport(loopback=True) as transport, \
            pytest.raises(BodyTooBig) as caught:
        transport.send("POST", url, headers={}, body=b"", most_bytes=100)
    assert caught.value.head == b"x" * 100


def test_without_loopback_this_machine_is_not_connected_to() -> None:
    with server(200, b"") as (url, asked), Transport() as transport, pytest.raises(Refused):
        transport.send("POST", url.replace("http:", "https:"), headers={}, body=b"", most_bytes=100)
    assert asked == []


@pytest.mark.parametrize("address", [
    "169.254.169.254", "10.0.0.8", "127.0.0.1", "::1", "64:ff9b::7f00:1", "100.64.0.1"])
def test_a_public_name_that_leads_inside_is_not_connected_to(address: str) -> None:
    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        return [(0, 0, 0, "", ("93.184.216.34", port)), (0, 0, 0, "", (address, port))]
    with Transport(resolve=resolve) as transport, pytest.raises(Refused) as caught:
        transport.send("POST", "https://zis.example.org/zone", headers={}, body=b"", most_bytes=100)
    assert caught.value.code == "ADDRESS"


def test_no_cookie_and_no_proxy_of_this_machine_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with server(200, b"ok", Set_Cookie="a=b") as (url, asked), Transport(loopback=True) as transport:
        for _ in range(2):
            assert transport.send("POST", url, headers={}, body=b"", most_bytes=10).body == b"ok"
    assert len(asked) == 2
