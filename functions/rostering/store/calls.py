"""One call to DynamoDB, made again with growing and random pauses while AWS is busy or silent."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from threading import Lock
from typing import Any

from botocore.exceptions import ClientError

from rostering.errors import StoreError
from rostering.store import failures

ATTEMPTS = 8    # in a row without progress
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 5.0


class Refused(Exception):
    """A condition doesn't hold. `doubtful` if an earlier try of this very write may have broken it."""

    def __init__(self, doubtful: bool) -> None:
        super().__init__()
        self.doubtful = doubtful


class Calls:
    """The calls of one store, and the write units they used (`units`, None if not counted)."""

    def __init__(self, client: Any, *, count_units: bool, sleep: Callable[[float], None],
                 random: Callable[[], float]) -> None:
        self.units: int | None = 0 if count_units else None
        self._client = client
        self._sleep = sleep
        self._random = random
        self._lock = Lock()

    def make(self, operation: str, **arguments: Any) -> tuple[dict[str, Any], bool]:
        """The answer, and whether an earlier try may have been carried out without our knowing.

        Raises Refused if a condition doesn't hold, else the error that `failures` names.
        """
        doubtful = False
        for attempt in itertools.count(1):
            try:
                answer = getattr(self._client, operation)(**arguments)
                return answer, doubtful or failures.retried(answer)
            except failures.FAILURES as error:
                doubtful = doubtful or failures.may_be_done(error)
                if _refused(error):
                    raise Refused(doubtful) from error
                if attempt == ATTEMPTS or not (failures.may_pass(error) or _cancelled(error)):
                    raise failures.translated(error, operation) from error
            self.pause(attempt)

    def write(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """The answer to a write that reports its write units."""
        if self.units is not None:
            arguments["ReturnConsumedCapacity"] = "TOTAL"
        answer, _ = self.make(operation, **arguments)
        used = answer.get("ConsumedCapacity") or []
        self.count(sum(int(each["CapacityUnits"]) for each in (used if isinstance(used, list) else [used])))
        return answer

    def count(self, units: int) -> None:
        if self.units is not None:
            with self._lock:
                self.units += units

    def pause(self, attempt: int) -> None:
        """Waits before the try that follows the `attempt`-th."""
        self._sleep(self._random() * min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** attempt))

    def pause_if_left(self, operation: str, left: list, asked: list, attempt: int) -> int:
        """Waits if something is `left` of the batch that was `asked`; gives the tries without progress.

        Raises StoreError after ATTEMPTS of them.
        """
        if not left:
            return 0
        attempt = 1 if len(left) < len(asked) else attempt + 1
        if attempt >= ATTEMPTS:
            raise StoreError(f"{operation}: {len(left)} were put off {attempt} times")
        self.pause(attempt)
        return attempt


def _refused(error: Exception) -> bool:
    return (failures.code_of(error) == "ConditionalCheckFailedException"
            or "ConditionalCheckFailed" in _reasons(error))


def _cancelled(error: Exception) -> bool:
    """Whether a transaction was cancelled for reasons that pass."""
    reasons = [code for code in _reasons(error) if code != "None"]
    return bool(reasons) and all(failures.passing_code(code) for code in reasons)


def _reasons(error: Exception) -> list[str]:
    """Why a transaction was cancelled, one code for each write."""
    response = error.response if isinstance(error, ClientError) else {}
    return [reason.get("Code", "None") for reason in response.get("CancellationReasons", ())]
