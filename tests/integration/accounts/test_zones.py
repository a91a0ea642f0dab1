"""Managing SIF zones: who may, what is taken, where credentials go, what is scheduled and asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from accounts import models, zones
from rostering.errors import StoreError
from rostering.store import keys
from rostering.zones import MOST_ZONES
from tests.integration.accounts.office import OTHER_SITE, SITE, START, Office, account

ALL = f"/sites/{SITE}/zones"
ONE = f"{ALL}/Lakeview"
SETTINGS = {"url": "https://zis.example.org/Lakeview?cust=A", "zone_id": "Lakeview", "version": "2.3"}
LOCAL = SETTINGS | {"url": "http://127.0.0.1:7080/Lakeview"}
BASIC = {"username": "marker-user", "password": "marker-password"}
NOW = datetime.fromtimestamp(START, UTC)


def pair(*, begins: int = -1, ends: int = 90, passphrase: bytes = b"") -> tuple[str, str]:
    """A client certificate that is good from and to so many days from now, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "agent")])
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(NOW + timedelta(days=begins))
            .not_valid_after(NOW + timedelta(days=ends)).sign(key, hashes.SHA256()))
    how = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return (made.public_bytes(Encoding.PEM).decode(),
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how).decode())


CERTIFICATE, PRIVATE_KEY = pair()
WITH_ALL = {"certificate": CERTIFICATE, "private_key": PRIVATE_KEY, "ca_bundle": pair()[0], "basic": BASIC}


class Desk(Office):
    """An office whose clock goes on with each request, so that its events have an order."""

    def ask(self, *arguments: Any, **more: Any) -> Any:
        self.clock.at += 0.001
        return super().ask(*arguments, **more)


@pytest.fixture
def office() -> Office:
    return Desk()


@pytest.fixture
def local() -> Office:
    """An office whose zones may be on this very machine."""
    return Desk(loopback=True)


def add(office: Office, **more: Any) -> Any:
    return office.ask("POST", ALL, token=office.token(), body={"settings": SETTINGS} | more)


def second(office: Office) -> str:
    """The token of another administrator."""
    return office.token(office.put(account("second", "Staff", rights={"admin": ["*"]})).id)


def approved(office: Office) -> None:
    assert add(office).status == 201
    answer = office.ask("POST", f"{ONE}/approve", token=second(office), body={"reason": "it is ours"})
    assert answer.status == 200


def events(office: Office) -> list[dict[str, Any]]:
    return [event for event in office.audit() if event["what"].startswith("zone.")]


def test_a_new_zone_has_the_defaults_and_waits_for_approval(office: Office) -> None:
    answer = add(office)
    assert answer.status == 201
    told = answer.body
    assert (told["zone"], told["source"], told["version"]) == ("Lakeview", "sif:Lakeview", 1)
    assert told["settings"] == SETTINGS | {
        "agent_id": "Empower", "registered_versions": [], "request_versions": [], "buffer_bytes": 1_048_576,
        "username_element": "", "request_hours": 6.0, "quarantine_after": 3, "ack_carrier": False,
        "legacy_subscribe": False, "skip_zone_status": False, "pull": "rate(15 minutes)",
        "full": "cron(15 2 * * ? *)"}
    assert (told["approval"], told["session"]["state"]) == ("wanted", "new")
    assert told["waits_for"] == "Another administrator has to approve the address of the zone first."
    assert office.schedules.known[SITE, "Lakeview"] == {
        "pull": "rate(15 minutes)", "full": "cron(15 2 * * ? *)", "timezone": "America/New_York", "enabled": False}
    (event,) = events(office)
    assert (event["what"], event["zone"], event["host"], event["by"]) == (
        "zone.added", "Lakeview", "zis.example.org", office.administrators[SITE])


def test_the_url_is_kept_exactly_as_typed(office: Office) -> None:
    url = "https://ZIS.Example.org/zis/Lakeview/Default/?zone=ZoneA&cust=%7Ex"
    assert add(office, settings=SETTINGS | {"url": url}).body["settings"]["url"] == url


