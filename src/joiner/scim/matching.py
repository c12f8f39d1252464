"""What a filter means for one document (RFC 7644 §3.4.2.2), compiled to a predicate.

Decisions where the RFC is silent: ``ne`` is the negation of ``eq``, so an absent value is "not equal"; on a multi-valued
attribute a comparison holds when any element satisfies it; a complex attribute is compared by its ``value`` sub-attribute;
``eq null`` means absent. Attributes that are never returned cannot be searched: a filter must not become an oracle.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from joiner.scim.filter import And, Compare, Comparison, Filter, Not, Or, Present, Scalar, ValuePath
from joiner.scim.path import AttributePath, parse_attribute_path
from joiner.scim.refusals import InvalidFilter, InvalidPath
from joiner.scim.schema import Attribute, Document, ResourceType, Type
from joiner.scim.values import match_key, parse_boolean, parse_date_time, parse_decimal

Predicate: TypeAlias = Callable[[Document], bool]
Test: TypeAlias = Callable[[Any], bool]


class _Field(NamedTuple):
    """Where a comparison looks: the attribute that decides how to compare, and its values in a document."""

    leaf: Attribute
    values: Callable[[Document], Sequence[Any]]
    secret: bool


_Finder: TypeAlias = Callable[[str], _Field]

PREDICATES_CACHED_MAX = 1024  # what stands in brackets: a few forms per client, but every member removal has its own
_PARTIAL = (Comparison.CO, Comparison.SW, Comparison.EW)


def compile_filter(filter_: Filter, resource_type: ResourceType) -> Predicate:
    """A predicate over documents of this type. Raises InvalidFilter for unknown attributes and impossible comparisons."""

    def find(path: str) -> _Field:
        return _resource_field(_resolve(path, resource_type), path)

    def brackets(value_path: ValuePath) -> Predicate:
        target = _resolve(value_path.path, resource_type)
        if target.attribute is None or target.sub is not None or not target.attribute.subs:
            raise InvalidFilter(f"{value_path.path}[…]: brackets can only follow an attribute that has sub-attributes.")
        _check_open(target.attribute.secret, value_path.path)
        elements = _reader(target.urn, target.attribute)
        matches = compile_element_filter(value_path.filter, target.attribute)
        return lambda document: any(matches(element) for element in elements(document) if type(element) is dict)

    return _compile(filter_, find, brackets)


@lru_cache(maxsize=PREDICATES_CACHED_MAX)
def compile_element_filter(filter_: Filter, attribute: Attribute) -> Predicate:
    """A predicate over the elements of one complex attribute: the part in brackets. Raises InvalidFilter."""

    def find(path: str) -> _Field:
        sub = attribute.find(path)
        if sub is None:
            known = ", ".join(each.name for each in attribute.sub_attributes)
            raise InvalidFilter(f"{attribute.name}[{path} …]: there is no such sub-attribute; there are {known}.")
        name = sub.name
        if _is_primary(sub):
            return _Field(sub, lambda element: [element.get(name)], sub.secret)
        return _Field(sub, lambda element: _as_values(element.get(name)), sub.secret)

    def brackets(value_path: ValuePath) -> Predicate:
        raise InvalidFilter(f"{attribute.name}[{value_path.path}[…]]: an element has no elements of its own.")

    return _compile(filter_, find, brackets)


def _compile(filter_: Filter, find: _Finder, brackets: Callable[[ValuePath], Predicate]) -> Predicate:
    match filter_:
        case Compare(path, comparison, value):
            return _compile_compare(find(path), path, comparison, value)
        case Present(path):
            field = find(path)
            _check_open(field.secret, path)
            values = field.values
            return lambda document: any(_is_present(value) for value in values(document))
        case Not(term):
            negated = _compile(term, find, brackets)
            return lambda document: not negated(document)
        case And(terms):
            every = tuple(_compile(term, find, brackets) for term in terms)
            return lambda document: all(test(document) for test in every)
        case Or(terms):
            some = tuple(_compile(term, find, brackets) for term in terms)
            return lambda document: any(test(document) for test in some)
        case _:
            return brackets(filter_)


def _resolve(path: str, resource_type: ResourceType) -> AttributePath:
    try:
        return parse_attribute_path(path, resource_type)
    except InvalidPath as refusal:
        raise InvalidFilter(f"The filter cannot be used: {refusal.detail}") from None


def _resource_field(target: AttributePath, path: str) -> _Field:
    if target.attribute is None:
        urn = target.urn
        if not urn:
            raise InvalidFilter(f"{path}: this names the whole resource; compare one of its attributes.")
        return _Field(_WHOLE, lambda document: _as_values(document.get(urn)), False)
    read = _reader(target.urn, target.attribute)
    if target.sub is None:
        return _Field(target.attribute, read, target.attribute.secret)
    name = target.sub.name
    secret = target.attribute.secret or target.sub.secret
    return _Field(target.sub, lambda document: [element.get(name) for element in read(document) if type(element) is dict], secret)


_WHOLE = Attribute("extension", Type.COMPLEX)  # stands for a schema as a whole: present or absent, never comparable


def _reader(urn: str, attribute: Attribute) -> Callable[[Document], Sequence[Any]]:
    """The values of an attribute as a sequence, empty when it is absent.

    Documents outlive the schemas that they were accepted by: whoever reads values must bear any of another type.
    """
    name = attribute.name
    if urn:
        return lambda document: _as_values(holder.get(name)) if type(holder := document.get(urn)) is dict else ()
    return lambda document: _as_values(document.get(name))


def _as_values(value: Any) -> Sequence[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def _is_present(value: Any) -> bool:
    """Neither null nor empty; false and 0 are values (RFC 7644 §3.4.2.2, operator pr)."""
    if isinstance(value, dict):
        return any(_is_present(part) for part in value.values())
    return value is not None and value not in ("", [])


def _check_open(secret: bool, path: str) -> None:
    if secret:
        raise InvalidFilter(f"{path} is never shown and so cannot be searched.")


def _compile_compare(field: _Field, path: str, comparison: Comparison, value: Scalar) -> Predicate:
    _check_open(field.secret, path)
    values = field.values
    leaf = field.leaf
    if value is None:
        return _compile_null(values, path, comparison)
    if leaf.type is Type.COMPLEX:
        inner = leaf.find("value")
        if inner is None:
            raise InvalidFilter(f"{path} has no value of its own; compare one of its parts, such as {path}.{_first_part(leaf)}.")
        _check_open(inner.secret, path)
        name, whole, leaf = inner.name, values, inner
        values = lambda document: [element.get(name) for element in whole(document) if type(element) is dict]  # noqa: E731
    if _is_primary(leaf):
        marks = values
        values = lambda document: [bool(each) for each in marks(document)]  # noqa: E731
    positive = Comparison.EQ if comparison is Comparison.NE else comparison
    test = _compile_test(leaf, path, positive, value)
    if comparison is Comparison.NE:
        return lambda document: not any(each is not None and test(each) for each in values(document))
    return lambda document: any(each is not None and test(each) for each in values(document))


def _is_primary(sub: Attribute) -> bool:
    """An element that does not say whether it is primary is not (RFC 7643 §2.4)."""
    return sub.name == "primary" and sub.type is Type.BOOLEAN


def _first_part(attribute: Attribute) -> str:
    return attribute.sub_attributes[0].name if attribute.sub_attributes else "userName"


def _compile_null(values: Callable[[Document], Sequence[Any]], path: str, comparison: Comparison) -> Predicate:
    if comparison is Comparison.EQ:
        return lambda document: not any(_is_present(value) for value in values(document))
    if comparison is Comparison.NE:
        return lambda document: any(_is_present(value) for value in values(document))
    raise InvalidFilter(f"{path} {comparison} null: null can only be compared with eq and ne.")


def _compile_test(leaf: Attribute, path: str, comparison: Comparison, value: str | bool | float) -> Test:
    if leaf.type is Type.BOOLEAN:
        return _boolean_test(path, comparison, value)
    if leaf.type in (Type.INTEGER, Type.DECIMAL):
        return _number_test(path, comparison, value)
    if leaf.type is Type.DATE_TIME and comparison not in _PARTIAL:
        return _date_test(path, comparison, value)
    if leaf.type is Type.BINARY and comparison is not Comparison.EQ:
        raise InvalidFilter(f"{path} {comparison}: binary values can only be compared with eq and ne.")
    return _text_test(leaf.case_exact or leaf.type is Type.BINARY, comparison, _as_text(value))


def _as_text(value: str | bool | float) -> str:
    """A bare true or 7 compared with text means the text: it is what a client without quotes meant."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _boolean_test(path: str, comparison: Comparison, value: str | bool | float) -> Test:
    expected = parse_boolean(value)
    if expected is None:
        raise InvalidFilter(f"{path} is true or false; it cannot be compared with {value!r}.")
    if comparison is not Comparison.EQ:
        raise InvalidFilter(f"{path} {comparison}: true and false can only be compared with eq and ne.")
    return lambda found: found is expected


