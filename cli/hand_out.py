"""`rollbook hand-out …`: open the stages of a school, follow who has signed in, print one card again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cli import client as clients
from cli import home
from cli.account import Reason, name_of
from cli.client import Refused
from cli.options import AsJson, Site
from cli.people import written
from cli.readiness import STAGES, NeededSchool
from cli.screen import Trouble, print_json, say, table

app = typer.Typer(no_args_is_help=True, help="Hand out accounts: teachers, then students, then guardians.")

Stage = Annotated[Literal["teacher", "student", "guardian"],
                  typer.Option("--role", help="Whose stage; staff go with the teachers.")]
Out = Annotated[Path | None, typer.Option(help="The folder to write the sheets to.", file_okay=False)]
MaybeReason = Annotated[str | None, typer.Option("--reason", help="Why; it is kept in the audit trail.")]
_NAMED = 12


@app.command("open")
def open_stage(
    school: NeededSchool,
    role: Stage,
    override: Annotated[bool, typer.Option("--override", help="Although rules miss; needs --reason.")] = False,
    reason: MaybeReason = None,
    sheets: Annotated[bool, typer.Option(help="Make the account info sheets of the stage.")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would come of it, and open nothing.")] = False,
    out: Out = None,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Open a stage: its people can sign in from now on, and their account info sheets are made."""
    api = clients.connect(home.site_or_last(site))
    order = {"override": override, "reason": reason, "sheets": sheets, "dry_run": dry_run}
    path = f"/schools/{clients.segment(school.casefold())}/stages/{role.capitalize()}"
    try:
        done = api.post(path, order)
    except Refused as refused:
        if refused.code != "NOT_READY":
            raise
        _missing(refused.more.get("missing", ()))
        raise Trouble(f"{STAGES[role.capitalize()].capitalize()} of school {school} are not ready. "
                      'To open all the same: --override --reason "…"') from None
    files = written(api, done["export"], out, name=f"{school.casefold()}-{role}s") if done["export"] and out else []
    if as_json:
        print_json(done | {"files": files})
        return
    _opened(done, files, out)


@app.command("close")
def close_stage(school: NeededSchool, role: Stage, reason: Reason, site: Site = None, as_json: AsJson = False) -> None:
    """Close a stage again: whoever signs in from now on has to wait; who is signed in stays so."""
    api = clients.connect(home.site_or_last(site))
    done = api.delete(f"/schools/{clients.segment(school.casefold())}/stages/{role.capitalize()}", reason=reason)
    if as_json:
        print_json(done)
    else:
        say(f"Closed: {STAGES[done['stage']]} of school {done['school']} can't sign in until it is opened again.")


