"""The packetizer keeps its law whatever the buffer: everything once, in order, nothing too big."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from cli.zis.packets import pack
from tests.unit.zis.asking import Agent, zone

OBJECTS = st.lists(st.text("aé漢", min_size=1, max_size=40).map(lambda text: f"<{text}>"), max_size=30)


@given(OBJECTS, st.integers(4, 200), st.none() | st.integers(1, 4))
def test_packets_hold_every_object_once_and_are_numbered_and_small(objects, free, most):
    packets = list(pack(objects, lambda number: free, most=most))
    assert [packet.number for packet in packets] == list(range(1, len(packets) + 1))
    assert [packet.more for packet in packets] == [True] * (len(packets) - 1) + [False]
    assert all(len(packet.objects.encode()) <= free for packet in packets)
    assert most is None or all(packet.objects.count("<") <= most for packet in packets)
    fitting = next((n for n, each in enumerate(objects) if len(each.encode()) > free), len(objects))
    assert "".join(packet.objects for packet in packets) == "".join(objects[:fitting])
    assert [packet.too_big for packet in packets if packet.too_big] == [True] * (fitting < len(objects))


@given(OBJECTS, st.integers(130, 200))
def test_a_packet_is_as_full_as_it_can_be(objects, free):
    packets = list(pack(objects, lambda number: free))
    for packet, after in pairwise(packets):
        first = after.objects[:after.objects.index(">") + 1]
        assert len((packet.objects + first).encode()) > free


ZONE = zone(30)
AGENT = Agent(ZONE).ready("StudentPersonal", max_bytes=1_024)
EVERYBODY = [each.get("RefId") for each in AGENT.fetched("StudentPersonal")]


@settings(deadline=None, max_examples=40)
@given(st.integers(1_500, 40_000))
def test_a_whole_message_never_exceeds_the_buffer_of_its_request(max_bytes):
    AGENT.request("StudentPersonal", max_bytes=max_bytes)
    found, last = [], 0
    while (heard := AGENT.get()).code == "0":
        inner = re.search(rb"<SIF_Data>(.*)</SIF_Data>", heard.answer.body, re.DOTALL)[1]
        assert len(inner) <= max_bytes
        assert heard.packet[0] == (last := last + 1)
        found += [each.get("RefId") for each in heard.objects]
        more = heard.packet[1]
        AGENT.ack(heard)
    assert (found, more) == (EVERYBODY, "No")


def test_an_object_that_does_not_fit_alone_ends_the_answer_with_8_8():
    agent = Agent(zone(30)).ready("StudentPersonal")
    agent.request("StudentPersonal", max_bytes=900)
    ends = [(heard.error, heard.packet[1]) for heard in agent.drained()]
    assert ends[-1] == ("8/8", "No")
    assert all(end == ("", "Yes") for end in ends[:-1])
