"""Concrete parts from a Config: the only place besides ``app.py`` that names them. Every import of weight is lazy."""

from __future__ import annotations

import getpass
import json
import os
import sys
import tomllib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from joiner.cli.builders import Histories, Listening, PipeWork, Starting, Where
from joiner.errors import ConfigMistake, Problem, Usage
from joiner.ports import Clock, Ids, Progress
from joiner.system import SystemClock, SystemIds, read_secret

if TYPE_CHECKING:
    from joiner.config.model import Config, OrgConfig
    from joiner.connectors.port import Source, Wire
    from joiner.store.org_port import OrgStore
    from joiner.store.org_store import SqliteOrgStore
    from joiner.store.pg_store import PgOrgStore
    from joiner.store.port import EngineStore

CONFIG_NAME = "joiner.toml"
LISTEN_URL = "http://127.0.0.1:8470"
SQLITE = "sqlite:///"
POSTGRESQL = "postgresql://"
CONFIG_BYTES_MAX = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Databases:
    """Two files, each owned by one process for writing: hosted orgs, and the engine's memory beside them.

    ``orgs_url`` is PostgreSQL's address where the orgs are kept there, "" where ``orgs`` keeps them. The engine's is always a file.
    """

    orgs: Path
    engine: Path
    orgs_url: str = ""


