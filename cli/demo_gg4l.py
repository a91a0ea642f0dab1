"""The third act of the demo: a district comes through GG4L, from the introduction to the first load."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from secrets import token_bytes
from typing import TYPE_CHECKING, Any

import requests

from cli.oneroster import webhooks

if TYPE_CHECKING:
    from cli.demo import Demo

SITE, STUDENTS = "meadow", 1_000
NAME = "Example Unified School District"


def play(demo: Demo) -> None:
    """Introduce a district, let webhooks move it, pull it; a forged and a replayed webhook do nothing."""
    demo.chapter(12, "A district through GG4L", "A third district shares its data through GG4L. Step one is ours: the "
                 "introduction, written to be sent; from then on the district is watched.")
    made = demo.ask("site", "create", SITE, "--name", NAME, "--admin-email", "office@meadow.example")
    demo.rollbook("sign-in", "--site", SITE, "--code", made["code"], shown=False)
    demo.rollbook("gg4l", "introduce", "--site", SITE, "--district-name", NAME, "--contact", "it@meadow.example")
    secret = f"whsec_{b64encode(token_bytes(32)).decode()}"
    with _provider(demo) as told:
        for name, text in (("client-secret", told["client_secret"]), ("webhook-secret", secret)):
            (demo.folder / "home" / name).write_text(text)
        demo.rollbook("gg4l", "connect", "--site", SITE, "--discovery-url", told["discovery_url"], "--client-id",
                      told["client_id"], "--client-secret-file", demo.file("home/client-secret"),
                      "--webhook-secret-file", demo.file("home/webhook-secret"))
        guid = told["district_guid"]
        demo.rollbook("gg4l", "link", guid, "--site", SITE)

        demo.chapter(13, "News by webhook", "GG4L tells how far it is. Every message is verified over its raw bytes, "
                     "kept once, and answered at once; what it says is a hint, Discovery is the truth.")
        api = demo.ask("local", "status")["api"]
        _send(demo, api, secret, guid, "SURVEY_SUBMITTED", "the survey is filled in")
        signed = _send(demo, api, secret, guid, "DATA_SYNC", "the data sync has begun")
        _post(demo, api, signed, "the same message once more: answered, without effect")
        _send(demo, api, "whsec_Zm9yZ2VkIGZvcmdlZCBmb3JnZWQgZm9yZ2Vk", guid, "FAILED", "a forged one: refused")
        _wait_for(demo, guid, "VALIDATING")
        demo.rollbook("gg4l", "show", guid, "--site", SITE)

        demo.chapter(14, "The first load", "The data are ready. The pull reads every page, makes sure that nothing "
                     "moved meanwhile, and loads them through the same workflow.")
        demo.rollbook("gg4l", "pull", guid, "--site", SITE, "--yes")
        _send(demo, api, secret, guid, "COMPLETED", "the integration is complete")
        _wait_for(demo, guid, "COMPLETED")
        demo.rollbook("gg4l", "districts", "--site", SITE)


def _send(demo: Demo, api: str, secret: str, guid: str, status: str, what: str) -> webhooks.Message:
    now = datetime.now(UTC)
    body = webhooks.status_changed(guid, NAME, status, "", now)
    message = webhooks.sign(f"msg-{status}-{len(secret)}", int(now.timestamp()), body, secret)
    _post(demo, api, message, what)
    return message


def _post(demo: Demo, api: str, message: webhooks.Message, what: str) -> None:
    answer = requests.post(f"{api}/webhooks/{SITE}", data=message.body, headers=message.headers, timeout=30)
    demo.say(f"POST /webhooks/{SITE}   [dim]{what}[/]   {answer.status_code}")
    if answer.status_code not in (202, 401):
        raise SystemExit(f"the webhook was answered with {answer.status_code}")


def _wait_for(demo: Demo, guid: str, state: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while demo.ask("gg4l", "show", guid, "--site", SITE)["state"] != state:
        if time.monotonic() > until:
            raise SystemExit(f"the district was not {state} within {seconds:.0f} seconds")
        demo.ask("gg4l", "poll", "--site", SITE)
        time.sleep(1)


@contextmanager
def _provider(demo: Demo) -> Iterator[dict[str, Any]]:
    """A simulated GG4L that serves while the block runs."""
    words = ["gg4l", "simulate", "--students", str(STUDENTS), "--seed", "3"]
    demo.say(f"\n[bold]$ rollbook {' '.join(words)} &[/]")
    process = subprocess.Popen([sys.executable, "-m", "cli.main", *words, "--json"],  # noqa: S603 our own command line
                               stdout=subprocess.PIPE, text=True)
    try:
        yield json.loads(process.stdout.readline()) if process.stdout else {}
    finally:
        process.terminate()
        process.wait()
