"""report.html is one page in plain words; report.json holds no value of a cell."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from html.parser import HTMLParser

import pytest

from rostering import causes
from rostering.model import COUNTED, Counts, Hold, Problem
from rostering.report import words
from rostering.report.document import report_json
from rostering.report.page import HOLDS_SHOWN, PROBLEMS_SHOWN, report_html
from rostering.report.summary import Summary, TabCounts, of_load
from rostering.sheet.problems import problem

STATES = ("received", "read", "planned", "held", "approved", "rejected", "expired", "replaced", "applying",
          "applied", "done", "turned_back", "failed", "previewed", "undone")
RULES = ("H-COMPLETE-LIST", "H-DEACTIVATIONS", "H-EMPTY-TYPE", "H-CHANGES", "H-NEW", "H-ID-SWAP",
         "H-SHIFTED-COLUMN", "H-ROW-ERRORS")
CAUSES = re.findall(r"^\| ([a-z_]+) +\|", causes.__doc__, re.MULTILINE)[1:]


class Text(HTMLParser):
    """The text and the tags of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self._text: list[str] = []
        self.feed(page)
        self.text = " ".join(" ".join(self._text).split())

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_data(self, data):
        if not self.tags or self.tags[-1] != "style":
            self._text.append(data)


def summary(**facts) -> Summary:
    return Summary(**{"load": "01LOAD", "site": "demo", "file_name": "fall.xlsx", "state": "done",
                      "site_name": "Demo District"} | facts)


def said(**facts) -> str:
    return Text(report_html(summary(**facts))).text


def test_a_load_is_told_in_one_sentence():
    counts = {"students": Counts(rows=357, new=12, changed=5, unchanged=340),
              "schools": Counts(rows=2, unchanged=2)}
    assert "The sheet was loaded: 12 new, 5 changed, 342 unchanged, 0 switched off." in said(counts=counts)


def test_an_undo_names_the_load_that_it_took_back_and_not_a_sheet():
    told = said(undoes="01OTHER", counts={"students": Counts(changed=5, deactivated=2)})
    assert "Load 01OTHER was taken back: 0 new, 5 changed, 0 unchanged, 2 switched off." in told
    assert "The sheet" not in told


def test_a_load_that_changed_nothing_says_so():
    assert "Nothing had to change." in said(counts={"students": Counts(rows=3, unchanged=3)})


@pytest.mark.parametrize("state", [state for state in STATES if state not in ("applying", "applied", "done",
                                                                              "failed", "undone")])
def test_a_load_that_did_not_change_anything_never_says_it_was_loaded(state):
    assert "The sheet was loaded" not in said(state=state, counts={"students": Counts(rows=1, new=1)})


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_a_title_a_sentence_and_a_next_step(state):
    facts = summary(state=state)
    assert words.title(state) in said(state=state)
    assert words.sentence(facts).endswith(".")
    assert words.next_steps(facts)


@pytest.mark.parametrize("kind", COUNTED)
def test_every_kind_has_its_line_of_numbers(kind):
    page = report_html(summary(counts={kind: Counts(11, 22, 33, 44, 55, 66, 77)}))
    [row] = re.findall(r"<tr><td>(.*?)</tr>", page)
    assert row.startswith(words.KINDS[kind])
    assert re.findall(r">(\d+)<", row) == ["11", "22", "33", "44", "55", "66", "77"]


@pytest.mark.parametrize("rule", RULES)
def test_every_hold_is_explained_with_what_to_do(rule):
    says, advice = words.explain(Hold(rule, "0012", "students", 24, 480, "raw message"))
    assert says != "raw message" and "{" not in says
    assert "24" in says or "480" in says
    text = said(state="held", holds=(Hold(rule, "0012", "students", 24, 480),))
    assert says in text and advice in text and rule in text


def test_a_hold_of_a_rule_without_words_is_told_by_its_message():
    assert "too much of it" in said(state="held", holds=(Hold("H-OTHER", "", "x", 1, 2, "too much of it"),))


def test_a_hold_is_told_by_its_cause_where_one_is_known():
    hold = Hold("H-DEACTIVATIONS", "", "students", 312, 900, "School 0014 sent no students, but 312 are active",
                "school_sent_nothing", "approve_school")
    text = said(state="held", holds=(hold,))
    assert "School 0014 sent no students, but 312 are active. H-DEACTIVATIONS Approve the other schools only" in text


@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_has_its_advice(cause):
    of_sheet = cause != "pull_sent_nothing"
    assert words.explain(Hold("H-NEW", "", "students", 1, 2, "it is so", cause), of_sheet=of_sheet)[0] == "It is so."


def test_many_holds_are_cut_short():
    holds = tuple(Hold("H-DEACTIVATIONS", str(n), "students", 30, 60) for n in range(40))
    text = said(state="held", holds=holds)
    assert text.count("H-DEACTIVATIONS") == HOLDS_SHOWN
    assert f"and {40 - HOLDS_SHOWN} more" in text


def test_a_held_load_says_until_when_and_which_one():
    text = said(state="held", expires_at="2026-09-21T08:00:00+00:00",
                holds=(Hold("H-COMPLETE-LIST", "", "", 3, 3),))
    assert "approve or reject load 01LOAD before 9/21/2026" in text


def test_a_file_that_was_loaded_before_needs_nothing():
    again = problem("F-SAME-FILE", date="9/14/2026")
    text = said(state="turned_back", problems=(again,), problem_counts={"F-SAME-FILE": 1})
    assert "Nothing to do: this very file was loaded before." in text
    assert again.message in text


