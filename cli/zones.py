"""`rollbook zone …`: SIF zones, what they are set to, where the agent stands with them, pulls by hand."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from cli import client as clients
from cli import follow, home, loads, zone_screen
from cli.client import Client
from cli.options import AsJson, Reason, Site
from cli.screen import Trouble, print_json, say, table
from rostering.errors import InputError
from rostering.zones import NAME, VERSIONS, name_of

app = typer.Typer(no_args_is_help=True, help="SIF zones: add them, watch them, pull of them.")

Zone = Annotated[str, typer.Argument(metavar="ZONE", help="The zone's name, as `rollbook zone list` has it.")]
Cert = Annotated[Path | None, typer.Option("--cert", help="The client certificate (PEM), its chain after it.")]
Key = Annotated[Path | None, typer.Option("--key", help="The private key of the certificate (PEM, unlocked).")]
Ca = Annotated[Path | None, typer.Option("--ca", help="The certificates that the zone's server is signed with (PEM).")]
BasicUser = Annotated[str | None, typer.Option("--basic-user", help="The user of HTTP Basic.")]
BasicPassword = Annotated[
    Path | None, typer.Option("--basic-password-file", help="A file that holds the password of HTTP Basic.")
]

WAIT_SECONDS = 120
_CREDENTIALS = ("certificate", "private_key", "ca_bundle", "basic")
_EVERY = re.compile(r"([1-9][0-9]{0,3}) ?(m|min|h)")
_AT = re.compile(r"([0-2]?[0-9]):([0-5][0-9])")
_YES = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@app.command("add")
def add(
    url: Annotated[str, typer.Option(help="The zone's URL, exactly as the ZIS administrator gave it.")],
    zone_id: Annotated[str, typer.Option("--zone-id", help="The zone's id; capitals count.")],
    version: Annotated[str, typer.Option(help=f"The SIF version: {', '.join(VERSIONS)}.")],
    name: Annotated[str | None, typer.Option(help="What to call it here; by default its id.")] = None,
    agent_id: Annotated[str | None, typer.Option("--agent-id", help="Our id in the zone (Empower).")] = None,
    cert: Cert = None,
    key: Key = None,
    ca: Ca = None,
    basic_user: BasicUser = None,
    basic_password_file: BasicPassword = None,
    username_element: Annotated[
        str | None, typer.Option(help="The SIF_ExtendedElement that holds usernames.")
    ] = None,
    buffer_bytes: Annotated[int | None, typer.Option(help="The biggest message we take (1 MiB).")] = None,
    pull_every: Annotated[str | None, typer.Option(help="How often to pull: 15m, 2h.")] = None,
    full_at: Annotated[
        str | None, typer.Option(help="When to ask for everything, once a day: 02:15, in the site's time zone.")
    ] = None,
    ack_carrier: Annotated[bool, typer.Option("--ack-carrier", help="Acknowledge the carrying message too.")] = False,
    legacy_subscribe: Annotated[
        bool, typer.Option("--legacy-subscribe", help="Subscribe one by one; SIF_Provision fails there.")
    ] = False,
    skip_zone_status: Annotated[
        bool, typer.Option("--skip-zone-status", help="Don't ask the zone for its status.")
    ] = False,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Add a zone. Another administrator approves its address before anything is pulled."""
    told = {
        "url": url, "zone_id": zone_id, "version": version, "agent_id": agent_id,
        "username_element": username_element, "buffer_bytes": buffer_bytes,
        "pull": _schedule("pull", pull_every) if pull_every else None,
        "full": _schedule("full", full_at) if full_at else None,
        "ack_carrier": ack_carrier or None, "legacy_subscribe": legacy_subscribe or None,
        "skip_zone_status": skip_zone_status or None,
    }
    body = {"name": name, "settings": {key: value for key, value in told.items() if value is not None}}
    body |= _credentials(cert, key, ca, basic_user, basic_password_file)
    api = clients.connect(home.site_or_last(site))
    zone_screen.tell_changed(api.post("/zones", body), "is added", as_json=as_json)


@app.command("list")
def list_(site: Site = None, as_json: AsJson = False) -> None:
    """List the zones of a site."""
    api = clients.connect(home.site_or_last(site))
    found = list(api.pages("/zones", "zones"))
    if as_json:
        print_json({"zones": found})
    elif not found:
        say(f"There is no SIF zone at {api.site} yet. Add one: rollbook zone add --site {api.site}")
    else:
        table(
            f"SIF zones of {api.site}",
            ("Zone", "URL", "Version", "State", "Last pull", "Last full", "Schedule"),
            (
                (
                    one["zone"],
                    one["settings"]["url"],
                    one["settings"]["version"],
                    zone_screen.state(one),
                    zone_screen.minute(one["session"]["last_pull_at"]),
                    zone_screen.minute(one["session"]["last_full_at"]),
                    zone_screen.when(one["settings"]),
                )
                for one in found
            ),
        )


