"""Requests and their answers: who may ask, who answers, what a query chooses, what cancelling does."""

from __future__ import annotations

import pytest

from tests.unit.zis.asking import Agent, busy_zone, header, local_ids, message, zone

ID = "B" * 32
SCHOOL = "StudentSchoolEnrollment"


def condition(field: str, operator: str, value: str) -> str:
    return (f"<SIF_Condition><SIF_Element>{field}</SIF_Element><SIF_Operator>{operator}</SIF_Operator>"
            f"<SIF_Value>{value}</SIF_Value></SIF_Condition>")


def where(*members: str, join: str = "And", groups: int = 1) -> str:
    inside = f'<SIF_Conditions Type="{join}">{"".join(members)}</SIF_Conditions>'
    return f'<SIF_ConditionGroup Type="{"None" if groups == 1 else "Or"}">{inside * groups}</SIF_ConditionGroup>'


def fields(name: str, *paths: str) -> str:
    wanted = "".join(f"<SIF_Element>{path}</SIF_Element>" for path in paths)
    return f'<SIF_QueryObject ObjectName="{name}">{wanted}</SIF_QueryObject>'


def asked(*names: str, **given) -> Agent:
    return Agent(zone(60, **given)).ready(*(names or ("StudentPersonal", SCHOOL, "SchoolInfo", "TermInfo")))


@pytest.mark.parametrize(("name", "code"), [("Unicorn", "8/3"), ("LEAInfo", "4/5"), ("StaffPersonal", "4/5")])
def test_a_request_is_refused_for_what_may_not_be_asked(name, code):
    assert asked("SchoolInfo").request(name).code == code


def test_a_request_in_another_context_is_refused():
    context = "<SIF_Contexts><SIF_Context>Reporting</SIF_Context></SIF_Contexts>"
    agent = asked()
    assert agent.say("SIF_Request", *agent.asked("SchoolInfo"), more=context).code == "12/4"


def test_an_object_that_nobody_provides_is_8_4():
    nurse = Agent(busy_zone(), "Nurse")
    nurse.register()
    assert nurse.request("StudentPicture").code == "8/4"
    assert nurse.request("SchoolInfo", to="Nobody").code == "8/4"
    assert nurse.request("SchoolInfo", to="DistrictSIS").code == "0"


def test_an_answer_names_its_request_and_its_requester():
    agent = asked()
    agent.request("SchoolInfo", msg_id=ID)
    heard = agent.get()
    assert heard.pulled.findtext("{*}SIF_RequestMsgId") == ID
    assert heard.pulled.findtext("{*}SIF_Header/{*}SIF_DestinationId") == "Empower"
    assert heard.packet == (1, "No")
    assert [each.findtext("{*}SchoolName") for each in heard.objects] == ["Pine Hill School"]


@pytest.mark.parametrize(("wanted", "given"), [
    (["2.*"], "2.1"), (["2.0r1"], "2.0r1"), (["2.0", "2.1"], "2.1"), (["*"], "2.1"), (["2.0r*"], "2.0r1"),
])
def test_an_answer_comes_in_the_highest_version_that_was_asked_for(wanted, given):
    agent = asked()
    agent.request("SchoolInfo", versions=wanted)
    assert agent.get().pulled.getparent().get("Version") == given


def test_a_version_that_the_provider_does_not_have_is_8_7():
    agent = asked()
    assert agent.request("SchoolInfo", versions=["2.3"]).code == "0"
    assert agent.get().error == "8/7"


def test_no_match_is_an_empty_set_in_one_packet():
    agent = asked()
    agent.request("StudentPersonal", where(condition("LocalId", "EQ", "nobody")))
    heard = agent.get()
    assert (heard.objects, heard.packet) == ([], (1, "No"))


@pytest.mark.parametrize(("operator", "holds"), [
    ("EQ", lambda id: id == "001020"), ("NE", lambda id: id != "001020"), ("LT", lambda id: id < "001020"),
    ("GE", lambda id: id >= "001020"), ("GT", lambda id: id > "001020"), ("LE", lambda id: id <= "001020"),
])
def test_conditions_choose_objects(operator, holds):
    agent = asked()
    everybody = local_ids(agent.fetched("StudentPersonal"))
    found = local_ids(agent.fetched("StudentPersonal", where(condition("LocalId", operator, "001020"))))
    assert found == [id for id in everybody if holds(id)]
    assert 0 < len(found) < len(everybody)


