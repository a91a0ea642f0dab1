"""Versions, objects and codes of SIF 2.0 to 2.3, and what the agent does about an error.

REACTIONS is the table of the handbook's section 6. A row is looked up by what we were doing, then
by "anything"; whatever has no row falls to `_OTHERWISE`.

| reaction          | what the agent does                                                        |
|-------------------|----------------------------------------------------------------------------|
| stop              | nothing more, until somebody acts                                          |
| reregister        | registers and provisions once more in this run, then stops                 |
| reregister_pull   | the same; the zone has us down as a Push agent                             |
| explicit_versions | registers once without wildcards, then stops                               |
| leave_out         | goes on without the object                                                 |
| report            | goes on; the object's request has failed                                   |
| again             | the request is lost: it is made anew, under another id                     |
| no_gzip           | asks for no compression any more                                           |
| gone              | goes on: the zone knows the message no more                                |
| retry             | sends the same once more, later                                            |
"""

from __future__ import annotations

from typing import NamedTuple

from rostering.sif.messages import SifError

NAMESPACE = "http://www.sifinfo.org/infrastructure/2.x"
VERSIONS = ("2.0", "2.0r1", "2.1", "2.2", "2.3")

# In the order of requests (handbook, section 7.4).
OBJECTS = (
    "SchoolInfo", "TermInfo", "RoomInfo", "StaffPersonal", "StaffAssignment", "SchoolCourseInfo", "SectionInfo",
    "StudentPersonal", "StudentSchoolEnrollment", "StudentContact", "StudentSectionEnrollment",
)


class Row(NamedTuple):
    """Codes ("category/code", "category/*" is any of it), in answer to what, who acts, what we do, what helps."""

    codes: str
    doing: str
    who: str
    reaction: str
    advice: str


_ADMIT = "ask the ZIS administrator to admit the agent to the zone, and check the agent id (case counts)"
_XML = "report it to the makers of Rollbook: the zone does not take a message of ours"
_CERTIFICATE = "give the zone a client certificate that its ZIS trusts, and check when the one in use ends"
_ALLOW = "ask the ZIS administrator to allow the agent this object"
_WAIT = "nobody has to act: it is tried again later"
_NO_PROVIDER = "ask the ZIS administrator which agent provides the object; it is asked for again in the next run"
_QUERY = "ask the ZIS administrator which versions and message sizes the provider of the object supports"
_VERSION = "ask the ZIS administrator which version the zone speaks"

REACTIONS = (
    Row("1/2 1/3 1/4 1/6", "other", "nobody", "report", "the message is not necessary: nobody has to act"),
    Row("1/2 1/3 1/4 1/6", "anything", "developer", "stop", _XML),
    Row("3/*", "anything", "operator", "stop", _CERTIFICATE),
    Row("4/2 4/9 5/1 5/2 8/2", "register", "operator", "stop", _ADMIT),
    Row("4/9 5/1 5/2 8/2", "anything", "agent", "reregister", _ADMIT),
    Row("4/4 4/5", "provision", "operator", "leave_out", _ALLOW),
    Row("4/* 6/* 7/*", "provision", "operator", "leave_out", _ALLOW),
    Row("4/4 4/5", "request", "operator", "leave_out", _ALLOW),
    Row("5/4", "register", "agent", "explicit_versions", _VERSION),
    Row("5/6", "anything", "operator", "stop", "raise the buffer size in the settings of the zone"),
    Row("5/7", "anything", "operator", "stop", "use an https Zone URL"),
    Row("5/9", "anything", "agent", "reregister_pull", "ask the ZIS administrator to set the agent to Pull mode"),
    Row("5/10", "anything", "agent", "no_gzip", _WAIT),
    Row("8/3 8/4", "request", "operator", "report", _NO_PROVIDER),
    Row("8/7 8/8 8/9 8/13 8/15", "response", "agent", "report", _QUERY),
    Row("8/7 8/8 8/9 8/13 8/15", "request", "agent", "report", _QUERY),
    Row("8/16 8/17 8/18", "response", "agent", "again", _WAIT),
    Row("12/2", "other", "nobody", "report", "the message is not necessary: nobody has to act"),
    Row("12/2", "anything", "operator", "stop", _VERSION),
    Row("12/3", "anything", "operator", "stop", _VERSION),
    Row("12/4", "anything", "operator", "stop", "ask the ZIS administrator which context the agent belongs to"),
    Row("9/1 12/6", "ack", "nobody", "gone", "nobody has to act"),
    Row("12/1", "anything", "wait", "retry", _WAIT),
    Row("10/* 11/*", "response", "agent", "again", _WAIT),
    Row("10/* 11/*", "anything", "wait", "retry", _WAIT),
)

_ASK = "ask the ZIS administrator what it means"
_OTHERWISE = {
    "request": Row("*", "request", "operator", "report", _ASK),
    "response": Row("*", "response", "operator", "report", _ASK),
    "ack": Row("*", "ack", "wait", "retry", _ASK),
    "other": Row("*", "other", "nobody", "report", _ASK),
}
_STOP = Row("*", "anything", "operator", "stop", _ASK)
_INDEX = {(row.doing, code): row for row in reversed(REACTIONS) for code in row.codes.split()}

