"""What a task does for a load of each purpose (see `rostering.load.manifest`)."""

from __future__ import annotations

from rostering.load import finish, plan, rewind, settle, undo, verify

PLAN = {"load": plan.plan, "undo": undo.plan, verify.PURPOSE: verify.plan}
SETTLE = {"load": settle.settle, "undo": undo.settle, verify.PURPOSE: settle.settle}
FINISH = {"load": finish.finish, "undo": rewind.finish, verify.PURPOSE: verify.finish}
STATE = {"load": lambda ground, outcome: finish.STATES[outcome], "undo": rewind.state_of,
         verify.PURPOSE: lambda ground, outcome: finish.STATES[outcome]}
