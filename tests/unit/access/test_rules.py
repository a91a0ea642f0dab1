"""The rights, compared with a table written down a second time, cell by cell."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rostering.access.roles import RIGHTS, WHOLE_SITE, Actor, Target, actor_of, rank
from rostering.access.rules import ACTIONS, allow, may_ask
from rostering.model import Account

OTHERS_ONLY = {"account.merge", "account.deactivate", "account.remove", "account.link", "right.grant", "right.revoke",
               "account.reset", "account.invite", "account.unlock", "view_as.start", "credential.view",
               "account.erase", "card.print"}
RANKED = {"account.merge", "account.edit", "account.deactivate", "correction.edit", "account.move", "account.remove",
          "account.link", "right.grant", "right.revoke", "account.unlock"}
ROLES = ("Staff", "Teacher", "Guardian", "Student")
PEOPLE = {"admin", "accounts.manage", "credentials.reset", "credentials.view", "credentials.export"}
# action: rights that allow it, and whether everybody, oneself, the teacher may
EXPECTED = {
    "site.read": (set(), True, False, False),
    "school.read": (set(), True, False, False),
    "session.end": (set(), True, False, False),
    "password.choose": (set(), True, False, False),
    "session.switch": (set(), True, False, False),
    "site.settings": ({"admin", "loads.approve"}, False, False, False),
    "site.configure": ({"admin"}, False, False, False),
    "site.dump": ({"admin"}, False, False, False),
    "zone.read": ({"admin", "loads.approve", "accounts.manage"}, False, False, False),
    "zone.manage": ({"admin"}, False, False, False),
    "zone.pull": ({"admin", "loads.approve"}, False, False, False),
    "gg4l.read": ({"admin", "loads.approve", "accounts.manage"}, False, False, False),
    "gg4l.manage": ({"admin"}, False, False, False),
    "gg4l.pull": ({"admin", "loads.approve"}, False, False, False),
    "view_as.start": ({"admin", "view_as"}, False, False, False),
    "view_as.end": (set(), True, False, False),
    "audit.read": ({"admin"}, False, False, False),
    "load.read": ({"admin", "loads.approve", "accounts.manage"}, False, False, False),
    "load.decide": ({"admin", "loads.approve"}, False, False, False),
    "match.read": ({"admin", "loads.approve", "accounts.manage"}, False, False, False),
    "match.decide": ({"admin", "loads.approve"}, False, False, False),
    "account.list": (PEOPLE, False, False, False),
    "account.read": (PEOPLE, False, True, True),
    "account.merge": ({"admin", "accounts.manage"}, False, False, False),
    "account.edit": ({"admin", "accounts.manage"}, False, False, False),
    "account.deactivate": ({"admin", "accounts.manage"}, False, False, False),
    "account.create": ({"admin", "accounts.manage"}, False, False, False),
    "account.move": ({"admin", "accounts.manage"}, False, False, False),
    "account.remove": ({"admin", "accounts.manage"}, False, False, False),
    "account.erase": ({"admin"}, False, False, False),
    "account.link": ({"admin", "accounts.manage"}, False, False, False),
    "right.read": ({"admin", "accounts.manage"}, False, True, False),
    "right.grant": ({"admin", "accounts.manage"}, False, False, False),
    "right.revoke": ({"admin", "accounts.manage"}, False, False, False),
    "account.reset": ({"admin", "credentials.reset"}, False, False, False),
    "account.invite": ({"admin", "credentials.reset"}, False, False, False),
    "account.unlock": ({"admin", "accounts.manage", "credentials.reset"}, False, False, True),
    "credential.view": ({"admin", "credentials.view"}, False, False, True),
    "batch.order": ({"admin", "accounts.manage", "credentials.reset", "credentials.view"}, False, False, True),
    "batch.list": ({"admin", "accounts.manage", "credentials.reset", "credentials.view"}, False, False, False),
    "correction.read": ({"admin", "loads.approve", "accounts.manage"}, False, False, False),
    "correction.edit": ({"admin", "accounts.manage"}, False, False, False),
    "section.read": (PEOPLE, False, False, True),
    "group.read": (PEOPLE, False, True, False),
    "group.manage": ({"admin", "accounts.manage"}, False, True, False),
    "people.check": (PEOPLE, False, False, True),
    "school.check": (PEOPLE, False, False, False),
    "profile.read": (PEOPLE, False, False, True),
    "roster.check": (PEOPLE, False, False, True),
    "export.lists": ({"admin", "accounts.manage", "credentials.export"}, False, False, True),
    "export.secrets": ({"admin", "credentials.export"}, False, False, False),
    "readiness.read": (PEOPLE | {"loads.approve"}, False, False, False),
    "readiness.attest": ({"admin"}, False, False, False),
    "stage.release": ({"admin"}, False, False, False),
    "handout.read": (PEOPLE, False, False, True),
    "handout.note": ({"admin", "credentials.export"}, False, False, False),
    "card.print": ({"admin", "credentials.export"}, False, False, True),
    "why.ask": (PEOPLE | {"loads.approve"}, False, False, True),
    "digest.read": ({"admin", "loads.approve", "accounts.manage"}, False, False, False),
}
GRANTS = {
    "none": None,
    "this school": frozenset({"100"}),
    "another school": frozenset({"200"}),
    "the site": frozenset({WHOLE_SITE}),
}
SCOPES = {
    "same school": Target("site", frozenset({"100"}), account="other"),
    "whole site": Target("site", account=""),
    "oneself": Target("site", frozenset({"300"}), account="me"),
    "taught": Target("site", frozenset({"300"}), account="pupil", taught=True),
    "another site": Target("elsewhere", frozenset({"100"}), account="me", taught=True),
}
CELLS = list(itertools.product(EXPECTED, ROLES, (*RIGHTS, ""), GRANTS, SCOPES))


def actor(role: str = "Staff", right: str = "", schools: frozenset[str] | None = None) -> Actor:
    return Actor("site", "me", role, {right: schools} if right and schools else {})


def test_every_action_is_in_the_table() -> None:
    assert set(ACTIONS) == set(EXPECTED)


def test_the_matrix_equals_the_table() -> None:
    wrong = []
    for action, role, right, grant, scope in CELLS:
        target, schools = SCOPES[scope], GRANTS[grant]
        rights, everybody, oneself, teacher = EXPECTED[action]
        held = bool(right in rights and schools and (WHOLE_SITE in schools or schools & target.schools))
        expected = scope != "another site" and not (scope == "oneself" and action in OTHERS_ONLY) and (
            everybody
            or held
            or (oneself and scope == "oneself")
            or (teacher and role == "Teacher" and scope == "taught")
        )
        if bool(allow(actor(role, right, schools), action, target)) != expected:
            wrong.append((action, role, right, grant, scope))
    assert wrong == []
    assert len(CELLS) >= 1_700


RANKS = {
    "administrator": ("Staff", {"admin": ["*"]}),
    "holder": ("Student", {"view_as": ["100"]}),
    "teacher": ("Teacher", {}),
    "staff": ("Staff", {}),
    "guardian": ("Guardian", {}),
    "student": ("Student", {"admin": [], "root": ["*"]}),
}


@pytest.mark.parametrize("action", sorted(RANKED))
@pytest.mark.parametrize(("right", "above"), [("admin", set()), ("accounts.manage", {"administrator"})])
def test_nobody_does_it_to_an_account_of_a_higher_rank(action: str, right: str, above: set[str]) -> None:
    who = actor(right=right, schools=frozenset({WHOLE_SITE}))
    refused = set()
    for name, (role, rights) in RANKS.items():
        account = Account(name, role, "active", name, {}, rights=rights)
        if not allow(who, action, Target("site", account=name, rank=rank(account))):
            refused.add(name)
    assert refused == above


def test_ranks_go_from_administrators_to_students() -> None:
    ranks = [
        rank(Account(name, role, "active", name, {}, rights=rights)) for name, (role, rights) in RANKS.items()
    ]
    assert ranks == [3, 2, 1, 1, 0, 0]


def test_an_unknown_action_is_denied_even_to_an_administrator() -> None:
    everything = actor(right="admin", schools=frozenset({WHOLE_SITE}))
    assert not allow(everything, "account.clone", Target("site"))
    assert not may_ask(everything, "account.clone")


def test_a_denial_names_the_rights_that_would_do() -> None:
    decision = allow(actor(), "load.decide", Target("site"))
    assert decision.reason == "This needs one of these rights: admin, loads.approve."


def test_an_empty_site_matches_nothing() -> None:
    assert not allow(Actor("", "me", "Staff"), "site.read", Target(""))


def test_rights_that_are_not_known_count_nothing() -> None:
    account = Account("me", "Staff", "active", "me", {}, rights={"root": ["*"], "admin": ["100"]})
    found = actor_of("site", account)
    assert dict(found.rights) == {"admin": frozenset({"100"})}


@pytest.mark.parametrize("action", sorted(EXPECTED))
def test_what_may_be_done_may_be_asked(action: str) -> None:
    for role, right, grant, scope in itertools.product(ROLES, (*RIGHTS, ""), GRANTS, SCOPES):
        who = actor(role, right, GRANTS[grant])
        if allow(who, action, SCOPES[scope]):
            assert may_ask(who, action)


GRANTED = st.dictionaries(st.sampled_from(RIGHTS), st.frozensets(st.sampled_from(["*", "100", "200"])))


@settings(max_examples=10_000, deadline=None)  # as many as the handbook on threats asks for
@given(
    role=st.sampled_from(ROLES),
    rights=GRANTED,
    more=GRANTED,
    action=st.sampled_from(sorted(ACTIONS)),
    scope=st.sampled_from(sorted(SCOPES)),
)
def test_more_rights_never_take_anything_away(role, rights, more, action, scope) -> None:
    less = Actor("site", "me", role, rights)
    both = {right: rights.get(right, frozenset()) | more.get(right, frozenset()) for right in rights | more}
    if allow(less, action, SCOPES[scope]):
        assert allow(Actor("site", "me", role, both), action, SCOPES[scope])
