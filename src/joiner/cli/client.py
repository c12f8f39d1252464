"""``joiner client``: OAuth clients of hosted orgs. Secrets and tokens are printed once, on stdout, because they are the result."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

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
    kind: str = "generic",
    settings: Annotated[list[str] | None, Parameter(name="--set")] = None,
    permission: list[str] | None = None,
    secret_file: Path | None = None,
    flags: Flags = FLAGS,
    door: Here,
) -> None:
    """Create an OAuth client. Its secret is shown now and never again.

    Args:
        name: What this client is, for instance okta-porto.
        org: The hosted org.
        kind: Who calls: generic, joiner, okta, entra, onelogin, ping, google, authentik or strict. Gives every setting its default.
        settings: A setting as NAME=VALUE; may be given several times. `joiner client show` lists them.
        permission: What it may do; may be given several times. Default: everything that provisioning needs.
        secret_file: Write the secret here, readable by you only, instead of printing it. The file must be new.
    """
    from joiner.dialects.connection import parse_settings
    from joiner.journeys.administer import ClientCredentials, create_client

    connection = parse_settings(kind, _settings(settings))

    async def work() -> tuple[ClientCredentials, str]:
        async with hosted_orgs(door) as store:
            made = await create_client(store, door.builders.clock, door.builders.ids, org, name, permission, connection=connection)
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
    from joiner.journeys.sign_in import SIGN_IN_CLIENT

    async def work() -> None:
        async with hosted_orgs(door) as store:
            clients = await store.read(0, lambda rows: rows.clients(find_org(rows, org).key))
            rows = [
                (client.id, client.name, client.connection.kind, "yes" if client.active else "no")
                for client in clients
                if client.name != SIGN_IN_CLIENT
            ]
        write_table(
            door,
            ("client_id", "name", "kind", "active"),
            rows,
            name="clients",
            empty=f"{org} has no client yet.\n\n  add     joiner client create NAME --org {org}{door.same_database}",
        )

    asyncio.run(work())


def show(client: str, /, *, org: str, flags: Flags = FLAGS, door: Here) -> None:
    """Show how the org gets on with a client: every setting, its value, what it decides.

    Args:
        client: Name or id of the client.
        org: The hosted org.
    """
    from joiner.dialects.connection import describe
    from joiner.journeys.connect import read_client

    async def work() -> None:
        async with hosted_orgs(door) as store:
            _, found = await read_client(store, org, client)
        rows = [(row.setting, row.value, "chosen" if row.chosen else "", row.meaning) for row in describe(found.connection)]
        door.terminal.remark(f"{found.name}: kind {found.connection.kind}, {'active' if found.active else 'disabled'}\n")
        write_table(door, ("setting", "value", "", "meaning"), rows, name="settings")

    asyncio.run(work())


def change(
    client: str, /, *settings: str, org: str, kind: str = "", active: Literal["on", "off"] | None = None, flags: Flags = FLAGS, door: Here
) -> None:
    """Change how the org gets on with a client. Holds from its next request on.

    Args:
        client: Name or id of the client.
        settings: Settings as NAME=VALUE; an empty value goes back to the kind's default.
        org: The hosted org.
        kind: Another kind: settings that were chosen stay, all others take its defaults.
        active: on lets the client call, off refuses all its tokens.
    """
    from joiner.journeys.connect import set_connection, switch_client

    chosen = _settings(settings)

    async def work() -> None:
        async with hosted_orgs(door) as store:
            if active is not None:
                await switch_client(store, door.builders.clock, org, client, active == "on")
            if chosen or kind:
                await set_connection(store, door.builders.clock, org, client, kind, chosen)

    asyncio.run(work())
    show(client, org=org, flags=flags, door=door)


def revoke(client: str, /, *, org: str, flags: Flags = FLAGS, door: Here) -> None:
    """End every token of a client at once. Its secret still fetches new ones; `client set CLIENT --active off` stops it altogether.

    Args:
        client: Name or id of the client.
        org: The hosted org.
    """
    from joiner.journeys.connect import revoke_tokens

    async def work() -> None:
        async with hosted_orgs(door) as store:
            gone = await revoke_tokens(store, door.builders.clock, org, client)
        write_record(door, {"revoked": gone})

    asyncio.run(work())


def _settings(written: Iterable[str] | None) -> dict[str, str | None]:
    """``NAME=VALUE`` each. Raises Usage (JN6421) for one without the sign."""
    settings: dict[str, str | None] = {}
    for each in written or ():
        name, sign, value = each.partition("=")
        if not sign:
            raise Usage(Problem("JN6421", f"{each[:60]!r} is no setting", (("found", each[:80]),), "write it as NAME=VALUE"))
        settings[name.strip()] = value.strip() or None
    return settings