def test_problems_are_told_by_code_with_how_often_errors_first():
    examples = (problem("W-GUARDIAN-NO-EMAIL", "Guardians", 9, "Email"),
                problem("R-GRADE", "Students", 15, "Grade", v="XX"),
                problem("R-REF", "Class Rosters", 3, "Class ID", v="709", tab="Classes"))
    text = said(examples=examples, problem_counts={"W-GUARDIAN-NO-EMAIL": 133, "R-GRADE": 1, "R-REF": 7})
    places = [text.index(part) for part in (
        "7 Row not loaded R-REF Class Rosters A3 (Class ID): '709' is not in the Classes tab",
        "1 Row not loaded R-GRADE Students H15 (Grade): 'XX' is not a grade.",
        "133 Please look W-GUARDIAN-NO-EMAIL Guardians F9 (Email): is empty.")]
    assert places == sorted(places)


def test_many_codes_are_cut_short():
    examples = tuple(Problem(f"R-{n}", "Students", 2, "", "x") for n in range(30))
    assert f"and {30 - PROBLEMS_SHOWN} more kinds of problems" in said(examples=examples)


def test_rows_that_were_not_loaded_send_the_reader_to_the_workbook():
    assert "Open report.xlsx" in said(problem_counts={"R-GRADE": 1})
    assert "Open report.xlsx" not in said(problem_counts={})


def test_a_failed_load_gives_its_message():
    assert "It goes on." in said(state="failed", message="It goes on.")


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", "\"><img src=x onerror=y>", "&lt;b&gt;",
                                  "a\ud800b"])
def test_whatever_the_sheet_holds_is_only_text(evil):
    page = report_html(summary(
        file_name=evil, site_name=evil, load=evil, load_type=evil, message=evil, state="held",
        problems=(Problem("T-COLUMN-ADDED", "Students", message=evil),),
        examples=(Problem("R-GRADE", "Students", 2, "Grade", evil),),
        holds=(Hold("H-DEACTIVATIONS", evil, evil, 1, 2), Hold(evil, "", "", 1, 2, evil)),
        decision={"at": "2026-09-14T00:00:00", "what": evil, "reason": evil}))
    seen = Text(page)
    assert not {"script", "img"} & set(seen.tags)
    assert seen.tags.count("b") == 1
    assert evil.encode(errors="replace").decode() in seen.text
    page.encode()


def test_the_page_needs_nothing_else():
    seen = Text(report_html(summary(counts={"students": Counts(1, 1)})))
    assert not {"script", "link", "img", "iframe", "object"} & set(seen.tags)
    assert not {"src", "href", "onclick"} & {name for name, _ in seen.attributes}
    assert "url(" not in report_html(summary()) and "@import" not in report_html(summary())


def test_the_document_holds_codes_and_places_but_no_value_of_a_cell():
    problems = [problem("R-GRADE", "Students", 15, "Grade", v="CANARY"), problem("W-EXTRA-TAB", t="CANARY")]
    facts = summary(problems=(problems[1],), examples=(problems[0],),
                    problem_counts={"R-GRADE": 1, "W-EXTRA-TAB": 1}, tabs={"Students": TabCounts(3, 2, 1, 0)},
                    counts={"students": Counts(rows=3, new=2)},
                    holds=(Hold("H-NEW", "0012", "students", 2, 1, "CANARY"),),
                    decision={"what": "all", "at": "2026-09-14", "by": "a1", "reason": "CANARY"})
    document = report_json(facts, problems)
    assert "CANARY" not in json.dumps(document)
    assert document["problems"][0] == {"severity": "R", "code": "R-GRADE", "tab": "Students", "row": 15,
                                       "column": "Grade"}
    assert document["holds"] == [{"rule": "H-NEW", "school": "0012", "kind": "students", "count": 2,
                                  "of": 1, "cause": "", "action": ""}]
    assert document["counts"]["students"]["new"] == 2
    assert document["tabs"]["Students"] == {"rows": 3, "loaded": 2, "turned_back": 1, "warnings": 0}
    assert document["problem_counts"] == {"R-GRADE": 1, "W-EXTRA-TAB": 1}


def test_a_summary_is_made_of_the_load_and_of_what_the_reader_said():
    body = {"load": "01LOAD", "site": "demo", "file_name": "fall.xlsx", "state": "held", "stage": "gate",
            "counts": {"students": asdict(Counts(rows=4, new=4))}, "task_token": "secret",
            "holds": [asdict(Hold("H-NEW", "", "students", 4, 0, "x"))],
            "decision": {"by": "a1", "at": "2026-09-14", "reason": "r", "what": "all", "version": 2}}
    problems = [problem("W-NO-STAMP")]
    problems += [problem("R-GRADE", "Students", row, "Grade", v="x") for row in (5, 9)]
    made = of_load(body, site_name="Demo", tabs={"Students": {"rows": 4, "loaded": 2, "turned_back": 2}},
                   problems=problems)
    assert made.counts == {"students": Counts(rows=4, new=4)}
    assert made.tabs == {"Students": TabCounts(4, 2, 2, 0)}
    assert made.holds == (Hold("H-NEW", "", "students", 4, 0, "x"),)
    assert [p.code for p in made.problems] == ["W-NO-STAMP"]
    assert [(p.code, p.row) for p in made.examples] == [("R-GRADE", 5)]
    assert made.problem_counts == {"W-NO-STAMP": 1, "R-GRADE": 2}
    assert made.decision == {"by": "a1", "at": "2026-09-14", "reason": "r", "what": "all"}


def test_the_page_of_an_ordinary_load_is_short():
    counts = {kind: Counts(rows=1_000, new=9, changed=20, unchanged=971) for kind in COUNTED}
    text = said(counts=counts, problem_counts={"R-GRADE": 2},
                examples=(problem("R-GRADE", "Students", 2, "Grade", v="x"),))
    assert len(text.split()) < 250
