"""Every threat of the tables (threats, 2 to 6, 8 and 12) as inputs at the entry that would meet it.

A case names its threat and how it may end: `ok`, `rows` (some are left out or noted, the others load), `held`,
`refused`, each alone or with a code (`refused F-UNSAFE`), several separated by `|`. Inputs that have to be made
(bombs, thousands of parts) are made in a process that is not measured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """`make` gives what `method` of the family's door takes, as keyword arguments."""

    family: str
    threat: str
    name: str
    make: Callable[[], dict[str, Any]]
    ends: str
    method: str = "enter"

    def allows(self, kind: str, codes: tuple[str, ...]) -> bool:
        """Whether an ending is one of those that the table of threats allows."""
        for wanted in self.ends.split("|"):
            said, _, code = wanted.partition(" ")
            if said == kind and (not code or code in codes):
                return True
        return False
