"""The tables of the hosted orgs in PostgreSQL: recognised as ours, brought to the newest layout, of several processes by one.

``joiner_layout`` has a row per migration that was run. Everything happens in one transaction under an advisory lock: whoever comes
second finds the work done, and whoever is interrupted leaves nothing behind.
"""

from __future__ import annotations

from typing import Any, Final

import asyncpg

from joiner.errors import Problem, StoreError
from joiner.store.pg_errors import explain_pg_error
from joiner.store.sql_files import load_migrations

FOLDER: Final = "sql_postgres"
VERSION_MIN: Final = 130_000
"""PostgreSQL 13, as ``server_version_num`` counts; older ones are no longer cared for."""

_LAYOUT_LOCK: Final = 0x4A4E4F52_00000001  # "JNOR"

_HAS_LAYOUT = "SELECT to_regclass('joiner_layout') IS NOT NULL"
_FOREIGN_TABLES = """SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS s ON s.oid = c.relnamespace
WHERE s.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm') ORDER BY c.relname LIMIT 3"""


async def prepare_pg(connection: Any, address: str) -> None:
    """Create or migrate the tables. Raises StoreError for a database that is not ours, too new, or not fit for names."""
    try:
        await _check_server(connection, address)
        async with connection.transaction():
            await connection.execute(
                f"SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock({_LAYOUT_LOCK})"
            )
            await _migrate(connection, address)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise explain_pg_error(error, address) from error


async def _check_server(connection: Any, address: str) -> None:
    version, encoding = int(await connection.fetchval("SHOW server_version_num")), await connection.fetchval("SHOW server_encoding")
    if version < VERSION_MIN:
        raise _unfit(address, f"PostgreSQL {version // 10_000}", f"PostgreSQL {VERSION_MIN // 10_000} or newer", "use a newer server")
    if encoding != "UTF8":
        raise _unfit(address, f"encoding {encoding}", "encoding UTF8", "create it with  createdb -E UTF8 -T template0 NAME")


async def _migrate(connection: Any, address: str) -> None:
    migrations = load_migrations(FOLDER)
    if await connection.fetchval(_HAS_LAYOUT):
        version = int(await connection.fetchval("SELECT max(number) FROM joiner_layout") or 0)
    else:
        strangers = [row[0] for row in await connection.fetch(_FOREIGN_TABLES)]
        if strangers:
            rows = (
                ("database", address),
                ("found", f"tables of something else: {', '.join(strangers)}"),
                ("expected", "an empty database"),
            )
            raise StoreError(Problem("JN4020", "this is not a database of hosted orgs", rows, "name another database with --database"))
        version = 0
        await connection.execute(
            "CREATE TABLE joiner_layout (number BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT now())"
        )
    if version > len(migrations):
        rows = (("database", address), ("found", f"layout {version}"), ("expected", f"layout {len(migrations)} or older"))
        fix = "run the newer Joiner, or restore the backup taken before the upgrade"
        raise StoreError(Problem("JN4009", "the database was written by a newer Joiner", rows, fix))
    for migration in migrations[version:]:
        await connection.execute(migration.script)
        await connection.execute("INSERT INTO joiner_layout (number, name) VALUES ($1, $2)", migration.number, migration.name)


def _unfit(address: str, found: str, expected: str, fix: str) -> StoreError:
    rows = (("database", address), ("found", found), ("expected", expected))
    return StoreError(Problem("JN4035", "this PostgreSQL cannot keep hosted orgs", rows, fix))
