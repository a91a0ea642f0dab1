"""Registration, provisioning, sleep: what an agent is to the zone."""

from __future__ import annotations

import pytest

from cli.zis.objects import OBJECTS
from tests.unit.zis.asking import LISTS, NAMESPACE, Agent, busy_zone, objects, zone


def test_registering_is_answered_with_seven_lists_in_order():
    acl = Agent(zone()).register().root.find(".//{*}SIF_AgentACL")
    assert [child.tag for child in acl] == [f"{{{NAMESPACE}}}SIF_{name}Access" for name in LISTS]
    assert [each.get("ObjectName") for each in acl[5]] == list(OBJECTS)
    assert len(acl[0]) == 0


@pytest.mark.parametrize(("given", "code"), [
    ({"versions": ["3.0"]}, "5/4"),
    ({"versions": ["2.2", "2.3"]}, "5/4"),
    ({"versions": ["2.3", "2.0r*"]}, "0"),
    ({"versions": ["*"]}, "0"),
    ({"max_bytes": 1_023}, "5/6"),
    ({"max_bytes": 1_024}, "0"),
    ({"mode": "Push"}, "0"),
    ({"mode": "Telegraph"}, "1/4"),
])
def test_a_zone_refuses_versions_and_buffers_it_cannot_serve(given, code):
    assert Agent(zone()).register(**given).code == code


def test_registering_again_changes_the_mode_and_keeps_the_provisioning():
    agent = Agent(zone()).ready("SchoolInfo")
    agent.register(mode="Push")
    assert agent.get().code == "5/9"
    agent.register()
    assert agent.fetched("SchoolInfo")


def test_a_push_agent_has_to_say_where_to_push():
    body = Agent(zone()).written("SIF_Register", "<SIF_Name>E</SIF_Name><SIF_Version>2.1</SIF_Version>"
                                 "<SIF_MaxBufferSize>4096</SIF_MaxBufferSize><SIF_Mode>Push</SIF_Mode>")
    assert b"<SIF_Code>6<" in zone().handle(body).body


@pytest.mark.parametrize(("what", "code"), [
    ("Provide", "4/3"), ("Subscribe", "4/4"), ("PublishAdd", "4/10"), ("PublishChange", "4/11"),
    ("PublishDelete", "4/12"), ("Request", "4/5"), ("Respond", "4/6"),
])
def test_provisioning_of_a_forbidden_object_names_it(what, code):
    agent = Agent(zone())
    agent.register()
    heard = agent.provision(**{what: ["LEAInfo"]})
    assert (heard.code, heard.about) == (code, "LEAInfo")


def test_a_refused_provisioning_changes_nothing():
    agent = Agent(zone()).ready("SchoolInfo")
    assert agent.provision(Request=["TermInfo"], Respond=["SchoolInfo"]).code == "4/6"
    assert agent.request("TermInfo").code == "4/5"
    assert agent.request("SchoolInfo").code == "0"


def test_provisioning_replaces_all_lists():
    agent = Agent(zone()).ready("SchoolInfo")
    agent.provision(Request=["TermInfo"])
    assert [agent.request(name).code for name in ("TermInfo", "SchoolInfo")] == ["0", "4/5"]
    agent.zone.publish("SchoolInfo", "Delete", f'<SchoolInfo RefId="{"A" * 32}"/>')
    assert {heard.kind for heard in agent.drained()} == {"SIF_Response"}


@pytest.mark.parametrize(("what", "code"), [("Subscribe", "6/3"), ("Request", "6/3")])
def test_an_object_that_sif_does_not_know_is_invalid(what, code):
    agent = Agent(zone())
    agent.register()
    assert agent.provision(**{what: ["Unicorn"]}).code == code


def test_an_object_has_one_provider():
    here = busy_zone()
    nurse = Agent(here, "Nurse")
    nurse.register()
    assert nurse.provision(Provide=["SchoolInfo"]).code == "6/4"
    assert nurse.provision(Provide=["StudentPicture"]).code == "0"
    assert nurse.say("SIF_Provide", objects(["StudentMeal", "BusInfo"])).code == "0"
    assert nurse.say("SIF_Unprovide", objects(["BusInfo"])).code == "0"
    assert nurse.say("SIF_Unprovide", objects(["BusInfo"])).code == "6/1"


def test_subscribing_the_old_way_needs_no_provisioning():
    agent = Agent(zone())
    agent.register()
    assert agent.say("SIF_Subscribe", objects(["StudentPersonal"])).code == "0"
    agent.zone.publish("StudentPersonal", "Delete", f'<StudentPersonal RefId="{"A" * 32}"/>')
    assert [heard.kind for heard in agent.drained()] == ["SIF_Event"]
    assert agent.request("SchoolInfo").code == "0"


@pytest.mark.parametrize(("kind", "name", "code"), [
    ("SIF_Subscribe", "LEAInfo", "4/4"), ("SIF_Subscribe", "Unicorn", "7/3"), ("SIF_Unsubscribe", "Unicorn", "7/3"),
    ("SIF_Unsubscribe", "StudentPersonal", "7/1"), ("SIF_Unsubscribe", "SchoolInfo", "0"),
])
def test_subscriptions_are_refused_for_what_is_not_there(kind, name, code):
    assert Agent(zone()).ready("SchoolInfo").say(kind, objects([name])).code == code


def test_unregistering_throws_away_queue_and_provisioning():
    agent = Agent(zone()).ready("SchoolInfo")
    agent.request("SchoolInfo")
    assert agent.say("SIF_Unregister").code == "0"
    assert agent.get().code == "4/9"
    agent.register()
    assert agent.get().code == "9"


def test_a_sleeping_agent_gets_nothing_until_it_wakes_up():
    agent = Agent(zone()).ready("SchoolInfo")
    agent.request("SchoolInfo")
    assert agent.control("<SIF_Sleep/>").code == "0"
    assert [agent.control("<SIF_Ping/>").code, agent.get().code] == ["8", "8"]
    assert agent.control("<SIF_Wakeup/>").code == "0"
    assert [agent.control("<SIF_Ping/>").code, agent.get().code] == ["0", "0"]


def test_registering_wakes_an_agent_up():
    agent = Agent(zone())
    agent.register()
    agent.control("<SIF_Sleep/>")
    agent.register()
    assert agent.control("<SIF_Ping/>").code == "0"


def test_the_access_control_list_can_be_asked_for():
    agent = Agent(zone())
    acl = agent.register().root.find(".//{*}SIF_AgentACL")
    again = agent.control("<SIF_GetAgentACL/>").root.find(".//{*}SIF_AgentACL")
    assert [len(each) for each in again] == [len(each) for each in acl] == [0, 12, 0, 0, 0, 11, 0]


def test_the_status_of_a_zone_names_it_its_providers_and_its_agents():
    here = busy_zone()
    Agent(here, "Nurse").register()
    Agent(here, "Nurse").provision(Provide=["StudentPicture"])
    agent = Agent(here)
    agent.register()
    status = agent.control("<SIF_GetZoneStatus/>").root.find(".//{*}SIF_ZoneStatus")
    assert status.get("ZoneId") == "ZONE1"
    assert [each.get("SourceId") for each in status.iter("{*}SIF_Provider")] == ["DistrictSIS", "Nurse"]
    assert [each.findtext("{*}SIF_SourceId") for each in status.iter("{*}SIF_SIFNode")] == ["Empower", "Nurse"]
    assert [each.text for each in status.find("{*}SIF_SupportedVersions")] == ["2.0", "2.0r1", "2.1"]
