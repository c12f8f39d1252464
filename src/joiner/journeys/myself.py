"""``/Me`` (RFC 7644 §3.11): the person who signed in reads his own resource, and changes what is his to change.

Everything that decides about access (active, userName, roles, groups, division, manager, identifiers) is changed by others: a token
of a person reaches nothing but ``/Me`` and the discovery documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from joiner.journeys.authorise import Caller
from joiner.journeys.change_user import patch_user
from joiner.journeys.keeping import Written
from joiner.journeys.showing import View
from joiner.ports import Clock
from joiner.scim.operation import Operation
from joiner.scim.path import parse_patch_path
from joiner.scim.refusals import Forbidden, NotFound
from joiner.scim.schema import ResourceType
from joiner.store.org_port import OrgStore

OWN_ATTRIBUTES = frozenset(
    {
        "displayName",
        "nickName",
        "name",
        "profileUrl",
        "preferredLanguage",
        "locale",
        "timezone",
        "phoneNumbers",
        "ims",
        "photos",
        "addresses",
    }
)
"""What a person may change of himself."""

OWN_PERMISSIONS = frozenset({"directory:user:edit"})


def own_id(caller: Caller) -> str:
    """The id of the person behind the token. Raises NotFound when it belongs to a client."""
    if not caller.user_id:
        raise NotFound(
            f"/Me is the person who signed in, and this token belongs to the client {caller.client.name}, behind which there is nobody. "
            "Read /Users/ID, or sign in as a person."
        )
    return caller.user_id


async def patch_own(
    store: OrgStore, clock: Clock, caller: Caller, operations: tuple[Operation, ...], if_match: str | None, view: View | None = None
) -> Written:
    """PATCH /Me. Raises Forbidden for what is not the person's to change."""
    id, kind = own_id(caller), caller.kind("User").resource_type
    for name in _named(operations, kind):
        if name not in OWN_ATTRIBUTES:
            raise Forbidden(f"{name} is not yours to change. Of yourself you may change {', '.join(sorted(OWN_ATTRIBUTES))}.")
    own = msgspec.structs.replace(caller, client=replace(caller.client, permissions=OWN_PERMISSIONS))
    return await patch_user(store, clock, own, id, operations, if_match, view)


def _named(operations: tuple[Operation, ...], kind: ResourceType) -> Iterator[str]:
    """Every attribute that the operations name, an extension by its URN."""
    for operation in operations:
        for text in [operation.path] if operation.path else list(operation.value) if isinstance(operation.value, dict) else []:
            path = parse_patch_path(text, kind)
            yield path.urn or (path.attribute.name if path.attribute is not None else text)


def refuse_own(verb: str) -> Forbidden:
    """What PUT and DELETE on /Me answer."""
    return Forbidden(f"You cannot {verb} your own account here; ask an administrator. PATCH /Me changes single attributes.")