@app.command()
def show(
    school: NeededSchool,
    section: Annotated[str | None, typer.Option(help="Of this class only: everybody who has not signed in.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Classes too in which everybody has signed in.")] = False,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Show how far a school is: class by class who has signed in, who has not, and what to do next."""
    api = clients.connect(home.site_or_last(site))
    found = api.get(f"/schools/{clients.segment(school.casefold())}/hand-out")
    if section is not None:
        found["classes"] = [one for one in found["classes"] if one["section"] == section.casefold()]
        if not found["classes"]:
            raise Trouble(f"School {school} has no class {section} in which cards were handed out.")
    if as_json:
        print_json(found)
    elif section is not None:
        _class(found["classes"][0])
    else:
        _school(found, every=every)


@app.command()
def sheets(
    export: Annotated[str, typer.Argument(metavar="EXPORT", help="What opening a stage called its sheets.")],
    out: Annotated[Path, typer.Option(help="The folder to write the sheets to.", file_okay=False)],
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Fetch the account info sheets that opening a stage made; they are kept for an hour."""
    api = clients.connect(home.site_or_last(site))
    files = written(api, export, out, name="sheets")
    if as_json:
        print_json({"export": export, "files": files})
    else:
        say(f"Wrote {', '.join(files)}.")
        say("These sheets open accounts: hand them out, then delete them.", "bold yellow")


@app.command()
def handed(
    school: NeededSchool,
    section: Annotated[str, typer.Option(help="The class (its Class ID).")],
    to: Annotated[str | None, typer.Option(help="The account of who got the sheets; by default the teacher.")] = None,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Note to whom the sheets of a class were handed."""
    api = clients.connect(home.site_or_last(site))
    done = api.post(f"/schools/{clients.segment(school.casefold())}/handed", {"section": section.casefold(), "to": to})
    if as_json:
        print_json(done)
    else:
        say(f"Noted: the sheets of class {section} were handed to {done['to']}.")


@app.command()
def card(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="An account's id, username or person id.")],
    reason: Reason,
    out: Annotated[Path, typer.Option(help="The folder to write the card to.", file_okay=False)] = Path("."),
    reissue: Annotated[bool, typer.Option("--reissue", help="Void the present secret and print a new one.")] = False,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Print one card again; --reissue makes the old one void at once and ends all sessions."""
    api = clients.connect(home.site_or_last(site))
    found = _named(api, account)
    done = api.post(f"/accounts/{clients.segment(found)}/card", {"reissue": reissue, "reason": reason})
    files = written(api, done["export"], out, name=f"card-{found}")
    if as_json:
        print_json(done | {"files": files})
        return
    say("The old card is void, and all sessions have ended." if reissue
        else "It is the card of before: nothing changed.")
    say(f"Wrote {', '.join(files)}.")
    say("This card opens an account: hand it out, then delete the file.", "bold yellow")


def _named(api: clients.Client, text: str) -> str:
    """The account that `text` names. A teacher may not look for people, and gives the id that `show` told."""
    try:
        return name_of(api, text)
    except Refused as refused:
        if refused.status != 403:
            raise
        return text


def _opened(done: dict[str, Any], files: list[str], out: Path | None) -> None:
    whose = STAGES[done["stage"]]
    if done["dry_run"]:
        _missing(done["missing"])
        say(f"The stage is {done['state']}. Opening it would let {done['accounts']:,} {whose} sign in and make their "
            "account info sheets. Nothing was changed.")
        return
    say(f"School {done['school']} is open for {whose}: {done['accounts']:,} accounts can sign in.", "bold green")
    if done["overridden"]:
        say(f"Opened over what is missing: {', '.join(done['overridden'])}. It is in the audit trail.", "yellow")
    if files:
        say(f"Wrote {', '.join(files)}.")
        say("These sheets open accounts: hand them out, then delete them.", "bold yellow")
        if done["stage"] == "Teacher":
            say("Whom no letter can reach has a one-time code on the sheet, good for 72 hours. The others get links "
                f"by: rollbook batch invite --school {done['school']} --role Teacher --never-signed-in --reason …")
    elif done["export"]:
        say(f"The sheets are kept for an hour: rollbook hand-out sheets {done['export']} --out DIR")


def _missing(rules: Any) -> None:
    if rules:
        table("What is missing", ("#", "Rule", "Limit", "Misses", "Of", "More"),
              ((one["number"], one["title"], one["limit"], one["count"], one["of"], one["more"]) for one in rules),
              right=("#", "Misses", "Of"))


def _school(found: dict[str, Any], *, every: bool) -> None:
    say(f"{found['name'] or found['school']} (school {found['school']}): "
        f"{found['signed_in']:,} of {found['students']:,} students signed in", "bold")
    for stage in found["stages"]:
        say(f"  {STAGES[stage['stage']].capitalize()}: "
            + (f"open since {stage['at'][:16]}, {stage['signed_in']:,} of {stage['accounts']:,} signed in"
               if stage["state"] == "released" else stage["state"]))
    shown = [one for one in found["classes"] if every or one["not_yet"]]
    table("", ("Class", "Name", "Teacher", "Students", "Signed in", "Not yet", "Handed to"),
          ((one["section"], one["name"], one["teacher_name"], one["students"], one["signed_in"], len(one["not_yet"]),
            one["handed_to"]) for one in shown), right=("Students", "Signed in", "Not yet"))
    if not shown:
        say("Everybody has signed in." if found["students"] else "There is nobody to sign in.", "bold green")
        return
    section = shown[0]["section"] or "CLASS"
    say(f"Who has not: rollbook hand-out show --school {found['school']} --section {section}", "dim")
    if shown[0]["reminder"]:
        say(f"Their cards again: {shown[0]['reminder']}", "dim")


def _class(found: dict[str, Any]) -> None:
    say(f"{found['name']} (class {found['section']}, {found['teacher_name'] or 'no teacher'}): {found['students']:,} "
        f"students, {found['signed_in']:,} signed in, {len(found['not_yet']):,} not", "bold")
    table("", ("Last name", "First name", "Grade", "Username", "Account"),
          ((one["last_name"], one["first_name"], one["grade"], one["username"], one["account"])
           for one in found["not_yet"]))
    if found["handed_to"]:
        say(f"The sheets were handed to {found['handed_to']} on {found['handed_at'][:10]}.")
    if found["reminder"]:
        say(f"Their cards again: {found['reminder']}", "dim")
