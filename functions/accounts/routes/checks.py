"""Check Data: the people of a school, what its sources said of it, and one person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query

from accounts import audit, gaps, models, rosters
from accounts.checking import in_section, looking_at, school_of, section_of
from accounts.models import filters
from accounts.models.gaps import Gaps, SiteGaps
from accounts.models.profiles import Profile
from accounts.models.rosters import Schedule, SectionSeen
from accounts.people import target_of
from accounts.problems import not_found
from accounts.profiles import profile_of
from accounts.routes import text_of
from accounts.routes.loads import After
from rostering import listing
from rostering.access.rules import allow
from rostering.checks import payload, view
from rostering.checks.filters import Filter
from rostering.checks.gaps import GapName
from rostering.people import account_of
from rostering.store import keys

if TYPE_CHECKING:
    from accounts.api import Api

Sort = Literal["listed", "name", "grade", "signed_in", "load"]


def add(api: Api) -> None:
    ports = api.ports

    @api.route("GET", "/sites/<site>/schools/<school>/people", action="people.check",
               summary="The people of a school, with whatever has to be right before accounts are handed out")
    def people(
        site: str,
        school: str,
        section: Annotated[str | None, Query(max_length=200)] = None,
        role: models.Role | None = None,
        grade: Annotated[str | None, Query(min_length=1, max_length=10)] = None,
        status: models.Status | None = None,
        origin: filters.Origin | None = None,
        email: filters.EmailState | None = None,
        first_secret: filters.FirstSecretState | None = None,
        never_signed_in: bool = False,
        locked: bool = False,
        no_class: bool = False,
        no_guardian: bool = False,
        out_of_term: bool = False,
        load: Annotated[str | None, Query(max_length=200)] = None,
        double: filters.Double | None = None,
        sort: Sort = "listed",
        limit: Annotated[int, Query(ge=1, le=200)] = 100,
        after: After = None,
    ) -> models.CheckedPeople:
        asked = filters.PeopleFilter(
            role=role, grade=grade, status=status, origin=origin, email=email, first_secret=first_secret,
            never_signed_in=never_signed_in, locked=locked, no_class=no_class, no_guardian=no_guardian,
            out_of_term=out_of_term, load=load or None, double=double)
        named, actor = text_of(school), api.signed.actor
        about = asked.model_dump(exclude_none=True)
        if section:
            wanted = in_section(ports, actor, named, Filter(section=section, **about))
        else:
            wanted = Filter(school=school_of(ports, actor, "people.check", named), **about)
        found = view.page(looking_at(ports, site), wanted, sort=sort, limit=limit, after=after)
        audit.record(ports, site, "account.listed", by=actor, count=len(found.people), school=wanted.school,
                     section=wanted.section, role=role)
        return models.CheckedPeople(
            school=wanted.school, section=wanted.section, after=found.after, looked_at=found.looked_at,
            people=[models.checked_person(one) for one in found.people])

    @api.route("GET", "/sites/<site>/schools/<school>/payload", action="school.check",
               summary="What the sources of a school last sent, and what of it is here")
    def sent(site: str, school: str) -> models.Payload:
        key = school_of(ports, api.signed.actor, "school.check", text_of(school))
        lines = payload.compare(ports.store, ports.work, site, key, listing.everybody(ports.store, site, key))
        audit.record(ports, site, "school.checked", by=api.signed.actor, school=key)
        return models.Payload(school=key, lines=[models.payload_line(line) for line in lines])

    @api.route("GET", "/sites/<site>/schools/<school>/gaps", action="school.check",
               summary="What is missing in a school, and what to do about it")
    def missing(site: str, school: str, gap: GapName | None = None, after: After = None,
                limit: Annotated[int, Query(ge=1, le=1_000)] = 200) -> Gaps:
        key = school_of(ports, api.signed.actor, "school.check", text_of(school))
        found = gaps.of_school(ports, site, key, gap=gap, limit=limit, after=after)
        audit.record(ports, site, "school.checked", by=api.signed.actor, school=key, gap=gap)
        return found

    @api.route("GET", "/sites/<site>/gaps", action="school.check", summary="What is missing in each school, in numbers")
    def everywhere(site: str, after: After = None) -> SiteGaps:
        found = gaps.of_site(ports, api.signed.actor, after=after)
        audit.record(ports, site, "school.checked", by=api.signed.actor, count=len(found.schools))
        return found

    @api.route("GET", "/sites/<site>/accounts/<account>/profile", action="profile.read",
               summary="All that is known of an account, and where each value came from")
    def profile(site: str, account: str) -> Profile:
        item, actor = ports.store.get(keys.account(site, account)), api.signed.actor
        if item is None:
            raise not_found()
        target = target_of(ports.store, actor, account_of(item))
        if not allow(actor, "profile.read", target):
            raise not_found()
        audit.record(ports, site, "account.viewed", by=actor, target=target.account)
        return profile_of(ports, actor, item, target)

    @api.route("GET", "/sites/<site>/sections/<section>/as/<who>", action="roster.check",
               summary="A class as a teacher, a student or one of them sees it, and what is not shown")
    def seen(site: str, section: str, who: str) -> SectionSeen:
        actor = api.signed.actor
        item = section_of(ports, actor, "roster.check", text_of(section))
        found = rosters.section_as(ports, actor, item, who)
        audit.record(ports, site, "roster.viewed_as", by=actor, section=found.section, seen_as=found.as_role,
                     target=found.account)
        return found

    @api.route("GET", "/sites/<site>/accounts/<account>/schedule", action="profile.read",
               summary="The classes that somebody sees by term, and those they don't")
    def schedule(site: str, account: str) -> Schedule:
        item, actor = ports.store.get(keys.account(site, account)), api.signed.actor
        if item is None:
            raise not_found()
        found = account_of(item)
        if not allow(actor, "profile.read", target_of(ports.store, actor, found)):
            raise not_found()
        audit.record(ports, site, "roster.viewed_as", by=actor, target=found.id)
        return rosters.schedule_of(ports, actor, found)
