"""The account API on the local cloud, against a function behind the same HTTP API that answers a constant.

Ratios, so that they hold on any machine: requests of both kinds take turns, and their medians are compared.
"""

from __future__ import annotations

import io
import shutil
import statistics
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.local import cloud
from rostering import people
from rostering.access import lockout
from rostering.model import Account
from rostering.store import keys
from rostering.store.dynamo import DynamoStore
from rostering.store.keys import Item
from tests.workflow.office import Office, until

SITE, SCHOOL, CROWD = "bench", "0012", "0099"
TURNS, WARM = 150, 15
PAGE = 200
# It says a line, as every function of ours does: the local cloud waits 50 ms for the log of one that says none.
_CONSTANT = """
import sys

def handler(event, context):
    print("answered", file=sys.stderr, flush=True)
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": '{"a": "constant"}'}
"""


def measure(folder: Path, *, listed: int = 2_000, batch: int = 10_000) -> dict[str, float]:
    """Medians in seconds (`constant`, `read`, `write`, `page`), pages of a school's list, seconds of batches."""
    shutil.rmtree(folder, ignore_errors=True)
    running = cloud.start(folder, keep=False)
    try:
        office = Office(running, SITE)
        _fill(office, SCHOOL, listed)
        _fill(office, CROWD, batch)
        _add_constant(running)
        one, found = f"{SCHOOL}-00000", {}
        found |= _medians(office, {
            "constant": lambda turn: _plain(office, f"{running.api_url}/constant"),
            "read": lambda turn: _good(office.ask("GET", f"/accounts/{one}")),
            "write": lambda turn: _good(office.ask("PATCH", f"/accounts/{one}", {
                "fields": {"grade": f"{turn % 9 + 1:02d}"}, "reason": "a measure"}))})
        began = time.perf_counter()
        found["listed"] = len(list(office.pages("/accounts", "accounts", school=SCHOOL, limit=PAGE)))
        found["pages"] = -(-listed // PAGE)
        found["page"] = (time.perf_counter() - began) / found["pages"]
        for action in ("unlock", "reset"):
            found[action] = _batch(office, action)
        return found
    finally:
        cloud.stop(folder)


def _medians(office: Office, kinds: dict[str, Callable[[int], None]]) -> dict[str, float]:
    """The median of each kind; they take turns, so that what else the machine does meets all alike."""
    taken: dict[str, list[float]] = {name: [] for name in kinds}
    for turn in range(WARM + TURNS):
        for name, ask in kinds.items():
            began = time.perf_counter()
            ask(turn)
            if turn >= WARM:
                taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(each) for name, each in taken.items()}


def _batch(office: Office, action: str) -> float:
    """The seconds of a batch for the whole crowd, from the order until it is done."""
    began = time.perf_counter()
    ordered = office.ask("POST", "/batches", {"action": action, "filter": {"school": CROWD}, "reason": "a measure"})
    assert ordered.status == 202, ordered
    ended = until(lambda: _over(office.get(f"/batches/{ordered.body['batch']}")), seconds=600)
    assert ended["state"] == "done", ended
    return time.perf_counter() - began


def _over(found: dict[str, Any]) -> dict[str, Any] | None:
    return found if found["state"] != "running" else None


def _good(answer: Any) -> None:
    assert answer.status == 200, answer


def _plain(office: Office, url: str) -> None:
    answer = office._http.get(url, timeout=30)
    assert answer.status_code == 200 and "constant" in answer.text, answer.text


def _fill(office: Office, school: str, count: int) -> None:
    """Students of a school, each with a username and wrong tries, so that unlocking has something to do."""
    store = DynamoStore(office.cloud.client("dynamodb"), office.cloud.outputs["TableName"])
    items = []
    for number in range(count):
        name = f"{school}-{number:05d}"
        person = Account(id=name, role="Student", status="active", username=name, source="sheet", source_key=name,
                         fields={"id": name, "school": school, "first_name": "Mia", "last_name": f"Ruiz {number:05d}",
                                 "grade": "04"})
        tries = lockout.failed(None, network="203.0.113", device="", now=time.time())
        items += [people.item_of(SITE, person),
                  Item(keys.username(SITE, name), {"account": name, "state": "claimed"}),
                  Item(keys.tries(SITE, lockout.digest_of(SITE, name)), tries)]
    store.put_many([*items, Item(keys.school(SITE, school), {"key": school, "fields": {"id": school}})])


def _add_constant(running: cloud.Running) -> None:
    """A bare function beside the real ones, with the same memory, behind the same HTTP API."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("constant.py", _CONSTANT)
    functions, api = running.client("lambda"), running.client("apigatewayv2")
    ours = functions.get_function_configuration(FunctionName=running.outputs["AccountsFunction"])
    made = functions.create_function(FunctionName="constant", Runtime="python3.13", Handler="constant.handler",
                                     Role=ours["Role"], Code={"ZipFile": packed.getvalue()},
                                     MemorySize=ours["MemorySize"], Timeout=29)
    api_id = running.outputs["ApiId"]
    integration = api.create_integration(ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=made["FunctionArn"],
                                         PayloadFormatVersion="2.0")["IntegrationId"]
    api.create_route(ApiId=api_id, RouteKey="GET /constant", Target=f"integrations/{integration}")
    functions.add_permission(FunctionName="constant", StatementId="api", Action="lambda:InvokeFunction",
                             Principal="apigateway.amazonaws.com")
