"""The way of a request through the door: whose it is and where it goes, and what of that is known from requests before it.

Requests that have the same headers and method, and the same path but for the id at its end, go the same way as long as the store knows
the same identity. All that decides it is looked at once for a connection; what may change by itself (time, rate) each time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from joiner.genesys.catalogue import Catalogue, Kind
from joiner.genesys.profile import Profile
from joiner.store.org_port import Identity, Org, Session
from joiner.web.request import Request
from joiner.web.scim_call import Handler

WAYS_REMEMBERED_MAX = 64
"""Of one connection."""

ID_CHARACTERS_MAX = 100


class Endpoint(NamedTuple):
    """What one method does at one endpoint, for one client."""

    handler: Handler
    name: str
    kind: Kind | None
    """The kind of resource that it holds; None for everything that is no resource."""
    refuse: Callable[[], None] | None
    """Raises Forbidden where this client may not; None where it may."""
    lists: bool
    """Whether the handler answers lists of one kind, and reads the query itself."""


Endpoints: TypeAlias = dict[tuple[str, str, int | str], Endpoint]
"""What a client has asked for so far, by method, lower-case segment and number of segments (or ``.search``): as many as there are doors."""


class Guest(NamedTuple):
    """A client, or a person who signed in, as all requests with one token meet them."""

    identity: Identity
    org: Org
    org_profile: Profile
    """The org's own, in whose words it refuses."""
    session: Session
    profile: Profile
    """The org's with what the connection settles differently."""
    catalogue: Catalogue
    charge: Callable[[], None]
    endpoints: Endpoints


class Way(NamedTuple):
    """``segments`` are those of the path without the id, ``base`` what locations begin with."""

    guest: Guest
    endpoint: Endpoint
    base: str
    segments: tuple[str, ...]
    org_name: str
    token_hash: bytes | None


def find_way(request: Request) -> tuple[Way, str] | None:
    """The way that was learnt before, and the id at the end of the path, "" where there is none."""
    notes, path = request.notes, request.path
    if not notes:
        return None
    end = path.rfind("/") + 1
    way = notes.get((request.method, path[:end]))
    if way is not None:
        id = path[end:]
        return (way, id) if _is_id(id) else None
    way = notes.get((request.method, path))
    return None if way is None else (way, "")


def learn_way(request: Request, way: Way) -> None:
    """Remember a way, where somebody keeps notes. The path is one that was read as it is."""
    notes, path = request.notes, request.path
    if notes is None or not path.isascii() or "//" in path or path.endswith("/"):
        return
    if len(notes) >= WAYS_REMEMBERED_MAX:
        notes.clear()
    if len(way.segments) == 1:
        notes[request.method, path] = way
    elif len(way.segments) == 2 and _is_id(way.segments[1]):
        notes[request.method, path[: path.rfind("/") + 1]] = way._replace(segments=way.segments[:1])


def _is_id(segment: str) -> bool:
    """Whether it is a segment like any other: ``.search`` is a word, ``..`` is none, and what is not ASCII is looked at first."""
    return segment[:1] not in ("", ".") and len(segment) <= ID_CHARACTERS_MAX and segment.isascii()
