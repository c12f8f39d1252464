"""``joiner client``: OAuth clients of hosted orgs. Secrets and tokens are printed once, on stdout, because they are the result."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from joiner.cli.door import FLAGS, Flags, Here
from joiner.cli.hosted import hosted_orgs
from joiner.cli.output import write_record, write_table
from joiner.errors import Problem, Usage

DAY_SECONDS = 86_400.0


def create(
    name: str,
    /,
    *,
    org: str,
    permission: list[str] | None = None,
    secret_file: Path | None = None,
    flags: Flags = FLAGS,
    door: Here,
) -> None:
    """Create an OAuth client. Its secret is shown now and never again.

    Args:
        name: What this client is, for instance okta-porto.
        org: The hosted org.
        permission: What it may do; may be given several times. Default: everything that provisioning needs.
        secret_file: Write the secret here, readable by you only, instead of printing it. The file must be new.
    """
    from joiner.journeys.administer import ClientCredentials, create_client

    async def work() -> tuple[ClientCredentials, str]:
        async with hosted_orgs(door) as store:
            made = await create_client(store, door.builders.clock, door.builders.ids, org, name, permission)
            return made, await door.builders.base_url(store, org)

    if secret_file is None:
        made, address = asyncio.run(work())
        door.terminal.remark("The secret is not stored and cannot be shown again.\n")
        write_record(door, {"client_id": made.client_id, "client_secret": made.client_secret, "base_url": address})
        return
    _reserve(secret_file)
    try:
        made, address = asyncio.run(work())
    except BaseException:
        secret_file.unlink()
        raise
    secret_file.write_text(made.client_secret + "\n", "utf-8")
    write_record(door, {"client_id": made.client_id, "base_url": address})


def _reserve(path: Path) -> None:
    """Make the file before the client: a secret that cannot be written down would be lost. Raises Usage (JN6405)."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Usage(
            Problem("JN6405", f"the secret cannot be written to {path}: {reason}", (), "name a new file with --secret-file")
        ) from None


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
        async with hosted_orgs(door) as store:
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
        async with hosted_orgs(door) as store:
            clients = await store.read(0, lambda rows: rows.clients(find_org(rows, org).key))
            rows = [(client.id, client.name, "yes" if client.active else "no") for client in clients]
        write_table(
            door,
            ("client_id", "name", "active"),
            rows,
            name="clients",
            empty=f"{org} has no client yet.\n\n  add     joiner client create NAME --org {org}{door.same_database}",
        )

    asyncio.run(work())
