"""What the accounts function stands on, as arguments: tests fill it with memory and values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from ulid import ULID

from rostering.letters import Mail


class Signer(Protocol):
    """The key that signs tokens."""

    kid: str

    def sign(self, message: bytes) -> bytes:
        """The RS256 signature of `message`."""
        ...

    def public_keys(self) -> Mapping[str, Any]:
        """Key ids and the RSA public keys whose tokens count."""
        ...


class Vault(Protocol):
    """The key that wraps a site's secrets."""

    def new_pepper(self, site: str) -> bytes: ...

    def new_data_key(self, site: str) -> bytes: ...

    def pepper(self, site: str, wrapped: bytes) -> bytes:
        """The site's pepper in clear. Raises StoreError or SettingsError."""
        ...


class Workflow(Protocol):
    """The executions of loads, and those that wait for a person."""

    def start(self, site: str, load: str, *, name: str = "") -> None:
        """Start the execution of a load; starting it twice is once. A further one has another `name`."""
        ...

    def is_running(self, name: str) -> bool:
        """Whether there is an execution of that name, which has not ended."""
        ...

    def answer(self, task_token: str, outcome: dict[str, Any]) -> bool:
        """Give the waiting execution its answer. False: it no longer waits."""
        ...


class Secrets(Protocol):
    """What is kept for others to read: here it is written and removed, never read."""

    def put(self, name: str, values: dict[str, Any]) -> str:
        """Keep `values` under `name`, in place of what was there; the name to find them by."""
        ...

    def delete(self, name: str) -> None:
        """Remove what is kept under `name`; it can be brought back for some days."""
        ...


class Schedules(Protocol):
    """When a zone is pulled by itself."""

    def set(self, site: str, zone: str, *, pull: str, full: str, timezone: str, enabled: bool) -> None:
        """Make the two schedules of a zone, or set them anew. Expressions are EventBridge Scheduler's."""
        ...

    def delete(self, site: str, zone: str) -> None: ...


class PollSchedules(Protocol):
    """When GG4L is asked by itself what is new: one schedule for each site."""

    def set(self, site: str, *, poll: str, timezone: str, enabled: bool) -> None:
        """Make the schedule of a site's polls, or set it anew. The expression is EventBridge Scheduler's."""
        ...

    def delete(self, site: str) -> None: ...


class Pulls(Protocol):
    """The queue of who talks with zones, or of who talks with GG4L."""

    def send(self, order: dict[str, str]) -> None:
        """Ask for a pull: `{"site", "zone", "kind", "pull"}` of a zone, `{"site", "district", "kind", "pull"}`
        of a district; or for a poll of GG4L: `{"site", "kind"}`."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """`store` is a store of `rostering.store`; `inbox` and `work` are the files of the two buckets.

    `export` starts the making of an export, given `{"site", "export"}`. `now` gives epoch seconds,
    `random_bytes` that many unpredictable bytes.

    `batch` starts the work of a batch, given `{"site", "batch"}`; starting it twice is once. `asked` starts
    the sending of links that people asked for, given `{"site", "asked"}` (account ids, or none).
    `served_at` is where the API is reached from outside: links to the sign-in page begin with it.

    `secrets`, `schedules` and `pulls` are for zones alone: who never meets one leaves them out. The
    secrets of a zone are named `{secret_prefix}/{site}/{zone}`. `loopback` is true where zones may
    be on this very machine (`rostering.addresses`).

    `gg4l_schedules`, `gg4l_orders` and `gg4l_secret_prefix` are the same for GG4L; its secrets are
    named `{gg4l_secret_prefix}/{site}/vendor` and `…/webhook`. Without `mail` letters are printed, for
    a person to send. `issue` starts the issuing of first secrets, given `{"site", "accounts"}`: the API itself
    can't seal them; without it they are not issued.

    `read_secret` gives what is kept of Google's or Microsoft's client secret, by name; those are named
    `{provider_secret_prefix}/{site}/{provider}`, and are the only ones that the API itself reads.
    """

    store: Any
    inbox: Any
    work: Any
    signer: Signer
    vault: Vault
    workflow: Workflow
    export: Callable[[dict[str, Any]], None]
    issuer: str
    inbox_bucket: str
    now: Callable[[], float]
    random_bytes: Callable[[int], bytes]
    secrets: Secrets | None = None
    schedules: Schedules | None = None
    pulls: Pulls | None = None
    loopback: bool = False
    secret_prefix: str = ""
    gg4l_schedules: PollSchedules | None = None
    gg4l_orders: Pulls | None = None
    gg4l_secret_prefix: str = ""
    mail: Mail | None = None
    issue: Callable[[dict[str, Any]], None] | None = None
    batch: Callable[[dict[str, Any]], None] | None = None
    asked: Callable[[dict[str, Any]], None] | None = None
    served_at: str = ""
    read_secret: Callable[[str], dict[str, Any]] | None = None
    provider_secret_prefix: str = ""

    def new_number(self) -> str:
        """A new number for a load, a merge and the like: a ULID, so that numbers sort by time."""
        milliseconds = int(self.now() * 1000)
        return str(ULID.from_bytes(milliseconds.to_bytes(6, "big") + self.random_bytes(10)))

    def time(self) -> str:
        """Now, as ISO time in UTC with milliseconds."""
        return iso(self.now())


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_of(time: float | str | None) -> float | None:
    """Epoch seconds of an ISO time (or of epoch seconds); None for nothing."""
    if time is None or time == "":
        return None
    if isinstance(time, str):
        parsed = datetime.fromisoformat(time.replace("Z", "+00:00"))
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    return float(time)
