"""``joiner org``: hosted orgs, which live in our own database."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from cyclopts import Parameter

from joiner.cli.door import FLAGS, Flags, Here
from joiner.cli.hosted import hosted_orgs
from joiner.cli.output import write_record, write_table
from joiner.errors import Problem, Usage


def add(
    name: str,
    /,
    *,
    profile: Annotated[Literal["strict", "extended"], Parameter(show_default=True)] = "extended",
    label: str = "",
    default: bool = False,
    flags: Flags = FLAGS,
    door: Here,
) -> None:
    """Add a hosted org.

    Args:
        name: Its place in the address: http://HOST:PORT/NAME.
        profile: strict behaves as Genesys Cloud does, limits included; extended is all of SCIM 2.0.
        label: How people call it.
        default: Answer at the bare host too. The first org is the default anyway.
    """
    from joiner.journeys.administer import add_org

    async def work() -> None:
        async with hosted_orgs(door) as store:
            org = await add_org(store, door.builders.clock, door.builders.ids, name, profile, label, default)
            address = await door.builders.base_url(store, org.name)
        write_record(door, {"name": org.name, "label": org.label, "profile": org.profile, "base_url": address})
        there = door.same_database
        door.terminal.remark(f"\n  client   joiner client create NAME --org {org.name}{there}\n  serve    joiner serve{there}")

    asyncio.run(work())


def list_all(*, flags: Flags = FLAGS, door: Here) -> None:
    """List hosted orgs."""
    from joiner.journeys.administer import list_orgs

    async def work() -> None:
        rows: list[tuple[str, ...]] = []
        if door.builders.present(door.where)[1]:  # looking does not make a database
            async with hosted_orgs(door) as store:
                orgs = await list_orgs(store)
                for org in orgs:
                    address = await door.builders.base_url(store, org.name)
                    rows.append((org.name, org.label, org.profile, "yes" if org.default else "", address))
        nothing = f"There is no hosted org here.\n\n  add     joiner org add NAME{door.same_database}"
        write_table(door, ("name", "label", "profile", "default", "base_url"), rows, name="orgs", empty=nothing)

    asyncio.run(work())


def define(
    org: str,
    /,
    *,
    division: list[str] | None = None,
    role: list[str] | None = None,
    skill: list[str] | None = None,
    language: list[str] | None = None,
    entitlement: list[str] | None = None,
    flags: Flags = FLAGS,
    door: Here,
) -> None:
    """Define names that SCIM refers to. What exists already stays as it is.

    Args:
        org: The hosted org.
        division: A division; may be given several times, as all of these.
        role: A role.
        skill: An ACD skill.
        language: An ACD language.
        entitlement: Something that users can be entitled to.
    """
    from joiner.journeys.administer import define_names

    named = {"divisions": division, "roles": role, "skills": skill, "languages": language, "entitlements": entitlement}
    given = {kind: names or [] for kind, names in named.items()}
    if not any(given.values()):
        raise Usage(Problem("JN6401", "nothing to define", (), 'name something, for instance  --division "Support"'))

    async def work() -> None:
        async with hosted_orgs(door) as store:
            await define_names(store, door.builders.clock, door.builders.ids, org, **given)
        write_record(door, {"org": org, **{kind: len(names) for kind, names in given.items()}})

    asyncio.run(work())
