"""To Google or Microsoft and back: the part of the sign-in page that a provider has a say in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import Response

from accounts.pages import browser, screen
from accounts.pages.browser import Visit
from accounts.problems import Refusal, not_found
from accounts.providers import configured, exchange, who
from accounts.providers.exchange import Identity
from accounts.providers.id_tokens import IdTokenRefused
from accounts.providers.known import Provider
from accounts.sign_in import SignedIn
from rostering.model import Account

if TYPE_CHECKING:
    from accounts.pages.door import Door

_CHOICE = "choice"


class ByProvider:
    """The answers to what has to do with a provider, for `door`."""

    def __init__(self, door: Door) -> None:
        self.door = door

    def go(self, seen: Visit, settings: dict[str, Any], name: str) -> Response:
        """To the provider. The browser's name goes along as a cookie, and is what the way back is bound to."""
        provider = self._usable(seen, settings, name)
        try:
            url = exchange.begin(self.door.ports, self.door.peer, provider, browser=seen.browser, via=seen.via)
        except Refusal as refusal:
            return self.door.sign_in_page(seen, settings, refusal=refusal)
        return screen.redirect(url, cookies=[browser.browser_cookie(self.door.ports, seen)])

    def come_back(self, seen: Visit, settings: dict[str, Any], name: str) -> Response:
        provider = self._usable(seen, settings, name)
        try:
            identity = exchange.finish(self.door.ports, self.door.peer, provider, seen.query, browser=seen.browser,
                                       domains=settings.get("email_domains", []))
        except IdTokenRefused as refused:
            self.door.logger.warning("provider's answer refused", extra={"site": seen.site, "provider": name,
                                                                         "code": refused.code})
            return self.door.sign_in_page(seen, settings, refusal=Refusal(
                502, "PROVIDER", f"What {provider.title} answered could not be verified. Start again; if it happens "
                                 "again, tell your school."))
        except Refusal as refusal:
            return self.door.sign_in_page(seen, settings, refusal=refusal)
        found = who.accounts_of(self.door.ports, seen.site, identity)
        if len(found.accounts) == 1:
            return self._enter(seen, settings, found.accounts[0].id, identity)
        if found.accounts:
            return self._which(seen, settings, found.accounts, identity)
        return self._nobody(seen, settings, provider.title, identity, taken=found.taken)

    def account(self, seen: Visit, settings: dict[str, Any]) -> Response:
        try:
            kept = exchange.take_out(self.door.ports, seen.site, seen.form.get("choice", ""), browser=seen.browser,
                                     kind=_CHOICE)
        except Refusal as refusal:
            return self.door.sign_in_page(seen, settings, refusal=refusal)
        return self._enter(seen, settings, seen.form.get("account", ""), Identity(**kept["identity"]))

    def _which(self, seen: Visit, settings: dict[str, Any], accounts: list[Account], identity: Identity) -> Response:
        choice = exchange.random_name(self.door.ports)
        exchange.put_away(self.door.ports, seen.site, choice, browser=seen.browser, kind=_CHOICE, body={"identity": {
            name: getattr(identity, name) for name in identity.__dataclass_fields__}})
        return self.door.page(200, "choose_account", seen, settings, "Choose your account", choice=choice,
                              accounts=accounts)

    def _nobody(self, seen: Visit, settings: dict[str, Any], title: str, identity: Identity, *,
                taken: bool) -> Response:
        came = f"You came with the {title} account {identity.email}. " if identity.email else ""
        if taken:
            why = f"The account with that email is used with another {title} account already. Ask your school to end " \
                  "that connection."
        elif identity.email and not identity.proven:
            why = f"No account here can be opened with it: {title} doesn't vouch for that email, or it is not one of " \
                  "your school's. Use the account that your school gave you, or your username and password."
        else:
            why = "No account with that email here. Ask your school which email your account has, or sign in with " \
                  "your username and password."
        return self.door.page(403, "plain", seen, settings, "You are not signed in", problem=came + why, back=True)

    def _enter(self, seen: Visit, settings: dict[str, Any], account: str, identity: Identity) -> Response:
        try:
            tokens = who.enter(self.door.ports, seen.site, account, identity)
        except Refusal as refusal:
            return self.door.sign_in_page(seen, settings, refusal=refusal)
        return self.door.arrived(seen, settings, SignedIn(tokens, seen.browser, must_change=False))

    def _usable(self, seen: Visit, settings: dict[str, Any], name: str) -> Provider:
        """Raises Refusal (404) if nobody signs in here by that provider."""
        found = [one for one in configured.usable(self.door.ports, seen.site, settings) if one.name == name]
        if not found:
            raise not_found()
        return found[0]
