"""The first row of a key, as a dict and in the compact form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rostering.sheet.index import Index

TEXTS = st.lists(st.one_of(st.none(), st.text(max_size=3)), max_size=30)


@given(st.lists(TEXTS, max_size=4), TEXTS)
def test_the_first_number_of_a_text_stays_frozen_or_not(batches, asked):
    index, first, number = Index(), {}, 0
    for texts in batches:
        numbers = [number := number + 1 for _ in texts]
        again = index.put(texts, numbers)
        told = []
        for position, (text, each) in enumerate(zip(texts, numbers, strict=True)):
            if text is not None and first.setdefault(text, each) != each:
                told.append((position, first[text]))
        assert again == told
    expected = [first.get(text, 0) for text in asked]
    assert index.get(asked) == expected
    index.freeze()
    index.freeze()
    assert index.get(asked) == expected
    assert len(index) == len(first)


def test_a_frozen_index_takes_no_more():
    index = Index()
    index.put(["a"], [2])
    index.freeze()
    with pytest.raises(ValueError, match="frozen"):
        index.put(["b"], [3])


def test_negative_numbers_are_kept():
    index = Index()
    index.put(["a", "b"], [-5, 7])
    index.freeze()
    assert index.get(["a", "b", "c"]) == [-5, 7, 0]
