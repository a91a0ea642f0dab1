"""Acts on the way in of one account: an invitation, a new first secret, clearing the counters of wrong tries.

Whom they may be done to is judged as in batches (`rostering.batches.choose`). An invitation and an unlocking
are done at once; a reset is a batch of one, because the API itself can't seal first secrets.
"""

from __future__ import annotations

from dataclasses import replace

from accounts import audit, batches, models
from accounts.identity import Signed
from accounts.models.batches import BatchOrder
from accounts.models.inviting import Invited, Unlocked
from accounts.notes import name_of_act, note
from accounts.people import account_for
from accounts.ports import Ports
from accounts.problems import Refusal, not_allowed
from accounts.sign_in import site_settings, takes_passwords
from rostering import invitations
from rostering.access import lockout
from rostering.access.roles import Actor, Target
from rostering.access.rules import allow, denial
from rostering.batches import choose
from rostering.errors import SettingsError, StoreError
from rostering.letters import Post, masked
from rostering.model import Account
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Insert, Replace, Write

_ATTEMPTS = 5
_LEFT_OUT = {
    "no_email": "No letter can bring a link: the account has no email, or this deployment sends no letters. Somebody "
                "who may export secrets can print it.",
    "no_username": "The account has no username yet: nothing can open it.",
    "no_link": "Students get a new first secret instead: rollbook account password.",
    "not_active": "The account has not begun yet; invite the person from its start date on.",
    "nothing_to_do": "The account is switched off. Switch it on first.",
    "merged": "The account was merged into another one.",
    "own_account": "Nobody does that to their own account.",
}
_BY_HAND = "Hand the link over in person: it is shown this once, and opens the account."
_NOT_DELIVERED = f"The letter could not be delivered. {_BY_HAND}"


def invite(ports: Ports, actor: Actor, account: str, reason: str, *, by_hand: bool = False) -> Invited:
    """Send a person a link to choose a password by, or tell the link where no letter brings it.

    The link itself is told to those alone who may export secrets there. Earlier links are void; what
    opened the account before goes on doing so until the person has chosen.

    Raises Refusal: 404, 403, 409 if there is nothing to send it to, 503 if the letter fails.
    """
    settings = site_settings(ports, actor.site)
    post = Post.of(actor.site, settings, served_at=ports.served_at, mail=ports.mail)
    _, found, target = _chosen(ports, actor, account, "invite", post)
    check_invitable(settings)
    tells, sends = bool(allow(actor, "export.secrets", target)), post.reaches(found) and not by_hand
    if by_hand and not tells:
        raise not_allowed(denial("export.secrets"))
    issued = invitations.issue(
        ports.store, actor.site, found, slot="invited", pepper=ports.vault.pepper(actor.site, settings["pepper"]),
        random_bytes=ports.random_bytes, at=ports.time(), by=actor.account, told="email" if sends else "answer",
        reason=reason)
    if issued is None:
        raise Refusal(409, "BUSY", "The account is changing right now. Try again.")
    if sends:
        try:
            post.send("invited", found, issued.code, expires_at=issued.expires_at)
            return Invited(account=found.id, sent=True, email=masked(found.fields["email"]),
                           expires_at=issued.expires_at)
        except (StoreError, SettingsError):
            if not tells:
                raise Refusal(503, "NOT_SENT", "The letter could not be delivered. Nothing else has changed; invite "
                              "the person again in a while.", headers={"Retry-After": "60"}) from None
            audit.record(ports, actor.site, "invitation.told", by=actor.account, target=found.id,
                         reason="the letter could not be delivered")
    return Invited(account=found.id, sent=False, link=post.link(issued.code), expires_at=issued.expires_at,
                   message=_NOT_DELIVERED if sends else _BY_HAND)


def check_invitable(settings: dict) -> None:
    """Raises Refusal (409) if nobody of the site has a password."""
    if not takes_passwords(settings):
        raise Refusal(409, "NO_PASSWORDS", "People of this site sign in with Google or Microsoft: there is no "
                      "password to choose.")


def reset(ports: Ports, signed: Signed, account: str, reason: str) -> models.Batch:
    """Start a batch of one: a new first secret, or for employees a new link. Raises Refusal: 404, 403, 409."""
    site = signed.actor.site
    post = Post.of(site, site_settings(ports, site), served_at=ports.served_at, mail=ports.mail)
    _, found, _ = _chosen(ports, signed.actor, account, "reset", post)
    audit.record(ports, site, "password.reset", by=signed.actor, target=found.id, reason=reason)
    return batches.order(ports, signed, BatchOrder(action="reset", accounts=[found.id], reason=reason))


def unlock(ports: Ports, actor: Actor, account: str, reason: str) -> Unlocked:
    """Clear the counters of wrong tries, and nothing else. Raises Refusal: 404, 403, 409."""
    item, found, _ = _chosen(ports, actor, account, "unlock", None)
    place = keys.tries(actor.site, lockout.digest_of(actor.site, found.username))
    about = {"by": actor.account, "at": ports.time(), "reason": reason}
    for _ in range(_ATTEMPTS):
        tries = ports.store.get(place)
        counting = tries is not None and lockout.is_counting(tries.body)
        writes: list[Write] = [Insert(audit.event(ports, actor.site, "account.unlocked", by=actor.account,
                                                  target=found.id, reason=reason))]
        if counting:
            writes += [Replace(replace(tries, body=lockout.unlocked(tries.body), version=tries.version + 1)),
                       Insert(note(item, item, name=name_of_act(ports), action="unlock", about=about))]
        if ports.store.write_together(writes):
            return Unlocked(account=found.id, unlocked=counting)
    raise Refusal(409, "BUSY", "Somebody is trying to sign in to the account right now. Try again.")


def _chosen(
        ports: Ports, actor: Actor, account: str, action: str, post: Post | None) -> tuple[Item, Account, Target]:
    """The account, if the act may be done to it. Raises Refusal: 404, 403, 409."""
    item, found, target = account_for(ports, actor, account, choose.RULES[action])
    code = choose.left_out(actor, target, found, action, reaches=post.reaches if post else lambda one: False)
    if code:
        raise Refusal(409, code.upper(), _LEFT_OUT.get(code, "That can't be done to this account."))
    return item, found, target
