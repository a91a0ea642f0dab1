"""The commands that fit an outcome, filled with what the trail found; only what the asker may do."""

from __future__ import annotations

from collections.abc import Mapping

from rostering.access.roles import Actor
from rostering.access.rules import may_ask

_ROSTER = ("section.read", "rollbook roster --section {section}")
_SHOW = ("account.list", "rollbook account show {account}")
_LOAD = ("load.read", "rollbook show {load}")
_RESET = ("account.reset", "rollbook account password {account} --reason \"…\"")
_PULL = {"sif": ("zone.pull", "rollbook zone pull {feed}"), "gg4l": ("gg4l.pull", "rollbook gg4l pull {feed}"),
         "sheet": ("load.read", "rollbook load SHEET.xlsx")}
_CHECK = {"sif": ("zone.read", "rollbook zone check {feed}"), "gg4l": ("gg4l.read", "rollbook gg4l show {feed}")}
_RESUME = {"sif": ("zone.manage", "rollbook zone resume {feed}"), "gg4l": ("gg4l.manage", "rollbook gg4l resume")}

# Outcome to (action, command); a command whose placeholders are not known is left out.
_COMMANDS: dict[str, tuple[tuple[str, str], ...]] = {
    "CREATE_MANUALLY": (("account.create", "rollbook account create --role {wanted} --school … --first … --last … "
                                           "--reason \"…\""),),
    "LOAD_ON_HOLD": (_LOAD, ("load.decide", "rollbook approve {load} --reason \"…\"")),
    "FILE_REJECTED": (_LOAD,), "ROW_REJECTED": (_LOAD,), "CLASS_PARENT_MISSING": (_LOAD,),
    "ENROLLMENT_PARENT_MISSING": (_LOAD,), "EMAIL_INVALID": (_LOAD,), "ESCALATE_LOAD_BUG": (_LOAD,),
    "MATCH_AMBIGUOUS": (("match.decide", "rollbook match decide {match} --same-as {candidate} --reason \"…\""),
                        ("match.decide", "rollbook match decide {match} --new --reason \"…\"")),
    "MATCHES_MANUAL_ACCOUNT": (("match.decide", "rollbook match decide {match} --same-as {candidate} --reason \"…\""),
                               ("match.decide", "rollbook match decide {match} --new --reason \"…\"")),
    "DUPLICATE_ACCOUNT": (("account.merge", "rollbook account merge {account} {other} --dry-run"),),
    "OTHER_SCHOOL": (_SHOW,), "WRONG_ROLE": (_SHOW,), "NOT_STARTED_YET": (_SHOW,), "WRONG_USERNAME": (_SHOW,),
    "FOUND_CHECK_VIEW": (("view_as.start", "rollbook account view-as {account} --reason \"…\""), _ROSTER),
    "DEACTIVATED_BY_ADMIN": (("account.deactivate", "rollbook account reactivate {account} --reason \"…\""),),
    "LEFT_THE_FEED": (_LOAD,), "ENROLLMENT_LEFT_FEED": (_LOAD, _ROSTER),
    "ID_CHANGED": (("match.decide", "rollbook match decide {match} --same-as {account} --reason \"…\""),),
    "CLASS_INACTIVE": (_ROSTER,), "CLASS_WITHOUT_TEACHER": (_ROSTER,), "VIEWER_NOT_TEACHER": (_ROSTER,),
    "CLASS_EMPTY": (_ROSTER,), "ENROLLMENT_DATES": (_ROSTER,), "ENROLLMENT_REMOVED_BY_HAND": (_ROSTER,),
    "EMAIL_KEPT_BY_HAND": (("account.edit", "rollbook account use-source {account} email --reason \"…\""),),
    "EMAIL_TAKEN": (("account.list", "rollbook account show {other}"),),
    "EMAIL_NOT_LOGIN_EMAIL": (_SHOW,), "SSO_PROVIDER": (_SHOW,),
    "VALUE_KEPT_BY_HAND": (("account.edit", "rollbook account use-source {account} {field} --reason \"…\""),),
    "LOCKED": (("account.unlock", "rollbook account unlock {account} --reason \"…\""),),
    "NOT_DISTRIBUTED": (("readiness.read", "rollbook ready --school {school}"),
                        ("stage.release", "rollbook hand-out open --school {school} --role … --dry-run")),
    "NO_PASSWORD_YET": (_RESET,), "INITIAL_EXPIRED": (_RESET,), "RESET_PASSWORD": (_RESET,),
}
_OF_THE_FEED = {"FEED_DOWN": _CHECK, "FEED_PAUSED": _RESUME, "FEED_STALE": _PULL, "WAIT_FOR_NEXT_LOAD": _PULL}


def commands(outcome: str, known: Mapping[str, str], source: str, actor: Actor) -> list[str]:
    """What may be typed next. `known` maps placeholders to ids; `source` is the feed that it hangs on."""
    kind, _, feed = source.partition(":")
    listed = list(_COMMANDS.get(outcome, ()))
    if outcome in _OF_THE_FEED and kind in _OF_THE_FEED[outcome]:
        listed.append(_OF_THE_FEED[outcome][kind])
    filled = []
    for action, template in listed:
        values = {**known, "feed": feed}
        try:
            command = template.format_map({name: value for name, value in values.items() if value})
        except KeyError:
            continue
        if may_ask(actor, action):
            filled.append(command)
    return filled
