"""Every filter operator on every type, value paths, negation and precedence (RFC 7644 §3.4.2.2)."""

from __future__ import annotations

import pytest
from everything import TEST, URN

from joiner.scim.core_schemas import USER
from joiner.scim.filter import parse_filter
from joiner.scim.matching import compile_filter
from joiner.scim.refusals import InvalidFilter
from joiner.scim.schema import Document, ResourceType
from joiner.scim.sorting import parse_sort


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('code eq "Ab"', True),
        ('code eq "ab"', False),
        ('code sw "A"', True),
        ('code sw "a"', False),
        ('code gt "AB"', True),
        ('label eq "RED"', True),
        ("count eq 3", True),
        ("count gt 2", True),
        ("count ge 3", True),
        ("count lt 3", False),
        ('count le "3"', True),
        ("count ne 3", False),
        ("ratio gt 2.4", True),
        ("ratio eq 2.5", True),
        ("ratio lt -1e3", False),
        ("done eq true", True),
        ('done ne "False"', True),
        ("done pr", True),
        ('since gt "2026-11-22T09:30:00+01:00"', True),
        ('since ge "2026-11-22T10:30:00+01:00"', True),
        ('since eq "2026-11-22T09:30:00Z"', True),
        ('since gt "2026-11-22T08:30:00-01:00"', False),
        ('since ew "00Z"', True),
        ('blob eq "AbC="', True),
        ('blob ne "abc="', True),
        ('home eq "HTTPS://x.example"', False),
        ('home co "x.example"', True),
        ('tags eq "B"', True),
        ('tags ne "b"', False),
        ('not (tags eq "z")', True),
        ("born eq null", True),
        ("born pr", False),
        ('box eq "a"', True),
        ("box pr", True),
        ('box[value eq "a" and not (mark pr)]', True),
        ('parts[value eq "p" and type eq "x"]', True),
        ('parts[value eq "p" and type eq "y"]', False),
        ('parts.value eq "p" and parts.type eq "y"', True),
        ('parts[not (type eq "y")]', True),
        ('parts[type eq "x" or value eq "q"].value pr', True),
        (f'schemas eq "{URN}"', True),
        ('label eq "red" or label eq "x" and count eq 9', True),
        ('(label eq "red" or label eq "x") and count eq 9', False),
        ('not (label eq "x") and count eq 3', True),
        ('not (label eq "red" and count eq 3) or done eq false', False),
        ('LABEL EQ "red" AND COUNT GT 1', True),
        (r'label eq "\u0072\u0065d"', True),
        (r'home co "\/\/x"', True),
    ],
)
def test_every_operator_on_every_type(text: str, found: bool) -> None:
    document: Document = {
        "schemas": [URN],
        "code": "Ab",
        "label": "red",
        "count": 3,
        "ratio": 2.5,
        "since": "2026-11-22T09:30:00Z",
        "done": True,
        "blob": "AbC=",
        "home": "https://x.example",
        "tags": ["a", "b"],
        "box": {"value": "a"},
        "parts": [{"value": "p", "type": "x"}, {"value": "q", "type": "y"}],
    }
    assert compile_filter(parse_filter(text), TEST)(document) is found


@pytest.mark.parametrize(
    "text",
    [
        "done gt true",
        "done ge true",
        "done lt false",
        "done le false",
        'done co "t"',
        'done sw "t"',
        'done ew "e"',
        'blob gt "A"',
        'blob ge "A"',
        'blob lt "A"',
        'blob le "A"',
        'blob co "A"',
        "count co 3",
        "ratio sw 2",
        'since gt "soon"',
        "since gt 5",
        "since lt true",
        'count gt "many"',
        "label gt null",
        "born co null",
        'done eq "yes"',
        "done eq 1",
    ],
)
def test_comparison_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(InvalidFilter):
        compile_filter(parse_filter(text), TEST)


def test_values_left_from_another_schema_break_nothing() -> None:
    stale: Document = {"label": 5, "count": "many", "since": 7, "done": "yes", "code": 5, "box": "text", "tags": [5]}
    for text in ('label co "5"', 'code eq "5"', 'tags sw "5"'):
        assert compile_filter(parse_filter(text), TEST)(stale)
    for text in ("count gt 1", 'since gt "2026-01-01T00:00:00Z"', "done eq true"):
        assert not compile_filter(parse_filter(text), TEST)(stale)
    for path in ("label", "count", "since", "done", "code", "box.value", "tags"):
        assert parse_sort(path, False, TEST).key(stale) in ((1,), (0, "5"), (0, "text"))


def test_groups_of_a_user_are_filtered_by_value_and_type() -> None:
    kind = ResourceType("User", "/Users", USER)
    mira: Document = {
        "groups": [{"value": "g1", "type": "direct"}, {"value": "g2", "type": "indirect"}],
        "meta": {"lastModified": "2026-11-22T09:30:00Z"},
    }
    for text, found in (
        ('groups.value eq "g1"', True), ('groups eq "g3"', False), ('groups[type eq "direct"]', True),
        ('groups[type eq "direct" and value eq "g2"]', False), ('meta.lastModified gt "2026-11-22T10:30:00+02:00"', True),
        ('meta.lastModified gt "2026-11-22T11:30:00+02:00"', False),
    ):  # fmt: skip
        assert compile_filter(parse_filter(text), kind)(mira) is found
