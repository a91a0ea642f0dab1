"""A provider on this machine that says what a test wants it to: right at first, then wrong in one way.

It shares no code with what it tests: PyJWT signs, the checks of the token endpoint are written out.
`tokens` changes what it signs with and how, `claims` what it says.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

CLIENT, SECRET, TENANT = "rollbook-at-school", "keep-this-quiet", "11111111-2222-4333-8444-555555555555"
FIRST, SECOND = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
CURVE = ec.generate_private_key(ec.SECP256R1())


class Rogue:
    """Use it in a `with`. `asked` counts requests by path."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.now = now
        self.claims: dict[str, Any] = {}
        self.drop: tuple[str, ...] = ()
        self.sign: Callable[[dict[str, Any]], str] = lambda claims: jwt.encode(
            claims, FIRST, algorithm="RS256", headers={"kid": "first"})
        self.keys: dict[str, Any] = {"first": FIRST}
        self.token_answer: tuple[int, Any] | None = None
        self.metadata: dict[str, Any] = {}
        self.asked: dict[str, int] = {}
        self._codes: dict[str, dict[str, str]] = {}
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner._answer(self, owner._documents(self.path))

            def do_POST(self) -> None:
                form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                owner._answer(self, owner._token(form))

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Rogue:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def agrees(self, url: str) -> str:
        """The person, sent to `url`, says yes: the query of the way back."""
        asked = {name: value[0] for name, value in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256" and asked["nonce"]
        assert asked["scope"].split() == ["openid", "email"] and asked["client_id"] == CLIENT
        code = f"code{len(self._codes)}"
        self._codes[code] = asked
        return f"?code={code}&state={asked['state']}"

    def _documents(self, path: str) -> tuple[int, Any]:
        if path == "/.well-known/openid-configuration":
            return 200, {"issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
                         "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys"} | self.metadata
        if path == "/keys":
            return 200, {"keys": [self._public(kid, key) for kid, key in self.keys.items()]}
        return 404, {}

    def _public(self, kid: str, key: Any) -> dict[str, Any]:
        if isinstance(key, dict):
            return key | {"kid": kid}
        algorithm = ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else RSAAlgorithm
        return algorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid, "use": "sig"}

    def _token(self, form: dict[str, str]) -> tuple[int, Any]:
        self.asked["/token"] = self.asked.get("/token", 0) + 1
        asked = self._codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if asked is None or challenge.decode().rstrip("=") != asked["code_challenge"] \
                or form.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        if self.token_answer:
            return self.token_answer
        now = int(self.now())
        claims = {"iss": self.issuer, "sub": "subject-1", "aud": CLIENT, "exp": now + 3_600, "iat": now,
                  "nonce": asked["nonce"], "email": "ana@lakeview.example", "email_verified": True,
                  "hd": "lakeview.example"} | self.claims
        claims = {name: value for name, value in claims.items() if name not in self.drop}
        return 200, {"access_token": "at", "token_type": "Bearer", "expires_in": 3_600, "id_token": self.sign(claims)}

    def _answer(self, handler: BaseHTTPRequestHandler, answer: tuple[int, Any]) -> None:
        self.asked[handler.path] = self.asked.get(handler.path, 0) + 1
        status, document = answer
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
