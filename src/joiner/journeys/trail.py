"""What is noticed about one request on its way: oddities, values sent again, what was kept or held, why it was refused.

Handed down with the caller; the door reads it when the answer is made. ``body`` is the request as parsed; nothing else here holds a
value of a person.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from joiner.dialects.connection import Connection
from joiner.dialects.query_oddities import DOUBLED_SLASH
from joiner.dialects.recognise import check_borne, recognise
from joiner.dialects.resent import Resent, resent_values
from joiner.dialects.unknown_names import UNKNOWN_ATTRIBUTE, unknown_names
from joiner.genesys.profile import Profile
from joiner.scim.schema import Document, ResourceType

MARKS_MAX = 20
MARK_CHARACTERS_MAX = 80


class Look(Struct, frozen=True, gc=False):
    """What a look at a body found: the body as it was sent and in the standard's form, its oddities and its unknown names."""

    sent: Document
    body: Document
    oddities: tuple[str, ...]
    unknown: tuple[str, ...]


def look_at(method: str, sent: Document, connection: Connection, resource_type: ResourceType) -> Look:
    """Raises the refusal of an oddity that the connection does not bear."""
    recognised = recognise(method, sent, {}, connection)
    body = recognised.body or sent
    return Look(sent, body, recognised.names, unknown_names(method, body, resource_type))


class Trail(Struct, eq=False):
    """``org`` 0, ``profile`` (the org's) None and ``client`` "" until they are known.

    ``marks`` are short words for people: ``kept title``, ``held 40 removals``. (A struct, because every request has one.)
    """

    org: int = 0
    profile: Profile | None = None
    client: str = ""
    segments: tuple[str, ...] = ()
    oddities: tuple[str, ...] = ()
    resent: tuple[Resent, ...] = ()
    marks: tuple[str, ...] = ()
    scim_type: str | None = None
    detail: str = ""
    body: Document = {}

    def mark(self, words: str) -> None:
        """Note something that an administrator would want to see beside the request."""
        if words not in self.marks and len(self.marks) < MARKS_MAX:  # a transaction may run again
            self.marks = (*self.marks, words)

    def note_oddity(self, name: str) -> None:
        self.oddities = (*self.oddities, name)

    def straighten_path(self, path: str) -> str:
        """A path with doubled slashes as one without; :meth:`check_path` refuses it once the connection is known."""
        self.note_oddity(DOUBLED_SLASH.name)
        assert DOUBLED_SLASH.straighten is not None
        return str(DOUBLED_SLASH.straighten(path))

    def check_path(self, connection: Connection) -> None:
        """Raises NotFound when the path was odd and the connection does not bear it."""
        if self.oddities:
            check_borne({DOUBLED_SLASH.name: (DOUBLED_SLASH, "the path")}, connection)

    def note_look(self, look: Look) -> Document:
        """Note what was found in the body; the body in the standard's form."""
        self.body = look.sent
        if look.oddities:
            self.oddities += look.oddities
        if look.unknown:
            self.note_oddity(UNKNOWN_ATTRIBUTE.name)
            for name in look.unknown:
                self.mark(f"unknown {name[:MARK_CHARACTERS_MAX]}")
        return look.body

    def look_at_repetition(self, method: str, kept: Document, resource_type: ResourceType) -> None:
        """A write changed nothing: what of it was sent again, and in which form."""
        self.resent = resent_values(method, self.body, kept, resource_type)

    def look_at_query(self, query: Mapping[str, str], connection: Connection) -> None:
        """The same for a filter."""
        if "filter" in query:
            self.oddities += recognise("GET", None, query, connection).names
