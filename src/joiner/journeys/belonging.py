"""Who belongs to which group, as answers show it: the members of a group and the groups of a user (RFC 7643 §4.1.2, §4.2).

Both are joined to documents when they are shown and stored in none, so that they are always true. A group may hold groups: their
users are members of it too, which a user's ``groups`` says with type ``indirect``. Rendering writes JSON at once, without
documents in between: a group of ten thousand is an everyday answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

import msgspec

from joiner.journeys.authorise import Caller
from joiner.journeys.nesting import all_above
from joiner.scim.messages import dump_json
from joiner.scim.schema import Document
from joiner.store.org_port import Listed, OrgReads, State

GROUPS_RENDERED_MAX = 4_096
"""References to groups that are kept ready."""

_decode = msgspec.json.Decoder().decode


Membership: TypeAlias = tuple[str, str, bool]
"""Id and name of a group that a user belongs to, and whether directly or through a group inside it. A plain tuple: pages make many."""


class _Reference(msgspec.Struct, frozen=True, gc=False):
    """An element of ``members`` or ``groups`` as the contract has it."""

    value: str
    ref: str = msgspec.field(name="$ref")
    type: str


class _NamedReference(_Reference, frozen=True, gc=False):
    """The same as RFC 7643 has it."""

    display: str


def groups_of(rows: OrgReads, caller: Caller, page: Sequence[Listed]) -> Mapping[int, Sequence[Membership]]:
    """By user number; users in no group are not among them."""
    ns = [kept.n for kept in page if kept.in_groups]
    if not ns:
        return {}
    org = caller.org.key
    direct = {n: [(id, name, True) for id, name in found] for n, found in rows.groups_of(org, ns).items()}
    nesting = rows.nesting(org)
    return _with_indirect(rows, org, direct, nesting) if nesting else direct


def _with_indirect(
    rows: OrgReads, org: int, direct: Mapping[int, Sequence[Membership]], nesting: Mapping[int, Sequence[int]]
) -> Mapping[int, Sequence[Membership]]:
    """A group that somebody is in directly is not shown a second time."""
    above = {n: all_above(nesting, held) - set(held) for n in direct for held in (rows.groups_holding(org, n),)}
    groups = {kept.n: kept for kept in rows.resources(org, "Group", sorted(set().union(*above.values()))) if kept.state is State.ACTIVE}
    return {
        n: [*memberships, *((groups[g].id, groups[g].name, False) for g in sorted(above[n]) if g in groups)]
        for n, memberships in direct.items()
    }


def render_groups(caller: Caller, page: Mapping[int, Sequence[Membership]]) -> Mapping[int, bytes]:
    """The ``groups`` of each user of a page, as they follow other attributes of a JSON object."""
    base, bare = f"{caller.base}/{caller.kind('Group').path}/", caller.profile.contract_attributes_only
    return {
        n: b',"groups":[%b]' % b",".join([_rendered(membership, base, bare) for membership in memberships])
        for n, memberships in page.items()
    }


@lru_cache(GROUPS_RENDERED_MAX)
def _rendered(membership: Membership, base: str, bare: bool) -> bytes:
    """People are often in the same groups."""
    return dump_json(_reference(membership, base, bare))


def _reference(membership: Membership, base: str, bare: bool) -> _Reference:
    """``bare``: without a name."""
    id, name, direct = membership
    how = "direct" if direct else "indirect"
    return _Reference(id, base + id, how) if bare else _NamedReference(id, base + id, how, name)


def group_values(caller: Caller, memberships: Sequence[Membership]) -> list[Document]:
    """The same as values, for one user."""
    base, bare = f"{caller.base}/{caller.kind('Group').path}/", caller.profile.contract_attributes_only
    values: list[Document] = msgspec.to_builtins([_reference(membership, base, bare) for membership in memberships])
    return values


def render_members(rows: OrgReads, caller: Caller, kept: Listed) -> bytes:
    """A group's ``members`` as a JSON array: its users in the order of their creation, then the groups inside it."""
    org = caller.org.key
    return _render(caller, rows.faces(org, kept.n), rows.nested(org, kept.n))


def member_values(rows: OrgReads, caller: Caller, kept: Listed) -> list[Document]:
    """The same as values."""
    values: list[Document] = _decode(render_members(rows, caller, kept))
    return values


def _render(caller: Caller, users: Sequence[tuple[str, str]], groups: Sequence[tuple[str, str]]) -> bytes:
    listed = [(f"{caller.base}/{caller.kind(type).path}/", type, faces) for type, faces in (("User", users), ("Group", groups))]
    if caller.profile.contract_attributes_only:
        return dump_json([_Reference(id, base + id, type) for base, type, faces in listed for id, _ in faces])
    return dump_json([_NamedReference(id, base + id, type, display) for base, type, faces in listed for id, display in faces])
