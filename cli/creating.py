"""`rollbook account create|move|delete|link|unlink`: accounts that people make and end by hand."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import typer

from cli import client as clients
from cli import home
from cli.account import Id, Reason, name_of, resolve, show_person
from cli.inviting import show_invitation
from cli.options import AsJson, Site
from cli.screen import Trouble, print_json, say, table

_GUARDIAN = re.compile(r"(?P<first>\S+)\s+(?P<last>[^<>]*[^<>\s])\s*(?:<(?P<email>[^<>]+)>)?")
_FORMS = {"words": "printed on the account info sheets", "code": "an activation code, printed on the sheets",
          "link": "none: a link, or Google or Microsoft"}


def create(
    role: Annotated[Literal["teacher", "staff", "student", "guardian"], typer.Option(help="Whose account it is.")],
    first: Annotated[str, typer.Option(help="First name.")],
    last: Annotated[str, typer.Option(help="Last name.")],
    reason: Reason,
    school: Annotated[str | None, typer.Option(help="The home school (its School ID).")] = None,
    other_school: Annotated[list[str] | None, typer.Option(help="Another school; may be given again.")] = None,
    email: Annotated[str | None, typer.Option(help="Needed for employees.")] = None,
    grade: Annotated[str | None, typer.Option(help="Needed for students.")] = None,
    birth_date: Annotated[str | None, typer.Option(help="5/3/2015 or 2015-05-03.")] = None,
    title: Annotated[str | None, typer.Option(help="Of an employee.")] = None,
    person_id: Annotated[str | None, typer.Option("--id", help="Student ID or Staff ID.")] = None,
    username: Annotated[str | None, typer.Option(help="Made by the site's template if left out.")] = None,
    guardian: Annotated[
        list[str] | None,
        typer.Option(help='Of a student: "First Last <email>", or who has an account; may be given again.'),
    ] = None,
    student: Annotated[list[str] | None, typer.Option(help="Of a guardian: the student; may be given again.")] = None,
    relationship: Annotated[str, typer.Option(help="Of the guardians.")] = "Guardian",
    anyway: Annotated[bool, typer.Option("--anyway", help="Also if somebody like this is here already.")] = False,
    invite: Annotated[bool, typer.Option("--invite", help="Send an employee or guardian a link at once.")] = False,
    once: Annotated[str | None, typer.Option(help="A name of this request: given again, nothing more is made.")] = None,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Make an account by hand; no source speaks for it."""
    api = clients.connect(home.site_or_last(site))
    fields = {"first_name": first, "last_name": last, "email": email, "grade": grade, "birth_date": birth_date,
              "title": title}
    body = {
        "role": role.title(),
        "school": school,
        "other_schools": other_school or [],
        "fields": {name: text for name, text in fields.items() if text},
        "person_id": person_id,
        "username": username,
        "guardians": [_guardian(api, text) | {"relationship": relationship} for text in guardian or ()],
        "students": [{"account": name_of(api, text), "relationship": relationship} for text in student or ()],
        "reason": reason,
        "anyway": anyway,
        "invite": invite,
    }
    try:
        made = api.post("/accounts", body, once=once or clients.ulid())
    except clients.Refused as refused:
        raise _with_candidates(refused) from None
    if as_json:
        print_json(made)
        return
    say(f"Made {made['first_name']} {made['last_name']} ({made['role']}), account {made['account']}.", "bold")
    say(made["note"], "dim")
    table("How they sign in", ("Account", "Username", "First secret"),
          ((one["account"], one["username"], one["note"] or _FORMS[one["form"]]) for one in made["first_secrets"]))
    if made["invitation"]:
        show_invitation(made["invitation"])


def move(
    account: Id,
    school: Annotated[str, typer.Argument(help="The new home school (its School ID).")],
    reason: Reason,
    other_school: Annotated[
        list[str] | None, typer.Option(help="All other schools from now on; may be given again.")] = None,
    no_other_school: Annotated[bool, typer.Option("--no-other-school", help="None besides the new one.")] = False,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Move a person to another school."""
    api = clients.connect(home.site_or_last(site))
    others = [] if no_other_school else other_school
    moved = api.post(f"/accounts/{resolve(api, account)}/move",
                     {"school": school, "other_schools": others, "reason": reason})
    if as_json:
        print_json(moved)
        return
    besides = f", besides {', '.join(moved['other_schools'])}" if moved["other_schools"] else ""
    say(f"{moved['username']} belongs to school {moved['school']}{besides}.", "bold")
    if moved["note"]:
        say(moved["note"], "yellow")


def delete(account: Id, reason: Reason, site: Site = None, as_json: AsJson = False) -> None:
    """Delete an account: whoever has a history is switched off, only a slip of the hand goes away."""
    api = clients.connect(home.site_or_last(site))
    done = api.delete(f"/accounts/{resolve(api, account)}", reason=reason)
    if as_json:
        print_json(done)
        return
    say(f"{done['account']}: {done['outcome']}.", "bold")
    say(done["note"], "dim")


def link(account: Id, other: Id, reason: Reason, site: Site = None, as_json: AsJson = False) -> None:
    """Link two accounts of one person in different roles; they need the same email."""
    api = clients.connect(home.site_or_last(site))
    show_person(api.post(f"/accounts/{resolve(api, account)}/link",
                         {"other": name_of(api, other), "reason": reason}), as_json)


def unlink(account: Id, other: Id, reason: Reason, site: Site = None, as_json: AsJson = False) -> None:
    """End the link of two accounts."""
    api = clients.connect(home.site_or_last(site))
    show_person(api.delete(f"/accounts/{resolve(api, account)}/link", other=name_of(api, other), reason=reason),
                as_json)


def _guardian(api: clients.Client, text: str) -> dict[str, Any]:
    """`First Last <email>` is a new guardian; a single word names one who has an account."""
    found = _GUARDIAN.fullmatch(text.strip())
    if found:
        fields = {"first_name": found["first"], "last_name": found["last"], "email": found["email"]}
        return {"fields": {name: value for name, value in fields.items() if value}}
    if " " in text.strip() or "<" in text:
        raise Trouble(f'{text} is not "First Last <email>", nor the name of an account.')
    return {"account": name_of(api, text)}


def _with_candidates(refused: clients.Refused) -> Trouble:
    """The refusal with the candidates in it, one a line."""
    lines = [f"  {one['first_name']} {one['last_name']} ({one['role']}, {one['status']}, school "
             f"{one['school'] or 'none'}), account {one['account']}: {', '.join(one['reasons'])}"
             for one in refused.more.get("candidates", ())]
    return Trouble("\n".join([str(refused), *lines]))
