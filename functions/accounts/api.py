"""The API put together: strict JSON in, the token, the route, a response or a problem out.

Nothing is open by omission: a path that isn't in `PUBLIC` needs a token before it is even looked
at, a route needs an action of `rostering.access.rules`, and the tenant is the token's. The sign-in
page (`accounts.pages`) is apart: it is for browsers, and opens nothing of the API.
"""

from __future__ import annotations

import base64
import binascii
import functools
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)

from accounts import audit, problems, routes
from accounts.identity import Signed, check_scope, identify
from accounts.pages import TAKES
from accounts.ports import Ports
from accounts.problems import Refusal, not_allowed, not_found, not_signed_in
from rostering.access.claims import TokenRefused
from rostering.access.roles import Target
from rostering.access.rules import allow, may_ask
from rostering.errors import InputError, NotFound, RosteringError, StoreError

if TYPE_CHECKING:
    from accounts.pages.door import Door

MAX_BODY_BYTES = 64 * 1024
MAX_BYTES_OF_A_BATCH = 512 * 1024        # it may name 10,000 accounts
PUBLIC = re.compile(r"/\.well-known/jwks\.json|/openapi\.json|/sites/[^/]+/(sign-in(/reset)?|token)")
_TAG = re.compile(r'(?:W/)?"([0-9]{1,15})"')
_SIGN_IN = re.compile(r"/sites/[^/]+/sign-in(?:/|$)")
_BATCHES = re.compile(r"/sites/[^/]+/batches")
_SITE = re.compile(r"/sites/([^/]+)")


