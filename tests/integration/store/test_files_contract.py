"""What every kind of files does, tested on MemoryFiles and on S3Files over an S3 server in memory."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from rostering.errors import LocalProtocolError, NotFound, SettingsError
from rostering.store.s3 import S3Files, client_settings

KEYS = ["a", "inbox/demo/01/01J.xlsx", "space and +plus%2B", "ü/é#?&=", "emoji 👩‍🏫", "//double", "x" * 1024, "é" * 512]


@pytest.mark.parametrize("key", KEYS)
def test_a_file_comes_back_as_it_was_written(files, key):
    files.write(key, bytes(range(256)), content_type="text/csv")
    assert files.read(key) == bytes(range(256))
    assert (files.exists(key), files.size(key), list(files.list(key[:3]))) == (True, 256, [key])


def test_a_file_is_written_over_whole(files):
    files.write("a", b"long content")
    files.write("a", b"")
    assert (files.read("a"), files.size("a"), files.open("a").read()) == (b"", 0, b"")


def test_an_open_file_is_read_in_pieces_and_lines(files):
    files.write("a", b"first\nsecond\n" + b"x" * 3_000_000)
    with files.open("a") as stream:
        assert stream.readline() == b"first\n"
        assert next(iter(stream)) == b"second\n"
        assert len(stream.read(10)) == 10
        assert len(stream.read()) == 2_999_990
        assert stream.read(1) == b""


def test_files_go_from_disk_and_to_disk(files, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"0123456789" * 1_000_000)
    files.write_from("big", source, content_type="text/plain")
    files.download("big", str(target))
    assert target.read_bytes() == source.read_bytes()


def test_the_files_under_a_prefix_come_in_the_order_of_utf8_bytes(files):
    names = ["b", "a/1", "a/10", "a/2", "a", "ab", "a/é", "a/~", "a/\U0001F600", "a/\uffff"]
    for name in names:
        files.write(name, b"")
    assert list(files.list("a/")) == sorted((name for name in names if name.startswith("a/")), key=str.encode)
    assert list(files.list("")) == sorted(names, key=str.encode)
    assert list(files.list("nothing")) == []


def test_a_file_without_notes_has_none(files):
    files.write("a", b"x")
    assert files.notes("a") == {}


def test_files_tell_when_they_were_written(files):
    before = datetime.now(UTC).replace(microsecond=0)
    files.write("a/1", b"x")
    [(key, at)] = files.written("a/")
    assert key == "a/1" and before <= at <= datetime.now(UTC)


def test_more_than_a_thousand_files_are_all_listed(files):
    names = [f"shards/{number:04}" for number in range(1003)]
    for name in reversed(names):
        files.write(name, b"")
    assert list(files.list("shards/")) == names


@pytest.mark.parametrize("call", [
    lambda files, path: files.read("no"), lambda files, path: files.open("no"),
    lambda files, path: files.size("no"), lambda files, path: files.notes("no"),
    lambda files, path: files.copy("no", "to"),
    lambda files, path: files.download("no", path / "x"),
])
def test_a_missing_file_is_not_found(files, tmp_path, call):
    with pytest.raises(NotFound):
        call(files, tmp_path)
    assert files.exists("no") is False
    assert list(tmp_path.iterdir()) == []


def test_a_deleted_file_is_gone_and_deleting_it_again_is_fine(files):
    files.write("a", b"1")
    files.delete("a")
    files.delete("a")
    assert files.exists("a") is False


def test_a_copy_stands_for_itself(files):
    files.write("a b+é", b"1")
    files.copy("a b+é", "b/ü")
    files.write("a b+é", b"2")
    assert files.read("b/ü") == b"1"


@pytest.mark.parametrize("key", ["", "x" * 1025, "é" * 513, "\ud800"])
def test_a_key_s3_would_not_take_is_a_defect(files, tmp_path, key):
    for call in (lambda: files.write(key, b""), lambda: files.read(key), lambda: files.link(key, 60, "a")):
        with pytest.raises(LocalProtocolError):
            call()


@pytest.mark.parametrize("seconds", [0, -1, 604_801])
def test_a_link_that_no_signature_can_carry_is_a_defect(files, seconds):
    with pytest.raises(LocalProtocolError):
        files.link("a", seconds, "a.pdf")


def test_a_link_is_signed_for_its_time_and_saves_under_its_name(s3_client):
    link = S3Files(s3_client, "rollbook-work").link("exports/demo/1.pdf", 300, "Room 4 – José.pdf")
    query = parse_qs(urlsplit(link).query)
    assert unquote(urlsplit(link).path).endswith("/exports/demo/1.pdf")
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Expires"] == ["300"]
    assert query["response-content-disposition"] == [
        "attachment; filename=\"Room 4 _ Jos_.pdf\"; filename*=UTF-8''Room%204%20%E2%80%93%20Jos%C3%A9.pdf"]


def test_files_are_encrypted_under_the_key_that_was_given(s3_client, tmp_path):
    key = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    files = S3Files(s3_client, "rollbook-work", kms_key_id=key)
    (tmp_path / "c").write_bytes(b"3")
    files.write("a", b"1", content_type="text/csv")
    files.copy("a", "b")
    files.write_from("c", tmp_path / "c", content_type="text/csv")
    for name in "abc":
        head = s3_client.head_object(Bucket="rollbook-work", Key=name)
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"], head["ContentType"]) == ("aws:kms", key, "text/csv")


def test_a_missing_bucket_is_an_error_of_the_deployment(s3_client, tmp_path):
    (tmp_path / "a").write_bytes(b"1")
    files = S3Files(s3_client, "no-such-bucket")
    for call in (lambda: files.write("a", b"1"), lambda: files.read("a"), lambda: list(files.list("")),
                 lambda: files.write_from("a", tmp_path / "a"), lambda: files.delete("a")):
        with pytest.raises(SettingsError):
            call()


def test_the_client_settings_sign_links_with_version_4():
    assert client_settings().signature_version == "s3v4"
