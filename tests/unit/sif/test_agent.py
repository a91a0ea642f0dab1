"""The agent's state table, row by row: what the zone answers, and what the agent sends next."""

from __future__ import annotations

import re
from itertools import count

import pytest

from rostering.errors import RemoteProtocolError
from rostering.sif import agent as agents
from rostering.sif.agent import (
    Agent,
    Delivered,
    Drained,
    Later,
    NotAsked,
    Provisioned,
    Session,
    State,
    Stopped,
    Taken,
)
from rostering.sif.codes import OBJECTS
from rostering.sif.messages import Unknown
from rostering.sif.parse import parse
from rostering.zones import ZoneSettings
from tests.unit.sif import zone

ZONE = ZoneSettings(zone="ZONE1", url="https://zis.example.org/ZONE1", zone_id="ZONE1", version="2.1")
EVERYTHING = "".join(f'<SIF_Object ObjectName="{name}"/>' for name in OBJECTS)
NOTHING = ""


def agent(session: Session | None = None, settings: ZoneSettings = ZONE) -> Agent:
    ids = count(1)
    return Agent(settings, session or Session(), now=lambda: "2026-11-24T08:00:00.000Z",
                 new_id=lambda: f"{next(ids):032X}")


def ready() -> Agent:
    made = agent()
    said(made, acl(EVERYTHING, EVERYTHING))
    said(made, ok())
    assert made.state is State.READY
    return made


def acl(subscribe: str, request: str) -> str:
    return ("<SIF_Status><SIF_Code>0</SIF_Code><SIF_Data><SIF_AgentACL><SIF_ProvideAccess/>"
            f"<SIF_SubscribeAccess>{subscribe}</SIF_SubscribeAccess><SIF_PublishAddAccess/><SIF_PublishChangeAccess/>"
            f"<SIF_PublishDeleteAccess/><SIF_RequestAccess>{request}</SIF_RequestAccess><SIF_RespondAccess/>"
            "</SIF_AgentACL></SIF_Data></SIF_Status>")


def ok(code: int = 0) -> str:
    return f"<SIF_Status><SIF_Code>{code}</SIF_Code></SIF_Status>"


def error(category: int, code: int, desc: str = "", extended: str = "") -> str:
    return (f"<SIF_Error><SIF_Category>{category}</SIF_Category><SIF_Code>{code}</SIF_Code><SIF_Desc>{desc}</SIF_Desc>"
            f"<SIF_ExtendedDesc>{extended}</SIF_ExtendedDesc></SIF_Error>")


def message(held: str) -> str:
    return (f'<SIF_Status><SIF_Code>0</SIF_Code><SIF_Data><SIF_Message Version="2.1">{held}</SIF_Message>'
            "</SIF_Data></SIF_Status>")


def said(made: Agent, result: str, *, to: str | None = None) -> list[agents.Said]:
    """What the agent makes of a zone's answer to its next message."""
    out = made.next()
    assert out is not None
    body = zone.answer(result).decode().replace(zone.ASKED_ID, out.msg_id if to is None else to)
    return made.receive(parse(body.encode()))


def sends(made: Agent) -> str:
    out = made.next()
    return out.kind if out else ""


def lists(made: Agent) -> tuple[set[str], set[str]]:
    """The objects that the next SIF_Provision subscribes to and requests."""
    body = made.next().body.decode()
    return tuple(set(re.findall(r'ObjectName="(\w+)"', re.search(f"<{name}>(.*)</{name}>", body)[1]))
                 if f"<{name}>" in body else set() for name in ("SIF_SubscribeObjects", "SIF_RequestObjects"))


def test_a_new_agent_registers_provisions_and_asks_for_messages() -> None:
    made = agent()
    assert sends(made) == "register"
    assert said(made, acl(EVERYTHING, EVERYTHING)) == []
    assert sends(made) == "provision" and lists(made) == (set(OBJECTS), set(OBJECTS))
    assert said(made, ok()) == [Provisioned()]
    assert sends(made) == "get_message" and said(made, ok(9)) == [Drained()]
    assert made.session.missing == {}


