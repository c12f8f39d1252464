"""``joiner types``: schemas and resource types that a hosted org has besides those of its profile (RFC 7643 §6, §7)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from joiner.cli.door import FLAGS, Flags, Here
from joiner.cli.hosted import hosted_orgs
from joiner.cli.output import write_table
from joiner.errors import Problem, ScimRefusal, Usage

DEFINITION_BYTES_MAX = 1_048_576


def add(*files: Path, org: str, flags: Flags = FLAGS, door: Here) -> None:
    """Give an org schemas and resource types of its own, or change them. Schemas come before the types that use them.

    Args:
        org: The hosted org.
        files: JSON documents as RFC 7643 §6 and §7 have them: one Schema or ResourceType each, or a list of several.
    """
    from joiner.journeys.define_types import define
    from joiner.scim.schema import Document

    documents: list[Document] = [document for file in files for document in _read(file)]
    if not documents:
        raise Usage(Problem("JN6422", "no definition was named", (), "name JSON files with a Schema or ResourceType each"))

    async def work() -> list[tuple[str, str]]:
        async with hosted_orgs(door) as store:
            kept = [await define(store, door.builders.clock, org, document) for document in documents]
        return [(each.kind.replace("_", " "), each.id) for each in kept]

    write_table(door, ("kind", "id"), asyncio.run(work()), name="definitions")


def list_all(*, org: str, flags: Flags = FLAGS, door: Here) -> None:
    """List the schemas and resource types that an org has of its own.

    Args:
        org: The hosted org.
    """
    from joiner.journeys.define_types import definitions_of

    async def work() -> list[tuple[str, str]]:
        async with hosted_orgs(door) as store:
            return [(each.kind.replace("_", " "), each.id) for each in await definitions_of(store, org)]

    nothing = f"{org} has only the types of its profile.\n\n  add     joiner types add FILE.json --org {org}{door.same_database}"
    write_table(door, ("kind", "id"), asyncio.run(work()), name="definitions", empty=nothing)


def remove(id: str, /, *, org: str, flags: Flags = FLAGS, door: Here) -> None:
    """Remove a schema or resource type that nothing uses any more.

    Args:
        org: The hosted org.
        id: The URN of a schema, or the name of a resource type.
    """
    from joiner.journeys.define_types import undefine

    async def work() -> None:
        async with hosted_orgs(door) as store:
            await undefine(store, door.builders.clock, org, id)

    asyncio.run(work())


def _read(file: Path) -> list[dict[str, object]]:
    """The documents of a file. Raises Usage (JN6422) that names it."""
    from joiner.scim.messages import parse_json

    try:
        raw = file.read_bytes()
        whole = parse_json(b'{"all":' + raw + b"}", bytes_max=DEFINITION_BYTES_MAX)["all"]
    except OSError as error:
        raise Usage(
            Problem("JN6422", f"{file.name} cannot be read: {error.strerror}", (("file", str(file)),), "name another file")
        ) from None
    except ScimRefusal as refusal:
        raise Usage(Problem("JN6422", f"{file.name}: {refusal.detail}", (("file", str(file)),), "correct the JSON")) from None
    listed = whole if isinstance(whole, list) else [whole]
    if not all(isinstance(each, dict) for each in listed):
        raise Usage(Problem("JN6422", f"{file.name} holds no JSON objects", (("file", str(file)),), "write one Schema or ResourceType"))
    return listed
