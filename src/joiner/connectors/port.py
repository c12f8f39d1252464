"""Ports of other people's systems: a Source is read, a Target is read and written, a Wire carries one HTTP exchange."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from joiner.sync.record import GroupRecord, SourceSnapshot, TargetAttribute, TargetRecord, TargetSnapshot, Value


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """``url`` is absolute. Header names are as written; comparison ignores case.

    Headers and body stay out of ``repr``: they hold tokens and people.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Wire(Protocol):
    async def send(self, request: HttpRequest) -> HttpAnswer:
        """One exchange, no retry, no redirect. Raises ``errors.Unreachable`` when no whole answer came."""
        ...


class Source(Protocol):
    @property
    def name(self) -> str: ...

    async def read(self) -> SourceSnapshot:
        """A full read with its proof. Raises SourceMistake (shape is wrong) or Unreachable."""
        ...


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One thing ``joiner check`` tried. ``missing`` names permissions the other side said it wants."""

    what: str
    passed: bool
    detail: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a target can do. ``etag``: writes may carry If-Match; ``requests_per_minute`` paces and estimates."""

    attributes: Mapping[str, TargetAttribute]
    etag: bool = True
    member_chunk: int = 100
    requests_per_minute: int = 240
    lists_groups: bool = True


class Target(Protocol):
    """An org that is kept in step. All calls raise ``errors.ConnectorError`` and its kin.

    A write that got no answer raises Unreachable: its outcome is unknown. A write that was answered with a refusal
    raises Refused and changed nothing. 429 and Retry-After are obeyed inside; Throttled comes out only when the
    retry budget is spent.
    """

    name: str
    capabilities: Capabilities

    @property
    def requests_sent(self) -> int:
        """All requests so far, tokens and retries included."""
        ...

    async def observe(self) -> TargetSnapshot:
        """All accounts (active and inactive), all groups with members if groups are mapped, all names."""
        ...

    async def get_user(self, user_id: str) -> TargetRecord | None:
        """The live account, or None where the org says it does not exist."""
        ...

    async def get_group(self, group_id: str) -> GroupRecord | None:
        """The live group with its members, or None where the org says it does not exist."""
        ...

    async def find_users(self, *, external_id: str = "", user_name: str = "") -> Sequence[TargetRecord]:
        """Accounts that match exactly one of the two, inactive ones included."""
        ...

    async def create_user(self, values: Mapping[str, Value], external_id: str) -> TargetRecord: ...

    async def update_user(self, user_id: str, values: Mapping[str, Value], removed: Mapping[str, Value], if_match: str) -> TargetRecord:
        """Set plain attributes to ``values``; for multi-valued ones add the elements of ``values`` and take away those of ``removed``.

        A plain attribute with value None is cleared. ``active`` is one of the attributes.
        Returns the account as it is now. Raises Refused with status 409, 412 or 400/invalidVers when ``if_match`` is stale.
        """
        ...

    async def change_members(self, group_id: str, add: Sequence[str], remove: Sequence[str], if_match: str) -> str:
        """Add and take away members of one group in one request; answers the group's new version ("" if unknown)."""
        ...

    async def check(self) -> Sequence[CheckResult]:
        """Try each call that a pipe needs, without changing anything."""
        ...
