"""One target of atheris: `python -m tests.prove.target NAME FOLDER -max_total_time=20`; `FOLDER` is written into.

What a reader refuses on purpose is expected; anything else is a finding, which atheris keeps as a file.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["rostering", "gg4l_hook"]):
    from gg4l_hook import hint, verify, webhook
    from rostering.access import claims
    from rostering.errors import InputError, RemoteProtocolError
    from rostering.oneroster import bundle, collection, csvfile, discovery, rest, rows, strict
    from rostering.sheet import reading, references
    from rostering.sif import objects, parse, salvage
    from rostering.xlsx import careful, container, gate, grid, package, plain, strings, workbook

_INSTRUMENTED = (
    hint,
    verify,
    collection,
    csvfile,
    rows,
    objects,
    careful,
    container,
    gate,
    grid,
    package,
    plain,
    strings,
)
EXPECTED = (InputError, RemoteProtocolError)
CSV = ("orgs", "users", "classes", "enrollments")


def _workbook(data: bytes) -> None:
    from tests.prove.mutants import TODAY

    with (
        workbook.open_workbook(io.BytesIO(data), name="sheet.xlsx") as book,
        reading.read_sheet(book, site="demo", known=references.NothingKnown(), today=TODAY) as read,
    ):
        list(read.records())


def _sheet(data: bytes) -> None:
    from tests.prove import damage
    from tests.prove.hostile import spreadsheets

    _workbook(damage.zipped(spreadsheets.good() | {spreadsheets.STUDENTS: data}))


def _sif(data: bytes) -> None:
    salvage.salvage(data)
    salvage.redacted(data)
    parse.parse(data)


def _bundle(data: bytes) -> None:
    for name in CSV:
        with contextlib.suppress(InputError):
            opened = bundle.open_files({f"{name}.csv": data})
            list(opened.rows(name))


def _pages(data: bytes) -> None:
    with contextlib.suppress(RemoteProtocolError):
        discovery.discovery(data)
    told = [data, b'{"users": []}']
    for page in rest.collection(lambda path, params: (200, {}, told.pop(0) if told else b""), "users", "users"):
        for record in page.records:
            rows.from_json("users", record, page=1)
    strict.parse(data)


def _hook() -> Callable[[bytes], None]:
    from tests.unit.gg4l import door

    here = door.Door()

    def send(data: bytes) -> None:
        signed = here.post(data)
        cut = data.find(b"\n")
        said = dict.fromkeys(door.signed(b""), data[: max(cut, 0)].decode("latin-1"))
        event = {"pathParameters": {"site": door.SITE}, "headers": said, "body": data[cut + 1 :].decode("latin-1")}
        forged = webhook.receive(here, webhook.Request.of(event))
        if signed.status not in (202, 400, 403, 413) or forged.status not in (401, 413):
            raise AssertionError(f"{signed.status} {signed.outcome}, forged {forged.status} {forged.outcome}")

    return send


def _token() -> Callable[[bytes], None]:
    from tests.integration.accounts.office import KEY, START, LocalSigner
    from tests.prove.mutants import _tokens

    keys, good = LocalSigner().public_keys(), _tokens().good
    head, body, tail = good.split(".")
    kid = next(iter(keys))

    def read(data: bytes) -> None:
        import jwt

        text = data.decode("latin-1")
        offered = [text, f"{head}.{text}.{tail}", f"{text}.{body}.{tail}", f"{head}.{body}.{text}"]
        with contextlib.suppress(ValueError, TypeError, RecursionError):
            said = json.loads(data)
            if isinstance(said, dict):
                offered.append(jwt.encode(said, KEY, algorithm="RS256", headers={"kid": kid}))
        for number, one in enumerate(offered):
            try:
                claims.read_token(one, keys=keys, issuer="urn:rollbook:test", now=START)
            except claims.TokenRefused:
                continue
            if number < 4 and one.rstrip("=") != good:
                raise AssertionError("a token that nobody signed counts")

    return read


TARGETS: dict[str, Callable[[], Callable[[bytes], None]]] = {
    "container": lambda: _workbook,
    "sheet": lambda: _sheet,
    "sif": lambda: _sif,
    "oneroster-csv": lambda: _bundle,
    "oneroster-json": lambda: _pages,
    "webhook": _hook,
    "token": _token,
}


def seeds(name: str) -> list[bytes]:
    """What a target begins with: valid inputs."""
    from tests.prove import mutants
    from tests.prove.hostile import oneroster, spreadsheets
    from tests.unit.gg4l import door

    if name in ("container", "sheet"):
        sheet = spreadsheets.good()[spreadsheets.STUDENTS]
        short = sheet[: sheet.index(b'<row r="5"')] + sheet[sheet.index(b"</sheetData>") :]
        return [spreadsheets.zipped(spreadsheets.good())] if name == "container" else [short]
    if name == "sif":
        return [body for body in mutants.messages() if len(body) < 8_000]
    if name == "oneroster-csv":
        return [b"\n".join(data.split(b"\n")[:4]) for data in oneroster.files().values()]
    if name == "oneroster-json":
        return [
            json.dumps({key: value[:2] if isinstance(value, list) else value for key, value in body.items()}).encode()
            for _, raw in mutants.pages()
            if isinstance(body := json.loads(raw), dict)
        ]
    if name == "webhook":
        raw = door.message()
        return [raw, door.signed(raw)["webhook-signature"].encode() + b"\n" + raw]
    good = mutants._tokens().good
    return [good.encode(), *(part.encode() for part in good.split(".")), json.dumps(_claims(good)).encode()]


def _claims(token: str) -> Any:
    import jwt

    return jwt.decode(token, options={"verify_signature": False})


def main() -> None:
    name, folder, *options = sys.argv[1:]
    for number, seed in enumerate(seeds(name)):
        Path(folder, f"seed-{number}").write_bytes(seed)
    read = TARGETS[name]()

    def one(data: bytes) -> None:
        with contextlib.suppress(*EXPECTED):
            read(data)

    atheris.Setup([sys.argv[0], *options, folder], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
