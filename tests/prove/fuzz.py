"""atheris on seven targets; findings become files in `tests/data/findings/`, which a test reads for ever."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.prove.results import Section

FINDINGS = Path(__file__).parents[1] / "data" / "findings"
TARGETS = ("container", "sheet", "sif", "oneroster-csv", "oneroster-json", "webhook", "token")
SECONDS, LONG_SECONDS = 20, 1_800
_LIMITS = ("-timeout=10", "-rss_limit_mb=2000", "-print_final_stats=1", "-max_len=40000")


def fuzz(name: str, seconds: int, seed: int) -> tuple[int, str]:
    """How often a target ran, and what was found: "" if nothing."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder, "found")
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        found.mkdir()
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.prove.target",
                name,
                str(corpus),
                f"-max_total_time={seconds}",
                f"-seed={seed}",
                f"-artifact_prefix={found}/",
                *_LIMITS,
            ],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds + 600,
            check=False,
            env=os.environ | {"POWERTOOLS_LOG_LEVEL": "CRITICAL"},
        )
        runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
        count = int(runs[1]) if runs else 0
        if done.returncode == 0 and count:
            return count, ""
        FINDINGS.mkdir(parents=True, exist_ok=True)
        kept = [shutil.copy(file, FINDINGS / f"{name}-{file.name}") for file in sorted(found.iterdir())]
        told = [line for line in (done.stdout + done.stderr).splitlines() if "Error" in line or "Exception" in line]
        return count, f"{'; '.join(told[-2:]) or done.stderr[-300:]} ({', '.join(Path(file).name for file in kept)})"


def replay(name: str, file: Path) -> str:
    """What a target says of one file, without atheris: "" if nothing."""
    code = (
        "import sys, types; fake = types.ModuleType('atheris'); import contextlib; "
        "fake.instrument_imports = lambda **_: contextlib.nullcontext(); sys.modules['atheris'] = fake; "
        "from tests.prove import target; read = target.TARGETS[sys.argv[1]]()\n"
        "with contextlib.suppress(*target.EXPECTED): read(open(sys.argv[2], 'rb').read())"
    )
    done = subprocess.run([sys.executable, "-c", code, name, str(file)], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr[-500:]


def run(*, command: str, seed: int = 1, long: bool = False, seconds: int | None = None) -> Section:
    section = Section("fuzz", "Fuzzing", command)
    asked = "7 targets, 60 s in CI, 30 min and 1 M runs a release, 0 escapes"
    if importlib.util.find_spec("atheris") is None:
        section.promise(
            "fuzz", asked, "atheris is not installed here (requirements-fuzz.lock, CPython 3.11)", False, "not run"
        )
        return section
    seconds = seconds or (LONG_SECONDS if long else SECONDS)
    found = {}
    for name in TARGETS:
        found[name] = fuzz(name, seconds, seed)
        print(f"{name}: {found[name][0]:,} runs {found[name][1]}", flush=True)
    escapes = [name for name, (_, what) in found.items() if what]
    runs = sum(count for count, _ in found.values())
    section.promise(
        "fuzz",
        asked,
        f"{runs:,} runs of {len(TARGETS)} targets, {seconds} s each, {len(escapes)} escapes",
        not escapes,
        "" if seconds >= LONG_SECONDS or escapes else f"{seconds} s each; half an hour each with --long",
    )
    section.table(
        ("target", "runs", "runs a second", "found"),
        ((name, f"{count:,}", f"{count / seconds:,.0f}", what or "nothing") for name, (count, what) in found.items()),
    )
    return section
