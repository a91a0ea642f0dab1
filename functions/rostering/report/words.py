"""States, kinds and holds in the words of a school secretary."""

from __future__ import annotations

from rostering.model import COUNTED, Counts, Hold
from rostering.report.summary import Summary

KINDS = {"schools": "Schools", "terms": "Terms", "staff": "Staff", "students": "Students",
         "guardians": "Guardians", "courses": "Courses", "sections": "Classes",
         "rosters": "Class rosters", "groups": "Groups"}

SEVERITIES = {"F": "File turned back", "T": "Sheet turned back", "R": "Row not loaded",
              "W": "Please look", "I": "Note"}

_TITLES = {
    "received": "Being read", "read": "Checked", "planned": "Checked", "held": "Waiting for approval",
    "approved": "Approved", "applying": "Being loaded", "applied": "Loaded", "done": "Loaded",
    "rejected": "Not approved", "expired": "Expired", "replaced": "Replaced",
    "turned_back": "Turned back", "failed": "Stopped", "undone": "Taken back",
    "previewed": "Dry run",
}

# {It} is what came: "The sheet", or "The pull" of a connection.
_SENTENCES = {
    "received": "{It} has arrived and is being read. Nothing has changed yet.",
    "read": "{It} was checked. Nothing has changed yet.",
    "planned": "{It} was checked. Nothing has changed yet; it would bring {changes}.",
    "held": "{It} was checked. Nothing has changed yet, because a person has to approve it first. "
            "It would bring {changes}.",
    "approved": "{It} was approved and is waiting to be loaded: {changes}.",
    "applying": "{It} is being loaded: {changes}.",
    "rejected": "{It} was not approved. Nothing was loaded and nothing has changed.",
    "expired": "Nobody decided about the {it} in time. Nothing was loaded and nothing has changed.",
    "replaced": "A newer {it} took the place of this one. Nothing of this one was loaded.",
    "turned_back": "{It} was turned back. Nothing was loaded and nothing has changed.",
    "failed": "Something went wrong on our side before the {it} was completely loaded. What was sent is fine.",
    "previewed": "This was a dry run: nothing has changed. It would be {changes}.",
    "undone": "{It} was loaded and later taken back: everything is as it was before.",
}

# What a hold means, and what to do about it, where nothing is known of its cause: handbook, section 8.
_HOLDS = {
    "H-COMPLETE-LIST": (
        "This is a complete list, so what is missing from it, or it says has left, would be switched off: "
        "{count} records.",
        "Approve if they have really left. If the list is not complete, reject it and send it as "
        "Add and update."),
    "H-DEACTIVATIONS": (
        "{count} of {of} {kind} {where} would be switched off.",
        "Check that the file was not cut short and that nobody is left out by mistake. Approve only "
        "if so many have really left."),
    "H-EMPTY-TYPE": (
        "The sheet has no {kind} at all, but {of} are active.",
        "The tab was probably forgotten. They stay as they are, even if the rest is approved."),
    "H-CHANGES": (
        "{count} of {of} {kind} {where} would change.",
        "Compare a few rows with your school system. A column may have slipped, or part of the sheet "
        "was sorted without the rest."),
    "H-NEW": (
        "{count} {kind} {where} would be new; {of} are active now.",
        "Usual at the start of a school year. At any other time the IDs may have changed, or the "
        "sheet may belong to another district."),
    "H-ID-SWAP": (
        "{count} of {of} new {kind} look like people who are here already under another ID.",
        "Do not approve yet: the IDs seem to have changed (zeros in front lost, or a new school "
        "system). Send the sheet with the old IDs, or ask the helpdesk to move everybody to the new "
        "ones."),
    "H-SHIFTED-COLUMN": (
        "Last names or emails would change for {count} of {of} {kind} {where}.",
        "A column may have shifted. Compare a few rows with your school system; if they are wrong, "
        "reject it, correct the sheet and send it again."),
    "H-ROW-ERRORS": (
        "{count} of {of} rows have an error and would not be loaded.",
        "Correct the red cells in report.xlsx and send it, or approve to load the other rows."),
    "H-FIRST": (
        "This is the first load of the connection, and nobody ordered it.",
        "Read what it would bring; approve it if that is the district's data. Later loads go by themselves."),
    "H-REST": (
        "{count} parts of an earlier load were not approved and still wait.",
        "Approve what is right of it; the rest of it goes when you reject it or send a newer sheet."),
}

