"""A digest as others get it: an event with counts alone, and a letter of plain text."""

from __future__ import annotations

from typing import Any

from rostering.digest.lines import PARTS

SOURCE, DETAIL_TYPE = "rollbook", "Digest"
_TITLES = {"changed": "What changed", "held": "What is held", "wrong": "What looks wrong"}


def event(body: dict[str, Any]) -> dict[str, Any]:
    """The detail of the event: which digest, and how many of what."""
    return {"site": body["site"], "day": body["day"], "at": body["at"],
            "counts": {name: int(count) for name, count in body["counts"].items()}}


def subject(body: dict[str, Any]) -> str:
    held, wrong = body["counts"]["held"], body["counts"]["wrong"]
    about = f"{held:,} held, {wrong:,} wrong" if held or wrong else "all is well"
    return f"Rollbook, {body['name']}, {body['day']}: {about}"


def text(body: dict[str, Any]) -> str:
    """The letter. It names loads and schools, and no person."""
    written = [f"{body['name']}: what happened since {body['since'][:16].replace('T', ' ')} UTC", ""]
    for part in PARTS:
        found = [line for line in body["lines"] if line["part"] == part]
        written.append(f"{_TITLES[part]} ({len(found):,})")
        for line in found or ({"text": "Nothing.", "command": ""},):
            written.append(f"  - {line['text']}")
            if line["command"]:
                written.append(f"    {line['command']}")
        written.append("")
    again = f"rollbook digest --day {body['day']} --site {body['site']}"
    return "\n".join([*written, f"The same in a terminal: {again}", ""])
