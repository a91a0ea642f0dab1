"""Records that wait since it is not certain who they are, and identifiers that others hold."""

from __future__ import annotations

from rostering.people import account_of
from rostering.store import keys
from rostering.why.case import Case
from rostering.why.checks.base import check, either, no, private, told, unknown, yes
from rostering.why.checks.source import other_record
from rostering.why.walk import Fact, Finding


@check("match.record_held")
def record_held(case: Case) -> Finding:
    body = case.match
    if body:
        return yes("The record waits: it could be more than one account.", told("match", body["match"]),
                   told("load", body["load"]), told("tab", body["tab"]), told("row", body["row"] or ""),
                   told("code", "R-MATCH-HELD"), told("rule", body["rule"]), *_candidates(case, body["candidates"]))
    said = case.said
    refused = case.payloads.refused(said.load, said.kind, said.key) if said and said.key else None
    if refused and refused.code == "R-MATCH-HELD":
        return yes("The record waits: its account has another row in the same delivery.", told("load", said.load),
                   told("tab", refused.tab), told("row", refused.row or ""), told("code", refused.code))
    return no("The record was matched for sure.")


@check("match.candidate_is_manual")
def candidate_is_manual(case: Case) -> Finding:
    body = case.match
    if body is None:
        return unknown("No question is open.")
    by_hand = [one for one in body["candidates"] if "made_by_hand" in one["reasons"]]
    return either(bool(by_hand), "A possible match was made by hand.", "No possible match was made by hand.",
                  told("match", body["match"]), *_candidates(case, by_hand))


@check("match.id_changed")
def id_changed(case: Case) -> Finding:
    other = other_record(case)
    if other is None:
        return either(False, "", "The record has the ID of the account.",
                      *(_key(key) for _, _, key in case.records))
    body = case.match_about or {}
    return yes("The record has another ID than the account.", told("code", "H-ID-SWAP"), _key(other.key),
               told("load", other.load), told("row", other.row or ""), told("match", body.get("match", "")),
               told("rule", body.get("rule", "")))


@check("match.email_taken")
def email_taken(case: Case) -> Finding:
    """The other account is named to those only who may see it."""
    email = (case.said.fields.get("email") if case.said else "") or ""
    if not email and case.said:
        return _refused_as_taken(case)
    if not email or case.account is None:
        return unknown("It is not known which email was sent.")
    holder = case.reads.get(keys.email(case.site, case.account.family, email))
    if holder is None or holder.body["account"] == case.account.id:
        return _refused_as_taken(case)
    item = case.reads.get(keys.account(case.site, holder.body["account"]))
    seen = item is not None and case.sight.person(account_of(item))
    return yes("Another account of the same role holds the email.",
               told("account", holder.body["account"] if seen else ""), told("code", "R-EMAIL-TAKEN"))


def _key(key: str) -> Fact:
    """A source's id; a guardian of the sheet without one goes by names, which are no id."""
    return (private if key.startswith(("em:", "st:")) else told)("key", key)


def _refused_as_taken(case: Case) -> Finding:
    taken = [(row, code) for row in (case.said.turned if case.said else ()) for code, _ in row.codes
             if code == "R-EMAIL-TAKEN"]
    if taken:
        return yes("Two rows have the email.", told("code", "R-EMAIL-TAKEN"), told("row", taken[0][0].row))
    return no("No other account holds the email.")


def _candidates(case: Case, listed: list[dict]) -> list[Fact]:
    """The accounts among `listed` that the asker may see."""
    items = case.reads.get_many(keys.account(case.site, one["account"]) for one in listed)
    return [told("candidate", item.body["id"]) for item in items.values() if case.sight.person(account_of(item))]
