"""What PostgreSQL's errors mean for the caller and the operator. Nothing here sends anything; no address with a password is shown."""

from __future__ import annotations

from urllib.parse import urlsplit

import asyncpg

from joiner.errors import Locked, Problem, StoreError, Unwritable

KEPT = ("effect", "nothing of this request was kept; what was acknowledged before is")
UNKNOWN = ("effect", "whether this request was kept is not known; sending it again is safe")

_UNWRITABLE = {
    "53100": ("JN4001", "the disk of PostgreSQL is full", "free some space on the database server and send the request again"),
    "25006": ("JN4002", "PostgreSQL takes no writes: it is a standby, or read-only", "name the primary server with --database"),
    "42501": ("JN4002", "the database may not be written", "grant this database user the rights on its tables"),
    "58030": ("JN4004", "the disk of PostgreSQL failed", "check the disk of the database server, then send the request again"),
}
_UNREACHABLE = ("57P01", "57P02", "57P03", "57P05", "25P03", "25P04", "53300")
"""Shut down, crashed, starting up, idle for too long, too many connections: another connection, later, may do."""

_CLOSED_OUT = ("28000", "28P01", "3D000")
_SLOW = ("57014",)
_BUSY = ("55P03", "40P01", "40001")
_PLAN_CHANGED = "0A000"


class ConnectionLost(StoreError):
    """The connection broke; inside a transaction nothing was kept (COMMIT excepted, whose outcome is then unknown)."""


def show_address(url: str) -> str:
    """A database's address without user, password and options."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2] or "local socket"
    return f"postgresql://{host}{parts.path}"


def state_of(error: BaseException) -> str:
    """PostgreSQL's five characters for an error (SQLSTATE), "" for what did not come from it."""
    return str(getattr(error, "sqlstate", None) or "")


def is_lost(error: BaseException) -> bool:
    """Whether an error ends the connection: another one has to be opened. A statement's refusal does not."""
    if isinstance(error, OSError | asyncpg.InterfaceError | asyncpg.InternalClientError):  # a TimeoutError is an OSError
        return True
    state = state_of(error)
    return state in _UNREACHABLE or state.startswith("08") or isinstance(error, asyncpg.InvalidCachedStatementError)


def explain_pg_error(error: BaseException, address: str) -> StoreError:
    """The error of the tree in errors.py for one of asyncpg's, its own words in a row."""
    state, found = state_of(error), " ".join(str(error).split())[:300] or type(error).__name__
    rows = (("database", address), ("found", f"{found} ({state})" if state else found))
    if isinstance(error, asyncpg.PostgresError) and state in _CLOSED_OUT:
        fix = "check user, password and database name in the address, and pg_hba.conf of the server"
        return StoreError(Problem("JN4031", "PostgreSQL does not let us in", rows, fix))
    if is_lost(error):
        fix = "check that PostgreSQL runs and can be reached from here; requests are answered again as soon as it does"
        return ConnectionLost(Problem("JN4030", "PostgreSQL cannot be reached", (*rows, KEPT), fix))
    if state in _UNWRITABLE:
        number, title, fix = _UNWRITABLE[state]
        return Unwritable(Problem(number, title, (*rows, KEPT), fix))
    if state in _BUSY:
        return Locked(Problem("JN4005", "another process keeps the database busy", (*rows, KEPT), "send the request again"))
    if state in _SLOW:
        return StoreError(
            Problem("JN4032", "PostgreSQL took too long for a statement", (*rows, KEPT), "send the request again, or ask for less")
        )
    return StoreError(
        Problem("JN4007", "the database refused a statement", (*rows, KEPT), "this is our mistake: please report it with these lines")
    )


def outcome_unknown(address: str) -> StoreError:
    """The connection broke while COMMIT was under way."""
    title = "the connection to PostgreSQL broke while a change was being kept"
    return StoreError(Problem("JN4033", title, (("database", address), UNKNOWN), "send the request again"))


def too_many_waiting(address: str, limit: int) -> StoreError:
    rows = (("database", address), ("waiting", f"{limit} requests"), KEPT)
    return Locked(Problem("JN4005", "too many requests wait for the database", rows, "send the request again"))