def test_a_zone_is_called_by_its_id_where_that_may_be_a_name(office: Office) -> None:
    assert add(office, settings=SETTINGS | {"zone_id": "North / East#1"}).body["zone"] == "North-East-1"
    assert add(office, settings=SETTINGS | {"zone_id": "北"}, name="north").body["zone"] == "north"
    answer = add(office, settings=SETTINGS | {"zone_id": "北"})
    assert (answer.status, answer.body["code"]) == (422, "ZONE_NAME")


def test_a_zone_that_is_there_is_409_and_stays_as_it_is(office: Office) -> None:
    add(office)
    before = office.store.snapshot()
    answer = add(office, settings=SETTINGS | {"agent_id": "Other"}, basic=BASIC)
    assert (answer.status, answer.body["code"]) == (409, "THERE")
    kept = {key: item for key, item in office.store.snapshot().items() if "#AUDIT#" not in key.pk}
    assert kept == {key: item for key, item in before.items() if "#AUDIT#" not in key.pk}
    assert office.secrets.kept == {}


def test_a_site_has_at_most_so_many_zones(office: Office) -> None:
    for number in range(MOST_ZONES):
        assert add(office, name=f"zone-{number}").status == 201
    assert (add(office).status, add(office).body["code"]) == (409, "TOO_MANY")


@pytest.mark.parametrize(("name", "value"), [
    ("url", "http://zis.example.org/Z"), ("url", "https://127.0.0.1/Z"), ("url", "https://u:p@zis.example.org/"),
    ("url", "http://127.0.0.1:7080/Z"), ("url", "https://zis.example.org:8443/Z"), ("url", ""), ("url", None),
    ("version", "2.4"), ("version", 2.3), ("version", None), ("version", ["2.3"]),
    ("zone_id", ""), ("zone_id", " Z"), ("zone_id", "Z\n"),
    ("agent_id", "a" * 65), ("agent_id", " Empower"), ("agent_id", "Em\tpower"), ("agent_id", ""),
    ("buffer_bytes", 4_095), ("buffer_bytes", 4 * 1_048_576 + 1), ("buffer_bytes", True),
    ("request_hours", 0), ("request_hours", 169), ("quarantine_after", 0), ("quarantine_after", 21),
    ("registered_versions", ["3.0"]), ("request_versions", ["2.1"] * 7), ("request_versions", "2.1"),
    ("pull", "rate(0 minutes)"), ("pull", "rate(25 hours)"), ("pull", "rate(0 hours)"), ("pull", "cron(1 2 * * ? *)"),
    ("pull", "rate(1 day)"), ("pull", "rate(15 minutes) "), ("full", "rate(1 day)"), ("full", "cron(60 2 * * ? *)"),
    ("full", "cron(1 24 * * ? *)"), ("full", "cron(1 2 * * * *)"), ("full", "at(2027-01-01T00:00:00)"),
    ("secret", "arn:of-another"), ("approval", "given"), ("added_by", "me"), ("paused", "x"), ("zone", "x"),
])
def test_what_a_zone_may_not_be_is_422(office: Office, name: str, value: Any) -> None:
    answer = add(office, settings=SETTINGS | {name: value})
    assert answer.status == 422, answer.body
    assert answer.body["detail"].endswith(".")
    assert office.schedules.known == {} and events(office) == []


@pytest.mark.parametrize(("name", "value", "kept"), [
    ("pull", "rate(1 hour)", "rate(1 hour)"), ("pull", "rate(1 hours)", "rate(1 hour)"),
    ("pull", "rate(5 minutes)", "rate(5 minutes)"), ("pull", "rate(1440 minutes)", "rate(1440 minutes)"),
    ("pull", "rate(24 hours)", "rate(24 hours)"), ("full", "cron(05 03 * * ? *)", "cron(5 3 * * ? *)"),
    ("registered_versions", ["2.0r1", "2.*"], ["2.0r1", "2.*"]), ("version", "2.0r1", "2.0r1"),
])
def test_what_a_zone_may_be_is_kept(office: Office, name: str, value: Any, kept: Any) -> None:
    assert add(office, settings=SETTINGS | {name: value}).body["settings"][name] == kept


