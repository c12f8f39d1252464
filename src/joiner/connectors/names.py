"""The names of an org: which divisions, roles, skills, languages it has, read through the Platform API, only where mapped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from joiner.connectors.exchange import Exchange
from joiner.connectors.listing import Document, Listing, platform_pages, read_listing
from joiner.sync.record import Directory, GroupRecord, Reference, TargetRecord

NAME_PATHS: Mapping[str, str] = {
    "division": "/authorization/divisions",
    "role": "/authorization/roles",
    "skill": "/routing/skills",
    "language": "/routing/languages",
}


async def read_names(exchange: Exchange, names_url: str, kinds: Iterable[str], per_page: int) -> tuple[Directory, tuple[str, ...]]:
    """(directory of the kinds, flaws). A list that did not come to rest is left out: a missing name would hold people wrongly."""
    by_kind: dict[str, list[Reference]] = {}
    flaws: list[str] = []
    for kind in sorted(set(kinds) & NAME_PATHS.keys()):
        listing = await read_listing(platform_pages(exchange, names_url + NAME_PATHS[kind], per_page))
        if listing.flaw:
            flaws.append(f"{kind} names: {listing.flaw}")
        else:
            by_kind[kind] = _references(kind, listing)
    return build_directory(by_kind), tuple(flaws)


def build_directory(by_kind: Mapping[str, Iterable[Reference]]) -> Directory:
    """References by folded name and by id."""
    return Directory(
        {kind: {reference.name.casefold(): reference for reference in references} for kind, references in by_kind.items()},
        {kind: {reference.id: reference for reference in references} for kind, references in by_kind.items()},
    )


def add_groups(directory: Directory, groups: Iterable[GroupRecord]) -> Directory:
    return _extended(directory, "group", {group.name.casefold(): Reference("group", group.name, group.id) for group in groups})


def name_users(directory: Directory, documents: Iterable[Document]) -> Directory:
    """Users by id, from their documents: what a manager's id is called while the users themselves are still being read."""
    return _extended(directory, "user", {document["id"]: _user_reference(document) for document in documents})


def _user_reference(document: Document) -> Reference:
    name = document.get("userName")
    return Reference("user", name if isinstance(name, str) else "", document["id"])


def add_users(directory: Directory, users: Iterable[TargetRecord]) -> Directory:
    """Users by every name that a manager column may hold: id, userName, e-mail, externalId. An ambiguous name names nobody."""
    named: dict[str, Reference | None] = {}
    for user in users:
        reference = Reference("user", user.user_name, user.id)
        for name in {text.casefold() for text in (user.id, user.user_name, user.external_id, *user.emails) if text}:
            named[name] = None if named.get(name, reference) != reference else reference
    return _extended(directory, "user", {name: reference for name, reference in named.items() if reference is not None})


def _extended(directory: Directory, kind: str, by_name: Mapping[str, Reference]) -> Directory:
    by_id = {reference.id: reference for reference in by_name.values()}
    return Directory({**directory.by_name, kind: by_name}, {**directory.by_id, kind: by_id})


def _references(kind: str, listing: Listing) -> list[Reference]:
    return [
        Reference(kind, name, document["id"]) for document in listing.documents if isinstance(name := document.get("name"), str) and name
    ]
