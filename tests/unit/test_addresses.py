"""Addresses that nothing is sent to: as they are written, and as they resolve (threats, section 4)."""

from __future__ import annotations

import ipaddress
import random

import pytest

from rostering.addresses import LONGEST, Address, BadAddress, check, public

GOOD = [
    ("https://zis.example.org/Lakeview", "zis.example.org"),
    ("https://zis.example.org", "zis.example.org"),
    ("https://zis.example.org:443/zis/ZONE/Default?zone=A&cust=%7Ex", "zis.example.org"),
    ("HTTPS://ZIS.Example.ORG/Z", "zis.example.org"),
    ("https://zis.example.org./Z", "zis.example.org"),
    ("https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
    ("https://10-0-0-1.example.org/", "10-0-0-1.example.org"),
    ("https://zis.example.org/?next=http://127.0.0.1/", "zis.example.org"),
    ("https://zis.example.org/@name", "zis.example.org"),
]

METADATA = ["169.254.169.254", "169.254.170.2", "169.254.170.23", "[fd00:ec2::254]", "[fd00:ec2::23]",
            "[::ffff:169.254.169.254]", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518",
            "metadata.google.internal", "metadata", "instance-data"]
LOOPBACK = ["127.0.0.1", "127.1", "127.0.1", "127.0.0.1.", "2130706433", "0x7f000001", "0x7f.1", "0x7f.0.0.0x1",
            "0177.0.0.1", "017700000001", "0", "0.0.0.0",  # noqa: S104 nothing is bound here
            "127.255.255.254", "localhost", "LOCALHOST", "localhost.",
            "localhost.localdomain", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
            "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::127.0.0.1]", "[fe80::1%25lo]", "127.0.0.1:9001"]
INSIDE = ["10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "198.18.0.1", "192.0.2.1", "203.0.113.1", "224.0.0.1",
          "240.0.0.1", "255.255.255.255", "[fc00::1]", "[fe80::1]", "[ff02::1]", "[2001:db8::1]", "8.8.8.8",
          "db.internal", "printer.local", "nas.lan", "router.home", "x.corp", "x.intranet", "1.0.0.127.in-addr.arpa",
          "x.localhost"]
UNREADABLE = ["", ".", "..", "a", "zis", "zis..example.org", ".example.org", "-a.example.org", "a-.example.org",
              f"{'a' * 64}.example.org", ".".join(["a" * 60] * 5), "zis_1.example.org", "zis.example.org%00",
              "zis.example.org%2e", "zis.example.org%2f@x.example.org", "zis%2eexample%2eorg", "*.example.org",
              "zis.example.0x1f", "zis.example.org,x.example.org", "[", "[]", "[::1", "::1", "[v1.a]",
              "\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021", "zis.example\u3002org", "zis.ex\u00e4mple.org",
              "\u24e9is.example.org", "zis.example.org\u200b", "localhost\u2024localdomain"]
ADDRESSES = [
    *(f"https://{host}/Z" for host in METADATA + LOOPBACK + INSIDE + UNREADABLE),
    # somebody else's words before or after the host
    "https://user@zis.example.org/", "https://user:password@zis.example.org/", "https://@zis.example.org/",
    "https://zis.example.org@127.0.0.1/", "https://127.0.0.1#@zis.example.org/", "https://zis.example.org#",
    "https://zis.example.org/#part", "https://zis.example.org\\@127.0.0.1/", "https://127.0.0.1\\.example.org/",
    "https:\\\\zis.example.org/", "https://zis.example.org\\/Z",
    # ports
    "https://zis.example.org:80/", "https://zis.example.org:22/", "https://zis.example.org:8443/",
    "https://zis.example.org:0/", "https://zis.example.org:65536/", "https://zis.example.org:-1/",
    "https://zis.example.org:x/", "https://zis.example.org:443:80/",
    # schemes
    "http://zis.example.org/", "http://zis.example.org:443/", "ftp://zis.example.org/", "file:///etc/passwd",
    "file://zis.example.org/", "gopher://zis.example.org/", "dict://zis.example.org/", "jar:https://zis.example.org!/",
    "javascript:alert(1)", "data:text/xml,x", "zis.example.org/Z", "//zis.example.org/Z", "/Z",
    "https:/zis.example.org", "https:zis.example.org", "https:///zis.example.org", "https://", "https:", "", "unix:///var/run/docker.sock",
    # characters
    " https://zis.example.org/", "https://zis.example.org/ ", "https://zis.example.org/a b",
    "https://zis.example.org/\n",
    "https://zis.example.org/\r\nHost: x", "https://zis.example.org/\x00", "https://zis\t.example.org/",
    "https://zis.example.org/\x7f", "https://zis.example.org/\u00e9", "https://zis.example.org\x00.evil.example/",
    "https://zis.example.org/" + "a" * LONGEST,
]
NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104 nothing is bound here
    "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.255", "169.254.169.254",
    "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.0.1", "198.18.0.1",
    "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::8.8.8.8",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a00:1::",
    "2002:a9fe:a9fe::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "fc00::1", "fd00:ec2::254", "fe80::1",
    "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1", "100::1",
]
PUBLIC = ["8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700:4700::1111",
          "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]


@pytest.mark.parametrize(("url", "host"), GOOD)
def test_a_public_name_over_https_is_an_address(url, host):
    assert check(url) == Address(host, 443)


@pytest.mark.parametrize("url", ADDRESSES)
def test_what_is_not_plainly_a_public_name_is_no_address(url):
    with pytest.raises(BadAddress):
        check(url)


@pytest.mark.parametrize("url", [
    "https://marker:marker@zis.example.org/", "https://marker/", "https://marker.internal/", "http://marker.example/",
    "https://zis.example.org:8443/marker", "https://zis.example.org/marker\n", "https://zis.example.org/#marker",
    "https://zis.example.org:marker/", "marker",
])
def test_a_refusal_never_repeats_what_it_was_given(url):
    with pytest.raises(BadAddress) as caught:
        check(url)
    assert caught.value.code == "ADDRESS" and not isinstance(caught.value, ValueError)
    assert "marker" not in str(caught.value)


def spelled(chance: random.Random) -> str:
    """A URL that leads to an inner address in one of the ways that resolvers and libraries have read."""
    ranges = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10",
              "0.0.0.0/8", "198.18.0.0/15", "224.0.0.0/4"]
    network = ipaddress.ip_network(chance.choice(ranges))
    number = int(network.network_address) + chance.randrange(network.num_addresses)
    parts = [number >> shift & 255 for shift in (24, 16, 8, 0)]
    one = [str, lambda n: f"0{n:o}", hex, lambda n: f"0x{n:02X}", lambda n: f"{n:03}"]
    short = chance.randrange(1, 5)
    tail = sum(part << 8 * place for place, part in enumerate(reversed(parts[short - 1:])))
    wide = str.maketrans("0123456789.", "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\u3002")
    host = chance.choice([
        lambda: ".".join(chance.choice(one)(part) for part in parts),
        lambda: ".".join([*(chance.choice(one)(part) for part in parts[:short - 1]), chance.choice(one)(tail)]),
        lambda: chance.choice(one)(number),
        lambda: ".".join(map(str, parts)).translate(wide),
        lambda: ".".join(f"%{ord(letter):02x}" for letter in str(number)),
        lambda: f"[::ffff:{'.'.join(map(str, parts))}]",
        lambda: f"[64:ff9b::{number >> 16:x}:{number & 0xffff:x}]",
        lambda: f"[2002:{number >> 16:x}:{number & 0xffff:x}::1]",
        lambda: f"[{ipaddress.IPv6Address(number).exploded}]",
    ])()
    before = chance.choice(["", "", "", "user@", "user:password@", "zis.example.org@", "zis.example.org\\@"])
    after = chance.choice(["", "", ".", ":443", ":80", ":9001", "#@zis.example.org", "%00.example.org",
                           "\\.example.org"])
    return f"{chance.choice(['https', 'HTTPS', 'http'])}://{before}{host}{after}/Z"


