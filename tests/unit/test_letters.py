"""Letters about one's way in: what they say, and what they never hold."""

from __future__ import annotations

import pytest

from rostering.errors import SettingsError
from rostering.letters import Post, masked
from rostering.model import Account

CODE = "ABCDE-FGH23-JKMNP-QRST4"
UNTIL = "2026-12-02T01:30:00.000Z"


def post(**settings: str) -> Post:
    told = {"name": "Cedar Ridge Unified", "address": "https://cedar.example/login", "timezone": "America/Denver"}
    return Post.of("cedar", told | settings, served_at="https://accounts.example/", mail=None)


def teacher(**fields: str) -> Account:
    return Account("t1", "Teacher", "active", "aruiz", {"first_name": "Ana", "email": "ana@cedar.example"} | fields)


@pytest.mark.parametrize(("kind", "subject", "sentence"), [
    ("invited", "choose your password", "has an account for you as a teacher"),
    ("reset", "was reset", "the old one opens it no longer"),
    ("asked", "Choose a new password", "your password stays as it is")])
def test_a_letter_says_what_it_is_about(kind: str, subject: str, sentence: str) -> None:
    about, text = post().letter(kind, teacher(), CODE, expires_at=UNTIL)
    assert subject in about and "Cedar Ridge Unified" in about and sentence in text
    assert f"https://accounts.example/sites/cedar/sign-in#code={CODE}\n" in text
    assert "https://cedar.example/login" in text and "until Tuesday, December 1, 6:30 PM" in text
    assert all(len(line) < 250 for line in text.splitlines())


@pytest.mark.parametrize("kind", ["invited", "reset", "asked"])
def test_a_letter_holds_no_username_and_no_name(kind: str) -> None:
    about, text = post().letter(kind, teacher(), CODE, expires_at=UNTIL)
    assert not any(word in about + text for word in ("aruiz", "Ana"))


def test_without_a_sender_or_an_email_nobody_is_reached() -> None:
    class Mail:
        def send(self, to: list[str], subject: str, text: str) -> None:
            raise AssertionError

    told = {"name": "Cedar"}
    reaching = Post.of("cedar", told, served_at="", mail=Mail())
    assert reaching.reaches(teacher()) and not reaching.reaches(teacher(email="")) and not post().reaches(teacher())
    with pytest.raises(SettingsError):
        post().send("invited", teacher(), CODE, expires_at=UNTIL)


@pytest.mark.parametrize(("email", "shown"), [
    ("ana.ruiz@cedar.example", "a***@cedar.example"), ("a@b.example", "a***@b.example"),
    ("x@y@z.example", "x***@z.example")])
def test_an_email_is_shown_by_its_first_letter_and_its_domain(email: str, shown: str) -> None:
    assert masked(email) == shown
