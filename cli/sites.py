"""`rollbook sign-in|sign-out` and `rollbook site create|code`: who one is, and how a site begins.

Making a site and renewing a code call the operator function with the usual AWS credentials; they are
for whoever runs Rollbook, not for a site's administrators.
"""

from __future__ import annotations

import json
import os
from typing import Annotated, Any

import typer

from cli import client as clients
from cli import home, local
from cli.options import AsJson, Site
from cli.screen import Trouble, print_json, say

app = typer.Typer(
    no_args_is_help=True, help="Make a site, renew its first administrator's code, see and change its settings."
)

Function = Annotated[
    str | None,
    typer.Option(
        "--function",
        envvar="ROLLBOOK_OPERATOR",
        help="The operator function (stack output OperatorFunction).",
    ),
]


def sign_in(
    site: Site = None,
    username: Annotated[str | None, typer.Option(help="Your username.")] = None,
    code: Annotated[str | None, typer.Option(help="A one-time code, instead of a password.")] = None,
) -> None:
    """Sign this machine's user in. The password is asked for, never an option."""
    api = clients.connect(home.site_or_last(site or (None if os.environ.get("ROLLBOOK_API") else local.SITE)))
    if code:
        answer = api.sign_in(code=code)
    else:
        name = username or typer.prompt("Username")
        answer = api.sign_in(username=name, secret=typer.prompt("Password", hide_input=True))
    if answer.get("must_change"):
        say("Choose a password of your own now.")
        api.choose_password(typer.prompt("New password", hide_input=True, confirmation_prompt=True))
    say(f"Signed in at {api.site}.", "bold green")


def sign_out(site: Site = None) -> None:
    """End this machine's session."""
    api = clients.connect(home.site_or_last(site))
    api.sign_out()
    say(f"Signed out at {api.site}.")


@app.command()
def create(
    site: Annotated[str, typer.Argument(help="Its short name: a-z 0-9 -, part of every key.")],
    name: Annotated[str, typer.Option(help="The district's name.")],
    admin_email: Annotated[str, typer.Option(help="The first administrator's email.")],
    address: Annotated[str, typer.Option(help="Where people sign in; printed on account sheets.")] = "",
    timezone: Annotated[str, typer.Option(help="The district's time zone.")] = "America/New_York",
    settings: Annotated[str, typer.Option(help="Further settings, as JSON.")] = "{}",
    function: Function = None,
    as_json: AsJson = False,
) -> None:
    """Make a site and its first administrator; shows the one-time code to sign in with, once."""
    try:
        more = json.loads(settings)
    except ValueError:
        raise Trouble("--settings is not JSON.", 2) from None
    made = operate(
        site,
        function,
        {
            "action": "create-site",
            "site": site,
            "name": name,
            "address": address,
            "timezone": timezone,
            "admin_email": admin_email,
            "settings": more,
        },
    )
    if as_json:
        print_json(made)
    elif made["created"]:
        say(f"Made the site {site}.", "bold green")
        _show_code(made)
    else:
        say(f"The site {site} was there already. For a new code: rollbook site code {site}")


@app.command("code")
def new_code(
    site: Annotated[str, typer.Argument(help="The site.")], function: Function = None, as_json: AsJson = False
) -> None:
    """Give the first administrator of a site a new one-time code."""
    made = operate(site, function, {"action": "admin-code", "site": site})
    if as_json:
        print_json(made)
    else:
        _show_code(made)


def operate(site: str, function: str | None, order: dict[str, Any]) -> dict[str, Any]:
    """What the operator function answers to an order: that of AWS if $ROLLBOOK_API is set, else the local cloud's."""
    if os.environ.get("ROLLBOOK_API"):
        if not function:
            raise Trouble("Which operator function? Give --function or set ROLLBOOK_OPERATOR.", 2)
        return local.operate(clients.connect(site).aws, function, order)
    cloud = local.running()
    return local.operate(cloud.client, function or cloud.outputs["OperatorFunction"], order)


def _show_code(made: dict[str, Any]) -> None:
    say(f"One-time code: {made['code']}  (until {made['code_expires_at']})", "bold")
    say(f"Sign in with: rollbook sign-in --site {made['site']} --code {made['code']}")
