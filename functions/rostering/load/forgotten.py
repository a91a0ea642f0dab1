"""Entities of a feed or a snapshot without the people who were erased: as if the source had never named them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rostering.erasure import Erased
from rostering.load.places import other_end
from rostering.model import Entity

CODE = "W-ERASED"


def without_erased(entities: Iterable[Entity], erased: Erased, met: list[list]) -> Iterator[Entity]:
    """`entities` without erased people and without their places; `met` gets [kind, key, place] of each."""
    if not erased:
        yield from entities
        return
    for entity in entities:
        if erased.is_of(entity.kind, entity.key, entity.fields):
            met.append([entity.kind, entity.key, entity.places.get("", 0)])
            continue
        members = {name: {key: pair for key, pair in pairs.items()
                          if not erased.names(*other_end(entity.kind, name, key).split("/", 1))}
                   for name, pairs in entity.members.items()}
        yield replace(entity, members=members) if members != entity.members else entity