# What we were doing, in the words of the zone's administrator, and the column of REACTIONS that it falls under.
_DOINGS = {
    "register": ("register", "to register the agent"),
    "provision": ("provision", "the list of objects that the agent works with"),
    "subscribe": ("provision", "the subscription to events"),
    "request": ("request", "a request for objects"),
    "get_message": ("get_message", "to hand out the next message"),
    "ack": ("ack", "to take a message off the queue"),
    "refuse": ("ack", "to take a message off the queue"),
    "response": ("response", "objects that it had been asked for"),
    "ping": ("other", "to say whether it is there"),
    "zone_status": ("other", "to tell about itself"),
    "agent_acl": ("other", "to tell what the agent may do"),
    "cancel": ("other", "to cancel requests"),
    "no_such_object": ("other", "an answer to a request"),
    "other": ("other", "a message"),
}

# The official names (SIF_Desc). Some of them are later than 2.3 or not official, and are met all the same.
_GENERIC = "Generic error"
_NAMES = {
    1: {1: _GENERIC, 2: "Message is not well-formed", 3: "Generic validation error",
        4: "Invalid value for element/attribute", 6: "Missing mandatory element/attribute"},
    2: {1: _GENERIC},
    3: {1: _GENERIC, 2: "Generic authentication error (with signature)", 3: "Missing sender's certificate",
        4: "Invalid certificate", 5: "Sender's certificate is not trusted", 6: "Expired certificate",
        7: "Invalid signature", 8: "Invalid encryption algorithm (only accepts MD4)",
        9: "Missing public key of the receiver (when decrypting message)",
        10: "Missing receiver's private key (when decrypting message)"},
    4: {1: _GENERIC, 2: "No permission to register", 3: "No permission to provide this object",
        4: "No permission to subscribe to this SIF_Event", 5: "No permission to request this object",
        6: "No permission to respond to this object request", 7: "No permission to publish SIF_Event",
        8: "No permission to administer policies", 9: "SIF_SourceId is not registered",
        10: "No permission to publish SIF_Event Add", 11: "No permission to publish SIF_Event Change",
        12: "No permission to publish SIF_Event Delete"},
    5: {1: _GENERIC, 2: "The SIF_SourceId is invalid", 3: "Requested transport protocol is unsupported",
        4: "Requested SIF_Version(s) not supported", 6: "Requested SIF_MaxBufferSize is too small",
        7: "ZIS requires a secure transport", 9: "Agent is registered for push mode",
        10: "ZIS does not support the requested Accept-Encoding value"},
    6: {1: _GENERIC, 3: "Invalid object", 4: "Object already has a provider", 5: "Not the provider of the object"},
    7: {1: _GENERIC, 3: "Invalid object", 4: "Not a subscriber of the object"},
    8: {1: _GENERIC, 2: "The SIF_SourceId is invalid", 3: "Invalid object", 4: "No provider",
        7: "Responder does not support requested SIF_Version",
        8: "Responder does not support requested SIF_MaxBufferSize", 9: "Unsupported query in request",
        10: "Invalid SIF_RequestMsgId specified in SIF_Response",
        11: "SIF_Response is larger than requested SIF_MaxBufferSize",
        12: "SIF_PacketNumber is invalid in SIF_Response",
        13: "SIF_Response does not match any SIF_Version from SIF_Request",
        14: "SIF_DestinationId does not match SIF_SourceId from SIF_Request",
        15: "No support for SIF_ExtendedQuery", 16: "SIF_RequestMsgId deleted from cache due to timeout",
        17: "SIF_RequestMsgId deleted from cache by administrator",
        18: "SIF_Request cancelled by requesting agent",
        19: "SIF_Request cancelled due to a SIF XML filter rule"},
    9: {1: _GENERIC, 3: "Invalid event"},
    10: {1: _GENERIC, 2: "Requested protocol is not supported",
         3: "Secure channel requested and no secure path exists", 4: "Unable to establish connection"},
    11: {1: _GENERIC},
    12: {1: _GENERIC, 2: "Message not supported", 3: "Version not supported", 4: "Context not supported",
         5: "Protocol error", 6: "No such message", 7: "Multiple contexts not supported"},
    13: {1: _GENERIC, 2: "SMB can only be invoked during a SIF_Event acknowledgement",
         3: "Final SIF_Ack expected from Push-Mode Agent", 4: "Incorrect SIF_MsgId in final SIF_Ack"},
}


def name_of(error: SifError) -> str:
    """The official name of a code, never the sender's own words: those may hold personal data."""
    return _NAMES.get(error.category, {}).get(error.code, "no known code")


def reaction(error: SifError, doing: str) -> str:
    """What the agent does about an error that answers what it was doing. `doing` is one of _DOINGS."""
    return _row(error, doing).reaction


def sentence(error: SifError, doing: str) -> str:
    """For the zone's administrator: what was refused, the code by its official name, what helps.

    `doing` is one of _DOINGS, or what was refused in plain words, such as "version 2.1".
    """
    refused = _DOINGS.get(doing, ("", doing))[1]
    return (f"The zone refused {refused}: error {error.category}/{error.code} ({name_of(error)}); "
            f"{_row(error, doing).advice}.")


def _row(error: SifError, doing: str) -> Row:
    column = _DOINGS.get(doing, ("anything", ""))[0]
    code, category = f"{error.category}/{error.code}", f"{error.category}/*"
    for key in ((column, code), (column, category), ("anything", code), ("anything", category)):
        if key in _INDEX:
            return _INDEX[key]
    return _OTHERWISE.get(column, _STOP)
