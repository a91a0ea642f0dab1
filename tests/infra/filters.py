"""Filter patterns of CloudWatch Logs on JSON lines, as far as `template.yaml` uses them.

    { $.message = "answered" && $.status >= 400 }

Properties at the top level, joined by `&&`; strings are equal, numbers are compared.
"""

from __future__ import annotations

import json
import operator
import re
from typing import Any

_TERM = re.compile(r'\$\.(\w+) (=|>=|<) (?:"([^"]*)"|(\d+))')
_COMPARE = {"=": operator.eq, ">=": operator.ge, "<": operator.lt}


def terms(pattern: str) -> list[tuple[str, str, str | int]]:
    """(property, operator, value) of each term. Raises ValueError for a pattern of any other form."""
    if not (pattern.startswith("{ ") and pattern.endswith(" }")):
        raise ValueError(pattern)
    found = []
    for part in pattern[2:-2].split(" && "):
        term = _TERM.fullmatch(part)
        if term is None:
            raise ValueError(part)
        found.append((term[1], term[2], int(term[4]) if term[4] else term[3]))
    return found


def matches(pattern: str, line: str) -> dict[str, Any] | None:
    """The line as JSON if the pattern matches it."""
    try:
        said = json.loads(line)
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    good = all(name in said and type(said[name]) is type(value) and _COMPARE[how](said[name], value)
               for name, how, value in terms(pattern))
    return said if good else None
