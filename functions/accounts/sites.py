"""Making a site and its first administrator; a job without AWS, called by the operator."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from accounts import audit
from accounts.ports import Ports, iso
from accounts.settings import Address, Name, Settings, TimeZone, stored
from rostering import people
from rostering.access.roles import WHOLE_SITE
from rostering.errors import InputError
from rostering.invitations import code_mac, new_code
from rostering.model import Account
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Insert

CODE_SECONDS = 72 * 3_600
_SALT_BYTES = 32
_SITE = r"^[a-z0-9][a-z0-9-]{1,31}$"
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]+\.[^@\s,;<>\"]{2,}")
SiteName = Annotated[str, Field(pattern=_SITE)]


class CreateSite(BaseModel):
    """A new site. `address` is where people sign in: it is printed on account info sheets."""

    model_config = ConfigDict(extra="forbid")
    action: Literal["create-site"]
    site: SiteName
    name: Name
    address: Address = ""
    timezone: TimeZone = "America/New_York"
    admin_email: Annotated[str, Field(max_length=254)]
    settings: Settings = Settings()

    @field_validator("admin_email")
    @classmethod
    def _an_email(cls, email: str) -> str:
        if not _EMAIL.fullmatch(email):
            raise ValueError("not one email address")
        return email.lower()


class AdminCode(BaseModel):
    """A new one-time code for the first administrator of a site."""

    model_config = ConfigDict(extra="forbid")
    action: Literal["admin-code"]
    site: SiteName


def create(ports: Ports, order: CreateSite) -> dict[str, Any]:
    """Make the site: settings, keys, the first administrator and a one-time code, all or none.

    A site that exists is reported and left as it is, without a code: `admin_code` gives one.
    """
    site = order.site
    salt = ports.random_bytes(_SALT_BYTES)
    administrator = people.account_id(salt, "manual", "staff", order.admin_email)
    now = ports.time()
    wrapped = ports.vault.new_pepper(site)
    body = _hand_out(order.settings) | stored(order.settings) | {
        "site": site,
        "name": order.name,
        "address": order.address,
        "timezone": order.timezone,
        "id_salt": salt,
        "pepper": wrapped,
        "data_key": ports.vault.new_data_key(site),
        "administrator": administrator,
        "created_at": now,
    }
    account = Account(
        administrator,
        "Staff",
        "active",
        order.admin_email,
        {"first_name": "First", "last_name": "Administrator", "email": order.admin_email},
        rights={"admin": [WHOLE_SITE]},
        created={"by": "operator", "reason": "new site", "at": now},
    )
    code, code_item = _code(ports, site, wrapped, administrator)
    made = ports.store.write_together(
        [
            Insert(Item(keys.settings(site), body)),
            Insert(Item(keys.listed_site(site), {"site": site})),
            Insert(people.item_of(site, account)),
            Insert(
                Item(keys.username(site, account.username), {"account": administrator, "state": "claimed"})
            ),
            Insert(Item(keys.email(site, "employee", order.admin_email), {"account": administrator})),
            Insert(code_item),
            Insert(audit.event(ports, site, "site.created", by="operator", target=administrator)),
        ]
    )
    if not made:
        found = ports.store.get(keys.settings(site))
        if found is None:
            raise InputError("SITE", f"the site {site} was made by halves before; choose another name")
        ports.store.insert(Item(keys.listed_site(site), {"site": site}))  # a site of before there was a list
        return {"created": False, "site": site, "administrator": found.body["administrator"]}
    return {
        "created": True,
        "site": site,
        "administrator": administrator,
        "username": account.username,
        "code": code,
        "code_expires_at": iso(code_item.body["expires_at"]),
    }


def _hand_out(settings: Settings) -> dict[str, Any]:
    """A new site hands out in stages, unless it is told not to; one of before there were stages does not."""
    return {} if settings.hand_out == "open" and "hand_out" in settings.model_fields_set else {"hand_out": "staged"}


def admin_code(ports: Ports, order: AdminCode) -> dict[str, Any]:
    """A new one-time code for the first administrator. Raises InputError if there is no such site."""
    found = ports.store.get(keys.settings(order.site))
    if found is None:
        raise InputError("SITE", f"there is no site {order.site}")
    administrator = found.body["administrator"]
    code, item = _code(ports, order.site, found.body["pepper"], administrator)
    event = audit.event(ports, order.site, "code.issued", by="operator", target=administrator)
    ports.store.write_together([Insert(item), Insert(event)])
    return {
        "site": order.site,
        "administrator": administrator,
        "code": code,
        "code_expires_at": iso(item.body["expires_at"]),
    }


def _code(ports: Ports, site: str, wrapped: bytes, account: str) -> tuple[str, Item]:
    """A one-time code and the item that knows its MAC."""
    code = new_code(ports.random_bytes)
    expires = int(ports.now()) + CODE_SECONDS
    mac = code_mac(ports.vault.pepper(site, wrapped), site, code)
    return code, Item(keys.code(site, mac), {"account": account, "expires_at": expires}, expires=expires)