def test_wrong_settings_are_told_in_sentences(office: Office) -> None:
    answer = add(office, settings=SETTINGS | {"version": "2.4", "pull": "rate(0 minutes)"})
    assert "a SIF version is one of 2.0, 2.0r1, 2.1, 2.2, 2.3" in answer.body["detail"]
    assert "pulls come every minute to every 24 hours" in answer.body["detail"]


def test_a_zone_on_this_machine_needs_no_approval_where_those_may_be(local: Office) -> None:
    answer = add(local, settings=LOCAL)
    assert (answer.status, answer.body["approval"], answer.body["waits_for"]) == (201, "none_needed", "")
    assert local.schedules.known[SITE, "Lakeview"]["enabled"] is True
    assert local.ask("POST", f"{ONE}/pulls", token=local.token(), body={"kind": "pull"}).status == 202
    assert add(local, name="outside").body["approval"] == "wanted"


def test_another_administrator_approves_and_then_it_is_pulled(office: Office) -> None:
    add(office)
    mine = office.ask("POST", f"{ONE}/approve", token=office.token(), body={"reason": "it is ours"})
    assert (mine.status, mine.body["code"]) == (403, "NOT_ALLOWED")
    early = office.ask("POST", f"{ONE}/pulls", token=office.token(), body={"kind": "check"})
    assert (early.status, early.body["code"]) == (409, "NOT_APPROVED")
    assert early.body["detail"] == "Another administrator has to approve the address of the zone first."
    theirs = office.ask("POST", f"{ONE}/approve", token=second(office), body={"reason": "it is ours"})
    assert (theirs.status, theirs.body["approval"], theirs.body["approved_by"]) == (200, "given", "second")
    assert office.schedules.known[SITE, "Lakeview"]["enabled"] is True
    assert office.ask("POST", f"{ONE}/pulls", token=office.token(), body={"kind": "check"}).status == 202
    assert [event["what"] for event in events(office)] == ["zone.added", "zone.approved", "zone.pulled"]


def test_who_may_approve_loads_doesn_t_approve_addresses(office: Office) -> None:
    add(office)
    clerk = office.put(account("approver", "Staff", rights={"loads.approve": ["*"]}))
    answer = office.ask("POST", f"{ONE}/approve", token=office.token(clerk.id), body={"reason": "it is ours"})
    assert answer.status == 403


def test_approving_twice_is_once(office: Office) -> None:
    approved(office)
    again = office.ask("POST", f"{ONE}/approve", token=office.token(), body={"reason": "once more"})
    assert (again.status, again.body["approved_by"], again.body["version"]) == (200, "second", 2)
    assert [event["what"] for event in events(office)].count("zone.approved") == 1


def test_another_address_wants_approval_by_somebody_who_did_not_tell_it(office: Office) -> None:
    approved(office)
    moved = {"settings": {"url": "https://zis2.example.org/Lakeview"}}
    answer = office.ask("PATCH", ONE, token=second(office), body=moved)
    assert (answer.body["approval"], answer.body["approved_by"], answer.body["url_by"]) == ("wanted", "", "second")
    assert office.schedules.known[SITE, "Lakeview"]["enabled"] is False
    body = {"reason": "it is ours"}
    assert office.ask("POST", f"{ONE}/approve", token=second(office), body=body).status == 403
    assert office.ask("POST", f"{ONE}/approve", token=office.token(), body=body).status == 200


def test_an_address_that_changed_since_it_was_seen_is_not_approved(office: Office) -> None:
    seen = add(office).body["version"]
    office.ask("PATCH", ONE, token=office.token(), body={"settings": {"url": "https://elsewhere.example.org/"}})
    body = {"reason": "it is ours", "version": seen}
    answer = office.ask("POST", f"{ONE}/approve", token=second(office), body=body)
    assert (answer.status, answer.body["code"]) == (409, "CHANGED")


def test_a_change_of_other_settings_leaves_the_approval(office: Office) -> None:
    approved(office)
    same = {"settings": {"url": SETTINGS["url"], "agent_id": "Us", "pull": "rate(2 hours)"}}
    told = office.ask("PATCH", ONE, token=office.token(), body=same).body
    assert (told["approval"], told["settings"]["agent_id"]) == ("given", "Us")
    assert office.schedules.known[SITE, "Lakeview"]["pull"] == "rate(2 hours)"
    assert events(office)[-1] | {"event": "", "at": ""} == {
        "event": "", "at": "", "what": "zone.changed", "by": office.administrators[SITE], "zone": "Lakeview",
        "names": ["agent_id", "pull"]}


