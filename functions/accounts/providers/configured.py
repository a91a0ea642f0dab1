"""Setting up Google or Microsoft for a site: by an administrator, audited, the client secret put where nobody reads it.

It counts once the site's setting `sign_in` names it, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from accounts import audit, models
from accounts.ports import Ports
from accounts.problems import Refusal, not_found
from accounts.providers.known import MICROSOFT, TITLES, Provider, provider_of
from accounts.sign_in import methods, site_settings
from rostering import addresses
from rostering.access.roles import Actor
from rostering.addresses import BadAddress
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Delete, Insert, Replace

_TENANT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BUSY = "The provider is being set up by somebody else right now. Look again."


def find(ports: Ports, site: str, name: str) -> Item:
    """The item of a provider that is set up. Raises Refusal (404)."""
    item = ports.store.get(keys.provider(site, name)) if name in TITLES else None
    if item is None:
        raise not_found()
    return item


def usable(ports: Ports, site: str, settings: dict[str, Any]) -> list[Provider]:
    """The providers by which people can sign in: set up, and named in the site's setting `sign_in`."""
    named = [name for name in TITLES if name in methods(settings)]
    found = ports.store.get_many(keys.provider(site, name) for name in named)
    return [provider_of(site, name, found[key].body) for name in named if (key := keys.provider(site, name)) in found]


def is_set_up(ports: Ports, site: str, names: Iterable[str]) -> bool:
    """Whether at least one of these providers is set up."""
    return bool(ports.store.get_many(keys.provider(site, name) for name in names if name in TITLES))


def set_up(ports: Ports, actor: Actor, name: str, order: models.ProviderOrder, *, address: str) -> Item:
    """The provider as `order` wants it. `address` is the API's, where the order names none.

    Raises Refusal: 404 for a provider that nobody knows, 422 for what can't work, 409 if somebody else was first.
    """
    if name not in TITLES:
        raise not_found()
    key = keys.provider(actor.site, name)
    was = ports.store.get(key)
    body = _body(ports, name, order, address)
    if order.client_secret is not None:
        secret = order.client_secret.get_secret_value()
        if not (secret.isascii() and secret.isprintable()) or secret != secret.strip():
            raise _wrong("client_secret", "A client secret has printable ASCII characters, and no spaces at its ends.")
        assert ports.secrets is not None, "who sets up providers needs the secrets"  # noqa: S101 a wiring mistake
        named = f"{ports.provider_secret_prefix}/{actor.site}/{name}"
        body["secret"] = ports.secrets.put(named, {"client_secret": secret})
    elif was is None or was.body["client_id"] != order.client_id:
        raise _wrong("client_secret", "Give the client secret that belongs to this client id, too.")
    else:
        body["secret"] = was.body["secret"]
    body |= {"by": actor.account, "at": ports.time()}
    event = audit.event(ports, actor.site, "provider.set", by=actor, provider=name,
                        secret="set" if order.client_secret is not None else "kept")
    item = Item(key, body, was.version + 1 if was else 1)
    if not ports.store.write_together([Replace(item) if was else Insert(item), Insert(event)]):
        raise Refusal(409, "BUSY", _BUSY)
    return item


def remove(ports: Ports, actor: Actor, name: str) -> None:
    """Set up no longer: nobody comes in by it from now on. What links people to it stays.

    Raises Refusal: 404, 409 if it is the only way to sign in.
    """
    item = find(ports, actor.site, name)
    ways = methods(site_settings(ports, actor.site))
    if name in ways and "password" not in ways and not is_set_up(ports, actor.site, {*ways} - {name}):
        raise Refusal(409, "ONLY_WAY", "It is the only way to sign in here. Let the setting sign_in name another one "
                                       "first.")
    event = audit.event(ports, actor.site, "provider.removed", by=actor, provider=name)
    if not ports.store.write_together([Delete(item.key, was=item.version), Insert(event)]):
        raise Refusal(409, "BUSY", _BUSY)
    if ports.secrets is not None:
        ports.secrets.delete(item.body["secret"])


def told(site: str, name: str, item: Item, settings: dict[str, Any]) -> models.ProviderSet:
    """What is told of it: all but the secret."""
    provider = provider_of(site, name, item.body)
    return models.ProviderSet(
        provider=name, client_id=provider.client_id, tenant=provider.tenant or None, issuer=provider.issuer,
        redirect_uri=provider.redirect_uri, sign_in_page=f"{provider.address}/sites/{site}/sign-in",
        counts=name in methods(settings), by=item.body["by"], at=item.body["at"])


def _body(ports: Ports, name: str, order: models.ProviderOrder, address: str) -> dict[str, Any]:
    tenant = (order.tenant or "").lower()
    if name == MICROSOFT and not _TENANT.fullmatch(tenant):
        raise _wrong("tenant", "Give the tenant id of the district: 32 letters and digits with dashes, as Microsoft "
                               "Entra shows it. One tenant only, never \"common\".")
    if name != MICROSOFT and tenant:
        raise _wrong("tenant", "Only Microsoft has tenants.")
    body = {"client_id": order.client_id, "address": _address(ports, order.address or address)}
    if tenant:
        body["tenant"] = tenant
    if order.issuer:
        if not ports.loopback or not _is_loopback(order.issuer):
            raise _wrong("issuer", "The issuer is Google's or Microsoft's own. Another one is for trying on this "
                                   "machine only.")
        body["issuer"] = order.issuer.rstrip("/")
    return body


def _address(ports: Ports, address: str) -> str:
    try:
        addresses.check(address, loopback=ports.loopback)
    except BadAddress as error:
        raise _wrong("address", error.message) from None
    if "?" in address:
        raise _wrong("address", "The address of the API has no ? part.")
    return address.rstrip("/")


def _is_loopback(url: str) -> bool:
    try:
        return addresses.check(url, loopback=True).loopback
    except BadAddress:
        return False


def _wrong(at: str, sentence: str) -> Refusal:
    return Refusal(422, "INVALID", sentence, wrong=[{"at": at, "type": "value"}])
