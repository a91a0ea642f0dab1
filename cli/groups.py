"""`rollbook group …`: groups of a school. Those of a source are looked at here and changed there."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import client as clients
from cli import home
from cli.account import name_of
from cli.options import AsJson, Site
from cli.screen import print_json, say, table

app = typer.Typer(no_args_is_help=True, help="Groups of a school: list, make, change, end them.")

Group = Annotated[str, typer.Argument(metavar="GROUP", help="The group's id.")]
People = Annotated[list[str], typer.Argument(metavar="ACCOUNT…", help="Ids, usernames, emails, ids of a source.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept in the audit trail.")]
Owner = Annotated[str | None, typer.Option(help="The teacher or staff it belongs to; you, if left out.")]


@app.command("list")
def listed(school: Annotated[str, typer.Option(help="The school (its School ID).")], site: Site = None,
           as_json: AsJson = False) -> None:
    """List the groups of a school: all, or the ones you own."""
    api = clients.connect(home.site_or_last(site))
    found = list(api.pages("/groups", "groups", school=school.casefold()))
    if as_json:
        print_json({"site": api.site, "groups": found})
        return
    table(f"Groups of {school}", ("Group", "Name", "Members", "State", "From"),
          ((one["group"], one["name"], one["count"], one["status"],
            one["source"] if one["read_only"] else "made here") for one in found), right=("Members",))


@app.command()
def show(group: Group, site: Site = None, as_json: AsJson = False) -> None:
    """Show a group and who is in it."""
    api = clients.connect(home.site_or_last(site))
    found = api.get(f"/groups/{clients.segment(group)}")
    if as_json:
        print_json(found)
        return
    _say(found)
    table("", ("Last name", "First name", "Role", "Grade", "Username", "State"),
          ((one["last_name"], one["first_name"], one["role"], one["grade"], one["username"], one["status"])
           for one in found["members"]))


@app.command()
def create(name: Annotated[str, typer.Option(help="What it is called.")],
           school: Annotated[str, typer.Option(help="The school (its School ID).")], owner: Owner = None,
           reason: Reason = "", site: Site = None, as_json: AsJson = False) -> None:
    """Make a group; no load ever changes it."""
    api = clients.connect(home.site_or_last(site))
    _tell(api.post("/groups", {"name": name, "school": school, "reason": reason,
                               "owner": name_of(api, owner) if owner else None}), as_json)


@app.command()
def rename(group: Group, name: Annotated[str | None, typer.Option(help="The new name.")] = None, owner: Owner = None,
           reason: Reason = "", site: Site = None, as_json: AsJson = False) -> None:
    """Give a group another name or another owner."""
    api = clients.connect(home.site_or_last(site))
    _tell(api.patch(f"/groups/{clients.segment(group)}", {
        "name": name, "owner": name_of(api, owner) if owner else None, "reason": reason}), as_json)


@app.command()
def add(group: Group, accounts: People, reason: Reason = "", site: Site = None, as_json: AsJson = False) -> None:
    """Add people to a group."""
    _members(group, "add", accounts, reason, site, as_json)


@app.command()
def remove(group: Group, accounts: People, reason: Reason = "", site: Site = None, as_json: AsJson = False) -> None:
    """Remove people from a group."""
    _members(group, "remove", accounts, reason, site, as_json)


@app.command()
def end(group: Group, reason: Reason = "", site: Site = None, as_json: AsJson = False) -> None:
    """End a group."""
    api = clients.connect(home.site_or_last(site))
    _tell(api.post(f"/groups/{clients.segment(group)}/end", {"reason": reason}), as_json)


def _members(group: str, what: str, accounts: list[str], reason: str, site: str | None, as_json: bool) -> None:
    api = clients.connect(home.site_or_last(site))
    names = [name_of(api, one) for one in accounts]
    _tell(api.post(f"/groups/{clients.segment(group)}/members", {what: names, "reason": reason}), as_json)


def _tell(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        _say(found)


def _say(found: dict[str, Any]) -> None:
    state = "" if found["status"] == "active" else ", ended"
    say(f"{found['name']}, group {found['group']} of school {found['school']}: {found['count']:,} members{state}",
        "bold")
    if found["note"]:
        say(found["note"], "yellow")