def test_a_registered_agent_goes_on_where_it_was() -> None:
    assert sends(agent(ready().session)) == "get_message"


@pytest.mark.parametrize("changed", [{"version": "2.3"}, {"agent_id": "Other"}, {"buffer_bytes": 4096},
                                     {"url": "https://zis.example.org/2"}])
def test_other_settings_register_anew(changed: dict) -> None:
    settings = ZoneSettings(**{name: getattr(ZONE, name) for name in ("zone", "url", "zone_id", "version")} | changed)
    assert sends(agent(ready().session, settings)) == "register"


def test_what_the_acl_does_not_allow_is_left_out_and_told() -> None:
    made = agent()
    said(made, acl('<SIF_Object ObjectName="StudentPersonal"/>', EVERYTHING.replace("StudentContact", "Other")))
    subscribe, request = lists(made)
    assert subscribe == {"StudentPersonal"} and request == set(OBJECTS) - {"StudentContact"}
    said(made, ok())
    assert set(made.session.missing) == set(OBJECTS) - {"StudentPersonal"}
    assert "request StudentContact" in made.session.missing["StudentContact"]
    assert "events of SchoolInfo" in made.session.missing["SchoolInfo"]


def test_without_an_acl_it_is_asked_for_once_and_nothing_is_left_out() -> None:
    made = agent()
    said(made, ok())
    assert sends(made) == "agent_acl"
    said(made, error(12, 2))
    assert sends(made) == "provision" and lists(made) == (set(OBJECTS), set(OBJECTS))


@pytest.mark.parametrize(("refusal", "subscribe", "request_"), [
    (error(4, 4, "No permission to subscribe to this SIF_Event", "StudentContact"), {"StudentContact"}, set()),
    (error(4, 5, "StudentContact"), set(), {"StudentContact"}),
    (error(6, 3, "Invalid object StudentSectionEnrollment"), {"StudentSectionEnrollment"},
     {"StudentSectionEnrollment"}),
])
def test_one_refused_object_is_left_out_of_the_next_provision(refusal: str, subscribe: set, request_: set) -> None:
    made = agent()
    said(made, acl(EVERYTHING, EVERYTHING))
    said(made, refusal)
    assert lists(made) == (set(OBJECTS) - subscribe, set(OBJECTS) - request_)


def test_where_the_zone_names_no_object_each_is_tried_alone() -> None:
    made = agent()
    said(made, acl(EVERYTHING, EVERYTHING))
    refused = {"RoomInfo", "StudentContact"}
    for _ in range(60):
        if sends(made) != "provision":
            break
        subscribe, request = lists(made)
        said(made, error(4, 4) if (subscribe | request) & refused else ok())
    assert made.state is State.READY
    assert set(made.session.requested) == set(made.session.subscribed) == set(OBJECTS) - refused
    assert set(made.session.missing) == refused


def test_a_zone_that_takes_no_provision_at_all_stops_the_agent() -> None:
    made = agent()
    said(made, acl(EVERYTHING, EVERYTHING))
    said(made, error(4, 4))
    (stop,) = said(made, error(4, 4))
    assert isinstance(stop, Stopped) and made.state is State.STOPPED and made.next() is None


@pytest.mark.parametrize("code", [(4, 9), (5, 1), (5, 2), (8, 2), (5, 9)])
def test_who_is_not_registered_registers_once_and_then_stops(code: tuple[int, int]) -> None:
    made = ready()
    assert said(made, error(*code)) == [] and sends(made) == "register"
    said(made, acl(EVERYTHING, EVERYTHING))
    said(made, ok())
    (stop,) = said(made, error(*code))
    assert isinstance(stop, Stopped) and "ask the ZIS administrator" in stop.sentence


