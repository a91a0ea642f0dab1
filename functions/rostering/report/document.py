"""report.json: what programs want to know of a load. It never holds the value of a cell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from rostering.model import Problem
from rostering.report.summary import Summary


def report_json(summary: Summary, problems: Iterable[Problem]) -> dict[str, Any]:
    """The load as a JSON object: states, counts, holds, and problems by code, tab, row and column.

    Messages are left out, since they may quote cells; of holds, rules, numbers and causes are kept.
    """
    return {
        "load": summary.load, "site": summary.site, "source": summary.source,
        "file_name": summary.file_name, "state": summary.state, "load_type": summary.load_type,
        "received_at": summary.received_at, "updated_at": summary.updated_at,
        "counts": {kind: asdict(counts) for kind, counts in summary.counts.items()},
        "tabs": {tab: asdict(counts) for tab, counts in summary.tabs.items()},
        "holds": [{"rule": hold.rule, "school": hold.school, "kind": hold.kind, "count": hold.count,
                   "of": hold.of, "cause": hold.cause, "action": hold.action} for hold in summary.holds],
        "decision": {name: summary.decision[name] for name in ("what", "at") if name in summary.decision},
        "problem_counts": dict(sorted(summary.problem_counts.items())),
        "problems": [{"severity": problem.severity, "code": problem.code, "tab": problem.tab,
                      "row": problem.row, "column": problem.column} for problem in problems],
    }
