"""Pairing: which account of the org belongs to which person of a source.

Order: bond → externalId → the pipe's rules (e-mail). One hit links, several are a dispute for a person to decide.
E-mail is a hint and never an identity: it links only an account that nobody else holds, that carries no other
externalId, and that is alive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from joiner.scim.values import match_key
from joiner.sync.bond import Bond
from joiner.sync.plan import Hold
from joiner.sync.record import PersonKey, TargetRecord


@dataclass(frozen=True, slots=True)
class OrgIndex:
    """The accounts of one org by everything that pairing asks for. Names and addresses are folded by the one match key."""

    by_id: Mapping[str, TargetRecord]
    by_external: Mapping[str, Sequence[TargetRecord]]
    by_name: Mapping[str, TargetRecord]
    by_email: Mapping[str, Sequence[TargetRecord]]


@dataclass(frozen=True, slots=True)
class Found:
    record: TargetRecord
    by: str


@dataclass(frozen=True, slots=True)
class Nobody:
    """No account: the person is new to the org."""


Pairing: TypeAlias = Found | Nobody | Hold


def index_org(records: Iterable[TargetRecord]) -> OrgIndex:
    by_id: dict[str, TargetRecord] = {}
    by_external: dict[str, list[TargetRecord]] = {}
    by_name: dict[str, TargetRecord] = {}
    by_email: dict[str, list[TargetRecord]] = {}
    for record in records:
        by_id[record.id] = record
        by_name[match_key(record.user_name)] = record
        if record.external_id:
            by_external.setdefault(record.external_id, []).append(record)
        for address in {match_key(text) for text in (record.user_name, *record.emails) if text}:
            by_email.setdefault(address, []).append(record)
    return OrgIndex(by_id, by_external, by_name, by_email)


def index_holders(bonds: Mapping[PersonKey, Bond]) -> dict[str, PersonKey]:
    """Which person holds which account."""
    return {bond.target_id: person for person, bond in bonds.items()}


def pair(
    person: PersonKey,
    external_id: str,
    addresses: Iterable[str],
    order: Sequence[str],
    index: OrgIndex,
    holders: Mapping[str, PersonKey],
) -> Pairing:
    """Find the account of a person who has no bond. ``order`` names the rules to try (``externalId``, ``email``)."""
    for rule in order:
        if rule == "externalId":
            hits = list(index.by_external.get(external_id, ())) if external_id else []
        else:
            keys = dict.fromkeys(match_key(address) for address in addresses if address)
            hits = list({hit.id: hit for key in keys for hit in index.by_email.get(key, ())}.values())
        if hits:
            return _judge(person, external_id, rule, hits, holders)
    return Nobody()


def _judge(person: PersonKey, external_id: str, rule: str, hits: Sequence[TargetRecord], holders: Mapping[str, PersonKey]) -> Pairing:
    if len(hits) > 1:
        names = ", ".join(sorted(f"{hit.user_name} ({hit.id})" for hit in hits))
        return Hold(
            "JN2202", f"{len(hits)} accounts match by {rule}", (("accounts", names), ("fix", "merge or correct the accounts in the org"))
        )
    hit = hits[0]
    holder = holders.get(hit.id)
    if holder is not None and holder != person:
        held = (("account", f"{hit.user_name} ({hit.id})"), ("held by", str(holder)), ("fix", "give one of them another address"))
        return Hold("JN2203", f"the account matched by {rule} belongs to {holder}", held)
    if rule != "externalId" and hit.external_id and hit.external_id != external_id:
        rows = (
            ("account", f"{hit.user_name} ({hit.id})"),
            ("expected", f'externalId "{external_id}"'),
            ("found", f'externalId "{hit.external_id}"'),
            ("fix", "correct the externalId in the org, or give the person another address"),
        )
        return Hold("JN2204", "the account with this address carries another externalId", rows)
    return Found(hit, rule)
