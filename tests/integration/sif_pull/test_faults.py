"""The agent against a zone that does wrong: nothing lost, nothing blocked, nothing gone that is only not there."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from typing import Any

import pytest

from rostering.errors import StoreError
from rostering.feed import PHASES
from rostering.load.manifest import FeedManifest
from rostering.store import keys
from rostering.store.keys import Item
from tests.faults import Calls, Failing
from tests.integration.sif_pull.office import SITE, ZONE, Office
from tests.unit.sif.zone import pulled, response, student

STUDENTS = 30
# Faults after which a full request ends as if nothing had been wrong.
HARMLESS = [
    "forget-acks", "redeliver", "unknown-request", "unknown-message", "unknown-ack", "unknown-ack-9-1",
    "shuffle-packets", "one-object-per-packet", "early-response", "inner-without-xmlns", "other-version",
    "naive-timestamps", "lowercase-ids", "dashed-ids", "unknown-elements", "bom", "cdata", "numeric-entities",
    "html-502", "empty-500", "empty-200", "fatal-error", "asleep", "duplicate-id", "forget-registration",
    "forget-registration-5-1", "forget-registration-5-2", "forget-registration-8-2", "registered-as-push", "no-acl",
    "exact-version", "no-answer", "poison", "poison=cut-off", "drop-last-packet", "sticky-error-ack",
]


def said(office: Office, load: str) -> dict[str, Any]:
    """What a load's feed says, shard files aside: entity to fields and pairs."""
    manifest = FeedManifest.read(office.work, SITE, load)
    return {f"{entity.kind}/{entity.key}": (entity.fields, entity.members)
            for phase in PHASES for shard in range(len(manifest.shards[phase]))
            for entity in manifest.said(office.work, phase, shard)}


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, Any]:
    office = Office(students=STUDENTS)
    return said(office, office.order()["load"])


def scope(office: Office, load: str) -> set[str]:
    return set(FeedManifest.read(office.work, SITE, load).scope["kinds"])


@pytest.mark.parametrize("fault", HARMLESS)
def test_what_a_zone_does_wrong_now_and_then_changes_nothing_of_what_is_loaded(
        fault: str, undisturbed: dict[str, Any]) -> None:
    office = Office(students=STUDENTS, faults=(fault,), request_hours=0.01, buffer_bytes=16_384)
    pulled = office.order(most=2_000)
    assert pulled["state"] == "pulled", pulled
    assert said(office, pulled["load"]) == undisturbed
    assert scope(office, pulled["load"]) == {"enrollment", "guardian_link", "section", "staff", "student"}
    assert office.started == [pulled["load"]]


@pytest.mark.parametrize("version", ["2.0", "2.0r1", "2.1", "2.2", "2.3"])
def test_every_version_gives_the_same_load(version: str, undisturbed: dict[str, Any]) -> None:
    office = Office(students=STUDENTS, version=version)
    assert said(office, office.order()["load"]) == undisturbed


def test_some_zones_want_the_ids_of_the_carrying_message(undisturbed: dict[str, Any]) -> None:
    stuck = Office(students=STUDENTS, faults=("ack-the-ack",))
    told = stuck.order()
    assert told["state"] == "refused" and "ack_carrier=true" in told["message"]
    office = Office(students=STUDENTS, faults=("ack-the-ack",), ack_carrier=True)
    assert said(office, office.order()["load"]) == undisturbed


def test_an_object_that_the_zone_does_not_allow_is_reported_and_the_others_go_on(undisturbed: dict[str, Any]) -> None:
    office = Office(students=STUDENTS, faults=("acl-without=StudentContact",))
    pulled = office.order()
    assert "Ask the ZIS administrator" in office.session["missing"]["StudentContact"]
    assert office.session["objects"]["StudentContact"]["state"] == "not_offered"
    without = {name: told for name, told in said(office, pulled["load"]).items() if name.startswith("staff/")}
    assert without and all(undisturbed[name] == told for name, told in without.items())
    assert "guardian_link" not in scope(office, pulled["load"])
    assert office.load(pulled["load"])["problem_counts"]["W-SIF-SET"] == 1


@pytest.mark.parametrize("fault", ["no-provider=StudentContact", "refuse-provision=StudentContact"])
def test_an_object_that_is_refused_is_reported_and_the_others_go_on(fault: str) -> None:
    office = Office(students=STUDENTS, faults=(fault,))
    pulled = office.order()
    assert pulled["state"] == "pulled"
    assert office.session["objects"]["StudentContact"]["state"] in ("not_offered", "complete")
    assert office.session["objects"]["StudentPersonal"]["state"] == "complete"


@pytest.mark.parametrize(("fault", "state"), [
    ("error-in-packet-2:always", "refused"), ("drop-last-packet:always", "incomplete"),
    ("no-answer:always", "incomplete"), ("no-provider=StudentPersonal", "not_offered"),
])
def test_a_set_that_is_not_complete_ends_nobody(fault: str, state: str) -> None:
    office = Office(students=STUDENTS, request_hours=0.01, buffer_bytes=4_096)
    first = office.order()
    office.zone.faults = type(office.zone.faults)((fault,))
    second = office.order("full", most=2_000)
    assert second["state"] == "pulled"
    assert office.session["objects"]["StudentPersonal"]["state"] == state
    assert "student" not in scope(office, second["load"]) and "staff" in scope(office, second["load"])
    assert said(office, second["load"]).keys() == said(office, first["load"]).keys()
    assert office.load(second["load"])["problem_counts"]["W-SIF-SET"] == 1


