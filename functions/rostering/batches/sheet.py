"""The one sheet of a batch: everybody in it, how it ended for them, and their way in for who may export secrets."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from rostering.access.roles import Actor
from rostering.access.rules import allow
from rostering.account_sheets import lists
from rostering.account_sheets.lists import Column
from rostering.account_sheets.people import SheetPerson
from rostering.batches import choose
from rostering.credentials.envelope import SiteSecrets
from rostering.load.handout import Office
from rostering.model import Account
from rostering.people import account_of
from rostering.store import keys

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHOWN = ("School", "Role", "Last Name", "First Name", "Grade", "Person ID", "Username", "Status")
_WORDS = {"done": "Done", "nothing_to_do": "Nothing to do", "own_account": "Left out: your own account",
          "higher_rank": "Left out: a higher rank than yours", "merged": "Left out: merged into another account",
          "erased": "Left out: erased",
          "no_username": "Left out: no username", "busy": "Not done: it kept changing",
          "to_print": "Not emailed: the link stands here", "no_email": "Not done: no email to send a link to",
          "not_sent": "Not sent: the mail service did not take the letter. Invite them again",
          "no_letters": "Not sent: letters are switched off. Tell who runs this, then invite them again",
          "no_link": "Left out: students get a first secret, not a link",
          "not_active": "Left out: the account has not begun yet",
          "no_first_secret": "Left out: signs in by a link, not by a first secret",
          "no_employee": "Left out: rights are for teachers and staff",
          "not_yours": "Left out: you don't hold that right there",
          "office_only": "Not shown: only the office sees first secrets of this grade",
          "own_password": "Not shown: has a password of their own", "used": "Not shown: the first secret was used",
          "expired": "Not shown: the first secret is older than 30 days. A reset gives a new one",
          "shown_once": "Not shown: activation codes are told once. A reset gives a new one"}
_LINK = Column("Link", 64, lambda person: (person.way_in == "one_time" and person.secret) or "")
_FIRST_SECRET = lists.FIRST_SECRET._replace(
    value=lambda person: (person.way_in != "one_time" and person.secret) or "")


class ResultSheet:
    """Gathers the lines of a sheet, part by part. Without `secrets` no envelope is opened.

    `link` makes the link of an account that is to stand on the sheet ("" if there can be none).
    """

    def __init__(self, store: Any, actor: Actor, action: str, *, secrets: SiteSecrets | None,
                 link: Callable[[Account], str]) -> None:
        self._store, self._actor, self._action, self._link = store, actor, action, link
        self._rule = choose.SHOWS.get(action, "export.secrets")
        self._plain = Office(store, actor.site)
        self._opening = Office(store, actor.site, secrets=secrets) if secrets else None
        self._lines: list[tuple[SheetPerson, str]] = []
        self._columns: set[Column] = set()
        self.accounts: list[str] = []
        self.with_secrets: list[str] = []

    def add(self, names: list[str], others: Mapping[str, str]) -> None:
        """Add the accounts of a part that the actor may see; `others` is how those ended that weren't done."""
        wanted = [name for name in names if others.get(name) != "out_of_reach"]
        items = self._store.get_many(keys.account(self._actor.site, name) for name in wanted).values()
        accounts = [account_of(item) for item in items]
        secret, plain, linked = [], [], []
        for account, target in zip(accounts, choose.targets(self._store, self._actor, accounts), strict=True):
            if not allow(self._actor, "account.read", target):
                continue
            code = others.get(account.id, "done")
            told = allow(self._actor, self._rule, target)
            opens = self._opening is not None and code == "done" and not choose.sends_link(account, self._action)
            (secret if told and opens else plain).append(account)
            if told and code == "to_print":
                linked.append(account)
        shown = {account.id: person for account, person in (
            *(self._opening.sheet_people(secret) if self._opening and secret else ()),
            *self._plain.sheet_people(plain))}
        for account in linked:
            shown[account.id] = replace(shown[account.id], way_in="one_time", secret=self._link(account))
        for account in accounts:
            if account.id in shown:
                self._lines.append((shown[account.id], self._words(account, others.get(account.id, "done"))))
                self.accounts.append(account.id)
        self.with_secrets += [account.id for account in (*secret, *linked)]
        self._columns |= {_FIRST_SECRET} if secret else set()
        self._columns |= {_LINK} if linked else set()

    def _words(self, account: Account, code: str) -> str:
        return "Emailed" if code == "done" and choose.sends_link(account, self._action) else _WORDS[code]

    def write(self) -> bytes:
        """The workbook."""
        ended = {person.username: words for person, words in self._lines}
        columns = [column for column in lists.COLUMNS if column.heading in _SHOWN]
        columns.append(Column("Outcome", 40, lambda person: ended[person.username]))
        columns += [column for column in (_FIRST_SECRET, _LINK) if column in self._columns]
        file = io.BytesIO()
        lists.write_xlsx(file, (person for person, _ in self._lines), tuple(columns))
        return file.getvalue()