def test_conditions_are_joined_and_read_attributes_and_predicates():
    agent = asked()
    current, grade = condition("@TimeFrame", "EQ", "Current"), condition("GradeLevel/Code", "EQ", "05")
    rows = agent.fetched(SCHOOL)

    def counted(holds) -> int:
        return sum(holds(row.get("TimeFrame") == "Current", row.findtext("{*}GradeLevel/{*}Code") == "05")
                   for row in rows)

    assert len(agent.fetched(SCHOOL, where(current, grade))) == counted(lambda a, b: a and b) > 0
    assert len(agent.fetched(SCHOOL, where(current, grade, join="Or"))) == counted(lambda a, b: a or b)
    assert len(agent.fetched(SCHOOL, where(current, groups=2))) == counted(lambda a, b: a)
    named = where(condition("Name[@Type='04']/LastName", "GE", "A"), join="None")
    assert len(agent.fetched("StudentPersonal", named)) > 50


def test_a_list_of_fields_leaves_the_rest_out_but_mandatory_attributes():
    agent = asked()
    student = agent.fetched("StudentPersonal", fields("StudentPersonal", "Name/LastName", "EmailList/Email/@Type"))[0]
    assert [child.tag.split("}")[1] for child in student if child.tag.endswith("Name")] == ["Name"]
    assert [child.tag.split("}")[1] for child in student.find("{*}Name")] == ["LastName"]
    assert student.find("{*}LocalId") is None
    row = agent.fetched(SCHOOL, fields(SCHOOL, "GradeLevel/Code"))[0]
    assert set(row.attrib) >= {"RefId", "StudentPersonalRefId", "SchoolInfoRefId", "TimeFrame"}
    assert [child.tag.split("}")[1] for child in row] == ["GradeLevel"]


@pytest.mark.parametrize("inside", [
    where(condition("contains(LocalId,'1')", "EQ", "1")),
    where(condition("//LocalId", "EQ", "1")),
    where(condition("LocalId", "EQ", "1"), condition("LocalId", "EQ", "2"), join="None"),
    fields("StudentPersonal", "../x"),
    "<SIF_Example/>",
])
def test_a_query_that_is_not_supported_is_answered_with_8_9(inside):
    agent = asked()
    assert agent.request("StudentPersonal", inside).code == "0"
    assert agent.get().error == "8/9"


def test_extended_queries_are_answered_with_8_15():
    agent = asked()
    inside = agent.asked("SchoolInfo")[0].split("<SIF_Query>")[0]
    inside += '<SIF_ExtendedQuery><SIF_From ObjectName="SchoolInfo"/></SIF_ExtendedQuery>'
    assert agent.say("SIF_Request", inside).code == "0"
    assert agent.get().error == "8/15"


def test_cancelling_drops_what_is_queued_and_tells_so():
    agent = asked()
    agent.request("StudentPersonal", max_bytes=4_096, msg_id=ID)
    agent.ack(agent.get())
    agent.request("SchoolInfo")
    assert agent.control(cancel("Standard")).code == "0"
    kinds = [heard.error or heard.objects[0].tag.split("}")[1] for heard in agent.drained()]
    assert kinds == ["SchoolInfo", "8/18"]


def test_cancelling_quietly_tells_nothing_and_only_once():
    agent = asked()
    agent.request("SchoolInfo", msg_id=ID)
    assert [agent.control(cancel("None")).code, agent.control(cancel("Standard")).code] == ["0", "0"]
    assert agent.get().code == "9"


def test_nobody_cancels_the_request_of_another():
    here = busy_zone()
    agent, second = Agent(here).ready("SchoolInfo"), Agent(here, "Second").ready("SchoolInfo")
    agent.request("SchoolInfo", msg_id=ID)
    assert second.control(cancel("Standard")).code == "0"
    assert len(list(agent.drained())) == 1


@pytest.mark.parametrize(("version", "code"), [("2.0", "12/2"), ("2.0r1", "12/2"), ("2.1", "0"), ("2.3", "0")])
def test_requests_can_be_cancelled_from_2_1(version, code):
    agent = Agent(zone(version=version), version=version)
    agent.register()
    assert agent.control(cancel("None")).code == code


def cancel(how: str) -> str:
    return (f"<SIF_CancelRequests><SIF_NotificationType>{how}</SIF_NotificationType><SIF_RequestMsgIds>"
            f"<SIF_RequestMsgId>{ID}</SIF_RequestMsgId></SIF_RequestMsgIds></SIF_CancelRequests>")


def provided() -> tuple[Agent, Agent]:
    """A requester whose request ID of StudentPicture waits, and the agent that provides it."""
    here = busy_zone()
    nurse, second = Agent(here, "Nurse"), Agent(here, "Second")
    here.agents["Second"].access = here.agents["Nurse"].access
    nurse.register()
    nurse.provision(Provide=["StudentPicture"])
    second.ready("StudentPicture")
    assert second.request("StudentPicture", msg_id=ID, max_bytes=2_000).code == "0"
    return nurse, second


