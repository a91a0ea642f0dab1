"""What the rows of a OneRoster delivery can be told off for: the sentences.

The first letter of a code is its severity: R keeps one row out, W is loaded but wants a look, I
stands in the full report only. Codes without OR in them are those of the sheet or of every feed. A
problem carries the collection, the column and the sourcedId; never a name, a date or an address.
"""

from __future__ import annotations

from rostering.connected.notes import Notes

MESSAGES = {
    "R-OR-ID": "a record has no sourcedId that can be used ('{ref}'). It was not loaded.",
    "R-OR-RECORD": "a record is no record at all. It was not loaded.",
    "R-OR-RAGGED": "the row of '{ref}' has more or fewer cells than the header. It was not loaded.",
    "R-OR-QUOTES": "the quotation marks in the row of '{ref}' are wrong. It was not loaded.",
    "R-OR-ROLES": "{ref} has too many roles. One more was not read.",
    "R-OR-ROLE-USER": "a role is of the user {ref}, who was not sent.",
    "R-OR-TEXT": "{ref} has one with letters that are not allowed, or too many of them. Correct it in the SIS.",
    "R-OR-DATES": "{ref} has a first day and a last day that do not fit together.",
    "R-OR-NO-SCHOOL": "the student {ref} is at no school that was sent. Give the student a school in the SIS.",
    "R-DUP-KEY": "{ref} was sent with {what} that another record has ({other}). Correct one of them in the SIS.",
    "R-REQUIRED": "{ref} came without it. It is required: fill it in in the SIS.",
    "R-FULL": "{ref} was not loaded: {who} has more than {m} {what}, and that can't be right. Correct it in the "
              "SIS.",
    "R-PARENT": "{ref} depends on {other}, which has an error.",
    "W-ORPHAN": "{ref} points at {other}, which was not sent.",
    "W-PHONE": "{ref} has one that does not look like a phone number. It was kept as it is.",
    "W-OR-TEXT": "{ref} has one that is too long or has letters that are not allowed. It was left out.",
    "W-OR-DATE": "{ref} has one that is not a date. It was left out.",
    "W-OR-DATES": "{ref} ends before it begins. The dates were left out.",
    "W-OR-YEAR": "{ref} has the school year '{v}', which is none. It was left out.",
    "W-OR-MODIFIED": "{ref} says that it was changed in the future. The row was read without that time.",
    "W-OR-REPEATED": "{ref} is there more than once and says different things. The row that was changed last counts.",
    "W-OR-WORD": "{ref} has the word '{v}', which the standard does not know. It was taken as {taken}.",
    "W-OR-ROLE": "{ref} has the role '{v}', which the standard does not know. It was taken as staff, without rights.",
    "W-OR-ROLES": "{ref} is sent as {one} and as {other}. One account has one role: {one} was taken.",
    "W-OR-SCHOOL-NAME": "{ref} came without a name. The school is shown by its ID.",
    "W-OR-GRADE": "{ref} has the grade '{v}', which says no grade that we know. It was left out.",
    "W-OR-GRADES": "{ref} has several grades ('{v}'). {taken} was taken.",
    "W-OR-EMAIL": "{ref} has one that is not an email address. It was left out.",
    "W-OR-EMAIL-TWICE": "{ref} has the email of {other}. It was left out of both: each person needs their own.",
    "W-OR-ID-TWICE": "{ref} has an ID that {other} has too. It was left out of both.",
    "W-OR-USERNAME": "{ref} has one that can't be a username. The system makes one.",
    "W-OR-USERNAME-TWICE": "{ref} has the username of {other}. The system makes one for each of them.",
    "W-OR-AGENT": "{ref} names {other} as a guardian or as a child of one, who is sent as something else. "
                  "The two were not linked.",
    "W-OR-MANY-GUARDIANS": "{ref} has {n} guardians. The first {most} were linked.",
    "W-OR-WRONG-ROLE": "{ref} makes {other} a {v} of a class, who is sent as something else. It was not loaded.",
    "W-OR-EMPTY": "The district still sends no {what}, as with the last load. The {n} that are active here stay "
                  "as they are.",
    "I-OR-ENROLLED": "{n} enrollments are neither of students nor of teachers (first: {ref}). They were not loaded.",
    "I-OR-NO-GUARDIANS": "{n} guardians were not loaded: the connection is set to leave them out (first: {ref}).",
    "I-OR-EARLIER": "{n} rows speak of records that are not in this delivery of changes (first: {ref}). What they say "
                    "comes with the next full one.",
    "I-OR-CORRECTED": "{ref} was read as corrected by hand in Rollbook.",
}


def notes(*, numbered: bool) -> Notes:
    """An empty list of what is noted of a delivery; `numbered` tells that its rows are those of a file."""
    return Notes(MESSAGES, "OR", numbered=numbered)
