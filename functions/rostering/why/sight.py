"""What the asker may be told of: the answer is made of this alone, so what is hidden is as what isn't there."""

from __future__ import annotations

from typing import Any

from rostering.access.roles import Actor, Target
from rostering.access.rules import allow
from rostering.model import Account
from rostering.targets import section_target, target_of
from rostering.why.reads import Reads

ACTION = "why.ask"


class Sight:
    """Of `actor`. `classmates` are accounts that a teacher may be told of besides: those of the class asked about."""

    def __init__(self, reads: Reads, actor: Actor) -> None:
        self._reads, self.actor = reads, actor
        self.classmates: set[str] = set()
        self._people: dict[str, bool] = {}

    @property
    def everything(self) -> bool:
        """Whether the actor may be told of the whole site."""
        return bool(allow(self.actor, ACTION, Target(self.actor.site)))

    def person(self, account: Account) -> bool:
        if account.id not in self._people:
            self._people[account.id] = bool(allow(self.actor, ACTION, self._target(account)))
        return self._people[account.id] or account.id in self.classmates

    def school(self, school: str) -> bool:
        """Whether they may be told of what a school has; "" is of no school."""
        return bool(allow(self.actor, ACTION, Target(self.actor.site, frozenset([school] if school else ()))))

    def section(self, body: dict[str, Any]) -> bool:
        return bool(allow(self.actor, ACTION, section_target(self.actor, body)))

    def values_of(self, account: Account) -> bool:
        """Whether they may see the values of a person: names, emails."""
        return bool(allow(self.actor, "account.read", self._target(account))) or account.id in self.classmates

    def values_in(self, school: str) -> bool:
        """Whether they may see the values of people of a school who have no account."""
        return bool(allow(self.actor, "account.list", Target(self.actor.site, frozenset([school] if school else ()))))

    def _target(self, account: Account) -> Target:
        return target_of(self._reads.store, self.actor, account)
