"""An operator sets up hosted orgs: orgs, OAuth clients, long-lived tokens, and the names that SCIM refers to.

These stories serve ``joiner org`` and ``joiner client``, the demo and the simulator. They do not serve HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from joiner.auth.client_secret import STANDARD_COST, SecretCost
from joiner.ports import Clock, Ids
from joiner.store.org_port import Org, OrgStore


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """Shown once: the secret is not stored and cannot be shown again."""

    client_id: str
    client_secret: str


async def add_org(
    store: OrgStore, clock: Clock, ids: Ids, name: str, profile: str = "extended", label: str = "", default: bool = False,
    *, rate_per_minute: int | None = None,
) -> Org: ...  # type: ignore[empty-body]


async def list_orgs(store: OrgStore) -> Sequence[Org]: ...  # type: ignore[empty-body]


async def create_client(
    store: OrgStore, clock: Clock, ids: Ids, org: str, name: str, permissions: Iterable[str] | None = None,
    *, cost: SecretCost = STANDARD_COST,
) -> ClientCredentials: ...  # type: ignore[empty-body]


async def mint_token(
    store: OrgStore, clock: Clock, ids: Ids, org: str, client: str, valid_seconds: float = 31_536_000
) -> tuple[str, datetime]: ...  # type: ignore[empty-body]


async def define_names(
    store: OrgStore, clock: Clock, ids: Ids, org: str,
    divisions: Iterable[str] = (), roles: Iterable[str] = (), skills: Iterable[str] = (), languages: Iterable[str] = (),
) -> None: ...
