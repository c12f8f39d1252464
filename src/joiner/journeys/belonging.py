"""Who belongs to which group, as answers show it: the members of a group and the groups of a user (RFC 7643 §4.1.2, §4.2).

Both are joined to documents when they are shown and stored in none, so that they are always true. A group may hold groups: their
users are members of it too, which a user's ``groups`` says with type ``indirect``. Rendering writes JSON at once, without
documents in between: a group of ten thousand is an everyday answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from joiner.journeys.authorise import Caller
from joiner.scim.messages import dump_json
from joiner.scim.schema import Document
from joiner.store.org_port import Kept, OrgReads

_decode = msgspec.json.Decoder().decode


class Membership(NamedTuple):
    """A group that a user belongs to, directly or through a group inside it."""

    id: str
    name: str
    direct: bool


class _Reference(msgspec.Struct, frozen=True):
    """An element of ``members`` or ``groups`` as the contract has it."""

    value: str
    ref: str = msgspec.field(name="$ref")
    type: str


class _NamedReference(_Reference, frozen=True):
    """The same as RFC 7643 has it."""

    display: str


def groups_of(rows: OrgReads, caller: Caller, page: Sequence[Kept]) -> Mapping[int, Sequence[Membership]]:
    """By user number; users in no group are not among them."""
    ns = [kept.n for kept in page if kept.in_groups]
    if not ns:
        return {}
    return {n: [Membership(id, name, True) for id, name in found] for n, found in rows.groups_of(caller.org.key, ns).items()}


def render_groups(caller: Caller, page: Mapping[int, Sequence[Membership]]) -> Mapping[int, bytes]:
    """The ``groups`` of each user of a page, as they follow other attributes of a JSON object.

    People on one page are often in the same groups: each is rendered once.
    """
    base, known = f"{caller.base}/{caller.kind('Group').path}/", dict[Membership, bytes]()
    rendered: dict[int, bytes] = {}
    for n, memberships in page.items():
        parts = []
        for membership in memberships:
            part = known.get(membership)
            if part is None:
                part = known[membership] = dump_json(_reference(caller, base, membership))
            parts.append(part)
        rendered[n] = b',"groups":[%b]' % b",".join(parts)
    return rendered


def _reference(caller: Caller, base: str, membership: Membership) -> _Reference:
    how = "direct" if membership.direct else "indirect"
    if caller.profile.contract_attributes_only:
        return _Reference(membership.id, base + membership.id, how)
    return _NamedReference(membership.id, base + membership.id, how, membership.name)


def group_values(caller: Caller, memberships: Sequence[Membership]) -> list[Document]:
    """The same as values, for one user."""
    base = f"{caller.base}/{caller.kind('Group').path}/"
    values: list[Document] = msgspec.to_builtins([_reference(caller, base, membership) for membership in memberships])
    return values


def render_members(rows: OrgReads, caller: Caller, kept: Kept) -> bytes:
    """A group's ``members`` as a JSON array.

    Every change of members gives the group a new version, so that version and names together stand for one list.
    """
    key = (caller.org.key, kept.n, kept.version, caller.base)
    rendered = caller.rendered.get(key)
    if rendered is None:
        rendered = _render(caller, rows.faces(caller.org.key, kept.n), "User")
        caller.rendered.put(key, rendered)
    return rendered


def member_values(rows: OrgReads, caller: Caller, kept: Kept) -> list[Document]:
    """The same as values."""
    values: list[Document] = _decode(render_members(rows, caller, kept))
    return values


def _render(caller: Caller, faces: Sequence[tuple[str, str]], type: str) -> bytes:
    base = f"{caller.base}/{caller.kind(type).path}/"
    if caller.profile.contract_attributes_only:
        return dump_json([_Reference(id, base + id, type) for id, _ in faces])
    return dump_json([_NamedReference(id, base + id, type, display) for id, display in faces])
