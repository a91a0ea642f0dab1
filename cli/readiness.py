"""`rollbook ready`: what a school misses before its accounts may be handed out, and what to do about it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import client as clients
from cli import home
from cli.account import Reason
from cli.options import AsJson, Site
from cli.screen import Trouble, print_json, say, table

app = typer.Typer(invoke_without_command=True, help="What a school misses before its accounts may be handed out.")

STAGES = {"Teacher": "teachers and staff", "Student": "students", "Guardian": "guardians"}
NeededSchool = Annotated[str, typer.Option("--school", help="The school (its School ID).")]


@app.callback()
def ready(
    context: typer.Context,
    school: Annotated[str | None, typer.Option(help="The school (its School ID); without it all schools.")] = None,
    rule: Annotated[str | None, typer.Option(help="List all that misses this rule (its code).")] = None,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Say what a school misses before its accounts may be handed out; without --school how far every school is."""
    if context.invoked_subcommand:
        return
    api = clients.connect(home.site_or_last(site))
    if school is None:
        _all(api, as_json=as_json)
        return
    found = api.get(f"/schools/{clients.segment(school.casefold())}/readiness", rule=rule)
    if as_json:
        print_json(found)
    elif rule:
        _one(found, rule)
    else:
        _show(found)


@app.command()
def attest(
    school: NeededSchool,
    reason: Reason,
    standards: Annotated[bool, typer.Option("--standards", help="That standards are attached to every course in use.")],
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Vouch for what Rollbook can't see: the standards of the courses in use. Who, when and why is kept."""
    if not standards:
        raise Trouble("Say what you vouch for: --standards.", 2)
    api = clients.connect(home.site_or_last(site))
    done = api.post(f"/schools/{clients.segment(school.casefold())}/attestations",
                    {"rule": "standards", "reason": reason})
    if as_json:
        print_json(done)
    else:
        say(f"Noted: standards are attached to the {done['courses']:,} courses in use at school {done['school']}. "
            "A course that comes into use later is asked for again.")


def _all(api: clients.Client, *, as_json: bool) -> None:
    found = list(api.pages("/readiness", "schools"))
    if as_json:
        print_json({"site": api.site, "schools": found})
        return
    table(f"Schools of {api.site} ({len(found):,})", ("School", "Name", *map(str.capitalize, STAGES.values())),
          ((one["school"], one["name"], *(_standing(stage) for stage in one["stages"])) for one in found))
    say("What a school misses: rollbook ready --school SCHOOL", "dim")


def _standing(stage: dict[str, Any]) -> str:
    if stage["state"] == "released":
        return f"open, {stage['signed_in']:,} of {stage['accounts']:,} signed in"
    return stage["state"] if stage["state"] == "ready" else f"not ready ({len(stage['missing'])} missing)"


def _show(found: dict[str, Any]) -> None:
    say(f"{found['name'] or found['school']} (school {found['school']})", "bold")
    numbers = {one["code"]: str(one["number"]) for one in found["rules"]}
    table("", ("Stage", "State", "Accounts", "Signed in", "Misses (#)"),
          ((STAGES[one["stage"]].capitalize(), "open" if one["state"] == "released" else one["state"], one["accounts"],
            one["signed_in"], ", ".join(numbers.get(code, code) for code in one["missing"]))
           for one in found["stages"]),
          right=("Accounts", "Signed in"))
    table("What was looked at", ("#", "Rule", "Limit", "", "Misses", "Of"),
          ((one["number"], one["title"], one["limit"], "ok" if one["met"] else "MISSING", one["count"], one["of"])
           for one in found["rules"]), right=("#", "Misses", "Of"))
    for one in found["rules"]:
        if not one["met"]:
            say(f"{one['number']}. {one['title']}: {one['count']:,} of {one['of']:,} miss it.", "bold")
            for line in _lines(one):
                say(line)
            say(f"   More: {one['more']}", "dim")
    following = next((one for one in found["stages"] if one["state"] != "released"), None)
    if following:
        role = following["stage"].lower()
        say(f"Next: rollbook hand-out open --school {found['school']} --role {role}"
            + (' [--override --reason "…"]' if following["missing"] else ""))


def _one(found: dict[str, Any], rule: str) -> None:
    rules = [one for one in found["rules"] if one["code"] == rule]
    if not rules:
        codes = ", ".join(dict.fromkeys(one["code"] for one in found["rules"]))
        raise Trouble(f"There is no rule {rule}. Rules: {codes}.", 2)
    for one in rules:
        say(f"{one['title']} ({one['limit']}): {one['count']:,} of {one['of']:,} miss it.", "bold")
        table("", ("What", "Id", "Name", "Why"), ((m["kind"], m["id"], m["label"], m["why"]) for m in one["first"]))


def _lines(rule: dict[str, Any]) -> list[str]:
    lines = [f"   {one['kind']} {one['label']} {one['why']}" for one in rule["first"]]
    more = rule["count"] - len(rule["first"])
    return lines + ([f"   … and {more:,} more"] if more > 0 and len(rule["first"]) > 1 else [])
