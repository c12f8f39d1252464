"""An org behind SCIM as a Target: reads all of it with proof, changes one account or one group at a time.

Knows the requests, not the policy: pacing, tokens and retries are the Exchange's, places of attributes the table's, and in
what the kinds differ stands in the Flavour. Whoever calls decides what should change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote as quote_url

from joiner.connectors.answers import unknown_outcome, unreadable
from joiner.connectors.attributes import Attribute
from joiner.connectors.checking import check_target
from joiner.connectors.exchange import Exchange, Reply
from joiner.connectors.flavour import Flavour, TargetKind
from joiner.connectors.listing import Listing, ReadPage, read_listing, read_total, scim_pages
from joiner.connectors.names import add_groups, add_users, name_users, read_names
from joiner.connectors.port import Capabilities, CheckResult, HttpAnswer, HttpRequest
from joiner.connectors.user_reading import MALFORMED, Memberships, ReadUser, compile_reader, read_group, read_version
from joiner.connectors.user_writing import member_operations, patch_document, quote, user_document
from joiner.errors import Refused, Throttled, Unreadable
from joiner.ports import Clock
from joiner.sync.record import Directory, GroupRecord, Proof, ProofKind, Reference, TargetRecord, TargetSnapshot, Value

INACTIVE = "active eq false"
MOVING_READS_MAX = 2


@dataclass(frozen=True, slots=True)
class Addresses:
    """Absolute URLs without a slash at the end. ``names`` is None where the org cannot list names."""

    scim: str
    names: str | None

    @property
    def users(self) -> str:
        return f"{self.scim}/Users"

    @property
    def groups(self) -> str:
        return f"{self.scim}/Groups"

    def user(self, user_id: str) -> str:
        return f"{self.users}/{quote_url(user_id, safe='')}"

    def group(self, group_id: str) -> str:
        return f"{self.groups}/{quote_url(group_id, safe='')}"


class ScimTarget:
    """``attributes`` are all that the org has, ``mapped`` the names of those that are read into records."""

    def __init__(
        self,
        name: str,
        flavour: Flavour,
        addresses: Addresses,
        exchange: Exchange,
        clock: Clock,
        attributes: Mapping[str, Attribute],
        mapped: frozenset[str],
        requests_per_minute: int,
    ) -> None:
        self.name = name
        self.exchange = exchange
        self.addresses = addresses
        self._flavour = flavour
        self._clock = clock
        self._attributes = attributes
        self._read_attributes = {name: attribute for name, attribute in attributes.items() if name in mapped}
        self._read_user = compile_reader(self._read_attributes)
        self._directory = Directory()
        self.capabilities = Capabilities(
            attributes={name: attribute.target for name, attribute in attributes.items()},
            etag=flavour.etag,
            member_chunk=flavour.member_chunk,
            requests_per_minute=requests_per_minute,
            lists_groups="groups" in mapped,
        )

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of names that the mapped attributes point at."""
        return frozenset(attribute.target.kind for attribute in self._read_attributes.values() if attribute.target.kind)

    async def observe(self) -> TargetSnapshot:
        requests_before = self.exchange.counters.requests
        directory, flaws = await self._read_names()
        groups, group_flaw = await self._read_groups() if self.capabilities.lists_groups else ((), "")
        directory = add_groups(directory, groups) if self.capabilities.lists_groups else directory
        listing = await self._read_everybody()
        read_user = compile_reader(self._read_attributes, _memberships(groups) if self.capabilities.lists_groups else None)
        if self._flavour.kind is TargetKind.SCIM and not any("groups" in document for document in listing.documents):
            # This server's accounts never show their groups: until the next full read, the groups' own lists stand for them.
            # Genesys and hosted orgs do show them: a list that lags behind the first membership must not say otherwise.
            self._read_user = read_user
        if "user" in self.kinds:
            directory = name_users(directory, listing.documents)
        users = tuple(self._parse_user(document, read_user, directory) for document in listing.documents)
        self._directory = add_users(directory, users) if "user" in self.kinds else directory
        proof = _prove(len(users), listing.flaw, group_flaw, flaws)
        requests = self.exchange.counters.requests - requests_before
        return TargetSnapshot(users, groups, self._directory, proof, self._clock.now(), requests, not group_flaw)

    async def get_user(self, user_id: str) -> TargetRecord | None:
        """None only where the org itself says 404: a 404 of some web page in between raises Unreadable (see the Exchange)."""
        document = await self._get(self.addresses.user(user_id))
        if document is None:
            return None
        record = self._parse_user(document, self._read_user, self._directory)
        if record.id != user_id:
            raise unreadable(HttpRequest("GET", self.addresses.users), HttpAnswer(200), "another user's account than was asked for")
        return record

    async def get_group(self, group_id: str) -> GroupRecord | None:
        document = await self._get(self.addresses.group(group_id))
        if document is None:
            return None
        group = self._parse_group(document)
        if group.id != group_id:
            raise unreadable(HttpRequest("GET", self.addresses.groups), HttpAnswer(200), "another group than was asked for")
        return group

    @property
    def requests_sent(self) -> int:
        return self.exchange.counters.requests

    async def find_users(self, *, external_id: str = "", user_name: str = "") -> Sequence[TargetRecord]:
        filter_text = f"externalId eq {quote(external_id)}" if external_id else f"userName eq {quote(user_name)}"
        pages = scim_pages(self.exchange, self.addresses.users, self._flavour.users_per_page, filter_text)
        listing = await read_listing(pages)
        if listing.flaw:
            # Whoever asks decides whether a lost write landed: half an answer must not be taken for "it did not".
            raise unreadable(HttpRequest("GET", self.addresses.users), HttpAnswer(200), listing.flaw)
        return [self._parse_user(document, self._read_user, self._directory) for document in listing.documents]

    async def create_user(self, values: Mapping[str, Value], external_id: str) -> TargetRecord:
        reply = await self.exchange.ask("POST", self.addresses.users, document=user_document(self._attributes, values, external_id))
        return self._parse_written(HttpRequest("POST", self.addresses.users), reply)

    async def update_user(self, user_id: str, values: Mapping[str, Value], removed: Mapping[str, Value], if_match: str) -> TargetRecord:
        """A server that answers without the account (204) is asked for it: one more request."""
        address = self.addresses.user(user_id)
        reply = await self._patch_user(address, values, removed, if_match if self._flavour.etag else "")
        if not reply.document:
            try:
                record = await self.get_user(user_id)
            except (Refused, Throttled, Unreadable) as error:
                # The change was taken: a refusal of the reading must not be written down as a refusal of the change.
                raise unknown_outcome(HttpRequest("PATCH", address), f"the change was taken, but not read back: {error}") from error
            if record is None:
                raise unknown_outcome(HttpRequest("PATCH", address), "the account is not there any more")
            return record
        return self._parse_written(HttpRequest("PATCH", address), reply, user_id)

    async def change_members(self, group_id: str, add: Sequence[str], remove: Sequence[str], if_match: str) -> str:
        address = self.addresses.group(group_id)
        document = member_operations(add, remove, as_list=self._flavour.member_removals_as_list)
        reply = await self.exchange.ask("PATCH", address, document=document, if_match=if_match if self._flavour.etag else "")
        return reply.etag or _version_of(reply.document)

    async def check(self) -> Sequence[CheckResult]:
        return await check_target(self.exchange, self._flavour, self.addresses.scim, self.addresses.names, self._read_attributes)

    async def _read_names(self) -> tuple[Directory, tuple[str, ...]]:
        if self.addresses.names is None:
            return Directory(), ()
        return await read_names(self.exchange, self.addresses.names, self.kinds, self._flavour.names_per_page)

    async def _read_groups(self) -> tuple[tuple[GroupRecord, ...], str]:
        listing = await read_listing(self._pages(self.addresses.groups, self._flavour.groups_per_page))
        return tuple(self._parse_group(document) for document in listing.documents), listing.flaw

    async def _read_everybody(self) -> Listing:
        """Active and inactive users. The plain list is counted again after the inactive ones were read: who was
        activated in between would else be in neither list and look absent."""
        users_url, per_page = self.addresses.users, self._flavour.users_per_page
        listing = await read_listing(self._pages(users_url, per_page))
        if not self._flavour.asks_inactive:
            return listing
        for _ in range(MOVING_READS_MAX):
            shown = sum(1 for document in listing.documents if document.get("active") is False)
            if listing.flaw or await read_total(self.exchange, users_url, INACTIVE) == shown:
                return listing
            inactive = await read_listing(self._pages(users_url, per_page, INACTIVE))
            everybody = {document["id"]: document for document in (*listing.documents, *inactive.documents)}
            documents = tuple(everybody.values())
            if inactive.flaw or await read_total(self.exchange, users_url) == listing.total:
                return Listing(documents, len(documents), inactive.flaw)
            listing = await read_listing(self._pages(users_url, per_page))
        return Listing(listing.documents, listing.total, "active and inactive users kept changing places while they were read")

    def _pages(self, url: str, per_page: int, filter_text: str = "") -> ReadPage:
        return scim_pages(self.exchange, url, per_page, filter_text, fewer=self._flavour.per_page_throttled)

    async def _patch_user(self, address: str, values: Mapping[str, Value], removed: Mapping[str, Value], if_match: str) -> Reply:
        """Strict servers refuse as a whole (noTarget) what names an entry that is not there; then the PATCH is made to fit."""
        document = patch_document(self._attributes, values, removed)
        if not document["Operations"]:
            return Reply(204)
        try:
            return await self.exchange.ask("PATCH", address, document=document, if_match=if_match)
        except Refused as refusal:
            shown = await self._get(address) if refusal.scim_type == "noTarget" else None
            fitting = document if shown is None else patch_document(self._attributes, values, removed, shown)
            if fitting == document:
                raise
        return await self.exchange.ask("PATCH", address, document=fitting, if_match=if_match) if fitting["Operations"] else Reply(204)

    async def _get(self, address: str) -> Mapping[str, Any] | None:
        try:
            return (await self.exchange.ask("GET", address)).document
        except Refused as refusal:
            if refusal.status == 404:
                return None
            raise

    def _parse_group(self, document: Mapping[str, Any]) -> GroupRecord:
        try:
            return read_group(document)
        except MALFORMED:
            raise unreadable(HttpRequest("GET", self.addresses.groups), HttpAnswer(200), "a group that is no SCIM group") from None

    def _parse_user(self, document: Mapping[str, Any], read_user: ReadUser, directory: Directory) -> TargetRecord:
        try:
            return read_user(document, directory)
        except MALFORMED:
            raise unreadable(HttpRequest("GET", self.addresses.users), HttpAnswer(200), "an account that is no SCIM user") from None

    def _parse_written(self, request: HttpRequest, reply: Reply, user_id: str = "") -> TargetRecord:
        """The account as a write's answer shows it. What cannot be read leaves the outcome unknown: the write may have landed."""
        try:
            record = self._read_user(reply.document, self._directory)
        except MALFORMED:
            raise unknown_outcome(request, "an answer that is no SCIM user") from None
        if user_id and record.id != user_id:
            raise unknown_outcome(request, "the answer shows another user's account")
        return record


def _memberships(groups: Sequence[GroupRecord]) -> Memberships:
    """User id -> the groups that list it, by name."""
    found: dict[str, list[Reference]] = {}
    for group in sorted(groups, key=lambda group: (group.name, group.id)):
        reference = Reference("group", group.name, group.id)
        for member in group.member_ids or ():
            found.setdefault(member, []).append(reference)
    return {user: tuple(references) for user, references in found.items()}


def _prove(count: int, user_flaw: str, group_flaw: str, name_flaws: Sequence[str]) -> Proof:
    """Names that could not be listed are told, but leave the proof whole: nobody looks absent because of them."""
    flaws = [f"{what}: {flaw}" for what, flaw in (("users", user_flaw), ("groups", group_flaw)) if flaw]
    if flaws:
        return Proof(False, ProofKind.NONE, "; ".join((*flaws, *name_flaws)))
    return Proof(True, ProofKind.COUNT, "; ".join((f"{count} users, totals equal on every page", *name_flaws)))


def _version_of(document: Mapping[str, Any]) -> str:
    try:
        return read_version(document)
    except MALFORMED:
        return ""
