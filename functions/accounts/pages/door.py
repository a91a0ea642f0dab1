"""The routes of the sign-in page, below `/sites/{site}/sign-in`:

| route                           | what it does                                                           |
|---------------------------------|------------------------------------------------------------------------|
| GET                             | the page; the next step for who is signed in: choose a password, sign out |
| POST /password, /code           | signs in; a form that is refused comes back with the reason            |
| POST /choose                    | a password of one's own, where the first one has to be changed         |
| POST /forgot                    | a letter with a link, if the account has an email; the same answer for any name |
| GET /{provider}                 | to Google or Microsoft                                                 |
| GET /{provider}/callback        | back from there                                                        |
| POST /account                   | which of one's two accounts, after that                                |
| POST /out                       | signs out                                                              |

Who has arrived goes on to the site's setting `home` with a one-time code of a minute, or is shown as
signed in. `?via=` in the address (a district's Clever link says `?via=clever`) is kept all the way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from accounts import asking, audit, passwords, sessions
from accounts.identity import Signed, identify
from accounts.pages import browser, screen
from accounts.pages.browser import Visit
from accounts.pages.by_provider import ByProvider
from accounts.ports import Ports
from accounts.problems import Refusal, not_found
from accounts.providers import configured, who
from accounts.providers.known import TITLES
from accounts.providers.peer import Peer
from accounts.sign_in import SignedIn, hand_over, methods, sign_in, sign_in_with_code, site_settings
from rostering.access.claims import TokenRefused
from rostering.credentials.first_secrets import band_of
from rostering.errors import InputError, StoreError

_LONGEST = {"username": 254, "secret": 128, "code": 64, "new": 512}


class Door:
    """The page over `ports`. `peer` talks with providers."""

    def __init__(self, ports: Ports, peer: Peer, logger: Logger) -> None:
        self.ports, self.peer, self.logger = ports, peer, logger
        self.app = APIGatewayHttpResolver()
        for error, answer in ((Refusal, self._refusal), (NotFoundError, lambda _: self._refusal(not_found())),
                              (StoreError, self._unavailable), (Exception, self._failed)):
            self.app.exception_handler(error)(answer)
        for method, path, answer in (
            ("GET", "", self.look), ("POST", "/password", self.by_password), ("POST", "/code", self.by_code),
            ("POST", "/choose", self.choose), ("POST", "/forgot", self.forgot), ("POST", "/out", self.out),
        ):
            self._route(method, path, answer)
        provided = ByProvider(self)
        self._route("POST", "/account", provided.account)
        for provider in TITLES:
            self._route("GET", f"/{provider}", provided.go, provider)
            self._route("GET", f"/{provider}/callback", provided.come_back, provider)

    def handle(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        try:
            return self.app.resolve(event, context)
        finally:
            self.app.clear_context()

    def look(self, seen: Visit, settings: dict[str, Any]) -> Response:
        signed = self._signed(seen)
        if signed is None:
            return self.sign_in_page(seen, settings)
        if signed.claims.scope == "password":
            return self._choose(seen, settings, signed)
        about = signed.account
        return self.page(200, "signed_in", seen, settings, "You are signed in", username=about.username,
                         role=about.role, code_open=False)

    def by_password(self, seen: Visit, settings: dict[str, Any]) -> Response:
        name, secret = seen.form.get("username", "").strip(), seen.form.get("secret", "")
        try:
            if not name or not secret:
                raise Refusal(400, "INVALID", "Type your username and your password.")
            if _too_long(username=name, secret=secret):
                raise Refusal(401, "SIGN_IN", "The username or the password is not right.")
            done = sign_in(self.ports, seen.site, name, secret, address=seen.address, device=seen.browser)
        except Refusal as refusal:
            return self.sign_in_page(seen, settings, refusal=refusal, username=name[:254])
        return self.arrived(seen, settings, done, "password")

    def by_code(self, seen: Visit, settings: dict[str, Any]) -> Response:
        code = seen.form.get("code", "").strip()
        try:
            if not code or _too_long(code=code):
                raise Refusal(401, "CODE", "The code is not right, was used before, or is too old.")
            done = sign_in_with_code(self.ports, seen.site, code)
        except Refusal as refusal:
            return self.sign_in_page(seen, settings, refusal=refusal, code_open=True)
        return self.arrived(seen, settings, done, "code")

    def choose(self, seen: Visit, settings: dict[str, Any]) -> Response:
        signed, new = self._signed(seen), seen.form.get("new", "")
        if signed is None or signed.claims.scope != "password":
            return screen.redirect(seen.root)
        try:
            if _too_long(new=new):
                raise Refusal(422, "PASSWORD", "The password is too long. Use at most 128 characters.")
            tokens = passwords.choose(self.ports, signed, new, secret="")
        except Refusal as refusal:
            return self._choose(seen, settings, signed, refusal=refusal)
        return self.arrived(seen, settings, SignedIn(tokens, seen.browser, must_change=False))

    def forgot(self, seen: Visit, settings: dict[str, Any]) -> Response:
        name = seen.form.get("username", "").strip()
        try:
            if not name or _too_long(username=name):
                raise Refusal(400, "INVALID", "Type your username, or your email address.")
            said = asking.ask(self.ports, seen.site, name, address=seen.address)
        except Refusal as refusal:
            return self.sign_in_page(seen, settings, refusal=refusal, username=name[:254])
        return self.page(200, "plain", seen, settings, "Look at your email", message=said, back=True)

    def out(self, seen: Visit, settings: dict[str, Any]) -> Response:
        self._end(seen, "signed out")
        return screen.redirect(seen.root, cookies=[browser.session_cookie(self.ports, "", 0)])

    def arrived(self, seen: Visit, settings: dict[str, Any], done: SignedIn, method: str = "") -> Response:
        """On to where the person wanted; `method` is noted, if it isn't yet."""
        self._end(seen, "somebody signed in on the same page")
        if method:
            who.note(self.ports, seen.site, done.tokens.account, method, via=seen.via)
        home, cookies = settings.get("home", ""), [browser.browser_cookie(self.ports, seen)]
        if home and not done.must_change:
            account, session, _ = done.tokens.refresh_token.split(".")
            sessions.end_session(self.ports, seen.site, account, session)      # the code opens the one that counts
            told = urlencode({"site": seen.site, "code": hand_over(self.ports, seen.site, account)})
            return screen.redirect(f"{home}{'&' if '?' in home else '?'}{told}",
                                   cookies=[*cookies, browser.session_cookie(self.ports, "", 0)])
        token = browser.session_cookie(self.ports, done.tokens.access_token, done.tokens.expires_in)
        return screen.redirect(seen.root, cookies=[*cookies, token])

    def sign_in_page(self, seen: Visit, settings: dict[str, Any], *, refusal: Refusal | None = None, username: str = "",
                     code_open: bool = False) -> Response:
        providers = configured.usable(self.ports, seen.site, settings)
        return self.page(refusal.status if refusal else 200, "sign_in", seen, settings, "Sign in", refusal=refusal,
                         providers=providers, password="password" in methods(settings), username=username,
                         code_open=code_open or not (providers or "password" in methods(settings)))

    def _choose(self, seen: Visit, settings: dict[str, Any], signed: Signed, *,
                refusal: Refusal | None = None) -> Response:
        about = signed.account
        band = band_of(about.role, about.fields.get("grade") or "")
        return self.page(refusal.status if refusal else 200, "choose_password", seen, settings,
                         "Choose your own password", refusal=refusal, username=about.username, least=band.own_min)

    def page(self, status: int, template: str, seen: Visit, settings: dict[str, Any], title: str, *,
             refusal: Refusal | None = None, problem: str = "", **values: Any) -> Response:
        headers = {name: value for name, value in refusal.headers.items() if name == "Retry-After"} if refusal else {}
        return screen.page(status, template, home=settings.get("home", ""), headers=headers,
                           cookies=[browser.browser_cookie(self.ports, seen)], name=settings.get("name") or seen.site,
                           title=title, problem=_sentence(refusal) if refusal else problem, root=seen.root,
                           via=seen.via, token=seen.form_token, **values)

    def _signed(self, seen: Visit) -> Signed | None:
        """Who signed in on this page with this browser and for this site."""
        if not seen.session:
            return None
        try:
            signed = identify(self.ports, {"authorization": f"Bearer {seen.session}"})
        except (TokenRefused, Refusal):
            return None
        return signed if signed.claims.site == seen.site and not signed.claims.act else None

    def _end(self, seen: Visit, why: str) -> None:
        """End the session that this browser had until now."""
        signed = self._signed(seen)
        if signed is not None:
            audit.record(self.ports, seen.site, "session.ended", by=signed.claims.sub, reason=why)
            sessions.end_session(self.ports, seen.site, signed.claims.sub, signed.claims.sid)

    def _route(self, method: str, path: str, answer: Callable[..., Response], *about: str) -> None:
        @self.app.route(f"/sites/<site>/sign-in{path}", method)
        def answered(site: str) -> Response:
            seen = browser.visit(self.ports, site, self.app.current_event.raw_event)
            settings = site_settings(self.ports, site)
            if method == "POST":
                browser.check_form(seen)
            return answer(seen, settings, *about)

    def _refusal(self, refusal: InputError) -> Response:
        status = refusal.status if isinstance(refusal, Refusal) else 400
        return _plain(status, refusal.message)

    def _unavailable(self, error: StoreError) -> Response:
        self.logger.error("store", extra={"error": type(error).__name__})
        return _plain(503, "This page is not available right now. Try again in a minute.")

    def _failed(self, error: Exception) -> Response:
        place = error.__traceback__
        while place and place.tb_next:
            place = place.tb_next
        where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else ""
        self.logger.error("failed", extra={"error": type(error).__name__, "where": where})
        return _plain(500, "Something went wrong on our side. Try again in a minute.")


def _plain(status: int, sentence: str) -> Response:
    """A page without a site: the same for one that isn't there and whatever else is asked for."""
    title = "That did not work"
    if status == 404:
        title, sentence = "There is no such page", "Look at the address on your card or letter, and type it again."
    return screen.page(status, "plain", name="Rollbook", title=title, problem=sentence, root="", via="", back=False)


def _too_long(**values: str) -> bool:
    return any(len(value) > _LONGEST[name] for name, value in values.items())


def _sentence(refusal: Refusal) -> str:
    """What the person reads: waits in words that say how long."""
    seconds = refusal.more.get("retry_after")
    if not seconds:
        return refusal.message
    long = f"{seconds} second{'' if seconds == 1 else 's'}" if seconds < 120 else f"{-(-seconds // 60)} minutes"
    return f"Too many wrong tries. Wait {long}, then try again. Your school can unlock it sooner."