class Api:
    """The routes over `ports`. `actions` maps (method, path) of each route to its action, "" if public."""

    def __init__(self, ports: Ports, *, logger: Logger | None = None) -> None:
        self.ports = ports
        self.logger = logger or Logger(service="accounts")
        self.app = APIGatewayHttpResolver(enable_validation=True, serializer=_to_json)
        self.actions: dict[tuple[str, str], str] = {}
        for error, answer in (
            (Refusal, self._refusal),
            (RequestValidationError, self._invalid),
            (RequestUnsupportedContentType, self._unsupported),
            (NotFound, self._gone),
            (StoreError, self._store_failed),
            (InputError, self._wrong_input),
            (NotFoundError, self._no_route),
            (Exception, self._failed),
        ):
            self.app.exception_handler(error)(answer)
        routes.add_all(self)

    def route(self, method: str, path: str, *, action: str, summary: str, status: int = 200) -> Callable:
        """A decorator that makes a function the answer to `method path`; action "" is open to everybody."""
        self.actions[method, path] = action
        return self.app.route(
            path,
            method,
            summary=summary,
            status_code=status,
            tags=[path.split("/")[-1].strip("<>") or "api"],
            operation_id=f"{method.lower()}_{re.sub(r'[^a-z]+', '_', path).strip('_')}",
            openapi_extensions={"x-action": action or "public"},
            security=[{"token": []}] if action else [],
            middlewares=[_guard(self, method, path, action)] if action else [],
        )

    def description(self) -> str:
        """The OpenAPI 3.1 description of the routes."""
        # its models take 0.3 s to import, which a cold start need not pay
        from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer

        plain = self.app.get_openapi_json_schema(
            title="Rollbook accounts",
            version="1",
            openapi_version="3.1.0",
            description=__doc__.partition("\n")[0],
            security_schemes={"token": HTTPBearer(bearerFormat="JWT")},
        )
        return json.dumps(with_problems(json.loads(plain)))

    @functools.cached_property
    def door(self) -> Door:
        """The sign-in page."""
        # Authlib and Jinja take 0.4 s to import, which only those who come to the page need to wait for
        from accounts.pages.door import Door
        from accounts.providers.peer import Peer

        return Door(self.ports, Peer(now=self.ports.now, loopback=self.ports.loopback), self.logger)

    @property
    def signed(self) -> Signed:
        """The sender of the present request."""
        return self.app.context["signed"]

    @property
    def address(self) -> str:
        return self.app.current_event.request_context.http.source_ip or ""

    @property
    def if_match(self) -> int | None:
        """The version that the sender's If-Match names: None if any will do, 0 if it is none of ours."""
        sent = (self.app.current_event.headers.get("if-match") or "*").strip()
        named = _TAG.fullmatch(sent)
        return None if sent == "*" else int(named[1]) if named else 0

    def require(self, action: str, target: Target) -> None:
        """Raises Refusal (403) unless the sender may do `action` to `target`."""
        decision = allow(self.signed.actor, action, target)
        if not decision:
            raise not_allowed(decision.reason)

    def handle(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer an HTTP API event (payload 2.0). Logs one line: method, status, if about signing in; no data."""
        method = event["requestContext"]["http"]["method"]
        if TAKES.fullmatch(f"{method} {event['rawPath']}"):
            answer = self.door.handle(event, context)
            self.logger.info("answered", extra={"method": method, "status": answer["statusCode"]})
            return answer | {"body": answer["body"] or ""}
        try:
            _check_body(event)
            if not PUBLIC.fullmatch(event["rawPath"]):
                self.app.append_context(signed=self._identify(event))
            answer = self.app.resolve(event, context)
        except Refusal as refusal:
            answer = self._plain(self._refusal(refusal))
        except StoreError as error:
            answer = self._plain(self._store_failed(error))
        except Exception as error:
            answer = self._plain(self._failed(error))
        finally:
            self.app.clear_context()
        about = {"about": "sign-in"} if _SIGN_IN.match(event["rawPath"]) else {}
        self.logger.info("answered", extra={"method": method, "status": answer["statusCode"]} | about)
        return answer | {"body": answer["body"] or ""}      # an answer without content has text all the same

    def _identify(self, event: dict[str, Any]) -> Signed:
        try:
            return identify(self.ports, event.get("headers") or {})
        except TokenRefused as refused:
            self.logger.info("token refused", extra={"code": refused.code})
            raise not_signed_in() from None

    def _plain(self, response: Response) -> dict[str, Any]:
        return {
            "statusCode": response.status_code,
            "body": response.body,
            "isBase64Encoded": False,
            "cookies": [],
            "headers": {"Content-Type": response.content_type, **response.headers},
        }

    def _refusal(self, refusal: Refusal) -> Response:
        return _problem(
            refusal.status, refusal.code, refusal.message, headers=refusal.headers, **refusal.more
        )

    def _invalid(self, error: RequestValidationError) -> Response:
        wrong = [
            {"at": ".".join(str(part) for part in one["loc"]), "type": one["type"]} for one in error.errors()
        ]
        slips = ", ".join(_slip(one["at"], one["type"], told["msg"])
                          for one, told in zip(wrong[:3], error.errors(), strict=False))
        return _problem(422, "INVALID", f"The request is not what this route takes: {slips}.", wrong=wrong[:20])

    def _unsupported(self, error: RequestUnsupportedContentType) -> Response:
        return _problem(415, "CONTENT_TYPE", "Send JSON (application/json).")

    def _wrong_input(self, error: InputError) -> Response:
        return _problem(400, error.code, error.message)

    def _gone(self, error: NotFound) -> Response:
        return _problem(404, "GONE", "The file is no longer kept.")

    def _store_failed(self, error: StoreError) -> Response:
        self.logger.error("store", extra={"error": type(error).__name__})
        return _problem(503, "UNAVAILABLE", "Try again in a moment.", headers={"Retry-After": "1"})

    def _no_route(self, error: NotFoundError) -> Response:
        return self._refusal(not_found())

    def _failed(self, error: Exception) -> Response:
        place = error.__traceback__
        while place and place.tb_next:
            place = place.tb_next
        where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else ""
        said = str(error) if isinstance(error, RosteringError) else ""
        self.logger.error("failed", extra={"error": type(error).__name__, "where": where, "said": said})
        return _problem(
            500, "FAILED", "Something went wrong on our side. The time of this answer helps to find it."
        )


def with_problems(described: dict[str, Any]) -> dict[str, Any]:
    """The description with what is answered when a request isn't done: a problem, whatever the status."""
    components = described["components"]
    components["schemas"]["Problem"] = problems.SCHEMA
    components["responses"] = {"Problem": {
        "description": "The request was not done: problem details (RFC 9457)",
        "content": {problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }}
    for operation in (one for path in described["paths"].values() for one in path.values()):
        operation["responses"].pop("422", None)
        operation["responses"].get("204", {}).pop("content", None)
        operation["responses"]["default"] = {"$ref": "#/components/responses/Problem"}
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    return described


def _slip(at: str, type: str, message: str) -> str:
    """What is wrong with one value: the sentence of our own validators, which never quote it, else the type."""
    said = message.removeprefix("Value error, ") if type == "value_error" else type.replace("_", " ")
    return f"{at.removeprefix('body.')} ({said})"


def strict_json(raw: bytes) -> Any:
    """JSON with unique keys, finite numbers and storable text. Raises ValueError and nothing else."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("duplicate key")
        return found

    def finite(name: str) -> float:
        raise ValueError(f"{name} is not JSON")

    try:
        value = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=unique, parse_constant=finite)
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        text.encode()
    except RecursionError:
        raise ValueError("nested too deep") from None
    if "\\u0000" in text:
        raise ValueError("NUL")
    return value


def _check_body(event: dict[str, Any]) -> None:
    """Raises Refusal unless the body is absent or small, strict JSON; puts it into one plain form."""
    body = event.get("body")
    if not body:
        return
    try:
        raw = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
        if len(raw) > (MAX_BYTES_OF_A_BATCH if _BATCHES.fullmatch(event["rawPath"]) else MAX_BODY_BYTES):
            raise Refusal(413, "TOO_BIG", "The request is too big.")
        event["body"] = json.dumps(strict_json(raw))
        event["isBase64Encoded"] = False
    except (ValueError, binascii.Error):
        raise Refusal(400, "JSON", "The request is not JSON that we take.") from None


def _guard(api: Api, method: str, path: str, action: str) -> Callable:
    """The first check of a route, before anything is read: the site, the scope, any chance of a yes.

    Each request of a view-as leaves an event with both people, also one that is refused.
    """

    def guard(app: APIGatewayHttpResolver, next_middleware: Callable) -> Response:
        site = _SITE.match(app.current_event.path)
        signed = api.signed
        if signed.actor.viewer and site and site[1] == signed.claims.site:
            audit.record(api.ports, signed.claims.site, "emulation.request", by=signed.actor, target=signed.account.id,
                         asked=f"{method} {path}")
        check_scope(signed, site[1] if site else None, method, action)
        decision = may_ask(signed.actor, action)
        if not decision:
            if action.startswith("export."):
                audit.record(api.ports, signed.claims.site, "export.refused", by=signed.actor, asked=action)
            raise not_allowed(decision.reason)
        answer = next_middleware(app)
        if isinstance(answer.body, dict) and {"account", "version"} <= answer.body.keys():
            answer.headers["ETag"] = f'"{answer.body["version"]}"'      # what If-Match names (RFC 9110, 8.8.3)
        return answer

    return guard


def _problem(
    status: int, code: str, detail: str, *, headers: dict[str, str] | None = None, **more: Any
) -> Response:
    return Response(
        status_code=status,
        content_type=problems.CONTENT_TYPE,
        headers=headers or {},
        body=problems.details(status, code, detail, **more),
    )


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
