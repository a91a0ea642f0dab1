"""Step F: every ID that points somewhere is looked up, in the workbook first, then in the site.

Tabs are read in the order of applying, and nothing points forward but a school's principal: when a
row is checked, all that it can point at is already settled.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from rostering.sheet.cells import CLEARED
from rostering.sheet.checks import Checked
from rostering.sheet.columns import TAB
from rostering.sheet.keys import folded
from rostering.sheet.ledger import BAD, NO_PRINCIPAL, OFF, Ledger

KIND_OF = {"Schools": "school", "Staff": "staff", "Students": "student", "Classes": "section",
           "Courses": "course", "Terms": "term"}
MOST_ZEROS = 6              # so many zeros in front are tried
_MOST_PADDED = 1_000        # so many unknown ids of a tab are tried with zeros in the site
_KEPT = 50_000


class Known(Protocol):
    """What the site has already."""

    def find(self, kind: str, keys: set[str]) -> dict[str, bool]:
        """Whether each record is switched on; unknown ones are left out.

        `kind` is school, staff, student, section, course or term; keys as in `model.Record`.
        """


class NothingKnown:
    """A site without records, for checks of a file alone."""

    def find(self, kind: str, keys: set[str]) -> dict[str, bool]:
        return {}


Verdict = tuple[str, dict[str, Any]] | None


class Site:
    """Asks `known` once for each key, and forgets when there are too many."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._answers: dict[tuple[str, str], bool | None] = {}

    def find(self, kind: str, keys: Iterable[str]) -> dict[str, bool]:
        wanted = set(keys)
        fresh = {key for key in wanted if (kind, key) not in self._answers}
        if fresh:
            if len(self._answers) + len(fresh) > _KEPT:
                self._answers.clear()
                fresh = wanted
            found = self._known.find(kind, fresh)
            self._answers.update(((kind, key), found.get(key)) for key in fresh)
        answers = {key: self._answers[kind, key] for key in wanted}
        return {key: answer for key, answer in answers.items() if answer is not None}


