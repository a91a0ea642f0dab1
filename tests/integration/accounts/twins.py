"""A small district in which a child and a teacher have two accounts each, and what tests ask of it."""

from __future__ import annotations

from typing import Any

from rostering.model import Account
from rostering.people import account_of
from rostering.store import keys
from rostering.store.keys import Key
from rostering.store.memory import MemoryStore
from tests.integration.accounts.office import SITE, Office, account

WHY = "the same child, enrolled twice"
ACTIVE = ["", "", "active"]
MOTHER = ["Mother", "", True, "active"]
BESIDES = {"AUDIT", "MERGES"}
GROUNDS = ("LEASE", "SESSION#", "SOURCE#", "CHANGE#")


def district(office: Office) -> Office:
    """Two accounts of one child (`zoe` of the sheet, `zoh` of a SIF zone) and two of one teacher."""
    for number in ("100", "200"):
        office.put_item(keys.school(SITE, number), {"key": number, "kind": "school", "fields": {"id": number}})
    office.put(account("zoe", classes={"alg": ACTIVE, "art": ACTIVE}, guardians={"mum": MOTHER},
                       fields={"grade": "04"}))
    zoh = account("zoh", classes={"alg": ACTIVE, "bio": ["", "2026-10-01", "inactive"]},
                  guardians={"mum": MOTHER, "dad": MOTHER},
                  fields={"email": "zoe@x.example", "state_id": "S1", "grade": "05", "other_schools": ["200"]})
    zoh.source, zoh.links = "sif:z", {"gg4l:d": "g-zoh"}
    office.put(zoh)
    office.put_item(keys.member_of(SITE, "zoh", "200"), {"school": "200"}, listed=Key(keys.people(SITE, "200"), "~zoh"))
    office.put(account("mum", "Guardian", students={"zoe": MOTHER, "zoh": MOTHER}))
    office.put(account("dad", "Guardian", students={"zoh": MOTHER}))
    office.put(account("ann", "Teacher"))
    office.put(account("anne", "Teacher", fields={"email": "ann@x.example"}))
    for name, teachers, members, past in (
        ("alg", {"ann": "co", "anne": "lead"}, {"zoe": [], "zoh": ["2026-08-24", ""]}, {}),
        ("art", {"ann": "lead"}, {"zoe": []}, {}),
        ("bio", {"anne": "lead"}, {"sam": []}, {"zoh": ["", "2026-10-01"]}),
    ):
        section(office, name, teachers, members, past)
    office.put_item(keys.group(SITE, "rti"),
                    {"id": "rti", "members": {"zoh": "student", "anne": "staff"}, "owner": "anne"},
                    listed=keys.listed_group(SITE, "100", "rti", "rti"))
    for name in ("zoe", "zoh", "ann", "anne"):
        office.put_item(keys.username(SITE, f"{name}.e"), {"account": name, "state": "claimed"})
    office.put_item(keys.email(SITE, "student", "zoe@x.example"), {"account": "zoh"})
    office.put_item(keys.email(SITE, "employee", "ann@x.example"), {"account": "anne"})
    office.put_item(keys.identifier(SITE, "student", "sif:z", "stateId", "S1"), {"account": "zoh"})
    office.put_item(keys.identifier(SITE, "student", "gg4l:d", "sourceId", "g-zoh"), {"account": "zoh"})
    return office


def section(office: Office, name: str, teachers: dict, members: dict, past: dict) -> None:
    body = {"id": name, "key": name, "kind": "section", "status": "active", "source": "sheet",
            "fields": {"name": name, "school": "100"}, "teachers": teachers, "members": members}
    office.put_item(keys.section(SITE, name), body | ({"past": past} if past else {}),
                    listed=keys.listed_section(SITE, "100", name, name))
    for who, part in teachers.items():
        office.put_item(keys.teaches(SITE, who, name), {"section": name, "part": part})


def ask(office: Office, kept: str = "zoe", gone: str = "zoh", *, by: str = "", dry_run: bool = False) -> Any:
    return office.ask("POST", f"/sites/{SITE}/accounts/{kept}/merge", token=office.token(by),
                      body={"other": gone, "dry_run": dry_run, "reason": WHY})


def ask_back(office: Office, name: str, *, by: str = "", dry_run: bool = False) -> Any:
    office.clock.at += 60
    return office.ask("POST", f"/sites/{SITE}/merges/{name}/unmerge", token=office.token(by),
                      body={"dry_run": dry_run, "reason": "two children after all"})


def merged(office: Office, kept: str = "zoe", gone: str = "zoh") -> dict[str, Any]:
    office.clock.at += 60
    answer = ask(office, kept, gone)
    assert answer.status == 200, answer.text
    return answer.body


def read(office: Office, name: str) -> Account:
    return account_of(office.store.get(keys.account(SITE, name)))


def holder(office: Office, key: Key) -> str:
    return office.store.get(key).body["account"]


def table(store: MemoryStore) -> dict[Key, Any]:
    """Every thing of the site with where it is listed, without records, sessions and what is noted of a source."""
    return {key: (item.body, item.listed) for key, item in store.snapshot().items()
            if key.pk.split("#")[1] not in BESIDES and not key.sk.startswith(GROUNDS)}


def everything(store: MemoryStore) -> dict[Key, Any]:
    """Every item but the lease."""
    return {key: item.body for key, item in store.snapshot().items() if key.sk != "LEASE"}
