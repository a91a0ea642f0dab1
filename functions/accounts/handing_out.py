"""Opening and closing the stages of a school's hand-out, and the question at sign-in whether one is open.

A stage opens when its rules are met, or over them with a reason. Opening it orders the account info
sheets of its people in the same transaction, so a school that is open has its sheets on the way.
"""

from __future__ import annotations

from accounts import audit, exports, readiness
from accounts.identity import Signed
from accounts.models.handing_out import StageClosed, StageOpened, StageOrder
from accounts.ports import Ports
from accounts.problems import Refusal, not_found
from rostering.model import Account
from rostering.readiness import stages
from rostering.readiness.facts import STAGES
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Delete, Insert, Write

_EMPLOYEE = 1       # a higher rank than that holds a right
_WORDS = {"Teacher": "teachers and staff", "Student": "students", "Guardian": "families"}


def check_released(ports: Ports, site: str, account: Account) -> None:
    """Let somebody in who has shown who they are, if accounts of the role are handed out in a school of theirs.

    Who holds a right always gets in. Where nothing is staged (`hand_out` of the site), everybody does.
    To be called after that, before anything notes a sign-in or uses up a code.

    Raises Refusal (403, NOT_DISTRIBUTED).
    """
    settings = ports.store.get(keys.settings(site))
    if not stages.is_handed_out(ports.store, site, settings.body if settings else {}, account):
        stage = stages.stage_of_role(account.role)
        raise Refusal(403, "NOT_DISTRIBUTED",
                      f"That is right, but accounts of {_WORDS[stage]} are not handed out yet at your school. "
                      "Nothing is wrong and nothing is locked: try again when the school tells you that it has begun.")


def open_stage(ports: Ports, signed: Signed, school: str, stage: str, order: StageOrder) -> StageOpened:
    """Open a stage, or with `dry_run` say what would come of it. A stage that is open stays as it is.

    Raises Refusal: 403, 404, 409 (NOT_READY, with the rules that miss), 422 for an override without a reason.
    """
    actor = signed.actor
    facts = readiness.facts_of(ports, actor, school, "stage.release")
    if stage not in STAGES:
        raise not_found()
    state, found = stages.state(facts, stage)
    missing = [] if state == "released" else [one for one in found if not one.met]
    reason = (order.reason or "").strip()
    done = StageOpened(school=school, stage=stage, state=state, dry_run=order.dry_run,
                       accounts=len(facts.of_stage(stage)),
                       missing=[readiness.rule_told(school, one) for one in missing])
    if order.dry_run or state == "released":
        audit.record(ports, actor.site, "readiness.viewed", by=actor, school=school, stage=stage)
        return done
    if missing and not order.override:
        raise Refusal(409, "NOT_READY", _not_ready(stage, done), missing=[one.model_dump() for one in done.missing])
    if order.override and not reason:
        raise Refusal(422, "INVALID", "Say why it is opened although something is missing (reason).")
    done.overridden = [one.rule.code for one in missing]
    body = {"state": "released", "by": actor.account, "at": ports.time(), "overridden": done.overridden}
    body |= {"reason": reason} if reason else {}
    writes: list[Write] = []
    if order.sheets and done.accounts:
        done.export, writes = exports.ordered(ports, signed, {
            "school": school, "stage": stage, "format": "pdf", "with_secrets": True,
            "reason": f"hand-out of {_WORDS[stage]}" + (f": {reason}" if reason else "")})
    event = audit.event(ports, actor.site, "stage.released", by=actor, school=school, stage=stage,
                        overridden=done.overridden, reason=reason, count=done.accounts)
    item = Item(keys.stage(actor.site, school, stage), body | ({"export": done.export} if done.export else {}))
    if not ports.store.write_together([Insert(item), Insert(event), *writes]):
        return done.model_copy(update={"state": "released", "export": "", "overridden": []})    # somebody else just did
    if done.export:
        exports.start(ports, actor.site, done.export)
    return done.model_copy(update={"state": "released"})


def close_stage(ports: Ports, signed: Signed, school: str, stage: str, reason: str) -> StageClosed:
    """Close a stage again: whoever signs in from now on has to wait. Sessions go on to their end.

    Raises Refusal: 403, 404 if there is no such school or the stage is not open.
    """
    actor = signed.actor
    readiness.require(ports, actor, school, "stage.release")
    item = ports.store.get(keys.stage(actor.site, school, stage)) if stage in STAGES else None
    if item is None:
        raise not_found()
    event = audit.event(ports, actor.site, "stage.closed", by=actor, school=school, stage=stage, reason=reason)
    if not ports.store.write_together([Delete(item.key, item.version), Insert(event)]):
        raise Refusal(409, "BUSY", "That is changing right now. Try again.")
    return StageClosed(school=school, stage=stage)


def _not_ready(stage: str, done: StageOpened) -> str:
    titles = "; ".join(f"{one.number}. {one.title} ({one.count:,} of {one.of:,} miss it)" for one in done.missing)
    return f"Accounts of {_WORDS[stage]} are not ready to be handed out. Missing: {titles}."
