"""The routes, a module for each subject. Read `sign_in` first, then `loads`.

Each module has `add(api)`, which declares its routes: method, path, action, what goes in and out.
A route reads what its target is, asks `api.require`, and only then answers; a thing of another
site can't be found, because keys are made from the token's site.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from accounts.problems import not_found

if TYPE_CHECKING:
    from accounts.api import Api

_ESCAPED = re.compile(r"(?:~[0-9A-F]{2})+")


def text_of(segment: str) -> str:
    """The text that a path segment stands for. Raises Refusal (404) if it stands for none.

    An id may hold any character. What isn't plain is written as ~ and two hex digits, because
    gateways undo percent signs before a function sees them.
    """
    try:
        return _ESCAPED.sub(lambda found: bytes.fromhex(found[0].replace("~", "")).decode(), segment)
    except UnicodeDecodeError:
        raise not_found() from None


def add_all(api: Api) -> None:
    """Declare every route of the API."""
    from accounts.routes import (
        batches,
        by_hand,
        checks,
        classes,
        corrections,
        creating,
        digests,
        dump,
        erasing,
        exports,
        find,
        gg4l,
        groups,
        handing_out,
        inviting,
        loads,
        matches,
        merges,
        people,
        providers,
        readiness,
        sign_in,
        site,
        standing,
        trail,
        undo,
        verify,
        viewing,
        why,
        zones,
    )

    for module in (sign_in, site, loads, matches, undo, verify, people, find, by_hand, creating, standing, inviting,
                   merges, corrections, exports, batches, dump, zones, gg4l, classes, groups, erasing, viewing,
                   trail, providers, checks, why, readiness, handing_out, digests):
        module.add(api)
