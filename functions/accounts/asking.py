"""A new password asked for where one signs in: the same answer in the same time, whoever it is for.

The work that takes time, and that there is only for some, is another function's (`rostering.asked`).
"""

from __future__ import annotations

from accounts.inviting import check_invitable
from accounts.ports import Ports
from accounts.problems import Refusal
from accounts.sign_in import site_settings
from rostering import asked
from rostering.access import lockout

ANSWER = ("If that account has an email address with us, a link is on its way. It is good for an hour, and your "
          "password stays as it is until you have chosen a new one. Students ask their teacher.")


def ask(ports: Ports, site: str, name: str, *, address: str) -> str:
    """What to tell who asks. Raises Refusal: 404 for a site that isn't there, 409 where no site's letters go out."""
    check_invitable(site_settings(ports, site))
    if ports.mail is None or ports.asked is None:
        raise Refusal(409, "NO_LETTERS", "No letters are sent here. Ask your school's office for a new password; "
                      "students ask their teacher.")
    now = ports.now()
    may = asked.counted(ports.store, asked.place(site, "network", lockout.network(address)),
                        most=asked.MOST_OF_A_NETWORK, now=now)
    if may and asked.counted(ports.store, asked.place(site, "name", name), most=asked.MOST_AN_HOUR, now=now):
        ports.asked({"site": site, "asked": asked.named(ports.store, site, name.strip())})
    return ANSWER
