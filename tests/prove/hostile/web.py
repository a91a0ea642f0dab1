"""Messages to the webhook, tokens, keys of drops and addresses that mean harm (threats, sections 4, 5, 6 and 12)."""

from __future__ import annotations

import base64
import gzip
import ipaddress
import json
import random
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from rostering.clock import moment
from tests.prove.hostile import Case
from tests.unit.gg4l import door as hooks

MOST = 1 << 20


def _event(raw: str, headers: dict[str, str], /, **more: Any) -> dict[str, Any]:
    site = {"site": hooks.SITE}
    return {"pathParameters": site, "headers": headers, "body": raw, "isBase64Encoded": False} | more


def forged() -> Iterator[tuple[str, str, Callable[[], dict[str, Any]], str]]:
    raw, threat = hooks.message(), "forged, tampered, stale or future message, version confusion"
    good = hooks.signed(raw)
    for name in good:
        for bit in range(0, len(good[name]) * 8, 5):
            flipped = bytearray(good[name].encode())
            flipped[bit // 8] ^= 1 << bit % 8
            yield (
                threat,
                f"bit {bit} of {name}",
                lambda name=name, flipped=flipped: {"raw": raw, "headers": good | {name: flipped.decode("latin-1")}},
                "refused 401",
            )
    for bit in range(0, len(raw) * 8, 7):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        yield (
            threat,
            f"bit {bit} of the body",
            lambda flipped=flipped: {"raw": bytes(flipped), "headers": good},
            "refused 401",
        )
    for name, headers in {
        "none": {},
        "v1a": good | {"webhook-signature": good["webhook-signature"].replace("v1,", "v1a,")},
        "v2": good | {"webhook-signature": good["webhook-signature"].replace("v1,", "v2,")},
        "empty signature": good | {"webhook-signature": "v1,"},
        "a thousand signatures": good | {"webhook-signature": "v1,AAAA " * 1_000 + good["webhook-signature"]},
        "another key": hooks.signed(raw, "msg_1", hooks.OLD_SECRET),
        "an id with a dot": hooks.signed(raw, "msg.1"),
        "an id of 10 kB": hooks.signed(raw, "x" * 10_000),
    }.items():
        yield threat, name, lambda headers=headers: {"raw": raw, "headers": headers}, "refused 401"
    now = int(moment(hooks.NOW).timestamp())
    for stamp in ("NaN", "1e9", "-1", "+1", "٢", "9" * 5_000, "", str(now - 301), str(now + 301), "Infinity"):
        yield (
            threat,
            f"timestamp {stamp[:12]!r}",
            lambda stamp=stamp: {
                "raw": raw,
                "headers": {
                    "webhook-id": "msg_1",
                    "webhook-timestamp": stamp,
                    "webhook-signature": hooks.signature("msg_1", stamp, raw, hooks.SECRET),
                },
            },
            "refused 401",
        )


def misshapen() -> Iterator[tuple[str, str, Callable[[], dict[str, Any]], str]]:
    big = "compressed bomb, oversize"
    raw = hooks.message()
    yield (
        big,
        "gzip",
        lambda: {
            "raw": gzip.compress(raw),
            "headers": hooks.signed(gzip.compress(raw)) | {"content-encoding": "gzip"},
        },
        "refused 413",
    )
    yield big, "one byte too many", lambda: {"raw": b" " * (MOST + 1), "headers": hooks.signed(b"")}, "refused 413"
    yield big, "20 MB", lambda: {"raw": b" " * (20 << 20), "headers": {}}, "refused 413"
    yield (
        big,
        "as text, in letters of three bytes",
        lambda: {"raw": b"", **_event("\u20ac" * (MOST // 2), {})},
        "refused 413",
    )
    odd = "duplicate keys, NaN, Infinity, depth 100,000, million digits, surrogate, NUL, invalid UTF-8"
    note = hooks.message(note="?")
    bodies = {
        "nothing": b"",
        "not JSON": b"hello",
        "invalid UTF-8": b'{"type": "\xff"}',
        "UTF-16": '{"a": 1}'.encode("utf-16"),
        "a key twice": raw.replace(b'{"type"', b'{"type": "x", "type"'),
        "NaN": raw.replace(b'"VALIDATING"', b"NaN"),
        "Infinity": raw.replace(b'"VALIDATING"', b"-Infinity"),
        "1e999": raw.replace(b'"VALIDATING"', b"1e999"),
        "deep lists": b"[" * 100_000 + b"]" * 100_000,
        "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        "a million digits": raw.replace(b'"VALIDATING"', b"9" * 1_000_000),
        "surrogate": note.replace(b'"?"', b'"\\ud800"'),
        "NUL": note.replace(b'"?"', b'"\\u0000"'),
        "two values": raw + b"{}",
        "half": raw[:-1],
        "a list": b"[]",
        "null": b"null",
        "no type": raw.replace(b'"type"', b'"tipe"'),
        "type a list": raw.replace(b'"gg4l.onboarding.status_changed"', b"[]"),
    }
    for name, body in bodies.items():
        yield odd, name, lambda body=body: {"raw": body, "headers": hooks.signed(body)}, "refused 400"
    for name, body in {
        "year 9999": hooks.message(hooks.READY, dateLastModified="9999-12-31T00:00:00Z"),
        "timestamp in year 9999": hooks.message(at="9999-12-31T00:00:00Z"),
        "a file": hooks.message(callUrl="file:///etc/passwd"),
        "metadata": hooks.message(url="http://169.254.169.254/latest"),
        "loopback": hooks.message(dataUrl="https://127.0.0.1/"),
        "a protocol-relative one": hooks.message(href="//127.0.0.1/x"),
        "an id with #": hooks.message(district="d#1"),
        "an id of expression text": hooks.message(district=":x OR 1"),
        "a sourcedId with a newline": hooks.message(sourcedId="a\nb"),
    }.items():
        yield (
            "times in year 9999, URLs in the body, ids with # and :",
            name,
            lambda body=body: {"raw": body, "headers": hooks.signed(body)},
            "refused 400",
        )
    for name, district in (("unknown", "d-9999"), ("of nobody", "x")):
        yield (
            "another tenant's district signed with my key",
            name,
            lambda district=district: {
                "raw": hooks.message(district=district),
                "headers": hooks.signed(hooks.message(district=district)),
            },
            "refused 403",
        )
    for name, site in (
        ("unknown", "elsewhere"),
        ("with #", "lakeview#SITE"),
        ("up", "../lakeview"),
        ("long", "l" * 5_000),
        ("capital", "Lakeview"),
        ("with a newline", "lakeview\n"),
        ("a number", 7),
        ("nothing", None),
    ):
        yield (
            "a site that is none",
            name,
            lambda site=site: {"raw": b"", **_event(raw.decode(), hooks.signed(raw), pathParameters={"site": site})},
            "refused 404",
        )
    for name, more in {
        "base64 that is none": {"body": "%%%", "isBase64Encoded": True},
        "no body": {"body": None},
        "headers a list": {"headers": []},
        "a surrogate": {"body": "\ud800"},
        "body a list": {"body": [1]},
    }.items():
        yield (
            "events that no gateway sends",
            name,
            lambda more=more: {"raw": b"", **_event(raw.decode(), hooks.signed(raw), **more)},
            "refused 401|refused 400",
        )


@cache
def _foreign() -> Any:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def tokens() -> Iterator[tuple[str, str, Callable[[], str]]]:
    from tests.integration.accounts.office import KEY, START
    from tests.prove.doors import Tokens

    office = Tokens().office
    kid = office.ports.signer.kid
    said = jwt.decode(office.token(), options={"verify_signature": False})
    good = office.token()

    def sign(claims: dict[str, Any], *, key: Any = KEY, algorithm: str = "RS256", **headers: Any) -> str:
        return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid} | headers)

    public = KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    head, body, tail = good.split(".")

    def headed(**header: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()

    def hmac_with_public_key() -> str:
        import hashlib
        import hmac

        signed = f"{headed(alg='HS256', kid=kid, typ='JWT')}.{body}"
        mac = hmac.new(public, signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    for alg in ("none", "None", "NONE", "nOnE", ""):
        yield "none in any case", alg or "empty", lambda alg=alg: f"{headed(alg=alg, kid=kid)}.{body}."
    yield "HS256 signed with the public key", "PEM", hmac_with_public_key
    for name, headers in {
        "kid": {"kid": "other"},
        "kid a path": {"kid": "../../etc/passwd"},
        "kid SQL": {"kid": "' OR 1=1 --"},
        "no kid": {"kid": None},
        "jku": {"jku": "https://127.0.0.1/jwks"},
        "x5u": {"x5u": "https://127.0.0.1/"},
        "jwk": {"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}},
        "crit": {"crit": ["exp"]},
        "b64": {"b64": False, "crit": ["b64"]},
    }.items():
        yield (
            "foreign kid, jku, jwk",
            name,
            lambda headers=headers: (
                sign(said, key=_foreign(), **headers)
                if "b64" not in headers and headers.get("kid", kid) is not None
                else f"{headed(**{'alg': 'RS256', 'kid': kid} | headers)}.{body}.{tail}"
            ),
        )
        yield (
            "foreign kid, jku, jwk",
            f"{name}, signed by us",
            lambda headers=headers: (
                sign(said, **headers)
                if "b64" not in headers and headers.get("kid", kid) is not None and "kid" not in headers
                else f"{headed(**{'alg': 'RS256', 'kid': kid} | headers)}.{body}.{tail}"
            ),
        )
    yield "foreign key", "another key, our kid", lambda: sign(said, key=_foreign())
    for name in ("exp", "iat", "nbf", "sub", "aud", "iss", "site", "sid", "jti", "auth_time"):
        yield (
            "missing or odd claims",
            f"no {name}",
            lambda name=name: sign({k: v for k, v in said.items() if k != name}),
        )
        for odd in (None, [], {}, "x" * 300, True, "", 1 << 80, -1, 1e308):
            yield (
                "missing or odd claims",
                f"{name} = {str(odd)[:12]!r}",
                lambda name=name, odd=odd: _encoded(sign, said | {name: odd}, headed, kid, tail),
            )
    for name, more in {
        "roles as a text": {"roles": "admin"},
        "a tenant more": {"tenant": "x"},
        "scope everything": {"scope": "*"},
        "act a text": {"act": "admin"},
        "act of nobody": {"act": {"sub": "x", "sid": "y"}},
        "another site": {"site": "hillside"},
        "nobody": {"sub": "nobody"},
        "another session": {"sid": "x"},
    }.items():
        yield "missing or odd claims", name, lambda more=more: sign(said | more)
    start = int(START)
    for name, times in {
        "expired": {"iat": start - 7_000, "nbf": start - 7_000, "exp": start - 3_500},
        "not yet": {"iat": start + 60, "nbf": start + 60, "exp": start + 600},
        "for a year": {"exp": start + 86_400 * 365},
        "exp before iat": {"exp": said["iat"] - 1},
        "exp now": {"exp": start},
    }.items():
        yield "expired, not yet valid, too long", name, lambda times=times: sign(said | times)
    for name, make in {
        "1 MB": lambda: sign(said | {"jti": "x" * 1_000_000}),
        "8 KB of dots": lambda: "." * 8_192,
        "empty": lambda: "",
        "one dot": lambda: ".",
        "deep JSON": lambda: _part(b"[" * 5_000) + f".{body}.{tail}",
        "a letter more": lambda: good + "A",
        "twice": lambda: f"{good}.{good}",
        "é": lambda: good + "é",
        "a NUL": lambda: good + "\0",
        "header a list": lambda: _part(b"[]") + f".{body}.{tail}",
        "body a list": lambda: f"{head}.{_part(b'[]')}.{tail}",
    }.items():
        yield "oversize, truncated, misshapen", name, make
    for cut in range(0, len(good) - 1, 37):
        yield "oversize, truncated, misshapen", f"cut at {cut}", lambda cut=cut: good[:cut]


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _encoded(
    sign: Callable[..., str], claims: dict[str, Any], headed: Callable[..., str], kid: str, tail: str
) -> str:
    """A token of claims that PyJWT itself may refuse to write: then with a signature of something else."""
    try:
        return sign(claims)
    except (TypeError, ValueError):
        return f"{headed(alg='RS256', kid=kid, typ='JWT')}.{_part(json.dumps(claims).encode())}.{tail}"


KEYS = {
    "a plus": "a+b.xlsx",
    "%2B": "a%2Bb.xlsx",
    "a blank": "a b.xlsx",
    "blanks at the end": "a.xlsx ",
    "..": "../other/a.xlsx",
    ".. in between": "x/../../demo2/a.xlsx",
    "//": "x//a.xlsx",
    "case": "A.XLSX",
    "bidi": "a\u202exslx.xlsx",
    "NFD": "Zoe\u0308.xlsx",
    "a newline": "a\nb.xlsx",
    "NUL": "a\0b.xlsx",
    "1,024 bytes": "x" * 1_000 + ".xlsx",
    "emoji": "\U0001f600.xlsx",
    "exe": "a.xlsx.exe",
    "#": "a#RECEIVED#b.xlsx",
    "%": "100%.xlsx",
    "only an ending": ".xlsx",
    "quotes": "a'\"b.xlsx",
    "a pipe": "a|b.xlsx",
    "markup": "<script>alert(1)</script>.xlsx",
    "a formula": "=1+1.xlsx",
    "200 folders": "x/" * 200 + "a.xlsx",
}
SITES = (
    "Demo",
    "demo#x",
    "demo2",
    "d",
    "",
    "demo\n",
    "../demo",
    "DEMO",
    "demo ",
    "de mo",
    "demo%2F",
    "\u202edemo",
    "x" * 40,
)


def keys() -> Iterator[tuple[str, str, str, str]]:
    for name, key in KEYS.items():
        yield (
            "S3 keys (+, %2B, blanks, .., //, case, bidi, NFD, newline, NUL, 1,024 bytes, .xlsx.exe)",
            name,
            f"inbox/demo/{key}",
            "ok|rows|refused",
        )
    for site in SITES:
        yield "keys of another site, or of none", repr(site), f"inbox/{site}/a.xlsx", "refused unrouted"
    for key in ("inbox/demo/", "inbox/demo", "outbox/demo/a.xlsx", "/inbox/demo/a.xlsx", "inbox//demo/a.xlsx", "x"):
        yield "keys that no drop has", key, key, "refused"


def spelled(count: int, seed: int) -> Iterator[str]:
    """URLs that lead to inner addresses in the ways that resolvers and libraries have read."""
    chance = random.Random(seed)
    wide = str.maketrans("0123456789.", "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\u3002")
    for _ in range(count):
        network = ipaddress.ip_network(
            chance.choice(
                (
                    "127.0.0.0/8",
                    "10.0.0.0/8",
                    "172.16.0.0/12",
                    "192.168.0.0/16",
                    "169.254.0.0/16",
                    "100.64.0.0/10",
                    "0.0.0.0/8",
                    "198.18.0.0/15",
                    "224.0.0.0/4",
                    "240.0.0.0/4",
                )
            )
        )
        number = int(network.network_address) + chance.randrange(network.num_addresses)
        quad = [number >> shift & 255 for shift in (24, 16, 8, 0)]
        one = [str, lambda n: f"0{n:o}", hex, lambda n: f"0x{n:02X}", lambda n: f"{n:03}"]
        short = chance.randrange(1, 5)
        rest = number & (1 << 8 * (5 - short)) - 1
        host = chance.choice(
            [
                lambda: ".".join(chance.choice(one)(part) for part in quad),
                lambda: ".".join(map(str, quad)).translate(wide),
                lambda: ".".join(
                    [*(chance.choice(one)(part) for part in quad[: short - 1]), chance.choice(one)(rest)]
                ),
                lambda: chance.choice(one)(number),
                lambda: f"[::ffff:{'.'.join(map(str, quad))}]",
                lambda: f"[64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}]",
                lambda: f"[2002:{number >> 16:x}:{number & 0xFFFF:x}::]",
                lambda: f"zis.example.org@{'.'.join(map(str, quad))}",
                lambda: f"{'.'.join(map(str, quad))}#.example.org",
                lambda: f"{'.'.join(map(str, quad))}\\.example.org",
                lambda: f"{'.'.join(map(str, quad))}%00.example.org",
            ]
        )()
        yield f"{chance.choice(('https', 'https', 'http', 'HTTPS', 'ftp'))}://{host}{chance.choice(('', ':443', ':9001', '.'))}/"


REBINDING = (
    ["127.0.0.1"],
    ["93.184.216.34", "127.0.0.1"],
    ["10.0.0.1", "93.184.216.34"],
    ["::1"],
    ["64:ff9b::7f00:1"],
    ["2002:7f00:1::"],
    ["::ffff:10.0.0.1"],
    ["169.254.169.254"],
    ["fd00:ec2::254"],
    ["100.64.0.1"],
    ["224.0.0.1"],
    ["fe80::1"],
    [],
    ["0.0.0.0"],  # noqa: S104
    ["93.184.216.34", "fe80::1"],
    ["2001:0:4136:e378:8000:63bf:3fff:fdd2"],
)


def cases(canary: str) -> list[Case]:
    from tests.unit.test_addresses import ADDRESSES, LOOPBACK, METADATA

    found = [
        Case("webhook", threat, name, make, ends)
        for each in (forged(), misshapen())
        for threat, name, make, ends in each
    ]
    found += [
        Case("token", threat, name, lambda make=make: {"token": make()}, "refused 401|refused 404|refused 403")
        for threat, name, make in tokens()
    ]
    found += [
        Case("key of a drop", threat, name, lambda key=key: {"key": key}, ends, "enter_key")
        for threat, name, key, ends in keys()
    ]
    urls = [
        *ADDRESSES,
        canary,
        canary.replace("http:", "https:"),
        *(f"https://{host}:9001/" for host in (*METADATA, *LOOPBACK)),
    ]
    found += [
        Case("address", "hostile URLs", url[:50], lambda url=url: {"url": url}, "refused ADDRESS|refused NO_ANSWER")
        for url in urls
        if url != "https://zis.example.org:8443/"
    ]
    found += [
        Case("address", "generated spellings", f"{url[:50]} ({n})", lambda url=url: {"url": url}, "refused ADDRESS")
        for n, url in enumerate(spelled(1_000, 7))
    ]
    return found + [
        Case(
            "address",
            "a name that leads inside (rebinding)",
            ", ".join(answers) or "nowhere",
            lambda answers=answers: {"url": "https://zis.example.org/", "answers": answers},
            "refused ADDRESS|refused NO_ANSWER",
        )
        for answers in REBINDING
    ]
