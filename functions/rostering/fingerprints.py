"""A whole number for each of many keys: open addressing over arrays, 12 bytes a slot where a dict takes 150.

Keys are told apart by 64 bits of hash: of a million, two are taken for one in a run of 37 million.
"""

from __future__ import annotations

from array import array

_ALL = 2**64 - 1


class Numbers:
    """Numbers from 0 to 2**32 - 1 by key; 0 for a key that was never set. Good as long as this process."""

    def __init__(self) -> None:
        self._count = 0
        self._make(1024)

    def get(self, key: str) -> int:
        return self._values[self._slot(_fingerprint(key))]

    def set(self, key: str, number: int) -> None:
        slot = self._own_slot(_fingerprint(key))        # may put other arrays in place
        self._values[slot] = number

    def add(self, key: str, by: int) -> int:
        """The number of `key` after `by` was added to it."""
        prints, mask = self._prints, self._mask         # written out, since it is done for every pair of a district
        print_ = hash(key) & _ALL or 1
        slot = print_ & mask
        while (found := prints[slot]) != print_:
            if not found:
                slot = self._own_slot(print_)
                break
            slot = (slot + 1) & mask
        values = self._values
        values[slot] = number = values[slot] + by
        return number

    def _own_slot(self, print_: int) -> int:
        slot = self._slot(print_)
        if self._prints[slot]:
            return slot
        if (self._count + 1) * 3 > len(self._prints) * 2:
            self._grow()
            slot = self._slot(print_)
        self._prints[slot] = print_
        self._count += 1
        return slot

    def _grow(self) -> None:
        told = zip(self._prints, self._values, strict=True)
        self._make(2 * len(self._prints))
        for print_, value in told:
            if print_:
                slot = self._slot(print_)
                self._prints[slot], self._values[slot] = print_, value

    def _make(self, slots: int) -> None:
        self._mask = slots - 1
        self._prints = array("Q", bytes(8 * slots))
        self._values = array("I", bytes(4 * slots))

    def _slot(self, print_: int) -> int:
        """The slot that holds `print_`, or the empty one where it belongs."""
        prints, mask = self._prints, self._mask
        slot = print_ & mask
        while (found := prints[slot]) and found != print_:
            slot = (slot + 1) & mask
        return slot


def _fingerprint(key: str) -> int:
    """64 bits of `key`; never 0, which marks an empty slot."""
    return hash(key) & _ALL or 1
