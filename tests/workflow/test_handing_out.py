"""A school from its first sheet to its first sign-in, on the local cloud: readiness, stages, cards, digest."""

from __future__ import annotations

import json
import re
import subprocess

import pdfplumber
import pytest
import requests

from tests.workflow.office import Desk, Office, sheet, students, until

SCHOOL = "0012"
FIRST = ("--override", "--reason", "first day of school")


@pytest.fixture(scope="module")
def desk(running, tmp_path_factory) -> Desk:
    desk = Desk(Office(running, "handing", hand_out="staged"), tmp_path_factory.mktemp("handing"))
    assert desk.office.loaded(sheet(students(*range(1, 31))))["state"] == "done"
    return desk


def signs_in(office: Office, username: str, secret: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.post(f"{office.cloud.api_url}/sites/{office.name}/sign-in", timeout=30,
                            json={"username": username, "secret": secret})


def pages(path: str) -> list[str]:
    with pdfplumber.open(path) as book:
        return [page.extract_text() for page in book.pages]


def missing(desk: Desk, stage: str) -> list[str]:
    stages = desk.run("ready", "--school", SCHOOL)["stages"]
    return next(one for one in stages if one["stage"] == stage)["missing"]


def test_a_school_is_handed_out_from_readiness_to_the_first_sign_in(desk):
    office = desk.office
    assert missing(desk, "Teacher") == ["standards"]
    desk.run("ready", "attest", "--school", SCHOOL, "--standards", "--reason", "looked at the courses")
    assert missing(desk, "Teacher") == [] and missing(desk, "Student") == ["signed_in"]

    opened = desk.run("hand-out", "open", "--school", SCHOOL, "--role", "teacher", "--out", str(desk.folder / "staff"))
    assert (opened["state"], opened["accounts"], opened["overridden"]) == ("released", 1, [])
    [letters] = opened["files"]
    # no letters are sent here, so the sheet has a one-time code
    assert re.search(r"(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}", pages(letters)[0]) and "O'Hara-Ruiz" in pages(letters)[0]

    # before the students' stage a right first secret is refused as not handed out, a wrong one as wrong
    secrets = office.first_secrets()
    kit, lou = [one["username"] for one in office.people(role="Student").values()][:2]
    early = signs_in(office, kit, secrets[kit])
    assert (early.status_code, early.json()["code"]) == (403, "NOT_DISTRIBUTED")
    assert signs_in(office, kit, "nonsense").json()["code"] == "SIGN_IN"

    # not four of five teachers have signed in: it opens over that, with a reason
    desk.office.rollbook("hand-out", "open", "--school", SCHOOL, "--role", "student", "--site", office.name)
    students_open = desk.run("hand-out", "open", "--school", SCHOOL, "--role", "student", *FIRST,
                             "--out", str(desk.folder / "cards"))
    assert (students_open["accounts"], students_open["overridden"]) == (30, ["signed_in"])
    [cards] = students_open["files"]
    text = "\n".join(pages(cards))
    assert "Math 4" in text and secrets[kit] in text and secrets[lou] in text

    assert signs_in(office, kit, secrets[kit]).status_code == 200
    shown = desk.run("hand-out", "show", "--school", SCHOOL)
    [one] = shown["classes"]
    assert (one["section"], one["students"], one["signed_in"], len(one["not_yet"])) == ("709", 30, 1, 29)

    again = desk.run("export", "--section", "709", "--only-not-signed-in", "--with-secrets", "--reason", "reminder",
                     "--out", str(desk.folder / "again"))
    assert again["people"] == 30        # 29 students and the teacher, who has not signed in either

    families = desk.run("hand-out", "open", "--school", SCHOOL, "--role", "guardian",
                        "--out", str(desk.folder / "families"))
    assert families["overridden"] == [] and "Families of Math 4" in pages(families["files"][0])[0]


def test_one_card_again_and_one_made_void(desk):
    office = desk.office
    kit, lou = [one["username"] for one in office.people(role="Student").values()][2:4]
    secrets = office.first_secrets()
    again = desk.run("hand-out", "card", kit, "--reason", "torn", "--out", str(desk.folder / "torn"))
    assert secrets[kit] in pages(again["files"][0])[0]
    void = desk.run("hand-out", "card", lou, "--reissue", "--reason", "lost", "--out", str(desk.folder / "lost"))
    [card] = pages(void["files"][0])[:1]
    new = office.first_secrets()[lou]
    assert new != secrets[lou] and new in card and secrets[lou] not in card
    assert signs_in(office, lou, secrets[lou]).status_code == 401
    assert signs_in(office, lou, new).status_code == 200


def test_the_digest_is_made_by_the_schedule_s_function_and_told_by_an_event(desk):
    office, cloud = desk.office, desk.office.cloud
    events, sqs = cloud.client("events"), cloud.client("sqs")
    queue = sqs.create_queue(QueueName="handing-digests")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["rollbook"], "detail-type": ["Digest"]}
    events.put_rule(Name="handing-digests", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="handing-digests", Targets=[{"Id": "heard", "Arn": arn}])
    answer = cloud.client("lambda").invoke(FunctionName=cloud.outputs["DigestFunction"],
                                           Payload=json.dumps({"site": office.name}).encode())
    assert json.loads(answer["Payload"].read()) == {"told": 1}
    [message] = until(lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages"))
    detail = json.loads(message["Body"])["detail"]
    assert set(detail) == {"site", "day", "at", "counts"} and detail["counts"]["load.done"] == 1
    assert detail["counts"]["stage.open"] == 3 and detail["counts"]["wrong"] == 0
    shown: subprocess.CompletedProcess[str] = office.rollbook("digest", "--site", office.name)
    assert "Students of Pineapple Elementary School can sign in now." in shown.stdout
