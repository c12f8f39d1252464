"""``joiner client``: OAuth clients of hosted orgs. Secrets and tokens are printed once, on stdout, because they are the result."""

from __future__ import annotations

import asyncio
from typing import Annotated

from cyclopts import Parameter

from joiner.cli.door import FLAGS, Flags, Here
from joiner.cli.output import write_record, write_table

DAY_SECONDS = 86_400.0


def create(
    name: str,
    /,
    *,
    org: str,
    permission: list[str] | None = None,
    flags: Flags = FLAGS,
    door: Here,
) -> None:
    """Create an OAuth client. Its secret is shown now and never again.

    Args:
        name: What this client is, for instance okta-porto.
        org: The hosted org.
        permission: What it may do; may be given several times. Default: everything that provisioning needs.
    """
    from joiner.journeys.administer import create_client

    async def work() -> None:
        async with door.builders.open_orgs(door.where) as store:
            made = await create_client(store, door.builders.clock, door.builders.ids, org, name, permission)
        write_record(door, {"client_id": made.client_id, "client_secret": made.client_secret, "base_url": door.builders.base_url(org)})
        door.terminal.remark("\nThe secret is not stored and cannot be shown again.")

    asyncio.run(work())


def token(
    client: str,
    /,
    *,
    org: str,
    days: Annotated[float, Parameter(help="How long it is valid.", show_default=True)] = 365.0,
    flags: Flags = FLAGS,
    door: Here,
) -> None:
    """Mint a long-lived bearer token, for identity providers that take nothing else.

    Args:
        client: Name or id of the client.
        org: The hosted org.
    """
    from joiner.journeys.administer import mint_token

    async def work() -> None:
        async with door.builders.open_orgs(door.where) as store:
            text, expires_at = await mint_token(store, door.builders.clock, door.builders.ids, org, client, days * DAY_SECONDS)
        write_record(door, {"access_token": text, "expires_at": expires_at.isoformat()})

    asyncio.run(work())


def list_all(*, org: str, flags: Flags = FLAGS, door: Here) -> None:
    """List OAuth clients, without their secrets.

    Args:
        org: The hosted org.
    """
    from joiner.journeys.administer import find_org

    async def work() -> None:
        async with door.builders.open_orgs(door.where) as store:
            reads = store.reads()
            found = find_org(reads, org)
            rows = [(client.id, client.name, "yes" if client.active else "no") for client in reads.clients(found.key)]
        write_table(door, ("client_id", "name", "active"), rows, name="clients")

    asyncio.run(work())
