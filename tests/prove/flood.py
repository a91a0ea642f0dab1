"""A webhook under a flood of forged requests: the real entry, real stores behind it, an open loop before it.

What is asked: with 90 % forged at 200 requests a second for five minutes the genuine ones are answered within a
second (99 % of them) and nothing with 5xx. Besides, of what was acknowledged nothing may be lost or double, of what
was forged nothing may be left, and the function may not grow. A machine that is too slow for the rate says so.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import orjson

from gg4l_hook import hooks
from gg4l_hook.desk import Order
from gg4l_hook.verify import SECRETS_SECONDS
from gg4l_hook.webhook import Desk
from infra.local import cloud, deploy, dynamodb_local
from rostering import clock
from rostering.districts import DISTRICT
from rostering.store import dynamo, keys
from rostering.store.dynamo import DynamoStore
from rostering.store.keys import Item, Key
from tests.prove import aftermath, forgeries, gateway
from tests.prove.forgeries import CLOSED, DISTRICTS, NEIGHBOUR, Sent
from tests.prove.gateway import Answered, Flood
from tests.prove.results import Section
from tests.prove.storm import everything
from tests.unit.gg4l.door import SECRET, SITE, connection

RATE, FORGED, ENVIRONMENTS = 200, 0.9, 4
SECONDS, LONG_SECONDS = 10, 300
MOST_SECONDS = 1.0  # of 99 % of the genuine ones
LEAST_SHARE = 0.99  # of the rate that was asked for
WARMING, COLD_SECONDS = 500, 5
MOST_GROWTH_MB = 12.0
MOST_BLOCKS, CACHED_BLOCKS = 0.5, 2_000  # what is met for the first time (an error, a client) is remembered
_SECRETS = f"rollbook/flood/gg4l/{SITE}/webhook"


@dataclass
class Found:
    """A flood and what it left. `let_in` says what of forged requests is there or was not refused as it should be,
    `lost` what became of genuine ones that should not.
    """

    planned: list[Sent]
    flood: Flood
    before: dict[Key, Item]
    items: dict[Key, Item]
    orders: list[Order]
    lines: list[str]
    let_in: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def judge(self) -> None:
        planned, answers = self.planned, self.flood.answers
        self.let_in = [
            *aftermath.wrong_answers(planned, answers),
            *aftermath.strangers(planned, answers, self.before, self.items),
            *aftermath.wrong_lines(planned, self.lines),
        ]
        self.lost = [
            *aftermath.lost(planned, answers, self.items),
            *aftermath.wrong_orders(planned, answers, self.items, self.orders),
        ]


def survive(engine: Any, seed: int, seconds: float, *, rate: float = RATE, count: int = ENVIRONMENTS) -> Found:
    """Pour a flood over a fresh table and a fresh queue, look at what is left, then let the queue deliver it, twice."""
    planned = forgeries.plan(seconds, rate, FORGED, seed)
    table = f"flood-{uuid4().hex}"
    with tempfile.TemporaryDirectory(prefix="flood-") as folder, cloud.bare(Path(folder, "cloud")) as aws:
        store, queue = _site(engine, aws, table)
        before = everything(engine, table)
        for _ in range(WARMING):  # Java is slow at first, which is not the function's doing
            store.get(keys.gg4l_connection(SITE))
        variables = aws.environment() | {
            "AWS_ENDPOINT_URL_DYNAMODB": engine.endpoint_url,
            "TABLE_NAME": table,
            "GG4L_QUEUE_URL": queue,
            "GG4L_SECRETS": "rollbook/flood/gg4l",
            "POWERTOOLS_SERVICE_NAME": "rollbook",
            "POWERTOOLS_LOG_LEVEL": "INFO",
        }
        with gateway.environments(count, variables, Path(folder)) as made:
            begin, wall = time.monotonic() + 0.2, time.time() + 0.2
            flood = gateway.pour(made, [sent.due for sent in planned], forgeries.events(planned, wall, seed), begin)
        lines = [line for log in Path(folder).glob("*.log") for line in log.read_text().splitlines()]
        items, orders = everything(engine, table), list(_delivered(aws.client("sqs"), queue))
        found = Found(planned, flood, before, items, orders, lines)
        found.judge()
        _take(store, orders)
        found.lost += aftermath.wrong_news(planned, flood.answers, everything(engine, table))
    return found


def _site(engine: Any, aws: cloud.Running, table: str) -> tuple[DynamoStore, str]:
    client = engine.client(dynamo.client_settings())
    client.create_table(**dynamo.table_definition(table))
    store = DynamoStore(client, table)
    for site, known, how in (
        (SITE, DISTRICTS, {"hook_secret": _SECRETS}),
        (NEIGHBOUR, (forgeries.NEIGHBOURS_DISTRICT,), {"hook_secret": f"rollbook/flood/gg4l/{NEIGHBOUR}/webhook"}),
        (CLOSED, (), {"webhook_enabled": False}),
    ):
        store.insert(Item(keys.gg4l_connection(site), asdict(connection(**how))))
        for guid in known:
            store.insert(Item(keys.gg4l_district(site, guid), DISTRICT | {"district": guid}))
    secrets = aws.client("secretsmanager")
    for site, secret in ((SITE, SECRET), (NEIGHBOUR, forgeries.NEIGHBOURS_SECRET)):
        said = orjson.dumps({"current": secret, "previous": ""}).decode()
        secrets.create_secret(Name=f"rollbook/flood/gg4l/{site}/webhook", SecretString=said)
    return store, aws.client("sqs").create_queue(QueueName="gg4l")["QueueUrl"]


def _delivered(sqs: Any, url: str) -> Iterable[Order]:
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600).get("Messages"):
        gone = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(found)]
        sqs.delete_message_batch(QueueUrl=url, Entries=gone)
        yield from (Order(**orjson.loads(one["Body"])) for one in found)


def _take(store: DynamoStore, orders: list[Order]) -> None:
    """Do what was ordered; twice, as a queue may deliver twice."""
    desk = Desk(store, clock.now, dict, lambda order: None)
    for order in (*orders, *orders):
        hooks.take(desk, order)


def run(*, command: str, seed: int = 1, long: bool = False, flood_seconds: int | None = None) -> Section:
    section = Section("flood", "A flood of forged webhooks", command)
    seconds = flood_seconds or (LONG_SECONDS if long else SECONDS)
    try:
        with dynamodb_local.running() as engine:
            found = survive(engine, seed, seconds)
    except (dynamodb_local.Unavailable, cloud.CloudError) as error:
        section.promise("webhook forgery under load", "tried", str(error), False, "an engine is not here")
        return section
    _promise_speed(section, found, seconds)
    _promise_truth(section, found)
    _promise_memory(section, found)
    _tables(section, found)
    section.texts.append(_what_is_real())
    if wrong := [*found.let_in, *found.lost]:
        lines = "\n".join(f"- `{text[:300]}`" for text in wrong[:40])
        section.texts.append(f"Not as promised ({len(wrong)}):\n\n{lines}\n")
    return section


def _promise_speed(section: Section, found: Found, seconds: int) -> None:
    answers = found.flood.answers
    genuine = [one for one in answers if not found.planned[one.number].kind]
    failed = sum(one.status >= 500 for one in answers)
    reached = len(answers) / max(seconds, found.flood.took)
    p50, p99, longest = (part([one.seconds for one in genuine], share) for share in (0.5, 0.99, 1))
    short = []
    if reached < LEAST_SHARE * RATE:
        short.append(f"only {reached:.0f} requests a second were answered on this machine")
    if p99 > MOST_SECONDS:
        inside = part([one.seconds - one.waited for one in genuine], 0.99)
        short.append(f"p99 is {p99:.1f} s, {inside:.2f} s without waiting for an environment")
    if failed:
        short.append(f"{failed} answers were 5xx")
    held = not short
    if held and seconds < LONG_SECONDS:
        short.append(f"{seconds} s; five minutes with --long")
    section.promise(
        "webhook forgery under load: the genuine messages are answered in time, and nothing fails",
        "90 % forged at 200 requests a second for 5 min: valid p99 <= 1 s, 0 5xx",
        f"{len(answers):,} requests in {found.flood.took:.1f} s ({reached:.1f} a second), "
        f"{1 - len(genuine) / len(answers):.0%} forged; {len(genuine):,} valid: p50 {p50 * 1000:.0f} ms, "
        f"p99 {p99 * 1000:.0f} ms, longest {longest * 1000:.0f} ms; {failed} 5xx",
        held,
        "; ".join(short),
    )


def _promise_truth(section: Section, found: Found) -> None:
    answers = found.flood.answers
    forged = [one for one in answers if found.planned[one.number].kind]
    genuine = [sent.message.id for sent in found.planned if not sent.kind]
    kept = aftermath.acknowledged(found.planned, answers)
    refused = sum(400 <= one.status < 500 for one in forged)
    wrote = sum(bool(set(one.calls) - aftermath.READS) for one in forged)
    section.promise(
        "every forged request is refused as its kind should be, and leaves nothing",
        "4xx each; no write, nothing of it in table, queue or log",
        f"{len(forged):,} of {len(forgeries.FORGERIES)} kinds: {refused:,} answered 4xx, {wrote} wrote; "
        f"{len(found.let_in)} findings",
        not found.let_in,
    )
    section.promise(
        "nothing that was acknowledged is lost, and what comes twice is once",
        "each in table and queue as it was sent; told once, though every order is delivered twice",
        f"{len(kept):,} messages acknowledged, {len(genuine) - len(set(genuine)):,} times one came again; "
        f"{len(found.orders):,} orders; {len(found.lost)} findings",
        not found.lost,
    )
    secrets = Counter(one.environment for one in answers for call in one.calls if call.startswith("secrets"))
    section.promise(
        "the secret is not read for each request",
        "once in five minutes by each environment",
        f"{secrets.total()} times by {ENVIRONMENTS} environments in {found.flood.took:.0f} s",
        all(times <= 1 + found.flood.took // SECRETS_SECONDS for times in secrets.values()),
    )


def _promise_memory(section: Section, found: Found) -> None:
    """Memory from when an environment has answered a fifth of its requests (it knows all kinds then) to the end;
    objects from the first collection of garbage to the last one.
    """
    said, grown, over = [], [], []
    for number in range(ENVIRONMENTS):
        answers = [one for one in found.flood.answers if one.environment == number]
        tenth = len(answers) // 10
        counted = [one.blocks for one in answers if one.blocks]
        if len(counted) <= gateway.EVERY:
            continue
        parts = (answers[2 * tenth : 3 * tenth], answers[-tenth:])
        before, after = (median(one.memory for one in some) / (1 << 20) for some in parts)
        grown.append(after - before)
        requests = len(counted) // gateway.EVERY * gateway.EVERY  # between the two collections
        blocks = counted[-1] - counted[0]
        over.append(blocks - CACHED_BLOCKS - requests * MOST_BLOCKS)
        most = max(one.memory for one in answers) / (1 << 20)
        megabytes = f"{before:.0f} MB, {after:.0f} MB at the end (most {most:.0f})"
        said.append(f"{megabytes}, {blocks:+,} blocks in {requests:,} requests")
    section.promise(
        "the function does not grow after its first fifth",
        f"<= {MOST_GROWTH_MB:.0f} MB, which is the allocator's; of Python's blocks less than {MOST_BLOCKS} for each "
        f"request, besides {CACHED_BLOCKS:,} once",
        "; ".join(said) or "not measured",
        bool(said) and max(grown) <= MOST_GROWTH_MB and max(over) < 0,
        "" if said else "too short a run",
    )


def _tables(section: Section, found: Found) -> None:
    by_kind: dict[str, list[Answered]] = defaultdict(list)
    for one in found.flood.answers:
        by_kind[found.planned[one.number].kind].append(one)
    rows = []
    for kind, of in sorted(by_kind.items()):
        times, inside = [one.seconds * 1000 for one in of], [(one.seconds - one.waited) * 1000 for one in of]
        statuses = ", ".join(f"{status}: {count:,}" for status, count in sorted(Counter(o.status for o in of).items()))
        calls = Counter(call for one in of for call in one.calls)
        told = ", ".join(f"{count / len(of):.2f} {call}" for call, count in sorted(calls.items()))
        figures = (part(times, 0.5), part(times, 0.99), max(times), part(inside, 0.5))
        worked = sum(one.processor for one in of) / len(of) * 1000
        row = (*(f"{each:.0f}" for each in figures), f"{worked:.1f}", told or "none")
        rows.append((kind or "genuine", statuses, *row))
    heads = ("p50 ms", "p99 ms", "longest ms", "p50 ms without waiting", "processor ms", "calls of AWS")
    section.table(("request", "answers", *heads), rows)
    waits = [one.waited * 1000 for one in found.flood.answers]
    later = [one.seconds * 1000 for one in by_kind[""] if found.planned[one.number].due >= COLD_SECONDS]
    section.texts.append(
        f"{ENVIRONMENTS} environments, cold at the beginning; the engine is warm. Times count from when a request was "
        f"due until its answer was there: half of them waited less than {part(waits, 0.5):.1f} ms for an environment, "
        f"1 % longer than {part(waits, 0.99):.0f} ms, {part(waits, 1):.0f} ms at most; the sender itself was late by "
        f"{found.flood.late * 1000:.0f} ms at most. Genuine ones that were due after the first "
        f"{COLD_SECONDS} s: p50 {part(later, 0.5):.0f} ms, p99 {part(later, 0.99):.0f} ms. Processor and calls are "
        "those of an environment for one request, on average.\n"
    )


def _what_is_real() -> str:
    told = deploy.yaml_parse((deploy.ROOT / "template.yaml").read_text())["Resources"]
    stage = told["ApiStage"]["Properties"]
    limits = stage["DefaultRouteSettings"] | stage.get("RouteSettings", {}).get("POST /webhooks/{site}", {})
    most = told["Gg4lHook"]["Properties"]["ReservedConcurrentExecutions"]["Fn::If"][1]
    return (
        "Real: the entry `gg4l_hook.http.handler` with its own composition, botocore, AWS's own DynamoDB engine "
        "(DynamoDB Local, in memory), the log. Stand-ins: SQS and Secrets Manager of the local cloud, over HTTP; for "
        "API Gateway and Lambda, one line of requests before processes that take one at a time, with events that "
        "travel through pipes. All of it shares this machine. Not here: the stage in front. For the webhook's route "
        f"it lets {limits['ThrottlingRateLimit']} requests a second through ({limits['ThrottlingBurstLimit']} at once) "
        "and answers what is above that, genuine or not, with 429, which no function sees (a sender tries again). "
        f"Lambda runs at most {most} environments of this function; what finds none free gets an error of the "
        "gateway's. There is no limit for each address: HTTP APIs have none, and no firewall (WAF) of their own.\n"
    )


def part(values: list[float], share: float) -> float:
    """The value that `share` of the values do not exceed (nearest rank); 0 of none."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else 0.0
