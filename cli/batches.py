"""`rollbook batch …`: one act for many accounts, looked at first, followed to its end, told by one sheet."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cli import client as clients
from cli import home
from cli.account import Reason
from cli.options import AsJson, Site
from cli.people import Role, School
from cli.rights import Right
from cli.screen import FAILED, Trouble, err, print_json, say, table

app = typer.Typer(no_args_is_help=True,
                  help="Many accounts at once: reset, invite, unlock, switch off and on, view, grant.")

Grade = Annotated[str | None, typer.Option(help="Of this grade only.")]
Section = Annotated[str | None, typer.Option(help="Of this section only (its Class ID).")]
Never = Annotated[bool, typer.Option("--never-signed-in", help="Who has never signed in only.")]
Accounts = Annotated[Path | None, typer.Option(help="A file of account ids or usernames, one a line, instead.",
                                               exists=True, dir_okay=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say whom it would be for, and change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]
Out = Annotated[Path | None, typer.Option(help="The folder to write the sheet to.", file_okay=False)]
ForSchool = Annotated[str | None, typer.Option(help="The right counts in this school (its School ID).")]
ForSite = Annotated[bool, typer.Option("--for-whole-site", help="The right counts in the whole site.")]
Batch = Annotated[str, typer.Argument(metavar="BATCH", help="The batch's number.")]
Action = Literal["reset", "invite", "unlock", "deactivate", "reactivate", "view", "grant", "revoke"]

_WAIT_SECONDS = 3_600
_PAUSE_SECONDS = 0.5
_DOING = {"reset": "Making first secrets", "invite": "Sending links", "unlock": "Unlocking",
          "deactivate": "Switching off", "reactivate": "Switching on", "view": "Looking", "grant": "Granting",
          "revoke": "Revoking"}
_QUESTIONS = {"reset": "Give {count} new first secrets? Their passwords are void and their sessions end",
              "invite": "Send {count} a link to choose a password by? Earlier links are void",
              "unlock": "Unlock {count}?", "deactivate": "Switch {count} off?",
              "reactivate": "Switch {count} on again?",
              "view": "Show the first secrets of {count}? Each is written into the audit trail",
              "grant": "Give {count} the right?", "revoke": "Take the right from {count}?"}
_WORDS = {"done": "done", "nothing_to_do": "nothing to do", "own_account": "your own account",
          "higher_rank": "of a higher rank than yours", "out_of_reach": "not found, or outside your schools",
          "merged": "merged into another account", "erased": "erased", "no_username": "without a username",
          "busy": "kept changing: try those again", "no_link": "students: they get first secrets (batch reset)",
          "no_email": "no letter reaches them, and you may not print their links",
          "no_first_secret": "sign in by a link: there is no first secret to view",
          "not_active": "not begun yet", "to_print": "not emailed: the links stand on the sheet",
          "not_sent": "not sent: the mail service did not take the letters; invite them again",
          "no_letters": "not sent: letters are switched off; tell who runs this, then invite them again",
          "no_employee": "are no teachers or staff", "not_yours": "you don't hold that right there",
          "office_only": "only the office sees first secrets of this grade",
          "own_password": "have a password of their own", "used": "have used their first secret",
          "expired": "have a first secret older than 30 days: reset gives a new one",
          "shown_once": "have an activation code, which is told once: reset gives a new one"}


@app.command()
def reset(reason: Reason, school: School = None, role: Role = None, grade: Grade = None, section: Section = None,
          never_signed_in: Never = False, accounts: Accounts = None, dry_run: DryRun = False, yes: Yes = False,
          out: Out = None, site: Site = None, as_json: AsJson = False) -> None:
    """Give new first secrets: passwords are void, sessions end, one sheet tells the new ones."""
    _do("reset", reason, _whom(school, role, grade, section, never_signed_in, accounts), dry_run=dry_run, yes=yes,
        out=out, site=site, as_json=as_json)


@app.command()
def invite(reason: Reason, school: School = None, role: Role = None, grade: Grade = None, section: Section = None,
           never_signed_in: Never = False, accounts: Accounts = None, dry_run: DryRun = False, yes: Yes = False,
           out: Out = None, site: Site = None, as_json: AsJson = False) -> None:
    """Send employees and guardians links to choose a password by; the sheet has those that can't be emailed."""
    _do("invite", reason, _whom(school, role, grade, section, never_signed_in, accounts), dry_run=dry_run, yes=yes,
        out=out, site=site, as_json=as_json)


