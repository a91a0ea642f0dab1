"""Writes `infra/licences.md`, every package with its version and licence: `make licences`, by pip-licenses.

    python -m infra.licences .venv-lint/bin/pip-licenses

First what is in the bundles that run on AWS, then what only the command line, the local cloud and the
tests need. What a package itself says is told, unchanged.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from packaging.markers import Marker

from infra.audit import ROOT, WAIT_SECONDS

OUT = ROOT / "infra" / "licences.md"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(?: ; ([^\\\n]+))?", re.MULTILINE)


def pins(lock: Path) -> dict[str, str]:
    """The version of each package of a file of pinned versions, by its normalized name.

    Where versions differ by Python or machine, that of this one counts.
    """
    found = _PIN.findall(lock.read_text())
    ours = [(name, version) for name, version, marker in found if not marker or Marker(marker.strip()).evaluate()]
    return {normal(name): version for name, version in [*((name, version) for name, version, _ in found), *ours]}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def bundled(root: Path = ROOT) -> set[str]:
    """The packages that are in a bundle."""
    return {name for lock in root.glob("functions/*/requirements.txt") for name in pins(lock)}


def page(found: list[dict[str, str]], pinned: set[str], inside: set[str]) -> str:
    """The file's text; `found` is what pip-licenses says of each installed package. Told are the pinned ones."""
    found = [one for one in found if normal(one["Name"]) in pinned]
    lines = ["# Licences", "", "Written by `make licences`; what each package says of itself."]
    parts = (("In the bundles", True), ("Command line, local cloud and tests", False))
    for title, wanted in parts:
        lines += ["", f"## {title}", "", "| package | version | licence |", "|---|---|---|"]
        lines += [f"| {normal(one['Name'])} | {one['Version']} | {one['License']} |"
                  for one in sorted(found, key=lambda one: normal(one["Name"]))
                  if (normal(one["Name"]) in inside) == wanted]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    command = [sys.argv[1], "--python", sys.executable, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_SECONDS, check=True)  # noqa: S603
    OUT.write_text(page(json.loads(done.stdout), set(pins(ROOT / "requirements.lock")), bundled()))
