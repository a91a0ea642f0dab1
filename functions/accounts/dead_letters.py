"""The dead letters: what was given up, by queues, rules, schedules and functions that nobody waits for.

One queue holds them all. Where a letter came from is told by whoever put it there, and there it goes back:

| put there by                   | where it came from is told by                | what goes back       |
|--------------------------------|----------------------------------------------|----------------------|
| a queue, after five receives   | DeadLetterQueueSourceArn                     | the message          |
| a rule or schedule of AWS      | the attribute TARGET_ARN                     | the event, the input |
| a function called without wait | `requestContext.functionArn` in the message  | `requestPayload`     |

A letter goes back first and is removed then: it can come twice, never not at all, and all that takes one
does a thing twice as once. Nothing of a letter is told but ids and codes: a drop's key may hold a name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from accounts import audit
from accounts.ports import Ports, iso
from rostering.errors import InputError
from rostering.store import keys

Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]
_DROP = re.compile(r"inbox/([a-z0-9][a-z0-9-]{1,31})/")
_TOLD = ("zone", "district", "kind", "pull", "export", "batch", "load")


@dataclass(frozen=True, slots=True)
class Letter:
    """A message of the dead letters. `source` is an ARN, "" if no queue gave it up; `sent_at` epoch seconds."""

    id: str
    receipt: str
    body: str
    sent_at: float
    source: str = ""
    attributes: dict[str, str] = field(default_factory=dict)


class Box(Protocol):
    """The queue of dead letters, and where they may go back to. Raises StoreError or SettingsError."""

    def take(self) -> list[Letter]:
        """All letters; nobody else sees them until they are released, or for half a minute."""
        ...

    def release(self, letters: Iterable[Letter]) -> None: ...

    def remove(self, letter: Letter) -> None: ...

    def takes(self, arn: str) -> bool:
        """Whether a letter may go to the queue or function `arn`."""
        ...

    def send(self, arn: str, body: str) -> None: ...


class ListOrder(BaseModel):
    """Which letters there are."""

    model_config = ConfigDict(extra="forbid")
    action: Literal["dead-letters"]


class LettersOrder(BaseModel):
    """What to do with letters, by their ids; without ids with all of them that can be sent back."""

    model_config = ConfigDict(extra="forbid")
    action: Literal["redrive", "discard"]
    ids: Annotated[list[str], Field(max_length=1_000)] = []
    reason: Reason


def listed(box: Box) -> dict[str, Any]:
    """Every letter, the oldest first."""
    letters = box.take()
    box.release(letters)
    return {"letters": [_told(box, one) for one in sorted(letters, key=lambda one: (one.sent_at, one.id))]}


def redrive(ports: Ports, box: Box, order: LettersOrder) -> dict[str, Any]:
    """Send letters back to where they came from. Raises InputError for ids of no letter that can go back."""
    letters = box.take()
    try:
        chosen = _chosen(letters, order)
        lost = [one.id for one in chosen if not box.takes(_origin(one))]
        if lost and order.ids:
            raise InputError("NO_WAY_BACK", f"These can't be sent back, only discarded: {', '.join(lost)}")
        sent = [one for one in chosen if one.id not in lost]
        for one in sent:
            _note(ports, one, "dead_letter.redriven", order.reason)
            box.send(_origin(one), _content(one))
            box.remove(one)
    finally:
        box.release(letters)
    return {"redriven": len(sent), "left": len(letters) - len(sent)}


def discard(ports: Ports, box: Box, order: LettersOrder) -> dict[str, Any]:
    """Remove letters for good: what they asked for is never done. Raises InputError: all at once is not offered."""
    if not order.ids:
        raise InputError("IDS", "Name each letter that is to be discarded.")
    letters = box.take()
    try:
        chosen = _chosen(letters, order)
        for one in chosen:
            _note(ports, one, "dead_letter.discarded", order.reason)
            box.remove(one)
    finally:
        box.release(letters)
    return {"discarded": len(chosen), "left": len(letters) - len(chosen)}


def _chosen(letters: list[Letter], order: LettersOrder) -> list[Letter]:
    missing = sorted(set(order.ids) - {one.id for one in letters})
    if missing:
        raise InputError("NO_LETTER", f"There is no dead letter {', '.join(missing)}. Perhaps it is being sent back.")
    return [one for one in letters if one.id in order.ids or not order.ids]


def _origin(letter: Letter) -> str:
    """The ARN of the queue or function that the letter was for; "" if nothing tells."""
    context = _object(letter.body).get("requestContext")
    function = context.get("functionArn", "") if isinstance(context, dict) else ""
    return letter.source or letter.attributes.get("TARGET_ARN", "") or re.sub(r":(\$LATEST|\d+)$", "", str(function))


def _content(letter: Letter) -> str:
    said = _object(letter.body)
    return json.dumps(said["requestPayload"]) if "requestPayload" in said and not letter.source else letter.body


def _told(box: Box, letter: Letter) -> dict[str, Any]:
    origin, said = _origin(letter), _object(_content(letter))
    context = _object(letter.body).get("requestContext")
    condition = context.get("condition", "") if isinstance(context, dict) else ""
    about = {name: str(said[name])[:100] for name in _TOLD if isinstance(said.get(name), str) and said[name]}
    return {"id": letter.id, "since": iso(letter.sent_at), "of": origin.rpartition(":")[2] or "unknown",
            "site": _site(said), "about": about, "error": str(letter.attributes.get("ERROR_CODE") or condition)[:100],
            "can_go_back": box.takes(origin)}


def _site(said: dict[str, Any]) -> str:
    """The site that a message names, or into whose inbox a file was dropped."""
    with suppress(KeyError, TypeError):
        match = _DROP.match(said["detail"]["object"]["key"])
        return match[1] if match else ""
    site = said.get("site", "")
    return site if isinstance(site, str) else ""


def _note(ports: Ports, letter: Letter, what: str, reason: str) -> None:
    """An audit event of the site that the letter is about, if it is about one."""
    site = _site(_object(_content(letter)))
    if site and ports.store.get(keys.settings(site)):
        audit.record(ports, site, what, by="operator", letter=letter.id, of=_origin(letter).rpartition(":")[2],
                     reason=reason.strip())


def _object(text: str) -> dict[str, Any]:
    with suppress(ValueError):
        found = json.loads(text)
        return found if isinstance(found, dict) else {}
    return {}
