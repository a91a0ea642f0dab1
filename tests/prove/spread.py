"""The same work over many seeds or numbers, by as many processes as there are processors."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

CHUNK = 100


def spread(work: Callable[..., Any], orders: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
    """What `work` gives for each order, in their order. Processes are forked: what stands before is there."""
    with ProcessPoolExecutor(os.cpu_count(), mp_context=multiprocessing.get_context("fork")) as pool:
        for done in [pool.submit(work, *order) for order in orders]:
            yield done.result()


def chunks(count: int, size: int = CHUNK) -> list[range]:
    """0 to `count`, in pieces."""
    return [range(first, min(first + size, count)) for first in range(0, count, size)]
