"""The HTML of the sign-in page: Jinja2 with escaping on, one style and one script, both named to browsers by hash."""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.shared.cookies import Cookie
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATES = Path(__file__).parent / "templates"
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@functools.cache
def _environment() -> Environment:
    made = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)
    made.globals |= {"style": _text("style.css"), "script": _text("script.js")}
    return made


def page(status: int, template: str, *, home: str = "", cookies: list[Cookie] | None = None,
         headers: dict[str, str] | None = None, **values: Any) -> Response:
    """A page. `home` is where its forms may lead besides here."""
    html = _environment().get_template(f"{template}.html").render(values)
    return Response(status, "text/html; charset=utf-8", html, cookies=cookies or [],
                    headers=_HEADERS | {"Content-Security-Policy": policy(home)} | (headers or {}))


def redirect(where: str, *, cookies: list[Cookie] | None = None) -> Response:
    """To another page, always by GET (RFC 9110, 15.4.4)."""
    return Response(303, "text/html; charset=utf-8", "", cookies=cookies or [], headers=_HEADERS | {"Location": where})


def policy(home: str) -> str:
    """The Content-Security-Policy: our style and script and nothing else; in no frame.

    Browsers hold redirects after a form against `form-action`, so the learning platform is named there.
    """
    to = urlsplit(home)
    forms = " ".join(["'self'", *([f"{to.scheme}://{to.netloc}"] if home else [])])
    return (f"default-src 'none'; style-src '{_hash('style.css')}'; script-src '{_hash('script.js')}'; "
            f"form-action {forms}; frame-ancestors 'none'; base-uri 'none'")


@functools.cache
def _text(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


@functools.cache
def _hash(name: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(_text(name).encode()).digest()).decode()}"
