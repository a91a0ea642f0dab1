"""What a zone can be told to do wrong, one switch per fault.

A fault is written `name`, `name=VALUE`, `name:N` or `name=VALUE:N`; N is how often it strikes,
`always` for without end. Without N each has the number that makes sense for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from cli.zis.objects import OBJECTS


class Kind(NamedTuple):
    """One switch: what it does, the value it takes (`default` if it may be left out), how often it strikes."""

    does: str
    value: str = ""
    default: str = ""
    times: int | None = None


_STUDENTS = {"value": "OBJECT", "default": "StudentPersonal"}

KINDS: dict[str, Kind] = {
    # the queue
    "forget-acks": Kind("Answers an acknowledgement with 0 and keeps the message at the head.", times=1),
    "redeliver": Kind("Sends an acknowledged message again, behind everything else.", times=1),
    "unknown-request": Kind("Sends a response that nobody asked for.", times=1),
    "unknown-message": Kind("Sends a message of a type that SIF 2.0 to 2.3 do not know.", times=1),
    "poison": Kind("Queues a message that is no XML between good ones: an object with a forbidden control "
                   "character (bad-object), or cut off in its middle (cut-off).", "HOW", "bad-object", 1),
    "unknown-ack": Kind("Removes the message and answers its acknowledgement with 12/6.", times=1),
    "unknown-ack-9-1": Kind("Removes the message and answers its acknowledgement with 9/1.", times=1),
    "ack-the-ack": Kind("Wants the ids of the carrying SIF_Ack in an acknowledgement."),
    "sticky-error-ack": Kind("Answers an acknowledgement with SIF_Error with an empty body and keeps the message."),
    # answers to requests
    "shuffle-packets": Kind("Sends the packets of a response in another order.", "OBJECT", "*"),
    "drop-last-packet": Kind("Never sends the last packet of a response.", **_STUDENTS, times=1),
    "error-in-packet-2": Kind("Ends a response with SIF_Error in packet 2, after a good one.", **_STUDENTS, times=1),
    "empty-set": Kind("Answers a request as if there were no such objects.", **_STUDENTS),
    "one-object-per-packet": Kind("Puts one object into each packet.", "OBJECT", "*"),
    "no-answer": Kind("Accepts a request and sends nothing.", **_STUDENTS, times=1),
    "early-response": Kind("Queues the response and loses the answer to the request itself (HTTP 502).",
                           "OBJECT", "*", 1),
    "oversize": Kind("Sends a first packet that is TIMES as big as the buffer.", "TIMES", "2", 1),
    "small-buffer-8-8": Kind("Answers a request with a response that holds SIF_Error 8/8.", "OBJECT", "*"),
    "response-error": Kind("Answers a request with a response that holds that SIF_Error.", "CODE", "8/16", 1),
    "no-provider": Kind("Refuses the request of an object with 8/4.", "OBJECT"),
    # how messages are written
    "inner-without-xmlns": Kind("Leaves out the xmlns of a pulled message."),
    "other-version": Kind("Gives pulled messages another 2.x version than the zone's."),
    "naive-timestamps": Kind("Writes timestamps without an offset."),
    "lowercase-ids": Kind("Writes ids in lower case."),
    "dashed-ids": Kind("Writes ids with dashes."),
    "unknown-elements": Kind("Puts elements and attributes that no schema knows into objects."),
    "bom": Kind("Begins every answer with a byte order mark."),
    "cdata": Kind("Writes the text of objects as CDATA sections."),
    "numeric-entities": Kind("Writes every letter of objects outside ASCII as a numeric entity."),
    "gzip": Kind("Compresses answers for whoever accepts it (over HTTP only)."),
    # answers that are not SIF
    "html-502": Kind("Answers with a page in HTML and status 502, and reads nothing.", times=1),
    "empty-500": Kind("Answers with status 500 and an empty body, and reads nothing.", times=1),
    "empty-200": Kind("Answers with status 200 and an empty body, and reads nothing.", times=1),
    "fatal-error": Kind("Answers with <FATAL_ERROR> and status 200, and reads nothing.", times=1),
    # the zone and its agents
    "asleep": Kind("Answers with status 8: the zone sleeps.", times=3),
    "duplicate-id": Kind("Accepts a SIF_Provision, SIF_Request or SIF_Ack and loses the answer, so that the "
                         "same message sent again gets status 7.", times=1),
    "forget-registration": Kind("Forgets the agent and its provisioning, and answers with 4/9.", times=1),
    "forget-registration-5-1": Kind("Forgets the agent and its provisioning, and answers with 5/1.", times=1),
    "forget-registration-5-2": Kind("Forgets the agent and its provisioning, and answers with 5/2.", times=1),
    "forget-registration-8-2": Kind("Forgets the agent and its provisioning, and answers with 8/2.", times=1),
    "registered-as-push": Kind("Registers a Pull agent as Push, so that SIF_GetMessage gets 5/9.", times=1),
    "acl-without": Kind("Leaves an object out of every list of the agent's access.", "OBJECT"),
    "no-acl": Kind("Gives no access control list."),
    "refuse-provision": Kind("Refuses to subscribe to (4/4) or to request (4/5) an object that the access "
                             "control list allows.", "OBJECT", "StudentContact"),
    "small-buffer": Kind("Refuses to register with 5/6, whatever the buffer size."),
    "exact-version": Kind("Refuses any other Version than the zone's with 12/3, and other versions and wildcards "
                          "at registration with 5/4."),
    "refuse": Kind("Refuses a message with that error, whatever it is: 5/7, 10/1, 11/1, 12/1 and the like.", "CODE",
                   times=1),
    "client-certificate": Kind("Refuses everything with 3/3: there is no client certificate."),
    # the transport (over HTTP only)
    "close-connections": Kind("Closes the connection after every answer."),
    "hang-up": Kind("Closes the connection without an answer.", times=1),
    "slow": Kind("Waits before every answer.", "SECONDS"),
    "basic-auth": Kind("Wants HTTP Basic credentials, else answers with 401.", "USER:PASSWORD"),
}

_NOT_SIF = {"html-502": (502, "text/html", b"<html><body><h1>502 Bad Gateway</h1></body></html>"),
            "empty-500": (500, "text/html", b""),
            "empty-200": (200, "application/xml", b""),
            "fatal-error": (200, "application/xml", b"<FATAL_ERROR>XML FORMAT</FATAL_ERROR>")}


class NoAnswer(Exception):
    """What goes back over HTTP is not SIF, whether the message was dealt with or not."""

    def __init__(self, status: int, content_type: str, body: bytes) -> None:
        super().__init__(f"HTTP {status}")
        self.status, self.content_type, self.body = status, content_type, body


@dataclass(slots=True)
class Fault:
    name: str
    value: str
    left: int | None  # how often it still strikes; None for always


def parse(written: str) -> Fault:
    """The fault that `written` names.

    Raises ValueError, with the allowed names, if there is none.
    """
    name, _, value = written.partition("=")
    times = ""
    if name.startswith("basic-auth"):
        pass  # its value has a colon of its own
    elif value:
        value, _, times = value.partition(":")
    else:
        name, _, times = name.partition(":")
    kind = KINDS.get(name)
    if kind is None:
        raise ValueError(f"There is no fault {name}. The faults are {', '.join(KINDS)}.")
    if value and not kind.value:
        raise ValueError(f"The fault {name} takes no value.")
    if kind.value and not (value or kind.default):
        raise ValueError(f"The fault {name} needs a value: {name}={kind.value}.")
    if times and times != "always" and not (times.isdecimal() and int(times) > 0):
        raise ValueError(f"The fault {name} strikes a number of times or always, not {times}.")
    _check_value(name, kind, value)
    left = None if times == "always" else int(times) if times else kind.times
    return Fault(name, value or kind.default, left)


def _check_value(name: str, kind: Kind, value: str) -> None:
    if kind.value in ("SECONDS", "TIMES") and value and not value.replace(".", "", 1).isdecimal():
        raise ValueError(f"The fault {name} takes a number, not {value}.")
    if kind.value == "OBJECT" and value not in ("", "*", *OBJECTS):
        raise ValueError(f"There is no object {value}. The objects are {', '.join(OBJECTS)}.")
    if kind.value == "HOW" and value not in ("", "bad-object", "cut-off"):
        raise ValueError(f"The fault {name} is bad-object or cut-off, not {value}.")
    if kind.value == "CODE" and value and not re.fullmatch("[0-9]+/[0-9]+", value, re.ASCII):
        raise ValueError(f"The fault {name} takes a category and a code like 12/1, not {value}.")
    if kind.value == "USER:PASSWORD" and ":" not in value:
        raise ValueError(f"The fault {name} takes {kind.value}.")


class Faults:
    """The faults of one zone. Several of one name may stand side by side with different values."""

    def __init__(self, written: Iterable[str] = ()) -> None:
        self._faults = [parse(each) for each in written]

    def _live(self, name: str, value: str | None) -> Fault | None:
        return next((fault for fault in self._faults if fault.name == name and fault.left != 0
                     and (value is None or fault.value in (value, "*"))), None)

    def on(self, name: str, value: str | None = None) -> bool:
        """Whether the fault would strike, for that value if one is given."""
        return self._live(name, value) is not None

    def strike(self, name: str, value: str | None = None) -> bool:
        """Whether the fault strikes now; each strike counts."""
        fault = self._live(name, value)
        if fault and fault.left is not None:
            fault.left -= 1
        return fault is not None

    def value(self, name: str) -> str:
        """The value of the fault, also when it is spent; "" if it was not switched on."""
        return next((fault.value for fault in self._faults if fault.name == name), "")

    def values(self, name: str) -> set[str]:
        return {fault.value for fault in self._faults if fault.name == name}

    def code(self, name: str) -> tuple[int, int]:
        """The category and the code that are the value of the fault."""
        category, code = self.value(name).split("/")
        return int(category), int(code)

    def raise_not_sif(self) -> None:
        """Raises NoAnswer if it is time for an answer that is not SIF."""
        for name, answer in _NOT_SIF.items():
            if self.strike(name):
                raise NoAnswer(*answer)

    def lost(self) -> NoAnswer:
        """What takes the place of an answer that gets lost."""
        return NoAnswer(*_NOT_SIF["html-502"])
