"""What a task does for a load of each purpose (see `rostering.load.manifest`)."""

from __future__ import annotations

from rostering.load import finish, plan, settle, verify

PLAN = {"load": plan.plan, verify.PURPOSE: verify.plan}
SETTLE = {"load": settle.settle, verify.PURPOSE: settle.settle}
FINISH = {"load": finish.finish, verify.PURPOSE: verify.finish}