def test_half_an_answer_stands_where_nothing_else_does_and_ends_nobody() -> None:
    office = Office(students=STUDENTS, faults=("error-in-packet-2:always",), buffer_bytes=4_096)
    pulled = office.order()
    students = [name for name in said(office, pulled["load"]) if name.startswith("student/")]
    assert 0 < len(students) and "student" not in scope(office, pulled["load"])


def test_an_empty_set_ends_nobody() -> None:
    office = Office(students=STUDENTS)
    office.order()
    office.zone.faults = type(office.zone.faults)(("empty-set",))
    second = office.order("full")
    assert not scope(office, second["load"]) & {"student", "enrollment", "guardian_link", "staff"}


@pytest.mark.parametrize(("fault", "code", "says"), [
    ("exact-version", "12/3", "refused version 2.2"),
    ("client-certificate", "3/3", "client certificate"),
    ("small-buffer", "5/6", "buffer size"),
])
def test_where_somebody_has_to_act_the_zone_says_who_and_what(fault: str, code: str, says: str) -> None:
    version = "2.2" if fault == "exact-version" else "2.1"
    office = Office(students=STUDENTS, faults=(fault,))
    if fault == "exact-version":
        office.store.update(keys.zone(SITE, ZONE), lambda body: body | {"version": version})
    told = office.order()
    assert (told["state"], told["code"]) == ("refused", code) and says in told["message"]
    assert office.session["state"] == "needs_administrator" and office.started == []


def test_a_zone_that_never_answers_is_left_alone_after_some_tries() -> None:
    office = Office(students=STUDENTS, faults=("html-502:always",))
    told = office.order()
    assert told["state"] == "unavailable" and office.session["state"] == "unavailable"
    waits = [answer.again for answer in office.answers if answer.again]
    assert waits == [1.0, 2.0, 4.0]
    assert len({body for body in office.wire.sent}) == 1, "the same bytes are sent again"


def test_a_scheduled_pull_keeps_away_while_a_zone_is_left_alone_and_a_person_may_try() -> None:
    office = Office(students=STUDENTS, faults=("html-502:4",))
    office.order()
    sent = len(office.wire.sent)
    assert office.order()["state"] == "unavailable" and len(office.wire.sent) == sent
    office.store.insert(Item(keys.zone_pull(SITE, ZONE, "by-hand"), {
        "pull": "by-hand", "zone": ZONE, "kind": "pull", "by": "boss", "at": office.now(), "updated_at": "",
        "state": "waiting", "code": "", "message": "", "load": "", "facts": {}}))
    assert office.order(pull="by-hand")["state"] == "pulled"


def test_a_poison_message_is_set_aside_without_what_nobody_may_keep() -> None:
    office = Office(students=STUDENTS, faults=("poison",), request_hours=0.01)
    office.order(most=2_000)
    kept = [key for key in office.work.list(f"zones/{SITE}/") if "/quarantine/" in key]
    assert len(kept) == office.session["quarantined"] == 1


def test_nothing_sensitive_is_ever_stored() -> None:
    office = Office(students=100, faults=("poison",), request_hours=0.01)
    office.order(most=2_000)
    came = b"".join(office.wire.received)
    secrets = {text for element in (rb'OtherId Type="0004"', rb"AlertMessage[^>]*", rb"MedicalAlertMessage[^>]*")
               for text in re.findall(rb"<" + element + rb">([^<]+)<", came)}
    assert len(secrets) > 3
    kept = b"".join(gzip.decompress(office.work.read(key)) for key in office.work.list("") if key.endswith(".gz"))
    kept += repr(office.store.snapshot()).encode()
    assert [secret for secret in secrets if secret in kept] == []


def test_a_message_that_can_not_be_read_and_never_goes_is_not_asked_for_without_end() -> None:
    office = Office(students=STUDENTS)
    cut = pulled(response(student("<LocalId>1</LocalId>")))[:-200]
    honest = office.wire.post

    def post(body: bytes, *, gzip: bool = True) -> bytes:
        office.wire.sent.append(body)
        return cut if b"SIF_GetMessage" in body else honest(body, gzip=gzip)
    office.wire.post = post     # type: ignore[method-assign]
    told = office.order()
    assert (told["state"], told["code"]) == ("refused", "STAYS")
    assert len(office.wire.sent) < 200 and office.started == []


@pytest.mark.parametrize("after", [False, True], ids=["the call fails", "the reply is lost"])
def test_a_visit_that_falls_over_at_its_last_words_leaves_no_request_open(after: bool) -> None:
    def visited(calls: Calls) -> Office:
        office = Office(students=4)
        office.desk = replace(office.desk, store=Failing(office.store, calls))
        try:
            office.order(pull="01")
        except StoreError:
            office.order(pull="01")
        return office
    counted = Calls()
    visited(counted)
    for n in range(counted.made - 5, counted.made + 1):
        office = visited(Calls(fail=n, after=after))
        assert office.session["full"] is None and office.session["last_load"] in office.started, f"call {n}"
        assert office.pulled("01")["state"] == "pulled" and len(set(office.started)) == 1
