"""Tell the sender what became of a load: report.xlsx with their rows, report.json, report.html.

What the reader said is kept beside the feed, so that later tasks can tell it again with what the
plan and the applying added.
"""

from __future__ import annotations

import gzip
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from rostering.load import emails, forgotten, paths, progress, turned, where
from rostering.load.applied import read_applied
from rostering.load.evidence import Stats
from rostering.load.ground import Ground
from rostering.load.manifest import FeedManifest
from rostering.model import Problem
from rostering.report import summary
from rostering.report.document import report_json
from rostering.report.page import report_html
from rostering.store import keys

_HTML, _JSON = "text/html; charset=utf-8", "application/json"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def turned_back(store: Any, inbox: Any, work: Any, site: str, load: str, problems: list[Problem],
                reading: Any = None, *, now: str) -> None:
    """Close a load whose file is wrong. `reading` is what was read of it, if it got that far."""
    tabs = _tabs(reading)
    listed = problems + (list(reading.problems) if reading else [])
    _keep(work, site, load, tabs, listed, {})
    body = progress.read(store, site, load) | {"state": "turned_back", "updated_at": now}
    facts = summary.of_load(body, site_name=_site_name(store, site), tabs=tabs, problems=listed)
    _write_workbook(inbox, site, load, reading, facts)
    first = problems[0]
    progress.close(store, site, load, "turned_back", now=now, problem_counts=_codes(listed, reading),
                   message=f"{first.code}: {first.message}", problems_listed=len(listed),
                   files=_write_pages(inbox, site, load, facts, listed) | _workbook_file(site, load))


def read(store: Any, inbox: Any, work: Any, site: str, load: str, reading: Any, *, now: str) -> None:
    """The sheet was read: keep what the reader said, give the rows back, and let the plan begin."""
    tabs, listed = _tabs(reading), list(reading.problems)
    _keep(work, site, load, tabs, listed, emails.of_reading(reading))
    turned.write(work, site, load, reading.turned_back())
    body = progress.read(store, site, load) | {"state": "read", "load_type": reading.load_type}
    _write_workbook(inbox, site, load, reading,
                    summary.of_load(body, site_name=_site_name(store, site), tabs=tabs, problems=listed))
    manifest = FeedManifest.read(work, site, load)
    progress.enter(store, site, load, "plan", len(manifest.tasks), now=now)
    progress.change(store, site, load, now=now, state="read", load_type=reading.load_type,
                    problem_counts=_codes(listed, reading), problems_listed=len(listed),
                    files=_workbook_file(site, load))


def pulled(store: Any, work: Any, site: str, load: str, *, problems: list[Problem], codes: Mapping[str, int],
           now: str) -> None:
    """What a connection sent was read: keep what the reading said, and let the plan begin.

    `problems` are those listed, `codes` how often each was met. Nobody handed in a workbook, so
    nobody gets one back.
    """
    _keep(work, site, load, {}, problems, {})
    turned.write(work, site, load, turned.of_connection(problems))
    manifest = FeedManifest.read(work, site, load)
    progress.enter(store, site, load, "plan", len(manifest.tasks), now=now)
    counted = Counter(problem.code for problem in problems) | Counter(codes)
    progress.change(store, site, load, now=now, state="read", problems_listed=len(problems),
                    problem_counts=dict(sorted(counted.items())))


def report(ground: Ground, inbox: Any, *, state: str) -> None:
    """Write report.json and report.html of a load that is in `state`, or is about to be."""
    site, load = ground.site, ground.load
    tabs, listed = kept(ground.files, site, FeedManifest.read(ground.files, site, load).feed)
    late, wrong_emails = _late(ground)
    if late:
        ground.files.write(paths.late(site, load), gzip.compress(orjson.dumps(
            {"problems": late, "emails": wrong_emails}), mtime=0))
    body = progress.read(ground.store, site, load) | {"state": state, "updated_at": ground.now}
    codes = Counter(body.get("problem_counts", {}))
    codes.update(problem.code for problem in late)
    facts = summary.of_load(body | {"problem_counts": dict(codes)}, site_name=_site_name(ground.store, site),
                            tabs=tabs, problems=late + listed)
    progress.change(ground.store, site, load, now=ground.now,
                    files=_write_pages(inbox, site, load, facts, late + listed))


