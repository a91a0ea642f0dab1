"""The one answer to "may they": a table of actions and `allow`, which denies by default.

| action             | who                                                               | counts for          |
|--------------------|-------------------------------------------------------------------|---------------------|
| site.read          | everybody signed in                                               | their site          |
| school.read        | everybody signed in                                               | their site          |
| session.end        | everybody signed in                                               | their own session   |
| session.switch     | everybody signed in                                               | their own accounts  |
| password.choose    | everybody signed in                                               | their own password  |
| site.settings      | admin, loads.approve                                              | the whole site      |
| site.configure     | admin                                                             | the whole site      |
| site.dump          | admin                                                             | the whole site      |
| load.read          | admin, loads.approve, accounts.manage                             | the whole site      |
| load.decide        | admin, loads.approve                                              | the whole site      |
| match.read         | admin, loads.approve, accounts.manage                             | the whole site      |
| match.decide       | admin, loads.approve                                              | the whole site      |
| account.list       | admin, accounts.manage, credentials.*                             | the school          |
| account.read       | as account.list; oneself; a teacher for the students they teach   | the person's school |
| account.merge      | admin, accounts.manage; never oneself, nobody of a higher rank    | each school of both |
| account.edit       | admin, accounts.manage; nobody of a higher rank than one's own    | the person's school |
| account.deactivate | as account.edit, and never oneself                                | the person's school |
| account.create     | admin, accounts.manage                                            | each school of it   |
| account.move       | as account.edit                                                   | each school moved   |
| account.remove     | as account.edit, and never oneself                                | the person's school |
| account.erase      | admin; never oneself, nobody of a higher rank                     | the whole site      |
| account.link       | as account.edit, and never oneself                                | a school of both    |
| right.read         | admin, accounts.manage; oneself                                   | the person's school |
| right.grant        | as account.edit, never oneself, and who holds the right there     | the person's school |
| right.revoke       | as right.grant                                                    | the person's school |
| account.reset      | admin, credentials.reset; never oneself, nobody of a higher rank  | the person's school |
| account.invite     | as account.reset                                                  | the person's school |
| account.unlock     | as account.reset; accounts.manage; a teacher for their students   | the person's school |
| credential.view    | as account.reset, by credentials.view; a teacher for their pupils | the person's school |
| batch.order        | as account.unlock, credential.view; each account is judged        | the person's school |
| correction.read    | admin, loads.approve, accounts.manage                             | the whole site      |
| correction.edit    | admin, accounts.manage; nobody of a higher rank than one's own    | the person's school |
| section.read       | as account.list; a teacher for the sections they teach            | its school          |
| group.read         | as account.list; its owner                                        | its school          |
| group.manage       | admin, accounts.manage; its owner                                 | its school          |
| people.check       | as account.list; a teacher for the sections they teach            | the school          |
| school.check       | as account.list                                                   | the school          |
| profile.read       | as account.list; a teacher for the students they teach            | the person's school |
| roster.check       | as account.list; a teacher for the sections they teach            | its school          |
| export.lists       | admin, accounts.manage, credentials.export; teachers, own classes | the school          |
| export.secrets     | admin, credentials.export                                         | the school          |
| zone.read          | admin, loads.approve, accounts.manage                             | the whole site      |
| zone.manage        | admin                                                             | the whole site      |
| zone.pull          | admin, loads.approve                                              | the whole site      |
| gg4l.read          | admin, loads.approve, accounts.manage                             | the whole site      |
| gg4l.manage        | admin                                                             | the whole site      |
| gg4l.pull          | admin, loads.approve                                              | the whole site      |
| batch.list         | as account.unlock, but teachers                                   | their own batches   |
| view_as.start      | admin, view_as; only of a lower rank than one's own               | the person's school |
| view_as.end        | everybody signed in                                               | their own view      |
| why.ask            | admin, accounts.manage, loads.approve, credentials.*; teachers    | the school; own classes |
| audit.read         | admin                                                             | the whole site      |
| readiness.read     | admin, loads.approve, accounts.manage, credentials.*              | the school          |
| readiness.attest   | admin                                                             | the school          |
| stage.release      | admin                                                             | the school          |
| handout.read       | as account.list; a teacher for the sections they teach            | the school          |
| handout.note       | admin, credentials.export                                         | the school          |
| card.print         | admin, credentials.export; a teacher for the students they teach  | the person's school |
| digest.read        | admin, loads.approve, accounts.manage                             | the whole site      |

A right held for named schools never counts for a thing of the whole site.

In a view-as only the actions in `VIEWABLE` are open, and only where both people may: the one who
is shown and the one who looks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from rostering.access.roles import Actor, Target

_PEOPLE = ("accounts.manage", "credentials.reset", "credentials.view", "credentials.export")


@dataclass(frozen=True, slots=True)
class Action:
    """A line of the table above. `ranked`: not towards a higher rank; `others_only`: never to oneself.

    `below`: only towards a lower rank.
    """

    rights: tuple[str, ...] = ("admin",)
    everybody: bool = False
    oneself: bool = False
    teacher: bool = False
    ranked: bool = False
    others_only: bool = False
    below: bool = False


ACTIONS: dict[str, Action] = {
    "site.read": Action(everybody=True),
    "school.read": Action(everybody=True),
    "session.end": Action(everybody=True),
    "session.switch": Action(everybody=True),
    "password.choose": Action(everybody=True),
    "site.settings": Action(("loads.approve",)),
    "site.configure": Action(),
    "site.dump": Action(),
    "load.read": Action(("loads.approve", "accounts.manage")),
    "load.decide": Action(("loads.approve",)),
    "match.read": Action(("loads.approve", "accounts.manage")),
    "match.decide": Action(("loads.approve",)),
    "account.list": Action(_PEOPLE),
    "account.read": Action(_PEOPLE, oneself=True, teacher=True),
    "account.merge": Action(("accounts.manage",), ranked=True, others_only=True),
    "account.edit": Action(("accounts.manage",), ranked=True),
    "account.deactivate": Action(("accounts.manage",), ranked=True, others_only=True),
    "account.create": Action(("accounts.manage",)),
    "account.move": Action(("accounts.manage",), ranked=True),
    "account.remove": Action(("accounts.manage",), ranked=True, others_only=True),
    "account.erase": Action(ranked=True, others_only=True),
    "account.link": Action(("accounts.manage",), ranked=True, others_only=True),
    "right.read": Action(("accounts.manage",), oneself=True),
    "right.grant": Action(("accounts.manage",), ranked=True, others_only=True),
    "right.revoke": Action(("accounts.manage",), ranked=True, others_only=True),
    "account.reset": Action(("credentials.reset",), ranked=True, others_only=True),
    "account.invite": Action(("credentials.reset",), ranked=True, others_only=True),
    "account.unlock": Action(("accounts.manage", "credentials.reset"), teacher=True, ranked=True, others_only=True),
    "credential.view": Action(("credentials.view",), teacher=True, ranked=True, others_only=True),
    "batch.order": Action(("accounts.manage", "credentials.reset", "credentials.view"), teacher=True),
    "correction.read": Action(("loads.approve", "accounts.manage")),
    "correction.edit": Action(("accounts.manage",), ranked=True),
    "section.read": Action(_PEOPLE, teacher=True),
    "group.read": Action(_PEOPLE, oneself=True),
    "group.manage": Action(("accounts.manage",), oneself=True),
    "people.check": Action(_PEOPLE, teacher=True),
    "school.check": Action(_PEOPLE),
    "profile.read": Action(_PEOPLE, teacher=True),
    "roster.check": Action(_PEOPLE, teacher=True),
    "export.lists": Action(("accounts.manage", "credentials.export"), teacher=True),
    "export.secrets": Action(("credentials.export",)),
    "zone.read": Action(("loads.approve", "accounts.manage")),
    "zone.manage": Action(),
    "zone.pull": Action(("loads.approve",)),
    "gg4l.read": Action(("loads.approve", "accounts.manage")),
    "gg4l.manage": Action(),
    "gg4l.pull": Action(("loads.approve",)),
    "batch.list": Action(("accounts.manage", "credentials.reset", "credentials.view")),
    "view_as.start": Action(("view_as",), others_only=True, below=True),
    "view_as.end": Action(everybody=True),
    "why.ask": Action(("loads.approve", *_PEOPLE), teacher=True),
    "audit.read": Action(),
    "readiness.read": Action(("loads.approve", *_PEOPLE)),
    "readiness.attest": Action(),
    "stage.release": Action(),
    "handout.read": Action(_PEOPLE, teacher=True),
    "handout.note": Action(("credentials.export",)),
    "card.print": Action(("credentials.export",), teacher=True, ranked=True, others_only=True),
    "digest.read": Action(("loads.approve", "accounts.manage")),
}

# What may be read as somebody else. All that isn't named is closed there: whatever changes
# something, credentials, exports, connections, the audit trail and view-as itself.
VIEWABLE = frozenset({"site.read", "school.read", "load.read", "match.read", "account.list", "account.read",
                      "right.read", "correction.read", "section.read", "group.read"})
_NOT_IN_A_VIEW = "That can't be done while looking as somebody else."


@dataclass(frozen=True, slots=True)
class Decision:
    """True or false, and why in one sentence that may be shown and logged."""

    allowed: bool
    reason: str

    def __bool__(self) -> bool:
        return self.allowed


def allow(actor: Actor, action: str, target: Target) -> Decision:
    """Whether `actor` may do `action` to `target`. An unknown action is denied."""
    line = ACTIONS.get(action)
    if line is None:
        return Decision(False, f"{action} is not an action of this system.")
    if actor.viewer:
        looks = _looks(actor.viewer, action, target)
        if not looks:
            return looks
    if not actor.site or actor.site != target.site:
        return Decision(False, "That belongs to another site.")
    if line.everybody:
        return Decision(True, "Everybody who is signed in may.")
    if line.ranked and target.rank > actor.rank:
        return Decision(False, "That account has a higher rank than yours.")
    if line.below and target.account and target.rank >= actor.rank:
        return Decision(False, "That account doesn't have a lower rank than yours.")
    if line.others_only and target.account == actor.account:
        return Decision(False, "Nobody does that to their own account.")
    if line.oneself and target.account and target.account == actor.account:
        return Decision(True, "It is their own account.")
    for right in line.rights:
        if actor.holds_everywhere(right):
            return Decision(True, f"They hold {right} for the site.")
        if any(actor.holds(right, school) for school in target.schools):
            return Decision(True, f"They hold {right} for the school.")
    if line.teacher and target.taught and actor.role == "Teacher":
        return Decision(True, "They teach it.")
    return Decision(False, denial(action))


def may_ask(actor: Actor, action: str) -> Decision:
    """Whether there can be a target for which `allow` says yes: the check before anything is read."""
    line = ACTIONS.get(action)
    if actor.viewer and action not in VIEWABLE:
        return Decision(False, _NOT_IN_A_VIEW)
    if actor.viewer and not may_ask(actor.viewer, action):
        return Decision(False, denial(action))
    if line is not None and (
        line.everybody
        or line.oneself
        or (line.teacher and actor.role == "Teacher")
        or any(actor.holds_anywhere(right) for right in line.rights)
    ):
        return Decision(True, "There may be something they may do it to.")
    return Decision(False, denial(action))


def _looks(viewer: Actor, action: str, target: Target) -> Decision:
    """Whether the one who looks may do it too. `taught` says who the shown person teaches, and counts nothing."""
    if action not in VIEWABLE:
        return Decision(False, _NOT_IN_A_VIEW)
    return allow(viewer, action, replace(target, taught=False))


def denial(action: str) -> str:
    """The sentence a person reads who may not."""
    line = ACTIONS.get(action)
    if line is None:
        return f"{action} is not an action of this system."
    return f"This needs one of these rights: {', '.join(dict.fromkeys(('admin', *line.rights)))}."
