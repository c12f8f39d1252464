"""``joiner events``: who follows the changes of a hosted org (RFC 9967, polled as RFC 8936 says)."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from cyclopts import Parameter

from joiner.cli.door import FLAGS, Flags, Here
from joiner.cli.hosted import hosted_orgs
from joiner.cli.output import write_record, write_table


def add(
    client: str,
    /,
    *,
    org: str,
    mode: Annotated[Literal["notice", "full"], Parameter(show_default=True)] = "notice",
    type: str = "",
    filter: str = "",
    flags: Flags = FLAGS,
    door: Here,
) -> None:
    """Let a client follow the changes of an org, from now on. Prints the address that it polls.

    Args:
        client: Name or id of the client whose token polls.
        org: The hosted org.
        mode: notice names what changed, full gives the data too.
        type: Follow one resource type only: User, Group or one of the org's own.
        filter: Follow only what this SCIM filter matches; the feed tells when somebody joins or leaves it.
    """
    from joiner.journeys.event_streams import add_stream

    async def work() -> None:
        async with hosted_orgs(door) as store:
            id = await add_stream(store, door.builders.clock, door.builders.ids, org, client, mode, type, filter)
            address = await door.builders.base_url(store, org)
        write_record(door, {"stream": id, "poll_url": f"{address}/scim/v2/SecurityEvents/{id}"})

    asyncio.run(work())


def list_all(*, org: str, flags: Flags = FLAGS, door: Here) -> None:
    """List who follows an org, and how many events wait.

    Args:
        org: The hosted org.
    """
    from joiner.journeys.event_streams import list_streams

    async def work() -> None:
        async with hosted_orgs(door) as store:
            feeds = await list_streams(store, org)
        rows = [(each.stream.id, each.client, each.stream.mode, each.stream.type, each.stream.filter, each.waiting) for each in feeds]
        nothing = f"Nobody follows {org}.\n\n  add     joiner events add CLIENT --org {org}{door.same_database}"
        write_table(door, ("stream", "client", "mode", "type", "filter", "waiting"), rows, name="streams", empty=nothing)

    asyncio.run(work())


def remove(stream: str, /, *, org: str, flags: Flags = FLAGS, door: Here) -> None:
    """End a feed. What it did not acknowledge is forgotten; the audit log keeps it.

    Args:
        stream: The feed's id.
        org: The hosted org.
    """
    from joiner.journeys.event_streams import remove_stream

    async def work() -> None:
        async with hosted_orgs(door) as store:
            await remove_stream(store, door.builders.clock, org, stream)

    asyncio.run(work())
