"""`rollbook gg4l …`: the connection to GG4L, its districts from introduction to daily pulls, pulls by hand."""

from __future__ import annotations

import re
import time
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from cli import client as clients
from cli import gg4l_screen, home, loads, zones
from cli.client import Client, Refused
from cli.options import AsJson, Reason, Site
from cli.screen import Trouble, print_json, say
from rostering.districts import SCHEMES
from rostering.onboarding import STATES

app = typer.Typer(no_args_is_help=True, help="GG4L: connect, introduce districts, watch them, pull of them.")

District = Annotated[str, typer.Argument(metavar="DISTRICT", help="The GUID, as `rollbook gg4l districts` has it.")]
WebhookFile = Annotated[
    Path | None, typer.Option("--webhook-secret-file", help="A file with what GG4L signs webhooks with.")
]
PreviousFile = Annotated[
    Path | None, typer.Option("--webhook-previous-file", help="A file with the secret before it, which counts on.")
]

_EVERY = re.compile(r"([1-9][0-9]{0,3}) ?(m|min|h)")
_SECRETS = {"client_id": "--client-id", "client_secret": "--client-secret-file", "webhook": "--webhook-secret-file",
            "webhook_previous": "--webhook-previous-file"}
_DROPPED = ("webhook", "webhook_previous")
POLL_SECONDS = 30.0
_NOT_CONNECTED = "This site has no connection to GG4L yet: rollbook gg4l connect"


