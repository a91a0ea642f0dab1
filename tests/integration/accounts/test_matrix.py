"""Every route for every role with every right that isn't enough, by the table of `rostering.access.rules`."""

from __future__ import annotations

import itertools

import pytest

from rostering.access.roles import RIGHTS
from rostering.access.rules import ACTIONS
from tests.integration.accounts.office import SITE, Office, account
from tests.integration.accounts.test_denials import send, things

ROLES = ("Staff", "Teacher", "Guardian", "Student")
GRANTS = {"the site": ["*"], "another school": ["900"], "nowhere": []}
ROUTES = sorted((route, action) for route, action in Office().api.actions.items() if action)
HELD = [("", ""), *itertools.product(RIGHTS, GRANTS)]


def is_denied(role: str, right: str, grant: str, path: str, action: str) -> bool:
    """Whether this right is not enough for the route, where the thing that is asked for is of school 100."""
    line = ACTIONS[action]
    if line.everybody or (line.teacher and role == "Teacher"):
        return False
    if grant != "nowhere" and (right == "admin" or right in line.rights):
        return grant == "another school" and "<" in path.replace("<site>", "")
    # who may ask for their own things alone finds no other's
    return not line.oneself or "<account>" in path


CELLS = [(role, right, grant, method, path)
         for role, (right, grant), ((method, path), action) in itertools.product(ROLES, HELD, ROUTES)
         if is_denied(role, right, grant, path, action)]


def test_the_matrix_has_as_many_cells_as_there_are_routes_roles_and_rights() -> None:
    assert len(ROUTES) * len(ROLES) * len(HELD) >= len(CELLS) >= 4_000


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("right", ["", *RIGHTS])
def test_a_right_that_isn_t_enough_tells_nothing_and_changes_nothing(role: str, right: str) -> None:
    office = Office()
    things(office, SITE, "thing")
    tokens = {}
    for grant in ("", *GRANTS):
        who = office.put(account(f"who-{len(tokens)}", role, school="900",
                                 rights={right: GRANTS[grant]} if right and grant else {}))
        tokens[grant] = office.token(who.id)
    before, wrong = office.store.snapshot(), []
    for _, _, grant, method, path in (cell for cell in CELLS if cell[:2] == (role, right)):
        answer = send(office, method, path, tokens[grant], thing="thing")
        if answer.status not in (403, 404) or set(answer.body) != {"type", "title", "status", "detail", "code"}:
            wrong.append((grant, method, path, answer.status))
    assert wrong == []
    after = office.store.snapshot()
    assert {key.pk for key in before.keys() | after.keys() if before.get(key) != after.get(key)} <= {
        key.pk for key in after if "#AUDIT#" in key.pk}
