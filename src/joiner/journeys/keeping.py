"""What users and groups share when they are kept: the finished body with its meta, preconditions, and the 404 that names nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from msgspec import Struct

from joiner.errors import ScimRefusal
from joiner.genesys.catalogue import Kind
from joiner.genesys.profile import Profile
from joiner.scim.messages import dump_json
from joiner.scim.patch import PatchRules
from joiner.scim.refusals import InvalidVersion, NotFound, PreconditionFailed
from joiner.scim.schema import Document
from joiner.scim.version import etag_matches, format_etag
from joiner.store.org_port import Kept


class Written(Struct, frozen=True, gc=False):
    """A resource after a write. ``created`` is true for a fresh id and for an undelete by POST.

    ``body`` is the resource as its writer sees it, rendered in the transaction that wrote it; empty when nobody asked for it.
    """

    kept: Kept
    created: bool = False
    changed: bool = True
    body: bytes = b""


MANAGER = b'"manager":{"value":"'
"""What stands before a manager's id in a kept body. Only the key of an object can read so: inside of a text, quotes are escaped."""

NO_MANAGER = b"\n"
"""How a kept body ends in which no manager is named, so that who shows it need not look: that took a third of the time of a page.

One that ends otherwise may name one, or was kept before there was this mark.
"""


def now_text(now: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, as Genesys writes it. ``now`` is in UTC, as every clock of ours gives it."""
    return now.isoformat(timespec="milliseconds")[:23] + "Z"


def moment_text(moment: datetime) -> str:
    """The same of any aware moment."""
    return now_text(moment.astimezone(UTC))


def with_meta(document: Document, kind: Kind, version: int, created: str, modified: str) -> bytes:
    """The finished body. ``meta`` comes last, so that location can be spliced in; behind it, perhaps, ``NO_MANAGER``."""
    finished = document.copy()
    finished.pop("meta", None)
    meta = {"resourceType": kind.name, "created": created, "lastModified": modified, "version": format_etag(version)}
    if not kind.has_created:
        del meta["created"]  # the strict contract has none
    finished["meta"] = meta
    body = dump_json(finished)
    return body if body.rfind(MANAGER) >= 0 else body + NO_MANAGER


PROFILES_REMEMBERED_MAX = 1_024


@lru_cache(PROFILES_REMEMBERED_MAX)
def patch_rules(profile: Profile) -> PatchRules:
    """How PATCH is read on this connection."""
    return PatchRules(
        profile.unknown_attributes, profile.unknown_patch_path, profile.replace_complex, profile.pathless_patch, profile.missing_element
    )


def check_version(profile: Profile, if_match: str | None, kept: Kept) -> None:
    """Raises when ``If-Match`` is given and stale: 412, or 400 invalidVers where Genesys documents that."""
    if if_match is None or etag_matches(if_match, kept.version):
        return
    refusal: type[ScimRefusal] = PreconditionFailed if profile.stale_if_match == 412 else InvalidVersion
    raise refusal(f"Version does not match current version. The resource is at {format_etag(kept.version)}; read it again and repeat.")


def missing(type_name: str, id: str) -> NotFound:
    """The same words for a resource that never was, that is deleted, and that belongs to another org."""
    return NotFound(f"{type_name} {id[:100]} not found.")
