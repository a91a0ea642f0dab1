"""What a file is called: its key in the bucket, and the name it is downloaded under."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

from rostering.errors import LocalProtocolError

MAX_KEY_BYTES = 1024
MAX_LINK_SECONDS = 7 * 24 * 3600


def check_file_key(key: str) -> None:
    """Raises LocalProtocolError for a key S3 would not take."""
    try:
        length = len(key.encode())
    except UnicodeEncodeError:
        raise LocalProtocolError("a file's key is not Unicode (lone surrogate)") from None
    if not 1 <= length <= MAX_KEY_BYTES:
        raise LocalProtocolError(f"a file's key of {length} bytes; allowed are 1 to {MAX_KEY_BYTES}")


def check_link(seconds: int) -> None:
    """Raises LocalProtocolError for a life no signed link can have."""
    if not 1 <= seconds <= MAX_LINK_SECONDS:
        raise LocalProtocolError(f"a link lives 1 to {MAX_LINK_SECONDS} seconds, not {seconds}")


def content_disposition(filename: str) -> str:
    """The header that saves a download as `filename` (RFC 6266).

    Control characters, those that turn the direction of text, and what would make a path of it
    become "_".
    """
    name = unicodedata.normalize("NFC", filename.encode("utf-8", "replace").decode())
    name = "".join("_" if char in '/\\:*?"<>|' or unicodedata.category(char)[0] == "C" else char
                   for char in name)
    name = name.strip(" .") or "download"
    plain = re.sub(r"[^ -~]|%", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
