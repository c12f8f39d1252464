"""Which passwords a hosted org takes. Pure: text in, a refusal out; the text is never part of the refusal."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from joiner.scim.refusals import InvalidValue
from joiner.scim.values import match_key

_KINDS = (("a lower-case letter", str.islower), ("an upper-case letter", str.isupper), ("a digit", str.isdigit))


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """Length in characters, and how many of lower case, upper case, digit and other sign must occur."""

    characters_min: int = 8
    characters_max: int = 128
    kinds_min: int = 3


STANDARD_POLICY = PasswordPolicy()
"""Eight characters of three kinds: what directories ask for by default."""


def prepare_password(text: str) -> str:
    """One spelling of what people type the same on different keyboards (RFC 7644 §5, RFC 7613 §4.2): NFC, every blank a space.

    To be used before a password is checked, hashed or compared; case and width stay as typed.
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", "".join(" " if unicodedata.category(sign) == "Zs" else sign for sign in text))


def check_password(password: str, user_name: str, policy: PasswordPolicy = STANDARD_POLICY) -> None:
    """Raises InvalidValue that says what is missing and never what was sent."""
    if not policy.characters_min <= len(password) <= policy.characters_max:
        raise InvalidValue(f"password: it must have {policy.characters_min} to {policy.characters_max} characters.")
    if not password.isprintable():
        raise InvalidValue("password: it has a sign that cannot be typed.")
    kinds = sum(any(is_one(letter) for letter in password) for _, is_one in _KINDS) + any(not letter.isalnum() for letter in password)
    if kinds < policy.kinds_min:
        told = ", ".join(name for name, _ in _KINDS)
        raise InvalidValue(f"password: it must hold {policy.kinds_min} of these: {told}, another sign.")
    name = match_key(user_name).partition("@")[0]
    if len(name) >= _NAME_CHARACTERS_MIN and name in match_key(password):
        raise InvalidValue("password: it must not hold the userName.")


_NAME_CHARACTERS_MIN = 3
