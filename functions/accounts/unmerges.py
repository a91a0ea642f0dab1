"""Taking a merge back: every value returns that nobody changed since; the others stay and are listed."""

from __future__ import annotations

from typing import Any

from accounts import audit
from accounts.merges import ATTEMPTS, change_record, read_both, shown
from accounts.ports import Ports
from accounts.problems import Refusal, not_found
from accounts.reach import STANDING, claim_of, merges
from accounts.together import Act, Step, busy, carry_out, turn
from rostering import history
from rostering.access.roles import Actor
from rostering.history import Moved, Restored
from rostering.people import account_of, item_of
from rostering.store import keys
from rostering.store.keys import Item, Key
from rostering.store.writes import MAX_TOGETHER

# Causes are one value each: half of one and half of another would tell of nothing that happened.
_CAUSES = ("changed", "deactivated")


def preview(ports: Ports, actor: Actor, name: str) -> dict[str, Any]:
    """What taking a merge back would do. Raises Refusal as `unmerge` does, but for BUSY."""
    record = _record(ports, actor, name)
    if record.body["state"] == "unmerged":
        return shown(record.body)
    _, told = _steps(ports.store, actor.site, record.body)
    return shown(record.body | {"unmerged": told})


def unmerge(ports: Ports, actor: Actor, name: str, reason: str, *, most: int = MAX_TOGETHER) -> dict[str, Any]:
    """Take a merge back; `name` is the merge or one of its accounts. Asking again changes nothing.

    Raises Refusal: 404, 403, 409 if a later merge has to be taken back first or something else is going on.
    """
    found = _record(ports, actor, name).body
    with turn(ports, actor.site, f"merge-{found['kept']}-{found['gone']}") as renew:
        for _ in range(ATTEMPTS):
            record = _record(ports, actor, found["merge"])
            if record.body["state"] == "unmerged":
                return shown(record.body)
            done, act = _act(ports, actor, record, reason)
            if carry_out(ports.store, act, renew=renew, most=most):
                return shown(done)
    raise busy("The accounts are changing right now. Try again.")


def _record(ports: Ports, actor: Actor, name: str) -> Item:
    """The record of a merge by its own name, or of the newest that stands of an account."""
    item = ports.store.get(keys.merge(actor.site, name))
    if item is None:
        of_account = merges(ports.store, actor.site, name)
        standing = [one for one in of_account if one.body["state"] != "unmerged"]
        item = next(reversed(standing or of_account), None)
    if item is None:
        raise not_found()
    read_both(ports, actor, item.body["kept"], item.body["gone"])
    if item.body["state"] != "unmerged":
        _check_last(ports.store, actor.site, item.body)
    return item


def _check_last(store: Any, site: str, record: dict[str, Any]) -> None:
    """Raises Refusal if the kept account is in a merge that was made after this one and stands."""
    for item in merges(store, site, record["kept"]):
        if item.body["merge"] > record["merge"] and item.body["state"] in STANDING:
            raise Refusal(409, "LATER_MERGE", "The account was merged again later. Unmerge that first.",
                          merge=item.body["merge"])


def _act(ports: Ports, actor: Actor, record: Item, reason: str) -> tuple[dict[str, Any], Act]:
    site, store, body = actor.site, ports.store, record.body
    begun = body.get("unmerge") or ports.new_number()
    steps, told = _steps(store, site, body)
    about = {"by": actor.account, "at": ports.time(), "reason": reason}
    if "unmerged" in body:
        told = {name: _added(body["unmerged"][name], told[name]) for name in told}
    done = body | {"unmerge": begun, "unmerged": told | about, "state": "unmerged"}
    on_the_way = done | {"state": "unmerging"}
    both = {keys.account(site, body["kept"]), keys.account(site, body["gone"])}
    noted = store.get_many(keys.change(step.key, begun) for step in steps if step.key.sk == "ACCOUNT")

    def with_note(step: Step) -> list[Step]:
        if step.key.sk != "ACCOUNT":
            return [step]
        was = noted.get(keys.change(step.key, begun))
        return [step, change_record(step.key, begun, "unmerge", step, was=was, merge=body["merge"], **about)]

    parts = [with_note(step) for step in steps if step.key not in both]
    last = [one for step in steps if step.key in both for one in with_note(step)]
    event = audit.event(ports, site, "account.unmerged", by=actor.account, target=body["kept"],
                        other=body["gone"], merge=body["merge"], reason=reason)
    return done, Act(record.key, record, on_the_way, done, [], parts,
                     [*last, Step(event.key, None, event.body)])


def _steps(store: Any, site: str, record: dict[str, Any]) -> tuple[list[Step], dict[str, list[dict[str, Any]]]]:
    """What has to be written so that the merge's values go back, and what goes back and what stays."""
    moves = {Key(pk, sk): move for pk, of in sorted(record["moved"].items()) for sk, move in sorted(of.items())}
    found = store.get_many(moves)
    steps: list[Step] = []
    back, stays = [], []
    for key, move in moves.items():
        item = found.get(key)
        restored = _restored(item.body if item else {}, move)
        if restored.undone:
            steps.append(_step(site, key, item, restored.body))
            back.append(_touched(key, [(name, one) for name, of in restored.undone.items()
                                       for one in (of if isinstance(of, dict) else [""])]))
        if restored.kept:
            stays.append(_touched(key, restored.kept))
    return steps, {"back": back, "stays": stays}


def _restored(body: dict[str, Any], move: Moved) -> Restored:
    found = history.restored(body, {name: of for name, of in move.items() if name not in _CAUSES})
    for name in _CAUSES:
        now, of = body.get(name) or {}, move.get(name)
        if of and all(now.get(one) == pair[1] for one, pair in of.items()):
            whole = history.restored(body, {name: of})
            found.undone |= whole.undone
            found.body[name] = whole.body.get(name)
        elif of and name != "changed" and any(now.get(one) != pair[0] for one, pair in of.items()):
            found.kept.append((name, ""))
    return found


def _step(site: str, key: Key, was: Item | None, body: dict[str, Any]) -> Step:
    body = {name: value for name, value in body.items() if value is not None and (name != "past" or value)}
    if key.sk == "ACCOUNT":
        item = item_of(site, account_of(Item(key, body)))
        return Step(key, was, item.body, item.listed)
    if key.sk.startswith("SCHOOL#") and body:
        account = key.pk.rpartition("#")[2].replace("%23", "#").replace("%25", "%")
        return Step(key, was, body, Key(keys.people(site, body["school"]), f"~{account}"))
    return Step(key, was, body or None)


def _touched(key: Key, names: list[tuple[str, str]]) -> dict[str, Any]:
    """A thing and what of it is meant, by ids and names only."""
    parts = [text.replace("%23", "#").replace("%25", "%") for text in key.pk.split("#")]
    kind, thing = parts[1].lower(), parts[2]
    if about := claim_of(key.pk):
        kind, thing = "identifier", " ".join(about).strip()
    elif key.sk not in ("ACCOUNT", "SECTION", "GROUP"):
        kind = "membership"
    return {"kind": kind, "id": thing, "fields": sorted({f"{name}.{one}" if one else name for name, one in names})}


def _added(before: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return before + [one for one in now if one not in before]
