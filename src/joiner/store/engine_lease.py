"""Who may write for a pipe: leases with fencing numbers.

::

    free ──take──> held(fence n) ──release──> free          a new taker gets n+1, always
                       │ ttl passes without renewal, or its process is seen to be gone
                       └──────────────> lapsed ──take by anyone──> held(fence n+1)

A lease that lapsed but that nobody took is still its holder's: the fencing number decides, not the clock. The functions work
inside the caller's transaction, which holds the write lock, so that two takers cannot both see a free pipe.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from joiner.errors import LeaseLost, Locked, Problem
from joiner.store.engine_audit import Queries
from joiner.store.engine_codec import format_time, parse_time
from joiner.store.engine_holder import is_gone


@dataclass(frozen=True, slots=True)
class Lease:
    """One row: who holds or held the pipe, and under which number."""

    fence: int
    holder: str
    taken_at: datetime
    renewed_at: datetime
    ttl_seconds: float
    expires_at: datetime
    released: bool


def take(connection: sqlite3.Connection, queries: Queries, pipe: str, holder: str, now: datetime, ttl_seconds: float) -> int | Lease:
    """The new fencing number, or the lease that stands in the way.

    When the clock went back, the other's lease seems to run for the length of the jump: it is then measured anew from
    ``now``, so that a crashed holder blocks for one ttl at most. The caller must commit in both cases.
    """
    lease = _find(connection, queries, pipe)
    if lease is not None and _stands(lease, holder, now):
        if lease.renewed_at > now:
            _renew(connection, queries, pipe, lease.fence, now, lease.ttl_seconds)
            return Lease(
                lease.fence, lease.holder, lease.taken_at, now, lease.ttl_seconds, now + timedelta(seconds=lease.ttl_seconds), False
            )
        return lease
    fence = lease.fence + 1 if lease else 1
    expires_at = format_time(now + timedelta(seconds=ttl_seconds))
    taking = {"pipe": pipe, "fence": fence, "holder": holder, "now": format_time(now), "ttl_seconds": ttl_seconds, "expires_at": expires_at}
    connection.execute(queries["put_lease"], taking)
    return fence


def renew(connection: sqlite3.Connection, queries: Queries, pipe: str, fence: int, now: datetime, ttl_seconds: float) -> None:
    """Raises LeaseLost."""
    check(connection, queries, pipe, fence)
    _renew(connection, queries, pipe, fence, now, ttl_seconds)


def check(connection: sqlite3.Connection, queries: Queries, pipe: str, fence: int) -> None:
    """Raises LeaseLost unless ``fence`` is the newest of its pipe and was not released."""
    lease = _find(connection, queries, pipe)
    if lease is None or lease.fence != fence or lease.released:
        raise LeaseLost(_lost(pipe, fence, lease))


def refusal(pipe: str, lease: Lease) -> Locked:
    """The error for somebody who came second."""
    rows = (
        ("pipe", pipe),
        ("held by", lease.holder),
        ("since", f"{lease.taken_at:%Y-%m-%d %H:%M} UTC"),
        ("until", f"{lease.expires_at:%Y-%m-%d %H:%M} UTC unless renewed"),
        ("effect", "nothing was read or sent by this command"),
    )
    return Locked(
        Problem("JN4010", "another run holds this pipe", rows, "wait for it to end; if it crashed, its hold lapses at the time above")
    )


def _stands(lease: Lease, holder: str, now: datetime) -> bool:
    # Somebody who starts a command again after killing it should not have to wait for the ttl.
    return not lease.released and lease.holder != holder and now < lease.expires_at and not is_gone(lease.holder)


def _renew(connection: sqlite3.Connection, queries: Queries, pipe: str, fence: int, now: datetime, ttl_seconds: float) -> None:
    expires_at = format_time(now + timedelta(seconds=ttl_seconds))
    renewal = {"pipe": pipe, "fence": fence, "now": format_time(now), "ttl_seconds": ttl_seconds, "expires_at": expires_at}
    connection.execute(queries["renew_lease"], renewal)


def _find(connection: sqlite3.Connection, queries: Queries, pipe: str) -> Lease | None:
    row = connection.execute(queries["find_lease"], {"pipe": pipe}).fetchone()
    if row is None:
        return None
    fence, holder, taken_at, renewed_at, ttl_seconds, expires_at, released = row
    return Lease(fence, holder, parse_time(taken_at), parse_time(renewed_at), ttl_seconds, parse_time(expires_at), bool(released))


def _lost(pipe: str, fence: int, lease: Lease | None) -> Problem:
    found = "no lease" if lease is None else f"fencing number {lease.fence} of {lease.holder}" + (", released" if lease.released else "")
    rows = (
        ("pipe", pipe),
        ("ours", f"fencing number {fence}"),
        ("found", found),
        ("effect", "this run stops; what it sent so far is recorded"),
    )
    return Problem(
        "JN4011", "this run no longer holds its pipe", rows, "let the other run finish; the next run looks again and plans again"
    )
