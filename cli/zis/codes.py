"""What a zone answers with: status codes, and errors of a category and a code with their meanings."""

from __future__ import annotations

SUCCESS, DUPLICATE, SLEEPING, NO_MESSAGES = 0, 7, 8, 9
IMMEDIATE, INTERMEDIATE, FINAL = 1, 2, 3  # what an agent acknowledges with

MEANINGS = {
    (1, 2): "Message is not well-formed",
    (1, 3): "Generic validation error",
    (1, 4): "Invalid value for element/attribute",
    (1, 6): "Missing mandatory element/attribute",
    (3, 3): "Missing sender's certificate",
    (4, 2): "No permission to register",
    (4, 3): "No permission to provide this object",
    (4, 4): "No permission to subscribe to this SIF_Event",
    (4, 5): "No permission to request this object",
    (4, 6): "No permission to respond to this object request",
    (4, 7): "No permission to publish SIF_Event",
    (4, 9): "SIF_SourceId is not registered",
    (4, 10): "No permission to publish SIF_Event Add",
    (4, 11): "No permission to publish SIF_Event Change",
    (4, 12): "No permission to publish SIF_Event Delete",
    (5, 1): "Generic registration error",
    (5, 2): "The SIF_SourceId is invalid",
    (5, 4): "Requested SIF_Version(s) not supported",
    (5, 6): "Requested SIF_MaxBufferSize is too small",
    (5, 9): "Agent is registered for push mode",
    (6, 1): "Generic provision error",
    (6, 3): "Invalid object",
    (6, 4): "Object already has a provider",
    (7, 1): "Generic subscription error",
    (7, 3): "Invalid object",
    (8, 1): "Generic request and response error",
    (8, 2): "The SIF_SourceId is invalid",  # no official code: seen on a real ZIS
    (8, 3): "Invalid object",
    (8, 4): "No provider",
    (8, 7): "Responder does not support requested SIF_Version",
    (8, 8): "Responder does not support requested SIF_MaxBufferSize",
    (8, 9): "Unsupported query in request",
    (8, 10): "Invalid SIF_RequestMsgId specified in SIF_Response",
    (8, 11): "SIF_Response is larger than requested SIF_MaxBufferSize",
    (8, 12): "SIF_PacketNumber is invalid in SIF_Response",
    (8, 13): "SIF_Response does not match any SIF_Version from SIF_Request",
    (8, 14): "SIF_DestinationId does not match SIF_SourceId from SIF_Request",
    (8, 15): "No support for SIF_ExtendedQuery",
    (8, 18): "SIF_Request cancelled by requesting agent",
    (9, 1): "Generic event error",
    (9, 3): "Invalid event",
    (12, 2): "Message not supported",
    (12, 3): "Version not supported",
    (12, 4): "Context not supported",
    (12, 6): "No such message",
    (13, 2): "SMB can only be invoked during a SIF_Event acknowledgement",
    (13, 4): "Incorrect SIF_MsgId in final SIF_Ack",
}


class Refusal(Exception):
    """The zone refuses a message with SIF_Error; `about` goes into SIF_ExtendedDesc."""

    def __init__(self, category: int, code: int, about: str = "") -> None:
        super().__init__(f"{category}/{code}{about and f': {about}'}")
        self.category, self.code, self.about = category, code, about

    @property
    def meaning(self) -> str:
        return MEANINGS.get((self.category, self.code), f"Error {self.category}/{self.code}")
