"""One local cloud for the whole session, deployed from `template.yaml`, with every role enforced.

Tests keep apart by site, not by a cloud each: a site is a tenant, so what one test does another
can't see. `running.reset()` is there for a test that needs an empty cloud.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local import cloud
from tests.workflow.watch import Overheard


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[cloud.Running]:
    home = tmp_path_factory.mktemp("rollbook")
    try:
        yield cloud.start(home, keep=False)
    finally:
        cloud.stop(home)


@pytest.fixture(scope="session")
def overheard(running: cloud.Running) -> Overheard:
    """The events of the buckets. A test that asks for it hears what happens after that."""
    return Overheard(running)
