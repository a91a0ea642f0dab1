"""What is kept beside a plan for questions: whom a delivery names, and what its reader turned back."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rostering import feed
from rostering.load import by_name, turned
from rostering.model import Problem
from rostering.names import fold_name
from rostering.sheet.turned import Row
from rostering.store.memory import MemoryFiles
from tests import loads
from tests.unit.load import district as d

SHARDS = 4


def indexed(tmp, *entities) -> MemoryFiles:
    files, writer = MemoryFiles(), by_name.NameWriter(tmp, SHARDS)
    for entity in entities:
        writer.add([entity])
    writer.write(files, "demo", "01A")
    return files


def entity(kind: str, key: str, **fields) -> feed.Entity:
    return feed.Entity(kind, key, fields)


def found(files: MemoryFiles, name: str) -> list[tuple[str, str, str]]:
    return [(one.kind, one.key, one.school) for one in by_name.find(files, "demo", "01A", name, SHARDS)]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.text(max_size=6), st.text(max_size=6)), max_size=30))
def test_everybody_is_found_by_the_folded_name(tmp_path_factory, names):
    people = [entity("student", str(n), first_name=first, last_name=last, school="0012")
              for n, (first, last) in enumerate(names)]
    files = indexed(tmp_path_factory.mktemp("names"), *people)
    for number, (first, last) in enumerate(names):
        name = f"{fold_name(last)}|{fold_name(first)}"
        if fold_name(first):
            assert ("student", str(number), "0012") in found(files, name)
            assert all(fold_name(names[int(key)][1]) == fold_name(last) for _, key, _ in found(files, name))
        assert ("student", str(number), "0012") in found(files, f"{fold_name(last)}|")


def test_what_is_spilled_to_disk_is_in_the_index(tmp_path, monkeypatch):
    monkeypatch.setattr(by_name, "_MOST_BUFFERED_BYTES", 50)
    files = indexed(tmp_path, *(entity("student", str(n), first_name="Ana", last_name="Oak") for n in range(100)))
    assert [key for _, key, _ in found(files, "oak|ana")] == [str(n) for n in range(100)]
    assert not list(tmp_path.iterdir())


def test_an_id_that_people_know_is_indexed_where_the_source_has_another(tmp_path):
    files = indexed(tmp_path, entity("student", "REF-1", id="4512", last_name="Oak"),
                    entity("student", "4513", id="4513", last_name="Oak"))
    assert (found(files, "#4512"), found(files, "#4513")) == ([("student", "REF-1", "")], [])


def test_a_load_is_indexed_as_it_is_delivered(store, files):
    loads.run(store, files, "01A", d.small(2))
    named = {(one.kind, one.key, one.school) for one in by_name.find(files, loads.SITE, "01A", "garcia|maria", 1)}
    assert named == {("guardian", "id:g1", "0012"), ("guardian", "id:g2", "0012")}
    assert [one.kind for one in by_name.find(files, loads.SITE, "01A", "math", 1)] == ["section"]


def test_one_entity_of_a_shard_is_read_as_all_of_them_are():
    entities = [entity("staff", "1", id="1"), entity("student", "1", id="1"), entity("student", "11", id="11")]
    data, _ = feed.encode(entities)
    lines = feed.gzip.decompress(data)
    assert [feed.find(lines, one.kind, one.key) for one in entities] == list(feed.decode(data))
    assert feed.find(lines, "student", "2") is None and feed.find(b"", "student", "1") is None


def test_rows_that_were_turned_back_are_kept_without_values():
    files, rows = MemoryFiles(), [Row("student", "s9", "Students", 6, "yew|ana", "0012", [("R-DATE", "Birth Date")])]
    turned.write(files, "demo", "01A", rows)
    turned.write(files, "demo", "01B", [])
    assert (turned.read(files, "demo", "01A"), turned.read(files, "demo", "01B")) == (rows, [])


def test_records_of_a_connection_that_do_not_load_are_kept_by_their_ids():
    told = [Problem("R-REQUIRED", "StudentPersonal", 0, "Name", "R1: no name", "R1"),
            Problem("R-DUP-KEY", "StudentPersonal", 0, "@RefId", "R1: twice", "R1"),
            Problem("W-PHONE", "StudentPersonal", 0, "", "R2: odd", "R2"),
            Problem("R-PARENT", "users.csv", 4, "", "", "u1")]
    assert turned.of_connection(told) == [
        Row("student", "R1", "StudentPersonal", 0, "", "", [("R-REQUIRED", "Name"), ("R-DUP-KEY", "@RefId")]),
        Row("", "u1", "users.csv", 4, "", "", [("R-PARENT", "")])]
