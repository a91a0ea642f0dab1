"""SIF_Query on objects as strings: conditions choose, a list of fields cuts down."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

from cli.zis.codes import Refusal
from cli.zis.reading import name_of, path, text

_STEP = r"[A-Za-z_]\w*(\[@\w+='[^'\]]*'\])?"
_PATH = re.compile(rf"(@\w+|{_STEP}(/{_STEP})*(/@\w+)?)")
_NUMBER = re.compile(r"-?[0-9]+([.][0-9]+)?", re.ASCII)
_OPERATORS: dict[str, Callable[[object, object], bool]] = {
    "EQ": operator.eq, "NE": operator.ne, "LT": operator.lt, "GT": operator.gt, "LE": operator.le, "GE": operator.ge}
_JOINS = {"And": all, "Or": any, "None": all}


@dataclass(frozen=True, slots=True)
class Query:
    """What is wanted of an object: None of the fields means all of them."""

    fields: tuple[etree.XPath, ...]
    condition: Callable[[etree._Element], bool] | None

    def __call__(self, objects: Iterable[str]) -> Iterable[str]:
        return self._chosen(objects) if self.fields or self.condition else objects

    def _chosen(self, objects: Iterable[str]) -> Iterator[str]:
        for xml in objects:
            element = etree.fromstring(xml)
            if self.condition is None or self.condition(element):
                yield _cut_down(element, self.fields) if self.fields else xml


def query(asked: etree._Element) -> Query:
    """The query of a SIF_Request.

    Raises Refusal: 8/15 for SIF_ExtendedQuery, 8/9 for what is not supported.
    """
    found = asked.find(path("SIF_Query"))
    if found is None:
        raise Refusal(8, 15)
    if found.find(path("SIF_Example")) is not None:
        raise Refusal(8, 9, "SIF_Example")
    fields = tuple(_compiled(field.text or "") for field in found.iterfind(path("SIF_QueryObject/SIF_Element")))
    group = found.find(path("SIF_ConditionGroup"))
    return Query(fields, None if group is None else _condition(group))


def _compiled(written: str) -> etree.XPath:
    if not _PATH.fullmatch(written.strip()):
        raise Refusal(8, 9, written)
    return etree.XPath(written.strip())


def _condition(element: etree._Element) -> Callable[[etree._Element], bool]:
    if name_of(element) == "SIF_Condition":
        return _comparison(element)
    join = _JOINS[element.get("Type")]
    members = [_condition(child) for child in element.iterchildren(tag=etree.Element)]
    if element.get("Type") == "None" and len(members) > 1:
        raise Refusal(8, 9, f"{name_of(element)} of type None with {len(members)} members")
    return lambda tested: join(member(tested) for member in members)


def _comparison(element: etree._Element) -> Callable[[etree._Element], bool]:
    where = _compiled(text(element, "SIF_Element"))
    compare, wanted = _OPERATORS[text(element, "SIF_Operator")], text(element, "SIF_Value")

    def holds(tested: etree._Element) -> bool:
        values = [found if isinstance(found, str) else found.text or "" for found in where(tested)]
        if compare is operator.ne and not values:
            return True
        return any(compare(*_comparable(value, wanted)) for value in values)

    return holds


def _comparable(left: str, right: str) -> tuple[object, object]:
    """Both as numbers if both are, else as they stand; dates of ISO 8601 compare as text."""
    if _NUMBER.fullmatch(left) and _NUMBER.fullmatch(right):
        return Decimal(left), Decimal(right)
    return left, right


def _cut_down(element: etree._Element, fields: tuple[etree.XPath, ...]) -> str:
    """The object with these fields, what holds them, and the attributes of both."""
    kept = {element}
    for field in fields:
        for found in field(element):
            holder = found.getparent() if isinstance(found, str) else found
            kept.update(holder.iterancestors())
            kept.update([holder] if isinstance(found, str) else holder.iter())
    for each in list(element.iter()):
        if each not in kept:
            each.getparent().remove(each)
    return etree.tostring(element, encoding="unicode")
