"""The client: the HTTP API with the user's session, and the inbox.

Where they are: $ROLLBOOK_API with the usual AWS credentials if that is set, else the local cloud of
this home.
"""

from __future__ import annotations

import os
import re
import secrets
import time
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cli import home
from cli.screen import Trouble

TIMEOUT_SECONDS = (5, 60)
_EARLY_SECONDS = 60
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Refused(Trouble):
    """The API said no. `status` and `code` are the problem's (RFC 9457), `more` its other members."""

    def __init__(self, status: int, code: str, detail: str, more: dict[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.more = more or {}
        self.status = status
        self.code = code


class Client:
    """The API of one site, as the user who signed in on this machine. `aws` gives boto3 clients."""

    def __init__(self, api: str, site: str, *, aws: Callable[[str], Any]) -> None:
        self.api = api.rstrip("/")
        self.site = site
        self.aws = aws
        import requests  # imported when needed: checking a sheet takes no network

        self._http = requests.Session()
        self._inbox: dict[str, Any] | None = None
        self._bearer = ""

    def bearing(self, token: str) -> Client:
        """A client that sends this access token instead of the user's session, and never renews it."""
        other = Client(self.api, self.site, aws=self.aws)
        other._bearer = token
        return other

    def get(self, path: str, **query: Any) -> Any:
        """The answer to GET under the site; parameters that are None are left out."""
        return self._signed(
            "GET", path, params={name: value for name, value in query.items() if value is not None}
        )

    def post(self, path: str, body: Any = None, *, once: str = "") -> Any:
        """The answer to POST; with `once`, a name of the request, sending it again does nothing more."""
        return self._signed("POST", path, json=body, headers={"Idempotency-Key": once} if once else {})

    def put(self, path: str, body: Any) -> Any:
        return self._signed("PUT", path, json=body)

    def patch(self, path: str, body: Any) -> Any:
        return self._signed("PATCH", path, json=body)

    def delete(self, path: str, **query: Any) -> Any:
        """The answer to DELETE; parameters that are None are left out."""
        return self._signed("DELETE", path, params={name: value for name, value in query.items() if value is not None})

    def pages(self, path: str, name: str, *, most: int | None = None, **query: Any) -> Iterator[Any]:
        """The things in `name` of every page, at most `most`."""
        given, after = 0, None
        while True:
            page = self.get(path, after=after, **query)
            for one in page[name]:
                if given == most:
                    return
                given += 1
                yield one
            after = page.get("after")
            if not after:
                return

    def sign_in(self, **proof: str) -> dict[str, Any]:
        """Sign in with `username` and `secret`, or with `code`; the session is kept."""
        with home.turn():
            device = (home.session(self.site) or {}).get("device")
            if device and "code" not in proof:
                proof["device"] = device
            answer = self._send("POST", f"{self._root}/sign-in", json=proof)
            self._keep(answer)
        return answer

    def choose_password(self, new: str, *, secret: str = "") -> None:
        answer = self.post("/password", {"new": new} | ({"secret": secret} if secret else {}))
        with home.turn():
            self._keep(answer)

    def switch(self, account: str, *, secret: str = "") -> dict[str, Any]:
        """Go over to another account of one's own; its session is kept in place of the present one."""
        device = (home.session(self.site) or {}).get("device")
        body = {"account": account, "secret": secret or None, "device": device}
        answer = self.post("/session/switch", {name: value for name, value in body.items() if value})
        with home.turn():
            self._keep(answer)
        return answer

    def sign_out(self) -> None:
        try:
            self.post("/sign-out")
        finally:
            with home.turn():
                home.forget_session(self.site)

    def drop(self, path: Path, *, ticket: str = "cli") -> str:
        """Put a file into the inbox; gives its key. The key ends with the file's name."""
        from boto3.exceptions import S3UploadFailedError
        from botocore.exceptions import BotoCoreError, ClientError

        if self._inbox is None:
            self._inbox = self.get("")
        bucket = self._inbox.get("inbox_bucket")
        if not bucket:
            raise Trouble("Your account may not drop sheets here: it needs loads.approve or accounts.manage.")
        key = f"{self._inbox['inbox_prefix']}{file_name(ticket)}/{ulid()}/{file_name(path.name)}"
        try:
            self.aws("s3").upload_file(
                str(path), bucket, key, ExtraArgs={"Metadata": {"sent-by": self.account}}
            )
        except (BotoCoreError, ClientError, S3UploadFailedError) as error:
            raise Trouble(f"The file could not be put into the inbox: {reason(error)}.") from None
        except OSError as error:
            raise Trouble(f"{path} can't be read: {error.strerror or error}.") from None
        return key

    def fetch(self, link: str, to: Path) -> Path:
        """Download a link to a file, which appears whole or not at all."""
        import requests

        _make_folder(to.parent)
        part = to.with_name(f".{to.name}.part")
        try:
            with requests.get(link, timeout=TIMEOUT_SECONDS, stream=True) as answer:
                if not answer.ok:
                    raise Trouble(f"{to.name} could not be downloaded (status {answer.status_code}).")
                with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                    for piece in answer.iter_content(1 << 16):
                        file.write(piece)
            part.replace(to)
        except requests.RequestException as error:
            raise Trouble(f"{to.name} could not be downloaded: {type(error).__name__}.") from None
        finally:
            part.unlink(missing_ok=True)
        return to

    @property
    def account(self) -> str:
        """The account that is signed in here, "" if none is."""
        return (home.session(self.site) or {}).get("account", "")

    @property
    def _root(self) -> str:
        return f"{self.api}/sites/{segment(self.site)}"

    def _signed(self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> Any:
        if self._bearer:
            bearing = {"Authorization": f"Bearer {self._bearer}"} | (headers or {})
            return self._send(method, self._root + path, headers=bearing, **more)
        for last in (False, True):
            token = self._token(renew=last)
            try:
                return self._send(
                    method, self._root + path, headers={"Authorization": f"Bearer {token}"} | (headers or {}), **more
                )
            except Refused as refused:
                if refused.status != 401 or last or refused.code != "NOT_SIGNED_IN":
                    raise
        raise AssertionError("the loop returns or raises")

    def _token(self, *, renew: bool) -> str:
        """An access token that still counts, renewed if it is about to end."""
        seen = home.session(self.site)
        if seen and not renew and seen["expires_at"] - _EARLY_SECONDS > time.time():
            return seen["access_token"]
        with home.turn():
            held = home.session(self.site)
            if held is None or held.get("api") != self.api:
                raise Trouble(
                    f"You are not signed in at {self.site}. Run: rollbook sign-in --site {self.site}"
                )
            if held == seen or held["expires_at"] - _EARLY_SECONDS <= time.time():
                try:
                    answer = self._send(
                        "POST", f"{self._root}/token", json={"refresh_token": held["refresh_token"]}
                    )
                except Refused as refused:
                    if refused.status != 401:
                        raise
                    raise Trouble(
                        f"Your session at {self.site} has ended. Run: rollbook sign-in --site {self.site}"
                    ) from None
                held = self._keep(answer)
        return held["access_token"]

    def _keep(self, answer: dict[str, Any]) -> dict[str, Any]:
        device = answer.get("device") or (home.session(self.site) or {}).get("device")
        values = {
            "api": self.api,
            "account": answer["account"],
            "access_token": answer["access_token"],
            "refresh_token": answer["refresh_token"],
            "device": device,
            "expires_at": time.time() + answer["expires_in"],
        }
        home.keep_session(self.site, values)
        return values

    def _send(self, method: str, url: str, **more: Any) -> Any:
        import requests

        try:
            answer = self._http.request(method, url, timeout=TIMEOUT_SECONDS, **more)
        except requests.ConnectionError:
            raise Trouble(
                f"{self.api} does not answer. Is the local cloud up (rollbook local up), or is "
                "ROLLBOOK_API right?"
            ) from None
        except requests.RequestException as error:
            raise Trouble(f"{self.api} could not be asked: {type(error).__name__}.") from None
        try:
            body = answer.json() if answer.content else None
        except ValueError:
            body = None
        if answer.ok:
            return body
        problem = body if isinstance(body, dict) else {}
        code = problem.get("code", "")
        detail = problem.get("detail") or f"{self.api} answered with status {answer.status_code}."
        hint = f" {sign_in_again(self.site)}" if code == "STEP_UP" else ""
        raise Refused(answer.status_code, code, detail + hint, problem)


def sign_in_again(site: str) -> str:
    """What to type when what is asked for needs a fresh sign-in."""
    return (f"Run: rollbook sign-in --site {site} (who signs in by codes: rollbook site code {site}, then "
            f"rollbook sign-in --site {site} --code …).")


def connect(site: str) -> Client:
    """The client for a site: AWS if $ROLLBOOK_API is set, else the local cloud of this home."""
    api = os.environ.get("ROLLBOOK_API")
    if api:
        return Client(api, site, aws=_usual_aws)
    from cli.local import running

    cloud = running()
    return Client(cloud.api_url, site, aws=cloud.client)


def _usual_aws(service: str) -> Any:
    import boto3
    from botocore.exceptions import BotoCoreError

    try:
        return boto3.client(service)
    except BotoCoreError as error:
        raise Trouble(f"AWS can't be used: {reason(error)}.") from None


def reason(error: Exception) -> str:
    """What an error of AWS says, without its wrapping."""
    said = getattr(error, "response", {}).get("Error", {}) if hasattr(error, "response") else {}
    if said.get("Code"):
        return f"{said['Code']} {said.get('Message', '')}".strip().rstrip(".")
    return str(error).rstrip(".")


def segment(text: str) -> str:
    """`text` as one segment of a path: what isn't plain is ~ and two hex digits."""
    return quote(text, safe="").replace("~", "%7E").replace("%", "~")


def file_name(name: str) -> str:
    """A file's name as the last part of a key: normalized, without slashes and control characters."""
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFC", name)
        if letter not in "/\\" and unicodedata.category(letter)[0] != "C"
    )
    stem, dot, ending = plain.rpartition(".")
    short = f"{stem[:100]}{dot}{ending[:20]}" if dot else plain[:120]
    return re.sub(r"^\.+$", "_", short) or "_"


def ulid() -> str:
    """A new name that sorts by time (ULID)."""
    number = (int(time.time() * 1000) << 80) | secrets.randbits(80)
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -5, -5))


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Trouble(f"The folder {path} can't be made: {error.strerror or error}.") from None
