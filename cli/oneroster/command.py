"""`rollbook simulate`: serve the made-up provider until Ctrl+C."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from threading import Event
from time import monotonic

from cli.oneroster.provider import SIMULATOR, Provider, simulated_provider
from cli.oneroster.server import serving


def simulate(students: int, seed: int, oneroster: str, port: int, faults: Iterable[str], *,
             day: str = "today", next_day_after: float | None = None, webhook_secret: str | None = None,
             today: date | None = None, as_json: bool = False) -> None:
    """Serve a district until SIGINT or SIGTERM, and first print where it is.

    `next_day_after` is in seconds; after them the provider goes on to its next day. With a webhook
    secret, signed messages wait at /simulator/webhooks. JSON is one line.

    Raises ValueError for less than 1 student, or an unknown day, fault, value or version; OSError for
    a port that is taken.
    """
    faults = list(faults)
    if webhook_secret and not any(fault.startswith("webhook=") for fault in faults):
        faults.append("webhook=in-order")
    provider = simulated_provider(students, seed, today=today or date.today(), day=day, faults=faults,
                                  oneroster=oneroster, webhook_secret=webhook_secret)
    with _stopped() as stop, serving(provider, port) as url:
        provider.district.count("users")  # makes the whole district once, so that no caller waits for it
        _tell(provider, url, faults, as_json=as_json)
        deadlines = [monotonic() + next_day_after * days for days in (1, 2)] if next_day_after else []
        while not stop.wait(max(0.0, deadlines[0] - monotonic()) if deadlines else None):
            deadlines.pop(0)
            before, now = provider.district.day, provider.advance()
            if now != before and not as_json:
                print(f"It is the {now.replace('-', ' ')} now.", flush=True)


def _tell(provider: Provider, url: str, faults: list[str], *, as_json: bool) -> None:
    facts = {
        "discovery_url": provider.discovery_url, "token_url": provider.token_url,
        "client_id": provider.vendor.client_id, "client_secret": provider.vendor.client_secret,
        "district_guid": provider.district_guid, "oneroster": provider.oneroster,
    }
    if as_json:
        print(json.dumps(facts), flush=True)
        return
    what = f"A made-up district of {provider.district.students:,} students, OneRoster {provider.oneroster}"
    print(f"{what}, at {url} until Ctrl+C.")
    if faults:
        print(f"With {', '.join(faults)}.")
    rows = [("webhooks", f"{url}{SIMULATOR}/webhooks")] if provider.webhook_secret else []
    for name, value in (("discovery url", facts["discovery_url"]), ("token url", facts["token_url"]),
                        ("client id", facts["client_id"]), ("client secret", facts["client_secret"]),
                        ("district", facts["district_guid"]), *rows):
        print(f"{name:<13}  {value}", flush=True)


@contextmanager
def _stopped() -> Iterator[Event]:
    """An event that SIGINT and SIGTERM set."""
    stop = Event()
    before = {number: signal.signal(number, lambda *_: stop.set())
              for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
