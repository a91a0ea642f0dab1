"""The names files are downloaded under."""

from __future__ import annotations

import pytest

from rostering.store.filenames import content_disposition


@pytest.mark.parametrize(("filename", "plain", "encoded"), [
    ("cards.pdf", "cards.pdf", "cards.pdf"),
    ("Zoë 4A.pdf", "Zo_ 4A.pdf", "Zo%C3%AB%204A.pdf"),
    ('a"b\\c/../d.pdf', "a_b_c_.._d.pdf", "a_b_c_.._d.pdf"),
    ("a\r\nSet-Cookie: x.pdf", "a__Set-Cookie_ x.pdf", "a__Set-Cookie_%20x.pdf"),
    ("report\u202efdp.exe", "report_fdp.exe", "report_fdp.exe"),
    ("100%.pdf", "100_.pdf", "100%25.pdf"),
    ("", "download", "download"), (" .. ", "download", "download"), ("\ud800.pdf", "_.pdf", "_.pdf"),
])
def test_a_download_is_saved_under_a_harmless_name(filename, plain, encoded):
    assert content_disposition(filename) == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