def passes(url: str, *, loopback: bool = False) -> Address | None:
    try:
        return check(url, loopback=loopback)
    except BadAddress:
        return None


SPELLINGS = [spelled(random.Random(number)) for number in range(1_000)]


def test_no_spelling_of_an_inner_address_is_one():
    assert len(set(SPELLINGS)) > 950
    assert [url for url in SPELLINGS if passes(url)] == []


def test_where_this_machine_is_allowed_only_its_two_plain_names_are():
    found = {passes(url, loopback=True) for url in SPELLINGS + ADDRESSES} - {None}
    assert {address.host for address in found} == {"127.0.0.1", "localhost"}


@pytest.mark.parametrize(("url", "address"), [
    ("http://127.0.0.1:7080/ZONE", Address("127.0.0.1", 7080, loopback=True)),
    ("http://localhost/ZONE", Address("localhost", 80, loopback=True)),
    ("https://localhost:7443/ZONE", Address("localhost", 7443, loopback=True)),
    ("https://zis.example.org/ZONE", Address("zis.example.org", 443)),
])
def test_where_this_machine_is_allowed_simulators_may_be_on_it(url, address):
    assert check(url, loopback=True) == address


@pytest.mark.parametrize("url", ["http://127.0.0.1:0/", "ftp://localhost/", "http://u@localhost/", "http://[::1]/",
                                 "http://127.0.0.2/", "http://zis.example.org/"])
def test_even_where_this_machine_is_allowed_these_are_not(url):
    with pytest.raises(BadAddress):
        check(url, loopback=True)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_inner_address_is_not_public(address):
    with pytest.raises(BadAddress):
        public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address):
    public(address)


def test_one_bad_address_among_good_ones_is_found():
    with pytest.raises(BadAddress):
        for address in ("93.184.216.34", "2606:4700:4700::1111", "::ffff:169.254.169.254"):
            public(address)
