"""A SIF zone and a district at GG4L, joined to a `Cloud`: their orders wait in its queue."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gg4l_hook.desk
from gg4l_hook import hooks, poll, pull
from rostering.districts import DISTRICT
from rostering.store import keys
from rostering.store.keys import Item
from sif_pull import job
from tests.integration.gg4l_hook.office import Office as Gg4lOffice
from tests.integration.sif_pull.office import ZONE
from tests.integration.sif_pull.office import Office as ZoneOffice
from tests.prove.cloud import SITE, Cloud


class Zone:
    """A zone whose agent works over the cloud's store."""

    def __init__(self, cloud: Cloud, students: int) -> None:
        self.cloud = cloud
        self.office = ZoneOffice(students=students, store=cloud.store, work=cloud.work)
        self.office.desk = replace(
            self.office.desk,
            store=cloud.failing["store"],
            work=cloud.failing["work"],
            now=cloud.now,
            start=cloud.start,
            new_load=cloud._number,
        )
        self._pulls = 0

    def order(self, kind: str = "pull") -> None:
        self._pulls += 1
        self._wait(job.Order(SITE, ZONE, kind, f"schedule-{self._pulls}"))

    def _wait(self, order: job.Order) -> None:
        def visit() -> None:
            answer = job.run(self.office.desk, order, seconds_left=lambda: 600.0)
            if answer.again is not None:
                self.cloud.office.clock.at += answer.again
                self._wait(replace(order, attempt=answer.attempt))

        self.cloud.queue.append(visit)


class District:
    """A district at GG4L, polled, told of by webhook, pulled."""

    def __init__(self, cloud: Cloud, students: int) -> None:
        self.cloud = cloud
        self.office = Gg4lOffice(students=students)
        self.office.at = _moment(cloud)
        for key, item in self.office.store.snapshot().items():
            if key.pk == f"{SITE}#GG4L":
                cloud.store.insert(Item(item.key, item.body))
        if cloud.store.get(keys.gg4l_district(SITE, self.office.guid)) is None:
            cloud.store.insert(
                Item(
                    keys.gg4l_district(SITE, self.office.guid),
                    DISTRICT | {"district": self.office.guid, "linked": True},
                )
            )
        self.desk = replace(
            self.office.desk,
            store=cloud.failing["store"],
            work=cloud.failing["work"],
            now=cloud.now,
            order=self.order,
            start=cloud.start,
            new_load=cloud._number,
        )
        self._pulls = 0

    def order(self, order: gg4l_hook.desk.Order) -> None:
        """Put an order into the queue, as GG4L's functions do."""
        self.cloud.calls(self._wait, order)

    def ask(self, kind: str) -> None:
        """What a schedule, or a person, orders."""
        self._pulls += 1
        self._wait(
            gg4l_hook.desk.Order(SITE, kind, self.office.guid if kind == "pull" else "", f"schedule-{self._pulls}")
        )

    def news(self, webhook_id: str, hint: Any, raw: bytes) -> str:
        """A message whose signature was verified."""
        return hooks.keep(self.desk, SITE, webhook_id, hint, raw)

    def _wait(self, order: gg4l_hook.desk.Order) -> None:
        def work() -> None:
            if order.kind == "news":
                hooks.take(self.desk, order)
                return
            if order.kind == "poll":
                poll.run(self.desk, order)
                return
            answer = pull.run(self.desk, order, seconds_left=lambda: 600.0)
            if answer.again is not None:
                self.cloud.office.clock.at += answer.again
                self._wait(replace(order, attempt=answer.attempt))

        self.cloud.queue.append(work)


def _moment(cloud: Cloud) -> Any:
    from datetime import datetime

    return datetime.fromisoformat(cloud.now())
