"""A plan approved in part: some schools or rows are applied, the rest stays held as a load of its own."""

from __future__ import annotations

import pytest

from rostering import people
from rostering.load import again, progress
from rostering.load.manifest import FeedManifest
from rostering.store import keys
from rostering.store.memory import MemoryFiles, MemoryStore
from tests import loads
from tests.unit.load import district as d

FIRST = [d.school("a"), d.school("b"), d.staff(school="a"),
         *(d.student(f"a{n}", n, school="a", first_name=f"A{n}") for n in range(4)),
         *(d.student(f"b{n}", n, school="b", first_name=f"B{n}") for n in range(4)),
         d.section("709", school="a"), d.enrollment("709", "a1"), d.enrollment("709", "b1")]
SECOND = [d.school("a"), d.school("b"), d.staff(school="a"),
          *(d.student(f"a{n}", n, school="a", first_name=f"A{n}", grade="05") for n in range(3)),
          *(d.student(f"b{n}", n, school="b", first_name=f"B{n}", grade="05") for n in range(3)),
          d.student("b9", 9, school="b", first_name="B9"), d.section("709", school="a"), d.enrollment("709", "a1"),
          d.enrollment("709", "b1"), d.enrollment("709", "b9")]


def held(store, files, load: str = "01B"):
    loads.run(store, files, "01A", FIRST)
    ground = loads.read(store, files, load, SECOND, complete=True)
    assert loads.settle.settle(ground, limits=loads.gate.Limits())["outcome"] == "held"
    return ground


def grades(store) -> dict[str, tuple[str, str]]:
    found = [people.account_of(item) for item in store.snapshot().values() if item.key.sk == "ACCOUNT"]
    return {one.source_key: (one.fields["grade"], one.status) for one in found if one.role == "Student"}


def goes_on(store, files, load: str):
    manifest = FeedManifest.read(files, loads.SITE, load)
    ground = loads.planned(store, files, load, shards=manifest.shards)
    return ground, loads.settle.settle(ground, limits=loads.gate.Limits())


def test_one_school_is_applied_and_the_rest_stays_held(store, files):
    rest = loads.write(held(store, files), schools=["a"])
    assert grades(store)["a0"] == ("05", "active") and grades(store)["a3"] == ("04", "inactive")
    assert grades(store)["b0"] == ("04", "active") and grades(store)["b3"] == ("04", "active")
    assert "b9" not in grades(store)
    ground, answer = goes_on(store, files, rest)
    assert answer["outcome"] == "held"
    body = progress.read(store, loads.SITE, rest)
    assert body["waiting"] == [{"school": "b", "changes": 5}] and body["goes_on_with"] == "01B"
    assert loads.write(ground) == ""
    assert grades(store)["b0"] == ("05", "active") and grades(store)["b3"] == ("04", "inactive")


def test_in_parts_or_at_once_ends_in_the_same_table(store, files):
    rest = loads.write(held(store, files), schools=["b"])
    ground, _ = goes_on(store, files, rest)
    loads.write(ground)
    other, other_files = MemoryStore(), MemoryFiles()
    loads.site(other)
    loads.write(held(other, other_files))
    assert _comparable(store) == _comparable(other)


def _comparable(store) -> dict:
    left_out = {"created", "changed", "deactivated"}
    return {key: {name: value for name, value in item.body.items() if name not in left_out}
            for key, item in store.snapshot().items() if key.sk in ("ACCOUNT", "SECTION")}


def test_one_row_is_applied_by_its_row_or_by_its_id(store, files):
    loads.write(held(store, files), rows=["Students:2", "student/a3"])
    now = grades(store)
    assert now["a2"] == ("05", "active") and now["b2"] == ("05", "active") and now["a3"] == ("04", "inactive")
    assert now["a0"] == ("04", "active") and now["b3"] == ("04", "active")


def test_what_hangs_on_somebody_who_waits_waits_too(store, files):
    rest = loads.write(held(store, files), schools=["a"])
    members = store.get(keys.section(loads.SITE, "709")).body["members"]
    assert len(members) == 2
    ground, _ = goes_on(store, files, rest)
    loads.write(ground)
    assert len(store.get(keys.section(loads.SITE, "709")).body["members"]) == 3


def test_a_rest_is_gone_when_a_newer_load_took_its_place(store, files):
    ground = held(store, files)
    loads.Ground.open(store, files, loads.SITE, "01B", now=loads.NOW)
    store.put_many([loads.Item(keys.newest(loads.SITE, "sheet"), {"load": "01C"})])
    assert loads.write(ground, schools=["a"]) == ""


@pytest.mark.parametrize(("load", "next_one"), [("01B", "01C"), ("01Z", "020"), ("01M8723MANMEN0F50B4470ZFXZ",
                                                                                 "01M8723MANMEN0F50B4470ZFY0")])
def test_the_number_of_a_rest_follows_its_load(load, next_one):
    assert again.following(load) == next_one > load


def test_a_delivery_for_the_left_out_misses_nobody_and_is_not_judged_for_rows_again(store, files):
    loads.run(store, files, "01A", FIRST)
    loads.read(store, files, "01B", SECOND, complete=True)
    manifest = FeedManifest.read(files, loads.SITE, "01B")
    manifest.counts["students"]["problems"] = 5
    again.go_on(store, files, again.for_the_left_out(manifest), load="01C", now=loads.NOW, about={"decided": "01B"})
    ground, answer = goes_on(store, files, "01C")
    assert answer["outcome"] == "approved" and ground.settled["counts"]["students"]["deactivated"] == 0
    assert progress.read(store, loads.SITE, "01C")["goes_on_with"] == "01B"