@app.command("connect")
def connect(
    discovery_url: Annotated[str, typer.Option("--discovery-url", help="Where GG4L lists the districts.")],
    client_id: Annotated[str, typer.Option("--client-id", help="Of the Onboarding API Credentials.")],
    client_secret_file: Annotated[Path, typer.Option("--client-secret-file", help="A file with the client secret.")],
    token_url: Annotated[
        str | None, typer.Option("--token-url", help="The token endpoint; by default /datahub/oauth/token there.")
    ] = None,
    webhook_secret_file: WebhookFile = None,
    webhook_previous_file: PreviousFile = None,
    webhook_scheme: Annotated[
        str | None, typer.Option("--webhook-scheme", help=f"How webhooks are signed: {', '.join(SCHEMES)}.")
    ] = None,
    webhook_header: Annotated[
        str | None, typer.Option("--webhook-header", help="The header that a scheme with a header looks at.")
    ] = None,
    poll_every: Annotated[str | None, typer.Option("--poll-every", help="How often to ask: 60m, 2h.")] = None,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Connect the site with GG4L. Another administrator approves the addresses before anything is asked."""
    told = {"discovery_url": discovery_url, "token_url": token_url, "webhook_scheme": webhook_scheme,
            "webhook_header": webhook_header, "poll": _rate(poll_every) if poll_every else None}
    body = {"settings": {name: value for name, value in told.items() if value is not None}}
    body |= _credentials(client_id, client_secret_file, webhook_secret_file, webhook_previous_file)
    api = clients.connect(home.site_or_last(site))
    made = api.put("/gg4l", body)
    asked = None if made["waits_for"] else _asked_now(api)
    gg4l_screen.tell_changed(asked or made, "is connected", as_json=as_json)
    if asked and not as_json:
        gg4l_screen.tell_poll(asked)
        _list(api)


@app.command("connection")
def connection(site: Site = None, as_json: AsJson = False) -> None:
    """Show the connection: its settings, whether it is approved, how the last poll went. Secrets are not shown."""
    found = _connection(clients.connect(home.site_or_last(site)))
    if as_json:
        print_json(found)
    else:
        gg4l_screen.show_connection(found)


@app.command("set")
def set_(
    pairs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="Settings as `gg4l connection` has them (poll=30m, "
                       "page_size=200); KEY= goes back to the default, webhook= drops the webhook's secret, "
                       "webhook_previous= the one before it."),
    ] = None,
    client_id: Annotated[str | None, typer.Option("--client-id", help="Of the Onboarding API Credentials.")] = None,
    client_secret_file: Annotated[
        Path | None, typer.Option("--client-secret-file", help="A file with the client secret.")
    ] = None,
    webhook_secret_file: WebhookFile = None,
    webhook_previous_file: PreviousFile = None,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Set settings or credentials of the connection. New addresses have to be approved again."""
    given = _credentials(client_id, client_secret_file, webhook_secret_file, webhook_previous_file)
    api = clients.connect(home.site_or_last(site))
    found = _connection(api)
    patch = patch_of(pairs or [], found["settings"], given)
    after = api.patch("/gg4l", patch | {"version": found["version"]})
    gg4l_screen.tell_changed(after, "is set", as_json=as_json)


@app.command("pause")
def pause(reason: Reason, site: Site = None, as_json: AsJson = False) -> None:
    """Ask nothing of GG4L until it is resumed."""
    _act("pause", {"reason": reason}, "is paused", site, as_json=as_json)


@app.command("resume")
def resume(reason: Reason = "resumed on the command line", site: Site = None, as_json: AsJson = False) -> None:
    """Ask GG4L again."""
    _act("resume", {"reason": reason}, "is asked again", site, as_json=as_json)


@app.command("approve")
def approve(reason: Reason, site: Site = None, as_json: AsJson = False) -> None:
    """Approve the addresses that another administrator told."""
    api = clients.connect(home.site_or_last(site))
    settings = _connection(api)["settings"]
    seen = {name: settings[name] for name in ("discovery_url", "token_url", "data_hosts")}
    if not as_json:
        more = f"; data may be at {seen['data_hosts']}" if seen["data_hosts"] else ""
        say(f"GG4L lists districts at {seen['discovery_url']}, and gives tokens at {seen['token_url']}{more}", "bold")
    gg4l_screen.tell_changed(api.post("/gg4l/approve", {"reason": reason} | seen), "is approved", as_json=as_json)


@app.command("disconnect")
def disconnect(reason: Reason, site: Site = None, as_json: AsJson = False) -> None:
    """Remove the connection, its schedule and all its credentials. Districts and what was loaded stay."""
    api = clients.connect(home.site_or_last(site))
    answer = api.delete(f"/gg4l?{urlencode({'reason': reason})}")
    if as_json:
        print_json(answer)
    else:
        say(f"{api.site} is not connected with GG4L any more. What was loaded stays.", "bold")


@app.command("poll")
def poll(site: Site = None, as_json: AsJson = False) -> None:
    """Ask Discovery now what is new, not only at the next scheduled time."""
    api = clients.connect(home.site_or_last(site))
    found = _asked_now(api)
    if as_json:
        print_json(found)
    else:
        gg4l_screen.tell_poll(found)
        _list(api)


@app.command("introduce")
def introduce(
    contact: Annotated[str, typer.Option("--contact", help="The e-mail address of the district's contact.")],
    district_name: Annotated[
        str | None, typer.Option("--district-name", help="The district's name at GG4L; by default the site's.")
    ] = None,
    district: Annotated[str | None, typer.Option("--district", help="Its GUID, if GG4L has given one.")] = None,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Introduce a district to GG4L: write the e-mail to both, and begin to watch its onboarding."""
    api = clients.connect(home.site_or_last(site))
    body = {"district_name": district_name or api.get("")["name"], "contact": contact, "district": district}
    found = api.post("/gg4l/introduce", body)
    if as_json:
        print_json(found)
    else:
        gg4l_screen.tell_introduction(found)


@app.command("districts")
def districts(site: Site = None, as_json: AsJson = False) -> None:
    """List the districts at GG4L: where each stands, and whether it is late."""
    api = clients.connect(home.site_or_last(site))
    if as_json:
        print_json({"districts": list(api.pages("/gg4l/districts", "districts"))})
    else:
        _list(api)


def _list(api: Client) -> None:
    found = list(api.pages("/gg4l/districts", "districts"))
    if not found:
        say(f"No district of {api.site} is known at GG4L yet. Introduce one: rollbook gg4l introduce "
            f"--site {api.site}")
    else:
        gg4l_screen.show_districts(api.site, found)


@app.command("show")
def show(district: District, site: Site = None, as_json: AsJson = False) -> None:
    """Show a district: where it stands and since when, who has to act, what came with the last pull."""
    found = clients.connect(home.site_or_last(site)).get(_path(district))
    if as_json:
        print_json(found)
    else:
        gg4l_screen.show_district(found)


@app.command("link")
def link(
    district: District,
    introduced: Annotated[
        str | None, typer.Option("--as", help="The introduction that it is (intro-…), if its name doesn't tell.")
    ] = None,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Link a district with the site: from now on it is pulled."""
    _known(clients.connect(home.site_or_last(site)), district)
    _tell(district, "link", {"introduced": introduced}, "is linked", site, as_json=as_json)


@app.command("unlink")
def unlink(district: District, reason: Reason, site: Site = None, as_json: AsJson = False) -> None:
    """Pull a district no more. What was loaded of it stays."""
    _tell(district, "unlink", {"reason": reason}, "is linked no more", site, as_json=as_json)


@app.command("move")
def move(
    district: District,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the audit log.")],
    state: Annotated[
        str | None, typer.Argument(metavar="[STATE]", help=f"Where it stands: {', '.join(STATES)}, or PM_ASSIGNED.")
    ] = None,
    note: Annotated[str | None, typer.Option("--note", help="What else there is to know.")] = None,
    project_manager: Annotated[
        str | None, typer.Option("--project-manager", help="The name of GG4L's project manager.")
    ] = None,
    email: Annotated[str | None, typer.Option("--email", help="The project manager's e-mail address.")] = None,
    call: Annotated[
        list[str] | None, typer.Option("--call", help="When a call takes place: 2026-12-01T10:00; may be repeated.")
    ] = None,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Tell where a district stands, and who manages it at GG4L."""
    manager = {name: value for name, value in (("name", project_manager), ("email", email)) if value}
    body: dict[str, Any] = {"reason": reason, "state": state.upper().replace("-", "_") if state else None,
                            "note": note, "project_manager": manager or None, "calls": call or []}
    found = _tell(district, "move", body, "is noted", site, as_json=as_json)
    if body["state"] in STATES and found["state"] != body["state"] and not as_json:
        say(f"It stands at {found['state']} all the same: later news, or what GG4L lists, outrank this.", "yellow")


@app.command("pull")
def pull(
    district: District,
    yes: Annotated[bool, typer.Option("--yes", help="Approve at once what you may approve.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Download the reports and account sheets to this folder.", file_okay=False)
    ] = None,
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for GG4L; it goes on without us.")
    ] = zones.WAIT_SECONDS,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Pull a district now, and follow what comes of it to the end.

    Exit code 0 done, 3 held (or not approved, or not over yet), 4 turned back or refused, 1 failed or
    no answer.
    """
    api = clients.connect(home.site_or_last(site))
    if not _known(api, district)["linked"]:
        api.post(f"{_path(district)}/link", {"introduced": None})       # whoever pulls it by hand means it
    loads.pull(f"{_path(district)}/pulls", None, f"gg4l:{district}",
               lambda pulled: gg4l_screen.tell_end(district, pulled), site=site, yes=yes, out=out, wait=wait,
               as_json=as_json)


@app.command("simulate")
def simulate(
    students: Annotated[int, typer.Option(min=1, help="How many students the district has.")],
    seed: Annotated[int, typer.Option(help="The same seed makes the same district.")] = 1,
    oneroster: Annotated[str, typer.Option(help="The version of OneRoster: 1.1 or 1.2.")] = "1.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port; 0 takes a free one.")] = 0,
    fault: Annotated[list[str] | None, typer.Option(help="A fault to make, NAME=VALUE; may be repeated.")] = None,
    day: Annotated[str, typer.Option(help="Which day of the district to begin with.")] = "today",
    next_day_after: Annotated[float | None, typer.Option(help="Seconds after which the next day begins.")] = None,
    webhook_secret_file: Annotated[
        Path | None, typer.Option("--webhook-secret-file", help="A file with a secret to sign webhooks with.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a made-up district's provider on this machine, to try and test with."""
    from cli.oneroster import command  # a server and a made-up district: nothing else needs them

    secret = _line(webhook_secret_file) if webhook_secret_file else None
    try:
        command.simulate(students, seed, oneroster, port, fault or [], day=day, next_day_after=next_day_after,
                         webhook_secret=secret, as_json=as_json)
    except ValueError as error:
        raise Trouble(str(error), 2) from None
    except OSError as error:
        raise Trouble(f"Port {port} can't be used: {error.strerror or error}.") from None


def patch_of(pairs: list[str], known: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """What `KEY=VALUE` pairs say about the settings `known`, and the credentials that are `given`.

    Null is the default of a setting, and drops a secret.
    """
    told: dict[str, Any] = {}
    plain = []
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if name in _SECRETS:
            if text or not equals or name not in _DROPPED:
                raise Trouble(f"{name} comes with {_SECRETS[name]}: see rollbook gg4l set --help.", 2)
            told[name] = None
        elif equals and name and name not in known:
            near = get_close_matches(name, known, n=1)
            raise Trouble(f"There is no setting {name}." + (f" Did you mean {near[0]}?" if near else ""), 2)
        else:
            plain.append(f"poll={_rate(text)}" if name == "poll" and text else pair)
    patch = {"settings": zones.patch_of(plain, known)["settings"], **given}
    if "webhook_previous" in told:
        if "webhook" not in given or "previous" in given["webhook"]:
            raise Trouble("webhook_previous= goes with --webhook-secret-file alone: a new secret in place of all.", 2)
        patch["webhook"] = given["webhook"] | {"previous": None}
    if "webhook" in told:
        if "webhook" in given:
            raise Trouble("webhook= drops the webhook's secret, and --webhook-secret-file sets it: choose one.", 2)
        patch["webhook"] = None
    return patch


def _rate(text: str) -> str:
    """`60m` or `2h` as a schedule; one that is written as a schedule already is left."""
    every = _EVERY.fullmatch(text)
    if every:
        unit = "hour" if every[2] == "h" else "minute"
        return f"rate({every[1]} {unit}{'' if every[1] == '1' else 's'})"
    if not text.startswith("rate("):
        raise Trouble(f"{text} is not how often, as 60m or 2h.", 2)
    return text


def _credentials(client_id: str | None, client_secret: Path | None, webhook: Path | None,
                 previous: Path | None) -> dict[str, Any]:
    if bool(client_id) != bool(client_secret):
        raise Trouble("A client id and its secret come together: --client-id and --client-secret-file.", 2)
    if previous and not webhook:
        raise Trouble("--webhook-previous-file goes with --webhook-secret-file.", 2)
    given: dict[str, Any] = {}
    if client_secret:
        given["vendor"] = {"client_id": client_id, "client_secret": _line(client_secret)}
    if webhook:
        given["webhook"] = {"current": _line(webhook)} | ({"previous": _line(previous)} if previous else {})
    return given


def _line(path: Path) -> str:
    """What a file holds, without the end of its line."""
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise Trouble(f"{path} can't be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise Trouble(f"{path} is not a text.") from None


def _asked_now(api: Client) -> dict[str, Any]:
    """The connection when Discovery was asked once more, or could not be, or took too long."""
    before = api.get("/gg4l")
    api.post("/gg4l/poll")
    until = time.monotonic() + POLL_SECONDS
    while True:
        found = api.get("/gg4l")
        told = ("polled_at", "poll_failed_at")
        if any(found[name] != before[name] for name in told) or time.monotonic() > until:
            return found
        time.sleep(0.3)


def _known(api: Client, district: str) -> dict[str, Any]:
    """What is known of a district; one that nobody has heard of yet may be new at GG4L, which is asked."""
    try:
        found = api.get(_path(district))
        if found["known_to_discovery"]:
            return found
    except Refused as refused:
        if refused.status != 404:
            raise
    _asked_now(api)
    return api.get(_path(district))


def _connection(api: Client) -> dict[str, Any]:
    try:
        return api.get("/gg4l")
    except Refused as refused:
        raise Trouble(_NOT_CONNECTED) from None if refused.status == 404 else refused


def _path(district: str) -> str:
    return f"/gg4l/districts/{clients.segment(district)}"


def _act(act: str, body: dict[str, Any], done: str, site: str | None, *, as_json: bool) -> None:
    api = clients.connect(home.site_or_last(site))
    gg4l_screen.tell_changed(api.post(f"/gg4l/{act}", body), done, as_json=as_json)


def _tell(district: str, act: str, body: dict[str, Any], done: str, site: str | None, *,
          as_json: bool) -> dict[str, Any]:
    """Ask for a change of a district and tell of it; gives the district after it."""
    found = clients.connect(home.site_or_last(site)).post(f"{_path(district)}/{act}", body)
    if as_json:
        print_json(found)
    else:
        say(f"District {gg4l_screen.named(found)} {done}: {found['state']}.", "bold green")
        gg4l_screen.tell_next(found)
    return found