def answered(nurse: Agent, *, of: str = ID, number: int = 1, more: str = "No", to: str = "Second",
             size: int = 0) -> str:
    return nurse.say(
        "SIF_Response", f"<SIF_RequestMsgId>{of}</SIF_RequestMsgId><SIF_PacketNumber>{number}</SIF_PacketNumber>"
        f"<SIF_MorePackets>{more}</SIF_MorePackets><SIF_ObjectData>{' ' * size}</SIF_ObjectData>",
        more=f"<SIF_DestinationId>{to}</SIF_DestinationId>").code


def test_a_request_is_passed_on_to_the_agent_that_provides_and_its_answer_back():
    nurse, second = provided()
    heard = nurse.get()
    assert (heard.kind, heard.source_id, heard.msg_id) == ("SIF_Request", "Second", ID)
    assert nurse.ack(heard).code == "0"
    assert [answered(nurse, number=1, more="Yes"), answered(nurse, number=2)] == ["0", "0"]
    assert [heard.packet for heard in second.drained()] == [(1, "Yes"), (2, "No")]


@pytest.mark.parametrize(("given", "code"), [
    ({"of": "C" * 32}, "8/10"), ({"size": 2_000}, "8/11"), ({"number": 2}, "8/12"), ({"to": "Empower"}, "8/14"),
])
def test_a_wrong_answer_of_a_provider_is_refused(given, code):
    nurse, second = provided()
    assert answered(nurse, **given) == code
    assert second.get().code == "9"


def test_an_answer_after_the_last_packet_belongs_to_no_request():
    nurse, _ = provided()
    assert [answered(nurse), answered(nurse, number=2)] == ["0", "8/10"]


def test_an_answer_in_a_version_that_was_not_asked_for_is_8_13():
    here = busy_zone()
    here.agents["Second"].access = here.agents["Nurse"].access
    nurse, second = Agent(here, "Nurse", version="2.0"), Agent(here, "Second")
    nurse.register()
    nurse.provision(Provide=["StudentPicture"])
    second.ready("StudentPicture")
    second.request("StudentPicture", msg_id=ID, versions=["2.1"])
    assert answered(nurse) == "8/13"


def test_an_agent_without_permission_to_respond_is_refused():
    nurse, second = provided()
    nurse.zone.agents["Second"].access = nurse.zone.agents["Empower"].access
    assert answered(second) == "4/6"


def event(name: str, action: str, xml: str, more: str = "") -> str:
    return (f'<SIF_Event>{header("Nurse", more=more)}<SIF_ObjectData><SIF_EventObject ObjectName="{name}" '
            f'Action="{action}">{xml}</SIF_EventObject></SIF_ObjectData></SIF_Event>')


def published(name: str = "SchoolInfo", action: str = "Change", xml: str = "", publisher: str = "Nurse",
              lists: tuple[str, ...] = ("PublishAdd", "PublishChange", "PublishDelete")) -> tuple[str, Agent]:
    """The code of a SIF_Event, and a subscriber."""
    here = busy_zone()
    subscriber, source = Agent(here).ready("SchoolInfo"), Agent(here, publisher)
    source.register()
    if publisher == "Nurse":
        source.provision(**{each: ["SchoolInfo"] for each in lists})
    body = message(event(name, action, xml or f'<{name} RefId="{ID}"/>').replace(">Nurse<", f">{publisher}<"))
    return Agent(here, publisher).heard(body).code, subscriber


def test_an_event_reaches_every_subscriber_of_its_object():
    code, subscriber = published()
    assert code == "0"
    assert [(heard.kind, heard.source_id) for heard in subscriber.drained()] == [("SIF_Event", "Nurse")]


@pytest.mark.parametrize(("given", "code"), [
    ({"publisher": "Second"}, "4/7"),
    ({"action": "Add", "lists": ("PublishChange",)}, "4/10"),
    ({"action": "Change", "lists": ("PublishAdd",)}, "4/11"),
    ({"action": "Delete", "lists": ("PublishAdd",)}, "4/12"),
    ({"action": "Explode"}, "1/4"),
    ({"name": "Unicorn"}, "9/3"),
    ({"xml": f'<TermInfo RefId="{ID}"/>'}, "9/3"),
])
def test_an_event_that_may_not_be_or_says_nothing_is_refused(given, code):
    refused, subscriber = published(**given)
    assert refused == code
    assert subscriber.get().code == "9"


def test_an_event_too_big_for_its_subscriber_becomes_a_log_entry():
    agent = Agent(zone()).ready("SchoolInfo", max_bytes=1_024)
    big = f'<SchoolInfo RefId="{ID}"><SchoolName>{"x" * 900}</SchoolName></SchoolInfo>'
    agent.zone.publish("SchoolInfo", "Add", big)
    heard = agent.get()
    entry = heard.pulled.find(".//{*}SIF_LogEntry")
    assert (heard.source_id, entry.findtext("{*}SIF_Category"), entry.findtext("{*}SIF_Code")) == ("ZONE1", "4", "2")