def kept(work: Any, site: str, load: str) -> tuple[dict[str, Any], list[Problem]]:
    """What the reader said of a load: counts by tab, and the problems that are listed; nothing if nobody read."""
    if not work.exists(paths.reading(site, load)):
        return {}, []
    stored = orjson.loads(gzip.decompress(work.read(paths.reading(site, load))))
    return stored["tabs"], [Problem(**problem) for problem in stored["problems"]]


def _keep(work: Any, site: str, load: str, tabs: dict[str, Any], listed: list[Problem],
          wrong_emails: dict[str, str]) -> None:
    said = {"tabs": tabs, "problems": listed, "emails": wrong_emails}
    work.write(paths.reading(site, load), gzip.compress(orjson.dumps(said), mtime=0))


def _late(ground: Ground) -> tuple[list[Problem], dict[str, str]]:
    """Rows that the reader let pass, but the gate refused, or that could not be written as planned.

    With the codes of those whose email was not taken, by `kind/key`.
    """
    found: list[Problem] = []
    if ground.purpose == "verify":
        from rostering.load import verify  # few loads verify

        found += verify.told(ground)
    wrong_emails: dict[str, str] = {}
    if ground.erased:
        people = FeedManifest.read(ground.files, ground.site, ground.load).shards["people"]
        for shard in range(len(people)):
            stats = Stats.read(ground.files.read(paths.stats(ground.site, ground.load, "people", shard)))
            found += [where.problem(ground.source, forgotten.CODE, *met) for met in stats.erased]
    for task in orjson.loads(ground.files.read(paths.shards(ground.site, ground.load, "busy"))):
        if task["phase"] == "people":
            found += ground.answers(task["shard"]).refused.values()
            found += [Problem(**note) for note in ground.answers(task["shard"]).notes]
            wrong_emails |= emails.of_shard(ground, task["shard"])
        found += read_applied(ground, task["phase"], task["shard"]).problems
    return found, wrong_emails


def _tabs(reading: Any) -> dict[str, Any]:
    return {tab: asdict(summary.tab_counts(counts)) for tab, counts in reading.counts.items()} if reading else {}


def _codes(listed: Iterable[Problem], reading: Any) -> dict[str, int]:
    """How often each code was met, also beyond those listed."""
    codes: Counter[str] = Counter()
    if reading:
        for (_, code), number in reading.problems.counts_by_tab_and_code.items():
            codes[code] += number
    for problem in listed:
        codes[problem.code] = max(codes[problem.code], 1)
    return dict(sorted(codes.items()))


def _site_name(store: Any, site: str) -> str:
    return store.get(keys.settings(site)).body["name"]


def _workbook_file(site: str, load: str) -> dict[str, str]:
    return {"report_xlsx": paths.report(site, load, "xlsx")}


def _write_workbook(inbox: Any, site: str, load: str, reading: Any, facts: summary.Summary) -> None:
    # Here and not above: the steps that write no workbook would pay for it at every cold start.
    from rostering.report.workbook import write_refusal, write_report

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.xlsx"
        if reading:
            write_report(path, reading=reading, summary=facts)
        else:
            write_refusal(path, summary=facts)
        inbox.write_from(paths.report(site, load, "xlsx"), path, content_type=_XLSX)


def _write_pages(inbox: Any, site: str, load: str, facts: summary.Summary,
                 listed: list[Problem]) -> dict[str, str]:
    report = orjson.dumps(report_json(facts, listed), option=orjson.OPT_INDENT_2)
    for key in (paths.report(site, load, "json"), paths.archived(site, load)):
        inbox.write(key, report, content_type=_JSON)
    inbox.write(paths.report(site, load, "html"), report_html(facts).encode(), content_type=_HTML)
    return {"report_json": paths.archived(site, load), "report_html": paths.report(site, load, "html")}
