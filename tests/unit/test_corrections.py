"""Corrections on records of any source."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rostering.corrections import Correction, Met, from_body, overlay
from rostering.model import Record


def correction(field: str = "grade", stored: object = "05", **more: object) -> Correction:
    given = {"source": "sif:z1", "kind": "student", "key": "D1", "value": str(stored), "by": "boss", "at": "2026-11-23",
             "reason": "typo"} | more
    return Correction(field=field, stored=stored, **given)


def student(key: str = "D1", **fields: object) -> Record:
    return Record("student", key, {"grade": "04", "first_name": "Ana"} | fields, 2)


def test_a_corrected_value_takes_the_place_of_what_the_source_says():
    met = Met()
    [record] = overlay([student()], [correction()], met)
    assert record.fields == {"grade": "05", "first_name": "Ana"}
    assert met.as_body() == {"agreed": [], "said": [["student", "D1", "grade", "2026-11-23", "04"]]}


def test_a_source_that_says_the_same_agrees():
    met = Met()
    list(overlay([student(grade="05")], [correction()], met))
    assert met.as_body() == {"agreed": [["student", "D1", "grade", "2026-11-23"]], "said": []}


def test_a_source_that_says_both_in_one_delivery_does_not_agree():
    for grades in (["05", "04"], ["04", "05"]):
        met = Met()
        list(overlay([student(grade=grade) for grade in grades], [correction()], met))
        assert not met.agreed and met.said


def test_a_value_can_be_corrected_to_nothing_and_given_where_there_was_none():
    [emptied, given] = overlay([student(middle_name="B"), student()],
                               [correction("middle_name", None), correction("email", "a@d.org")], Met())
    assert emptied.fields["middle_name"] is None and given.fields["email"] == "a@d.org"


def test_an_ended_correction_and_those_of_other_records_change_nothing():
    records = [student(), student("D2"), Record("enrollment", ("709", "D1"), {"status": "active"}, 3)]
    others = [correction(key="D3"), correction(kind="staff"), replace(correction(), ended={"at": "x", "load": "01A"})]
    assert list(overlay(records, others, Met())) == records


def test_one_place_has_one_id_whatever_its_value():
    assert correction().id == correction(stored="07", reason="else").id != correction("email").id
    assert len({correction(key=key).id for key in ("D1", "D1\x00", "d1")}) == 3


@given(st.builds(correction, st.text(max_size=9), st.none() | st.text() | st.lists(st.text()), key=st.text()))
def test_a_correction_survives_its_item(made):
    assert from_body(made.as_body()) == made
