"""`rollbook check …`: whether the data came across, before accounts are handed out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cli import checks_screen, home
from cli import client as clients
from cli.account import Id, resolve
from cli.options import AsJson, Site
from cli.people import Role, write_export
from cli.screen import Trouble, print_json, say, table

app = typer.Typer(no_args_is_help=True, help="Check the data before accounts are handed out: people, rosters, gaps.")

OneSchool = Annotated[str, typer.Option("--school", help="The school (its School ID); - for those without a school.")]
_KINDS = {"student": "Students", "staff": "Staff", "guardian": "Guardians"}


@app.command()
def people(
    school: OneSchool,
    site: Site = None,
    section: Annotated[str | None, typer.Option(help="Of this section of the school only.")] = None,
    role: Role = None,
    grade: Annotated[str | None, typer.Option(help="Of this grade only: KG, 4, 12.")] = None,
    status: Annotated[Literal["pending", "active", "inactive"] | None, typer.Option(help="In this state only.")] = None,
    origin: Annotated[Literal["sis", "manual"] | None, typer.Option(help="From the SIS, or made by hand.")] = None,
    email: Annotated[Literal["yes", "by_hand", "not_sent", "differs", "error"] | None,
                     typer.Option(help="How the email came across.")] = None,
    first_secret: Annotated[Literal["none", "issued", "used", "expired", "own"] | None,
                            typer.Option("--first-secret", help="How far the first secret is.")] = None,
    never_signed_in: Annotated[bool, typer.Option("--never-signed-in", help="Who never signed in.")] = False,
    locked: Annotated[bool, typer.Option("--locked", help="Who is locked out.")] = False,
    no_class: Annotated[bool, typer.Option("--no-class", help="Students and teachers without a class.")] = False,
    no_guardian: Annotated[bool, typer.Option("--no-guardian", help="Students without a guardian.")] = False,
    out_of_term: Annotated[bool, typer.Option("--out-of-term", help="Without a class in a current term.")] = False,
    load: Annotated[str | None, typer.Option(help="Made or changed last by this load.")] = None,
    double: Annotated[Literal["name", "email", "any"] | None,
                      typer.Option(help="Who shares name and birth date, or an email, with another one.")] = None,
    sort: Annotated[Literal["listed", "name", "grade", "signed_in", "load"],
                    typer.Option(help="The order.")] = "listed",
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many; all by default.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the list to this folder instead.", file_okay=False)] = None,
    format: Annotated[Literal["xlsx", "csv"], typer.Option(help="Of the file.")] = "xlsx",
    reason: Annotated[str, typer.Option(help="Why the file is made; kept in the audit trail.")] = "to check the data",
    as_json: AsJson = False,
) -> None:
    """List the people of a school with what has to be right; the numbers against the last payload first."""
    api = clients.connect(home.site_or_last(site))
    chosen = {"role": role, "grade": grade, "status": status, "origin": origin, "email": email,
              "first_secret": first_secret, "never_signed_in": never_signed_in or None, "locked": locked or None,
              "no_class": no_class or None, "no_guardian": no_guardian or None, "out_of_term": out_of_term or None,
              "load": load, "double": double}
    chosen = {name: value for name, value in chosen.items() if value is not None}
    path = f"/schools/{clients.segment(school)}"
    if out:
        named = api.get(f"{path}/people", limit=1, section=section)
        write_export(api, {"school": named["school"], "section": named["section"] or None, "format": format,
                           "with_secrets": False, "reason": reason, "filter": chosen}, out, as_json)
        return
    lines = [] if section else api.get(f"{path}/payload")["lines"]
    found = list(api.pages(f"{path}/people", "people", most=limit, limit=min(limit or 200, 200), sort=sort,
                           section=section, **_in_words(chosen)))
    if as_json:
        print_json({"site": api.site, "school": school, "payload": lines, "people": found})
        return
    for line in lines:
        say(sentence(line), "bold")
    table(
        f"People of school {school} ({len(found):,})",
        ("Last name", "First name", "Role", "Grade", "Username", "Status", "Origin", "Email", "Classes", "Guardians",
         "Way in", "Locked", "Signed in", "Last load"),
        (_line(one) for one in found),
        right=("Classes", "Guardians"),
    )
    _tell_filters(chosen, sort)


@app.command()
def person(account: Id, site: Site = None, as_json: AsJson = False) -> None:
    """Show one person whole: every value with its source and load, classes, guardians, sign-in, history."""
    api = clients.connect(home.site_or_last(site))
    found = api.get(f"/accounts/{resolve(api, account)}/profile")
    if as_json:
        print_json(found)
    else:
        checks_screen.show_profile(found)


@app.command()
def roster(
    section: Annotated[str, typer.Argument(help="The section's id (Class ID in the sheet).")],
    as_who: Annotated[str, typer.Option("--as", metavar="teacher|student|ACCOUNT",
                                        help="Any teacher or student of it, or one person.")] = "teacher",
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Show a class as its teacher or its students see it, who put everybody there, and what is not shown."""
    api = clients.connect(home.site_or_last(site))
    who = as_who if as_who in ("teacher", "student") else resolve(api, as_who)
    found = api.get(f"/sections/{clients.segment(section)}/as/{who}")
    if as_json:
        print_json(found)
    else:
        checks_screen.show_roster(found, as_who)


