"""Addresses that people tell us to connect to: which of them may be (threats, section 4).

An address is looked at twice: as it is written, when somebody saves it (`check`), and as it resolves,
when somebody connects (`public`). A block-list of hosts lets most hostile spellings through; here
only what is plainly a public name on an approved port passes.

Where the system runs on one machine for trying and testing (`loopback`), http to 127.0.0.1 or
localhost may be too: that is where simulators live.
"""

from __future__ import annotations

import ipaddress
import re
import urllib.parse
from dataclasses import dataclass

from rostering.errors import InputError

PORTS = frozenset({443})
ZONE_PORTS = frozenset({443, 4443, 7443, 8443, 9443})      # where ZISs listen for https
LOOPBACK = frozenset({"127.0.0.1", "localhost"})
LONGEST = 2_048
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NOT_OUTSIDE = ("internal", "local", "localhost", "localdomain", "lan", "home", "corp", "intranet", "arpa")


class BadAddress(InputError):
    """An address that nothing is sent to. Not a ValueError: requests would take it for its own."""

    def __init__(self, message: str) -> None:
        super().__init__("ADDRESS", message)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a URL leads: host in lower case, port, and whether it is this very machine."""

    host: str
    port: int
    loopback: bool = False


def check(url: str, *, ports: frozenset[int] = PORTS, loopback: bool = False) -> Address:
    """The address of `url` if it may be connected to, as far as its text tells. Raises BadAddress."""
    if not url or len(url) > LONGEST or not url.isascii() or _FORBIDDEN.search(url):
        raise BadAddress("The address has characters that don't belong there, or is too long.")
    try:
        parts = urllib.parse.urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadAddress("That is no address of the form https://host/path.") from None
    if "[" in parts.netloc:
        raise BadAddress("The address must name a public host, such as zis.example.org; numbers are no names.")
    if "@" in parts.netloc or parts.fragment or url.endswith("#"):
        raise BadAddress("An address holds no user name, password or # part.")
    host = (parts.hostname or "").rstrip(".").lower()
    if loopback and host in LOOPBACK and parts.scheme in ("http", "https") and port != 0:
        return Address(host, port or (443 if parts.scheme == "https" else 80), loopback=True)
    if parts.scheme != "https":
        raise BadAddress("The address must begin with https://.")
    labels = host.split(".")
    if len(host) > 253 or len(labels) < 2 or not all(map(_LABEL.fullmatch, labels)) \
            or _NUMBER.fullmatch(labels[-1]) or labels[-1] in _NOT_OUTSIDE:
        raise BadAddress("The address must name a public host, such as zis.example.org; numbers are no names.")
    port = 443 if port is None else port
    if port not in ports:
        raise BadAddress(f"Port {port} is not open here. Use https on port 443.")
    return Address(host, port)


def public(address: str) -> None:
    """Raises BadAddress unless the IP `address` is one of the public internet."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            ip = ip.ipv4_mapped
        elif ip.sixtofour:
            ip = ip.sixtofour
        elif ip in _NAT64:
            ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        elif ip.teredo:
            raise BadAddress("The host's address is tunneled.")
    if not ip.is_global or ip.is_multicast or ip.is_reserved or getattr(ip, "is_site_local", False):
        raise BadAddress("The host leads to an address that is not public.")