@app.command()
def unlock(reason: Reason, school: School = None, role: Role = None, grade: Grade = None, section: Section = None,
           never_signed_in: Never = False, accounts: Accounts = None, dry_run: DryRun = False, yes: Yes = False,
           out: Out = None, site: Site = None, as_json: AsJson = False) -> None:
    """Clear the counters of wrong tries; passwords stay as they are."""
    _do("unlock", reason, _whom(school, role, grade, section, never_signed_in, accounts), dry_run=dry_run, yes=yes,
        out=out, site=site, as_json=as_json)


@app.command()
def deactivate(reason: Reason, school: School = None, role: Role = None, grade: Grade = None,
               section: Section = None, never_signed_in: Never = False, accounts: Accounts = None,
               dry_run: DryRun = False, yes: Yes = False, out: Out = None, site: Site = None,
               as_json: AsJson = False) -> None:
    """Switch accounts off; no load switches them on again."""
    _do("deactivate", reason, _whom(school, role, grade, section, never_signed_in, accounts), dry_run=dry_run,
        yes=yes, out=out, site=site, as_json=as_json)


@app.command()
def reactivate(reason: Reason, school: School = None, role: Role = None, grade: Grade = None,
               section: Section = None, never_signed_in: Never = False, accounts: Accounts = None,
               dry_run: DryRun = False, yes: Yes = False, out: Out = None, site: Site = None,
               as_json: AsJson = False) -> None:
    """Switch accounts on again."""
    _do("reactivate", reason, _whom(school, role, grade, section, never_signed_in, accounts), dry_run=dry_run,
        yes=yes, out=out, site=site, as_json=as_json)


@app.command()
def view(reason: Reason, school: School = None, role: Role = None, grade: Grade = None, section: Section = None,
         never_signed_in: Never = False, accounts: Accounts = None, dry_run: DryRun = False, yes: Yes = False,
         out: Out = None, site: Site = None, as_json: AsJson = False) -> None:
    """View first secrets that are still kept, on one sheet: 500 accounts at most, each in the audit trail."""
    _do("view", reason, _whom(school, role, grade, section, never_signed_in, accounts), dry_run=dry_run, yes=yes,
        out=out, site=site, as_json=as_json)


@app.command()
def grant(right: Right, reason: Reason, for_school: ForSchool = None, for_whole_site: ForSite = False,
          school: School = None, role: Role = None, section: Section = None, accounts: Accounts = None,
          dry_run: DryRun = False, yes: Yes = False, out: Out = None, site: Site = None,
          as_json: AsJson = False) -> None:
    """Grant many people a right that you hold yourself."""
    what = _right(right, for_school, for_whole_site)
    _do("grant", reason, _whom(school, role, None, section, False, accounts) | what, dry_run=dry_run, yes=yes, out=out,
        site=site, as_json=as_json)


@app.command()
def revoke(right: Right, reason: Reason, for_school: ForSchool = None, for_whole_site: ForSite = False,
           school: School = None, role: Role = None, section: Section = None, accounts: Accounts = None,
           dry_run: DryRun = False, yes: Yes = False, out: Out = None, site: Site = None,
           as_json: AsJson = False) -> None:
    """Revoke a right of many people; it ends at once."""
    what = _right(right, for_school, for_whole_site)
    _do("revoke", reason, _whom(school, role, None, section, False, accounts) | what, dry_run=dry_run, yes=yes, out=out,
        site=site, as_json=as_json)


@app.command()
def show(batch: Batch, out: Out = None, site: Site = None, as_json: AsJson = False) -> None:
    """Show a batch: how far it is, and what came of it."""
    api = clients.connect(home.site_or_last(site))
    found = api.get(f"/batches/{clients.segment(batch)}")
    _tell(found, _sheet(api, found, out), as_json=as_json)