# What to do about a cause (`causes`); what it says is the message of the hold.
_CAUSES = {
    "ids_lost_zeros": "Reject it. Format the ID column as text in your program, so that the zeros stay, and "
                      "send the sheet again.",
    "ids_changed": "If you have a new school system, let everybody be re-keyed: the accounts stay and get the new "
                   "IDs, and nobody is switched off. Else reject it and send the sheet with the old IDs.",
    "school_sent_nothing": "Approve the other schools only, and send the sheet again with the rows of this one. "
                           "Approve all of it only if they have really left.",
    "type_sent_nothing": "The tab was probably forgotten: send the sheet again with it. They stay as they are, even "
                         "if the rest is approved.",
    "year_end": "Approve it if the school year has ended and they have left.",
    "half_a_file": "Reject it and send the whole list again. Approve only if so many have really left.",
    "names_swapped": "Reject it. Put first and last names into their own columns and send the sheet again.",
    "rows_mixed": "Reject it. Sort the sheet with all columns selected, or export it again, and send it.",
    "email_domain": "Approve it if the district has new email addresses.",
    "column_shifted": "Compare a few rows with your school system. If they are wrong, reject it, correct the sheet "
                      "and send it again.",
    "year_start": "Approve it if a new school year has begun.",
}

# Where the school system sends by itself, nobody corrects a sheet: what to do is another thing.
_HOLDS_OF_A_CONNECTION = {
    "H-COMPLETE-LIST": (
        "This bundle has complete lists, so what is missing from it, or it says has left, would be switched off: "
        "{count} records.",
        "Approve if they have really left. If its files are not complete, reject it and have the bundle exported "
        "again: with everything, or with changes only (delta in its manifest)."),
    "H-DEACTIVATIONS": (
        "{count} of {of} {kind} {where} would be switched off.",
        "Look in the school system whether so many have really left; then approve. If not, reject, repair the "
        "school system or its connection, and pull again."),
    "H-EMPTY-TYPE": (
        "The school system sent no {kind} at all, but {of} are active.",
        "They stay as they are, even if the rest is approved. Ask whoever runs the school system why."),
    "H-CHANGES": (
        "{count} of {of} {kind} {where} would change.",
        "Compare a few with the school system. Approve if they are right there."),
    "H-ID-SWAP": (
        "{count} of {of} new {kind} look like people who are here already under another ID.",
        "The school system seems to have given new IDs. Let everybody be re-keyed: accounts stay, nobody is "
        "switched off."),
    "H-SHIFTED-COLUMN": (
        "Last names or emails would change for {count} of {of} {kind} {where}.",
        "Compare a few with the school system; if they are wrong there, reject, and pull again when they are right."),
    "H-ROW-ERRORS": (
        "{count} of {of} records have an error and would not be loaded.",
        "Have them corrected in the school system, or approve to load the others."),
}
_CAUSES_OF_A_CONNECTION = {
    "ids_lost_zeros": "Reject it, and have the IDs corrected in the school system.",
    "ids_changed": "If the school system was installed anew, let everybody be re-keyed: the accounts stay and get the "
                   "new IDs, and nobody is switched off. Else reject it.",
    "school_sent_nothing": "Approve the other schools only, and pull again when this one is there. Approve all of it "
                           "only if they have really left.",
    "type_sent_nothing": "They stay as they are, even if the rest is approved. Ask whoever runs the school system why.",
    "pull_sent_nothing": "Nothing counts as gone for that: what is here stays as it is, whether you approve or reject. "
                         "Ask whoever runs the school system why there are none. If that is right (between two school "
                         "years, say), approve: the rest is loaded, and pulls are not held for this again until some "
                         "came meanwhile. If it is wrong, reject, have it set right there, and pull again.",
    "half_a_file": "Reject it and pull again. Approve only if so many have really left.",
    "names_swapped": "Reject it, and have first and last names corrected in the school system.",
    "rows_mixed": "Reject it, and have the records corrected in the school system.",
    "column_shifted": "Compare a few with the school system. If they are wrong there, reject it.",
}


def title(state: str) -> str:
    """A state in two or three words."""
    return _TITLES.get(state, state.replace("_", " ").capitalize())


def sentence(summary: Summary) -> str:
    """What happened, in one sentence or two."""
    if summary.undoes and summary.state == "done":
        return f"Load {summary.undoes} was taken back: {changes(summary)}. Values that somebody changed since stay."
    if summary.state in ("done", "applied"):
        if not any(_touched(counts) for counts in summary.counts.values()):
            return f"The {noun(summary)} was read, and everything in it was already known. Nothing had to change."
        return f"The {noun(summary)} was loaded: {changes(summary)}."
    text = _SENTENCES.get(summary.state, f"The load is {title(summary.state).lower()}.")
    return text.format(changes=changes(summary), it=noun(summary), It=f"The {noun(summary)}")


