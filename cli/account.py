"""`rollbook account …`: one account, and what a person sets on it by hand."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import client as clients
from cli import home
from cli.options import AsJson, Site
from cli.people import Role, School
from cli.screen import Trouble, print_json, say, table

app = typer.Typer(no_args_is_help=True, help="One account: show it, edit it, switch it off and on.")

Id = Annotated[str, typer.Argument(help="An account id, a username, an email, or an id of the source (004512).")]
Reason = Annotated[str, typer.Option(help="Why; it is kept in the audit trail.")]


@app.command()
def show(account: Id, site: Site = None, as_json: AsJson = False) -> None:
    """Show an account, and for each field who says so and what the source says."""
    api = clients.connect(home.site_or_last(site))
    show_person(api.get(f"/accounts/{resolve(api, account)}"), as_json)


@app.command()
def edit(
    account: Id,
    fields: Annotated[list[str], typer.Argument(help="field=value …; an empty value empties the field.")],
    reason: Reason,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Set fields by hand: loads leave them alone from now on."""
    api = clients.connect(home.site_or_last(site))
    body = {"fields": dict(_pair(given) for given in fields), "reason": reason}
    show_person(api.patch(f"/accounts/{resolve(api, account)}", body), as_json)


@app.command("use-source")
def use_source(
    account: Id,
    reason: Reason,
    fields: Annotated[list[str] | None, typer.Argument(help="Of these fields only.")] = None,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Take what the source says again, in some fields or in all that are kept by hand."""
    api = clients.connect(home.site_or_last(site))
    body = {"fields": fields or None, "reason": reason}
    show_person(api.post(f"/accounts/{resolve(api, account)}/use-source", body), as_json)


@app.command("clear-by-hand")
def clear_by_hand(
    reason: Reason,
    site: Site = None,
    school: School = None,
    role: Role = None,
    field: Annotated[str | None, typer.Option(help="This field only.")] = None,
    as_json: AsJson = False,
) -> None:
    """Take what the source says again for everybody, or for a school or a role."""
    api = clients.connect(home.site_or_last(site))
    body = {"school": school.casefold() if school else None, "role": role, "field": field, "reason": reason}
    changed: list[str] = []
    refused: dict[str, str] = {}
    after = None
    while True:
        page = api.post("/accounts/use-source", body | {"after": after})
        changed += page["changed"]
        refused |= page["refused"]
        after = page["after"]
        if not after:
            break
    if as_json:
        print_json({"site": api.site, "changed": changed, "refused": refused})
        return
    say(f"{len(changed):,} accounts show what the source says again.")
    for name, code in refused.items():
        say(f"  {name} was left as it is: {code}", "yellow")


@app.command()
def deactivate(account: Id, reason: Reason, site: Site = None, as_json: AsJson = False) -> None:
    """Switch an account off at once; no load switches it on again."""
    api = clients.connect(home.site_or_last(site))
    show_person(api.post(f"/accounts/{resolve(api, account)}/deactivate", {"reason": reason}), as_json)


@app.command()
def reactivate(account: Id, reason: Reason, site: Site = None, as_json: AsJson = False) -> None:
    """Switch an account on again."""
    api = clients.connect(home.site_or_last(site))
    show_person(api.post(f"/accounts/{resolve(api, account)}/reactivate", {"reason": reason}), as_json)


def resolve(api: clients.Client, text: str) -> str:
    """The one account that `text` names, as a segment of a path. Raises Trouble if there is none, or several."""
    return clients.segment(_one(api, text)["account"])


def name_of(api: clients.Client, text: str) -> str:
    """The id of the one account that `text` names. Raises Trouble if there is none, or several."""
    return _one(api, text)["account"]


def _one(api: clients.Client, text: str) -> dict[str, Any]:
    found = api.get("/find", text=text)["accounts"]
    if not found:
        raise Trouble(f"There is no account {text} at {api.site} that you may see.")
    if len(found) > 1:
        listed = ", ".join(f"{one['account']} ({one['role']})" for one in found)
        raise Trouble(f"{text} names {len(found)} accounts: {listed}. Use the account's own id.")
    return found[0]


def _pair(given: str) -> tuple[str, str | None]:
    name, sign, value = given.partition("=")
    if not sign or not name:
        raise Trouble(f"{given} is not field=value.")
    return name.strip(), value or None


def show_person(found: dict[str, Any], as_json: bool) -> None:
    """Print an account as it was told, or as JSON."""
    if as_json:
        print_json(found)
        return
    say(f"{found['first_name']} {found['last_name']}  ({found['role']}, {found['status']})", "bold")
    say(f"Account {found['account']}, username {found['username']}, from {found['source']}", "dim")
    for one in found["linked"]:
        stands = "linked with" if one["counts"] else "was linked, with another email now or switched off:"
        say(f"The same person {stands} {one['username']} ({one['role']}, account {one['account']})", "dim")
    off = found["deactivated"]
    if off.get("by"):
        say(f"Switched off by {off['by']} on {off['at'][:10]}: {off.get('reason', '')}", "yellow")
    table(
        "",
        ("Field", "Value", "Origin", "The source says", "Set"),
        (
            (
                name,
                "(withheld)" if one["withheld"] else shown(one["value"]),
                one["origin"],
                source_says(one),
                f"{one['at'][:10]} by {one['by']}" if one["at"] else "",
            )
            for name, one in found["fields"].items()
        ),
    )


def source_says(one: dict[str, Any]) -> str:
    if one["withheld"]:
        return "something else" if one["differs"] else ""
    if one["differs"]:
        return shown(one["source_value"]) or "(nothing)"
    return "the same" if one["at"] else ""


def shown(value: Any) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
