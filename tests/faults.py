"""A wrapper that fails one call: before it happens, or after it happened (a lost reply)."""

from __future__ import annotations

from typing import Any

from rostering.errors import StoreError


class Calls:
    """Counts the calls of all parts that share it, and decides which one fails."""

    def __init__(self, *, fail: int = 0, after: bool = False) -> None:
        self.made, self.fail, self.after = 0, fail, after

    def __call__(self, method: Any, *args: Any, **kwargs: Any) -> Any:
        self.made += 1
        if self.made != self.fail:
            return method(*args, **kwargs)
        if self.after:
            method(*args, **kwargs)
        raise StoreError(f"call {self.made} failed on purpose")


class Failing:
    """`part` with every method call going through `calls`."""

    def __init__(self, part: Any, calls: Calls) -> None:
        self._part, self._calls = part, calls

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._part, name)
        return lambda *args, **kwargs: self._calls(method, *args, **kwargs)
