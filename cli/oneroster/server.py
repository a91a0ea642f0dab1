"""A provider on 127.0.0.1."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

from cli.oneroster.provider import Provider

MAX_BODY_BYTES = 65_536
IDLE_SECONDS = 60
_PIECES = 16  # of a trickled body


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, provider: Provider) -> None:
        self.provider = provider
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True  # head and body are two writes; the second would wait for an ACK
    server: _Server

    def version_string(self) -> str:
        return "SimulatedProvider"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    do_PUT = do_DELETE = do_PATCH = do_HEAD = do_POST

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: tokens and ids stay out of logs."""

    def _answer(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            self.send_error(413)
            return
        body = self.rfile.read(int(length))
        url = urlsplit(self.path)
        try:
            status, headers, answer = self.server.provider.handle(
                self.command, url.path, url.query, dict(self.headers.items()), body)
        except ConnectionResetError:
            self._cut()
            return
        with suppress(ConnectionError):
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self._send(answer)

    def _send(self, answer: bytes) -> None:
        slow = self.server.provider.faults.slow
        if not slow.trickled:
            self.wfile.write(answer)
            return
        size = max(1, -(-len(answer) // _PIECES))
        for start in range(0, len(answer), size):
            self.wfile.write(answer[start:start + size])
            self.wfile.flush()
            time.sleep(slow.seconds)

    def _cut(self) -> None:
        """Reset the connection: closing with SO_LINGER 0 sends no FIN."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


@contextmanager
def serving(provider: Provider, port: int = 0) -> Iterator[str]:
    """Serve `provider` on 127.0.0.1 (a free port if 0); the base URL, which it also becomes for it.

    Raises OSError if the port is taken.
    """
    server = _Server(port, provider)
    provider.base_url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield provider.base_url
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
