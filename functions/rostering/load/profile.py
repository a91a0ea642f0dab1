"""What a change of a source makes of a person's account.

Three voices keep apart: what a person set by hand stays, and the source's word is noted beside it;
the source that leads (`rostering.leads`) sets what it says; the others add what nobody said.
"""

from __future__ import annotations

from typing import Any

from rostering import leads
from rostering.diff import CLAIMED, Change
from rostering.load import places
from rostering.load.ground import Ground
from rostering.model import Account

_ROLE = {"student": "Student", "guardian": "Guardian"}
_NOT_FIELDS = frozenset({"status", "role", "username"})


def new(ground: Ground, change: Change, username: str) -> Account:
    """The account of somebody whom nobody named before."""
    account = Account(id=ground.account(change.kind, change.key), role="Student", status="active",
                      username=username, fields={}, source=ground.source, source_key=change.key,
                      created={"load": ground.load, "row": change.place})
    _say(ground, account, change, lead=ground.source)
    account.status = change.standing
    return account


def alter(ground: Ground, account: Account, change: Change, username: str) -> list[str]:
    """Bring `account` to the change; gives codes of what was not done as the source says.

    With W-KEPT-ON nothing was done at all.
    """
    if change.action == "deactivate" and (account.rights or account.source == "manual"):
        return ["W-KEPT-ON"]
    codes = []
    wished = change.fields.get("username", [None, None])[1]
    if wished and account.username and wished.lower() != account.username and change.action != "create":
        codes.append("W-USERNAME-IGNORED")
    if change.action == "link":
        _join(ground, account, change)
    if change.action == "create":        # made by a load that failed before it was done: now it is ours
        account.username = username or account.username
        account.created = {"load": ground.load, "row": change.place}
    else:
        account.changed = {"load": ground.load, "row": change.place}
    lead = lead_of(ground, account, change.kind)
    if not _say(ground, account, change, lead=lead):
        codes.append("W-KEPT-LEAD")
    if lead == ground.source:
        codes += _stand(ground, account, change)
    elif change.standing == "inactive" and account.status != "inactive":
        codes.append("W-KEPT-LEAD")
    return list(dict.fromkeys(codes))


def lead_of(ground: Ground, account: Account, kind: str) -> str:
    """The source that speaks for an account."""
    return leads.lead_of(ground.leads, kind, account.fields.get("school") or "", made_by=account.source,
                         known_to={account.source, *account.links})


def _join(ground: Ground, account: Account, change: Change) -> None:
    """Let the source's key lead to an account that was there before. One made by hand is the source's now."""
    if account.source in ("manual", ground.source):
        account.source, account.source_key = ground.source, change.key
    else:
        account.links = account.links | {ground.source: change.key}


def _stand(ground: Ground, account: Account, change: Change) -> list[str]:
    """Switch on or off as the source says; who was switched off by a person stays off."""
    if account.status == "inactive" and "by" in account.deactivated and change.standing != "inactive":
        return ["W-KEPT-OFF"]
    if change.standing != "inactive":
        account.status, account.deactivated = change.standing, {}
    elif account.status != "inactive" and not _is_own_key(ground, account, change):
        return ["W-KEPT-OTHER-ID"]
    elif account.status != "inactive":
        account.status = "inactive"
        account.deactivated = {"load": ground.load, "row": change.place, "rule": change.rule}
    return []


def _is_own_key(ground: Ground, account: Account, change: Change) -> bool:
    """Whether the source calls the account so, and not only an account that was merged into it."""
    own = account.source_key if account.source == ground.source else account.links.get(ground.source, "")
    return own in ("", change.key)


def _say(ground: Ground, account: Account, change: Change, *, lead: str) -> bool:
    """Set the fields and pairs of `change` as far as the source may; False if it may not set all of them."""
    source, whole = ground.source, True
    if change.kind in _ROLE:
        account.role = _ROLE[change.kind]
    elif "role" in change.fields and lead == source:
        account.role = change.fields["role"][1]
    account.fields, account.by_hand, account.origins = (
        dict(account.fields), dict(account.by_hand), dict(account.origins))
    if change.kind == "guardian" and change.school and (lead == source or not account.fields.get("school")):
        account.fields["school"] = change.school      # listed with the first student
    for name, (_, after) in change.fields.items():
        if name in _NOT_FIELDS or (name in CLAIMED and change.action == "deactivate"):
            continue                       # who goes keeps what is claimed: nothing new is claimed for them
        if name in account.by_hand:
            if lead == source:
                account.by_hand[name] = account.by_hand[name] | {"source": after}
            continue
        said_by = account.origins.get(name, account.source) if account.fields.get(name) else None
        if leads.may_set(source, lead=lead, said_by=said_by):
            _set(account, name, after, source)
        else:
            whole = whole and account.fields.get(name) == after
    for name, pairs in change.members.items():
        held = dict(getattr(account, name))
        for key, (_, after) in _ended_first(pairs):
            places.set_pair(ground, held, name, key, after, "" if source == account.source else source,
                            leading=lead == source)
        setattr(account, name, held)
    return whole


def _set(account: Account, name: str, value: Any, source: str) -> None:
    if value is None or value == []:
        account.fields.pop(name, None)
        account.origins.pop(name, None)
        return
    account.fields[name] = value
    if source == account.source:
        account.origins.pop(name, None)
    else:
        account.origins[name] = source


def _ended_first(pairs: dict[str, list[Any]]) -> list[tuple[str, list[Any]]]:
    """Ended pairs before others: two keys may lead to one account, and then what is active counts."""
    return sorted(pairs.items(), key=lambda pair: (pair[1][1].get("status") == "active", pair[0]))
