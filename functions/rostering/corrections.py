"""Corrections: single values of what a source says, overruled by a person until the source agrees.

A value kept by hand (`by_hand`) belongs to an account; a correction belongs to a statement of the
source, before anything is made of it. It can save a row that would be turned back. It is an
overlay: the sender's own value stays what it is, and is shown with what it was read as.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from rostering.model import Record


@dataclass(frozen=True, slots=True)
class Correction:
    """`value` is what a cell of the sheet would say, `stored` what a record holds (None: empty).

    `key` is that of the record, `said` what the source said when it last disagreed. `ended` is
    empty while it counts, then `{"at", "load"}` (the source agreed) or `{"at", "by", "reason"}`.
    """

    source: str
    kind: str
    key: str
    field: str
    value: str
    stored: Any
    by: str
    at: str
    reason: str
    said: str = ""
    ended: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return hashlib.sha256("\x00".join((self.source, *self.place)).encode()).hexdigest()[:20]

    @property
    def place(self) -> tuple[str, str, str]:
        return self.kind, self.key, self.field

    def as_body(self) -> dict[str, Any]:
        return asdict(self)


def from_body(body: dict[str, Any]) -> Correction:
    return Correction(**body)


@dataclass(slots=True)
class Met:
    """What a reading met of the corrections it was given: the places where the source agrees, and what it said else."""

    agreed: dict[tuple[str, str, str], Correction] = field(default_factory=dict)
    said: dict[tuple[str, str, str], tuple[Correction, str]] = field(default_factory=dict)

    def note(self, correction: Correction, text: str, *, agrees: bool) -> None:
        """One place was read. A source that says both in one delivery does not agree."""
        if not agrees:
            self.agreed.pop(correction.place, None)
            self.said[correction.place] = correction, text
        elif correction.place not in self.said:
            self.agreed[correction.place] = correction

    def as_body(self) -> dict[str, Any]:
        """For the feed's manifest: [kind, key, field, time of the correction] and, of `said`, the text."""
        return {"agreed": [[*place, correction.at] for place, correction in sorted(self.agreed.items())],
                "said": [[*place, correction.at, text] for place, (correction, text) in sorted(self.said.items())]}


def overlay(records: Iterable[Record], corrections: Iterable[Correction], met: Met) -> Iterator[Record]:
    """`records` of any source with the corrected values in place; `met` is told what was there.

    A field that a record does not have is given to it: the source says nothing of it, a person does.
    """
    by_record: dict[tuple[str, str], list[Correction]] = {}
    for correction in corrections:
        if not correction.ended:
            by_record.setdefault((correction.kind, correction.key), []).append(correction)
    for record in records:
        found = by_record.get((record.kind, record.key)) if by_record and isinstance(record.key, str) else None
        if not found:
            yield record
            continue
        fields = dict(record.fields)
        for correction in found:
            said = fields.get(correction.field)
            agrees = correction.field in fields and said == correction.stored
            met.note(correction, "" if said is None else _text(said), agrees=agrees)
            fields[correction.field] = correction.stored
        yield record._replace(fields=fields)


def _text(value: Any) -> str:
    return ";".join(map(str, value)) if isinstance(value, list) else str(value)
