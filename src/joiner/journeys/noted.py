"""How plans and intents are written down, and read back by a later run."""

from __future__ import annotations

import msgspec

from joiner.errors import Problem, StalePlan
from joiner.store.port import StoredPlan
from joiner.sync.batch import Chunk
from joiner.sync.bond import Bond
from joiner.sync.change import Change
from joiner.sync.plan import FORMAT_VERSION, Plan


class NotedChange(msgspec.Struct, frozen=True, tag="person"):
    """A write to one account, and the bond once it is known to have landed. ``parking`` only moves a user name aside."""

    change: Change
    remember: Bond | None = None
    parking: bool = False


class NotedChunk(msgspec.Struct, frozen=True, tag="members"):
    """Members added to or taken from one group. ``accounts`` are the account ids in the order of the chunk's people."""

    chunk: Chunk
    accounts: tuple[str, ...]


Noted = NotedChange | NotedChunk

_noted_decoder: msgspec.json.Decoder[Noted] = msgspec.json.Decoder(Noted)
_plan_decoder = msgspec.json.Decoder(Plan)


def encode_noted(noted: Noted) -> bytes:
    return msgspec.json.encode(noted)


def decode_noted(body: bytes) -> Noted:
    return _noted_decoder.decode(body)


def encode_plan(plan: Plan) -> StoredPlan:
    return StoredPlan(plan.hash, plan.pipe, plan.author, plan.made_at, msgspec.json.encode(plan))


def decode_plan(document: bytes) -> Plan:
    """Read a stored plan or a plan file. Raises StalePlan when it was made by another version."""
    try:
        plan = _plan_decoder.decode(document)
    except msgspec.MsgspecError as error:
        raise StalePlan(
            Problem("JN3003", "this is not a plan that this version can read", (("found", str(error)),), "make a new plan")
        ) from error
    if plan.format_version.split(".")[0] != FORMAT_VERSION.split(".")[0]:
        found = (("found", f"format_version {plan.format_version}"), ("expected", FORMAT_VERSION))
        raise StalePlan(Problem("JN3003", "this plan was made by another version", found, "make a new plan"))
    return plan
