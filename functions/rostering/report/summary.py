"""The facts of one load, as its reports tell them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rostering.model import Counts, Hold, Problem


@dataclass(frozen=True, slots=True)
class TabCounts:
    """What became of one tab's rows. `rows` = `loaded` + `turned_back`; warnings count cells."""

    rows: int = 0
    loaded: int = 0
    turned_back: int = 0
    warnings: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """The facts of one load.

    `state` is the load's state (`received` ... `done`, `held`, `turned_back`). Times are ISO
    strings, "" while unknown. `counts` goes by the words of `model.COUNTED`, `tabs` by the names
    of tabs. `problems` are those of the workbook or of a whole tab, `examples` the first ones of
    rows; `problem_counts` tells how often each code was met, listed or not. `decision` is
    `{"by", "at", "reason", "what"}` once a person decided about a held load. `undoes` is the load that
    this one takes back.
    """

    load: str
    site: str
    file_name: str
    state: str
    site_name: str = ""
    source: str = "sheet"
    load_type: str = ""
    undoes: str = ""
    received_at: str = ""
    updated_at: str = ""
    expires_at: str = ""
    message: str = ""
    counts: Mapping[str, Counts] = field(default_factory=dict)
    tabs: Mapping[str, TabCounts] = field(default_factory=dict)
    holds: tuple[Hold, ...] = ()
    decision: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    examples: tuple[Problem, ...] = ()
    problem_counts: Mapping[str, int] = field(default_factory=dict)


def of_load(body: Mapping[str, Any], *, site_name: str = "", tabs: Mapping[str, Any] | None = None,
            problems: Iterable[Problem] = ()) -> Summary:
    """The summary of a load from its item (`keys.load`) and what the reader said.

    `tabs` maps a tab to its counts (rows, loaded, turned_back, warnings), as a mapping or an
    object; `problems` are those listed, in order: the ones without a row go to `problems`, the
    first of each code to `examples`. Codes are counted from `problems` if the item has no
    `problem_counts`.
    """
    about, examples, counted = [], {}, {}
    for problem in problems:
        counted[problem.code] = counted.get(problem.code, 0) + 1
        if problem.row or (problem.tab and body.get("source", "sheet") != "sheet"):
            examples.setdefault(problem.code, problem)
        else:
            about.append(problem)
    decision = body.get("decision") or {}
    return Summary(
        load=body["load"], site=body["site"], file_name=body.get("file_name", ""), state=body["state"],
        site_name=site_name, source=body.get("source", ""), load_type=body.get("load_type", ""),
        undoes=body.get("undoes", ""), received_at=body.get("received_at", ""), updated_at=body.get("updated_at", ""),
        expires_at=body.get("expires_at", ""), message=body.get("message", ""),
        counts={kind: Counts(**counts) for kind, counts in body.get("counts", {}).items()},
        tabs={tab: tab_counts(counts) for tab, counts in (tabs or {}).items()},
        holds=tuple(Hold(**hold) for hold in body.get("holds", ())),
        decision={name: decision[name] for name in ("by", "at", "reason", "what") if name in decision},
        problems=tuple(about), examples=tuple(examples.values()),
        problem_counts=body.get("problem_counts") or counted)


def tab_counts(counts: Any) -> TabCounts:
    """`counts` of a tab, whether they come as a mapping or as an object."""
    names = ("rows", "loaded", "turned_back", "warnings")
    if isinstance(counts, Mapping):
        return TabCounts(**{name: counts.get(name, 0) for name in names})
    return TabCounts(**{name: getattr(counts, name) for name in names})