@app.command("list")
def listed(
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many; all by default.")] = None,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """List batches, the newest first."""
    api = clients.connect(home.site_or_last(site))
    found = list(api.pages("/batches", "batches", most=limit, limit=min(limit or 100, 100)))
    if as_json:
        print_json({"site": api.site, "batches": found})
        return
    table(f"Batches of {api.site}", ("Batch", "Act", "State", "Done", "Of", "Ordered", "By", "Reason"),
          ((one["batch"], one["action"], one["state"], one["counts"].get("done", 0), one["total"], one["at"][:16],
            one["by_username"] or one["by"], one["reason"]) for one in found), right=("Done", "Of"))


def _right(right: str, school: str | None, whole_site: bool) -> dict[str, Any]:
    """What of an order says which right, and where."""
    if whole_site == (school is not None):
        raise Trouble("Where does the right count? Give --for-school ID or --for-whole-site.")
    return {"right": right, "right_school": school, "whole_site": whole_site}


def _whom(school: str | None, role: str | None, grade: str | None, section: str | None, never_signed_in: bool,
          accounts: Path | None) -> dict[str, Any]:
    """What of an order says whom it is for."""
    wanted = {"school": school.casefold() if school else None, "role": role, "grade": grade,
              "section": section.casefold() if section else None, "never_signed_in": never_signed_in}
    if accounts is None:
        return {"filter": wanted}
    if any(wanted.values()):
        raise Trouble("Name accounts in a file, or say whom by options; not both.")
    try:
        names = [line.strip() for line in accounts.read_text("utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError):
        raise Trouble(f"{accounts} can't be read as text.") from None
    if not names:
        raise Trouble(f"{accounts} names nobody.")
    return {"accounts": names}


def _do(action: Action, reason: str, whom: dict[str, Any], *, dry_run: bool, yes: bool, out: Path | None,
        site: str | None, as_json: bool) -> None:
    api = clients.connect(home.site_or_last(site))
    with err().status("Looking whom it is for …"):
        made = api.post("/batches", whom | {"action": action, "reason": reason, "dry_run": True})
    if dry_run:
        _preview(made, as_json=as_json)
        return
    if not made["would"]:
        if not as_json:
            _preview(made, as_json=False)
        raise Trouble("There is nobody to do it for.")
    if not yes:
        _preview(made, as_json=False, to_err=True)
        question = _QUESTIONS[action].format(count=f"{made['would']:,} accounts")
        if not typer.confirm(question, err=True):
            raise Trouble("Nothing was changed.")
    path = f"/batches/{made['batch']}"
    api.post(f"{path}/run")
    follow(api, made, out=out, as_json=as_json)


def follow(api: clients.Client, made: dict[str, Any], *, out: Path | None, as_json: bool) -> None:
    """Follow a batch that was started to its end, and tell it."""
    found = _followed(api, f"/batches/{made['batch']}", _DOING[made["action"]])
    if found["state"] != "done":
        raise Trouble(found["message"] or "The batch failed.")
    _tell(found, _sheet(api, found, out), as_json=as_json)


def _followed(api: clients.Client, path: str, doing: str) -> dict[str, Any]:
    """The batch when it is over; a line tells meanwhile how far it is."""
    until = time.monotonic() + _WAIT_SECONDS
    with err().status(f"{doing} …") as line:
        while True:
            found = api.get(path)
            if found["state"] != "running":
                return found
            line.update(f"{doing}: {found['done']:,} of {found['total']:,} …")
            if time.monotonic() > until:
                raise Trouble(f"It takes too long. It goes on by itself: rollbook batch show {found['batch']}")
            time.sleep(_PAUSE_SECONDS)


def _sheet(api: clients.Client, found: dict[str, Any], out: Path | None) -> list[str]:
    if out is None:
        return []
    return [str(api.fetch(link, out / f"{found['action']}-{found['batch']}.xlsx")) for link in found["links"]]


def _preview(made: dict[str, Any], *, as_json: bool, to_err: bool = False) -> None:
    if as_json:
        print_json(made)
        return
    lines = [f"{made['action'].capitalize()}: {made['would']:,} accounts would be done."]
    lines += [f"  {one['last_name']}, {one['first_name']}  {one['role']} {one['grade']}  {one['username']}".rstrip()
              for one in made["first"]]
    more = made["would"] - len(made["first"])
    lines += [f"  … and {more:,} more"] if more > 0 else []
    lines += [f"{count:,} left out: {_WORDS.get(why, why)}" for why, count in sorted(made["left_out"].items())]
    lines += [f"  {one['account']}: {_WORDS.get(one['why'], one['why'])}" for one in made["first_left_out"]]
    for line in lines:
        err().print(line, markup=False) if to_err else say(line)


def _tell(found: dict[str, Any], files: list[str], *, as_json: bool) -> None:
    if as_json:
        print_json({name: value for name, value in found.items() if name != "links"} | {"files": files})
    else:
        say(f"Batch {found['batch']}: {found['action']}, {found['state']}, {found['done']:,} of {found['total']:,}.",
            "bold")
        for code, count in sorted(found["counts"].items()):
            say(f"  {count:,} {_WORDS.get(code, code)}")
        if found["message"]:
            say(found["message"], "yellow")
        if files:
            say(f"Wrote {', '.join(files)}.")
        elif found["links"]:
            say(f"Its sheet is kept for an hour: rollbook batch show {found['batch']} --out DIR")
        if files and found["with_secrets"]:
            say("This sheet opens accounts: hand it out, then delete it.", "bold yellow")
    if found["state"] == "failed":
        raise typer.Exit(FAILED)
