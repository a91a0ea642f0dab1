"""Google and Microsoft of a site, an account's link with a subject there, and going over to one's other account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from accounts import models, people, switching
from accounts.models import TokenSet
from accounts.problems import not_allowed, not_found
from accounts.providers import configured, who
from accounts.providers.known import TITLES
from accounts.routes import text_of
from accounts.sign_in import site_settings
from rostering.access.roles import Target
from rostering.access.rules import allow
from rostering.people import account_of
from rostering.store import keys

if TYPE_CHECKING:
    from accounts.api import Api

Reason = Annotated[str, Query(min_length=3, max_length=500, pattern=r"\S")]


def add(api: Api) -> None:
    ports = api.ports

    @api.route("GET", "/sites/<site>/providers", action="site.configure",
               summary="Google and Microsoft, as far as they are set up")
    def listed(site: str) -> models.ProvidersSet:
        api.require("site.configure", Target(site))
        settings = site_settings(ports, site)
        found = [(name, ports.store.get(keys.provider(site, name))) for name in TITLES]
        return models.ProvidersSet(
            providers=[configured.told(site, name, item, settings) for name, item in found if item])

    @api.route("GET", "/sites/<site>/providers/<provider>", action="site.configure", summary="How a provider is set up")
    def read(site: str, provider: str) -> models.ProviderSet:
        api.require("site.configure", Target(site))
        return configured.told(site, provider, configured.find(ports, site, provider), site_settings(ports, site))

    @api.route("PUT", "/sites/<site>/providers/<provider>", action="site.configure",
               summary="Set up signing in with Google or Microsoft")
    def put(site: str, provider: str, body: models.ProviderOrder) -> models.ProviderSet:
        api.require("site.configure", Target(site))
        own = f"https://{api.app.current_event.request_context.domain_name}"
        item = configured.set_up(ports, api.signed.actor, provider, body, address=own)
        return configured.told(site, provider, item, site_settings(ports, site))

    @api.route("DELETE", "/sites/<site>/providers/<provider>", action="site.configure",
               summary="Let nobody sign in with a provider any more", status=204)
    def remove(site: str, provider: str):
        api.require("site.configure", Target(site))
        configured.remove(ports, api.signed.actor, provider)
        return Response(204)

    @api.route("DELETE", "/sites/<site>/accounts/<account>/providers/<provider>", action="account.edit",
               summary="End the link of an account with a Google or Microsoft account", status=204)
    def forget(site: str, account: str, provider: str, reason: Reason):
        item = ports.store.get(keys.account(site, text_of(account)))
        if item is None:
            raise not_found()
        found, actor = account_of(item), api.signed.actor
        target = people.target_of(ports.store, actor, found)
        decision = allow(actor, "account.edit", target)
        if not decision:
            raise not_allowed(decision.reason) if allow(actor, "account.read", target) else not_found()
        who.forget(ports, actor, found, provider, reason)
        return Response(204)

    @api.route("POST", "/sites/<site>/session/switch", action="session.switch",
               summary="Go over to the other account of one's own")
    def switch(site: str, body: models.Switch) -> TokenSet:
        api.require("session.switch", Target(site))
        done = switching.switch(ports, api.signed, body.account, secret=body.secret or "", address=api.address,
                                device=body.device or "")
        return TokenSet(account=done.tokens.account, access_token=done.tokens.access_token,
                        refresh_token=done.tokens.refresh_token, expires_in=done.tokens.expires_in,
                        device=done.device or None, must_change=done.must_change)
