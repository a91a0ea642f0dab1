"""IDs that seem to have lost the zeros in front: `4512` where the others, or the site, say `004512`."""

from __future__ import annotations

from collections import Counter
from itertools import islice

from rostering.sheet.checks import Checked
from rostering.sheet.ledger import Ledger
from rostering.sheet.references import KIND_OF, MOST_ZEROS, Site

_SAMPLE = 50
_SAMPLED_ROWS = 10_000


class OwnZeros:
    """Watches the own IDs of one tab. The site is asked about a sample, about all only if one is hit."""

    def __init__(self, ledger: Ledger, site: Site) -> None:
        self._ledger = ledger
        self._site = site
        self._column = ledger.tab.index("id")
        self._seen = 0
        self._lengths: Counter[int] = Counter()
        self._sample: set[str] = set()

    def add(self, checked: Checked) -> None:
        ids = checked.values[self._column]
        if ids is not None:
            self._seen += len(ids) - ids.count(None)
            self._lengths.update([len(each) for each in ids if type(each) is str and each[0] == "0"])
            if len(self._sample) < _SAMPLE and self._seen < _SAMPLED_ROWS:
                self._sample.update(islice(filter(_bare, ids), _SAMPLE))

    def settle(self) -> None:
        """Tell the doubtful IDs, once the whole tab is read."""
        usual = 0
        if self._lengths.total() * 2 > self._seen:
            usual = max(self._lengths, key=lambda length: (self._lengths[length], length))
        in_site = bool(self._in_site(self._sample))
        if not usual and not in_site:
            return
        for stored in self._ledger.batches():
            ids = stored.values[self._column] or ()
            bare = {each for each in ids if _bare(each)}
            told = self._in_site(bare) if in_site else {}
            doubtful = {each for each in bare if len(each) < usual}
            doubtful -= self._known(doubtful)
            told = {each: each.zfill(usual) for each in doubtful} | told
            for row, each in zip(stored.rows, ids, strict=bool(ids)):
                if each in told:
                    self._ledger.tell(row, self._column, "W-ID-ZEROS", {"v": each, "w": told[each]})

    def _known(self, ids: set[str]) -> set[str]:
        kind = self._kind
        return {each for each in ids if each in self._site.find(kind, ids)} if kind else set()

    def _in_site(self, ids: set[str]) -> dict[str, str]:
        """Of IDs that the site does not know: those it knows with zeros in front, and as what."""
        if not self._kind:
            return {}
        unknown = ids - self._known(ids)
        padded = {each: [each.zfill(len(each) + zeros) for zeros in range(1, MOST_ZEROS + 1)]
                  for each in unknown}
        found = self._site.find(self._kind, {one for many in padded.values() for one in many})
        hits = {each: next((one for one in many if one in found), "") for each, many in padded.items()}
        return {each: hit for each, hit in hits.items() if hit}

    @property
    def _kind(self) -> str:
        """The kind to ask the site for; "" where an ID alone is no key."""
        kind = KIND_OF.get(self._ledger.tab.name, "")
        return "" if kind in ("term", "course") else kind


def _bare(each: object) -> bool:
    """Whether an ID is a number without a zero in front."""
    return isinstance(each, str) and each.isdecimal() and each[0] != "0"
