"""Going over to the other account of one's own: a new session of it, and the end of the present one.

Nothing of the one account counts in the other: rights never add up (identity specification, section 3).
An email that a source typed proves nothing, so the first time the other account's own login is asked
for; who came into both by the same proven email of a provider has shown it already.
"""

from __future__ import annotations

from dataclasses import replace

from accounts import audit, linking, sessions, viewing
from accounts.handing_out import check_released
from accounts.identity import Signed
from accounts.ports import Ports
from accounts.problems import Refusal, not_allowed, not_found
from accounts.sign_in import SignedIn, sign_in
from rostering.people import account_of
from rostering.store import keys


def switch(ports: Ports, signed: Signed, other: str, *, secret: str, address: str, device: str) -> SignedIn:
    """A session of the linked account `other`, in place of the sender's.

    Raises Refusal: 404 unless the two are linked and the link counts, 403 (PROVE) if `secret` is
    needed, 401 and 429 as when signing in.
    """
    if signed.actor.viewer:
        raise not_allowed("That can't be done while looking as somebody else.")
    site, own = signed.claims.site, signed.account
    item = ports.store.get(keys.account(site, other)) if other in own.linked else None
    second = account_of(item) if item else None
    if second is None or own.id not in second.linked or not linking.counts(own, second):
        raise not_found()
    if linking.is_proven(own, second):
        check_released(ports, site, second)
        done = SignedIn(sessions.open_session(ports, site, other), device, must_change=False)
    elif not secret:
        raise Refusal(403, "PROVE", "Show once that this account is yours, too: give its own password.",
                      username=second.username)
    else:
        done = sign_in(ports, site, second.username, secret, address=address, device=device)
        linking.prove(ports, site, own.id, other, "its own login")
    audit.record(ports, site, "session.switched", by=own.id, target=other)
    viewing.end(ports, signed, "switched to the other account")
    sessions.end_session(ports, site, own.id, signed.claims.sid)
    return replace(done, device=done.device or device)
