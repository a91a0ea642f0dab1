"""What a whole pull came without, of what its source had: a person is asked once, then the loads tell it.

A load notes how many of each kind its pull sent (`about["sent"]`), and the snapshot keeps that of what was
loaded. So what is 0 now and was not there is held by the gate, whether anything changes or not (threats,
section 8), and what is 0 in both was let pass. In neither case anybody is gone. A load of events notes the
kinds of which the source has some, and no other: it does not say that there are none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from rostering.causes import EMPTIED_WORDS
from rostering.connected.notes import Notes
from rostering.load.manifest import COUNTED_AS
from rostering.model import Problem
from rostering.snapshot import Snapshot

_COUNTED_AS = COUNTED_AS | {"enrollment": "rosters"}


def count_sent(asked: Mapping[str, int], *, told: Mapping[str, int],
               counts: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """How many of each kind that was `asked` for came, as far as is known: the most of three numbers.

    Those of `asked` are known by other ways than records, `told` are the records by kind (also of what was
    deleted), `counts` the rows (also such as do not load). Of guardians who were deleted only links are told.
    """
    records = Counter(told) + Counter(guardian=told.get("guardian_link", 0))
    return {kind: max(number, records[kind], counts.get(_COUNTED_AS.get(kind, ""), {}).get("rows", 0))
            for kind, number in asked.items()}


def came_without(sent: Mapping[str, int], known: Snapshot) -> dict[str, int]:
    """The kinds of which a pull brought none, and how many there were in what was loaded of its source last."""
    return {kind: had for kind, number in sent.items() if not number and (had := known.had(kind))}


def still_empty(sent: Mapping[str, int], known: Snapshot, notes: Notes, object_of: Mapping[str, str]) -> list[Problem]:
    """What the load before did not have either, which a person let pass, though some of it are active.

    It is noted in `notes`, which is empty, as W-EMPTY of what the source calls the kind (`object_of`).
    """
    for kind, number in sent.items():
        if not number and known.sent.get(kind) == 0 and (active := sum(known.active().get(kind, {}).values())):
            notes.note("W-EMPTY", object_of[kind], ref="", what=EMPTIED_WORDS[kind], n=f"{active:,}")
    return notes.listed
