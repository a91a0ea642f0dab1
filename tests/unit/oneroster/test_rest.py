"""A collection is every record once, or an error: whatever the pages look like."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rostering.errors import InputError, RemoteProtocolError, SourceUnavailable
from rostering.oneroster.rest import ENVELOPES, collection, refuse, scope
from tests.unit.oneroster.provider import Provider, session, users

LINKS = ['<https://evil.example/users?offset=1>; rel="next"', 'https://h/users?limit=2&offset=3; rel="next"',
         '</users?offset=0>; rel="next"', "", "rubbish"]


def pulled(provider: Provider, *, page_size: int = 2, **parts) -> list[str]:
    pages = collection(session(provider).get, "users", "users", page_size=page_size, **parts)
    return [record["sourcedId"] for page in pages for record in page.records]


def ids(count: int) -> list[str]:
    return [record["sourcedId"] for record in users(count)]


@pytest.mark.parametrize("link", LINKS)
def test_links_are_never_followed(link):
    provider = Provider({"users": users(5)}, link=link)
    assert pulled(provider) == ids(5)
    assert [call["offset"] for call in provider.calls] == ["0", "2", "4", "5"]
    assert all(url.startswith("https://data.example/") for _, url, *_ in provider.asked[1:])


def test_the_offset_advances_by_what_came_when_the_limit_is_clamped():
    provider = Provider({"users": users(7)}, clamp=3)
    assert pulled(provider, page_size=500) == ids(7)
    assert [call["offset"] for call in provider.calls] == ["0", "3", "6", "7"]
    assert {call["limit"] for call in provider.calls} == {"500"}


@given(st.integers(0, 40), st.lists(st.integers(1, 9), min_size=1), st.integers(1, 12))
def test_any_split_into_pages_gives_the_same_records(count, sizes, page_size):
    provider = Provider({"users": users(count)}, short=lambda call: sizes[call % len(sizes)], total="true")
    assert pulled(provider, page_size=page_size) == ids(count)


def test_a_provider_that_ignores_the_offset_is_an_error_and_no_roster():
    with pytest.raises(RemoteProtocolError) as error:
        pulled(Provider({"users": users(5)}, ignore_offset=True))
    assert error.value.code == "REPEATED_PAGE"


def test_records_without_an_id_that_repeat_are_an_error_too():
    with pytest.raises(RemoteProtocolError):
        provider = Provider({"users": [{"givenName": "Ada"}, 5]}, ignore_offset=True)
        list(collection(session(provider).get, "users", "users", page_size=2))


def test_records_without_an_id_are_told_apart_and_kept():
    provider = Provider({"users": [{"givenName": "Ada"}, {"givenName": "Bo"}, {"givenName": "Cy"}]})
    pages = list(collection(session(provider).get, "users", "users", page_size=1))
    assert [len(page.records) for page in pages] == [1, 1, 1]


def test_rows_that_move_to_a_later_page_come_once():
    moved = users(6)
    provider = Provider({"users": moved},
                        shift=lambda call, kept: kept if call == 1 else [{"sourcedId": "new"}, *kept])
    assert pulled(provider) == ids(6)


def test_rows_that_slip_through_between_pages_are_noticed_by_the_total():
    provider = Provider({"users": users(6)}, shift=lambda call, kept: kept if call == 1 else kept[1:], total=6)
    with pytest.raises(RemoteProtocolError) as error:
        pulled(provider)
    assert error.value.code == "INCOMPLETE"


def test_a_total_that_is_too_small_ends_nothing():
    assert pulled(Provider({"users": users(5)}, total=1)) == ids(5)


@pytest.mark.parametrize("total", ["-1", "many", "1e9", "", "٣", "9" * 30])
def test_a_total_that_is_no_number_is_none(total):
    assert pulled(Provider({"users": users(3)}, total=total)) == ids(3)


def test_an_empty_collection_has_no_pages_and_is_no_error():
    assert pulled(Provider({"users": []}, total=0)) == []


def test_an_empty_answer_to_a_collection_that_has_records_is_an_error():
    with pytest.raises(RemoteProtocolError):
        pulled(Provider({"users": []}, total=1_855))


def test_pages_say_where_the_next_begins_and_a_pull_goes_on_from_there():
    provider = Provider({"users": users(7)}, clamp=3, total="true")
    first = next(collection(session(provider).get, "users", "users", page_size=3))
    assert (first.number, first.offset, first.next_offset, first.received, first.total) == (1, 0, 3, 3, 7)
    rest = list(collection(session(provider).get, "users", "users", page_size=3, start_offset=3, first_page=2,
                           seen_ids=ids(3)))
    assert [page.number for page in rest] == [2, 3]
    assert [record["sourcedId"] for page in rest for record in page.records] == ids(7)[3:]


def test_a_pull_that_goes_on_without_ids_counts_by_its_offset():
    assert pulled(Provider({"users": users(7)}, total=7), start_offset=4) == ids(7)[4:]
    with pytest.raises(RemoteProtocolError):
        pulled(Provider({"users": users(7)}, total=8), start_offset=4)


def test_a_sort_field_is_sent_only_if_there_is_one():
    provider = Provider({"users": users(1)})
    pulled(provider)
    pulled(provider, sort_field="sourcedId")
    assert "sort" not in provider.calls[0]
    assert (provider.calls[-1]["sort"], provider.calls[-1]["orderBy"]) == ("sourcedId", "asc")


@pytest.mark.parametrize("told", [
    [{"imsx_codeMajor": "failure", "imsx_codeMinor": "invalid_sort_field", "imsx_description": "s-100 has gone"}],
    {"imsx_codeMinor": "invalid_sort_field"}])
def test_a_status_in_a_200_is_a_warning(told):
    provider = Provider({"users": users(1)}, envelope={"statusInfoSet": told})
    (page,) = collection(session(provider).get, "users", "users", page_size=5)
    assert (len(page.records), page.warnings) == (1, ("invalid_sort_field",))


def test_a_status_of_unknown_words_is_a_warning_that_repeats_none_of_them():
    provider = Provider({"users": users(1)}, envelope={"statusInfoSet": ["Ada", {"imsx_codeMinor": ["Ada"]}]})
    (page,) = collection(session(provider).get, "users", "users", page_size=5)
    assert page.warnings == ("other", "other")


@pytest.mark.parametrize("body", [
    b"", b"[]", b"null", b"{}", b'{"user": []}', b'{"users": null}', b'{"users": {}}',
    b'{"orgs": [{"sourcedId": "o"}]}',
    b'{"users": [{"sourcedId": "u-1"', b"<html>Bad Gateway</html>", b'{"statusInfoSet": []}'])
def test_a_200_without_the_envelope_is_an_error_and_never_an_empty_collection(body):
    with pytest.raises(RemoteProtocolError):
        list(collection(lambda path, params: (200, {}, body), "users", "users", page_size=5))


@pytest.mark.parametrize(("status", "error"), [
    (204, RemoteProtocolError), (206, RemoteProtocolError), (301, RemoteProtocolError), (400, RemoteProtocolError),
    (401, InputError), (403, InputError), (404, InputError), (422, RemoteProtocolError), (429, SourceUnavailable),
    (500, SourceUnavailable), (502, SourceUnavailable), (503, SourceUnavailable), (504, SourceUnavailable)])
def test_the_status_decides_and_not_the_body(status, error):
    whole = json.dumps({"users": users(1)}).encode()
    with pytest.raises(error):
        list(collection(lambda path, params: (status, {}, whole), "users", "users", page_size=5))


BODIES = {
    "flat": {"imsx_codeMajor": "failure", "imsx_description": "Ada Lowe s-100", "imsx_CodeMinor": {
        "imsx_codeMinorField": [{"imsx_codeMinorFieldName": "x", "imsx_codeMinorFieldValue": "invaliddata"}]}},
    "wrapped": {"imsx_StatusInfo": {"imsx_description": "Ada Lowe s-100", "imsx_codeMinor": "invaliddata"}},
    "1.1": {"statusInfoSet": [{"imsx_codeMinor": "invaliddata", "imsx_description": "Ada Lowe s-100"}]},
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_an_error_tells_the_code_minor_and_nothing_else_of_the_body(body):
    with pytest.raises(RemoteProtocolError) as error:
        refuse(422, json.dumps(body).encode(), "users")
    assert error.value.code == "invaliddata"
    assert "invaliddata" in str(error.value) and "Ada" not in str(error.value) and "s-100" not in str(error.value)


def test_every_path_has_an_envelope_and_scopes_are_of_the_version():
    assert ENVELOPES["students"] == ENVELOPES["teachers"] == "users" and ENVELOPES["schools"] == "orgs"
    assert scope("1.2").split() == [
        "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly",
        "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-demographics.readonly"]
