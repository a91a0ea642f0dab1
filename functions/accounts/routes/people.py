"""People, sections and rosters, as those may see them who teach or look after them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from accounts import audit, by_hand, linking, models
from accounts.people import account_for, list_people, schools_for, section_target
from accounts.problems import not_found
from accounts.routes import text_of
from accounts.routes.loads import After
from rostering.access.roles import Target
from rostering.access.rules import allow
from rostering.people import account_of
from rostering.store import keys

if TYPE_CHECKING:
    from accounts.api import Api

School = Annotated[str | None, Query(max_length=200)]


def add(api: Api) -> None:
    ports = api.ports

    @api.route(
        "GET", "/sites/<site>/accounts", action="account.list", summary="Accounts, by school, role and name"
    )
    def accounts(
        site: str,
        school: School = None,
        role: models.Role | None = None,
        status: models.Status | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 100,
        after: After = None,
    ) -> models.People:
        schools = schools_for(ports.store, api.signed.actor, "account.list", school)
        found, following = list_people(
            ports.store, site, schools=schools, role=role or "", status=status or "", limit=limit, after=after
        )
        audit.record(
            ports,
            site,
            "account.listed",
            by=api.signed.actor,
            count=len(found),
            school=school,
            role=role,
        )
        return models.People(accounts=[models.person(account) for account in found], after=following)

    @api.route("GET", "/sites/<site>/accounts/<account>", action="account.read", summary="An account")
    def account(site: str, account: str) -> by_hand.PersonInDetail:
        actor = api.signed.actor
        item, found, target = account_for(ports, actor, account)
        if found.id != actor.account:
            audit.record(ports, site, "account.viewed", by=actor, target=found.id)
        seen = by_hand.in_detail(found, item.version)
        if not allow(actor, "account.list", target):
            seen.fields = {}
        seen.linked = linking.shown(ports, actor, found)
        if found.family == "employee":
            seen.classes = len(ports.store.query(item.key.pk, prefix="TEACHES#").items)
        return seen

    @api.route(
        "GET", "/sites/<site>/sections", action="account.list", summary="Sections of a school, by name"
    )
    def sections(
        site: str,
        school: Annotated[str, Query(max_length=200)],
        limit: Annotated[int, Query(ge=1, le=200)] = 100,
        after: After = None,
    ) -> models.Sections:
        api.require("account.list", Target(site, frozenset([school])))
        page = ports.store.listing(keys.sections(site, school), limit=limit, after=after)
        return models.Sections(sections=[models.section(item.body) for item in page.items], after=page.after)

    @api.route(
        "GET", "/sites/<site>/sections/<section>", action="section.read", summary="A section and who is in it"
    )
    def roster(site: str, section: str) -> models.Roster:
        item = ports.store.get(keys.section(site, text_of(section)))
        if item is None or not allow(
            api.signed.actor, "section.read", section_target(api.signed.actor, item.body)
        ):
            raise not_found()
        audit.record(ports, site, "roster.viewed", by=api.signed.actor, section=item.body["id"])
        return _roster(api, site, item.body)


def _roster(api: Api, site: str, body: dict[str, Any]) -> models.Roster:
    members, teachers = body.get("members", {}), body.get("teachers", {})
    found = {
        item.body["id"]: account_of(item)
        for item in api.ports.store.get_many(
            keys.account(site, name) for name in [*teachers, *members]
        ).values()
    }

    def listed(names: dict[str, Any], of: Any) -> list[models.Member]:
        rows = [
            models.Member(
                account=name,
                username=found[name].username,
                role=found[name].role,
                status=found[name].status,
                **_named(found[name].fields),
                **of(value),
            )
            for name, value in names.items()
            if name in found
        ]
        return sorted(
            rows, key=lambda row: (row.last_name.casefold(), row.first_name.casefold(), row.account)
        )

    return models.Roster(
        section=models.section(body),
        teachers=listed(teachers, lambda part: {"part": part}),
        students=listed(members, lambda dates: dict(zip(("start_date", "end_date"), dates, strict=False))),
    )


def _named(fields: dict[str, Any]) -> dict[str, str]:
    return {name: fields.get(name) or "" for name in ("last_name", "first_name", "grade")}
