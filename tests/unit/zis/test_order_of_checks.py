"""A message is refused for the first reason there is, and the answer names whom it answers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.zis.asking import Agent, Heard, busy_zone, header, message, zone

ID = "A" * 32
PING = "<SIF_SystemControlData><SIF_Ping/></SIF_SystemControlData>"


def control(inside: str = PING, **given) -> str:
    return f"<SIF_SystemControl>{header(**given)}{inside}</SIF_SystemControl>"


def test_the_checks_come_in_their_order():
    """Each body has one fault less than the one before; the code tells which check saw it first."""
    here = zone(faults=["asleep:1"])
    agent = Agent(here)
    bodies = [
        (b"<SIF_Message", "1/2"),
        (message("<SIF_Unknown/>", "9.9"), "12/2"),
        (message("<SIF_SystemControl/>", "9.9"), "12/3"),
        (message(control("", source_id="Nobody")), "1/6"),
        (message(control(source_id="Nobody")), "4/9"),
        (message(control(msg_id=ID)), "4/9"),
    ]
    assert [Heard(here.handle(body)).code for body, _ in bodies] == [code for _, code in bodies]
    here.asleep = True
    assert agent.register().code == "8"
    here.asleep = False
    assert agent.register().code == "8"  # the fault, once
    assert agent.register().code == "0"
    assert [Heard(here.handle(message(control(msg_id=ID)))).code for _ in range(2)] == ["0", "7"]


@pytest.mark.parametrize(("body", "code"), [
    (b"", "1/2"),
    (b"no XML", "1/2"),
    (b"<!DOCTYPE SIF_Message>" + message(control()), "1/2"),
    (b"<SIF_Message Version='2.1'/>", "12/2"),
    (message("").replace(b"2.x", b"1.x"), "12/2"),
    (message(control() * 2), "12/2"),
    (message('<SIF_Ping xmlns="urn:other"/>'), "12/2"),
    (message(control(), "2.2"), "12/3"),
    (message(control(), "2.1r1"), "12/3"),
    (message(control("<SIF_SystemControlData/>")), "1/6"),
    (message(control("<SIF_SystemControlData><SIF_Dance/></SIF_SystemControlData>")), "1/6"),
    (message(control(msg_id="abc")), "1/4"),
    (message(control(msg_id="a" * 32)), "1/4"),
    (message(control(f"{PING}<SIF_More/>")), "1/3"),
    (message(control().replace("2026-11-23T12:00:00Z", "yesterday")), "1/4"),
    (message(f"<SIF_SystemControl>{PING}{header()}</SIF_SystemControl>"), "1/3"),
    (message(control().replace("2026-11-23T12:00:00Z", "2026-11-23T12:00:00Z<x/>")), "1/3"),
    (b'<?xml version="1.0" encoding="runes"?>' + message(control()), "1/2"),
    (message(f"<SIF_Register>{header()}</SIF_Register>"), "1/6"),
    (message(f"<SIF_Provision>{header()}<SIF_ProvideObjects/></SIF_Provision>"), "1/6"),
    (message(f"<SIF_Subscribe>{header()}<SIF_Object/></SIF_Subscribe>"), "1/6"),
])
def test_a_message_that_is_wrong_in_itself_gets_the_code_of_its_fault(body, code):
    assert Heard(zone().handle(body)).code == code


@pytest.mark.parametrize("body", [
    message(control(msg_id=ID), "9.9"),
    message(f"<SIF_Unknown>{header(msg_id=ID)}</SIF_Unknown>"),
    message(control(msg_id=ID))[:-20],
])
def test_the_answer_names_whom_it_answers_as_far_as_that_can_be_read(body):
    heard = Heard(zone().handle(body))
    assert (heard.one("SIF_OriginalSourceId"), heard.one("SIF_OriginalMsgId")) == ("Empower", ID)


def test_an_agent_id_in_other_capitals_is_another_agent():
    assert Agent(zone(), "empower").register().code == "4/2"
    assert Agent(zone(), "EMPOWER").get().code == "4/9"


def test_every_source_has_message_ids_of_its_own():
    here = busy_zone()
    first, second = Agent(here).ready("SchoolInfo"), Agent(here, "Second").ready("SchoolInfo")
    assert [agent.request("SchoolInfo", msg_id=ID).code for agent in (first, second, first)] == ["0", "0", "7"]


def test_a_message_that_was_refused_may_be_sent_again_with_its_id():
    agent = Agent(zone()).ready("SchoolInfo")
    assert [agent.request("StudentContact", msg_id=ID).code for _ in range(2)] == ["4/5", "4/5"]


@pytest.mark.parametrize(("of_zone", "of_message", "code"), [
    ("2.0", "2.0", "0"), ("2.0", "2.0r1", "12/3"), ("2.1", "2.0r1", "0"), ("2.3", "2.2", "0"), ("2.2", "2.3", "12/3"),
])
def test_a_zone_understands_its_version_and_the_earlier_ones(of_zone, of_message, code):
    heard = Agent(zone(version=of_zone), version=of_message).register()
    assert heard.code == code
    assert heard.root.get("Version") == (of_message if code == "0" else of_zone)


WHOLE = [
    Agent(zone()).written("SIF_Request", *Agent(zone()).asked("SchoolInfo")),
    message(control()),
    Agent(zone()).written("SIF_Ack", f"<SIF_OriginalSourceId>DistrictSIS</SIF_OriginalSourceId><SIF_OriginalMsgId>{ID}"
                          "</SIF_OriginalMsgId><SIF_Status><SIF_Code>1</SIF_Code></SIF_Status>"),
    message(f'<SIF_Event>{header()}<SIF_ObjectData><SIF_EventObject ObjectName="SchoolInfo" Action="Add"><SchoolInfo/>'
            "</SIF_EventObject></SIF_ObjectData></SIF_Event>"),
]
LISTENING = Agent(zone()).ready("SchoolInfo").zone


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(WHOLE), st.data())
def test_a_garbled_message_is_answered_like_any_other(body, data):
    """A piece is cut out, doubled, or comes in where it does not belong."""
    first, last = sorted(data.draw(st.tuples(st.integers(0, len(body)), st.integers(0, len(body)))))
    piece = data.draw(st.sampled_from([b"", body[first:last] * 2, b"<!--x-->", b"&amp;", b"\xff", b"<x/>", body]))
    answer = LISTENING.handle(body[:first] + piece + body[last:])
    assert answer.status == 200
    assert Heard(answer).code