def noun(summary: Summary) -> str:
    """What came, as people call it: a sheet that somebody handed in, or the pull of a connection."""
    return {"sheet": "sheet", "": "sheet", FILES: "bundle"}.get(summary.source, "pull")


FILES = "gg4l:files"        # OneRoster bundles that somebody handed in


def of_a_sheet(summary: Summary) -> bool:
    return summary.source in ("", "sheet")


def changes(summary: Summary) -> str:
    """The plan in a line: `12 new, 5 changed, 340 unchanged, 0 switched off`."""
    def total(name: str) -> int:
        return sum(getattr(counts, name) for counts in summary.counts.values())

    return (f"{total('new'):,} new, {total('changed'):,} changed, {total('unchanged'):,} unchanged, "
            f"{total('deactivated'):,} switched off")


def next_steps(summary: Summary) -> list[str]:
    """What the reader of the report should do now, most urgent first; never empty."""
    rows_out = sum(count for code, count in summary.problem_counts.items() if code[0] == "R")
    looks = sum(count for code, count in summary.problem_counts.items() if code[0] == "W")
    steps = []
    if summary.state == "turned_back":
        if summary.problem_counts.get("F-SAME-FILE"):
            return ["Nothing to do: this very file was loaded before."]
        steps.append("Correct what is listed below and send the sheet again. A new file is a new load.")
        if "T-TOO-MANY-ERRORS" in summary.problem_counts:
            steps.append("Look whether a column has slipped before you correct rows one by one.")
    elif summary.state == "held":
        until = f" before {day(summary.expires_at)}" if summary.expires_at else ""
        steps.append(f"Read the reasons below, then approve or reject load {summary.load}{until}. "
                     f"A newer {noun(summary)} replaces it.")
    elif not of_a_sheet(summary):
        return _steps_of_a_connection(summary, rows_out)
    elif summary.state == "failed":
        steps.append("Nothing is lost. Hand the same file in again and it goes on where it stopped; if "
                     "that fails too, give the helpdesk the load number.")
    elif summary.state in ("rejected", "expired"):
        steps.append("Send the sheet again when it is right.")
    if not of_a_sheet(summary):
        return steps
    if rows_out and summary.state != "turned_back":
        steps.append("Open report.xlsx: the rows that were not loaded have red cells, and the note of a "
                     "cell says what is wrong. Correct them there and send that file.")
    elif looks and summary.state not in ("turned_back", "rejected", "expired", "replaced"):
        steps.append("Look at the orange cells in report.xlsx when you have time. Their rows count as "
                     "they are.")
    return steps or ["Nothing to do."]


def _steps_of_a_connection(summary: Summary, left_out: int) -> list[str]:
    if summary.state == "failed":
        return ["Nothing is lost. Pull again and it goes on; if that fails too, give the helpdesk the load number."]
    if left_out and summary.state not in ("rejected", "expired", "replaced"):
        return ["Have the records below corrected in the school system. The next pull brings them."]
    return ["Nothing to do."]


def explain(hold: Hold, *, of_sheet: bool = True) -> tuple[str, str]:
    """What a hold says, and what to do about it: by its cause if one is known, else by its rule."""
    causes = _CAUSES if of_sheet else _CAUSES | _CAUSES_OF_A_CONNECTION
    holds = _HOLDS if of_sheet else _HOLDS | _HOLDS_OF_A_CONNECTION
    if hold.cause in causes and hold.message:
        return f"{hold.message[0].upper()}{hold.message[1:]}.", causes[hold.cause]
    says, advice = holds.get(hold.rule, (hold.message or hold.rule, "Ask the helpdesk."))
    where = f"in school {hold.school}" if hold.school else "in all schools together"
    return (says.format(count=f"{hold.count:,}", of=f"{hold.of:,}", kind=hold.kind or "records", where=where)
            if hold.rule in holds else says), advice


def day(time: str) -> str:
    """The date of an ISO time as month/day/year; "" of ""."""
    if len(time) < 10:
        return time
    year, month, date = time[:10].split("-")
    return f"{int(month)}/{int(date)}/{year}"


def counted(summary: Summary) -> list[tuple[str, Counts]]:
    """The counts of kinds that the load met, with their names, in the order of applying."""
    return [(KINDS[kind], summary.counts[kind]) for kind in COUNTED if kind in summary.counts]


def _touched(counts: Counts) -> int:
    return counts.new + counts.changed + counts.deactivated