@app.command("show")
def show(zone: Zone, site: Site = None, as_json: AsJson = False) -> None:
    """Show a zone: its settings, where the agent stands with it, what came of each object."""
    api = clients.connect(home.site_or_last(site))
    found = api.get(_path(zone))
    if as_json:
        print_json(found)
        return
    zone_screen.show_zone(api.site, found)


@app.command("check")
def check(zone: Zone, site: Site = None, as_json: AsJson = False) -> None:
    """Talk with a zone without pulling anything: does it answer, does it know us, what does it give?

    Exit code 0 all is well, 4 somebody has to act, 1 it does not answer.
    """
    api = clients.connect(home.site_or_last(site))
    with follow.progress(quiet=as_json) as bar:
        found = _checked(api, zone, bar)
    if as_json:
        print_json(found)
    else:
        zone_screen.tell_end(zone, found)
        facts = found["facts"]
        if facts:
            lines = {name.replace("_", " "): value for name, value in facts.items() if name != "missing"}
            table("", ("What", "What the zone says"),
                  ((name, zone_screen.plain(value)) for name, value in lines.items()))
        if facts.get("missing"):
            table(zone_screen.TO_ASK_FOR, ("Object", "What is missing"), facts["missing"].items())
    if code := follow.pull_end(found)[1]:
        raise typer.Exit(code)


@app.command("pull")
def pull(
    zone: Zone,
    full: Annotated[bool, typer.Option("--full", help="Ask for everything again, not only for what is new.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Approve at once what you may approve.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Download the reports and account sheets to this folder.", file_okay=False)
    ] = None,
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for a zone that lets us wait; it goes on without us.")
    ] = WAIT_SECONDS,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Pull of a zone now, and follow what comes of it to the end.

    Exit code 0 done, 3 held (or not approved, or the zone has not answered yet), 4 turned back or refused,
    1 failed or no answer.
    """
    loads.pull(f"{_path(zone)}/pulls", {"kind": "full" if full else "pull"}, f"sif:{zone}",
               lambda pulled: zone_screen.tell_end(zone, pulled), site=site, yes=yes, out=out, wait=wait,
               as_json=as_json)


@app.command("pause")
def pause(zone: Zone, reason: Reason, site: Site = None, as_json: AsJson = False) -> None:
    """Pull nothing of a zone until it is resumed."""
    _act(zone, "pause", {"reason": reason}, "is paused", site, as_json=as_json)


@app.command("resume")
def resume(zone: Zone, reason: Reason = "resumed on the command line", site: Site = None,
           as_json: AsJson = False) -> None:
    """Pull of a paused zone again."""
    _act(zone, "resume", {"reason": reason}, "is pulled again", site, as_json=as_json)


@app.command("approve")
def approve(
    zone: Zone,
    reason: Reason,
    url: Annotated[
        str | None, typer.Option(help="The address that you approve; if it is another one, nothing is approved.")
    ] = None,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Approve the address of a zone that another administrator told."""
    api = clients.connect(home.site_or_last(site))
    found = api.get(_path(zone))
    told = found["settings"]["url"]
    if url not in (None, told):
        raise Trouble(f"The address of zone {zone} is another one: {told}")
    if not as_json:
        say(f"Zone {zone} is at {told}", "bold")
    after = api.post(f"{_path(zone)}/approve", {"reason": reason, "version": found["version"]})
    zone_screen.tell_changed(after, "is approved", as_json=as_json)


@app.command("set")
def set_(
    zone: Zone,
    pairs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="Settings as `zone show` has them (pull=15m, full=02:15, "
                       "registered_versions=2.0,2.1); KEY= goes back to the default, basic= drops a credential."),
    ] = None,
    cert: Cert = None,
    key: Key = None,
    ca: Ca = None,
    basic_user: BasicUser = None,
    basic_password_file: BasicPassword = None,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Set settings or credentials of a zone. A new address has to be approved again."""
    given = _credentials(cert, key, ca, basic_user, basic_password_file)
    api = clients.connect(home.site_or_last(site))
    found = api.get(_path(zone))
    patch = patch_of(pairs or [], found["settings"]) | given
    after = api.patch(_path(zone), patch | {"version": found["version"]})
    zone_screen.tell_changed(after, "is set", as_json=as_json)


@app.command("remove")
def remove(zone: Zone, reason: Reason, site: Site = None, as_json: AsJson = False) -> None:
    """Remove a zone, its schedules and its credentials. What was loaded of it stays."""
    api = clients.connect(home.site_or_last(site))
    answer = api.delete(f"{_path(zone)}?{urlencode({'reason': reason})}")
    if as_json:
        print_json(answer)
    else:
        say(f"Zone {zone} is removed. What was loaded of it stays.", "bold")


@app.command("simulate")
def simulate(
    students: Annotated[int, typer.Option(min=1, help="How many students the district has.")],
    seed: Annotated[int, typer.Option(help="The same seed makes the same district.")] = 1,
    version: Annotated[str, typer.Option(help=f"The SIF version: {', '.join(VERSIONS)}.")] = "2.3",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port; 0 takes a free one.")] = 0,
    fault: Annotated[list[str] | None, typer.Option(help="A fault to make; may be repeated.")] = None,
    day: Annotated[str, typer.Option(help="today or next-day.")] = "today",
    next_day_after: Annotated[float | None, typer.Option(help="Seconds after which the next day begins.")] = None,
    zone_id: Annotated[str, typer.Option("--zone-id", help="The zone's id.")] = "ZONE1",
    agent_id: Annotated[str, typer.Option("--agent-id", help="The agent that may register.")] = "Empower",
    as_json: AsJson = False,
) -> None:
    """Run a made-up district's zone on this machine, to try and test with."""
    from cli.zis import command  # a server and a made-up district: nothing else needs them

    if day not in ("today", "next-day"):
        raise Trouble(f"--day is today or next-day, not {day}.", 2)
    try:
        command.simulate(students, seed=seed, version=version, port=port, faults=fault or [], zone_id=zone_id,
                         agent_id=agent_id, day=day, next_day_after=next_day_after, as_json=as_json)
    except ValueError as error:
        raise Trouble(str(error), 2) from None


