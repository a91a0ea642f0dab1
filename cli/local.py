"""`rollbook local up|down|status`: a whole cloud on this machine, with the site `demo` in it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import home
from cli.screen import Trouble, err, print_json, say

if TYPE_CHECKING:
    from infra.local.cloud import Running

app = typer.Typer(no_args_is_help=True, help="A whole cloud on this machine.")

SITE = "demo"
SITE_NAME = "Demo District"
ADMINISTRATOR = "admin@demo.example"


@app.command()
def up(
    port: Annotated[int | None, typer.Option(help="The port to listen on; a free one by default.")] = None,
    background: Annotated[bool, typer.Option("--background", help="Return as soon as it is up.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Say where it is as JSON.")] = False,
) -> None:
    """Start the local cloud, with a site `demo` and this user signed in as its administrator."""
    with err().status("Starting the local cloud and deploying template.yaml …"):
        cloud = start(port)
        sign_in_here(cloud)
    _tell(cloud, as_json=as_json)
    if background:
        return
    say("It runs until you press Ctrl+C (or: rollbook local down).", "dim")
    try:
        while _status() is not None:
            time.sleep(1)
    except KeyboardInterrupt:
        stop()
        say("The local cloud is down. What it kept is there at the next start.")


@app.command()
def down() -> None:
    """Stop the local cloud. What it kept is there at the next start."""
    say("The local cloud is down." if stop() else "No local cloud was up.")


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Say whether the local cloud is up, and where."""
    cloud = _status()
    if cloud is None:
        if as_json:
            print_json({"up": False, "home": str(home.folder())})
        else:
            say("No local cloud is up. Start one: rollbook local up")
        raise typer.Exit(1)
    _tell(cloud, as_json=as_json)


def start(port: int | None = None) -> Running:
    """The local cloud of this home, started and deployed if need be."""
    from infra.local import cloud, deploy

    try:
        return cloud.start(home.folder(), port)
    except (cloud.CloudError, deploy.DeployError) as error:
        raise Trouble(_sentence(error)) from None


def stop() -> bool:
    from infra.local import cloud

    try:
        return cloud.stop(home.folder())
    except cloud.CloudError as error:
        raise Trouble(_sentence(error)) from None


def running() -> Running:
    """The local cloud of this home. Raises Trouble if it isn't up."""
    cloud = _status()
    if cloud is None:
        raise Trouble("No local cloud is up and ROLLBOOK_API is not set. Run: rollbook local up")
    return cloud


def sign_in_here(cloud: Running, site: str = SITE) -> None:
    """Make the site if it isn't there, and sign this user in as its first administrator."""
    from cli.client import Client

    client = Client(cloud.api_url, site, aws=cloud.client)
    made = operate(
        client.aws,
        cloud.outputs["OperatorFunction"],
        {
            "action": "create-site",
            "site": site,
            "name": SITE_NAME,
            "address": f"https://{site}.rollbook.example",
            "admin_email": ADMINISTRATOR,
            "settings": {"hand_out": "open"},
        },
    )
    if not made["created"]:
        if (home.session(site) or {}).get("api") == client.api:
            try:
                client.get("")
                return
            except Trouble:
                err().print("Your session had ended; signing in again.", style="dim")
        made = operate(client.aws, cloud.outputs["OperatorFunction"], {"action": "admin-code", "site": site})
    client.sign_in(code=made["code"])


def operate(aws: Any, function: str, order: dict[str, Any]) -> dict[str, Any]:
    """The operator function's answer to an order. Raises Trouble with its sentence if it is refused."""
    from botocore.exceptions import BotoCoreError, ClientError

    from cli.client import reason

    try:
        answer = aws("lambda").invoke(FunctionName=function, Payload=json.dumps(order).encode())
        said = json.loads(answer["Payload"].read())
    except (BotoCoreError, ClientError) as error:
        raise Trouble(f"The operator function could not be called: {reason(error)}.") from None
    if answer.get("FunctionError"):
        raise Trouble(f"The operator function failed ({said.get('errorType', 'error')}); its log says why.")
    if "error" in said:
        raise Trouble(f"{said['error']['message'].rstrip('.')}.")
    return said


def _status() -> Running | None:
    folder: Path = home.folder()
    if not (folder / "cloud").is_dir():
        return None
    from infra.local import cloud

    try:
        return cloud.status(folder)
    except cloud.CloudError as error:
        raise Trouble(_sentence(error)) from None


def _tell(cloud: Running, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "up": True,
                "home": cloud.home,
                "port": cloud.port,
                "endpoint": cloud.endpoint,
                "api": cloud.api_url,
                "outputs": cloud.outputs,
            }
        )
        return
    say("The local cloud is up.", "bold green")
    say(
        f"  API    {cloud.api_url}\n  inbox  s3://{cloud.outputs['InboxBucket']}/inbox/{SITE}/\n"
        f"  AWS    {cloud.endpoint}\n  home   {cloud.home}"
    )


def _sentence(error: Exception) -> str:
    text = str(error).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