def test_null_is_the_default_and_what_is_left_out_stays(office: Office) -> None:
    add(office, settings=SETTINGS | {"agent_id": "Us", "username_element": "NetworkLogin"})
    told = office.ask("PATCH", ONE, token=office.token(), body={"settings": {"agent_id": None}}).body["settings"]
    assert (told["agent_id"], told["username_element"]) == ("Empower", "NetworkLogin")
    answer = office.ask("PATCH", ONE, token=office.token(), body={"settings": {"url": None}})
    assert (answer.status, answer.body["detail"]) == (422, "A zone has url: it can't be cleared.")


def test_a_change_over_what_one_has_not_seen_is_409(office: Office) -> None:
    version = add(office).body["version"]
    body = {"settings": {"agent_id": "Us"}, "version": version}
    assert office.ask("PATCH", ONE, token=office.token(), body=body).body["version"] == version + 1
    answer = office.ask("PATCH", ONE, token=office.token(), body=body | {"basic": BASIC})
    assert (answer.status, answer.body["code"]) == (409, "CHANGED")
    assert office.secrets.kept == {}


def test_a_change_that_changes_nothing_is_no_event(office: Office) -> None:
    add(office)
    answer = office.ask("PATCH", ONE, token=office.token(), body={"settings": {"agent_id": "Empower"}})
    assert (answer.status, answer.body["version"], len(events(office))) == (200, 1, 1)


def test_pausing_and_resuming_are_each_once(office: Office) -> None:
    approved(office)
    for reason in ("summer", "again"):
        told = office.ask("POST", f"{ONE}/pause", token=office.token(), body={"reason": reason}).body
        assert told["paused"] == "summer" and not office.schedules.known[SITE, "Lakeview"]["enabled"]
    answer = office.ask("POST", f"{ONE}/pulls", token=office.token(), body={"kind": "pull"})
    assert (answer.status, answer.body["code"]) == (409, "PAUSED")
    assert answer.body["detail"] == "The zone is paused (summer): it has to be resumed first."
    for _ in range(2):
        told = office.ask("POST", f"{ONE}/resume", token=office.token(), body={"reason": "fall"}).body
        assert told["paused"] == "" and office.schedules.known[SITE, "Lakeview"]["enabled"]
    assert [event["what"] for event in events(office)][2:] == ["zone.paused", "zone.resumed"]


