"""The steps that see a load as a whole; `{"task": …}` names one of the modules below.

They are one function because they have the same rights and follow one another: six functions would
mean six cold starts in the seconds that somebody waits for.
"""

from __future__ import annotations

from typing import Any

from sync import begin, failed, finish, gate, hold, preview

TASKS = {"gate": gate.run, "hold": hold.run, "begin": begin.run, "preview": preview.run, "finish": finish.run,
         "failed": failed.run}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return TASKS[event["task"]](event)
