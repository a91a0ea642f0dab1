"""The office as a WSGI application, for tools that speak HTTP: each request becomes an event and back."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from tests.integration.accounts.office import EVENTS, Office

EVENT = json.loads((EVENTS / "http_api_v2.json").read_text())


def application(office: Office, token: Callable[[], str]) -> Callable[[dict[str, Any], Callable], Iterable[bytes]]:
    """The API behind WSGI. A request with an Authorization header gets `token()` in its place."""

    def answer(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        event, query = deepcopy(EVENT), environ.get("QUERY_STRING", "")
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        event |= {"rawPath": path, "rawQueryString": query}
        event["requestContext"]["http"] |= {"method": environ["REQUEST_METHOD"], "path": path}
        if query:
            # as API Gateway does: what comes several times is joined by commas
            given: dict[str, str] = {}
            for name, value in parse_qsl(query, keep_blank_values=True):
                given[name] = f"{given[name]},{value}" if name in given else value
            event["queryStringParameters"] = given
        for name, value in environ.items():
            if name.startswith("HTTP_"):
                event["headers"][name.removeprefix("HTTP_").replace("_", "-").lower()] = value
        if environ.get("HTTP_AUTHORIZATION"):
            event["headers"]["authorization"] = f"Bearer {token()}"
        if environ.get("CONTENT_TYPE"):
            event["headers"]["content-type"] = environ["CONTENT_TYPE"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if body:
            event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
        got = office.api.handle(event, None)
        headers = [(name, each) for name, value in (got.get("headers") or {}).items()
                   for each in (value if isinstance(value, list) else [value])]
        headers += [(name, each) for name, values in (got.get("multiValueHeaders") or {}).items() for each in values]
        start_response(f"{got['statusCode']} {HTTPStatus(got['statusCode']).phrase}", headers)
        return [(got.get("body") or "").encode()]

    return answer
