"""Every stable error code with what it means and what to do. ``docs/reference/errors.md`` is generated from this table.

Ranges: JN10xx configuration · JN11xx mapping expressions · JN12xx sources · JN20xx targets and the wire ·
JN21xx references and values · JN22xx pairing and conflicts · JN30xx guards and plans · JN31xx SCIM requests ·
JN40xx our own database · JN64xx usage.
"""

from __future__ import annotations

from typing import NamedTuple


class ErrorCode(NamedTuple):
    meaning: str
    remedy: str


ERROR_CODES: dict[str, ErrorCode] = {
    "JN2104": ErrorCode(
        "A mapped value names a division, role, skill or group that the org does not have.",
        "Correct the value in the source or in the look-up table, or create the object in the org. Only the people it touches wait.",
    ),
}
