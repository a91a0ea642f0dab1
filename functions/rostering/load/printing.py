"""Make the files of account info sheets: cards as PDF, lists as XLSX or CSV."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import Any, BinaryIO

from rostering.account_sheets import cards, lists
from rostering.account_sheets.people import SheetPerson, SiteLook
from rostering.load import paths
from rostering.load.handout import Office, Wanted
from rostering.model import Account

_AT_ONCE = 500
_TYPES = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8",
          "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_IN_MEMORY_BYTES = 16 * 2**20


def look_of(site: str, settings: dict[str, Any]) -> SiteLook:
    """How a site shows itself on paper."""
    return SiteLook(name=settings["name"], address=settings.get("address") or f"/{site}",
                    single_sign_on=settings.get("single_sign_on", "Google"))


def shown(office: Office, wanted: Wanted) -> list[tuple[Account, SheetPerson]]:
    """The people of a sheet, each with the way in as far as `office` may tell it."""
    accounts = list(office.accounts(wanted))
    return [pair for start in range(0, len(accounts), _AT_ONCE)
            for pair in office.sheet_people(accounts[start:start + _AT_ONCE])]


def print_sheet(files: Any, site: str, format: str, office: Office, wanted: Wanted,
                people: list[tuple[Account, SheetPerson]], *, look: SiteLook,
                printed_by: str, printed_on: str, with_secrets: bool, name: str) -> tuple[str, int]:
    """Make one file below exports/ and give its key and the number of people on it."""
    def write(file: BinaryIO) -> None:
        if format == "pdf":
            cards.write_cards_and_lists(file, office.parts(people, section=wanted.section), site=look,
                                        printed_by=printed_by, printed_on=printed_on)
        else:
            columns = lists.COLUMNS_WITH_SECRETS if with_secrets else lists.COLUMNS
            (lists.write_xlsx if format == "xlsx" else lists.write_csv)(
                file, [person for _, person in people], columns)
    return _store(files, paths.export(site, f"{name}.{format}"), write, _TYPES[format]), len(people)


def _store(files: Any, key: str, write: Callable[[BinaryIO], None], content_type: str) -> str:
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
        write(file)
        file.seek(0)
        files.write(key, file.read(), content_type=content_type)
    return key
