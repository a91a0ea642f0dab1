"""`rollbook site provider …`: signing in with Google or Microsoft. And `rollbook switch`: one's other account."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cli import client as clients
from cli import home
from cli.account import Id, Reason, resolve
from cli.options import AsJson, Site
from cli.screen import Trouble, print_json, say, table

app = typer.Typer(no_args_is_help=True, help="Sign in with Google or Microsoft: set up, show, remove.")
Provider = Annotated[Literal["google", "microsoft"], typer.Argument(help="Which one.")]


@app.command("set")
def set_up(
    provider: Provider,
    client_id: Annotated[str, typer.Option(help="The client id (Microsoft: application id) of the registration.")],
    client_secret_file: Annotated[
        Path | None, typer.Option("--client-secret-file", help="A file with the client secret; it can't be read back.")
    ] = None,
    tenant: Annotated[str | None, typer.Option(help="Microsoft: the tenant id of the district.")] = None,
    address: Annotated[str | None, typer.Option(help="The API's address, if people reach it by another name.")] = None,
    issuer: Annotated[str | None, typer.Option(help="Another issuer, on this machine, for trying.")] = None,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Set up Google or Microsoft; shows what to enter there."""
    api = clients.connect(home.site_or_last(site))
    body = {"client_id": client_id, "address": address or api.api, "tenant": tenant, "issuer": issuer}
    if client_secret_file:
        try:
            body["client_secret"] = client_secret_file.read_text().strip()
        except (OSError, UnicodeError) as error:
            raise Trouble(f"{client_secret_file} can't be read: {error}.", 2) from None
    _show(api.put(f"/providers/{provider}", {name: value for name, value in body.items() if value}), as_json)


@app.command()
def show(provider: Provider, site: Site = None, as_json: AsJson = False) -> None:
    """Show how a provider is set up."""
    _show(clients.connect(home.site_or_last(site)).get(f"/providers/{provider}"), as_json)


@app.command("list")
def listed(site: Site = None, as_json: AsJson = False) -> None:
    """List the providers that are set up."""
    api = clients.connect(home.site_or_last(site))
    found = api.get("/providers")
    if as_json:
        print_json(found)
    else:
        table(f"Sign-in providers of {api.site}", ("Provider", "Client id", "Counts", "Since"),
              ((one["provider"], one["client_id"], "yes" if one["counts"] else "no: see sign_in", one["at"])
               for one in found["providers"]))


@app.command()
def remove(provider: Provider, site: Site = None) -> None:
    """Let nobody sign in with it any more."""
    clients.connect(home.site_or_last(site)).delete(f"/providers/{provider}")
    say(f"Nobody signs in with {provider} from now on.")


@app.command()
def forget(provider: Provider, account: Id, reason: Reason, site: Site = None) -> None:
    """End the link of an account with its Google or Microsoft account, so that another one can be used."""
    api = clients.connect(home.site_or_last(site))
    api.delete(f"/accounts/{resolve(api, account)}/providers/{provider}", reason=reason)
    say(f"The next {provider} account with the account's email is linked with it.")


def switch(
    account: Annotated[str | None, typer.Argument(help="The other account: its id, username or role.")] = None,
    site: Site = None, as_json: AsJson = False,
) -> None:
    """Go over to your other account (two roles, one email). Its password is asked for the first time."""
    api = clients.connect(home.site_or_last(site))
    linked = [one for one in api.get(f"/accounts/{clients.segment(api.account)}")["linked"] if one["counts"]]
    found = [one for one in linked if account is None or account.casefold() in (
        one["account"].casefold(), one["username"].casefold(), one["role"].casefold())]
    if len(found) != 1:
        told = ", ".join(f"{one['username']} ({one['role']})" for one in linked) or "none"
        raise Trouble(f"Which account? Yours, linked with this one: {told}.")
    try:
        answer = api.switch(found[0]["account"])
    except clients.Refused as refused:
        if refused.code != "PROVE":
            raise
        say("Show once that it is yours.")
        answer = api.switch(found[0]["account"],
                            secret=typer.prompt(f"Password of {found[0]['username']}", hide_input=True))
    if as_json:
        print_json({"account": answer["account"], "must_change": answer["must_change"]})
    else:
        say(f"Now you are {found[0]['username']} ({found[0]['role']}).", "bold green")


def _show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    say(f"{found['provider']}: client id {found['client_id']}, issuer {found['issuer']}", "bold")
    say(f"  Enter there as redirect URI:  {found['redirect_uri']}")
    say(f"  The sign-in page is:          {found['sign_in_page']}")
    if not found["counts"]:
        say(f"It counts once the site says so: rollbook site settings 'sign_in=[\"password\",\"{found['provider']}\"]'",
            "yellow")