def test_a_request_that_met_a_forgotten_registration_is_sent_again_with_its_id() -> None:
    made = ready()
    made.ask([("SchoolInfo", "AB" * 16)])
    assert sends(made) == "request"
    said(made, error(4, 9))
    said(made, acl(EVERYTHING, EVERYTHING))
    said(made, ok())
    assert sends(made) == "request" and made.next().msg_id == "AB" * 16


@pytest.mark.parametrize("code", [(4, 2), (5, 2), (8, 2), (3, 3), (3, 5), (5, 6), (5, 7), (12, 3)])
def test_a_refused_registration_stops_the_agent_and_says_who_has_to_act(code: tuple[int, int]) -> None:
    made = agent()
    (stop,) = said(made, error(*code, desc="Rosa Muñoz"))
    assert isinstance(stop, Stopped) and stop.code == f"{code[0]}/{code[1]}"
    assert f"error {code[0]}/{code[1]}" in stop.sentence and "Rosa" not in stop.sentence


def test_a_refused_version_is_named() -> None:
    (stop,) = said(agent(), error(12, 3))
    assert stop.sentence.startswith("The zone refused version 2.1: error 12/3")


def test_wildcards_are_given_up_once() -> None:
    wild = ZoneSettings(zone="Z", url="https://zis.example.org", zone_id="Z", version="2.1",
                        registered_versions=("2.*",))
    made = agent(settings=wild)
    assert b"<SIF_Version>2.*</SIF_Version>" in made.next().body
    assert said(made, error(5, 4)) == []
    assert b"<SIF_Version>2.1</SIF_Version>" in made.next().body
    assert isinstance(said(made, error(5, 4))[0], Stopped)


def test_the_same_bytes_are_sent_until_an_answer_comes() -> None:
    made = ready()
    assert made.next() is made.next()


@pytest.mark.parametrize("code", [(10, 1), (11, 1), (12, 1)])
def test_trouble_of_the_zone_is_waited_for_and_the_same_bytes_sent_again(code: tuple[int, int]) -> None:
    made = agent()
    first = made.next()
    (later,) = said(made, error(*code))
    assert isinstance(later, Later) and made.next() is first


def test_a_sleeping_zone_is_no_error() -> None:
    (later,) = said(ready(), ok(8))
    assert later == Later("ASLEEP", "The zone is asleep. It is asked again later.", asleep=True)


def test_a_duplicate_id_means_that_the_message_was_taken() -> None:
    made = agent()
    said(made, ok(7))
    assert made.state is State.REGISTERED


@pytest.mark.parametrize("code", [(8, 3), (8, 4), (4, 5), (8, 8), (99, 1)])
def test_a_refused_request_is_reported_and_the_others_go_on(code: tuple[int, int]) -> None:
    made = ready()
    made.ask([("SchoolInfo", "AB" * 16), ("TermInfo", "CD" * 16)])
    (refused,) = said(made, error(*code))
    assert isinstance(refused, NotAsked) and refused.object_name == "SchoolInfo"
    assert made.next().about == "TermInfo"


def delivered(made: Agent) -> Delivered:
    (one,) = said(made, message(zone.response("", more="No")))
    assert isinstance(one, Delivered)
    return one


def test_a_message_is_acknowledged_only_when_it_is_stored_and_with_its_own_ids() -> None:
    made = ready()
    one = delivered(made)
    assert made.state is State.HOLDING and made.next() is None
    made.stored()
    body = made.next().body.decode()
    assert f"<SIF_OriginalMsgId>{zone.MSG_ID}</SIF_OriginalMsgId>" in body and "<SIF_Code>1</SIF_Code>" in body
    assert f"<SIF_OriginalSourceId>{zone.SOURCE_ID}</SIF_OriginalSourceId>" in body
    assert said(made, ok()) == [Taken(one.msg_id)] and sends(made) == "get_message"


def test_some_zones_want_the_ids_of_the_carrier() -> None:
    settings = ZoneSettings(zone="Z", url="https://z.example.org", zone_id="Z", version="2.1", ack_carrier=True)
    made = agent(settings=settings)
    said(made, acl(EVERYTHING, EVERYTHING))
    said(made, ok())
    delivered(made)
    made.stored()
    assert f"<SIF_OriginalMsgId>{zone.CARRIER_ID}</SIF_OriginalMsgId>" in made.next().body.decode()


