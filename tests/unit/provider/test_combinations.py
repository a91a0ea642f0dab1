"""Whatever the switches, every path is answered, and the simulator stays on its own side."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from cli.oneroster.district import COLLECTIONS
from cli.oneroster.faults import Faults
from tests.unit.provider.client import client

ROOT = Path(__file__).parents[3]
NUMBERS = {
    "limit_clamp": "3", "refresh_during_pull": "always", "throttle": "5:date", "token_expiry": "6",
    "server_errors": "500@2,502@4,503@7,504@8,reset@9", "slow": "0.1", "truncate": "50", "empty": "users,terms",
    "rekey": "0.5", "dangling": "0.5"}


def values(name: str, allowed: str) -> list[str]:
    if name in NUMBERS:
        return [NUMBERS[name]]
    return ["09", "9", "K", "KG", "09,10", "blank"] if name == "grades" else allowed.split(", ")


setting = st.sampled_from([f"{switch.name}={value}" for switch in fields(Faults)
                           for value in values(switch.name, switch.metadata["values"])
                           if switch.name != "scope"])


@settings(max_examples=60, deadline=None)
@given(faults=st.lists(setting, max_size=8), version=st.sampled_from(["1.1", "1.2"]),
       day=st.sampled_from(["today", "next-day", "day-after"]), students=st.sampled_from([1, 25]),
       calls=st.lists(st.tuples(st.sampled_from((*COLLECTIONS, "events", "users/x")), st.integers(0, 120),
                                st.integers(1, 60)), min_size=1, max_size=12))
def test_any_switches_together_answer_any_calls(faults, version, day, students, calls):
    asking = client(*faults, version=version, students=students, day=day)
    for path, offset, limit in calls:
        try:
            status, headers, body = asking.ask(path, offset=offset, limit=limit)
        except ConnectionResetError:
            continue
        assert status in (200, 401, 403, 404, 429, 500, 502, 503, 504)
        assert headers["Content-Type"] and isinstance(body, bytes)
        assert asking.discovery()[0] == 200


def test_the_simulator_imports_nothing_of_the_importer():
    code = ("import sys, cli.oneroster.command, cli.oneroster.bundle\n"
            "print([name for name in sys.modules if name.split('.')[0] in ('rostering', 'boto3', 'requests')])")
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, text=True,
                           capture_output=True, check=True)
    assert found.stdout == "[]\n"
