"""The list of districts, in every spelling that the vendor documents, and with what can be wrong in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from rostering.errors import RemoteProtocolError
from rostering.oneroster.discovery import Odd, discovery

ENTRY = {
    "districtName": "Example USD", "clientId": "c1", "clientSecret": "s3cr3t",
    "createdTimestamp": "2026-11-01T09:00:00.000Z",
    "lastDataProcessingCompletedTimestamp": "2026-11-23T04:12:55.120-05:00",
    "tokenUrl": "https://connect.example/datahub/oauth/token",
    "apiUrl": "https://data.example/datahub/services/ims/oneroster/v1p1", "districtGuid": "d-0001",
    "expiryDate": "2027-06-30T00:00:00.000Z", "region": {"new": 1}}


def entry(**parts: object) -> dict:
    return {name: value for name, value in (ENTRY | parts).items() if value is not ...}


def found(*entries: object):
    return discovery(json.dumps(entries).encode())


def test_an_entry_is_read_and_times_are_instants():
    (district,) = found(ENTRY).districts
    assert (district.guid, district.name, district.client_id, district.client_secret) == (
        "d-0001", "Example USD", "c1", "s3cr3t")
    assert district.ready == datetime(2026, 11, 23, 9, 12, 55, 120_000, tzinfo=UTC)
    assert district.created == datetime(2026, 11, 1, 9, tzinfo=UTC)
    assert district.expires == datetime(2027, 6, 30, tzinfo=UTC)


def test_the_secret_is_not_shown():
    assert "s3cr3t" not in repr(found(ENTRY))


@pytest.mark.parametrize("body", [
    b"\xef\xbb\xbf" + json.dumps([ENTRY]).encode(), json.dumps({"credentials": [ENTRY], "count": 1}).encode()])
def test_the_list_may_be_wrapped(body):
    assert len(discovery(body).districts) == 1


@pytest.mark.parametrize("body", [
    b"", b"{}", b"null", b"5", b'{"a": [], "b": []}', b'{"error": "x"}', b"[{,}]", b'[{"districtGuid": "d-1",}]',
    b"<html></html>"])
def test_what_is_no_list_is_an_error_and_not_an_empty_list(body):
    with pytest.raises(RemoteProtocolError):
        discovery(body)


def test_both_spellings_of_the_timestamp_are_read():
    other = entry(lastDataProcessingCompletedTimestamp=...,
                  lastDataProcessingCompleteTimestamp="2026-11-23T09:12:55.120Z")
    assert found(other).districts[0].ready == found(ENTRY).districts[0].ready


def test_null_timestamps_are_nothing_yet():
    seen = found(entry(createdTimestamp=None, lastDataProcessingCompletedTimestamp=None, expiryDate=None))
    district = seen.districts[0]
    assert (district.created, district.ready, district.expires, seen.odd) == (None, None, None, ())


@pytest.mark.parametrize("sent", ["2027-06-30", "2027 - 06 - 30", " 2027-06-30 "])
def test_an_expiry_may_be_a_date(sent):
    assert found(entry(expiryDate=sent)).districts[0].expires == datetime(2027, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize("sent", ["soon", "2027-13-01", 5, True, "0001-01-01T00:00:00+14:00"])
def test_a_time_that_is_none_is_told_and_the_entry_stays(sent):
    seen = found(entry(expiryDate=sent))
    assert (seen.districts[0].expires, seen.odd) == (None, (Odd("BAD_TIMESTAMP", 1, "d-0001"),))


def test_an_entry_without_a_guid_is_a_problem_of_that_entry_only():
    seen = found(entry(districtGuid=...), 7, entry(districtGuid="a#b"), ENTRY)
    assert [district.guid for district in seen.districts] == ["d-0001"]
    assert seen.odd == (Odd("NO_GUID", 1), Odd("NO_RECORD", 2), Odd("NO_GUID", 3))
    assert not seen.whole


def test_two_entries_of_one_guid_are_kept_out_but_the_district_has_not_vanished():
    seen = found(ENTRY, entry(districtGuid="d-2"), entry(clientId="c2"))
    assert [district.guid for district in seen.districts] == ["d-2"]
    assert seen.odd == (Odd("TWICE", 1, "d-0001"), Odd("TWICE", 3, "d-0001"))
    assert seen.listed == {"d-0001", "d-2"} and seen.whole


@pytest.mark.parametrize("name", ["clientId", "clientSecret", "tokenUrl", "apiUrl"])
def test_missing_credentials_are_told(name):
    seen = found(entry(**{name: None}))
    assert len(seen.districts) == 1 and seen.odd == (Odd("NO_CREDENTIALS", 1, "d-0001"),)
