"""A browser without scripts at the sign-in page: it keeps cookies, follows redirects, sends the forms it is given."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import lxml.html

from tests.integration.accounts.office import EVENTS, SITE, Office

EVENT = json.loads((EVENTS / "http_api_v2.json").read_text())
HOST = EVENT["headers"]["host"]
PAGE = f"https://{HOST}/sites/{SITE}/sign-in"


@dataclass
class Seen:
    """What came back: `url` is where it came from, `location` where it leads."""

    url: str
    status: int
    text: str
    headers: dict[str, str]
    set_cookies: list[str]

    @property
    def location(self) -> str:
        return urljoin(self.url, self.headers["Location"]) if "Location" in self.headers else ""

    @property
    def html(self) -> Any:
        return lxml.html.fromstring(self.text)

    @property
    def title(self) -> str:
        return self.html.findtext(".//h1")

    @property
    def problem(self) -> str:
        return " ".join((self.html.xpath("string(//*[@id='problem'])") or "").split())

    @property
    def words(self) -> str:
        return " ".join(self.html.find(".//main").text_content().split())


class Browser:
    """One browser. `get` and `send` go to the API on memory; other hosts are left to the test."""

    def __init__(self, office: Office, *, address: str = "203.0.113.7") -> None:
        self.office, self.address = office, address
        self.cookies: dict[str, str] = {}

    def get(self, url: str, *, follow: bool = True, **headers: str) -> Seen:
        return self._followed(self._ask("GET", url, None, headers), follow)

    def open(self, query: str = "", **headers: str) -> Seen:
        return self.get(PAGE + query, **headers)

    def send(self, page: Seen, action: str, fields: dict[str, str], *, follow: bool = True, drop: tuple[str, ...] = (),
             **headers: str) -> Seen:
        """Fill in the form of the page whose address ends with `action`, and send it."""
        [form] = [one for one in page.html.forms if one.action.endswith(f"/{action}")]
        values = {name: value for name, value in form.form_values() if name not in drop} | fields
        return self.post(urljoin(page.url, form.action), values, follow=follow, **headers)

    def post(self, url: str, values: dict[str, str], *, follow: bool = True, **headers: str) -> Seen:
        return self._followed(self._ask("POST", url, urlencode(values), {"origin": "null"} | headers), follow)

    def _followed(self, seen: Seen, follow: bool) -> Seen:
        while follow and seen.status == 303 and urlsplit(seen.location).netloc == HOST:
            seen = self._ask("GET", seen.location, None, {})
        return seen

    def _ask(self, method: str, url: str, body: str | None, headers: dict[str, str]) -> Seen:
        parts, event = urlsplit(url), deepcopy(EVENT)
        assert parts.netloc == HOST, url
        event |= {"rawPath": parts.path, "rawQueryString": parts.query,
                  "cookies": [f"{name}={value}" for name, value in self.cookies.items()]}
        event["requestContext"]["http"] |= {"method": method, "path": parts.path, "sourceIp": self.address}
        event["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            event["body"] = body
            event["headers"]["content-type"] = "application/x-www-form-urlencoded"
        got = self.office.api.handle(event, None)
        for cookie in got.get("cookies") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "Max-Age=0" in cookie:
                del self.cookies[name]
        return Seen(url, got["statusCode"], got["body"], got["headers"], got.get("cookies") or [])
