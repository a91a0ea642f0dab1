"""Asks PyPI whether a pinned version has a known vulnerability: `make audit`, by pip-audit.

    python -m infra.audit .venv-lint/bin/pip-audit

Exit code 1 if one has. Where the index tells nothing of vulnerabilities (a mirror, no network) it says
SKIPPED, and of what: nothing was found out then, and nothing is claimed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
WAIT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Verdict:
    """`known` maps `name version` to the ids of what is known of it; `asked` and `skipped` count versions."""

    known: dict[str, list[str]]
    asked: int
    skipped: int

    @property
    def exit_code(self) -> int:
        return 1 if self.known else 0

    def sentences(self) -> list[str]:
        lines = [f"{version}: {', '.join(ids)}" for version, ids in sorted(self.known.items())]
        if self.skipped:
            lines.append(f"SKIPPED {self.skipped} of {self.asked} versions: this index tells nothing of "
                         "vulnerabilities. Run make audit where pypi.org is reached.")
        elif not lines:
            lines.append(f"None of {self.asked} versions has a known vulnerability.")
        return lines


def locks(root: Path = ROOT) -> list[Path]:
    """Every file of pinned versions."""
    return [*sorted(root.glob("functions/*/requirements.txt")), *sorted(root.glob("requirements*.lock"))]


def judge(reports: list[dict[str, Any]]) -> Verdict:
    """What the reports of pip-audit (its JSON) say together."""
    known: dict[str, set[str]] = {}
    skipped: set[str] = set()
    asked: set[str] = set()
    for one in (one for report in reports for one in report["dependencies"]):
        asked.add(one["name"])
        if "skip_reason" in one:
            skipped.add(one["name"])
        for found in one.get("vulns", ()):
            known.setdefault(f"{one['name']} {one['version']}", set()).add(found["id"])
    return Verdict({version: sorted(ids) for version, ids in known.items()}, len(asked), len(skipped))


def report(tool: str, lock: Path) -> dict[str, Any]:
    """What pip-audit says of one file, as its JSON."""
    command = [tool, "--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json",
               "--requirement", str(lock)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_SECONDS, check=False)  # noqa: S603
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise SystemExit(f"pip-audit could not read {lock.name}: {done.stderr.strip()[-500:]}") from None


if __name__ == "__main__":
    verdict = judge([report(sys.argv[1], lock) for lock in locks()])
    print("\n".join(verdict.sentences()))
    raise SystemExit(verdict.exit_code)
