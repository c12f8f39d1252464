"""Who may change an attribute."""

from __future__ import annotations

from enum import StrEnum


class Owner(StrEnum):
    """Ownership of one attribute in one pipe.

    ===============  =====================================================================================
    source           the source decides; a local change is reverted
    org              the org decides; the source's value is only offered while the org has none
    shared           either may change it; a change on both sides is held
    create_only      set when the account is created; the org decides afterwards
    fill_if_empty    written only while the org's value is empty
    ===============  =====================================================================================

    An attribute that no rule maps is never touched.
    """

    SOURCE = "source"
    ORG = "org"
    SHARED = "shared"
    CREATE_ONLY = "create_only"
    FILL_IF_EMPTY = "fill_if_empty"


class FirstContact(StrEnum):
    """What happens where nothing was agreed yet and both sides differ: list it and keep the org's value, or write."""

    REPORT = "report"
    SOURCE = "source"
