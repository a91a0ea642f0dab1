"""Puts the state machine into a template of its own, where cfn-lint looks at it.

    python -m infra.asl build/sync.template.json && cfn-lint --template build/sync.template.json

cfn-lint does not open what `DefinitionUri` names.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("sync.asl.json")
_ROLE = "arn:aws:iam::123456789012:role/sync"
_FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:"


def machine() -> dict[str, Any]:
    """The state machine, with `${Name}` where the template puts in a function or a bucket."""
    return json.loads(PATH.read_text())


def names(state: Any) -> set[str]:
    """Every name in `${…}` anywhere in `state`."""
    if isinstance(state, dict):
        return set().union(*map(names, state.values()))
    if isinstance(state, list):
        return set().union(*map(names, state))
    return {state[2:-1]} if isinstance(state, str) and state.startswith("${") else set()


def template() -> dict[str, Any]:
    """A template with nothing but the state machine, its definition inline."""
    definition = machine()
    substitutions = {name: _FUNCTION + name for name in sorted(names(definition))}
    properties = {"RoleArn": _ROLE, "Definition": definition, "DefinitionSubstitutions": substitutions}
    return {"AWSTemplateFormatVersion": "2010-09-09",
            "Resources": {"Sync": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}}}


if __name__ == "__main__":
    out = Path(sys.argv[1])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(template(), indent=1))
