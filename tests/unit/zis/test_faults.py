"""Every fault does what its row says, as often as it was told to, and then the zone is well again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from cli.zis.faults import KINDS, Faults, parse
from tests.unit.zis.asking import Agent, Heard, local_ids, message, number, zone

OVER_HTTP = {"gzip", "close-connections", "hang-up", "slow", "basic-auth"}  # test_server.py
ALL = ("SchoolInfo", "TermInfo", "StudentPersonal", "StudentContact")


def with_faults(*faults: str, names: tuple[str, ...] = ALL, **given) -> Agent:
    """An agent in a zone with these faults, registered and provisioned."""
    return Agent(zone(30, faults=faults, **given)).ready(*names)


def unready(*faults: str, **given) -> Agent:
    return Agent(zone(30, faults=faults, **given))


def packets(agent: Agent, name: str = "StudentPersonal", max_bytes: int = 4_096) -> list[tuple[int, str]]:
    assert agent.request(name, max_bytes=max_bytes).code == "0"
    return [heard.packet for heard in agent.drained()]


def raw(agent: Agent) -> bytes:
    return agent.post(agent.written("SIF_SystemControl", "<SIF_SystemControlData><SIF_GetMessage/>"
                                    "</SIF_SystemControlData>")).body


VALUES = {"OBJECT": "=StudentContact", "SECONDS": "=1", "TIMES": "=1", "CODE": "=1/1", "USER:PASSWORD": "=a:b",
          "HOW": "=cut-off", "": ""}


@pytest.mark.parametrize(("name", "value"), [(name, VALUES[kind.value]) for name, kind in KINDS.items()])
def test_every_fault_can_be_switched_on_and_says_what_it_does(name, value):
    assert Faults([name + value]).on(name)
    assert KINDS[name].does.endswith(".")


@pytest.mark.parametrize(("written", "name", "value", "left"), [
    ("html-502", "html-502", "", 1), ("html-502:3", "html-502", "", 3), ("html-502:always", "html-502", "", None),
    ("asleep", "asleep", "", 3), ("acl-without=RoomInfo", "acl-without", "RoomInfo", None),
    ("empty-set", "empty-set", "StudentPersonal", None), ("empty-set=RoomInfo:2", "empty-set", "RoomInfo", 2),
    ("basic-auth=user:7", "basic-auth", "user:7", None), ("slow=0.5", "slow", "0.5", None),
    ("poison=cut-off:2", "poison", "cut-off", 2),
])
def test_a_fault_is_written_with_a_value_and_a_number_of_times(written, name, value, left):
    fault = parse(written)
    assert (fault.name, fault.value, fault.left) == (name, value, left)


@pytest.mark.parametrize(("written", "says"), [
    ("sleepy", "The faults are forget-acks, redeliver"), ("asleep=1", "takes no value"),
    ("acl-without", "needs a value"),
    ("asleep:0", "number of times or always"), ("slow=soon", "takes a number"), ("basic-auth=user", "USER:PASSWORD"),
    ("refuse=all", "like 12/1"), ("empty-set=Unicorn", "The objects are SchoolInfo"),
    ("poison=arsenic", "bad-object or cut-off"),
])
def test_a_fault_that_is_none_is_refused_with_what_may_be(written, says):
    with pytest.raises(ValueError, match=says):
        parse(written)


def test_a_forgotten_acknowledgement_brings_the_message_again():
    agent = with_faults("forget-acks:2")
    agent.request("SchoolInfo")
    assert len({(heard.msg_id, heard.answer.status) for heard in agent.drained()}) == 1
    agent.request("SchoolInfo")
    assert len(list(agent.drained())) == 1


def test_an_acknowledged_message_comes_again_behind_the_others():
    agent = with_faults("redeliver")
    agent.request("SchoolInfo")
    agent.request("TermInfo")
    ids = [heard.msg_id for heard in agent.drained()]
    assert len(ids) == 3 and ids[0] == ids[2]


def test_shuffled_packets_are_all_there_in_another_order():
    agent = with_faults("shuffle-packets=StudentPersonal")
    numbers = [packet for packet, _ in packets(agent)]
    assert numbers != sorted(numbers) == list(range(1, len(numbers) + 1))
    agent = with_faults("shuffle-packets")
    assert len(packets(agent, max_bytes=9_000)) > 1


def test_the_last_packet_is_dropped_once():
    agent = with_faults("drop-last-packet")
    assert {more for _, more in packets(agent)} == {"Yes"}
    assert packets(agent)[-1][1] == "No"


def test_an_error_follows_a_good_packet():
    agent = with_faults("error-in-packet-2")
    agent.request("StudentPersonal")
    assert [(heard.error, heard.packet) for heard in agent.drained()] == [("", (1, "Yes")), ("8/1", (2, "No"))]
    assert len(agent.fetched("StudentPersonal")) == 30


def test_an_empty_set_is_of_its_object_only():
    agent = with_faults("empty-set=StudentContact")
    assert agent.fetched("StudentContact") == []
    assert len(agent.fetched("StudentPersonal")) == 30


def test_one_object_comes_per_packet():
    assert len(packets(with_faults("one-object-per-packet"), max_bytes=1_000_000)) == 30


def test_a_request_without_an_answer_is_answered_when_asked_again():
    agent = with_faults("no-answer")
    assert packets(agent) == []
    assert packets(agent)


def test_an_early_response_is_there_before_its_request_was_answered():
    agent = with_faults("early-response")
    msg_id = number()
    body = agent.written("SIF_Request", *agent.asked("SchoolInfo"), msg_id)
    assert agent.post(body).status == 502
    assert agent.get().pulled.findtext("{*}SIF_RequestMsgId") == msg_id
    assert Heard(agent.post(body)).code == "7"


def test_a_response_that_nobody_asked_for_comes_once():
    agent = with_faults("unknown-request")
    ids = [number(), number()]
    for msg_id in ids:
        agent.request("SchoolInfo", msg_id=msg_id)
    answered = [heard.pulled.findtext("{*}SIF_RequestMsgId") for heard in agent.drained()]
    assert answered[0] not in ids and answered[1:] == ids


def test_a_message_of_an_unknown_type_comes_once():
    agent = with_faults("unknown-message")
    agent.request("SchoolInfo")
    agent.request("TermInfo")
    assert [heard.kind for heard in agent.drained()] == ["SIF_Response", "SIF_ServiceNotify", "SIF_Response"]


@pytest.mark.parametrize(("fault", "code"), [("unknown-ack", "12/6"), ("unknown-ack-9-1", "9/1")])
def test_an_acknowledgement_is_not_known_though_the_message_is_gone(fault, code):
    agent = with_faults(fault)
    agent.request("SchoolInfo")
    agent.request("TermInfo")
    assert agent.ack(agent.get()).code == code
    assert len(list(agent.drained())) == 1


def test_a_zone_may_want_the_ids_of_the_carrying_acknowledgement():
    agent = with_faults("ack-the-ack")
    agent.request("SchoolInfo")
    heard = agent.get()
    assert agent.ack(heard).code == "12/6"
    heard = agent.get()
    done = "<SIF_Status><SIF_Code>1</SIF_Code></SIF_Status>"
    assert agent.ack_of("ZONE1", heard.one("SIF_Ack/SIF_Header/SIF_MsgId"), done).code == "0"
    assert agent.get().code == "9"


def test_an_acknowledgement_with_an_error_sticks():
    agent = with_faults("sticky-error-ack")
    agent.request("SchoolInfo")
    heard = agent.get()
    result = "<SIF_Error><SIF_Category>12</SIF_Category><SIF_Code>2</SIF_Code><SIF_Desc>no</SIF_Desc></SIF_Error>"
    refused = agent.post(agent.written("SIF_Ack", f"<SIF_OriginalSourceId>{heard.source_id}</SIF_OriginalSourceId>"
                                       f"<SIF_OriginalMsgId>{heard.msg_id}</SIF_OriginalMsgId>{result}"))
    assert (refused.status, refused.body) == (200, b"")
    assert agent.get().msg_id == heard.msg_id
    assert agent.ack(heard).code == "0"


def test_an_oversize_message_is_bigger_than_its_buffer():
    agent = with_faults("oversize=3")
    agent.request("StudentPersonal", max_bytes=100_000)
    assert 300_000 <= len(raw(agent)) < 302_000
    assert len([each for heard in agent.drained() for each in heard.objects]) == 30


def test_a_provider_may_find_a_buffer_too_small():
    agent = with_faults("small-buffer-8-8=StudentPersonal")
    agent.request("StudentPersonal")
    assert agent.get().error == "8/8"


def test_a_response_may_hold_any_error():
    agent = with_faults("response-error=8/17")
    agent.request("SchoolInfo")
    assert [heard.error for heard in agent.drained()] == ["8/17"]
    assert agent.fetched("SchoolInfo")


def test_a_message_may_be_refused_with_any_error():
    agent = unready("refuse=5/7:2")
    assert [agent.register().code for _ in range(3)] == ["5/7", "5/7", "0"]


def test_an_object_may_have_no_provider():
    agent = with_faults("no-provider=StudentContact")
    assert [agent.request(name).code for name in ("StudentContact", "SchoolInfo")] == ["8/4", "0"]
    status = agent.control("<SIF_GetZoneStatus/>").root
    assert 'ObjectName="StudentContact"' not in etree.tostring(status, encoding="unicode")


def test_the_inner_message_may_leave_its_namespace_to_the_outer_one():
    agent = with_faults("inner-without-xmlns")
    agent.request("SchoolInfo")
    assert raw(agent).count(b"xmlns") == 1
    assert agent.get().objects
    plain = with_faults()
    plain.request("SchoolInfo")
    assert raw(plain).count(b"xmlns") == 2


def test_the_inner_message_may_have_another_version():
    agent = with_faults("other-version")
    agent.request("SchoolInfo")
    heard = agent.get()
    assert (heard.root.get("Version"), heard.pulled.getparent().get("Version")) == ("2.1", "2.5")


@pytest.mark.parametrize(("fault", "pattern", "other"), [
    ("naive-timestamps", rb">2026-11-23T12:00:00<", rb"12:00:00Z"),
    ("lowercase-ids", rb'RefId="[0-9a-f]{32}"', rb"\b(?=[0-9A-F]*[A-F])[0-9A-F]{32}\b"),
    ("dashed-ids", rb'RefId="[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}"', rb"\b[0-9A-F]{32}\b"),
])
def test_timestamps_and_ids_come_in_other_spellings(fault, pattern, other):
    agent = with_faults(fault)
    agent.request("StudentPersonal")
    body = raw(agent)
    assert re.search(pattern, body)
    assert not re.search(other, body)


@pytest.mark.parametrize("fault", ["lowercase-ids", "dashed-ids"])
def test_a_message_with_misspelt_ids_is_acknowledged_with_proper_ones(fault):
    agent = with_faults(fault)
    agent.request("SchoolInfo")
    heard = agent.get()
    done = "<SIF_Status><SIF_Code>1</SIF_Code></SIF_Status>"
    assert agent.ack_of(heard.source_id, heard.msg_id.replace("-", "").upper(), done).code == "0"


def test_unknown_elements_stand_beside_all_that_is_known():
    plain, other = with_faults(), with_faults("unknown-elements")
    known, found = plain.fetched("StudentPersonal"), other.fetched("StudentPersonal")
    assert all(each.find("{*}X_Unknown/{*}X_Inner") is not None and each.get("X_Attribute") for each in found)
    assert local_ids(found) == local_ids(known)


@pytest.mark.parametrize(("fault", "seen"), [("bom", b"\xef\xbb\xbf<"), ("cdata", b"<![CDATA["),
                                             ("numeric-entities", b"&#")])
def test_the_same_content_comes_in_other_clothes(fault, seen):
    plain, other = with_faults(), with_faults(fault)
    other.request("StudentPersonal")
    assert seen in raw(other)
    found = [each for heard in other.drained() for each in heard.objects]
    known = plain.fetched("StudentPersonal")
    assert [list(each.itertext()) for each in found] == [list(each.itertext()) for each in known]


@pytest.mark.parametrize("how", ["bad-object", "cut-off"])
def test_a_poison_message_stands_between_good_ones_and_goes_when_acknowledged(how):
    agent = with_faults(f"poison={how}")
    agent.request("SchoolInfo")
    agent.request("TermInfo")
    assert agent.ack(agent.get()).code == "0"
    body = raw(agent)
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(body)
    assert b"POISON" in body
    msg_id = re.findall(rb"<SIF_MsgId>(\w+)<", body)[1].decode()
    done = "<SIF_Status><SIF_Code>1</SIF_Code></SIF_Status>"
    assert agent.ack_of("DistrictSIS", msg_id, done).code == "0"
    assert agent.get().objects[0].tag.endswith("TermInfo")


@pytest.mark.parametrize(("fault", "status", "body"), [
    ("html-502", 502, b"<html>"), ("empty-500", 500, b""), ("empty-200", 200, b""),
    ("fatal-error", 200, b"<FATAL_ERROR>"),
])
def test_an_answer_that_is_not_sif_comes_as_often_as_told_and_changes_nothing(fault, status, body):
    agent = unready(f"{fault}:2")
    asked = agent.written("SIF_Register", "<SIF_Name>E</SIF_Name><SIF_Version>2.1</SIF_Version>"
                          "<SIF_MaxBufferSize>4096</SIF_MaxBufferSize><SIF_Mode>Pull</SIF_Mode>")
    answers = [agent.post(asked) for _ in range(3)]
    assert [answer.status for answer in answers] == [status, status, 200]
    assert all(answer.body.startswith(body) for answer in answers[:2])
    assert Heard(answers[2]).code == "0"


def test_a_zone_sleeps_three_times():
    agent = unready("asleep")
    assert [agent.register().code for _ in range(4)] == ["8", "8", "8", "0"]


def test_a_lost_answer_makes_the_same_message_a_duplicate():
    agent = unready("duplicate-id:2")
    agent.register()
    body = agent.written("SIF_Provision", "".join(f"<SIF_{what}Objects/>" for what in (
        "Provide", "Subscribe", "PublishAdd", "PublishChange", "PublishDelete", "Request", "Respond")))
    assert agent.post(body).status == 502
    assert Heard(agent.post(body)).code == "7"


@pytest.mark.parametrize(("fault", "code"), [
    ("forget-registration", "4/9"), ("forget-registration-5-1", "5/1"), ("forget-registration-5-2", "5/2"),
    ("forget-registration-8-2", "8/2"),
])
def test_a_forgotten_agent_has_to_register_and_provision_again(fault, code):
    agent = with_faults(fault)
    assert agent.get().code == code
    assert agent.get().code == "4/9"
    agent.ready(*ALL)
    assert agent.get().code == "9"


def test_a_pull_agent_is_taken_for_push_once():
    agent = unready("registered-as-push")
    agent.register()
    assert agent.get().code == "5/9"
    agent.register()
    assert agent.get().code == "9"


def test_an_access_list_without_an_object_forbids_it():
    agent = unready("acl-without=StudentContact", "acl-without=RoomInfo")
    assert {each.get("ObjectName") for each in agent.register().root.iter("{*}SIF_Object")} & {
        "StudentContact", "RoomInfo"} == set()
    assert agent.provision(Subscribe=["StudentContact"]).code == "4/4"
    assert agent.provision(Request=["RoomInfo"]).code == "4/5"


def test_there_may_be_no_access_list():
    agent = unready("no-acl")
    assert [heard.root.find(".//{*}SIF_Data") for heard in (agent.register(), agent.control("<SIF_GetAgentACL/>"))] == [
        None, None]


@pytest.mark.parametrize(("what", "code"), [("Subscribe", "4/4"), ("Request", "4/5")])
def test_provisioning_may_be_refused_though_the_list_allows_it(what, code):
    agent = unready("refuse-provision")
    assert b"StudentContact" in agent.register().answer.body
    heard = agent.provision(**{what: ["SchoolInfo", "StudentContact"]})
    assert (heard.code, heard.about) == (code, "StudentContact")
    assert agent.provision(**{what: ["SchoolInfo"]}).code == "0"


def test_no_buffer_is_big_enough():
    assert unready("small-buffer").register(max_bytes=1 << 30).code == "5/6"


def test_an_exact_zone_takes_its_own_version_only():
    agent = unready("exact-version", version="2.2")
    assert agent.register().code == "12/3"
    agent.version = "2.2"
    assert [agent.register(versions=versions).code for versions in (["2.*"], ["2.2", "2.1"], ["2.2"])] == [
        "5/4", "5/4", "0"]


def test_everything_is_refused_without_a_client_certificate():
    agent = unready("client-certificate")
    assert [agent.register().code, Heard(agent.post(message("<SIF_Ack/>"))).code] == ["3/3", "3/3"]


def test_every_fault_is_tested_here_or_over_http():
    here, over_http = (Path(__file__).with_name(name).read_text() for name in ("test_faults.py", "test_server.py"))
    for name in KINDS:
        assert re.search(rf'"{name}["=:]', over_http if name in OVER_HTTP else here), name
