"""`rollbook`: every command, by subject."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from cli import (
    account,
    batches,
    checks,
    corrections,
    creating,
    digest,
    dump,
    erasing,
    gg4l,
    groups,
    hand_out,
    inviting,
    loads,
    local,
    matches,
    merges,
    operating,
    people,
    providers,
    readiness,
    rights,
    settings,
    sheets,
    sites,
    trail,
    verify,
    view_as,
    why,
    zones,
)
from cli.screen import Trouble, err


class Commands(TyperGroup):
    """Shows what a user has to know as one sentence, never as a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Trouble as trouble:
            err().print(str(trouble), style="red", markup=False)
            raise typer.Exit(trouble.exit_code) from None


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="From a district's SIS Import Sheets, SIF zones and GG4L to accounts, classes and account info sheets.",
)
app.add_typer(local.app, name="local")
app.add_typer(sheets.app, name="sheet")
app.add_typer(sites.app, name="site")
sites.app.command("settings")(settings.settings)
sites.app.add_typer(providers.app, name="provider")
app.add_typer(matches.app, name="match")
app.add_typer(account.app, name="account")
app.add_typer(batches.app, name="batch")
app.add_typer(checks.app, name="check")
app.add_typer(zones.app, name="zone")
app.add_typer(gg4l.app, name="gg4l")
app.add_typer(groups.app, name="group")
app.add_typer(rights.app, name="rights")
app.add_typer(operating.app, name="operator")
app.add_typer(operating.letters, name="dead-letters")
app.add_typer(readiness.app, name="ready")
app.add_typer(hand_out.app, name="hand-out")
account.app.command("create")(creating.create)
account.app.command("move")(creating.move)
account.app.command("delete")(creating.delete)
account.app.command("invite")(inviting.invite)
account.app.command("password")(inviting.password)
account.app.command("unlock")(inviting.unlock)
account.app.command("erase")(erasing.erase)
account.app.command("link")(creating.link)
account.app.command("unlink")(creating.unlink)
account.app.command("merge")(merges.merge)
account.app.command("unmerge")(merges.unmerge)
account.app.command("merges")(merges.merges)
account.app.command("view-as")(view_as.view_as)
app.command("audit")(trail.audit)
app.command("generate")(sheets.generate)
app.command("sign-in")(sites.sign_in)
app.command("sign-out")(sites.sign_out)
app.command("switch")(providers.switch)
app.command("load")(loads.load)
app.command("loads")(loads.loads)
app.command("show")(loads.show)
app.command("approve")(loads.approve)
app.command("reject")(loads.reject)
app.command("matches")(matches.matches)
app.command("undo")(loads.undo)
app.command("verify")(verify.verify)
app.command("digest")(digest.digest)
app.command("dump")(dump.dump)
app.command("export")(people.export)
app.command("accounts")(people.accounts)
app.command("roster")(people.roster)
app.command("correct")(corrections.correct)
app.command("corrections")(corrections.corrections)
app.command("why")(why.why)

if __name__ == "__main__":
    app()
