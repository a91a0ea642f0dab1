"""Laws of a load: what holds for any district and any history."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rostering import people
from rostering.model import Record
from rostering.store import keys
from rostering.store.memory import MemoryFiles, MemoryStore
from tests import loads
from tests.unit.load import district as d

GRADES = ["KG", "03", "07", "11"]
roster = st.dictionaries(
    st.integers(1, 12).map(str),
    st.tuples(st.sampled_from(GRADES), st.sampled_from(["Ana", "José", "李"]),
              st.sets(st.sampled_from(["701", "702", "703"]), max_size=3), st.booleans()),
    min_size=1, max_size=12)


def records(roster: dict) -> list[Record]:
    said = [d.school(), d.term(), d.staff(), d.course(), *(d.section(key) for key in ("701", "702", "703"))]
    for key, (grade, first, sections, has_guardian) in roster.items():
        said.append(d.student(key, grade=grade, first_name=first))
        if has_guardian:
            said += [d.guardian(f"id:g{int(key) // 2}"), d.link(f"id:g{int(key) // 2}", key)]
        said += [d.enrollment(section, key) for section in sorted(sections)]
    return said


def fresh() -> tuple[MemoryStore, MemoryFiles]:
    store = MemoryStore()
    loads.site(store)
    return store, MemoryFiles()


def seen(store: MemoryStore) -> dict:
    """The active students as the table has them, in the form of a roster."""
    found = {}
    for item in store.snapshot().values():
        if item.key.sk == "ACCOUNT" and item.body["role"] == "Student" and item.body["status"] == "active":
            one = people.account_of(item)
            found[one.source_key] = (one.fields["grade"], one.fields["first_name"],
                                     {key for key, pair in one.classes.items() if pair[2] == "active"},
                                     any(link[3] == "active" for link in one.guardians.values()))
    return found


def members(store: MemoryStore) -> set[tuple[str, str]]:
    """(section, student key) as the sections have them."""
    names = {item.body["id"]: item.body["source_key"] for item in store.snapshot().values()
             if item.key.sk == "ACCOUNT" and item.body["role"] == "Student"}
    return {(key, names[account]) for key in ("701", "702", "703")
            for account in store.get(keys.section(loads.SITE, key)).body["members"]}


@settings(max_examples=25, deadline=None)
@given(st.lists(roster, min_size=1, max_size=4))
def test_a_complete_list_makes_the_table_what_it_says(history):
    store, files = fresh()
    for n, said in enumerate(history):
        loads.run(store, files, f"0{n}", records(said), complete=True)
    last = history[-1]
    # An empty tab is no news: without any row, roster rows and links stay as they were.
    if any(sections for _, _, sections, _ in last.values()) and any(g for *_, g in last.values()):
        assert seen(store) == last
        assert members(store) == {(s, key) for key, (_, _, sections, _) in last.items() for s in sections}


@settings(max_examples=25, deadline=None)
@given(st.lists(roster, min_size=1, max_size=3))
def test_a_feed_that_was_loaded_plans_nothing(history):
    store, files = fresh()
    for n, said in enumerate(history):
        loads.run(store, files, f"0{n}", records(said), complete=True)
    settled = loads.run(store, files, "09", records(history[-1]), complete=True)
    moved = [counts[name] for counts in settled["counts"].values() for name in ("new", "changed", "deactivated")]
    assert not any(moved)
    assert {hold["rule"] for hold in settled["holds"]} <= {"H-EMPTY-TYPE"}


@settings(max_examples=25, deadline=None)
@given(roster, roster, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(first, second, random):
    tables = []
    for shuffle in (False, True):
        store, files = fresh()
        for n, said in enumerate((first, second)):
            feed = records(said)
            owners = [r for r in feed if r.kind not in ("enrollment", "guardian_link")]
            pairs = [r for r in feed if r.kind in ("enrollment", "guardian_link")]
            if shuffle:
                random.shuffle(owners)
                random.shuffle(pairs)
            loads.run(store, files, f"0{n}", owners + pairs)
        tables.append({key: item.body for key, item in store.snapshot().items()})
    assert tables[0] == tables[1]


@settings(max_examples=25, deadline=None)
@given(st.integers(20, 120), st.data())
def test_no_truncated_list_switches_off_more_than_the_limits_unasked(students, data):
    feed = [d.school(), *(d.student(str(n), n + 1, first_name=f"A{n}") for n in range(students))]
    store, files = fresh()
    loads.run(store, files, "00", feed)
    kept = data.draw(st.integers(1, len(feed)))
    ground = loads.read(store, files, "01", feed[:kept], complete=True)
    outcome = loads.settle.settle(ground, limits=loads.gate.Limits())["outcome"]
    assert outcome == ("unchanged" if kept == len(feed) else "held")
    loads.run(store, files, "02", feed[:kept])
    assert len(seen_students(store)) == students


def seen_students(store: MemoryStore) -> list[str]:
    return [item.body["id"] for item in store.snapshot().values()
            if item.key.sk == "ACCOUNT" and item.body["status"] == "active"]


@settings(max_examples=25, deadline=None)
@given(roster)
def test_no_identifier_and_no_username_belongs_to_two(said):
    store, files = fresh()
    loads.run(store, files, "00", records(said))
    accounts = [people.account_of(item) for item in store.snapshot().values() if item.key.sk == "ACCOUNT"]
    names = [account.username for account in accounts]
    assert len(set(names)) == len(names) and all(names)


FIRST_NAMES = ["Ana", "Bo", "Cai", "Dua", "Eli", "Fay", "Gus", "Hal"]
deliveries = st.lists(st.dictionaries(st.integers(0, 7), st.sampled_from(GRADES), min_size=1), min_size=1, max_size=4)


def told(children: dict[int, str], sif: bool) -> list[Record]:
    """What a sheet, or a zone that knows the same children under RefIds, says of some children."""
    return [d.school(), *(d.student(f"REF-{n}" if sif else str(n), id=str(n), first_name=FIRST_NAMES[n], grade=grade,
                                    birth_date=f"2016-05-0{n + 1}", state_id=f"7{n}")
                          for n, grade in sorted(children.items()))]


def people_by_child(store: MemoryStore) -> dict[str, tuple]:
    return {item.body["fields"]["id"]: (item.body["fields"]["first_name"], item.body["status"],
                                        sorted({item.body["source"], *item.body.get("links", {})}))
            for item in store.snapshot().values() if item.key.sk == "ACCOUNT"}


@settings(max_examples=25, deadline=None)
@given(deliveries, deliveries, st.randoms(use_true_random=False))
def test_any_order_and_repetition_of_deliveries_of_two_sources_ends_with_the_same_people(sheets, pulls, random):
    tables = []
    for shuffle in (False, True):
        store, files = fresh()
        history = [(children, False) for children in sheets] + [(children, True) for children in pulls]
        if shuffle:
            history += random.choices(history, k=2)
            random.shuffle(history)
        for n, (children, sif) in enumerate(history):
            loads.run(store, files, f"0{n:02}", told(children, sif), source="sif:z" if sif else "sheet")
        tables.append(people_by_child(store))
    assert tables[0] == tables[1]


@settings(max_examples=15, deadline=None)
@given(roster, st.lists(st.integers(0, 3), min_size=1, max_size=4))
def test_the_same_delivery_again_changes_nothing(first, repeats):
    store, files = fresh()
    loads.run(store, files, "000", records(first), complete=True)
    before = {key: item.body for key, item in store.snapshot().items() if key.sk in ("ACCOUNT", "SECTION", "GROUP")}
    for n, _ in enumerate(repeats, 1):
        assert loads.run(store, files, f"00{n}", records(first), complete=True)["outcome"] == "unchanged"
    after = {key: item.body for key, item in store.snapshot().items() if key.sk in ("ACCOUNT", "SECTION", "GROUP")}
    assert before == after
