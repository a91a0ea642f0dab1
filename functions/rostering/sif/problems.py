"""What a zone's objects can be told off for: the sentences.

The first letter of a code is its severity: R keeps one object out, W is loaded but wants a look, I
stands in the full report only. Codes without SIF in them are those of the sheet or of every feed. A
problem carries the object, the element and the RefId; never a name, a date or an address.
"""

from __future__ import annotations

from rostering.connected.notes import Notes

MESSAGES = {
    "R-BAD-REFID": "the RefId {ref} is not 32 hexadecimal digits. The record was not loaded; the system behind the "
                   "zone has to send another.",
    "R-DUP-KEY": "{ref} was sent with {what} that another record has ({other}). Correct one of them in the SIS.",
    "R-REQUIRED": "{ref} came without it. It is required: fill it in in the SIS.",
    "R-SIF-TEXT": "{ref} has one with letters that are not allowed, or too many of them. Correct it in the SIS.",
    "R-SIF-DATES": "{ref} has a first day and a last day that do not fit together.",
    "R-FULL": "{ref} was not loaded: {who} has more than {m} {what}, and that can't be right. Correct it in the "
              "SIS.",
    "R-PARENT": "{ref} depends on {other}, which has an error.",
    "W-ORPHAN": "{ref} points at {other}, which the zone did not send.",
    "W-NCES": "{ref} has one that is not 12 digits. It was not stored.",
    "W-PHONE": "{ref} has one that does not look like a phone number. It was kept as it is.",
    "W-SIF-SCHOOL-NAME": "{ref} came without a name. The school is shown by its ID.",
    "W-SIF-TEXT": "{ref} has one that is too long or has letters that are not allowed. It was left out.",
    "W-SIF-DATE": "{ref} has one that is not a date. It was left out.",
    "W-SIF-DATES": "{ref} ends before it begins. It was left out.",
    "W-SIF-GRADE": "{ref} has the grade '{v}', which says no grade that we know. It was left out.",
    "W-SIF-EMAIL": "{ref} has one that is not an email address. It was left out.",
    "W-SIF-EMAIL-TWICE": "{ref} has the email of {other}. It was left out of both: each person needs their own.",
    "W-SIF-USERNAME": "{ref} has one that can't be a username. The system makes one.",
    "W-SIF-USERNAME-TWICE": "{ref} has the username of {other}. The system makes one for each of them.",
    "W-SIF-NO-ENROLLMENT": "{ref} is enrolled in no school, so the student counts as inactive. If that is wrong, "
                           "enroll the student in the SIS.",
    "W-SIF-CONTACT-DIFFERS": "{ref} and {other} are the same contact, but the name or the email differs. "
                             "What {other} says counts.",
    "W-SIF-SET": "{says} Nothing counts as gone for that.",
    "W-SIF-EMPTY": "The zone still sends no {what}, as with the last load. The {n} that are active here stay as "
                   "they are.",
    "W-BAD-REFID": "{n} records came without a usable RefId. They were not loaded.",
    "W-SIF-LOST": "{n} events were too big for the zone to deliver. The next full request brings what they said.",
    "I-SIF-NOT-GUARDIAN": "{n} contacts are not guardians (first: {ref}). They were not loaded.",
    "I-SIF-OTHER-YEAR": "{n} records of other school years than {year} were not loaded (first: {ref}).",
    "I-SIF-CORRECTED": "{ref} was read as corrected by hand in Rollbook.",
}


def notes() -> Notes:
    """An empty list of what is noted of a zone's objects."""
    return Notes(MESSAGES, "SIF")
