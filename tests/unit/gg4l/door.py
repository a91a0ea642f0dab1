"""A site's webhook on memory, with a clock that is set, and a sender with a signer of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gg4l_hook.desk import Order
from gg4l_hook.webhook import Answer, Request, receive
from rostering import clock
from rostering.clock import moment
from rostering.districts import DISTRICT, Connection
from rostering.errors import StoreError
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.memory import MemoryStore

SITE, GUID = "lakeview", "d-0001"
NOW = "2026-11-23T10:01:00.000Z"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "whsec_" + base64.b64encode(b"an older secret of 32 bytes, old").decode()
EVENT = json.loads((Path(__file__).parents[2] / "events" / "http_api_v2.json").read_text())
STATUS, READY, CHANGED = "gg4l.onboarding.status_changed", "gg4l.roster.ready", "gg4l.roster.changed"


def connection(**settings: Any) -> Connection:
    return Connection(**{"discovery_url": "https://gg4l.example.org/d", "token_url": "https://gg4l.example.org/t",
                         "hook_secret": "lakeview/webhook"} | settings)


def message(kind: str = STATUS, at: str = "2026-11-23T10:00:00.000Z", *, district: str = GUID, **data: Any) -> bytes:
    if kind == STATUS:
        data.setdefault("status", "VALIDATING")
    return json.dumps({"type": kind, "timestamp": at, "data": {"districtGuid": district} | data}).encode()


def signature(webhook_id: str, stamp: str, raw: bytes, *secrets: str) -> str:
    """Standard Webhooks as the standard says it."""
    signed = b".".join([webhook_id.encode(), stamp.encode(), raw])
    keys_ = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]
    return " ".join(f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"
                    for key in keys_)


def signed(raw: bytes, webhook_id: str = "msg_1", *secrets: str, at: str = NOW) -> dict[str, str]:
    stamp = str(int(moment(at).timestamp()))
    return {"webhook-id": webhook_id, "webhook-timestamp": stamp,
            "webhook-signature": signature(webhook_id, stamp, raw, *(secrets or (SECRET,)))}


def event(raw: bytes, headers: dict[str, str] | None = None, *, site: str = SITE,
          is_base64: bool = False) -> dict[str, Any]:
    """A message as API Gateway hands it to the function; signed now, if no headers are given."""
    path = f"/webhooks/{site}"
    context = EVENT["requestContext"] | {"routeKey": "POST /webhooks/{site}"}
    context["http"] = context["http"] | {"method": "POST", "path": path}
    sent = signed(raw, at=clock.now()) if headers is None else headers
    return EVENT | {"routeKey": "POST /webhooks/{site}", "rawPath": path, "requestContext": context,
                    "pathParameters": {"site": site}, "headers": EVENT["headers"] | sent, "isBase64Encoded": is_base64,
                    "body": base64.b64encode(raw).decode() if is_base64 else raw.decode()}


@dataclass
class Door:
    """The webhook's desk: `breaks` names what fails at its next call: "order"."""

    connection: Connection = field(default_factory=connection)
    store: MemoryStore = field(default_factory=MemoryStore)
    secrets: dict[str, str] = field(default_factory=lambda: {"current": SECRET, "previous": ""})
    orders: list[Order] = field(default_factory=list)
    time: str = NOW
    breaks: str = ""

    def __post_init__(self) -> None:
        self.store.insert(Item(keys.gg4l_connection(SITE), asdict(self.connection)))
        self.meet(GUID)

    def meet(self, guid: str, site: str = SITE, **told: Any) -> None:
        self.store.insert(Item(keys.gg4l_district(site, guid), DISTRICT | {"district": guid} | told))

    def now(self) -> str:
        return self.time

    def secret(self, name: str) -> dict[str, str]:
        return self.secrets if name else {}

    def order(self, order: Order) -> None:
        if self.breaks == "order":
            self.breaks = ""
            raise StoreError("the queue does not answer")
        self.orders.append(order)

    def district(self, guid: str = GUID) -> dict[str, Any]:
        return self.store.get(keys.gg4l_district(SITE, guid)).body

    def hook(self, webhook_id: str = "msg_1") -> Item | None:
        return self.store.get(keys.gg4l_hook(SITE, webhook_id))

    def post(self, raw: bytes, headers: dict[str, str] | None = None, *, site: str = SITE) -> Answer:
        headers = signed(raw, at=self.time) if headers is None else headers
        return receive(self, Request(site, headers, base64.b64encode(raw).decode(), is_base64=True))

    def send(self, webhook_id: str, raw: bytes) -> Answer:
        return self.post(raw, signed(raw, webhook_id, at=self.time))
