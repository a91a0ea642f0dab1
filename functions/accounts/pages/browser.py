"""A browser's request: its cookies, its form, and whether the form is one of ours.

Two cookies, both out of reach of scripts and, but on a machine for trying, with the prefix `__Host-`,
so that no other name can set them (RFC 6265bis, 4.1.3.2):

* the *browser*, 400 days: a random name. It is the `device` of the lock (identity specification, 5.4),
  what a sign-in under way is bound to, and what the token of our forms is made from.
* the *session*, an hour at most: the access token of who signed in on this page.

A form counts if it brings that token and neither Origin nor Sec-Fetch-Site says that it comes from
elsewhere. Our pages send no referrer, so browsers say `Origin: null` for their forms: that tells nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from accounts.ports import Ports
from accounts.problems import Refusal

MOST_BYTES = 16 * 1024
_BROWSER_SECONDS = 400 * 86_400
_BROWSER = re.compile(r"[0-9a-f]{32}")
_VIA = re.compile(r"[a-z][a-z0-9-]{0,19}")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a browser. `known` is whether it brought its name; `session` is "" without one."""

    site: str
    path: str
    browser: str
    known: bool
    session: str
    address: str
    query: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def form_token(self) -> str:
        return hashlib.sha256(f"form|{self.site}|{self.browser}".encode()).hexdigest()

    @property
    def via(self) -> str:
        """The way in that the address told, such as clever; "" for none or for something else."""
        told = self.form.get("via") or self.query.get("via") or ""
        return told if _VIA.fullmatch(told) else ""

    @property
    def root(self) -> str:
        """The sign-in page, relative to this request's path: what is before it is the gateway's affair."""
        return "../" * (self.path.count("/") - 3) + "sign-in"


def visit(ports: Ports, site: str, event: dict[str, Any]) -> Visit:
    """What a browser sent. Raises Refusal (413) if the form is too big, (400) if it is none."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    sent = [*(event.get("cookies") or ()), *headers.get("cookie", "").split(";")]
    cookies = {name.strip(): value.strip() for name, _, value in (one.partition("=") for one in sent)}
    browser = cookies.get(names(ports)[0], "")
    known = bool(_BROWSER.fullmatch(browser))
    return Visit(site=site, path=event["rawPath"], browser=browser if known else ports.random_bytes(16).hex(),
                 known=known, session=cookies.get(names(ports)[1], ""),
                 address=event["requestContext"]["http"].get("sourceIp") or "",
                 query=_pairs(event.get("rawQueryString") or ""), form=_form(event), headers=headers)


def check_form(seen: Visit) -> None:
    """Raises Refusal (403) unless the form is one that we gave to this browser."""
    origin, host = seen.headers.get("origin", "null"), seen.headers.get("host", "")
    elsewhere = (origin != "null" and urlsplit(origin).netloc != host) \
        or seen.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
    sent = seen.form.get("token", "").encode()
    if elsewhere or not seen.known or not hmac.compare_digest(sent, seen.form_token.encode()):
        raise Refusal(403, "FORM", "This page needs cookies, and the form must be sent from this very page. Allow "
                                   "cookies for it, go back, load the page again and try once more.")


def names(ports: Ports) -> tuple[str, str]:
    """The names of the two cookies."""
    prefix = "" if ports.loopback else "__Host-"
    return f"{prefix}rollbook-browser", f"{prefix}rollbook-session"


def browser_cookie(ports: Ports, seen: Visit) -> Cookie:
    return _cookie(ports, names(ports)[0], seen.browser, _BROWSER_SECONDS)


def session_cookie(ports: Ports, token: str, seconds: int) -> Cookie:
    """The cookie of a session; an empty token with 0 seconds ends it."""
    return _cookie(ports, names(ports)[1], token, seconds)


def _cookie(ports: Ports, name: str, value: str, seconds: int) -> Cookie:
    # powertools leaves out a Max-Age of 0 and writes a negative one as 0
    return Cookie(name, value, path="/", secure=not ports.loopback, http_only=True, max_age=seconds or -1,
                  same_site=SameSite.LAX_MODE)


def _form(event: dict[str, Any]) -> dict[str, str]:
    body = event.get("body") or ""
    try:
        raw = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
    except (ValueError, binascii.Error):
        raise _no_form() from None
    if len(raw) > MOST_BYTES:
        raise Refusal(413, "TOO_BIG", "That is more than this page takes.")
    try:
        return _pairs(raw.decode("utf-8"))
    except UnicodeError:
        raise _no_form() from None


def _pairs(text: str) -> dict[str, str]:
    """Names and values; of a name that comes twice, none: nobody knows which one is meant."""
    try:
        found = parse_qsl(text, keep_blank_values=True, max_num_fields=40, errors="strict")
    except (ValueError, UnicodeError):
        raise _no_form() from None
    seen = [name for name, _ in found]
    return {name: value for name, value in found if seen.count(name) == 1 and "\x00" not in value}


def _no_form() -> Refusal:
    return Refusal(400, "FORM", "That is not a form of this page.")