@dataclass(frozen=True, slots=True)
class Assembly:
    """``cli.builders.Builders`` on this machine."""

    environment: Mapping[str, str]
    clock: Clock = SystemClock()
    ids: Ids = SystemIds()

    def author(self) -> str:
        try:
            return self.environment.get("JOINER_AUTHOR") or getpass.getuser()
        except (KeyError, OSError):
            return f"uid {os.getuid()}"

    def pipe_names(self, where: Where) -> Sequence[str]:
        return [org.name for org in self._config(where).orgs]

    def open_pipe(self, where: Where, name: str, progress: Progress) -> AbstractAsyncContextManager[PipeWork]:
        return self._open_pipe(where, name, progress)

    @asynccontextmanager
    async def _open_pipe(self, where: Where, name: str, progress: Progress) -> AsyncIterator[PipeWork]:
        from joiner.config.pipes import make_pipe, mapped_attributes
        from joiner.connectors.build import open_target
        from joiner.journeys.cycle_ports import CyclePorts
        from joiner.store.engine_holder import name_this_process

        config = self._config(where)
        org = next(org for org in config.orgs if org.name == name)
        folder = self.config_path(where).parent
        databases = self._databases(where)
        secret = read_secret(org.secret, folder, self.environment)
        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(self._engine(databases.engine))
            wire = await stack.enter_async_context(self._wire(org.url))
            target, corrections = open_target(
                org.kind,
                name=name,
                wire=wire,
                clock=self.clock,
                mapped=mapped_attributes(config, org),
                secret=secret.text,
                client_id=org.client_id,
                url=org.url,
                region=org.region,
                token_url=org.token_url,
                requests_per_minute=org.requests_per_minute,
            )
            sources = self._sources(config, org, folder)
            ports = CyclePorts(self.clock, self.ids, store, sources, target, progress, holder=name_this_process())
            yield PipeWork(make_pipe(config, org), ports, corrections, (*secret.remarks, *config.notes, *_lookup_remarks(config)))

    def open_engine(self, where: Where) -> AbstractAsyncContextManager[EngineStore]:
        return self._engine(self._databases(where).engine)

    @asynccontextmanager
    async def _engine(self, path: Path) -> AsyncIterator[EngineStore]:
        from joiner.store.engine_store import open_engine_store

        store = open_engine_store(str(path))
        try:
            yield store
        finally:
            store.close()

    def open_orgs(self, where: Where) -> AbstractAsyncContextManager[OrgStore]:
        return self._orgs(self._databases(where))

    @asynccontextmanager
    async def _orgs(self, databases: Databases) -> AsyncIterator[OrgStore]:
        from joiner.journeys.reindex import reindex

        store = await self._open_org_store(databases)
        try:
            await reindex(store)
            yield store
        finally:
            store.close()

    async def _open_org_store(self, databases: Databases) -> PgOrgStore | SqliteOrgStore:
        if not databases.orgs_url:
            from joiner.store.org_store import open_org_store

            return open_org_store(str(databases.orgs), self.clock)
        try:
            from joiner.store.pg_store import open_pg_store
        except ImportError as error:
            rows = (("missing", error.name or str(error)),)
            raise ConfigMistake(
                Problem("JN1016", "PostgreSQL's driver is not installed", rows, "install it with  pip install 'joiner[postgres]'")
            ) from None
        return await open_pg_store(databases.orgs_url, self.clock)

    def open_wire(self, url: str) -> AbstractAsyncContextManager[Wire]:
        return self._wire(url)

    @asynccontextmanager
    async def _wire(self, url: str) -> AsyncIterator[Wire]:
        from joiner.connectors.wire import AiohttpWire

        async with AiohttpWire(proxy=_proxy_for(url)) as wire:
            yield wire

    def present(self, where: Where) -> tuple[bool, bool]:
        databases = self._databases(where)
        return databases.engine.exists(), bool(databases.orgs_url) or databases.orgs.exists()

    async def base_url(self, orgs: OrgStore, org: str) -> str:
        served = await orgs.read(0, lambda rows: rows.serving_address())
        address = self.environment.get("JOINER_BASE_URL") or served or LISTEN_URL
        return f"{address.rstrip('/')}/{org}"

    def serve(self, where: Where, listening: Listening, out: TextIO) -> None:
        """On uvloop where it is there: measured at twice the requests of the standard loop."""
        import asyncio

        import uvloop

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve(where, listening, out))

    async def _serve(self, where: Where, listening: Listening, out: TextIO) -> None:
        import asyncio

        from joiner.journeys.administer import find_org, list_orgs
        from joiner.journeys.observe_requests import keep_observing
        from joiner.web.listen import listen
        from joiner.web.server import OrgServer

        noting: asyncio.Future[None] | None = None
        public = self.environment.get("JOINER_BASE_URL", "").rstrip("/")

        def tell(host: str, port: int) -> None:
            nonlocal noting
            address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
            known_as = public or address
            noting = asyncio.ensure_future(store.write(0, lambda rows: rows.put_serving_address(known_as)))
            for org in orgs:
                note = f", and at {address}" if org.default else ""
                out.write(f"{org.label}   {known_as}/{org.name}   {org.profile}{note}\n")
            out.write(f"Serving at {address}. Ctrl-C stops.\n")
            out.flush()

        async with self.open_orgs(where) as store:
            if listening.default_org:
                await store.write(0, lambda rows: rows.set_default_org(find_org(rows, listening.default_org).key))
            orgs = await list_orgs(store)
            if not orgs:
                out.write(f"There is no hosted org yet. Beside this server run:  joiner org add NAME{where.said_again}\n")
            server = OrgServer(
                store,
                self.clock,
                self.ids,
                base_url=public,
                verify=_verify_in_thread,
                hash_password=_hash_in_thread,
            )
            observing = asyncio.ensure_future(keep_observing(server.observation, store, self.clock))
            try:
                await listen(server, listening.host, listening.port, tell, http=listening.http)
            finally:
                observing.cancel()
                if noting is not None:  # also when the signal to stop comes at once: the store closes behind this
                    await noting
                await server.observation.flush(store)

    def demo(self, *, once: bool, folder: Path | None, out: TextIO) -> int:
        from joiner.demo.story import run_demo

        return run_demo(once=once, command=(sys.executable, "-m", "joiner.app"), folder=folder, out=out)

    def simulate(self, asked: Histories, out: TextIO, progress: Progress) -> int:
        from joiner.simulation.run import catch_planted, simulate
        from joiner.web.in_process import serve_in_process

        if asked.all_planted:
            caught = catch_planted(serve_in_process, progress=progress)
            out.writelines(f"{bug.bug}: {f'caught at seed {bug.seeds}: {bug.law}' if bug.seeds else 'NOT CAUGHT'}\n" for bug in caught)
            return 0 if all(bug.seeds for bug in caught) else 1
        report = simulate(
            asked.seeds, serve_in_process, planted=asked.plant or None, progress=progress, jobs=asked.jobs, verbose=asked.verbose
        )
        out.write(f"{report}\n{report.story()}\n".rstrip("\n") + "\n")
        return 0 if report.clean != bool(asked.plant) else 1

    def starter(self, asked: Starting) -> str:
        from joiner.config.starter import Start, recognise, write_starter
        from joiner.connectors.csv_file import CsvSource

        columns = CsvSource("hr", str(asked.people), "", self.clock).read_columns()
        meanings = recognise(columns, {meaning: column for meaning, column in asked.columns.items() if column})
        for meaning in ("key", "email"):
            if meanings.get(meaning) not in columns:
                rows = (("file", str(asked.people)), ("columns", ", ".join(columns)))
                fix = f"name it:  joiner init {asked.people} --{meaning} COLUMN"
                raise Usage(Problem("JN6408", f"no column is recognised as the {meaning}", rows, fix))
        given = asked.region if asked.kind == "genesys-cloud" else asked.url
        label = "region    = " if asked.kind == "genesys-cloud" else "url       = "
        unsaid = {"genesys-cloud": "eu-central-1", "hosted": f"{LISTEN_URL}/{asked.name}", "scim": "https://scim.example/scim/v2"}
        address = label + json.dumps(given or unsaid[asked.kind])
        return write_starter(Start(asked.name, asked.kind, address, asked.client_id, str(asked.people), columns, meanings))

    def config_schema(self) -> Mapping[str, Any]:
        from joiner.config.schema import config_schema

        return config_schema()

    # ---------------------------------------------------------------- where things are

    def config_path(self, where: Where) -> Path:
        return Path(where.config or self.environment.get("JOINER_CONFIG") or CONFIG_NAME)

    def _databases(self, where: Where) -> Databases:
        """--database, then JOINER_DATABASE_URL (both relative to here), then joiner.toml (relative to itself), then the default."""
        url = where.database or self.environment.get("JOINER_DATABASE_URL", "")
        if url:
            return parse_database(url, Path())
        path = self.config_path(where)
        if not path.exists() and not where.config:
            return parse_database(f"{SQLITE}joiner.db", Path())
        try:
            found = tomllib.loads(_read_config(path)).get("database", f"{SQLITE}joiner.db")
        except tomllib.TOMLDecodeError:
            self._config(where)  # tells the mistake with its line
            raise
        return parse_database(str(found), path.parent)

    def _config(self, where: Where) -> Config:
        from joiner.config.parse import parse_config

        path = self.config_path(where)
        text = _read_config(path)
        return parse_config(
            text, path.name, attributes=_attribute_tables(), read_text=lambda name: (path.parent / name).read_text("utf-8-sig")
        )

    def _sources(self, config: Config, org: OrgConfig, folder: Path) -> Sequence[Source]:
        from joiner.config.pipes import required_columns
        from joiner.connectors.csv_file import CsvSource

        return [
            CsvSource(
                name=source.name,
                path=str(folder / source.path),
                key=source.key,
                clock=self.clock,
                delimiter=source.delimiter,
                encoding=source.encoding,
                required_columns=required_columns(config, org, source),
            )
            for source in map(config.source, org.sources)
        ]


