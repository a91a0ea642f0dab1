"""`rollbook gg4l …` against the API on memory, with a puller that answers at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli import home
from rostering.districts import DISTRICT
from rostering.store import keys
from tests.integration.accounts.office import SITE, account
from tests.integration.accounts.test_command_line import HOLD, Desk, desk, run, s3, signed_in
from tests.integration.accounts.test_gg4l import whsec

__all__ = ["desk", "s3", "signed_in"]
URL = "https://connect.example.org/datahub/services/vendor/onboarding/credentials"
TOKEN_URL = "https://connect.example.org/datahub/oauth/token"
WHY = ("--reason", "the office asked")


def said(*words: Any) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def file(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(f"{text}\n")
    return folder / name


@pytest.fixture
def connect(tmp_path: Path) -> tuple[Any, ...]:
    """The words that connect a site."""
    secret = file(tmp_path, "secret", "marker-secret")
    return ("gg4l", "connect", "--discovery-url", URL, "--client-id", "us", "--client-secret-file", secret)


@pytest.fixture
def connected(signed_in: Desk, connect: tuple[Any, ...]) -> Desk:
    """A site that is connected, and approved by another."""
    said(*connect)
    second = signed_in.office.put(account("second", "Staff", rights={"admin": ["*"]}))
    path = f"/sites/{SITE}/gg4l/approve"
    assert signed_in.office.ask("POST", path, token=signed_in.office.token(second.id), body={"reason": "ours"}).status \
        == 200
    return signed_in


@pytest.fixture
def linked(connected: Desk) -> Desk:
    connected.office.put_item(keys.gg4l_district(SITE, "d-0001"), DISTRICT | {
        "district": "d-0001", "name": "Example USD", "state": "COMPLETED", "state_at": "2026-09-21T14:13:20.000Z",
        "known_to_discovery": True, "linked": True, "ready": "2026-09-21T14:13:20.000Z",
        "last_pull_at": "2026-09-22T05:00:00.000Z", "last_load": "01OLD",
        "project_manager": {"name": "Pat", "email": "pat@gg4l.example"},
        "history": [{"at": "2026-09-21T14:13:20.000Z", "by": "webhook", "state": "COMPLETED"}],
        "calls": [{"at": "2026-09-01T08:00:00.000Z", "by": "me", "when": "2026-09-02T10:00"}],
        "notes": [{"at": "2026-09-01T08:00:00.000Z", "by": "me", "text": "Ana is away."}],
        "collections": {"users": {"state": "complete", "rows": 4_400, "at": "2026-09-22T05:00:00.000Z"}},
        "evidence": {"told": {"COMPLETED": {"at": "2026-09-21T14:13:20.000Z", "by": "webhook"}},
                     "seen": {"VALIDATING": "2026-09-20T00:00:00.000Z"}, "stamps": {}, "polled_at": ""}})
    return connected


def puller(desk: Desk, **told: Any) -> None:
    """Let every pull end like this."""
    def answer(order: dict[str, str]) -> None:
        place = keys.gg4l_pull(SITE, order["district"], order["pull"])
        desk.office.store.update(place, lambda body: body | told)
    desk.office.gg4l_orders.answer = answer


def test_a_site_is_connected_with_all_that_can_be_told(signed_in: Desk, connect: tuple[Any, ...],
                                                        tmp_path: Path) -> None:
    told = said(*connect, "--token-url", "https://login.example.org/t", "--webhook-secret-file",
                file(tmp_path, "hook", "some marker"), "--webhook-previous-file", file(tmp_path, "old", "older marker"),
                "--webhook-scheme", "shared-secret-header", "--webhook-header", "X-Key", "--poll-every", "60m")
    settings = told["settings"]
    assert (settings["discovery_url"], settings["token_url"]) == (URL, "https://login.example.org/t")
    assert (settings["webhook_scheme"], settings["webhook_header"], settings["poll"]) == (
        "shared-secret-header", "X-Key", "rate(60 minutes)")
    assert signed_in.office.secrets.kept == {
        f"gg4l/{SITE}/vendor": {"client_id": "us", "client_secret": "marker-secret"},
        f"gg4l/{SITE}/webhook": {"current": "some marker", "previous": "older marker"}}


def test_a_person_who_connects_is_told_what_comes_next(signed_in: Desk, connect: tuple[Any, ...]) -> None:
    told = run(*connect).stdout
    assert "GG4L is connected." in told and "Another administrator has to approve" in told
    assert "rollbook gg4l approve" in told and "marker" not in told
    assert said("gg4l", "connection")["settings"]["token_url"] == TOKEN_URL


@pytest.mark.parametrize(("words", "code", "says"), [
    (("--poll-every", "soon"), 2, "soon is not how often, as 60m or 2h."),
    (("--webhook-previous-file", "old"), 2, "--webhook-previous-file goes with --webhook-secret-file."),
    (("--webhook-secret-file", "nowhere"), 1, "nowhere can't be read: No such file or directory."),
    (("--webhook-scheme", "none"), 1, "The request is not what this route takes: settings.webhook_scheme "
     "(webhook_scheme is one of standard, hmac-header, shared-secret-header, basic)."),
    (("--token-url", "https://10.0.0.1/"), 1,
     "token_url: The address must name a public host, such as zis.example.org; numbers are no names."),
])
def test_a_connection_that_can_t_be_is_one_sentence(signed_in: Desk, connect: tuple[Any, ...], words: tuple[str, ...],
                                                    code: int, says: str) -> None:
    result = run(*connect, *words)
    assert (result.exit_code, " ".join(result.stderr.split())) == (code, says)


def test_a_site_without_a_connection_is_told_how_to_connect(signed_in: Desk) -> None:
    for words in (("connection",), ("set", "page_size=1"), ("approve", *WHY)):
        result = run("gg4l", *words)
        assert (result.exit_code, result.stderr) == (
            1, "This site has no connection to GG4L yet: rollbook gg4l connect\n")
    assert "rollbook gg4l introduce" in run("gg4l", "districts").stdout


def test_the_connection_is_shown_with_its_last_poll_and_without_secrets(connected: Desk) -> None:
    connected.office.store.update(keys.gg4l_connection(SITE), lambda body: body | {
        "polled_at": "2026-09-21T14:13:20.000Z", "poll_code": "OR-401", "poll_message": "GG4L refuses us."})
    told = run("gg4l", "connection").stdout
    for piece in ("GG4L and lakeview: connected", URL, TOKEN_URL, "rate(1 hour)", "by second", "2026-09-21 14:13",
                  "GG4L refuses us. (OR-401)", f"/webhooks/{SITE}", "none: webhooks are refused"):
        assert piece in told
    assert "marker" not in told + json.dumps(said("gg4l", "connection"))


def test_addresses_are_approved_by_another_who_sees_them(signed_in: Desk, connect: tuple[Any, ...]) -> None:
    said(*connect)
    mine = run("gg4l", "approve", *WHY)
    assert (mine.exit_code, mine.stderr) == (
        1, "Another administrator than those who told the addresses approves them.\n")
    second = signed_in.office.put(account("second", "Staff", rights={"admin": ["*"]}))
    home.keep_session(SITE, home.session(SITE) | {"access_token": signed_in.office.token(second.id)})
    result = run("gg4l", "approve", *WHY)
    assert result.exit_code == 0 and URL in result.stdout and TOKEN_URL in result.stdout


def test_gg4l_is_paused_resumed_polled_and_disconnected(connected: Desk) -> None:
    before = len(connected.office.gg4l_orders.sent)
    assert "No district of lakeview is known at GG4L yet." in run("gg4l", "poll").stdout
    assert said("gg4l", "poll")["polled_at"]
    assert connected.office.gg4l_orders.sent[before:] == [{"site": SITE, "kind": "poll"}] * 2
    assert said("gg4l", "pause", "--reason", "summer break")["paused"] == "summer break"
    assert "paused" in run("gg4l", "connection").stdout
    assert run("gg4l", "poll").stderr == "GG4L is paused (summer break): it has to be resumed first.\n"
    assert said("gg4l", "resume")["paused"] == ""
    assert said("gg4l", "disconnect", "--reason", "no & longer = ours") == {"site": SITE, "removed": True}
    assert connected.office.secrets.kept == {}


def test_settings_and_secrets_are_set(connected: Desk, tmp_path: Path) -> None:
    settings = said("gg4l", "set", "poll=2h", "page_size=200", "usernames=yes", "requests_per_second=2.5",
                    "guardian_source=contacts", "onboarding_email=onboarding@gg4l.example")["settings"]
    assert (settings["poll"], settings["page_size"], settings["usernames"]) == ("rate(2 hours)", 200, True)
    assert (settings["requests_per_second"], settings["guardian_source"]) == (2.5, "contacts")
    assert said("gg4l", "set", "page_size=", "poll=")["settings"]["page_size"] == 500
    one, two = file(tmp_path, "one", whsec("a")), file(tmp_path, "two", whsec("b"))
    kept, name = connected.office.secrets.kept, f"gg4l/{SITE}/webhook"
    said("gg4l", "set", "--webhook-secret-file", one)
    result = run("gg4l", "set", "--webhook-secret-file", two)
    assert result.exit_code == 1 and "Give it as the previous one" in " ".join(result.stderr.split())
    said("gg4l", "set", "--webhook-secret-file", two, "--webhook-previous-file", one)
    assert kept[name] == {"current": whsec("b"), "previous": whsec("a")}
    said("gg4l", "set", "--webhook-secret-file", one, "webhook_previous=")
    assert kept[name] == {"current": whsec("a"), "previous": ""}
    assert said("gg4l", "set", "webhook=")["has_webhook_secret"] is False and name not in kept
    said("gg4l", "set", "--client-id", "them", "--client-secret-file", file(tmp_path, "new", "another"))
    assert kept[f"gg4l/{SITE}/vendor"] == {"client_id": "them", "client_secret": "another"}


@pytest.mark.parametrize(("words", "says"), [
    (("page_siz=1",), "There is no setting page_siz. Did you mean page_size?"),
    (("page_size",), "page_size is not KEY=VALUE."),
    (("usernames=perhaps",), "usernames is yes or no, not perhaps."),
    (("page_size=big",), "page_size is a number, not big."),
    (("poll=now",), "now is not how often, as 60m or 2h."),
    (("client_secret=x",), "client_secret comes with --client-secret-file: see rollbook gg4l set --help."),
    (("webhook=x",), "webhook comes with --webhook-secret-file: see rollbook gg4l set --help."),
    (("webhook_previous=",), "webhook_previous= goes with --webhook-secret-file alone: a new secret in place of all."),
    (("--client-id", "x"), "A client id and its secret come together: --client-id and --client-secret-file."),
])
def test_a_setting_that_can_t_be_is_one_sentence(connected: Desk, words: tuple[str, ...], says: str) -> None:
    result = run("gg4l", "set", *words)
    assert (result.exit_code, " ".join(result.stderr.split())) == (2, says)


def test_a_district_is_introduced_by_a_letter_that_is_printed(connected: Desk) -> None:
    said("gg4l", "set", "onboarding_email=onboarding@gg4l.example")
    words = ("gg4l", "introduce", "--district-name", "Example USD", "--contact", "ana@example.org")
    told = run(*words).stdout
    for piece in ("Please send this e-mail", "To: onboarding@gg4l.example, ana@example.org",
                  "Subject: Introduction: Example USD and GG4L", "intro-example-usd-", "SURVEY_PENDING",
                  "Who has to act: district"):
        assert piece in told
    assert said(*words, "--district", "d-0002")["district"]["district"] == "d-0002"


def test_districts_are_listed_with_who_is_late(linked: Desk) -> None:
    linked.office.put_item(keys.gg4l_district(SITE, "d-0002"), DISTRICT | {
        "district": "d-0002", "name": "Late USD", "state": "SURVEY_PENDING", "state_at": "2026-09-01T14:13:20.000Z"})
    told = run("gg4l", "districts").stdout
    for piece in ("d-0001", "Example USD", "COMPLETED", "2026-09-21", "yes", "2026-09-22 05:00", "01OLD", "Late USD"):
        assert piece in told
    late = [line for line in told.splitlines() if " late " in f"{line} "]
    assert len(late) == 1 and "d-0002" in late[0]
    assert [one["district"] for one in said("gg4l", "districts")["districts"]] == ["d-0001", "d-0002"]


def test_a_district_is_shown_with_its_history_and_who_has_to_act(linked: Desk) -> None:
    told = run("gg4l", "show", "d-0001").stdout
    for piece in ("District d-0001 (Example USD): COMPLETED", "The integration is complete.", "Pat pat@gg4l.example",
                  "History", "webhook", "2026-09-02T10:00", "Ana is away.", "users", "4,400", "complete", "01OLD"):
        assert piece in told
    assert "Who has to act" not in told
    assert run("gg4l", "show", "d-0009").stderr == "There is nothing here by that name.\n"


def test_a_district_is_linked_unlinked_and_moved(linked: Desk) -> None:
    introduced = said("gg4l", "introduce", "--district-name", "Other", "--contact", "ana@example.org")
    intro = introduced["district"]["district"]
    assert said("gg4l", "unlink", "d-0001", *WHY)["linked"] is False
    assert "It is not linked with the site yet: rollbook gg4l link d-0001" in run("gg4l", "show", "d-0001").stdout
    assert said("gg4l", "link", "d-0001", "--as", intro)["contact"] == "ana@example.org"
    moved = said("gg4l", "move", "d-0001", "suspended", "--note", "Paused.", "--project-manager", "Lee", "--email",
                 "lee@gg4l.example", "--call", "2026-12-01T10:00", "--call", "2026-12-08", *WHY)
    assert (moved["state"], moved["project_manager"]) == ("SUSPENDED", {"name": "Lee", "email": "lee@gg4l.example"})
    assert [one["when"] for one in moved["calls"]][1:] == ["2026-12-01T10:00", "2026-12-08T00:00"]
    linked.office.clock.at += 60
    assert "District d-0001 (Example USD) is noted: COMPLETED." in run(
        "gg4l", "move", "d-0001", "COMPLETED", *WHY).stdout
    linked.office.clock.at += 60
    told = run("gg4l", "move", "d-0001", "DATA_SYNC", *WHY).stdout
    assert "It stands at COMPLETED all the same" in told
    wrong = run("gg4l", "move", "d-0001", "finished", *WHY)
    assert wrong.exit_code == 1 and "a state is one of SURVEY_PENDING" in " ".join(wrong.stderr.split())


@pytest.mark.parametrize(("state", "code", "says"), [
    ("refused", 4, "District d-0001: The sharing has expired. (EXPIRED)"),
    ("unavailable", 1, "GG4L does not answer now; it is tried again later. The sharing has expired. (EXPIRED)"),
])
def test_a_pull_that_went_wrong_is_one_sentence(linked: Desk, state: str, code: int, says: str) -> None:
    puller(linked, state=state, code="EXPIRED", message="The sharing has expired.")
    result = run("gg4l", "pull", "d-0001")
    assert (result.exit_code, result.stdout) == (code, says + "\n")


@pytest.mark.parametrize(("state", "becomes", "code"), [
    ("nothing", "done", 0), ("refused", "turned_back", 4), ("unavailable", "failed", 1), ("running", "waiting", 3)])
def test_a_pull_without_a_load_has_the_shape_of_one(linked: Desk, state: str, becomes: str, code: int) -> None:
    code_and_message = {"code": "", "message": ""} if state == "nothing" else {"code": "OR-401", "message": "No."}
    puller(linked, state=state, **code_and_message)
    result = run("gg4l", "pull", "d-0001", "--wait", 0, "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["state"], told["load"], told["source"]) == (code, becomes, "", "gg4l:d-0001")
    assert list(told) == ["load", "site", "source", "state", "counts", "problems", "holds", "files", "seconds"]
    assert all(set(count.values()) == {0} for count in told["counts"].values()) and len(told["counts"]) == 9
    assert told["problems"] == ([] if state == "nothing" else [
        {"severity": "O", "code": "OR-401", "tab": "", "row": 0, "column": "", "message": "No."}])


def test_a_pull_that_is_not_over_goes_on_by_itself(linked: Desk) -> None:
    result = run("gg4l", "pull", "d-0001", "--wait", 0)
    assert result.exit_code == 3
    assert " ".join(result.stdout.split()) == ("District d-0001 is not done yet. It goes on by itself; to see how it "
                                               "went: rollbook gg4l show d-0001")
    puller(linked, state="nothing")
    assert run("gg4l", "pull", "d-0001").stdout == "District d-0001 had nothing new.\n"


def test_a_pull_is_followed_to_the_end_of_its_load(linked: Desk, tmp_path: Path) -> None:
    linked.become({"source": "gg4l:d-0001", "file_name": "", "state": "done", "files": linked.keep_report(),
                   "load_type": "Snapshot"})
    puller(linked, state="pulled", load="01LOAD")
    told = said("gg4l", "pull", "d-0001", "--out", tmp_path / "got")
    assert (told["load"], told["source"], told["state"]) == ("01LOAD", "gg4l:d-0001", "done")
    assert told["files"]["report_xlsx"] == str(tmp_path / "got" / "report.xlsx")
    assert "Load 01LOAD of lakeview, district d-0001, snapshot" in run("gg4l", "pull", "d-0001").stdout


def test_a_load_of_a_pull_that_is_held_is_approved_with_yes(linked: Desk) -> None:
    linked.become({"source": "gg4l:d-0001", "file_name": "", "state": "held",
                   "holds": [HOLD | {"action": "send_again"}]})
    puller(linked, state="pulled", load="01LOAD")
    result = run("gg4l", "pull", "d-0001")
    assert result.exit_code == 3
    assert "pull again: rollbook gg4l pull d-0001" in result.stdout.replace("\n", " ")
    assert run("gg4l", "pull", "d-0001", "--yes", "--json").exit_code == 0
    assert linked.office.workflow.answers == [("t", {"decision": "approved"})]


def test_loads_say_which_district_they_are_of(signed_in: Desk) -> None:
    signed_in.become({"source": "gg4l:d-0001", "file_name": "", "load_type": "Snapshot", "state": "done"})
    assert "district d-0001, snapshot" in run("loads").stdout


def test_who_pulls_a_district_by_hand_links_it(linked: Desk) -> None:
    said("gg4l", "unlink", "d-0001", *WHY)
    puller(linked, state="nothing", message="Nothing newer.")
    assert run("gg4l", "pull", "d-0001").exit_code == 0
    assert said("gg4l", "show", "d-0001")["linked"]


def test_a_district_that_nobody_has_heard_of_is_asked_for(connected: Desk) -> None:
    before = len(connected.office.gg4l_orders.sent)
    assert run("gg4l", "pull", "d-none").exit_code == 1
    assert [order["kind"] for order in connected.office.gg4l_orders.sent[before:]] == ["poll"]


@pytest.mark.parametrize("words", [
    ("--fault", "nonsense"), ("--fault", "nonsense=1"), ("--oneroster", "1.3"), ("--day", "yesterday")])
def test_a_simulator_that_can_t_be_is_one_sentence(words: tuple[str, ...]) -> None:
    result = run("gg4l", "simulate", "--students", 10, *words)
    assert result.exit_code == 2 and result.stderr.strip() and "Traceback" not in result.stderr
