"""Every switch does what its sentence says. Each test names one."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import fields
from itertools import islice
from pathlib import Path

import pytest

from cli.oneroster.faults import NONE, Faults, describe, parse
from cli.oneroster.pages import _WRONG_BY
from tests.unit.provider.client import TODAY, Clock, client


def offset_of(link: str, rel: str) -> str:
    return next(part for part in link.split(", ") if f'rel="{rel}"' in part).partition(";")[0]


def test_every_switch_has_one_sentence_and_a_test():
    tests = Path(__file__).read_text() + (Path(__file__).parent / "test_damage.py").read_text()
    for name, values, description in describe():
        assert description.endswith(".") and values
        assert f'"{name}=' in tests or f'"{name}"' in tests or f'f"{name}=' in tests, name


def test_no_fault_is_a_provider_by_the_standard():
    assert parse([]) == NONE


def test_an_unknown_name_lists_the_names():
    with pytest.raises(ValueError, match=r"unknown fault 'links'; one of: link, total_count, .*webhook"):
        parse(["links=none"])


@pytest.mark.parametrize(("setting", "allowed"), [
    ("link=sideways", "bracketed, unbracketed"), ("throttle=often", "n:date"), ("throttle=7:weekly", "n:date"),
    ("server_errors=418@5", "kind@call"), ("server_errors=502", "kind@call"), ("empty=planets", "collections"),
    ("dangling=2", "a share"), ("slow=-1", "seconds"), ("limit_clamp=-1", "off"), ("link", "bracketed"),
    ("slow=nan", "seconds"), ("short_pages=maybe", "off, on")])
def test_an_unknown_value_lists_the_values(setting, allowed):
    with pytest.raises(ValueError, match=r"^fault .* cannot be .*; allowed: ") as raised:
        parse([setting])
    assert allowed in str(raised.value)


def test_switches_combine():
    asking = client("limit_clamp=7", "link=none", "total_count=absent", "booleans=json", "grades=9")
    status, headers, body = asking.ask("users", limit=100)
    users = json.loads(body)["users"]
    assert (status, len(users), headers) == (200, 7, {"Content-Type": "application/json"})
    assert {user["enabledUser"] for user in users} <= {True, False}


@pytest.mark.parametrize(("form", "next_link"), [
    ("bracketed", "<https://connect.example/datahub/services/ims/oneroster/v1p1/users?limit=10&offset=10>"),
    ("unbracketed", "https://connect.example/datahub/services/ims/oneroster/v1p1/users?limit=10&offset=10"),
    ("off-by-one", "<https://connect.example/datahub/services/ims/oneroster/v1p1/users?limit=10&offset=11>"),
    ("relative", "</datahub/services/ims/oneroster/v1p1/users?limit=10&offset=10>")])
def test_link_is_written_as_told(form, next_link):
    _, headers, _ = client(f"link={form}").ask("users", limit=10)
    assert offset_of(headers["Link"], "next") == next_link


def test_link_can_be_left_out():
    assert "Link" not in client("link=none").ask("users")[1]


@pytest.mark.parametrize(("form", "by"), [("present", 0), ("wrong", 3), ("low", -3)])
def test_total_count_can_be_wrong(form, by):
    assert _WRONG_BY[form] == by
    asking = client(f"total_count={form}")
    assert int(asking.ask("users")[1]["X-Total-Count"]) == len(asking.ids("users")) + by


def test_total_count_can_be_left_out():
    assert "X-Total-Count" not in client("total_count=absent").ask("users")[1]


def test_limit_clamp_is_silent_and_loses_nothing():
    asking = client("limit_clamp=10")
    assert len(asking.get("users", limit=100)["users"]) == 10
    assert asking.ids("users") == client().ids("users")


def test_short_pages_come_in_the_middle_and_lose_nothing():
    asking = client("short_pages")
    pages = list(asking.pages("enrollments", 20))
    assert [row["sourcedId"] for page in pages for row in page] == client().ids("enrollments")
    assert len(pages[0]) == 20 and any(len(page) < 20 for page in pages[1:-1])


def test_ignore_offset_gives_the_first_page_for_ever():
    first, second, third = islice(client("ignore_offset").pages("users", 10), 3)
    assert first == second == third


def test_shift_rows_tells_some_twice_and_others_never():
    asking, true = client("shift_rows"), client().ids("users")
    found = Counter(asking.ids("users", 20))
    assert sum(found.values()) == len(true)
    assert 0 < len(true) - len(found) == sum(times - 1 for times in found.values())
    assert asking.ids("users", 500) == true, "a pull of one page sees no shift"


@pytest.mark.parametrize(("setting", "calls", "moves"), [
    ("off", 5, 0), ("on", 5, 1), ("2", 5, 1), ("4", 3, 0), ("always", 5, 5)])
def test_refresh_during_pull_moves_the_ready_timestamp(setting, calls, moves):
    asking = client(f"refresh_during_pull={setting}")
    seen = [asking.discovery()[2]]
    for _ in range(calls):
        asking.get("orgs")
        seen.append(asking.discovery()[2])
    assert len(set(seen)) == moves + 1


def test_throttle_answers_every_nth_call_in_plain_text():
    asking = client("throttle=3")
    answers = [asking.ask("orgs") for _ in range(6)]
    assert [status for status, _, _ in answers] == [200, 200, 429, 200, 200, 429]
    _, headers, body = answers[2]
    assert headers == {"Content-Type": "text/plain", "Retry-After": "1"} and not body.startswith(b"{")


def test_throttle_can_say_when_as_a_date():
    clock = Clock()
    clock.now = 0
    assert client("throttle=1:date", clock=clock).ask("orgs")[1]["Retry-After"] == "Thu, 01 Jan 1970 00:00:01 GMT"


def test_token_expiry_comes_after_that_many_calls_and_a_new_token_helps():
    asking = client("token_expiry=2")
    assert [asking.ask("orgs")[0] for _ in range(4)] == [200, 200, 401, 401]
    asking.headers = asking.token(asking.made.credentials)
    assert asking.ask("orgs")[0] == 200


@pytest.mark.parametrize(("kind", "type"), [
    ("500", "application/json"), ("502", "text/html"), ("503", "text/plain"), ("504", "text/html")])
def test_server_errors_come_at_their_call_only(kind, type):
    asking = client(f"server_errors={kind}@2")
    answers = [asking.ask("orgs") for _ in range(3)]
    assert [status for status, _, _ in answers] == [200, int(kind), 200]
    assert answers[1][1]["Content-Type"] == type


def test_server_errors_can_be_several_and_cut_the_connection():
    asking = client("server_errors=reset@1,503@2")
    with pytest.raises(ConnectionResetError):
        asking.ask("orgs")
    assert [asking.ask("orgs")[0] for _ in range(2)] == [503, 200]


def test_slow_waits_before_each_call():
    clock = Clock()
    asking = client("slow=0.2", clock=clock)
    asking.get("orgs")
    asking.get("users")
    assert clock.slept == [0.2, 0.2]


def test_slow_can_trickle_instead():
    clock = Clock()
    asking = client("slow=trickle:0.1", clock=clock)
    asking.get("orgs")
    assert clock.slept == [] and asking.made.faults.slow == (0.1, True)


def test_truncate_cuts_the_json_of_a_long_page():
    _, _, body = client("truncate=400").ask("users")
    assert len(body) == 400
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)
    assert client("truncate=4000").get("academicSessions")


def test_empty_collections_say_that_they_are():
    asking = client("empty=users,courses")
    _, headers, body = asking.ask("users")
    assert (headers["X-Total-Count"], json.loads(body)) == ("0", {"users": []})
    assert asking.ids("courses") == [] != asking.ids("classes")
    assert asking.ask(f"users/{client().ids('users')[0]}")[0] == 404


def test_warn_200_puts_a_warning_beside_the_rows_or_instead():
    for form, rows in (("on", 10), ("empty", 0)):
        answer = client(f"warn_200={form}").get("users", limit=10)
        assert len(answer["users"]) == rows
        assert answer["statusInfoSet"][0]["imsx_severity"] == "warning"


DAYS = {"students": 1_000}


def gone(*faults: str) -> tuple[dict[str, str], set[str]]:
    """The status of each user on the next day, and who left."""
    before, asking = client(**DAYS), client(*faults, day="next-day", **DAYS)
    true = set(client(day="next-day", **DAYS).ids("students"))
    return {row["sourcedId"]: row["status"] for row in asking.rows("students")}, set(
        before.ids("students")) - true


def test_deletion_vanish_leaves_them_out():
    status, left = gone("deletion=vanish")
    assert len(left) == 20 and not left & status.keys()


def test_deletion_tobedeleted_marks_them():
    status, left = gone("deletion=tobedeleted")
    assert {id for id, word in status.items() if word == "tobedeleted"} == left


def test_deletion_both_marks_some_and_leaves_out_the_others():
    status, left = gone("deletion=both")
    marked = {id for id, word in status.items() if word == "tobedeleted"}
    assert 0 < len(marked) < len(left) and marked < left and left & status.keys() == marked


def test_deletion_event_shows_them_as_ever():
    status, left = gone("deletion=event")
    assert {status[id] for id in left} == {"active"}
    asking = client("deletion=event", day="next-day", **DAYS)
    deleted = [event for event in asking.get("events", limit=500)["events"]
               if event["eventType"] == "Student.Deleted"]
    assert len(deleted) == 20 and {event["object"] for event in deleted} == {None}


def test_resurrect_brings_every_second_back_a_day_later():
    asking = client("resurrect", **DAYS)
    days = [set(asking.ids("students"))]
    for _ in range(2):
        asking.made.advance()
        days.append(set(asking.ids("students")))
    left = days[0] - days[1]
    assert (len(left), len(left & days[2])) == (20, 10)
    assert asking.made.advance() == "day-after"


def test_without_resurrect_there_are_two_days():
    made = client().made
    assert [made.advance(), made.advance()] == ["next-day", "next-day"]


def test_rekey_gives_a_share_of_the_students_new_ids_from_the_next_day_on():
    plain, asking = client(day="next-day", **DAYS), client("rekey=0.1", day="next-day", **DAYS)
    by_number = [{row["identifier"]: row["sourcedId"] for row in made.rows("students")} for made in (plain, asking)]
    assert by_number[0].keys() == by_number[1].keys()
    rekeyed = {by_number[1][number] for number in by_number[0] if by_number[0][number] != by_number[1][number]}
    assert 60 < len(rekeyed) < 140
    assert rekeyed < set(asking.ids("demographics"))
    assert rekeyed < {row["user"]["sourcedId"] for row in asking.rows("enrollments")}
    assert client("rekey=0.1", **DAYS).ids("students") == client(**DAYS).ids("students")


def test_order_random_changes_the_order_and_nothing_else():
    asking, true = client("order=random"), client().ids("users")
    found = asking.ids("users", 20)
    assert found != true and sorted(found) == true
    assert asking.ids("users", 500) == found, "the order stays the same"


@pytest.mark.parametrize(("form", "check"), [
    ("array", lambda found: found[0]["lastDataProcessingCompletedTimestamp"] == "2026-11-23T04:12:55.120-05:00"),
    ("wrapped", lambda found: len(found) == 1 and found["districts"][0]["clientId"]),
    ("spelling", lambda found: "lastDataProcessingCompletedTimestamp" not in found[0]
     and found[0]["lastDataProcessingCompleteTimestamp"]),
    ("null-timestamps", lambda found: [found[0][name] for name in (
        "createdTimestamp", "lastDataProcessingCompletedTimestamp", "expiryDate")] == [None] * 3),
    ("date-expiry", lambda found: found[0]["expiryDate"] == "2027-06-30"),
    ("duplicate", lambda found: len(found) == 2 and found[0] == found[1])])
def test_discovery_comes_in_many_forms(form, check):
    status, _, body = client(f"discovery={form}").discovery()
    assert status == 200 and check(json.loads(body))


def test_discovery_can_be_malformed():
    with pytest.raises(json.JSONDecodeError):
        json.loads(client("discovery=malformed").discovery()[2])


def test_sharing_expired_shows_nothing_and_says_so_in_discovery():
    asking = client("sharing=expired")
    assert json.loads(asking.discovery()[2])[0]["expiryDate"] < TODAY.isoformat()
    assert [asking.ids(name) for name in ("orgs", "users", "enrollments")] == [[], [], []]


def test_sharing_suspended_leaves_discovery_and_closes_the_data():
    asking = client("sharing=suspended")
    assert json.loads(asking.discovery()[2]) == []
    assert asking.ask("users")[0] == 403


def test_sharing_unshared_lacks_one_school_and_everybody_who_is_only_there():
    plain, asking = client(students=400), client("sharing=unshared", students=400)
    lost = set(plain.ids("schools")) - set(asking.ids("schools"))
    assert len(lost) == 1
    kept = asking.rows("users")
    assert not lost & {org["sourcedId"] for user in kept for org in user["orgs"]}
    assert 0 < len(kept) < len(plain.ids("users"))
    classes, users = set(asking.ids("classes")), {user["sourcedId"] for user in kept}
    for row in asking.rows("enrollments"):
        assert row["class"]["sourcedId"] in classes and row["user"]["sourcedId"] in users


def test_sharing_blanked_takes_what_tells_who_somebody_is():
    for user in client("sharing=blanked").rows("users"):
        assert not {"email", "phone", "identifier", "userIds"} & user.keys()
        assert "student_number" not in user.get("metadata", {})
        assert user["givenName"] and user["familyName"]


def test_scope_and_webhook_have_their_own_tests():
    """"scope=required" in test_tokens, "webhook=…" in test_webhooks."""
    assert {"scope", "webhook"} <= {switch.name for switch in fields(Faults)}
