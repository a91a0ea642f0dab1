"""The accounts function on memory: ports that run, a clock that is set, requests as events."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import jwt
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accounts.api import Api
from accounts.aws import thumbprint
from accounts.ports import Ports
from accounts.settings import Settings
from accounts.sites import CreateSite, create
from rostering import asked, people
from rostering.batches.work import work
from rostering.credentials.envelope import SiteSecrets
from rostering.errors import StoreError
from rostering.letters import Post
from rostering.model import Account
from rostering.store import keys
from rostering.store.keys import Item, Key
from rostering.store.memory import MemoryFiles, MemoryStore

EVENTS = Path(__file__).parents[2] / "events"
SITE, OTHER_SITE = "lakeview", "hillside"
START = 1_790_000_000.0
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Clock:
    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> float:
        return self.at


class LocalSigner:
    """Signs as KMS does, with a key in memory."""

    def __init__(self, key: rsa.RSAPrivateKey = KEY) -> None:
        self.key = key
        self.kid = thumbprint(key.public_key())

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())

    def public_keys(self) -> dict[str, Any]:
        return {self.kid: self.key.public_key()}


class LocalVault:
    """Wraps as KMS does: what was wrapped for one site and purpose opens for no other."""

    def __init__(self) -> None:
        self._cipher = AESGCM(b"k" * 32)

    def new_pepper(self, site: str) -> bytes:
        return self._wrap(site, "pepper")

    def new_data_key(self, site: str) -> bytes:
        return self._wrap(site, "first-secrets")

    def pepper(self, site: str, wrapped: bytes) -> bytes:
        try:
            return self._cipher.decrypt(b"n" * 12, wrapped, f"{site}|pepper".encode())
        except InvalidTag:
            raise StoreError("could not decrypt a pepper") from None

    def _wrap(self, site: str, purpose: str) -> bytes:
        context = f"{site}|{purpose}".encode()
        return self._cipher.encrypt(b"n" * 12, context.ljust(32, b".")[:32], context)


class Waiting:
    """Executions: `started` are those of loads, `answers` is what waiting ones were told."""

    def __init__(self) -> None:
        self.started: list[tuple[str, str]] = []
        self.running: set[str] = set()
        self.waiting: set[str] = set()
        self.answers: list[tuple[str, dict[str, Any]]] = []

    def start(self, site: str, load: str, *, name: str = "") -> None:
        self.started.append((site, load))
        self.running.add(name or load)

    def is_running(self, name: str) -> bool:
        return name in self.running

    def answer(self, task_token: str, outcome: dict[str, Any]) -> bool:
        if task_token not in self.waiting:
            return False
        self.waiting.discard(task_token)
        self.answers.append((task_token, outcome))
        return True


class Secrets:
    """Secrets Manager: what is `kept` by name. `fails` lets the next call go wrong."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.fails = False

    def put(self, name: str, values: dict[str, Any]) -> str:
        self._perhaps_fail()
        self.kept[name] = dict(values)
        return name

    def delete(self, name: str) -> None:
        self._perhaps_fail()
        self.kept.pop(name, None)

    def _perhaps_fail(self) -> None:
        if self.fails:
            self.fails = False
            raise StoreError("could not keep a secret: InternalServiceError")