class References:
    """Looks up the reference columns of the batches of one tab after the other."""

    def __init__(self, ledgers: dict[str, Ledger], site: Site) -> None:
        self._ledgers = ledgers
        self._site = site
        self._padded: dict[str, int] = {}
        self._found: dict[tuple[str, str, str], tuple[str, Verdict]] = {}

    def check(self, checked: Checked) -> dict[str, list[int]]:
        """Fold the references of a batch in place, and note what does not hold.

        Gives, by field, the row each simple reference points at in the workbook (0: none).
        """
        rows: dict[str, list[int]] = {}
        for number, column in enumerate(checked.tab.columns):
            if checked.values[number] is None or column.target in ("", "Courses", "Terms"):
                continue
            if column.type.startswith("reflist:"):
                self._list(checked, number, column.target)
            elif "|" in column.target:
                rows[column.field] = self._member(checked, number)
            else:
                keys = _fold(checked, number)
                if column.field != "principal":
                    rows[column.field] = self._column(checked, number, column.target, keys)
        if checked.tab.name == "Classes":
            self._of_school(checked, "course", "Courses")
            self._of_school(checked, "terms", "Terms")
        return rows

    def _column(self, checked: Checked, number: int, target: str, keys: list[str | None]) -> list[int]:
        ledger = self._ledgers[target]
        rows = ledger.index.get(keys)
        if rows.count(0) > keys.count(None) or (ledger.special and any(map(ledger.flags.__getitem__, rows))):
            self._note(checked, number, target, enumerate(keys), rows)
        return rows

    def _note(self, checked: Checked, number: int, target: str, keys: Iterable[tuple[int, str | None]],
              rows: list[int]) -> None:
        """Note every key that is unknown, not loaded or switched off; `rows` go with the keys."""
        flags = self._ledgers[target].flags
        named = [(place, key, row) for (place, key), row in zip(keys, rows, strict=True)
                 if key and (not row or flags[row])]
        unknown = {key for _, key, row in named if not row}
        in_site = self._site.find(KIND_OF[target], unknown)
        padded = self._with_zeros(target, unknown - in_site.keys(), checked.tab.name)
        off = _off(checked)
        for place, key, row in named:
            shown = _shown(checked, number, place, key)
            verdict = (self._in_workbook(target, row, shown) if row
                       else _in_site(in_site.get(key), target, shown))
            if verdict is None or (verdict[0] == "W-REF-INACTIVE" and place in off):
                continue
            checked.note(place, number, *verdict)
            if key in padded:
                checked.note(place, number, "W-ID-ZEROS", {"v": shown, "w": padded[key]})

    def _in_workbook(self, target: str, row: int, shown: str) -> Verdict:
        flags = self._ledgers[target].flags[row]
        if flags & BAD:
            return "R-PARENT", {"tab": target, "r": row}
        return ("W-REF-INACTIVE", {"v": shown}) if flags & OFF else None

    def _with_zeros(self, target: str, unknown: set[str], tab: str) -> dict[str, str]:
        """Of unknown keys of digits: the same with zeros in front that is known, if there is one."""
        wanted = {key: [key.zfill(len(key) + zeros) for zeros in range(1, MOST_ZEROS + 1)]
                  for key in sorted(unknown) if key.isdecimal()}
        return self._first_known(target, wanted, tab)

    def _first_known(self, target: str, wanted: dict[Any, list[str]], tab: str) -> dict[Any, str]:
        """The first of the candidates that is in the workbook, else in the site, if there is one."""
        found: dict[Any, str] = {}
        for name, candidates in wanted.items():
            hits = self._ledgers[target].index.get(candidates)
            if any(hits):
                found[name] = next(each for each, row in zip(candidates, hits, strict=True) if row)
        asked = [name for name in wanted if name not in found][:_MOST_PADDED - self._padded.get(tab, 0)]
        if asked:
            self._padded[tab] = self._padded.get(tab, 0) + len(asked)
            in_site = self._site.find(KIND_OF[target], {each for name in asked for each in wanted[name]})
            for name in asked:
                if hit := next((each for each in wanted[name] if each in in_site), ""):
                    found[name] = hit
        return found

    def _list(self, checked: Checked, number: int, target: str) -> None:
        values = list(checked.values[number])
        named: list[tuple[int, str]] = []
        for place, ids in enumerate(values):
            if isinstance(ids, list):
                values[place] = [each.casefold() for each in ids]
                named.extend((place, key) for key in values[place])
        checked.values[number] = values
        rows = self._ledgers[target].index.get([key for _, key in named])
        if 0 in rows or self._ledgers[target].special:
            self._note(checked, number, target, named, rows)

    def _member(self, checked: Checked, number: int) -> list[int]:
        """Member ID: a student or a staff member, as Member Type says."""
        keys = _fold(checked, number)
        types = checked.column("member_type") or [None] * len(keys)
        rows = [0] * len(keys)
        for target, word in (("Students", "Student"), ("Staff", "Staff")):
            mine = [place for place, kind in enumerate(types) if kind == word and keys[place]]
            if mine:
                found = self._ledgers[target].index.get([keys[place] for place in mine])
                self._note(checked, number, target, [(place, keys[place]) for place in mine], found)
                if word == "Student":
                    for place, row in zip(mine, found, strict=True):
                        rows[place] = row
        return rows

    def _of_school(self, checked: Checked, name: str, target: str) -> None:
        """Courses or terms: looked up for the row's school first, then among those of all schools.

        The values become the keys that were found. A row whose school can't be read gets none.
        """
        number = checked.tab.index(name)
        values, schools = checked.values[number], checked.column("school")
        if values is None or schools is None:
            checked.values[number] = None
            return
        pairs = {(school, each) for school, ids in zip(schools, values, strict=True) if school and ids
                 for each in ([ids] if isinstance(ids, str) else ids)}
        if len(self._found) > _KEPT:
            self._found.clear()
        fresh = {pair for pair in pairs if (target, *pair) not in self._found}
        if fresh:
            self._resolve(fresh, target, checked.tab.name)
        off = _off(checked)
        keys: list[Any] = [None] * len(values)
        for place, (school, ids) in enumerate(zip(schools, values, strict=True)):
            if not school or not ids:
                continue
            found = [self._found[target, school, each] for each in ([ids] if isinstance(ids, str) else ids)]
            keys[place] = found[0][0] if isinstance(ids, str) else [key for key, _ in found]
            for _, verdict in found:
                if verdict and not (verdict[0] == "W-REF-INACTIVE" and place in off):
                    code, told = verdict
                    checked.note(place, number, code, {name: told[name] for name in told if name != "w"})
                    if "w" in told:
                        checked.note(place, number, "W-ID-ZEROS", {"v": told["v"], "w": told["w"]})
        checked.values[number] = keys

    def _resolve(self, pairs: set[tuple[str, str]], target: str, tab: str) -> None:
        """Find (school, id) pairs and remember the key each stands for, with its verdict."""
        index, kind = self._ledgers[target].index, KIND_OF[target]
        left = {pair: (f"{pair[0]}|{pair[1].casefold()}", f"|{pair[1].casefold()}") for pair in sorted(pairs)}
        for scope in (0, 1):
            for pair, row in zip(list(left), index.get([keys[scope] for keys in left.values()]), strict=True):
                if row:
                    key = left.pop(pair)[scope]
                    self._found[target, *pair] = key, self._in_workbook(target, row, pair[1])
            in_site = self._site.find(kind, {keys[scope] for keys in left.values()})
            for pair in [pair for pair, keys in left.items() if keys[scope] in in_site]:
                key = left.pop(pair)[scope]
                self._found[target, *pair] = key, _in_site(in_site[key], target, pair[1])
        padded = {pair: [f"{school}|{pair[1].zfill(len(pair[1]) + zeros)}"
                         for school in (pair[0], "") for zeros in range(1, MOST_ZEROS + 1)]
                  for pair in left if pair[1].isdecimal()}
        zeros = self._first_known(target, padded, tab)
        for pair, keys in left.items():
            told = {"v": pair[1], "tab": target}
            if pair in zeros:
                told["w"] = zeros[pair].partition("|")[2]
            self._found[target, *pair] = keys[0], ("R-REF", told)


