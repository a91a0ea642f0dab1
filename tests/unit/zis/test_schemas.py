"""What a zone sends is as the official schemas have it, in every version."""

from __future__ import annotations

import pytest

from cli.zis import let_next_day_come, writing
from cli.zis.content import content
from cli.zis.objects import OBJECTS
from cli.zis.versions import VERSIONS
from tests.unit.zis.asking import NOON, TODAY, Agent, zone
from tests.unit.zis.schemas import OF_MESSAGES, STRICT, problems

CONTENT = content(320, 1, TODAY)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", OBJECTS)
def test_every_object_carries_what_is_mandatory_in_order(name, version):
    head = writing.header("A" * 32, NOON, "DistrictSIS", "Empower")
    objects = "".join(CONTENT.objects(name))
    body = writing.message(version, writing.response(
        head, "B" * 32, 1, False, f"<SIF_ObjectData>{objects}</SIF_ObjectData>"))
    assert problems(body, STRICT[version]) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_every_answer_of_a_working_day_is_valid(version):
    here = zone(25, version=version)
    agent = Agent(here, version=version)
    heard = [agent.get(), agent.register(versions=["3.0"]), agent.register(max_bytes=4_096),
             agent.provision(Provide=["SchoolInfo"]), agent.provision(Subscribe=OBJECTS, Request=OBJECTS),
             *(agent.control(f"<SIF_{what}/>") for what in (
                 "GetZoneStatus", "GetAgentACL", "Sleep", "Ping", "Wakeup", "Ping"))]
    heard += [agent.request(name, max_bytes=4_096) for name in OBJECTS]
    heard += [agent.request("SchoolInfo", versions=["2.9"]), agent.request("SchoolInfo", max_bytes=700)]
    let_next_day_come(here)
    big = f'<SchoolInfo RefId="{"A" * 32}"><SchoolName>{"x" * 4_000}</SchoolName></SchoolInfo>'
    here.publish("SchoolInfo", "Add", big)
    heard += agent.drained()
    heard.append(agent.say("SIF_Unregister"))
    assert {each.code for each in heard} == {"0", "4/9", "5/4", "4/3", "8"}
    assert [problem for each in heard for problem in problems(each.answer.body, OF_MESSAGES[version])] == []
