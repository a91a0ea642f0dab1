"""Signing in: locked, handed out, by which way, with what, and typed how."""

from __future__ import annotations

from datetime import UTC, datetime

from rostering.access import lockout
from rostering.clock import iso, moment
from rostering.credentials import first_secrets
from rostering.credentials.templates import fold
from rostering.model import Account
from rostering.readiness import stages
from rostering.store import keys
from rostering.why.case import Case
from rostering.why.checks.base import check, either, no, private, told, unknown, yes
from rostering.why.walk import Finding

_TRIES_DAYS = 30
_SSO = frozenset({"google", "microsoft"})


def _none() -> Finding:
    return unknown("There is no account.")


@check("login.locked")
def locked(case: Case) -> Finding:
    """By the rule that other screens tell it by: waits of a minute and more, over all networks."""
    one = case.account
    if one is None:
        return _none()
    item = case.reads.get(keys.tries(case.site, lockout.digest_of(case.site, one.username)))
    tries = item.body if item else {}
    ends = lockout.locked_until(tries, now=moment(case.now).timestamp(), longest=_band(one).longest_wait)
    wrong = tries.get("all", [0, 0])[0]
    if ends == lockout.CLOSED:
        return yes(f"Closed after {wrong} wrong tries in a row.", told("wrong tries", wrong))
    until = iso(datetime.fromtimestamp(ends, UTC)) if ends else ""
    return either(bool(ends), f"Locked after {wrong} wrong tries.", "It is not locked.",
                  told("wrong tries", wrong or ""), told("until", until))


@check("distribution.role_released")
def role_released(case: Case) -> Finding:
    """Whether accounts of this role are handed out in one of the person's schools, or nothing is staged here."""
    one = case.account
    if one is None:
        return _none()
    if case.settings.get("hand_out", "open") != "staged":
        return yes("Accounts of this site are not handed out in stages.")
    return either(stages.is_handed_out(case.reads.store, case.site, case.settings, one),
                  "Accounts of this role are handed out.", "Accounts of this role are not handed out yet.",
                  told("stage", stages.stage_of_role(one.role)), told("schools", ", ".join(one.schools)))


@check("login.method_is_sso")
def method_is_sso(case: Case) -> Finding:
    """A way in of the account's own counts before what the site offers."""
    ways = _SSO & set(case.settings.get("sign_in") or ())
    login = case.login or {}
    if not ways:
        return no("The site does not sign in with Google or OneDrive.")
    if login.get("state") in ("own", "first_secret") and not login.get("sso"):
        return no("The person has a password here.", told("state", login["state"]))
    return yes("The person signs in with Google or OneDrive.", told("way", ", ".join(sorted(ways))))


@check("login.email_equals_idp")
def email_equals_idp(case: Case) -> Finding:
    one, tried = case.account, (case.login or {}).get("sso")
    if one is None or not tried:
        return unknown("The person never tried to sign in with Google or OneDrive.")
    email, used = (one.fields.get("email") or "").lower(), (tried.get("email") or "").lower()
    return either(bool(email) and email == used, "It is the email that was used to sign in.",
                  "Another email was used to sign in.", told("way", tried.get("provider", "")),
                  told("at", tried.get("at", "")), private("email", email), private("used", used))


@check("login.via_clever_link")
def via_clever_link(case: Case) -> Finding:
    tried = (case.login or {}).get("sso")
    if not tried:
        return unknown("The person never tried to sign in with Google or OneDrive.")
    return either(tried.get("via") == "clever", "The person came through the Clever link.",
                  "The person did not come through the Clever link.", told("via", tried.get("via", "")),
                  told("at", tried.get("at", "")))


@check("login.credential_issued")
def credential_issued(case: Case) -> Finding:
    login = case.login
    if case.account is None:
        return _none()
    state = (login or {}).get("state", "")
    return either(state in ("first_secret", "own"), "There is something to sign in with.",
                  "No first password or code was issued.", told("state", state),
                  told("at", (login or {}).get("issued_at", "")))


@check("login.initial_expired")
def initial_expired(case: Case) -> Finding:
    login = case.login or {}
    if login.get("state") != "first_secret":
        return no("The person has a password of their own.", told("state", login.get("state", "")))
    ends = login.get("expires_at") or ""
    ends = ends if isinstance(ends, str) else iso(datetime.fromtimestamp(float(ends), UTC))
    return either(bool(ends) and ends <= case.now, "The first password or code has expired.",
                  "The first password or code counts.", told("until", ends), told("at", login.get("issued_at", "")))


@check("login.recent_attempts_unknown_username")
def recent_attempts_unknown_username(case: Case) -> Finding:
    """By the digests of names near the person's: tries at names that nobody has are kept under no other name."""
    one = case.account
    if one is None:
        return _none()
    near = _near_names(case, one)
    taken = case.reads.get_many(keys.username(case.site, name) for name in near)
    free = [name for name in near if keys.username(case.site, name) not in taken]
    places = {keys.tries(case.site, lockout.digest_of(case.site, name)): name for name in free}
    since = moment(case.now).timestamp() - _TRIES_DAYS * 86_400
    tried = {places[place]: item.body["all"] for place, item in case.reads.get_many(places).items()
             if item.body.get("all", [0, 0])[0] and item.body["all"][1] >= since}
    if not tried:
        return no("No recent try at a name near this one.")
    last = max(count[1] for count in tried.values())
    return yes("Somebody tried a name near this one.", private("typed", ", ".join(sorted(tried))),
               private("username", one.username), told("wrong tries", sum(count[0] for count in tried.values())),
               told("at", iso(datetime.fromtimestamp(last, UTC))))


def _near_names(case: Case, one: Account) -> list[str]:
    """What the person may have typed: the email, its part before the @, names they had, and forms of the name."""
    fields = one.fields
    email = (fields.get("email") or "").lower()
    first, last = fold(fields.get("first_name") or ""), fold(fields.get("last_name") or "")
    before = [pair[0] for item in case.reads.query(keys.account(case.site, one.id).pk, prefix="CHANGE#")
              if (pair := item.body.get("moved", {}).get("username"))]
    domain = email.partition("@")[2]
    near = [email, email.partition("@")[0], *before, first, f"{first}.{last}", f"{first}{last}", f"{first[:1]}{last}",
            f"{last}.{first}", f"{one.username}@{domain}" if domain else "", fields.get("id") or ""]
    return [name for name in dict.fromkeys(each.lower() for each in near if each) if name != one.username]


def _band(one: Account) -> first_secrets.Band:
    return first_secrets.band_of(one.role, one.fields.get("grade") or "")
