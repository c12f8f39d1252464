"""In what the three kinds of target differ, as one value each. One code path reads it; nothing asks for the kind by name.

=====================  ==================  =======================  ======================
\\                      genesys-cloud       hosted                   scim
=====================  ==================  =======================  ======================
SCIM path              /api/v2/scim/v2     /api/v2/scim/v2          in the URL
names of divisions …   Platform API        Platform API             cannot be listed
a list without filter  active users only   strict: active only      everybody
users per page         100, 25 after 429   1,000                    100
removed members        one list            one list                 one operation each
requests per minute    240 (limit 300)     12,000                   240
=====================  ==================  =======================  ======================
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from joiner.connectors.attributes import Family

GENESYS_SCIM_PATH = "/api/v2/scim/v2"


class TargetKind(StrEnum):
    GENESYS_CLOUD = "genesys-cloud"
    HOSTED = "hosted"
    SCIM = "scim"


@dataclass(frozen=True, slots=True)
class Flavour:
    """``asks_inactive``: a list without filter may leave inactive users out, so that they are asked for by themselves.

    ``names_path`` is where the Platform API stands, None where names cannot be listed. ``member_chunk`` bounds the members
    of one PATCH; ``groups_per_page`` is small because each group brings its members. ``per_page_throttled`` is the page size
    from the first 429 of a list on, 0 for no change.
    """

    kind: TargetKind
    families: tuple[Family, ...]
    scim_path: str
    names_path: str | None
    asks_inactive: bool
    users_per_page: int
    requests_per_minute: int
    groups_per_page: int = 50
    names_per_page: int = 100
    member_chunk: int = 100
    per_page_throttled: int = 0
    member_removals_as_list: bool = True
    etag: bool = True


FLAVOURS: dict[TargetKind, Flavour] = {
    TargetKind.GENESYS_CLOUD: Flavour(
        TargetKind.GENESYS_CLOUD, (Family.GENESYS,), GENESYS_SCIM_PATH, "/api/v2", True, 100, 240, per_page_throttled=25
    ),
    TargetKind.HOSTED: Flavour(TargetKind.HOSTED, (Family.GENESYS, Family.CORE), GENESYS_SCIM_PATH, "/api/v2", True, 1000, 12_000),
    TargetKind.SCIM: Flavour(TargetKind.SCIM, (Family.CORE,), "", None, False, 100, 240, member_chunk=50, member_removals_as_list=False),
}