def test_credentials_go_to_the_secret_and_nowhere_else(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    answer = add(office, **WITH_ALL)
    told = answer.body
    assert (told["has_certificate"], told["has_basic"], told["has_ca"]) == (True, True, True)
    assert told["certificate_until"] == f"{NOW + timedelta(days=90):%Y-%m-%dT%H:%M:%SZ}"
    assert office.secrets.kept == {f"zones/{SITE}/Lakeview": {
        "certificate": CERTIFICATE, "private_key": PRIVATE_KEY, "ca_bundle": WITH_ALL["ca_bundle"],
        "basic": BASIC}}
    shown = office.ask("GET", ONE, token=office.token()).text + office.ask("GET", ALL, token=office.token()).text
    logged = " ".join(str(vars(record)) for record in caplog.records)
    for place in (answer.text, shown, logged, repr(office.store.snapshot()), repr(office.audit())):
        assert not any(piece in place for piece in ("marker", "BEGIN", PRIVATE_KEY.splitlines()[1]))
    assert office.store.get(keys.zone(SITE, "Lakeview")).body["secret"] == f"zones/{SITE}/Lakeview"


@pytest.mark.parametrize("wrong", [
    {"basic": {"username": "marker:user", "password": "marker"}},
    {"basic": {"username": "marker", "password": "marker\n"}},
    {"basic": {"username": "marker", "password": ""}},
    {"basic": {"username": "marker"}},
    {"basic": {"username": "marker", "password": "marker" * 60}},
    {"basic": {"username": "marker", "password": "marker", "realm": "marker"}},
    {"basic": "marker"},
    {"certificate": "marker", "private_key": PRIVATE_KEY},
    {"certificate": CERTIFICATE, "private_key": "marker"},
    {"certificate": CERTIFICATE, "private_key": f"{PRIVATE_KEY[:60]}marker"},
    {"certificate": CERTIFICATE},
    {"private_key": PRIVATE_KEY},
    {"private_key": "marker" * 5_000, "certificate": CERTIFICATE},
    {"ca_bundle": "marker"},
    {"ca_bundle": 5},
    {"certificate": CERTIFICATE, "private_key": pair()[1]},
    dict(zip(("certificate", "private_key"), pair(ends=0), strict=True)),
    dict(zip(("certificate", "private_key"), pair(begins=1), strict=True)),
    dict(zip(("certificate", "private_key"), pair(passphrase=b"marker"), strict=True)),
])
def test_credentials_that_can_t_work_are_refused_and_never_repeated(
    office: Office, caplog: pytest.LogCaptureFixture, wrong: dict[str, Any]
) -> None:
    caplog.set_level("DEBUG")
    answer = add(office, **wrong)
    assert answer.status == 422 and office.secrets.kept == {}
    logged = " ".join(str(vars(record)) for record in caplog.records)
    for place in (answer.text, logged, repr(office.store.snapshot())):
        assert "marker" not in place.replace("basic.username", "") and "BEGIN" not in place


def test_a_request_s_repr_tells_no_credentials() -> None:
    order = models.ZoneOrder.model_validate({"settings": SETTINGS} | WITH_ALL)
    assert not any(piece in f"{order!r} {order}" for piece in ("marker", "BEGIN"))
    assert "marker" not in repr(zones._credentials(Office().ports, order))


def test_credentials_are_replaced_together_or_cleared(office: Office) -> None:
    add(office, **WITH_ALL)
    half = office.ask("PATCH", ONE, token=office.token(), body={"basic": BASIC})
    assert half.status == 422
    assert half.body["detail"].startswith("The zone also has a client certificate: credentials are replaced together")
    body = {"certificate": None, "private_key": None, "ca_bundle": None, "basic": BASIC | {"password": "another"}}
    told = office.ask("PATCH", ONE, token=office.token(), body=body).body
    assert (told["has_certificate"], told["has_basic"], told["certificate_until"]) == (False, True, "")
    assert office.secrets.kept[f"zones/{SITE}/Lakeview"] == {"basic": BASIC | {"password": "another"}}
    assert events(office)[-1]["names"] == ["basic", "ca_bundle", "certificate", "private_key"]
    told = office.ask("PATCH", ONE, token=office.token(), body={"basic": None}).body
    assert (told["has_basic"], office.secrets.kept) == (False, {})
    assert office.store.get(keys.zone(SITE, "Lakeview")).body["secret"] == ""


def test_a_secret_that_could_not_be_kept_leaves_no_zone(office: Office) -> None:
    office.secrets.fails = True
    answer = add(office, basic=BASIC)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert office.store.get(keys.zone(SITE, "Lakeview")) is None
    assert add(office, basic=BASIC).status == 201


def test_after_a_failure_of_the_scheduler_the_same_asked_again_works(local: Office) -> None:
    local.schedules.fails = True
    assert add(local, settings=LOCAL).status == 503
    assert add(local, settings=LOCAL).status == 409      # it is there, and scheduled now
    assert local.schedules.known[SITE, "Lakeview"]["enabled"] is True
    for act, enabled in (("pause", False), ("resume", True)):
        local.schedules.fails = True
        assert local.ask("POST", f"{ONE}/{act}", token=local.token(), body={"reason": "because"}).status == 503
        assert local.ask("POST", f"{ONE}/{act}", token=local.token(), body={"reason": "because"}).status == 200
        assert local.schedules.known[SITE, "Lakeview"]["enabled"] is enabled


def test_a_removed_zone_is_gone_with_its_schedules_and_secret(office: Office) -> None:
    add(office, basic=BASIC)
    office.put_item(keys.zone_session(SITE, "Lakeview"), {"state": "ready"})
    reason = {"reason": "closed"}
    answer = office.ask("DELETE", ONE, token=office.token(), query=reason)
    assert (answer.status, answer.body) == (200, {"zone": "Lakeview", "removed": True})
    assert (office.schedules.known, office.secrets.kept) == ({}, {})
    assert office.store.get(keys.zone_session(SITE, "Lakeview")) is None
    assert office.ask("GET", ONE, token=office.token()).status == 404
    assert events(office)[-1]["what"] == "zone.removed" and events(office)[-1]["reason"] == "closed"
    assert office.ask("DELETE", ONE, token=office.token(), query=reason).status == 404
    assert office.ask("DELETE", ONE, token=office.token()).status == 422


def test_a_removal_that_stopped_half_way_is_finished_by_another(office: Office) -> None:
    for broken in (office.schedules, office.secrets):
        add(office, basic=BASIC)
        broken.fails = True
        assert office.ask("DELETE", ONE, token=office.token(), query={"reason": "closed"}).status == 503
        assert office.ask("DELETE", ONE, token=office.token(), query={"reason": "closed"}).status == 404
        assert (office.schedules.known, office.secrets.kept) == ({}, {})


def test_a_pull_is_written_down_and_then_asked_for(office: Office) -> None:
    approved(office)
    written: list[Any] = []
    office.pulls.answer = lambda order: written.append(
        office.store.get(keys.zone_pull(SITE, "Lakeview", order["pull"])))
    clerk = office.put(account("approver", "Staff", rights={"loads.approve": ["*"]}))
    answer = office.ask("POST", f"{ONE}/pulls", token=office.token(clerk.id), body={"kind": "full"})
    assert (answer.status, answer.body["state"], answer.body["by"]) == (202, "waiting", "approver")
    number = answer.body["pull"]
    assert office.pulls.sent == [{"site": SITE, "zone": "Lakeview", "kind": "full", "pull": number}]
    assert written[0].body == {
        "pull": number, "zone": "Lakeview", "kind": "full", "by": "approver", "at": office.ports.time(),
        "updated_at": office.ports.time(), "state": "waiting", "message": "", "code": "", "load": "", "facts": {}}
    assert written[0].expires == int(START) + 90 * 86_400
    event = events(office)[-1]
    assert (event["what"], event["kind"], event["pull"], event["by"]) == ("zone.pulled", "full", number, "approver")


def test_a_pull_is_told_as_the_agent_left_it(office: Office) -> None:
    approved(office)
    number = office.ask("POST", f"{ONE}/pulls", token=office.token(), body={"kind": "check"}).body["pull"]
    office.store.update(keys.zone_pull(SITE, "Lakeview", number), lambda body: body | {
        "state": "checked", "facts": {"zone_name": "Lakeview", "version": "2.3"}})
    told = office.ask("GET", f"{ONE}/pulls/{number}", token=office.token()).body
    assert (told["state"], told["facts"]) == ("checked", {"zone_name": "Lakeview", "version": "2.3"})
    assert office.ask("GET", f"{ONE}/pulls/other", token=office.token()).status == 404


@pytest.mark.parametrize("body", [{}, {"kind": "all"}, {"kind": "pull", "zone": "x"}])
def test_what_is_no_pull_is_422(office: Office, body: Any) -> None:
    assert office.ask("POST", f"{ONE}/pulls", token=office.token(), body=body).status == 422


def test_a_zone_is_told_with_what_the_agent_wrote(office: Office) -> None:
    approved(office)
    session = {"state": "needs_administrator", "code": "4/5", "message": "Ask for the objects below.",
               "since": "2026-09-21T14:13:20Z", "missing": {"StudentContact": "Allow Empower to subscribe to it."},
               "objects": {"StudentPersonal": {"count": 1_200, "at": "2026-09-21T14:13:20Z", "state": "complete",
                                               "code": "", "message": None}},
               "quarantined": 1, "lost_events": 0, "last_pull_at": "2026-09-21T14:13:20Z",
               "last_full_at": None, "last_load": "01L",
               "zone_says": {"name": "Lakeview", "versions": ["2.1"]}, "back_off_until": "", "registered": {"x": 1}}
    office.put_item(keys.zone_session(SITE, "Lakeview"), session)
    told = office.ask("GET", ONE, token=office.token()).body["session"]
    assert told == {name: value for name, value in session.items() if name != "registered"} | {
        "last_full_at": "", "objects": {"StudentPersonal": session["objects"]["StudentPersonal"] | {"message": ""}}}


def test_zones_are_told_in_pages(office: Office) -> None:
    for name in ("c", "a", "b"):
        add(office, name=name)
    first = office.ask("GET", ALL, token=office.token(), query={"limit": 2}).body
    rest = office.ask("GET", ALL, token=office.token(), query={"limit": 2, "after": first["after"]}).body
    assert [one["zone"] for one in first["zones"] + rest["zones"]] == ["a", "b", "c"] and rest["after"] is None
    assert all(one["session"]["state"] == "new" for one in first["zones"])


def test_zones_of_another_site_aren_t_there(office: Office) -> None:
    add(office)
    theirs = office.token(site=OTHER_SITE)
    assert office.ask("GET", f"/sites/{OTHER_SITE}/zones", token=theirs).body["zones"] == []
    assert office.ask("GET", f"/sites/{OTHER_SITE}/zones/Lakeview", token=theirs).status == 404
    answer = office.ask("POST", f"/sites/{OTHER_SITE}/zones/Lakeview/pulls", token=theirs, body={"kind": "pull"})
    assert answer.status == 404 and office.pulls.sent == []


@pytest.mark.parametrize("zone", ["~2E~2E", "a~23b", "x" * 65, "~00", "a~2Fb", "-a"])
def test_a_crafted_zone_is_not_found(office: Office, zone: str) -> None:
    for method, path in (("GET", zone), ("POST", f"{zone}/pulls"), ("POST", f"{zone}/pause"),
                         ("GET", f"{zone}/pulls/x")):
        body = {"kind": "pull"} if path.endswith("pulls") else {"reason": "because"} if method == "POST" else None
        assert office.ask(method, f"{ALL}/{path}", token=office.token(), body=body).status == 404
    assert office.ask("DELETE", f"{ALL}/{zone}", token=office.token(), query={"reason": "because"}).status == 404


@pytest.mark.parametrize(("right", "may"), [
    ("loads.approve", {"GET", "PULL"}), ("accounts.manage", {"GET"}), ("credentials.export", set())])
def test_who_may_what(office: Office, right: str, may: set[str]) -> None:
    approved(office)
    token = office.token(office.put(account("clerk", "Staff", rights={right: ["*"]})).id)
    some = office.token(office.put(account("some", "Staff", rights={right: ["100"]})).id)
    requests = {"GET": ("GET", ONE, None), "PULL": ("POST", f"{ONE}/pulls", {"kind": "pull"}),
                "PATCH": ("PATCH", ONE, {}), "ADD": ("POST", ALL, {"settings": SETTINGS}),
                "PAUSE": ("POST", f"{ONE}/pause", {"reason": "because"})}
    for name, (method, path, body) in requests.items():
        answer = office.ask(method, path, token=token, body=body)
        assert (answer.status < 300) == (name in may) and answer.status in (200, 202, 403)
        assert office.ask(method, path, token=some, body=body).status == 403


def test_another_time_zone_of_the_site_sets_the_schedules_anew(office: Office) -> None:
    approved(office)
    body = {"settings": {"timezone": "America/Denver"}}
    assert office.ask("PATCH", f"/sites/{SITE}/settings", token=office.token(), body=body).status == 200
    assert office.schedules.known[SITE, "Lakeview"]["timezone"] == "America/Denver"


def test_two_who_add_a_zone_at_once_make_one(office: Office) -> None:
    """The second finds nothing yet, and the place taken when it writes."""
    query = office.store.query

    def late(pk: str, **how: Any) -> Any:
        page = query(pk, **how)
        if pk == keys.zone(SITE, "").pk:
            office.store.query = query
            add(office)
        return page
    office.store.query = late
    assert add(office).status == 409
    assert len(query(keys.zone(SITE, "").pk).items) == 1


def test_a_failing_queue_may_be_tried_again(office: Office) -> None:
    approved(office)

    def fail(order: dict[str, str]) -> None:
        raise StoreError("could not ask for a pull: RequestTimeout")
    office.pulls.answer = fail
    assert office.ask("POST", f"{ONE}/pulls", token=office.token(), body={"kind": "pull"}).status == 503
