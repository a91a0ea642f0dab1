"""The records of one delivery on their way out: corrected, counted, and where their absence means something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rostering.connected.notes import Notes
from rostering.corrections import Correction, Met, overlay
from rostering.model import Record

_OF_PEOPLE = frozenset({"staff", "student", "guardian_link", "enrollment"})


class Delivery:
    """What is told of one reading. `told` counts the records by kind, `met` what was met of `corrections`."""

    def __init__(self, corrections: Sequence[Correction], notes: Notes) -> None:
        self._corrections = [each for each in corrections if not each.ended]
        self._notes = notes
        self.told: Counter[str] = Counter()
        self.met = Met()

    def counted(self, records: Iterable[Record]) -> Iterator[Record]:
        told = self.told
        for record in records:
            told[record.kind] += 1
            yield record

    def corrected(self, records: Iterator[Record]) -> Iterator[Record]:
        return overlay(records, self._corrections, self.met) if self._corrections else records

    def given(self, kind: str) -> dict[str, set[str]]:
        """By key, the fields that a person's corrections give a value to: they can't be missing."""
        given: dict[str, set[str]] = {}
        for each in self._corrections:
            if each.kind == kind and each.stored:
                given.setdefault(each.key, set()).add(each.field)
        return given

    def note_corrected(self, object_of: Mapping[str, str]) -> None:
        """Note every record that was read as corrected; `object_of` names the source's object of a kind."""
        for kind, key, field in sorted(self.met.said):
            self._notes.note("I-CORRECTED", object_of.get(kind, ""), field, ref=key.rpartition("|")[2])

    def telling(self, hangs_on: Mapping[str, tuple[str, ...]], complete: frozenset[str],
                absent: frozenset[str]) -> set[str]:
        """The kinds whose absence means something: all sets they hang on are complete, and they say anything at all.

        `hangs_on` gives for a kind the set it comes from, then those that count where we may have them.
        """
        kinds = {kind for kind, (main, *others) in hangs_on.items()
                 if self.told[kind] and main in complete and kind not in self._notes.unreadable
                 and all(other in complete or other in absent for other in others)}
        return kinds if self.told["student"] else kinds - _OF_PEOPLE

    def present(self) -> dict[str, list[Any]]:
        """By kind, the keys that were there but do not load."""
        return {kind: sorted(held) for kind, held in sorted(self._notes.present.items())}
