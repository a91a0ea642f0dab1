"""What a question is about, looked up as the checks ask for it, and only as far as the asker may see it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from rostering.access.roles import Actor
from rostering.clock import local_date
from rostering.finding import sources_of
from rostering.load.identify import question_id
from rostering.load.match import key_of
from rostering.model import Account
from rostering.names import fold_name
from rostering.people import account_of
from rostering.settings import timezone
from rostering.store import keys
from rostering.why import names
from rostering.why.feeds import Feed, Feeds
from rostering.why.payload import Payloads, Said
from rostering.why.question import Question
from rostering.why.reads import Reads
from rostering.why.sight import Sight

Record = tuple[str, str, str]      # source, kind, key
_KIND_OF = {"student": "student", "employee": "staff", "guardian": "guardian"}


class Case:
    """One question of `actor` at `now` (ISO, UTC). `partly` says that a name was not looked for everywhere."""

    def __init__(self, store: Any, files: Any, actor: Actor, question: Question, *, now: str) -> None:
        self.question, self.site, self.now = question, actor.site, now
        self.reads = Reads(store, files)
        self.sight = Sight(self.reads, actor)
        self.feeds = Feeds(self.reads, self.site, now)
        self.payloads = Payloads(self.reads, self.site, self.feeds)
        self.partly = False

    # the site

    @cached_property
    def settings(self) -> dict[str, Any]:
        item = self.reads.get(keys.settings(self.site))
        return item.body if item else {}

    @property
    def salt(self) -> bytes:
        return self.settings["id_salt"]

    @cached_property
    def today(self) -> str:
        return local_date(self.now, timezone(self.settings)).isoformat()

    @cached_property
    def sources(self) -> list[str]:
        """Every source that may have sent something, the one that sent last first."""
        usual = self.feeds.usual()
        named = {feed.source for feed in self.feeds.all} | sources_of(self.reads.store, self.site)
        return sorted(named, key=lambda source: (source != usual, source))

    @cached_property
    def schools(self) -> list[str]:
        """The schools that are looked at: the one asked for, else all that the asker may see ("" is none)."""
        if self.question.school:
            return [self.question.school] if self.sight.school(self.question.school) else []
        every = [item.body["key"] for item in self.reads.query(keys.settings(self.site).pk, prefix="SCHOOL#")]
        return [school for school in (*every, "") if self.sight.school(school)]

    # the person

    @cached_property
    def candidates(self) -> list[Account]:
        """The accounts that the question may be about, of the expected role if there are any."""
        return self._named(self.question.person, self.question.kinds, self.question.expected_role)

    @property
    def account(self) -> Account | None:
        """The account that the question is about; None if there is none that the asker may see."""
        return self.candidates[0] if self.candidates else None

    @cached_property
    def student(self) -> Account | None:
        """The student that a guardian does not see."""
        found = self._named(self.question.student, ("student",), "Student")
        return found[0] if found else None

    @cached_property
    def doubles(self) -> list[Account]:
        """Further accounts of the same role family that seem to be the same person."""
        one = self.account
        if one is None:
            return []
        others = [*self.candidates[1:], *names.namesakes(self, one)]
        return list({other.id: other for other in others if other.id != one.id and self.sight.person(other)
                     and names.is_same_person(one, other)}.values())

    @property
    def ambiguous(self) -> list[Account]:
        """The candidates, if they are several persons: somebody has to say which one is meant."""
        one, others = self.account, self.candidates[1:]
        several = one and any(not names.is_same_person(one, other) for other in others)
        return self.candidates if several else []

    def _named(self, text: str, kinds: tuple[str, ...], role: str) -> list[Account]:
        text = text.strip()
        if self.section:
            self._open_class()
        found = names.by_id(self, text) or names.by_name(self, text, kinds)
        seen = [one for one in found if self.sight.person(one)]
        if not seen and not found and len(kinds) < 3:
            seen = [one for one in names.by_name(self, text, ("student", "staff", "guardian"))
                    if self.sight.person(one)]
        return [one for one in seen if one.role == role] or seen if role else seen

    def _open_class(self) -> None:
        """Let a teacher be told of everybody whom the class has, had, or should have by its source."""
        body = self.section
        if body and self.sight.actor.account in body.get("teachers", {}) and not self.sight.classmates:
            known = self.payloads.known(body.get("source", ""), "section", body.get("key", ""))
            listed = [account for key in (known.members.get("students", {}) if known else ())
                      for account in names.account_ids(self, body.get("source", ""), "student", key)]
            self.sight.classmates = {*body.get("members", {}), *body.get("past", {}), *listed}

    def accounts_of(self, source: str, kind: str, key: str) -> list[str]:
        return list(names.account_ids(self, source, kind, key))

    # what the sources said of the person

    @cached_property
    def records(self) -> list[Record]:
        """What the sources may call the person: by the account, else by what was asked."""
        if self.account:
            return self.records_of(self.account)
        text, kinds = self.question.person.strip(), self.question.kinds
        found: list[Record] = []
        for source in self.sources:
            folded = text.casefold() if source == "sheet" else text
            found += [(source, kind, f"id:{folded}" if kind == "guardian" and source == "sheet" else folded)
                      for kind in kinds]
            said = self.payloads.named(source, f"#{text.casefold()}")
            for last, first in names.names_of(text):
                said = said + self.payloads.named(source, f"{last}|{first}")
            found += [(source, one.kind, one.key) for one in said if one.kind in kinds and one.key]
        return list(dict.fromkeys(found))

    def records_of(self, account: Account) -> list[Record]:
        """What each source calls an account, the source that leads first."""
        kind = _KIND_OF[account.family]
        return [(source, kind, key) for source in dict.fromkeys((account.source, *account.links))
                if source != "manual" and (key := key_of(account, source))]

    @cached_property
    def said(self) -> Said | None:
        """What a source last said of the person; None if none does, or nothing that the asker may see."""
        for source, kind, key in self.records:
            found = self.payloads.of(source, kind, key)
            if found and self.may_see(found):
                return found
        return None if self.account else self._nameless

    @cached_property
    def _nameless(self) -> Said | None:
        """A row that was turned back and whose id can't be read: found by the name alone."""
        ways = {f"{last}|{first}" for last, first in names.names_of(self.question.person)}
        for source in self.sources:
            for body in self.feeds.good(source)[:3]:
                for row in self.payloads.turned(body["load"]):
                    if row.name in ways and not row.key and row.kind in self.question.kinds:
                        found = Said(source, row.kind, "", body["load"], row.row, None, (row,))
                        if self.may_see(found):
                            return found
        return None

    def may_see(self, said: Said) -> bool:
        """Whether the asker may be told of a record: by its school, or as a classmate."""
        if self.account and said.kind == _KIND_OF[self.account.family]:
            return True
        schools = {said.fields.get("school") or "", *(row.school for row in said.turned)} - {""}
        if said.kind == "guardian" and said.entity:
            schools |= {pair.get("school", "") for pair in said.entity.members.get("students", {}).values()} - {""}
        if any(self.sight.school(school) for school in schools) or self.sight.everything:
            return True
        return any(account in self.sight.classmates for account in self.accounts_of(said.source, said.kind, said.key))

    @property
    def source(self) -> str:
        """The source that the question hangs on: the record's, the account's, the class's, the one that sent last."""
        if self.said:
            return self.said.source
        for one in (self.account,):
            if one and one.source != "manual":
                return one.source
        if self.section:
            return self.section.get("source", "")
        return self.feeds.usual()

    @property
    def feed(self) -> Feed | None:
        return self.feeds.of(self.source)

    @cached_property
    def match(self) -> dict[str, Any] | None:
        """The open question who the record is, if there is one."""
        places = [keys.match(self.site, question_id(*record)) for record in self.records]
        items = self.reads.get_many(places)
        found = [items[place].body for place in places if place in items]
        return next((body for body in found if body["state"] == "open" and self._may_see_match(body)), None)

    @cached_property
    def match_about(self) -> dict[str, Any] | None:
        """An open question that the account is a candidate of: its id in the feed may have changed."""
        one = self.account
        if one is None:
            return None
        items = self.reads.query(keys.match(self.site, "").pk)
        return next((item.body for item in items if item.body["state"] == "open" and self._may_see_match(item.body)
                     and any(candidate["account"] == one.id for candidate in item.body["candidates"])), None)

    def _may_see_match(self, body: dict[str, Any]) -> bool:
        return self.sight.everything or self.sight.school(body["who"].get("school", ""))

    # the class

    @cached_property
    def sections(self) -> list[dict[str, Any]]:
        """The classes that the question may be about."""
        text = self.question.class_.strip()
        return [body for body in names.sections_called(self, text) if self.sight.section(body)] if text else []

    @property
    def section(self) -> dict[str, Any] | None:
        return self.sections[0] if self.sections else None

    @cached_property
    def groups(self) -> list[dict[str, Any]]:
        found = names.groups_called(self, self.question.class_.strip())
        return [body for body in found if self.sight.school(body.get("fields", {}).get("school", ""))]

    @cached_property
    def terms(self) -> list[tuple[str, str, str]]:
        """(term, first day, last day) of the class's terms, as far as they are known."""
        fields = self.section.get("fields", {}) if self.section else {}
        places = {}
        for key in fields.get("terms") or ():
            school, _, term = key.partition("|")
            places[keys.term(self.site, school, term)] = term
        return [(places[place], item.body["fields"].get("start_date", ""), item.body["fields"].get("end_date", ""))
                for place, item in self.reads.get_many(places).items()]

    @cached_property
    def teachers(self) -> list[Account]:
        wanted = self.section.get("teachers", {}) if self.section else {}
        return [account_of(item) for item in
                self.reads.get_many(keys.account(self.site, one) for one in wanted).values()]

    @cached_property
    def viewer(self) -> Account | None:
        """Who looks: the one named, or a teacher who asks for themselves."""
        if self.question.viewer:
            found = [one for one in names.by_id(self, self.question.viewer.strip()) if self.sight.person(one)]
            return found[0] if found else None
        if self.sight.actor.role == "Teacher":
            item = self.reads.get(keys.account(self.site, self.sight.actor.account))
            return account_of(item) if item else None
        return None

    @cached_property
    def section_records(self) -> list[tuple[str, str]]:
        """(source, key) of what the sources may call the class."""
        if self.section:
            return [(self.section.get("source", ""), self.section.get("key", ""))]
        text = self.question.class_.strip()
        found: list[tuple[str, str]] = []
        for source in self.sources:
            found.append((source, text.casefold() if source == "sheet" else text))
            found += [(source, one.key) for one in self.payloads.named(source, fold_name(text))
                      if one.kind == "section" and one.key]
        return list(dict.fromkeys(found))

    @cached_property
    def section_said(self) -> Said | None:
        """What a source last said of the class."""
        for source, key in self.section_records:
            found = self.payloads.of(source, "section", key)
            named = key.casefold() == self.question.class_.strip().casefold() or self.section
            if found and not named and not names.is_called_so(found.fields, self.question.class_.strip()):
                continue
            if found and (self.section or self.sight.everything or any(self.sight.school(school) for school in (
                    found.fields.get("school") or "", *(row.school for row in found.turned)) if school)):
                return found
        return None

    # a student in a class, a guardian of a student

    @cached_property
    def enrollment_said(self) -> Said | None:
        """What a source last said of the student in the class."""
        for source, kind, key in self.records:
            for at, section in self.section_records:
                if kind == "student" and at == source and (
                        found := self.payloads.pair(source, "enrollment", "classes", ("student", key), section)):
                    return found
        return None

    @cached_property
    def link_said(self) -> Said | None:
        """What a source last said of the guardian and the student."""
        students = self.records_of(self.student) if self.student else [
            (source, "student", self.question.student.strip().casefold()) for source in self.sources]
        for source, kind, key in self.records:
            for at, _, student in students:
                if kind == "guardian" and at == source and (
                        found := self.payloads.pair(source, "guardian_link", "students", ("guardian", key), student)):
                    return found
        return None

    # signing in

    @cached_property
    def login(self) -> dict[str, Any] | None:
        """The sign-in item of the account."""
        one = self.account
        item = self.reads.get(keys.username(self.site, one.username)) if one and one.username else None
        return item.body if item else None

    @property
    def may_see_values(self) -> bool:
        """Whether the asker may see names, emails and cells of whom the question is about."""
        if self.account:
            return self.sight.values_of(self.account)
        schools = set()
        for said in (self.said, self.section_said if self.question.class_ else None):
            if said:
                schools |= {said.fields.get("school") or "", *(row.school for row in said.turned)} - {""}
        return any(self.sight.values_in(school) for school in schools) or self.sight.values_in("")
