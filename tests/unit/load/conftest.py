"""The ground of a load in memory: a site without anybody, and no files."""

from __future__ import annotations

import pytest

from rostering.store.memory import MemoryFiles, MemoryStore
from tests import loads


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    loads.site(store)
    return store


@pytest.fixture
def files() -> MemoryFiles:
    return MemoryFiles()