@pytest.mark.parametrize("result", [ok(0), ok(7), error(12, 6), error(9, 1)])
def test_an_acknowledged_message_that_is_gone_is_gone(result: str) -> None:
    made = ready()
    delivered(made)
    made.stored()
    assert said(made, result) == [Taken(zone.MSG_ID)] and sends(made) == "get_message"


def test_an_acknowledgement_without_an_answer_is_sent_again_by_the_next_run() -> None:
    made = ready()
    delivered(made)
    made.stored()
    first = made.next()
    made.unanswered()
    after = agent(made.session)
    assert (after.next().msg_id, after.next().body) == (first.msg_id, first.body)
    assert said(after, ok()) == [Taken(zone.MSG_ID)] and sends(after) == "get_message"


def test_a_message_of_an_unknown_kind_is_delivered_and_can_be_refused() -> None:
    made = ready()
    (one,) = said(made, message(f"<SIF_Novelty>{zone.header()}</SIF_Novelty>"))
    assert isinstance(one.message, Unknown)
    made.refuse(12, 2, "Message not supported")
    assert b"<SIF_Category>12</SIF_Category><SIF_Code>2</SIF_Code>" in made.next().body


def test_a_refusal_that_gets_no_answer_does_not_stop_the_queue() -> None:
    made = ready()
    made.next()
    made.poison("A1" * 16, "DistrictSIS")
    made.refuse(1, 2, "")
    made.next()
    assert made.goes_on() and sends(made) == "get_message"


def test_a_queue_that_can_t_be_read_does_not_go_on() -> None:
    made = ready()
    made.next()
    assert not made.goes_on()


@pytest.mark.parametrize("to", ["FF" * 16, ""])
def test_an_answer_to_another_message_is_a_protocol_error(to: str) -> None:
    with pytest.raises(RemoteProtocolError):
        said(ready(), ok(), to=to)


def test_an_error_may_come_without_the_ids_that_the_zone_could_not_read() -> None:
    assert isinstance(said(agent(), error(1, 2), to="")[0], Stopped)


def test_a_zone_that_says_there_is_a_message_and_sends_none_is_a_protocol_error() -> None:
    with pytest.raises(RemoteProtocolError):
        said(ready(), ok(0))


def test_requests_are_canceled_where_the_version_can() -> None:
    made = ready()
    made.cancel(["AB" * 16])
    assert sends(made) == "cancel"
    old = agent(settings=ZoneSettings(zone="Z", url="https://z.example.org", zone_id="Z", version="2.0r1"))
    old.cancel(["AB" * 16])
    said(old, acl(EVERYTHING, EVERYTHING))
    said(old, ok())
    assert sends(old) == "get_message"


def test_compression_is_given_up_where_the_zone_can_t() -> None:
    made = ready()
    first = made.next()
    assert said(made, error(5, 10)) == [] and made.session.no_gzip and made.next() is first


def test_zones_without_provision_are_subscribed_to() -> None:
    made = agent(settings=ZoneSettings(zone="Z", url="https://z.example.org", zone_id="Z", version="2.0",
                                       legacy_subscribe=True))
    said(made, acl(EVERYTHING, EVERYTHING))
    assert sends(made) == "subscribe"
    said(made, ok(5))
    assert sends(made) == "get_message" and made.session.requested == list(OBJECTS)


def test_nothing_ever_unregisters() -> None:
    made = ready()
    made.renew()
    kinds = []
    for _ in range(4):
        kinds.append(sends(made))
        empty = ok(9 if kinds[-1] == "get_message" else 0)
        said(made, acl(EVERYTHING, EVERYTHING) if kinds[-1] == "register" else empty)
    assert kinds == ["register", "provision", "get_message", "get_message"]
