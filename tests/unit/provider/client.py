"""A careless client of the simulated provider, and builders for its tests."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urlencode

from cli.oneroster import Provider, simulated_provider
from cli.oneroster.provider import DATA, DISCOVERY, TOKEN
from cli.oneroster.tokens import Credentials

TODAY = date(2026, 11, 24)
NOW = 1_795_500_000.0
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Clock:
    def __init__(self) -> None:
        self.now, self.slept = NOW, []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def provider(*faults: str, students: int = 60, seed: int = 1, clock: Clock | None = None, **given: Any) -> Provider:
    clock = clock or Clock()
    return simulated_provider(students, seed, today=TODAY, faults=faults, clock=clock, sleep=clock.sleep, **given)


def basic(client: Credentials) -> dict[str, str]:
    text = base64.b64encode(f"{client.client_id}:{client.client_secret}".encode()).decode()
    return {"Authorization": f"Basic {text}"}


class Client:
    """Asks `made`, with a token of the district (or of the vendor, for Discovery)."""

    def __init__(self, made: Provider, version: str = "1.1", scope: str = "") -> None:
        self.made, self.base = made, DATA[version]
        self.headers = self.token(made.credentials, scope)

    def token(self, client: Credentials, scope: str = "") -> dict[str, str]:
        form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        status, _, body = self.made.handle("POST", TOKEN, "", FORM | basic(client), urlencode(form).encode())
        assert status == 200, body
        return {"Authorization": f"Bearer {json.loads(body)['access_token']}"}

    def ask(self, path: str, **query: Any) -> tuple[int, dict[str, str], bytes]:
        return self.made.handle("GET", f"{self.base}/{path}", urlencode(query), self.headers)

    def get(self, path: str, **query: Any) -> Any:
        status, _, body = self.ask(path, **query)
        assert status == 200, (status, body)
        return json.loads(body)

    def pages(self, collection: str, limit: int = 500) -> Iterator[list[dict[str, Any]]]:
        """Pages until an empty one; the offset advances by the rows received."""
        offset = 0
        while True:
            answer = self.get(collection, limit=limit, offset=offset)
            rows = next(iter(answer.values()))
            if not rows:
                return
            yield rows
            offset += len(rows)

    def rows(self, collection: str, limit: int = 500) -> list[dict[str, Any]]:
        return [row for page in self.pages(collection, limit) for row in page]

    def ids(self, collection: str, limit: int = 500) -> list[str]:
        return [row["sourcedId"] for row in self.rows(collection, limit)]

    def discovery(self) -> tuple[int, dict[str, str], bytes]:
        return self.made.handle("GET", DISCOVERY, "", self.token(self.made.vendor))


def client(*faults: str, version: str = "1.1", **given: Any) -> Client:
    return Client(provider(*faults, **given), version)
