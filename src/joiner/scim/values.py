"""Canonical forms in which values are compared: match keys, e-mail addresses, phone numbers."""

from __future__ import annotations


def match_key(text: str) -> str:
    """The one key under which unique names are compared (NFKC and case folding, decided here and not by a database)."""
    ...


def canonical_email(text: str) -> str:
    """The address as it is compared: no surrounding blanks, one case."""
    ...


def is_email(text: str) -> bool:
    """Whether this has the shape of an address: something, one @, a domain with a dot."""
    ...


def canonical_phone(text: str, region: str | None = None) -> str | None:
    """E.164 (``+13175550100``) or ``tel:+13175550100;ext=1234``; None when this is no phone number.

    ``region`` (``DE``) is needed for numbers in national form.
    """
    ...
