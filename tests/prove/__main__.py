"""Runs the parts and writes RESULTS.md."""

from __future__ import annotations

import argparse
import os
import sys
import time
from importlib import import_module
from typing import Any

from tests.prove.results import FILE, Section, record

PARTS = ("hostile", "mutants", "fuzz", "faults", "flood", "simulation", "scale")
MODULES = {"hostile": "hostile.run"}


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.prove")
    options.add_argument("--only", nargs="*", choices=PARTS, default=PARTS, metavar="PART", help=", ".join(PARTS))
    options.add_argument(
        "--long", action="store_true", help="the part that takes hours: more seeds, half an hour a fuzz target"
    )
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--seeds", type=int, help="how many seeds the simulation runs")
    options.add_argument("--seconds", type=int, help="how long each fuzz target runs")
    options.add_argument("--flood-seconds", type=int, help="how long forged requests are poured over the webhook")
    options.add_argument("--mutants", type=int, help="how many mutants of each family, and a fortieth of them loaded")
    options.add_argument("--students", type=int, nargs="+", help="sizes of districts of the part scale")
    options.add_argument("--look", action="store_true", help="print what was found and leave RESULTS.md as it is")
    asked = options.parse_args()
    os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "CRITICAL")
    fell_short = []
    for part in PARTS:
        if part in asked.only:
            section = run(part, asked)
            print(section.write(), flush=True)
            if not asked.look:
                record(section, PARTS)
            fell_short += [] if section.held else [part]
    if not asked.look:
        print(f"Written: {FILE}")
    sys.exit(f"Falls short: {', '.join(fell_short)}" if fell_short else 0)


def run(part: str, asked: Any) -> Section:
    module = import_module(f"tests.prove.{MODULES.get(part, part)}")
    given: dict[str, Any] = {"seed": asked.seed, "long": asked.long}
    if part == "fuzz":
        given["seconds"] = asked.seconds
    elif part == "flood":
        given["flood_seconds"] = asked.flood_seconds
    elif part == "simulation":
        given["seeds"] = asked.seeds
    elif part == "mutants":
        given["mutants"] = asked.mutants
    elif part == "scale":
        given["students"] = asked.students
    words = [
        f"--only {part}",
        f"--seed {asked.seed}",
        "--long" if asked.long else "",
        *(
            f"--{name.replace('_', '-')} {_said(value)}"
            for name, value in given.items()
            if name not in ("seed", "long") and value
        ),
    ]
    print(f"{part}: seed {asked.seed}", flush=True)
    began = time.monotonic()
    section = module.run(command=f"python -m tests.prove {' '.join(word for word in words if word)}", **given)
    section.seconds = time.monotonic() - began
    return section


def _said(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


if __name__ == "__main__":
    main()
