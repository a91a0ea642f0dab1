"""`rollbook rights list|grant|revoke`: what a person may do besides what the role allows."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from cli import client as clients
from cli import home
from cli.account import Id, Reason, resolve
from cli.options import AsJson, Site
from cli.screen import Trouble, print_json, say, table

app = typer.Typer(no_args_is_help=True, help="Rights of a person, for a school or for the whole site.")

Right = Annotated[
    Literal["admin", "accounts.manage", "loads.approve", "credentials.reset", "credentials.view",
            "credentials.export", "view_as"],
    typer.Argument(help="The right."),
]
School = Annotated[str | None, typer.Option(help="In this school (its School ID).")]
WholeSite = Annotated[bool, typer.Option("--whole-site", help="In the whole site.")]


@app.command("list")
def listed(account: Id, site: Site = None, as_json: AsJson = False) -> None:
    """List the rights of an account."""
    api = clients.connect(home.site_or_last(site))
    _print(api.get(f"/accounts/{resolve(api, account)}/rights"), as_json)


@app.command()
def grant(account: Id, right: Right, reason: Reason, school: School = None, whole_site: WholeSite = False,
          site: Site = None, as_json: AsJson = False) -> None:
    """Grant a right that you hold yourself."""
    api = clients.connect(home.site_or_last(site))
    _check(school, whole_site)
    _print(api.post(f"/accounts/{resolve(api, account)}/rights",
                    {"right": right, "school": school, "whole_site": whole_site, "reason": reason}), as_json)


@app.command()
def revoke(account: Id, right: Right, reason: Reason, school: School = None, whole_site: WholeSite = False,
           site: Site = None, as_json: AsJson = False) -> None:
    """Revoke a right that you hold yourself; it ends at once."""
    api = clients.connect(home.site_or_last(site))
    _check(school, whole_site)
    _print(api.delete(f"/accounts/{resolve(api, account)}/rights", right=right, school=school,
                      whole_site="true" if whole_site else None, reason=reason), as_json)


def _check(school: str | None, whole_site: bool) -> None:
    if whole_site == (school is not None):
        raise Trouble("Give --school ID or --whole-site.")


def _print(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    say(f"{found['username']} ({found['role']}), account {found['account']}", "bold")
    table("", ("Right", "Where"), ((one["right"], "the whole site" if one["whole_site"] else ", ".join(one["schools"]))
                                   for one in found["rights"]))
