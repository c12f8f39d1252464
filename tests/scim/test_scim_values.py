"""Canonical forms in which values are compared."""

from __future__ import annotations

import pytest

from joiner.scim.values import canonical_email, canonical_phone, is_email, match_key, parse_boolean, parse_date_time, parse_decimal
from joiner.scim.version import etag_matches, format_etag


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Mira", "mira"),
        ("\u212a", "k"),  # Kelvin sign
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("ﬁn", "fin"),
        ("e\u0301", "é"),
        ("a\u200bb\u00adc", "abc"),
        ("ΑΣ", "ας".replace("ς", "σ")),
        ("ольга", "ольга"),
        ("İ", "i̇"),
    ],
)
def test_one_match_key_for_what_people_read_as_the_same(text: str, key: str) -> None:
    assert match_key(text) == key


def test_text_longer_than_any_name_is_only_lowered() -> None:
    assert match_key("É" * 3_000) == "é" * 3_000
    long_key = match_key("ﷺ" * 2_000)
    assert match_key(long_key) == long_key


def test_email_is_compared_without_case_and_blanks() -> None:
    assert canonical_email(" Mira@Northlight.Example ") == "mira@northlight.example"


@pytest.mark.parametrize(("text", "yes"), [
    ("mira@northlight.example", True),
    ("ольга.петрова@пример.example", True),
    ("o'neil+x@a-b.example", True),
    ("mira", False),
    ("mira@northlight", False),
    ("mira@@northlight.example", False),
    ("mira okoye@northlight.example", False),
    ("a..b@northlight.example", False),
    ("@northlight.example", False),
    ("a@" + "b" * 320 + ".example", False),
])  # fmt: skip
def test_address_is_told_from_what_is_none(text: str, yes: bool) -> None:
    assert is_email(text) is yes


@pytest.mark.parametrize(("text", "region", "canonical"), [
    ("+13175550100", None, "+13175550100"),
    ("+1 (317) 555-0100", None, "+13175550100"),
    ("tel:+13175550100; ext=1234", None, "tel:+13175550100;ext=1234"),
    ("tel:+13175550100;ext=1234", None, "tel:+13175550100;ext=1234"),
    ("TEL:+1-317-555-0100", None, "+13175550100"),
    ("+1 317 555 0100 ext. 77", None, "tel:+13175550100;ext=77"),
    ("0711 123456", "de", "+49711123456"),
    ("+49 (0)711 123456", None, "+49711123456"),
    ("0711 123456", None, None),
    ("tel:;ext=1234", None, None),
    ("tel:+13175550100;phone-context=x", None, None),
    ("call me", "DE", None),
    ("+1", None, None),
    ("0" * 101, "DE", None),
])  # fmt: skip
def test_phone_number_becomes_e164_or_nothing(text: str, region: str | None, canonical: str | None) -> None:
    assert canonical_phone(text, region) == canonical


def test_booleans_and_numbers_are_read_and_never_guessed() -> None:
    assert [parse_boolean(value) for value in (True, "True", "FALSE", "false", "yes", 1, None)] == [
        True,
        True,
        False,
        False,
        None,
        None,
        None,
    ]
    assert [parse_decimal(value) for value in (3, 2.5, "4", "-4.5", True, "x", float("inf"), None)] == [
        3,
        2.5,
        4,
        -4.5,
        None,
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    "text",
    [
        "2026-13-01T00:00:00Z",
        "20260101",
        "2026-W01-1",
        "soon",
        "2026-01-01T25:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_date_time(text) is None


@pytest.mark.parametrize(("text", "iso"), [
    ("2026-11-22T09:30:00Z", "2026-11-22T09:30:00+00:00"),
    ("2026-11-22t09:30:00z", "2026-11-22T09:30:00+00:00"),
    ("2026-11-22T09:30:00.123+01:00", "2026-11-22T09:30:00.123000+01:00"),
    ("2026-11-22", "2026-11-22T00:00:00+00:00"),
    ("9999-12-31T23:59:59+14:00", "9999-12-31T23:59:59+14:00"),
])  # fmt: skip
def test_date_is_aware(text: str, iso: str) -> None:
    moment = parse_date_time(text)
    assert moment is not None
    assert moment.isoformat() == iso


def test_etag_is_strong_and_every_spelling_is_understood() -> None:
    assert format_etag(7) == '"7"'
    assert [etag_matches(header, 7) for header in ('"7"', 'W/"7"', '"1", "7"', "*", "7", '"8"', '"77"', "")] == [
        True,
        True,
        True,
        True,
        True,
        False,
        False,
        False,
    ]
