"""How long somebody waits after wrong tries (section 5.4).

The tries at one username are a map that fits into an item: `{"all": [n, last], "networks": {net:
[n, last]}, "devices": {device: [n, last]}}`, n wrong tries in a row, the last at `last` (seconds).
The same map is kept for names that nobody has, so that the answers don't tell them apart.

A device where the person signed in before has a counter of its own with short waits: the tries of
strangers never shut the owner out.
"""

from __future__ import annotations

import hashlib
import ipaddress
from typing import Any

FREE_TRIES = 5
FREE_TRIES_OF_ALL = 30
TRIES_UNTIL_CLOSED = 100
LONGEST_WAIT_SECONDS = 900
LONGEST_WAIT_OF_A_DEVICE_SECONDS = 60
CLOSED = float("inf")
SHOWN_AS_LOCKED_SECONDS = 60

MOST_NETWORKS = 64
MOST_DEVICES = 8

Tries = dict[str, Any]


def digest_of(site: str, username: str) -> str:
    """What the tries at a username are kept under; the name need not be anybody's."""
    return hashlib.sha256(f"{site}\x00{username.strip().lower()}".encode()).hexdigest()


def network(address: str) -> str:
    """The network that an address is counted under: its /24, or its /48 for IPv6."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False))


def wait_seconds(tries: Tries | None, *, network: str, device: str, now: float, longest: int) -> float:
    """How long the next try has to wait from `now`: 0 is at once, CLOSED until somebody unlocks."""
    if not tries:
        return 0
    known = tries.get("devices", {})
    if device and device in known:
        return _wait(known[device], FREE_TRIES, min(longest, LONGEST_WAIT_OF_A_DEVICE_SECONDS), now)
    everywhere = tries.get("all", [0, 0])
    if everywhere[0] >= TRIES_UNTIL_CLOSED:
        return CLOSED
    return max(
        _wait(everywhere, FREE_TRIES_OF_ALL, longest, now),
        _wait(tries.get("networks", {}).get(network, [0, 0]), FREE_TRIES, longest, now),
    )


def locked_until(tries: Tries | None, *, now: float, longest: int) -> float:
    """Until when somebody is locked out: seconds, CLOSED until somebody unlocks, 0 if not at all.

    Shown from a wait of `SHOWN_AS_LOCKED_SECONDS` on, whatever network it counts for; the short waits of
    known devices are none of it.
    """
    tries = tries or {}
    everywhere = tries.get("all", [0, 0])
    if everywhere[0] >= TRIES_UNTIL_CLOSED:
        return CLOSED
    counters = [(everywhere, FREE_TRIES_OF_ALL), *((one, FREE_TRIES) for one in tries.get("networks", {}).values())]
    ends = [counter[1] + wait for counter, free in counters
            if (wait := _whole_wait(counter, free, longest)) >= SHOWN_AS_LOCKED_SECONDS]
    return max((end for end in ends if end > now), default=0)


def _wait(counter: list, free: int, longest: int, now: float) -> float:
    if counter[0] < free:
        return 0
    return max(0, counter[1] + _whole_wait(counter, free, longest) - now)


def _whole_wait(counter: list, free: int, longest: int) -> float:
    """The wait that the last wrong try of a counter began."""
    return 0 if counter[0] < free else min(longest, 2 ** min(counter[0] - free, 20))


def failed(tries: Tries | None, *, network: str, device: str, now: float) -> Tries:
    """The tries after one more wrong one."""
    tries = tries or {}
    known = tries.get("devices", {})
    if device and device in known:
        return tries | {"devices": known | {device: [known[device][0] + 1, int(now)]}}
    networks = tries.get("networks", {})
    counted = networks | {network: [networks.get(network, [0, 0])[0] + 1, int(now)]}
    if len(counted) > MOST_NETWORKS:
        del counted[min((net for net in counted if net != network), key=lambda net: (counted[net][1], net))]
    return tries | {"all": [tries.get("all", [0, 0])[0] + 1, int(now)], "networks": counted}


def succeeded(tries: Tries | None, *, network: str, device: str, now: float) -> Tries:
    """The tries after a right one. `device` is known from now on.

    On a device that was known already, only its own counter starts anew: what strangers did
    meanwhile still counts against them.
    """
    tries = tries or {}
    known = tries.get("devices", {})
    if device in known:
        return tries | {"devices": known | {device: [0, int(now)]}}
    devices = known | {device: [0, int(now)]}
    if len(devices) > MOST_DEVICES:
        del devices[
            min((name for name in devices if name != device), key=lambda name: (devices[name][1], name))
        ]
    networks = {net: counter for net, counter in tries.get("networks", {}).items() if net != network}
    return {"all": [0, 0], "networks": networks, "devices": devices}


def unlocked(tries: Tries | None) -> Tries:
    """The tries after somebody unlocked: the counters are cleared, known devices stay known."""
    return {"devices": {device: [0, last] for device, (_, last) in (tries or {}).get("devices", {}).items()}}


def is_locked(tries: Tries | None, *, now: float, longest: int) -> bool:
    """Whether the next try from somewhere has to wait so long that it is shown as locked."""
    networks = ["", *(tries or {}).get("networks", {})]
    return any(wait_seconds(tries, network=net, device="", now=now, longest=longest) >= SHOWN_AS_LOCKED_SECONDS
               for net in networks)


def is_counting(tries: Tries | None) -> bool:
    """Whether there is a wrong try that unlocking would clear."""
    tries = tries or {}
    counters = (tries.get("all", [0, 0]), *tries.get("networks", {}).values(), *tries.get("devices", {}).values())
    return any(wrong for wrong, _ in counters)
