"""Make the files of account info sheets: cards as PDF, lists as XLSX or CSV."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import Any, BinaryIO

from rostering.account_sheets import lists
from rostering.account_sheets.people import SiteLook
from rostering.load import paths
from rostering.load.handout import Office
from rostering.model import Account

_AT_ONCE = 500
_TYPES = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8",
          "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_IN_MEMORY_BYTES = 16 * 2**20


def look_of(site: str, settings: dict[str, Any]) -> SiteLook:
    """How a site shows itself on paper."""
    return SiteLook(name=settings["name"], address=settings.get("address") or f"/{site}",
                    single_sign_on=settings.get("single_sign_on", "Google"))


def print_sheet(files: Any, site: str, format: str, office: Office, accounts: list[Account], *, look: SiteLook,
                printed_by: str, printed_on: str, name: str, section: str = "", school: str = "") -> str:
    """Make one file of `accounts` below exports/ and give its key.

    Whether it tells first secrets is up to the `office`. Cards of a `section` are one part; of a
    `school`, guardians stand by a child there.
    """
    people = [pair for start in range(0, len(accounts), _AT_ONCE)
              for pair in office.sheet_people(accounts[start:start + _AT_ONCE])]

    def write(file: BinaryIO) -> None:
        if format == "pdf":
            from rostering.account_sheets import cards  # fonts and shaping: a second that lists don't need

            cards.write_cards_and_lists(file, office.parts(people, section=section, school=school), site=look,
                                        printed_by=printed_by, printed_on=printed_on)
            return
        columns = (*(lists.CHECKED if office.is_checked else lists.COLUMNS),
                   *([lists.FIRST_SECRET] if office.tells_secrets else ()))
        (lists.write_xlsx if format == "xlsx" else lists.write_csv)(file, [person for _, person in people], columns)
    return _store(files, paths.export(site, f"{name}.{format}"), write, _TYPES[format])


def _store(files: Any, key: str, write: Callable[[BinaryIO], None], content_type: str) -> str:
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
        write(file)
        file.seek(0)
        files.write(key, file.read(), content_type=content_type)
    return key
