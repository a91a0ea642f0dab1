"""What the jobs of GG4L work with, and what was ordered: the same shapes for the poll, the pull and the news."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from rostering import addresses, pulls
from rostering.addresses import BadAddress
from rostering.districts import DISTRICT, Connection, hosts_of
from rostering.oneroster.session import Client, Send, Session
from rostering.store import keys
from rostering.store.keys import Key


@dataclass(frozen=True, slots=True)
class Order:
    """What a schedule, a webhook or a person asked for. kind: poll, pull or news."""

    site: str
    kind: str
    district: str = ""
    pull: str = ""
    hook: str = ""
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an order: `again` is after how many seconds it goes on (None: it is over)."""

    outcome: str
    again: float | None = None
    load: str = ""
    attempt: int = 0
    requests: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """What a job works with.

    `connect` opens the HTTP; `secret` reads a secret by its name ({} if there is none), `keep_secret`
    writes one and gives its name. `order` puts an order into the queue. `seconds` is epoch time.
    """

    store: Any
    work: Any
    now: Callable[[], str]
    seconds: Callable[[], float]
    sleep: Callable[[float], None]
    random: Callable[[], float]
    new_load: Callable[[], str]
    connect: Callable[[], AbstractContextManager[Send]]
    secret: Callable[[str], dict[str, str]]
    keep_secret: Callable[[str, str, dict[str, str]], str]
    order: Callable[[Order], None]
    start: Callable[[str, str], None]
    loopback: bool = False
    back_off_seconds: float = 180.0


def connection_of(desk: Desk, site: str) -> Connection | None:
    item = desk.store.get(keys.gg4l_connection(site))
    return Connection.of(item.body) if item else None


def vendor_session(desk: Desk, connection: Connection, send: Send) -> Session:
    """A session with Discovery. Raises BadAddress for an address that may not be connected to."""
    check(desk, connection, connection.discovery_url, connection.token_url)
    secret = desk.secret(connection.secret)
    return _session(desk, connection, send, connection.discovery_url, connection.token_url, secret)


def district_session(desk: Desk, connection: Connection, district: dict[str, Any], send: Send) -> Session:
    """A session with a district's data, by the credentials that Discovery gave."""
    check(desk, connection, district["token_url"], district["api_url"])
    return _session(desk, connection, send, district["api_url"], district["token_url"], desk.secret(district["secret"]))


def check(desk: Desk, connection: Connection, *urls: str) -> None:
    """Addresses that Discovery names are as untrusted as any: only approved hosts are asked. Raises BadAddress."""
    approved = hosts_of(connection)
    for url in urls:
        found = addresses.check(url, loopback=desk.loopback)
        if not found.loopback and found.host not in approved:
            raise BadAddress(f"GG4L sends us to the host {found.host}, which nobody has approved. If it is GG4L's: "
                             f"rollbook gg4l set data_hosts={found.host}")


def _session(desk: Desk, connection: Connection, send: Send, api_url: str, token_url: str,
             secret: dict[str, str]) -> Session:
    client = Client(api_url, token_url, secret.get("client_id", ""), secret.get("client_secret", ""),
                    connection.token_scope, "body" if connection.token_auth == "body" else "basic",  # noqa: S105
                    connection.requests_per_second)
    return Session(client, send, now=desk.seconds, sleep=desk.sleep, random=desk.random)


def district_of(desk: Desk, site: str, guid: str) -> dict[str, Any] | None:
    item = desk.store.get(keys.gg4l_district(site, guid))
    return DISTRICT | item.body if item else None


def change_district(desk: Desk, site: str, guid: str,
                    change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
    """Change a district's item; `change` is given all of it (a new one's defaults) and gives it, or None."""
    desk.store.update(keys.gg4l_district(site, guid),
                      lambda body: change(DISTRICT | {"district": guid} | (body or {})))


def pull_of(desk: Desk, order: Order) -> dict[str, Any]:
    """The item of a pull."""
    return pulls.read(desk.store, pull_key(order), now=desk.now(), pull=order.pull, district=order.district,
                      kind="pull")


def tell(desk: Desk, order: Order, *, state: str, **told: Any) -> None:
    """Write where a pull stands, for whoever follows it."""
    pulls.tell(desk.store, pull_key(order), now=desk.now(), state=state, **told)


def pull_key(order: Order) -> Key:
    return keys.gg4l_pull(order.site, order.district, order.pull)
