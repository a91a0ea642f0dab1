"""What a task does for a load of each purpose (see `rostering.load.manifest`)."""

from __future__ import annotations

from rostering.load import finish, plan, settle

PLAN = {"load": plan.plan}
SETTLE = {"load": settle.settle}
FINISH = {"load": finish.finish}
