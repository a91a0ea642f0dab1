"""The connection to GG4L: who may, what is taken, where secrets go, what is scheduled and asked for."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from accounts import gg4l, models
from rostering.errors import StoreError
from rostering.store import keys
from tests.integration.accounts.office import OTHER_SITE, SITE, Office, account

PATH = f"/sites/{SITE}/gg4l"
SETTINGS = {"discovery_url": "https://connect.example.org/datahub/services/vendor/onboarding/credentials"}
LOCAL = {"discovery_url": "http://127.0.0.1:7080/datahub/services/vendor/onboarding/credentials"}
VENDOR = {"client_id": "marker-client", "client_secret": "marker-secret"}


def whsec(letter: str = "a", size: int = 32) -> str:
    return "whsec_" + base64.b64encode(letter.encode() * size).decode()


WEBHOOK = {"current": whsec("a"), "previous": whsec("b")}


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
    """An office whose GG4L may be on this very machine."""
    return Desk(loopback=True)


def put(office: Office, settings: dict[str, Any] = SETTINGS, **more: Any) -> Any:
    return office.ask("PUT", PATH, token=office.token(), body={"settings": settings, "vendor": VENDOR} | more)


def patch(office: Office, **body: Any) -> Any:
    return office.ask("PATCH", PATH, token=office.token(), body=body)


def act(office: Office, what: str, token: str = "", **body: Any) -> Any:
    return office.ask("POST", f"{PATH}/{what}", token=token or office.token(), body={"reason": "it is ours"} | body)


def second(office: Office, name: str = "second") -> str:
    """The token of another administrator."""
    return office.token(office.put(account(name, "Staff", rights={"admin": ["*"]})).id)


def connected(office: Office) -> None:
    assert put(office).status == 200
    assert act(office, "approve", second(office)).status == 200


def events(office: Office) -> list[dict[str, Any]]:
    return [event for event in office.audit() if event["what"].startswith("gg4l.")]


def kept(office: Office) -> dict[str, Any]:
    return office.store.get(keys.gg4l_connection(SITE)).body


def test_a_new_connection_has_the_defaults_and_waits_for_approval(office: Office) -> None:
    answer = put(office)
    assert answer.status == 200
    told = answer.body
    assert told["settings"] == SETTINGS | {
        "token_url": "https://connect.example.org/datahub/oauth/token", "data_hosts": "", "poll": "rate(1 hour)",
        "token_scope": "", "token_auth": "basic", "page_size": 500, "requests_per_second": 5.0,
        "require_stable_snapshot": True, "guardian_source": "agents", "usernames": False, "expected_business_days": 2,
        "onboarding_email": "", "survey_url": "", "webhook_enabled": True, "webhook_scheme": "standard",
        "webhook_header": "", "webhook_encoding": "hex", "webhook_prefix": "", "webhook_timestamp_header": "",
        "webhook_secret_encoding": "whsec-base64"}
    assert (told["approval"], told["has_webhook_secret"], told["webhook_path"]) == (
        "wanted", False, f"/webhooks/{SITE}")
    assert told["waits_for"] == "Another administrator has to approve the addresses of GG4L first."
    assert office.polls.known == {
        SITE: {"poll": "rate(1 hour)", "timezone": "America/New_York", "enabled": False}}
    (event,) = events(office)
    assert (event["what"], event["hosts"], event["by"]) == (
        "gg4l.connected", ["connect.example.org"], office.administrators[SITE])


def test_a_site_without_a_connection_has_none(office: Office) -> None:
    for method, path in (("GET", ""), ("PATCH", ""), ("POST", "/approve"), ("POST", "/pause"), ("POST", "/resume"),
                         ("POST", "/poll")):
        body = {"reason": "because"} if method == "POST" else {} if method == "PATCH" else None
        assert office.ask(method, f"{PATH}{path}", token=office.token(), body=body).status == 404
    assert (office.polls.known, office.secrets.kept, office.gg4l_orders.sent) == ({}, {}, [])


@pytest.mark.parametrize(("name", "value"), [
    ("discovery_url", "http://connect.example.org/d"), ("discovery_url", "https://127.0.0.1/d"),
    ("discovery_url", "http://127.0.0.1:7080/d"), ("discovery_url", "https://u:p@connect.example.org/d"),
    ("discovery_url", "https://[::1]/d"), ("discovery_url", ""), ("discovery_url", None),
    ("data_hosts", "10.0.0.1"), ("data_hosts", "data.example.org:8443"), ("data_hosts", "a@data.example.org"),
    ("data_hosts", "data.example.org/x"), ("data_hosts", "localhost"),
    ("token_url", "https://10.0.0.1/t"), ("token_url", "https://connect.example.org:8443/t"), ("token_url", ""),
    ("poll", "rate(0 minutes)"), ("poll", "rate(25 hours)"), ("poll", "cron(1 2 * * ? *)"), ("poll", "rate(1 day)"),
    ("token_scope", "a\nb"), ("token_auth", "digest"), ("page_size", 0), ("page_size", 501), ("page_size", True),
    ("requests_per_second", 0), ("requests_per_second", 51), ("guardian_source", "parents"),
    ("expected_business_days", 0), ("expected_business_days", 31), ("usernames", "perhaps"),
    ("onboarding_email", "nobody"), ("onboarding_email", "a@b.example, c@d.example"),
    ("survey_url", "http://gg4l.example"), ("survey_url", "https://gg4l.example/a b"),
    ("webhook_scheme", "none"), ("webhook_scheme", "hmac-header"), ("webhook_scheme", "shared-secret-header"),
    ("webhook_header", "X Signature"), ("webhook_header", "X-Signature:"), ("webhook_timestamp_header", "Ä"),
    ("webhook_encoding", "base32"), ("webhook_prefix", "sha256= "), ("webhook_secret_encoding", "hex"),
    ("secret", "of-another"), ("hook_secret", "of-another"), ("approval", "given"), ("paused", "x"),
])
def test_what_the_connection_may_not_be_is_422(office: Office, name: str, value: Any) -> None:
    answer = put(office, SETTINGS | {name: value})
    assert answer.status == 422, answer.body
    assert answer.body["detail"].endswith(".")
    assert (office.polls.known, office.secrets.kept, events(office)) == ({}, {}, [])


def test_wrong_settings_are_told_in_sentences(office: Office) -> None:
    told = put(office, SETTINGS | {"page_size": 501, "poll": "rate(0 minutes)", "guardian_source": "parents"}).body
    for sentence in ("page_size is 1 to 500", "polls come every minute to every 24 hours",
                     "guardian_source is one of agents, contacts, none"):
        assert sentence in told["detail"]
    told = put(office, SETTINGS | {"webhook_scheme": "hmac-header"}).body
    assert told["detail"] == "The scheme hmac-header needs webhook_header: the header that holds what is checked."


def test_the_first_time_credentials_are_needed(office: Office) -> None:
    answer = put(office, vendor=None)
    assert (answer.status, answer.body["wrong"]) == (422, [{"at": "vendor", "type": "missing"}])


def test_a_connection_set_again_has_the_defaults_again_and_keeps_its_credentials(office: Office) -> None:
    put(office, SETTINGS | {"page_size": 100}, webhook=WEBHOOK)
    answer = put(office, SETTINGS | {"poll": "rate(2 hours)"}, vendor=None)
    assert (answer.status, answer.body["settings"]["page_size"], answer.body["has_webhook_secret"]) == (200, 500, True)
    assert kept(office)["secret"] == f"gg4l/{SITE}/vendor"
    assert events(office)[-1]["names"] == ["poll", "page_size"]
    assert office.polls.known[SITE]["poll"] == "rate(2 hours)"


def test_the_token_endpoint_follows_discovery_unless_it_was_told(office: Office) -> None:
    put(office)
    moved = {"discovery_url": "https://other.example.org/d"}
    assert patch(office, settings=moved).body["settings"]["token_url"] == "https://other.example.org/datahub/oauth/token"
    patch(office, settings={"token_url": "https://login.example.org/t"})
    told = patch(office, settings={"discovery_url": "https://third.example.org/d"}).body["settings"]
    assert told["token_url"] == "https://login.example.org/t"
    told = patch(office, settings={"token_url": None}).body["settings"]
    assert told["token_url"] == "https://third.example.org/datahub/oauth/token"


def test_gg4l_on_this_machine_needs_no_approval_where_that_may_be(local: Office) -> None:
    answer = put(local, LOCAL)
    assert (answer.status, answer.body["approval"], answer.body["waits_for"]) == (200, "none_needed", "")
    assert local.polls.known[SITE]["enabled"] is True
    mixed = put(local, LOCAL | {"token_url": "https://connect.example.org/t"})
    assert (mixed.body["approval"], local.polls.known[SITE]["enabled"]) == ("wanted", False)


def test_another_administrator_approves_and_then_gg4l_is_asked(office: Office) -> None:
    put(office)
    assert (act(office, "approve").status, act(office, "poll").body["code"]) == (403, "NOT_APPROVED")
    theirs = act(office, "approve", second(office))
    assert (theirs.status, theirs.body["approval"], theirs.body["approved_by"]) == (200, "given", "second")
    assert office.polls.known[SITE]["enabled"] is True
    answer = act(office, "poll")
    assert (answer.status, answer.body["site"]) == (202, SITE)
    assert office.gg4l_orders.sent == [{"site": SITE, "kind": "poll"}]
    assert [event["what"] for event in events(office)] == ["gg4l.connected", "gg4l.approved", "gg4l.polled"]
    again = act(office, "approve")
    assert (again.status, again.body["approved_by"], len(events(office))) == (200, "second", 3)


def test_who_told_one_address_doesn_t_approve_it_after_another_told_the_other(office: Office) -> None:
    put(office)
    moved = {"settings": {"token_url": "https://login.example.org/t"}}
    assert office.ask("PATCH", PATH, token=second(office), body=moved).body["approval"] == "wanted"
    for teller in (office.token(), second(office)):
        assert act(office, "approve", teller).status == 403
    assert act(office, "approve", second(office, "third")).status == 200


def test_another_address_wants_approval_by_somebody_who_did_not_tell_it(office: Office) -> None:
    connected(office)
    moved = {"settings": {"token_url": "https://login.example.org/t"}}
    answer = office.ask("PATCH", PATH, token=second(office), body=moved)
    assert (answer.body["approval"], answer.body["approved_by"], answer.body["url_by"]) == ("wanted", "", "second")
    assert office.polls.known[SITE]["enabled"] is False
    assert events(office)[-1]["hosts"] == ["connect.example.org", "login.example.org"]
    assert act(office, "approve", second(office)).status == 403
    assert act(office, "approve").status == 200


def test_further_hosts_want_approval_by_another_administrator_who_saw_them(office: Office) -> None:
    connected(office)
    hosts = {"settings": {"data_hosts": "Data.example.org, files.example.org"}}
    answer = office.ask("PATCH", PATH, token=second(office), body=hosts)
    assert answer.body["settings"]["data_hosts"] == "data.example.org files.example.org"
    assert (answer.body["approval"], office.polls.known[SITE]["enabled"]) == ("wanted", False)
    assert events(office)[-1]["hosts"] == ["connect.example.org", "data.example.org", "files.example.org"]
    assert act(office, "approve", second(office)).status == 403
    assert act(office, "approve", data_hosts="data.example.org").body["code"] == "CHANGED"
    assert act(office, "approve", data_hosts="data.example.org files.example.org").status == 200


def test_addresses_that_changed_since_they_were_seen_are_not_approved(office: Office) -> None:
    put(office)
    for name in ("discovery_url", "token_url"):
        answer = act(office, "approve", second(office), **{name: "https://elsewhere.example.org/"})
        assert (answer.status, answer.body["code"]) == (409, "CHANGED")
    seen = kept(office)
    office.store.update(keys.gg4l_connection(SITE), lambda body: body | {"polled_at": "2026-09-21T14:13:20Z"})
    answer = act(office, "approve", second(office), discovery_url=seen["discovery_url"], token_url=seen["token_url"])
    assert (answer.status, answer.body["polled_at"]) == (200, "2026-09-21T14:13:20Z")


def test_a_change_of_other_settings_leaves_the_approval(office: Office) -> None:
    connected(office)
    told = patch(office, settings={"page_size": 200, "usernames": True}).body
    assert (told["approval"], told["settings"]["page_size"], told["settings"]["token_auth"]) == ("given", 200, "basic")
    assert events(office)[-1]["names"] == ["page_size", "usernames"]
    assert patch(office, settings={"page_size": None}).body["settings"]["page_size"] == 500
    answer = patch(office, settings={"discovery_url": None})
    assert (answer.status, answer.body["detail"]) == (422, "GG4L has a discovery_url: it can't be cleared.")


def test_a_change_over_what_one_has_not_seen_is_409(office: Office) -> None:
    version = put(office).body["version"]
    assert patch(office, settings={"page_size": 200}, version=version).body["version"] == version + 1
    answer = patch(office, settings={"page_size": 300}, vendor=VENDOR | {"client_id": "other"}, version=version)
    assert (answer.status, answer.body["code"]) == (409, "CHANGED")
    assert office.secrets.kept[f"gg4l/{SITE}/vendor"] == VENDOR


def test_a_change_that_changes_nothing_is_no_event(office: Office) -> None:
    put(office)
    answer = patch(office, settings={"page_size": 500})
    assert (answer.status, answer.body["version"], len(events(office))) == (200, 1, 1)


def test_what_the_poll_wrote_stays(office: Office) -> None:
    put(office)
    office.store.update(keys.gg4l_connection(SITE), lambda body: body | {
        "polled_at": "2026-09-21T14:13:20Z", "poll_code": "OR-401", "poll_message": "GG4L refuses our credentials."})
    told = patch(office, settings={"page_size": 200}).body
    assert (told["polled_at"], told["poll_code"], told["poll_message"]) == (
        "2026-09-21T14:13:20Z", "OR-401", "GG4L refuses our credentials.")


def test_pausing_and_resuming_are_each_once(office: Office) -> None:
    connected(office)
    for reason in ("summer", "again"):
        told = act(office, "pause", reason=reason).body
        assert told["paused"] == "summer" and not office.polls.known[SITE]["enabled"]
    answer = act(office, "poll")
    assert (answer.status, answer.body["code"]) == (409, "PAUSED")
    assert answer.body["detail"] == "GG4L is paused (summer): it has to be resumed first."
    for _ in range(2):
        assert act(office, "resume").body["paused"] == "" and office.polls.known[SITE]["enabled"]
    assert [event["what"] for event in events(office)][2:] == ["gg4l.paused", "gg4l.resumed"]


def test_secrets_go_to_secrets_manager_and_nowhere_else(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    answers = [put(office, webhook=WEBHOOK), patch(office, vendor=VENDOR | {"client_secret": "marker-other"})]
    assert office.secrets.kept == {f"gg4l/{SITE}/vendor": VENDOR | {"client_secret": "marker-other"},
                                   f"gg4l/{SITE}/webhook": WEBHOOK}
    told = "".join(answer.text for answer in answers) + office.ask("GET", PATH, token=office.token()).text
    logged = " ".join(str(vars(record)) for record in caplog.records)
    for place in (told, logged, repr(office.store.snapshot()), repr(office.audit())):
        assert not any(piece in place for piece in ("marker", *WEBHOOK.values(), "whsec_"))
    assert (kept(office)["secret"], kept(office)["hook_secret"]) == (f"gg4l/{SITE}/vendor", f"gg4l/{SITE}/webhook")
    assert events(office)[-1]["names"] == ["vendor"]


@pytest.mark.parametrize("wrong", [
    {"vendor": {"client_id": "marker"}}, {"vendor": VENDOR | {"client_id": ""}}, {"vendor": "marker"},
    {"vendor": VENDOR | {"client_id": "mar:ker"}}, {"vendor": VENDOR | {"client_secret": "marker\n"}},
    {"vendor": VENDOR | {"client_secret": " marker"}}, {"vendor": VENDOR | {"client_secret": "marker" * 90}},
    {"vendor": VENDOR | {"client_secret": "markerä"}}, {"vendor": VENDOR | {"realm": "marker"}},
    {"webhook": {"current": "marker"}}, {"webhook": {"current": whsec("m", 23)}},
    {"webhook": {"current": whsec("m", 65)}}, {"webhook": {"current": whsec(), "previous": "marker"}},
    {"webhook": {"previous": whsec()}}, {"webhook": "marker"},
])
def test_credentials_that_can_t_work_are_refused_and_never_repeated(
    office: Office, caplog: pytest.LogCaptureFixture, wrong: dict[str, Any]
) -> None:
    caplog.set_level("DEBUG")
    answer = put(office, **wrong)
    assert answer.status == 422 and office.secrets.kept == {}
    logged = " ".join(str(vars(record)) for record in caplog.records)
    for place in (answer.text, logged, repr(office.store.snapshot())):
        assert not any(piece in place for piece in ("marker", "mar:ker", whsec(), whsec("m", 23)))


@pytest.mark.parametrize(("settings", "secret", "taken"), [
    ({"webhook_secret_encoding": "utf8"}, "any text", True), ({"webhook_secret_encoding": "utf8"}, "short", False),
    ({"webhook_scheme": "basic"}, "user:password", True), ({"webhook_scheme": "basic"}, "no colon", False),
    ({"webhook_scheme": "shared-secret-header", "webhook_header": "X-Key"}, "some secret", True),
    ({"webhook_scheme": "hmac-header", "webhook_header": "X-Signature"}, "no base64!", False),
    ({}, whsec().removeprefix("whsec_").rstrip("="), True),
])
def test_a_secret_of_webhooks_is_of_a_form_that_its_scheme_can_use(office: Office, settings: dict[str, Any],
                                                                    secret: str, taken: bool) -> None:
    assert put(office, SETTINGS | settings, webhook={"current": secret}).status == (200 if taken else 422)


def test_a_new_secret_of_webhooks_says_what_becomes_of_the_one_before(office: Office) -> None:
    put(office, webhook={"current": whsec("a")})
    silent = patch(office, webhook={"current": whsec("b")})
    assert (silent.status, silent.body["wrong"]) == (422, [{"at": "webhook.previous", "type": "missing"}])
    name = f"gg4l/{SITE}/webhook"
    patch(office, webhook={"current": whsec("b"), "previous": whsec("a")})
    assert office.secrets.kept[name] == {"current": whsec("b"), "previous": whsec("a")}
    patch(office, webhook={"current": whsec("c"), "previous": None})
    assert office.secrets.kept[name] == {"current": whsec("c"), "previous": ""}
    told = patch(office, webhook=None).body
    assert (told["has_webhook_secret"], kept(office)["hook_secret"], name in office.secrets.kept) == (False, "", False)


def test_a_request_s_repr_tells_no_credentials() -> None:
    order = models.Gg4lOrder.model_validate({"settings": SETTINGS, "vendor": VENDOR, "webhook": WEBHOOK})
    assert not any(piece in f"{order!r} {order}" for piece in ("marker", "whsec"))


def test_a_secret_that_could_not_be_kept_leaves_no_connection(office: Office) -> None:
    office.secrets.fails = True
    answer = put(office)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert office.store.get(keys.gg4l_connection(SITE)) is None
    assert put(office).status == 200


def test_after_a_failure_of_the_scheduler_the_same_asked_again_works(local: Office) -> None:
    local.polls.fails = True
    assert (put(local, LOCAL).status, put(local, LOCAL).status) == (503, 200)
    assert local.polls.known[SITE]["enabled"] is True
    for what, enabled in (("pause", False), ("resume", True)):
        local.polls.fails = True
        assert (act(local, what).status, act(local, what).status) == (503, 200)
        assert local.polls.known[SITE]["enabled"] is enabled


def district(office: Office, guid: str = "d-1", **more: Any) -> None:
    secret = office.secrets.put(f"gg4l/{SITE}/{guid}", {"client_id": "c"})
    office.put_item(keys.gg4l_district(SITE, guid), {"district": guid, "linked": True, "secret": secret} | more)


def test_a_removed_connection_is_gone_with_its_schedule_and_all_secrets(office: Office) -> None:
    put(office, webhook=WEBHOOK)
    district(office)
    assert office.ask("DELETE", PATH, token=office.token()).status == 422
    answer = office.ask("DELETE", PATH, token=office.token(), query={"reason": "closed"})
    assert (answer.status, answer.body) == (200, {"site": SITE, "removed": True})
    assert (office.polls.known, office.secrets.kept) == ({}, {})
    left = office.store.get(keys.gg4l_district(SITE, "d-1")).body
    assert (left["linked"], left["secret"], left["district"]) == (False, "", "d-1")
    assert office.ask("GET", PATH, token=office.token()).status == 404
    assert (events(office)[-1]["what"], events(office)[-1]["reason"]) == ("gg4l.removed", "closed")


def test_a_removal_that_stopped_half_way_is_finished_by_another(office: Office) -> None:
    for broken in (office.polls, office.secrets):
        put(office)
        district(office)
        broken.fails = True
        statuses = [office.ask("DELETE", PATH, token=office.token(), query={"reason": "closed"}).status
                    for _ in range(2)]
        assert (statuses, office.polls.known, office.secrets.kept) == ([503, 404], {}, {})


@pytest.mark.parametrize(("right", "may"), [
    ("loads.approve", {"GET"}), ("accounts.manage", {"GET"}), ("credentials.export", set())])
def test_who_may_what(office: Office, right: str, may: set[str]) -> None:
    connected(office)
    token = office.token(office.put(account("clerk", "Staff", rights={right: ["*"]})).id)
    some = office.token(office.put(account("some", "Staff", rights={right: ["100"]})).id)
    requests = {"GET": ("GET", "", None), "PATCH": ("PATCH", "", {}), "POLL": ("POST", "/poll", None),
                "PUT": ("PUT", "", {"settings": SETTINGS}), "PAUSE": ("POST", "/pause", {"reason": "because"}),
                "APPROVE": ("POST", "/approve", {"reason": "because"})}
    for name, (method, path, body) in requests.items():
        answer = office.ask(method, f"{PATH}{path}", token=token, body=body)
        assert answer.status == (200 if name in may else 403)
        assert office.ask(method, f"{PATH}{path}", token=some, body=body).status == 403


def test_the_connection_of_another_site_isn_t_there(office: Office) -> None:
    put(office)
    theirs = office.token(site=OTHER_SITE)
    assert office.ask("GET", f"/sites/{OTHER_SITE}/gg4l", token=theirs).status == 404
    assert office.ask("GET", PATH, token=theirs).status == 404


def test_another_time_zone_of_the_site_sets_the_schedule_anew(office: Office) -> None:
    connected(office)
    body = {"settings": {"timezone": "America/Denver"}}
    assert office.ask("PATCH", f"/sites/{SITE}/settings", token=office.token(), body=body).status == 200
    assert office.polls.known[SITE]["timezone"] == "America/Denver"


def test_two_who_connect_at_once_make_one_connection(office: Office) -> None:
    """The second finds nothing yet, and the place taken when it writes."""
    get = office.store.get

    def late(key: Any) -> Any:
        found = get(key)
        if key == keys.gg4l_connection(SITE):
            office.store.get = get
            put(office, SETTINGS | {"page_size": 100})
        return found
    office.store.get = late
    assert put(office).body["settings"]["page_size"] == 500
    assert [event["what"] for event in events(office)] == ["gg4l.connected", "gg4l.changed"]


def test_a_connection_that_never_stands_still_is_busy(office: Office) -> None:
    put(office)
    office.store.write_together = lambda writes: False
    answer = patch(office, settings={"page_size": 200})
    assert (answer.status, answer.body["code"]) == (409, "BUSY")


def test_a_failing_queue_may_be_tried_again(office: Office) -> None:
    connected(office)

    def fail(order: dict[str, str]) -> None:
        raise StoreError("could not ask for a pull: RequestTimeout")
    office.gg4l_orders.answer = fail
    assert act(office, "poll").status == 503


def test_the_defaults_that_are_told_are_those_of_a_connection() -> None:
    assert set(gg4l._SETTINGS) == set(models.Gg4lSet.model_fields)
