"""A zone on a port of this machine: HTTP/1.1, one SIF_Message per POST.

The zone's URL is `http://127.0.0.1:PORT/zis/ZONEID`; any other path is answered as real servers do,
with `<FATAL_ERROR>INVALID ZONE</FATAL_ERROR>` and status 200.
"""

from __future__ import annotations

import base64
import gzip
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import quote

from cli.zis.zone import CONTENT_TYPE, Answer, Zone

HOST = "127.0.0.1"
LARGEST_BODY = 16 * 1024 * 1024  # bytes
_INVALID_ZONE = b"<FATAL_ERROR>INVALID ZONE</FATAL_ERROR>"


class ZoneServer(ThreadingHTTPServer):
    """Serves one zone, every connection in a thread of its own."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, zone: Zone, port: int = 0) -> None:
        super().__init__((HOST, port), _Connection)
        self.zone = zone

    @property
    def path(self) -> str:
        return f"/zis/{quote(self.zone.id)}"

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_port}{self.path}"


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave together
    timeout = 120
    server: ZoneServer

    def do_POST(self) -> None:
        faults = self.server.zone.faults
        body = self._body()
        if body is None:
            return
        if faults.on("slow"):
            time.sleep(float(faults.value("slow")))
        if faults.strike("hang-up"):
            self.close_connection = True
            return
        if faults.on("close-connections"):
            self.close_connection = True
        if faults.on("basic-auth") and not self._is_authorized(faults.value("basic-auth")):
            self._refuse(HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": 'Basic realm="zone"'})
        elif self.path != self.server.path:
            self._send(Answer(200, {"Content-Type": CONTENT_TYPE}, _INVALID_ZONE))
        elif not self._is_sif():
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        else:
            self._send(self.server.zone.handle(body))

    def _body(self) -> bytes | None:
        """The body, if its length is given and bearable; else the connection is done for."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            self.close_connection = True
            self._refuse(HTTPStatus.LENGTH_REQUIRED)
        elif int(length) > LARGEST_BODY:
            self.close_connection = True
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            body = self.rfile.read(int(length))
            if len(body) == int(length):
                return body
            self.close_connection = True
        return None

    def _is_sif(self) -> bool:
        """Content-Type has to be `application/xml;charset="utf-8"`: common servers insist on it."""
        media_type, _, parameter = self.headers.get("Content-Type", "").lower().partition(";")
        return media_type.strip() == "application/xml" and parameter.replace(" ", "") in (
            'charset="utf-8"', "charset=utf-8")

    def _is_authorized(self, credentials: str) -> bool:
        expected = base64.b64encode(credentials.encode()).decode()
        return self.headers.get("Authorization", "") == f"Basic {expected}"

    def _refuse(self, status: HTTPStatus, headers: dict[str, str] | None = None) -> None:
        self._send(Answer(status, {"Content-Type": "text/plain"} | (headers or {}), status.phrase.encode()))

    def _send(self, answer: Answer) -> None:
        headers, body = dict(answer.headers), answer.body
        if body and self.server.zone.faults.on("gzip") and "gzip" in self.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"], body = "gzip", gzip.compress(body, compresslevel=1)
        if self.close_connection:
            headers["Connection"] = "close"
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged: bodies and ids stay out of terminals."""


@contextmanager
def serving(zone: Zone, port: int = 0) -> Iterator[str]:
    """The URL of `zone`, served by a thread until the block ends. Port 0 is any free one."""
    server = ZoneServer(zone, port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
