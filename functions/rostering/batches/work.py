"""Going through a batch: part by part, each account judged again, then one sheet of all.

It may stop after any part and be gone on with; two who work at one batch do each account once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

from rostering import audit
from rostering.access.roles import Actor, actor_of
from rostering.batches import choose, record, telling
from rostering.batches.acts import ACTS, Doing, Outcomes, link_to_print
from rostering.batches.choose import Granted
from rostering.batches.sheet import TYPE, ResultSheet
from rostering.clock import local_date, moment
from rostering.credentials.envelope import SiteSecrets
from rostering.letters import Post
from rostering.load import paths
from rostering.model import Account
from rostering.people import account_of
from rostering.settings import timezone
from rostering.store import keys


def work(store: Any, files: Any, site: str, batch: str, *, secrets: Callable[[], SiteSecrets],
         post: Callable[[], Post], now: Callable[[], str], in_time: Callable[[], bool],
         alarm: Callable[[str], None] = lambda code: None) -> bool:
    """Do what is left of a batch. False: the time was over before the end, go on in another call.

    `secrets` opens the site's keys, and is called for what makes or shows secrets; `post` opens its post,
    for what sends links. `in_time` tells whether another part may be begun. `alarm` is called with a code
    when somebody viewed more secrets in a day than one person needs. A batch that isn't running is left as it is.
    """
    while True:
        item = store.get(keys.batch(site, batch))
        if item is None or item.body["state"] != "running":
            return True
        body = item.body
        actor = _actor(store, site, body["by"])
        if actor is None:
            record.ended(store, site, batch, state="failed", ended_at=now(),
                         message="Who ordered it has no active account any more.")
            return True
        if not in_time():
            return False
        doing = Doing(store, site, batch, by=body["by"], reason=body["reason"], now=body["began_at"],
                      name=record.name_of_changes(batch, moment(body["began_at"]).timestamp()),
                      today=_today(store, site, now()), at=now(),
                      granted=Granted(body.get("right", ""), body.get("place", "")))
        if body["action"] in choose.SHOWS:
            doing = replace(doing, secrets=secrets())
        if body["action"] in ("reset", "invite"):
            doing = replace(doing, post=post())
        if body["next_part"] == body["parts"]:
            _print(doing, files, actor, body, now())
            return True
        number = body["next_part"]
        names = store.get(keys.batch_part(site, batch, number)).body["accounts"]
        outcomes = _do(doing, actor, body["action"], names)
        if body["action"] in telling.EACH:
            done = [account for account, code in outcomes.items() if code == "done"]
            telling.tell_each(doing, body["action"], done)
            if body["action"] == "view" and telling.count_views(doing, number, len(done)):
                alarm(telling.MANY_VIEWS)
        record.part_done(store, site, batch, number, outcomes)


def _do(doing: Doing, actor: Actor, action: str, names: list[str]) -> Outcomes:
    """How each account of a part ended."""
    outcomes: Outcomes = dict.fromkeys(names, "out_of_reach")
    items = list(doing.store.get_many(keys.account(doing.site, name) for name in names).values())
    accounts = [account_of(item) for item in items]
    chosen = []
    for item, account, target in zip(items, accounts, choose.targets(doing.store, actor, accounts), strict=True):
        code = choose.left_out(actor, target, account, action, doing.granted, reaches=_reaches(doing))
        if code == "nothing_to_do" and account.changed.get("batch") == doing.batch:
            code = "done"                  # by a call that stopped before it could say so
        if code:
            outcomes[account.id] = code
        else:
            chosen.append(item)
    return outcomes | ACTS[action](doing, chosen) if chosen else outcomes


def _reaches(doing: Doing) -> Callable[[Account], bool]:
    return doing.post.reaches if doing.post else lambda account: False


def _print(doing: Doing, files: Any, actor: Actor, body: dict[str, Any], at: str) -> None:
    """Make the sheet; what is on it is audited before the file is there to be fetched."""
    sheet = ResultSheet(doing.store, actor, body["action"], secrets=doing.secrets, link=partial(_link, doing))
    for number in range(body["parts"]):
        part = doing.store.get(keys.batch_part(doing.site, doing.batch, number)).body
        sheet.add(part["accounts"], part.get("others", {}))
    told = partial(audit.event, doing.site, by=doing.by, at=at, batch=doing.batch, format="xlsx")
    key = paths.export(doing.site, f"{uuid4()}.xlsx")
    if sheet.with_secrets and body["action"] != "view":      # a view is told account by account
        doing.store.insert(told("password.exported", name=f"{doing.batch}-{uuid4().hex[:8]}",
                                count=len(sheet.with_secrets), accounts=sheet.with_secrets))
    files.write(key, sheet.write(), content_type=TYPE)
    record.ended(doing.store, doing.site, doing.batch, state="done", ended_at=at, file=key,
                 with_secrets=bool(sheet.with_secrets))


def _link(doing: Doing, account: Account) -> str:
    """The address that a printed link is; made now, so that it lies nowhere until it stands on the sheet."""
    code = link_to_print(doing, account)
    return doing.post.link(code) if doing.post and code else ""


def _actor(store: Any, site: str, account: str) -> Actor | None:
    item = store.get(keys.account(site, account))
    found = account_of(item) if item else None
    return actor_of(site, found) if found and found.status == "active" else None


def _today(store: Any, site: str, at: str) -> str:
    return local_date(at, timezone(store.get(keys.settings(site)).body)).isoformat()