async def _verify_in_thread(stored_hash: str, secret: str) -> bool:
    """Argon2 takes tens of milliseconds on purpose; other requests must not wait for it."""
    import asyncio

    from joiner.auth.client_secret import client_secret_fits

    return await asyncio.to_thread(client_secret_fits, stored_hash, secret)


async def _hash_in_thread(secret: str, salt: bytes) -> str:
    import asyncio

    from joiner.auth.client_secret import hash_client_secret

    return await asyncio.to_thread(hash_client_secret, secret, salt)


def parse_database(url: str, folder: Path) -> Databases:
    """``sqlite:///PATH`` (four slashes: absolute). The engine's file stands beside it: joiner.db, joiner.engine.db.

    ``postgresql://USER:PASSWORD@HOST/NAME`` is for hosted orgs; the engine's file is then joiner.engine.db here.
    """
    if url.startswith(POSTGRESQL):
        return Databases(folder / "joiner.db", folder / "joiner.engine.db", url)
    path = url.removeprefix(SQLITE)
    if path == url or not path or path == ":memory:":
        found = url.partition("://")[0]  # never more of it: behind may stand a password
        rows = (("found", f"{found}://…" if "://" in url else "no sqlite:/// before the path"),)
        raise ConfigMistake(
            Problem("JN1016", "the address of the database cannot be used", rows, "write  sqlite:///joiner.db  or  postgresql://HOST/NAME")
        )
    orgs = folder / path
    return Databases(orgs, orgs.with_name(f"{orgs.stem}.engine{orgs.suffix or '.db'}"))


def _read_config(path: Path) -> str:
    try:
        if path.stat().st_size > CONFIG_BYTES_MAX:
            raise ConfigMistake(
                Problem("JN1015", f"{path} is larger than {CONFIG_BYTES_MAX:,} bytes", (), "name another file with --config")
            )
        return path.read_text("utf-8-sig")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        rows = (("path", str(path)), ("found", reason))
        raise ConfigMistake(
            Problem("JN1015", f"{path.name} cannot be read", rows, "name it with  --config FILE,  or try  joiner demo")
        ) from None
    except UnicodeDecodeError:
        raise ConfigMistake(Problem("JN1015", f"{path.name} is not UTF-8 text", (("path", str(path)),), "save it as UTF-8")) from None


def _attribute_tables() -> Mapping[str, Any]:
    from joiner.config.model import AttributeTable
    from joiner.connectors.attributes import attribute_names, find_attribute
    from joiner.connectors.flavour import FLAVOURS

    def table(families: frozenset[Any]) -> AttributeTable:
        return AttributeTable(attribute_names(families), lambda name: find_attribute(name, families) is not None)

    return {kind.value: table(frozenset(flavour.families)) for kind, flavour in FLAVOURS.items()}


def _proxy_for(url: str) -> str | None:
    """The proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name for this address; none for this machine itself."""
    from urllib.parse import urlsplit
    from urllib.request import getproxies_environment, proxy_bypass

    parts = urlsplit(url or "https://api")
    proxies = getproxies_environment()
    host = parts.hostname or ""
    if host in ("localhost", "127.0.0.1", "::1") or proxy_bypass(host):
        return None
    return proxies.get(parts.scheme)


def _lookup_remarks(config: Config) -> Sequence[str]:
    from joiner.config.pipes import lookup_remarks

    return lookup_remarks(config)
