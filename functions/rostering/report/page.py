"""report.html: one page for the office, to be read on a screen or printed. No scripts, no links."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from rostering.model import Counts, Problem
from rostering.report import words
from rostering.report.summary import Summary
from rostering.sheet.problems import sentence

HOLDS_SHOWN = 8
PROBLEMS_SHOWN = 12
ABOUT_SHOWN = 20

_COLUMNS = (("rows", "In the sheet"), ("new", "New"), ("changed", "Changed"), ("unchanged", "Unchanged"),
            ("missing", "Missing"), ("deactivated", "Switched off"), ("problems", "Not loaded"))

_TONES = {"done": "good", "applied": "good", "held": "wait", "approved": "wait", "turned_back": "bad",
          "failed": "bad", "rejected": "off", "expired": "off", "replaced": "off", "undone": "off"}

_STYLE = """
@page { size: letter; margin: 0.5in }
* { box-sizing: border-box }
body { font: 14px/1.45 "Segoe UI", "Helvetica Neue", Arial, "Noto Sans", sans-serif; color: #1f2933;
  max-width: 880px; margin: 0 auto; padding: 28px 24px; background: #fff }
header { display: flex; justify-content: space-between; align-items: baseline; gap: 24px;
  border-bottom: 2px solid #1f2933; padding-bottom: 8px }
header h1 { font-size: 20px; margin: 0 }
header span { color: #52606d; text-align: right }
h2 { font-size: 15px; margin: 22px 0 8px }
.said { border-left: 8px solid; padding: 12px 16px; margin: 18px 0; background: #f5f7fa }
.said b { display: block; font-size: 19px; margin-bottom: 2px }
.good { border-color: #2f8132 } .wait { border-color: #de911d } .bad { border-color: #ba2525 }
.off, .open { border-color: #7b8794 }
dl { display: grid; grid-template-columns: max-content 1fr max-content 1fr; gap: 2px 16px;
  margin: 0; color: #52606d }
dt { font-weight: 600 } dd { margin: 0; overflow-wrap: anywhere }
ol, ul { margin: 0; padding-left: 22px } li { margin: 3px 0 }
table { border-collapse: collapse; width: 100% }
th { text-align: left; font-size: 12px; color: #52606d; padding: 4px 8px }
thead th { border-bottom: 1px solid #7b8794 }
td { border-bottom: 1px solid #e4e7eb; padding: 4px 8px; vertical-align: top; overflow-wrap: anywhere }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.zero { color: #9aa5b1 } .alert { color: #ba2525; font-weight: 700 }
td small, li small { display: block; color: #52606d; font-size: 13px }
code { font: 12px/1.4 Consolas, Menlo, monospace; white-space: nowrap }
footer { margin-top: 24px; border-top: 1px solid #cbd2d9; padding-top: 8px; color: #52606d;
  font-size: 12px }
tr, li, .said { break-inside: avoid }
@media print {
  * { print-color-adjust: exact }
  body { padding: 0; font-size: 11.5px; max-width: none } header h1 { font-size: 17px }
  h2 { font-size: 13px; margin: 10px 0 3px } .said { margin: 8px 0; padding: 6px 14px }
  .said b { font-size: 15px } li small { display: inline }
  th, td { padding: 2px 8px; font-size: 11px } td small, li small { font-size: 11px } code { font-size: 10px }
  li { margin: 1px 0 } footer { margin-top: 12px; font-size: 10px }
}
"""


def report_html(summary: Summary) -> str:
    """The report as one HTML page that needs nothing else."""
    name = summary.site_name or summary.site
    parts = [
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">",
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
        "<meta http-equiv=\"Content-Security-Policy\" "
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>Import report: {escape(name)}</title><style>{_STYLE}</style></head><body>",
        f"<header><h1>Import report</h1><span>{escape(name)}</span></header>",
        _said(summary), _facts(summary), _steps(summary), _holds(summary), _about(summary),
        _counts(summary), _examples(summary),
        f"<footer>{_foot(summary)} This page may quote what was sent: treat it like a student record."
        "</footer></body></html>\n"]
    # Messages may quote letters that no file can hold (lone surrogates).
    return "\n".join(part for part in parts if part).encode(errors="replace").decode()


def _foot(summary: Summary) -> str:
    if not words.of_a_sheet(summary):
        return "What the school system sent is kept as it is; the next pull compares with it."
    if summary.state == "turned_back":
        return "report.xlsx next to this page says the same as a workbook."
    return ("report.xlsx next to this page holds your own rows with a Result column: the rows of red cells "
            "are not loaded, orange cells want a look. It can be corrected and sent again as it is.")


def _said(summary: Summary) -> str:
    tone = _TONES.get(summary.state, "open")
    message = summary.message if summary.state == "failed" else ""
    text = message or words.sentence(summary)
    return (f"<div class=\"said {tone}\"><b>{escape(words.title(summary.state))}</b>"
            f"{escape(text)}</div>")


def _facts(summary: Summary) -> str:
    decision = summary.decision
    decided = words.day(decision.get("at", ""))
    if decided and decision.get("what"):
        decided += f" ({decision['what']})"
    if decided and decision.get("reason"):
        decided += f": {decision['reason']}"
    facts = (("File", summary.file_name), ("Source", "" if words.of_a_sheet(summary) else summary.source),
             ("Load", summary.load), ("Load type", summary.load_type),
             ("Received", _time(summary.received_at)), ("Decided", decided))
    items = "".join(f"<dt>{label}</dt><dd>{escape(text)}</dd>" for label, text in facts if text)
    return f"<dl>{items}</dl>"


def _time(text: str) -> str:
    """An ISO time as date and minute, as the source gave it (UTC)."""
    return f"{words.day(text)} {text[11:16]} UTC" if len(text) >= 16 else words.day(text)


def _steps(summary: Summary) -> str:
    return "<h2>What to do now</h2>" + _list("ol", [escape(step) for step in words.next_steps(summary)])


def _holds(summary: Summary) -> str:
    if not summary.holds:
        return ""
    lines = []
    for hold in summary.holds[:HOLDS_SHOWN]:
        says, advice = words.explain(hold, of_sheet=words.of_a_sheet(summary))
        lines.append(f"{escape(says)} <code>{escape(hold.rule)}</code> <small>{escape(advice)}</small>")
    if len(summary.holds) > HOLDS_SHOWN:
        lines.append(f"and {len(summary.holds) - HOLDS_SHOWN:,} more of this kind")
    title = "Why it waits" if summary.state == "held" else "Why it had to be approved"
    return f"<h2>{title}</h2>" + _list("ul", lines)


def _about(summary: Summary) -> str:
    """The problems of the workbook and of whole tabs."""
    if not summary.problems:
        return ""
    lines = [f"{escape(problem.message.replace('`', ''))} <code>{escape(problem.code)}</code>"
             for problem in summary.problems[:ABOUT_SHOWN]]
    if len(summary.problems) > ABOUT_SHOWN:
        lines.append(f"and {len(summary.problems) - ABOUT_SHOWN:,} more")
    title = "Why it was turned back" if summary.state == "turned_back" else f"About the whole {words.noun(summary)}"
    return f"<h2>{title}</h2>" + _list("ul", lines)


def _counts(summary: Summary) -> str:
    rows = [(name, counts) for name, counts in words.counted(summary) if counts != Counts()]
    if not rows:
        return ""
    head = "".join(f"<th class=\"n\">{title}</th>" for _, title in _COLUMNS)
    body = "".join(
        f"<tr><td>{name}</td>" + "".join(_number(getattr(counts, field), alert=field == "problems")
                                         for field, _ in _COLUMNS) + "</tr>"
        for name, counts in rows)
    it = words.noun(summary)
    title = "What was loaded" if summary.state in ("done", "applied") else f"What the {it} would do" if (
        summary.state in ("held", "planned", "approved", "applying", "read")) else f"What was in the {it}"
    return (f"<h2>{title}</h2><table><thead><tr><th></th>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>")


def _number(number: int, *, alert: bool) -> str:
    kind = "n zero" if not number else "n alert" if alert else "n"
    return f"<td class=\"{kind}\">{number:,}</td>"


def _examples(summary: Summary) -> str:
    """The codes that rows met, most frequent errors first, each with its first place."""
    first = {problem.code: problem for problem in summary.examples}
    codes = sorted((code for code in first if code[0] in "RW"),
                   key=lambda code: (code[0] != "R", -summary.problem_counts.get(code, 1), code))
    if not codes:
        return ""
    body = "".join(_example(first[code], summary.problem_counts.get(code, 1))
                   for code in codes[:PROBLEMS_SHOWN])
    more = len(codes) - PROBLEMS_SHOWN
    rest = f"<p>and {more} more kinds of problems</p>" if more > 0 else ""
    of_what = "rows" if words.of_a_sheet(summary) else "records"
    return (f"<h2>What is wrong in the {of_what}</h2><table><thead><tr><th class=\"n\">How often</th><th>Means</th>"
            f"<th>The first one</th></tr></thead><tbody>{body}</tbody></table>{rest}")


def _example(problem: Problem, times: int) -> str:
    kind = " alert" if problem.severity == "R" else ""
    return (f"<tr><td class=\"n{kind}\">{times:,}</td><td>{words.SEVERITIES[problem.severity]}"
            f"<small><code>{escape(problem.code)}</code></small></td>"
            f"<td>{escape(sentence(problem))}</td></tr>")


def _list(kind: str, lines: Iterable[str]) -> str:
    return f"<{kind}>" + "".join(f"<li>{line}</li>" for line in lines) + f"</{kind}>"