def _number_test(path: str, comparison: Comparison, value: str | bool | float) -> Test:
    expected = parse_decimal(value)
    if expected is None:
        raise InvalidFilter(f"{path} is a number; it cannot be compared with {value!r}.")
    if comparison in _PARTIAL:
        raise InvalidFilter(f"{path} {comparison}: numbers have no parts; use eq, ne, gt, ge, lt or le.")
    test = _ordered_test(comparison, expected, lambda found: found)
    return lambda found: isinstance(found, (int, float)) and test(found)


def _date_test(path: str, comparison: Comparison, value: str | bool | float) -> Test:
    expected = parse_date_time(value) if isinstance(value, str) else None
    if expected is None:
        raise InvalidFilter(f"{path} is a date and time such as 2026-11-22T09:30:00Z; it cannot be compared with {value!r}.")
    return _ordered_test(comparison, expected, lambda found: parse_date_time(str(found)) or _NO_DATE)


_NO_DATE = datetime.min.replace(tzinfo=UTC)  # a stored value that is no date sorts before all dates


def _text_test(case_exact: bool, comparison: Comparison, value: str) -> Test:
    fold: Callable[[Any], str] = str if case_exact else _folded
    expected = fold(value)
    if comparison is Comparison.CO:
        return lambda found: expected in fold(found)
    if comparison is Comparison.SW:
        return lambda found: fold(found).startswith(expected)
    if comparison is Comparison.EW:
        return lambda found: fold(found).endswith(expected)
    return _ordered_test(comparison, expected, fold)


def _folded(found: Any) -> str:
    """What is stored is text; something else can only be left from a schema that was changed since."""
    return match_key(found if type(found) is str else str(found))


def _ordered_test(comparison: Comparison, expected: Any, fold: Callable[[Any], Any]) -> Test:
    if comparison is Comparison.GT:
        return lambda found: bool(fold(found) > expected)
    if comparison is Comparison.GE:
        return lambda found: bool(fold(found) >= expected)
    if comparison is Comparison.LT:
        return lambda found: bool(fold(found) < expected)
    if comparison is Comparison.LE:
        return lambda found: bool(fold(found) <= expected)
    return lambda found: bool(fold(found) == expected)