@app.command()
def schedule(account: Id, site: Site = None, as_json: AsJson = False) -> None:
    """Show the classes that somebody sees, by term, and those they don't see."""
    api = clients.connect(home.site_or_last(site))
    found = api.get(f"/accounts/{resolve(api, account)}/schedule")
    if as_json:
        print_json(found)
    else:
        checks_screen.show_schedule(found)


@app.command()
def gaps(
    school: Annotated[str | None, typer.Option(help="The school (its School ID); - for those without. All by default.")
                      ] = None,
    gap: Annotated[str | None, typer.Option(help="Every case of this one, by its name in the last column.")] = None,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Show what is missing in a school, each with what to do; for the whole site the numbers by school."""
    api = clients.connect(home.site_or_last(site))
    if school is None:
        if gap:
            raise Trouble("Name the school whose cases you want: --school 0012.", 2)
        found = list(api.pages("/gaps", "schools"))
        if as_json:
            print_json({"site": api.site, "schools": found})
        else:
            checks_screen.show_site_gaps(api.site, found)
        return
    path = f"/schools/{clients.segment(school)}/gaps"
    if gap:
        pages = list(api.pages(path, "gaps", gap=gap, limit=1_000))
        told = pages[0] | {"first": [case for page in pages for case in page["first"]]}
        found = {"school": school, "gaps": [told]}
    else:
        found = api.get(path)
    if as_json:
        print_json(found)
    else:
        checks_screen.show_gaps(found, whole=gap is not None)


def _line(one: dict[str, Any]) -> tuple[Any, ...]:
    time_of = checks_screen.time_of
    return (one["last_name"], one["first_name"], one["role"], one["grade"], one["username"], one["status"],
            "SIS" if one["origin"] == "sis" else "Manual", one["email_state"], one["classes"],
            one["guardians"] if one["role"] == "Student" else "",
            checks_screen.WAY_IN.get(one["first_secret"], ""), time_of(one["locked_until"]),
            time_of(one["signed_in_at"]) or "never", one["last_load"][-6:])


def sentence(line: dict[str, Any]) -> str:
    """What a source sent of a kind of people, and what of it is here."""
    kind = _KINDS[line["kind"]]
    source = "the SIS" if line["source"] == "sheet" else line["source"]
    here = f"here {line['here']:,}"
    if line["off"]:
        here += f" (and {line['off']:,} inactive)"
    parts = [here, f"held {line['held']:,}"]
    if line["turned_back"] is not None:
        parts.append(f"turned back {line['turned_back']:,}")
    if line["sent"] is None:
        told = f"{kind}: by all that {source} sent {line['stands']:,} are active, {', '.join(parts)}"
    elif line["complete"]:
        told = f"{kind}: {source} sent {line['sent']:,}, {', '.join(parts)}"
    else:
        told = (f"{kind}: {source} sent {line['sent']:,} with its newest delivery; "
                f"by all of them {line['stands']:,} are active, {', '.join(parts)}")
    return f"{told}." if line["load_state"] == "done" else f"{told} (its newest load is {line['load_state']})."


def _in_words(chosen: dict[str, Any]) -> dict[str, Any]:
    """Values as a query holds them."""
    return {name: "true" if value is True else value for name, value in chosen.items()}


def _tell_filters(chosen: dict[str, Any], sort: str) -> None:
    on = ", ".join(name.replace("_", " ") + ("" if value is True else f" {value}") for name, value in chosen.items())
    say(f"Filters: {on or 'none'}. Order: {'role and name' if sort == 'listed' else sort.replace('_', ' ')}.", "dim")
