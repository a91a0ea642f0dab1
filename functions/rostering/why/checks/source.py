"""What the sources last said: of the person, the class, the enrollment, the guardian's link."""

from __future__ import annotations

from rostering import snapshot
from rostering.why.case import Case
from rostering.why.checks.base import absent, check, either, no, of_said, private, told, unknown, yes
from rostering.why.checks.validation import facts_of
from rostering.why.payload import Said
from rostering.why.walk import Finding

_CLASSES = frozenset({"class_missing"})


@check("source.record_in_last_payload")
def record_in_last_payload(case: Case) -> Finding:
    if case.said:
        return yes("The source sent the record.", *of_said(case.said))
    return absent(case, "The record is not in what the source last sent.")


@check("source.record_in_sis")
def record_in_sis(case: Case) -> Finding:
    return unknown("Only somebody who can look into the SIS knows.")


@check("source.changed_after_last_load")
def changed_after_last_load(case: Case) -> Finding:
    feed = case.feed
    at = case.feeds.last_success(feed)[0] if feed else ""
    return unknown("Only somebody who can look into the SIS knows.", told("last load", at))


@check("source.school_and_type_shared")
def school_and_type_shared(case: Case) -> Finding:
    """Whether what the source says has anybody, or any class, of that kind in the school."""
    school = case.question.school or next(iter(case.account.schools if case.account else ()), "") or (
        case.section.get("fields", {}).get("school", "") if case.section else "")
    kinds = ("section",) if case.question.entry in _CLASSES else case.question.kinds
    source = case.source
    if not source or not school:
        return unknown("It is not known which school to look for.")
    if not case.sight.school(school):
        return unknown("It is not known which school to look for.")
    totals = snapshot.read(case.reads.files, case.site, source).totals
    count = sum(totals.get(kind, {}).get(school, 0) for kind in kinds)
    words = " or ".join(f"{kind}s" if kind != "staff" else "staff" for kind in kinds)
    return either(count > 0, f"The source sends {words} of school {school}.",
                  f"The source sends no {words} of school {school}.", told("source", source), told("school", school),
                  told("count", count))


@check("source.enrollment_not_current")
def enrollment_not_current(case: Case) -> Finding:
    """By the days that the source gave, if it ever gave any."""
    for source, kind, key in case.records:
        known = case.payloads.known(source, kind, key)
        fields = known.fields if known and known.fields else None
        if fields and case.may_see(Said(source, kind, key, "", 0, known)):
            start, end = fields.get("start_date", ""), fields.get("end_date", "")
            return either(start > case.today or bool(end) and end < case.today,
                          "By its days the record is not current.", "By its days the record is current.",
                          told("source", source), told("from", start), told("until", end))
    return unknown("The source said nothing of its days.")


@check("source.record_inactive")
def record_inactive(case: Case) -> Finding:
    if case.said is None:
        return unknown("The source sent no such record.")
    fields = case.said.fields
    end = fields.get("end_date") or ""
    return either(_is_off(case, fields), "The source says that the record is not active.",
                  "The source says that the record is active.", told("value", fields.get("status", "")),
                  told("until", end), *of_said(case.said))


@check("source.guardian_no_access")
def guardian_no_access(case: Case) -> Finding:
    if case.question.entry == "guardian_link_missing":
        held = case.account.students.get(case.student.id) if case.account and case.student else None
        said = case.link_said
        closed = bool(held and held[3] == "no_access") or bool(said and not (said.pair or {}).get("access", True))
        return either(closed, "Portal Access is No for this guardian and this student.",
                      "Portal Access is not No for this guardian and this student.", *(of_said(said) if said else ()))
    said = case.said
    links = said.entity.members.get("students", {}) if said and said.entity and said.kind == "guardian" else {}
    closed = bool(links) and not any(pair.get("access", True) for pair in links.values())
    return either(closed, "Portal Access is No for every student of this guardian.",
                  "It is no guardian whose Portal Access is No.", *(of_said(said) if said and closed else ()))


@check("source.record_active_in_last_payload")
def record_active_in_last_payload(case: Case) -> Finding:
    """Under the account's own id, else under the id that an open question gives."""
    if case.said and not _is_off(case, case.said.fields):
        return yes("The source sends the record as active.", *of_said(case.said))
    if other := other_record(case):
        return yes("The source sends the person as active, under another ID.", *of_said(other))
    if case.said:
        return no("The source sends the record as inactive.", *of_said(case.said))
    return absent(case, "The source no longer sends the record.")


@check("source.class_in_last_payload")
def class_in_last_payload(case: Case) -> Finding:
    if case.section_said:
        return yes("The source sent the class.", *of_said(case.section_said))
    return absent(case, "The class is not in what the source last sent.")


@check("source.email_in_last_payload")
def email_in_last_payload(case: Case) -> Finding:
    said = case.said
    if said is None:
        return absent(case, "The source no longer sends the person.")
    held = case.account.by_hand.get("email", {}).get("source") if case.account else None
    email = said.fields.get("email") or held
    wrong = any(column == "Email" for row in said.turned for _, column in row.codes)
    if email or wrong:
        return yes("The source sent an email.", private("email", email or ""), *of_said(said))
    return no("The source sent the person without an email.", *of_said(said))


@check("source.enrollment_in_last_payload")
def enrollment_in_last_payload(case: Case) -> Finding:
    if case.enrollment_said:
        return yes("The source sent the enrollment.",
                   *(facts_of(case, case.enrollment_said) or of_said(case.enrollment_said)))
    return absent(case, "The enrollment is not in what the source last sent.")


@check("source.guardian_pair_in_last_payload")
def guardian_pair_in_last_payload(case: Case) -> Finding:
    if case.link_said:
        return yes("The source sent this guardian for this student.",
                   *(facts_of(case, case.link_said) or of_said(case.link_said)))
    return absent(case, "The source does not send this guardian for this student.")


def other_record(case: Case) -> Said | None:
    """What a source sends of the account's person under another id: asked in a match, or by the same name."""
    body = case.match_about
    if body and body["source"] in case.sources:
        found = case.payloads.of(body["source"], body["kind"], body["key"])
        if found and not _is_off(case, found.fields):
            return found
    return None


def _is_off(case: Case, fields: dict) -> bool:
    end = fields.get("end_date") or ""
    return fields.get("status") == "inactive" or bool(end) and end < case.today


