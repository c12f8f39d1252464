"""Hosted orgs as an administrator makes them: the ``joiner`` command, one server process on a free port, real HTTP.

``serve_house`` starts the server; ``House.org`` adds an org beside it, ``ServedOrg.client`` registers a client with its settings, and
``Caller`` speaks to it over one kept connection, as an identity provider does.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from joiner.assembly import Assembly
from joiner.cli.run import run_command

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GENESYS = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Caller:
    """One client over one kept connection. ``path`` is below ``base``; one that begins with // is below the host."""

    def __init__(self, base: str, token: str, content_type: str = "application/scim+json") -> None:
        parts = urlsplit(base)
        assert parts.hostname
        self.base, self.token, self.content_type = base, token, content_type
        self._prefix = parts.path
        self._connection = HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)

    def send(self, method: str, path: str, body: Any = None, query: Mapping[str, Any] | None = None, **headers: str | None) -> Reply:
        sent: dict[str, str | None] = {"Authorization": f"Bearer {self.token}", "Accept": self.content_type}
        if body is not None:
            sent["Content-Type"] = self.content_type
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        target = path.removeprefix("/") if path.startswith("//") else f"{self._prefix}/{path}"
        target += f"?{urlencode(query)}" if query else ""
        self._connection.request(method, target, raw, {name: value for name, value in sent.items() if value is not None})
        answer = self._connection.getresponse()
        return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())

    def get(self, path: str, **query: Any) -> Reply:
        return self.send("GET", path, query=query)

    def post(self, path: str, body: Any, **query: Any) -> Reply:
        return self.send("POST", path, body, query)

    def put(self, path: str, body: Any, **query: Any) -> Reply:
        return self.send("PUT", path, body, query)

    def patch(self, path: str, *operations: Mapping[str, Any], **query: Any) -> Reply:
        return self.send("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)}, query)

    def delete(self, path: str) -> Reply:
        return self.send("DELETE", path)

    def create(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        reply = self.post(path, body)
        assert reply.status == 201, reply.body
        document: dict[str, Any] = reply.json
        return document

    def found(self, path: str, text: str, **query: Any) -> list[dict[str, Any]]:
        """What a filter finds."""
        reply = self.get(path, filter=text, **query)
        assert reply.status == 200, reply.body
        resources: list[dict[str, Any]] = reply.json.get("Resources", [])
        return resources

    def close(self) -> None:
        self._connection.close()


@dataclass(frozen=True)
class Client:
    """What an administrator hands over."""

    name: str
    client_id: str
    secret: str
    token: str


@dataclass(frozen=True)
class House:
    """One database and one server. ``url`` is the host without a trailing slash; ``callers`` are closed at the end."""

    database: str
    url: str
    callers: list[Caller] = field(default_factory=list)

    def run(self, *words: str) -> str:
        return run_joiner(*words, "--database", self.database)

    def org(self, name: str, profile: str = "extended", names: Mapping[str, Sequence[str]] | None = None) -> ServedOrg:
        """A new org; ``names`` are divisions, roles, skills, languages to define, by the flag of ``joiner org define``."""
        self.run("org", "add", name, "--profile", profile, "-q")
        if names:
            flags = [word for flag, values in names.items() for value in values for word in (f"--{flag}", value)]
            self.run("org", "define", name, *flags, "-q")
        return ServedOrg(self, name)


@dataclass(frozen=True)
class ServedOrg:
    house: House
    name: str

    @property
    def scim(self) -> str:
        return f"{self.house.url}/{self.name}/scim/v2"

    def client(self, name: str, kind: str = "generic", **settings: str) -> Client:
        """A registered client and its long-lived token. Settings are those of ``joiner client set``."""
        place = ("--org", self.name)
        kinds = () if kind == "generic" and not settings else ("--kind", kind, *(f"--set={key}={value}" for key, value in settings.items()))
        made = json.loads(self.house.run("client", "create", name, *place, *kinds, "-o", "json", "-q"))
        minted = json.loads(self.house.run("client", "token", name, *place, "-o", "json", "-q"))
        return Client(name, made["client_id"], made["client_secret"], minted["access_token"])

    def caller(self, name: str, kind: str = "generic", content_type: str = "application/scim+json", **settings: str) -> Caller:
        caller = Caller(self.scim, self.client(name, kind, **settings).token, content_type)
        self.house.callers.append(caller)
        return caller


def run_joiner(*words: str) -> str:
    """What the command printed. Any exit code but 0 fails the test."""
    out, err = io.StringIO(), io.StringIO()
    environment = {"JOINER_AUTHOR": "ada"}
    code = run_command([*words], Assembly(environment), environment, out, err)
    assert code == 0, (words, code, out.getvalue(), err.getvalue())
    return out.getvalue()


@contextmanager
def serve_house(folder: Path, database: str = "") -> Iterator[House]:
    """A server process until the block ends. Without an address of a database, everything it keeps is in ``folder``."""
    database = database or f"sqlite:///{folder}/orgs.db"
    command = (sys.executable, "-m", "joiner.app", "serve", "--listen", "127.0.0.1:0", "--database", database)
    source = str(Path(__file__).parents[2] / "src")
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": source})
    try:
        assert server.stdout is not None
        address = next(line.split()[2].rstrip(".") for line in server.stdout if line.startswith("Serving at "))
        house = House(database, address)
        yield house
        for caller in house.callers:
            caller.close()
    finally:
        server.terminate()
        server.wait(TIMEOUT_SECONDS)
        if server.stdout is not None:
            server.stdout.close()


@contextmanager
def serve_on(database: str, folder: Path) -> Iterator[House]:
    """``serve_house`` on "sqlite" or on a fresh database of a real PostgreSQL ("postgresql")."""
    if database == "sqlite":
        with serve_house(folder) as house:
            yield house
        return
    from postgres_server import fresh_database

    with fresh_database() as address, serve_house(folder, address) as house:
        yield house
