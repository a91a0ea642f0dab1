"""The queue of an agent: the head stays until acknowledged; events can be blocked."""

from __future__ import annotations

import pytest

from tests.unit.zis.asking import Agent, zone

ACK_1 = "<SIF_Status><SIF_Code>1</SIF_Code></SIF_Status>"


def change(number: int) -> str:
    return f'<StudentPersonal RefId="{number:032X}"><LocalId>{number}</LocalId></StudentPersonal>'


def told(events: int = 0) -> Agent:
    """An agent with that many events in its queue."""
    agent = Agent(zone()).ready("StudentPersonal", "SchoolInfo")
    for number in range(events):
        agent.zone.publish("StudentPersonal", "Change", change(number))
    return agent


def numbers(agent: Agent) -> list[str]:
    return [heard.pulled.findtext(".//{*}LocalId") for heard in agent.drained()]


def test_an_empty_queue_is_status_9():
    assert told().get().code == "9"


def test_the_head_stays_until_it_is_acknowledged():
    agent = told(2)
    assert len({agent.get().msg_id for _ in range(3)}) == 1
    assert numbers(agent) == ["0", "1"]


def test_a_message_is_acknowledged_once():
    agent = told(1)
    heard = agent.get()
    assert [agent.ack(heard).code for _ in range(2)] == ["0", "12/6"]


@pytest.mark.parametrize(("source_id", "msg_id"), [("DistrictSIS", "F" * 32), ("Nurse", None), ("ZONE1", None)])
def test_an_acknowledgement_needs_both_ids_of_the_inner_message(source_id, msg_id):
    agent = told(1)
    heard = agent.get()
    assert agent.ack_of(source_id, msg_id or heard.msg_id, ACK_1).code == "12/6"
    assert agent.get().msg_id == heard.msg_id


def test_a_refused_message_is_gone_unless_the_transport_was_at_fault():
    agent = told(2)
    assert agent.refuse(agent.get(), category=10).code == "0"
    assert agent.get().pulled.findtext(".//{*}LocalId") == "0"
    assert agent.refuse(agent.get(), category=12).code == "0"
    assert numbers(agent) == ["1"]


def test_an_acknowledgement_of_a_sleeping_agent_keeps_the_message():
    agent = told(1)
    assert agent.ack(agent.get(), 8).code == "0"
    assert numbers(agent) == ["0"]


def test_an_unknown_status_in_an_acknowledgement_is_a_bad_value():
    agent = told(1)
    assert agent.ack(agent.get(), 5).code == "1/4"


def test_a_blocked_event_freezes_the_others_and_lets_responses_through():
    agent = told(3)
    blocked = agent.get()
    assert agent.ack(blocked, 2).code == "0"
    assert agent.get().code == "9"
    agent.request("SchoolInfo")
    assert [heard.kind for heard in agent.drained()] == ["SIF_Response"]
    assert agent.ack(blocked, 3).code == "0"
    assert numbers(agent) == ["1", "2"]


def test_only_an_event_can_be_blocked():
    agent = told()
    agent.request("SchoolInfo")
    assert agent.ack(agent.get(), 2).code == "13/2"


def test_a_final_acknowledgement_names_the_blocked_event():
    agent = told(2)
    first = agent.get()
    assert agent.ack(first, 3).code == "13/4"
    agent.ack(first, 2)
    assert agent.ack_of("DistrictSIS", "F" * 32, ACK_1.replace(">1<", ">3<")).code == "13/4"


@pytest.mark.parametrize("lift", [lambda agent: agent.register(), lambda agent: agent.control("<SIF_Wakeup/>")])
def test_registering_and_waking_up_lift_a_block(lift):
    agent = told(2)
    agent.ack(agent.get(), 2)
    lift(agent)
    assert numbers(agent) == ["0", "1"]
