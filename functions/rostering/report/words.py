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

_SENTENCES = {
    "received": "The sheet has arrived and is being read. Nothing has changed yet.",
    "read": "The sheet was checked. Nothing has changed yet.",
    "planned": "The sheet was checked. Nothing has changed yet; it would bring {changes}.",
    "held": "The sheet was checked. Nothing has changed yet, because a person has to approve it first. "
            "It would bring {changes}.",
    "approved": "The sheet was approved and is waiting to be loaded: {changes}.",
    "applying": "The sheet is being loaded: {changes}.",
    "rejected": "The sheet was not approved. Nothing was loaded and nothing has changed.",
    "expired": "Nobody decided about the sheet in time. Nothing was loaded and nothing has changed.",
    "replaced": "A newer sheet took the place of this one. Nothing of this one was loaded.",
    "turned_back": "The sheet was turned back. Nothing was loaded and nothing has changed.",
    "failed": "Something went wrong on our side before the sheet was completely loaded. "
              "Your sheet is fine.",
    "previewed": "This was a dry run: nothing has changed. It would be {changes}.",
    "undone": "The sheet was loaded and later taken back: everything is as it was before.",
}

# What a hold means, and what to do about it, where nothing is known of its cause: handbook, section 8.
_HOLDS = {
    "H-COMPLETE-LIST": (
        "The sheet is a complete list, so everything that is missing from it would be switched off: "
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


def title(state: str) -> str:
    """A state in two or three words."""
    return _TITLES.get(state, state.replace("_", " ").capitalize())


def sentence(summary: Summary) -> str:
    """What happened, in one sentence or two."""
    if summary.undoes and summary.state == "done":
        return f"Load {summary.undoes} was taken back: {changes(summary)}. Values that somebody changed since stay."
    if summary.state in ("done", "applied"):
        if not any(_touched(counts) for counts in summary.counts.values()):
            return "The sheet was read, and everything in it was already known. Nothing had to change."
        return f"The sheet was loaded: {changes(summary)}."
    text = _SENTENCES.get(summary.state, f"The load is {title(summary.state).lower()}.")
    return text.format(changes=changes(summary))


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
                     "A newer sheet replaces it.")
    elif summary.state == "failed":
        steps.append("Nothing is lost. Hand the same file in again and it goes on where it stopped; if "
                     "that fails too, give the helpdesk the load number.")
    elif summary.state in ("rejected", "expired"):
        steps.append("Send the sheet again when it is right.")
    if rows_out and summary.state != "turned_back":
        steps.append("Open report.xlsx: the rows that were not loaded have red cells, and the note of a "
                     "cell says what is wrong. Correct them there and send that file.")
    elif looks and summary.state not in ("turned_back", "rejected", "expired", "replaced"):
        steps.append("Look at the orange cells in report.xlsx when you have time. Their rows count as "
                     "they are.")
    return steps or ["Nothing to do."]


def explain(hold: Hold) -> tuple[str, str]:
    """What a hold says, and what to do about it: by its cause if one is known, else by its rule."""
    if hold.cause in _CAUSES and hold.message:
        return f"{hold.message[0].upper()}{hold.message[1:]}.", _CAUSES[hold.cause]
    says, advice = _HOLDS.get(hold.rule, (hold.message or hold.rule, "Ask the helpdesk."))
    where = f"in school {hold.school}" if hold.school else "in all schools together"
    return (says.format(count=f"{hold.count:,}", of=f"{hold.of:,}", kind=hold.kind or "records", where=where)
            if hold.rule in _HOLDS else says), advice


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
