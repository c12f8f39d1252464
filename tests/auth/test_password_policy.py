"""Which passwords are taken, and that a refusal never repeats one."""

from __future__ import annotations

import pytest

from joiner.auth.password_policy import PasswordPolicy, check_password, prepare_password
from joiner.scim.refusals import InvalidValue


@pytest.mark.parametrize("password", ["Korvatunturi-24", "kaamos 2026!", "ÄÖÅäöå-lumi", "A1b2C3d4"])
def test_passwords_of_three_kinds_are_taken(password: str) -> None:
    check_password(password, "ab@northlight.example")


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("Ab1-xyz", "8 to 128"),
        ("Ab1-" * 33, "8 to 128"),
        ("alllowercase", "3 of these"),
        ("lower-and-signs", "3 of these"),
        ("Tab\tulator-1", "cannot be typed"),
        ("My-AINO-2026", "userName"),
    ],
)
def test_a_refusal_says_what_is_missing_and_not_what_was_sent(password: str, words: str) -> None:
    with pytest.raises(InvalidValue, match=words) as refused:
        check_password(password, "Aino@northlight.example")
    assert password not in refused.value.detail


def test_a_policy_of_ones_own() -> None:
    check_password("abc", "x", PasswordPolicy(3, 5, 1))
    with pytest.raises(InvalidValue):
        check_password("abcdef", "x", PasswordPolicy(3, 5, 1))


@pytest.mark.parametrize(
    ("typed", "prepared"),
    [("Korvatunturi-24", "Korvatunturi-24"), ("Cafe\u0301-2026", "Café-2026"), ("Yö\u00a0tuuli-3", "Yö tuuli-3"), ("Ａb-1", "Ａb-1")],
)
def test_a_password_has_one_spelling_whatever_the_keyboard(typed: str, prepared: str) -> None:
    assert prepare_password(typed) == prepared
    assert prepare_password(prepared) == prepared