def _fold(checked: Checked, number: int) -> list[str | None]:
    """Fold the references of a column in place; the keys alone, None for a cleared one."""
    values = checked.values[number]
    if CLEARED not in values:
        keys = checked.values[number] = folded(values)
        return keys
    keys = folded([None if value is CLEARED else value for value in values])
    checked.values[number] = [CLEARED if value is CLEARED else key
                              for value, key in zip(values, keys, strict=True)]
    return keys


def _in_site(active: bool | None, target: str, shown: str) -> Verdict:
    if active is None:
        return "R-REF", {"v": shown, "tab": target}
    return None if active else ("W-REF-INACTIVE", {"v": shown})


def _off(checked: Checked) -> set[int]:
    """Positions of rows that are switched off themselves."""
    last = checked.tab.columns[-1]
    status = checked.values[-1] if last.field == "status" else None
    return {place for place, word in enumerate(status) if word == "inactive"} if status else set()


def _shown(checked: Checked, number: int, place: int, key: str) -> str:
    """The ID as typed; of a list the one that is meant."""
    typed = checked.texts[number][place] or key
    if ";" not in typed:
        return typed
    return next((each.strip() for each in typed.split(";") if each.strip().casefold() == key), key)


def principals(schools: Ledger, staff: Ledger, site: Site) -> None:
    """Look up the principals once the staff is known: the only reference that a row may lose."""
    number = TAB["Schools"].index("principal")
    for stored in schools.batches():
        keys = [key if isinstance(key, str) else None for key in stored.values[number] or ()]
        rows = staff.index.get(keys)
        in_site = site.find("staff", {key for key, row in zip(keys, rows, strict=True) if key and not row})
        for place, (key, row) in enumerate(zip(keys, rows, strict=True)):
            if not key:
                continue
            school, told = stored.rows[place], {"v": stored.texts[number][place] or key}
            active = not staff.flags[row] & OFF if row else in_site.get(key)
            if active is None or staff.flags[row] & BAD:
                schools.tell(school, number, "W-PRINCIPAL", told)
                schools.mark(school, NO_PRINCIPAL)
            elif not active and not schools.flags[school] & OFF:
                schools.tell(school, number, "W-REF-INACTIVE", told)
