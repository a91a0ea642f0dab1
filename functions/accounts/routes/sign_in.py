"""Signing in and out, tokens and their keys, the description of the API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import Response
from jwt.algorithms import RSAAlgorithm

from accounts import asking, audit, passwords, sessions, sign_in, viewing
from accounts.models import Password, Refresh, SignIn, TokenSet
from accounts.models.inviting import ResetAnswer, ResetAsked
from accounts.problems import Refusal
from rostering.access.roles import Target

if TYPE_CHECKING:
    from accounts.api import Api

_HOUR = "public, max-age=3600"


def add(api: Api) -> None:
    ports = api.ports

    @api.route("GET", "/.well-known/jwks.json", action="", summary="The keys that sign tokens")
    def jwks():
        found = [
            RSAAlgorithm.to_jwk(key, as_dict=True) | {"kid": kid, "use": "sig", "alg": "RS256"}
            for kid, key in ports.signer.public_keys().items()
        ]
        return Response(
            200, "application/json", json.dumps({"keys": found}), headers={"Cache-Control": _HOUR}
        )

    @api.route("GET", "/openapi.json", action="", summary="This description")
    def openapi():
        return Response(200, "application/json", api.description())

    @api.route("POST", "/sites/<site>/sign-in", action="", summary="Sign in")
    def enter(site: str, body: SignIn) -> TokenSet:
        if body.code and not body.username and not body.secret:
            done = sign_in.sign_in_with_code(ports, site, body.code)
        elif body.username and body.secret and not body.code:
            done = sign_in.sign_in(
                ports, site, body.username, body.secret, address=api.address, device=body.device or ""
            )
        else:
            raise Refusal(422, "INVALID", "Give a username and a secret, or a code.")
        return _tokens(done.tokens, device=done.device, must_change=done.must_change, username=done.username)

    @api.route("POST", "/sites/<site>/sign-in/reset", action="", status=202,
               summary="Ask for a link to choose a new password by; the answer is always the same")
    def ask(site: str, body: ResetAsked) -> ResetAnswer:
        return ResetAnswer(message=asking.ask(ports, site, body.username or body.email or "", address=api.address))

    @api.route("POST", "/sites/<site>/token", action="", summary="The next tokens of a session")
    def refresh(site: str, body: Refresh) -> TokenSet:
        tokens = sessions.refresh(ports, site, body.refresh_token)
        return _tokens(tokens, must_change=tokens.scope == "password")

    @api.route(
        "POST", "/sites/<site>/password", action="password.choose", summary="Choose a password of one's own"
    )
    def choose(site: str, body: Password) -> TokenSet:
        api.require("password.choose", Target(site))
        return _tokens(passwords.choose(ports, api.signed, body.new, secret=body.secret or ""))

    @api.route("POST", "/sites/<site>/sign-out", action="session.end", summary="Sign out", status=204)
    def leave(site: str):
        api.require("session.end", Target(site))
        claims = api.signed.claims
        viewing.end(ports, api.signed, "signed out")
        audit.record(ports, claims.site, "session.ended", by=claims.sub, reason="signed out")
        sessions.end_session(ports, claims.site, claims.sub, claims.sid)
        return Response(204)


def _tokens(tokens: sessions.Tokens, **more: Any) -> TokenSet:
    return TokenSet(
        account=tokens.account,
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        expires_in=tokens.expires_in,
        **more,
    )