def patch_of(pairs: list[str], known: dict[str, Any]) -> dict[str, Any]:
    """What `KEY=VALUE` pairs say about the settings `known`: null is the default, or drops a credential."""
    settings: dict[str, Any] = {}
    dropped: dict[str, None] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise Trouble(f"{pair} is not KEY=VALUE.", 2)
        if name in settings or name in dropped:
            raise Trouble(f"{name} is set twice.", 2)
        if name in _CREDENTIALS:
            if text:
                raise Trouble(f"{name} comes from a file: see rollbook zone set --help.", 2)
            dropped |= dict.fromkeys(("certificate", "private_key") if name == "certificate" else (name,))
        elif name not in known:
            near = get_close_matches(name, known, n=1)
            raise Trouble(f"There is no setting {name}." + (f" Did you mean {near[0]}?" if near else ""), 2)
        else:
            settings[name] = _value(name, text, known[name]) if text else None
    return {"settings": settings, **dropped}


def _value(name: str, text: str, known: Any) -> Any:
    """What is written, as the kind of thing that the setting is."""
    if name in ("pull", "full"):
        return _schedule(name, text)
    if isinstance(known, list):
        return [part.strip() for part in text.split(",") if part.strip()]
    if isinstance(known, bool):
        if text.lower() not in _YES:
            raise Trouble(f"{name} is yes or no, not {text}.", 2)
        return _YES[text.lower()]
    if isinstance(known, int | float):
        try:
            return int(text) if text.isdecimal() else float(text)
        except ValueError:
            raise Trouble(f"{name} is a number, not {text}.", 2) from None
    return text


def _schedule(name: str, text: str) -> str:
    """`15m` or `02:15` as a schedule; one that is written as a schedule already is left."""
    every, at = _EVERY.fullmatch(text), _AT.fullmatch(text)
    if name == "pull" and every:
        unit = "hour" if every[2] == "h" else "minute"
        return f"rate({every[1]} {unit}{'' if every[1] == '1' else 's'})"
    if name == "full" and at and int(at[1]) < 24:
        return f"cron({int(at[2])} {int(at[1])} * * ? *)"
    if not text.startswith(("rate(", "cron(")):
        how = "how often, as 15m or 2h" if name == "pull" else "a time of the day, as 02:15"
        raise Trouble(f"{text} is not {how}.", 2)
    return text


def _credentials(cert: Path | None, key: Path | None, ca: Path | None, user: str | None,
                 password: Path | None) -> dict[str, Any]:
    if bool(cert) != bool(key):
        raise Trouble("A client certificate and its key come together: --cert and --key.", 2)
    if bool(user) != bool(password):
        raise Trouble("HTTP Basic needs both --basic-user and --basic-password-file.", 2)
    given: dict[str, Any] = {name: _read(path) for name, path in
                             (("certificate", cert), ("private_key", key), ("ca_bundle", ca)) if path}
    if password:
        given["basic"] = {"username": user, "password": _read(password).rstrip("\r\n")}
    return given


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise Trouble(f"{path} can't be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise Trouble(f"{path} is not a text. Certificates and keys are PEM files here.") from None


def _path(zone: str) -> str:
    """Where a zone is; its zone id does as well as its name."""
    try:
        name = zone if NAME.fullmatch(zone) else name_of(zone)
    except InputError as error:
        raise Trouble(error.message, 2) from None
    return f"/zones/{clients.segment(name)}"


def _checked(api: Client, zone: str, bar: follow.Bar) -> dict[str, Any]:
    """A check that was asked for, when it is over, or as it stands after a while."""
    asked = api.post(f"{_path(zone)}/pulls", {"kind": "check"})
    return follow.pull_to_the_end(api, f"{_path(zone)}/pulls/{clients.segment(asked['pull'])}", bar, WAIT_SECONDS)


def _act(zone: str, act: str, body: dict[str, Any], done: str, site: str | None, *, as_json: bool) -> None:
    api = clients.connect(home.site_or_last(site))
    zone_screen.tell_changed(api.post(f"{_path(zone)}/{act}", body), done, as_json=as_json)
