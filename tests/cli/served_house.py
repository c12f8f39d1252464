"""A hosted org behind real HTTP on a free port, and a folder with joiner.toml that points at it."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joiner.assembly import Assembly
from joiner.cli.run import run_command
from joiner.store.org_store import open_org_store
from joiner.system import SystemClock, SystemIds
from joiner.web.listen import listen
from joiner.web.server import OrgServer

CONFIG = """\
version = 1
[[source]]
name = "hr"
kind = "csv"
path = "people.csv"
key  = "employee_no"
leaver = 'src.status == "left"'
[[org]]
name = "eu"
label = "Northlight EU"
kind = "hosted"
url = "{url}"
client_id = "{client_id}"
secret = "file:secret"
source = ["hr"]
mode = "apply"
[[map]]
to = "userName"
from = "lower(src.email)"
[[map]]
to = "displayName"
from = 'src.first + " " + src.last'
[[map]]
to = "division"
from = 'lookup("divisions", src.department)'
[lookup.divisions]
file = "divisions.csv"
resolve = "division"
"""

PEOPLE = """\
employee_no,first,last,email,department,status
1,Maja,Lindqvist,maja@northlight.example,Support,active
2,Tomasz,Zięba,tomasz@northlight.example,Sales,active
3,Priya,Raman,priya@northlight.example,Support,active
#rows=3
"""


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def joiner(folder: Path, *words: str, environment: dict[str, str] | None = None) -> Said:
    """One command as it would be typed in ``folder``."""
    out, err = io.StringIO(), io.StringIO()
    settings = {"JOINER_CONFIG": str(folder / "joiner.toml"), "JOINER_AUTHOR": "ada", **(environment or {})}
    code = run_command(words, Assembly(settings), settings, out, err)
    return Said(code, out.getvalue(), err.getvalue())


def orgs_url(folder: Path) -> str:
    return f"sqlite:///{folder}/orgs.db"


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server on ``folder``'s orgs, until the block ends."""
    ready, told = threading.Event(), []
    loop = asyncio.new_event_loop()

    def on_ready(host: str, port: int) -> None:
        told.append(f"http://{host}:{port}")
        ready.set()

    async def serve() -> None:
        store = open_org_store(str(folder / "orgs.db"), SystemClock())
        try:
            await listen(OrgServer(store, SystemClock(), SystemIds()), "127.0.0.1", 0, on_ready)
        finally:
            store.close()

    task = loop.create_task(serve())

    def run() -> None:
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass
        finally:
            loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(10)
    try:
        yield told[0]
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(10)


def make_workspace(folder: Path, address: str, client: dict[str, str], names: Sequence[str] = ("Support", "Sales")) -> None:
    url = f"{address}/northlight"
    (folder / "joiner.toml").write_text(CONFIG.format(url=url, client_id=client["client_id"]), "utf-8")
    secret = folder / "secret"
    secret.touch(mode=0o600)
    secret.write_text(client["client_secret"], "utf-8")
    (folder / "people.csv").write_text(PEOPLE, "utf-8")
    (folder / "divisions.csv").write_text("department;division\n" + "".join(f"{name};{name}\n" for name in names), "utf-8")
