"""The official schemas, if they lie beside the repository: they are not ours to carry."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
from lxml import etree

_FOLDER = Path(__file__).resolve().parents[3].parent / "shared" / "specs" / "sif" / "xsd"

# For any message of a version: where there is no message schema, that of the nearest one.
OF_MESSAGES = {"2.0": "2.0r1", "2.0r1": "2.0r1", "2.1": "2.2", "2.2": "2.2", "2.3": "2.3"}
# For objects with all that is mandatory; there is none for 2.3.
STRICT = {"2.0": "2.0", "2.0r1": "2.0r1/strict", "2.1": "2.1", "2.2": "2.2/strict", "2.3": "2.3"}


@functools.cache
def _schema(folder: str) -> etree.XMLSchema:
    file = _FOLDER / folder / "SIF_Message.xsd"
    if not file.exists():
        pytest.skip(f"the SIF schemas are not at {_FOLDER}")
    return etree.XMLSchema(etree.parse(str(file)))


def problems(body: bytes | str, folder: str) -> list[str]:
    """What is wrong with a message. Skips the test without schemas."""
    schema = _schema(folder)
    schema.validate(etree.fromstring(body))
    return [f"{error.message[:300]}" for error in schema.error_log]