class Schedules:
    """The scheduler: what is `set` by site and zone. `fails` lets the next call go wrong."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], dict[str, Any]] = {}
        self.fails = False

    def set(self, site: str, zone: str, **told: Any) -> None:
        self._perhaps_fail()
        self.known[site, zone] = told

    def delete(self, site: str, zone: str) -> None:
        self._perhaps_fail()
        self.known.pop((site, zone), None)

    def _perhaps_fail(self) -> None:
        if self.fails:
            self.fails = False
            raise StoreError("could not set a schedule: InternalServerException")


class PollSchedules:
    """The scheduler of polls: what is `known` by site. `fails` lets the next call go wrong."""

    def __init__(self) -> None:
        self.known: dict[str, dict[str, Any]] = {}
        self.fails = False

    def set(self, site: str, **told: Any) -> None:
        self._perhaps_fail()
        self.known[site] = told

    def delete(self, site: str) -> None:
        self._perhaps_fail()
        self.known.pop(site, None)

    def _perhaps_fail(self) -> None:
        if self.fails:
            self.fails = False
            raise StoreError("could not set a schedule: InternalServerException")


class Mail:
    """Letters that were `sent`. `fails` lets each call go wrong."""

    def __init__(self) -> None:
        self.sent: list[tuple[list[str], str, str]] = []
        self.fails = False

    def send(self, to: list[str], subject: str, text: str) -> None:
        if self.fails:
            raise StoreError("could not send a letter: MessageRejected")
        self.sent.append((to, subject, text))


class Pulls:
    """The queue of pulls: what was `sent`, and what `answer` does with it at once."""

    def __init__(self) -> None:
        self.sent: list[dict[str, str]] = []
        self.answer: Callable[[dict[str, str]], None] = lambda order: None

    def send(self, order: dict[str, str]) -> None:
        self.sent.append(order)
        self.answer(order)


class Office:
    """An API with two sites, `lakeview` and `hillside`, each with the first administrator."""

    def __init__(self, *, loopback: bool = False, mail: Mail | None = None, hand_out: str = "open") -> None:
        self.clock = Clock()
        self.random = random.Random(7)
        self.workflow = Waiting()
        self.exports: list[dict[str, Any]] = []
        self.issues: list[dict[str, Any]] = []
        self.secrets, self.schedules, self.pulls = Secrets(), Schedules(), Pulls()
        self.polls, self.gg4l_orders = PollSchedules(), Pulls()
        self.gg4l_orders.answer = self._polled
        self.batches: list[dict[str, str]] = []
        self.asked: list[dict[str, Any]] = []
        self.works = True
        self.store = MemoryStore()
        self.inbox, self.work = MemoryFiles(), MemoryFiles()
        self.ports = Ports(
            store=self.store,
            inbox=self.inbox,
            work=self.work,
            signer=LocalSigner(),
            vault=LocalVault(),
            workflow=self.workflow,
            export=self.exports.append,
            batch=self._batch,
            asked=self._asked,
            served_at="https://accounts.example",
            issuer="urn:rollbook:test",
            inbox_bucket="inbox-bucket",
            now=self.clock,
            random_bytes=self.random.randbytes,
            secrets=self.secrets,
            schedules=self.schedules,
            pulls=self.pulls,
            loopback=loopback,
            secret_prefix="zones",
            gg4l_schedules=self.polls,
            gg4l_orders=self.gg4l_orders,
            gg4l_secret_prefix="gg4l",
            read_secret=lambda name: self.secrets.kept[name],
            provider_secret_prefix="providers",
            mail=mail,
            issue=self.issues.append,
        )
        self.api = Api(self.ports)
        self.codes: dict[str, str] = {}
        self.administrators: dict[str, str] = {}
        for site in (SITE, OTHER_SITE):
            made = create(
                self.ports,
                CreateSite(
                    action="create-site",
                    site=site,
                    name=f"{site.title()} Schools",
                    admin_email=f"admin@{site}.example",
                    settings=Settings(hand_out=hand_out),
                ),
            )
            self.codes[site], self.administrators[site] = made["code"], made["administrator"]
        self._tokens: dict[tuple[str, str], str] = {}

    def _polled(self, order: dict[str, str]) -> None:
        """Discovery was asked, and had nothing to say."""
        if order["kind"] == "poll":
            at = f"{self.ports.time()[:-4]}{len(self.gg4l_orders.sent):03d}Z"
            self.store.update(keys.gg4l_connection(order["site"]), lambda body: body and body | {"polled_at": at})

    def _batch(self, order: dict[str, str]) -> None:
        """A batch is done as soon as it is started, unless `works` is off."""
        self.batches.append(order)
        if self.works:
            self.work_on(order["batch"], site=order["site"])

    def work_on(self, batch: str, *, site: str = SITE, in_time: Callable[[], bool] = lambda: True) -> bool:
        """What the function behind batches does."""
        return work(self.store, self.work, site, batch, secrets=lambda: self.opened(site),
                    post=lambda: self.post(site), now=self.ports.time, in_time=in_time)

    def _asked(self, order: dict[str, Any]) -> None:
        """What the function behind asking for a new password does, at once."""
        self.asked.append(order)
        asked.answer(self.store, order["site"], order["asked"], pepper=self.opened(order["site"]).pepper,
                     post=self.post(order["site"]), random_bytes=self.random.randbytes, at=self.ports.time())

    def post(self, site: str = SITE) -> Post:
        settings = self.store.get(keys.settings(site)).body
        return Post.of(site, settings, served_at=self.ports.served_at, mail=self.ports.mail)

    def opened(self, site: str = SITE) -> SiteSecrets:
        """The secrets of a site in clear."""
        pepper = self.store.get(keys.settings(site)).body["pepper"]
        return SiteSecrets(pepper=self.ports.vault.pepper(site, pepper), data_key=b"d" * 32)

    def ask(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: Any = None,
        query: dict | None = None,
        address: str = "203.0.113.7",
        raw_body: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send one request as API Gateway does and read the answer."""
        event = json.loads((EVENTS / "http_api_v2.json").read_text())
        event |= {"rawPath": path, "rawQueryString": "&".join(f"{k}={v}" for k, v in (query or {}).items())}
        event["requestContext"]["http"] |= {"method": method, "path": path, "sourceIp": address}
        if query:
            event["queryStringParameters"] = {name: str(value) for name, value in query.items()}
        event["headers"] |= {name.lower(): value for name, value in (headers or {}).items()}
        if token is not None:
            event["headers"]["authorization"] = f"Bearer {token}"
        if body is not None or raw_body is not None:
            event["body"] = raw_body if raw_body is not None else json.dumps(body)
            event["headers"]["content-type"] = "application/json"
        # one Api answers one request at a time, as one Lambda does; what runs beside it is another one
        api = self.api if threading.current_thread() is threading.main_thread() else Api(self.ports)
        return Answer(api.handle(deepcopy(event), None))

    def token(self, account: str = "", *, site: str = SITE) -> str:
        """An access token of a person (the first administrator), by a session made for it."""
        from accounts.sessions import open_session

        who = account or self.administrators[site]
        if (site, who) not in self._tokens:
            self._tokens[site, who] = open_session(self.ports, site, who).access_token
        return self._tokens[site, who]

    def put(self, account: Account, *, site: str = SITE) -> Account:
        self.store.put_many([people.item_of(site, account)])
        return account

    def put_item(self, key: Key, body: dict[str, Any], *, listed: Key | None = None) -> None:
        self.store.put_many([Item(key, body, listed=listed)])

    def audit(self, site: str = SITE) -> list[dict[str, Any]]:
        day = self.ports.time()[:10]
        return [item.body for item in self.store.query(keys.audit(site, day, "", "").pk).items]


class Answer:
    """A response: `status`, `body` (parsed, None if empty), `headers`."""

    def __init__(self, response: dict[str, Any]) -> None:
        self.response = response
        self.status = response["statusCode"]
        self.text = response.get("body") or ""
        self.body = json.loads(self.text) if self.text else None
        self.headers = {
            name: value[0] if isinstance(value, list) else value
            for name, value in (response.get("headers") or {}).items()
        }


def forged(claims: dict[str, Any], *, key: Any = KEY, algorithm: str = "RS256", **headers: Any) -> str:
    return jwt.encode(claims, key, algorithm=algorithm, headers=headers)


def account(name: str, role: str = "Student", *, school: str = "100", **more: Any) -> Account:
    """An account of the site with made-up values."""
    fields = {
        "id": name.upper(),
        "first_name": name.title(),
        "last_name": "Example",
        "school": school,
    } | more.pop("fields", {})
    if not school:
        fields.pop("school")
    return Account(
        id=name,
        role=role,
        status=more.pop("status", "active"),
        username=f"{name}.e",
        fields=fields,
        source="sheet",
        source_key=name,
        **more,
    )
