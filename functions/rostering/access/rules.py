"""The one answer to "may they": a table of actions and `allow`, which denies by default.

| action             | who                                                               | counts for          |
|--------------------|-------------------------------------------------------------------|---------------------|
| site.read          | everybody signed in                                               | their site          |
| school.read        | everybody signed in                                               | their site          |
| session.end        | everybody signed in                                               | their own session   |
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
| correction.read    | admin, loads.approve, accounts.manage                             | the whole site      |
| correction.edit    | admin, accounts.manage; nobody of a higher rank than one's own    | the person's school |
| section.read       | as account.list; a teacher for the sections they teach            | its school          |
| export.lists       | admin, accounts.manage, credentials.export; teachers, own classes | the school          |
| export.secrets     | admin, credentials.export                                         | the school          |
| zone.read          | admin, loads.approve, accounts.manage                             | the whole site      |
| zone.manage        | admin                                                             | the whole site      |
| zone.pull          | admin, loads.approve                                              | the whole site      |
| gg4l.read          | admin, loads.approve, accounts.manage                             | the whole site      |
| gg4l.manage        | admin                                                             | the whole site      |
| gg4l.pull          | admin, loads.approve                                              | the whole site      |

A right held for named schools never counts for a thing of the whole site.
"""

from __future__ import annotations

from dataclasses import dataclass

from rostering.access.roles import Actor, Target

_PEOPLE = ("accounts.manage", "credentials.reset", "credentials.view", "credentials.export")


@dataclass(frozen=True, slots=True)
class Action:
    """A line of the table above. `ranked`: not towards a higher rank; `others_only`: never to oneself."""

    rights: tuple[str, ...] = ("admin",)
    everybody: bool = False
    oneself: bool = False
    teacher: bool = False
    ranked: bool = False
    others_only: bool = False


ACTIONS: dict[str, Action] = {
    "site.read": Action(everybody=True),
    "school.read": Action(everybody=True),
    "session.end": Action(everybody=True),
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
    "correction.read": Action(("loads.approve", "accounts.manage")),
    "correction.edit": Action(("accounts.manage",), ranked=True),
    "section.read": Action(_PEOPLE, teacher=True),
    "export.lists": Action(("accounts.manage", "credentials.export"), teacher=True),
    "export.secrets": Action(("credentials.export",)),
    "zone.read": Action(("loads.approve", "accounts.manage")),
    "zone.manage": Action(),
    "zone.pull": Action(("loads.approve",)),
    "gg4l.read": Action(("loads.approve", "accounts.manage")),
    "gg4l.manage": Action(),
    "gg4l.pull": Action(("loads.approve",)),
}


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
    if not actor.site or actor.site != target.site:
        return Decision(False, "That belongs to another site.")
    if line.everybody:
        return Decision(True, "Everybody who is signed in may.")
    if line.ranked and target.rank > actor.rank:
        return Decision(False, "That account has a higher rank than yours.")
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
    if line is not None and (
        line.everybody
        or line.oneself
        or (line.teacher and actor.role == "Teacher")
        or any(actor.holds_anywhere(right) for right in line.rights)
    ):
        return Decision(True, "There may be something they may do it to.")
    return Decision(False, denial(action))


def denial(action: str) -> str:
    """The sentence a person reads who may not."""
    line = ACTIONS.get(action)
    if line is None:
        return f"{action} is not an action of this system."
    return f"This needs one of these rights: {', '.join(dict.fromkeys(('admin', *line.rights)))}."
