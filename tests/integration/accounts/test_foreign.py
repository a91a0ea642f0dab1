"""Every route that names a thing, with many things of another site: what exists there is as what doesn't."""

from __future__ import annotations

import random

import pytest

from tests.integration.accounts.office import OTHER_SITE, SITE, Office
from tests.integration.accounts.test_denials import send, things

ROUTES = sorted(route for route, action in Office().api.actions.items()
                if action and "<" in route[1].replace("<site>", ""))
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-_.@"
PARTS = 4


def names(seed: int, count: int) -> list[str]:
    """Made-up ids, and some that try to be more than one."""
    made = random.Random(seed)
    crafted = [f"{OTHER_SITE}@{seed}", f"ACCOUNT.{seed}", f"~23SITE{seed}", f"{seed}~2FSETTINGS", f"%23{seed}"]
    return crafted + ["".join(made.choices(LETTERS, k=made.randint(1, 26))) + str(number)
                      for number in range(count - len(crafted))]


FOREIGN, ABSENT = names(1, 40), names(2, 40)


def test_there_are_enough_pairs() -> None:
    assert 2 * 2 * len(ROUTES) * len(FOREIGN) >= 5_000


@pytest.mark.parametrize("part", range(PARTS))
def test_a_thing_of_another_site_is_as_one_that_isn_t_there(part: int) -> None:
    office = Office()
    for name in FOREIGN:
        things(office, OTHER_SITE, name)
    token = office.token()
    before = {key: item for key, item in office.store.snapshot().items() if key.pk.startswith(OTHER_SITE)}
    wrong = []
    for method, path in ROUTES[part::PARTS]:
        for site in (SITE, OTHER_SITE):
            for foreign, absent in zip(FOREIGN, ABSENT, strict=True):
                there = send(office, method, path, token, site=site, thing=foreign)
                nowhere = send(office, method, path, token, site=site, thing=absent)
                if there.status not in (403, 404) or (there.status, there.body, there.headers) != (
                        nowhere.status, nowhere.body, nowhere.headers):
                    wrong.append((method, path, site, foreign, there.status, nowhere.status))
    assert wrong == []
    assert before == {key: item for key, item in office.store.snapshot().items() if key.pk.startswith(OTHER_SITE)}
