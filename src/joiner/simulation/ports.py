"""The engine's ports under simulation: wire, store, files and sources. Each is a scheduling point, and where faults strike.

On either side of every call the process may be dropped. A lost answer, a throttled or broken exchange, a stale or cut list
are made here; what really reaches the org goes through :class:`OrgFront`, where the witness looks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joiner.connectors.port import HttpAnswer, HttpRequest
from joiner.errors import Problem, Unreachable, Unwritable
from joiner.simulation.driver import Life, pause
from joiner.simulation.faults import STORE_WRITES, Faults
from joiner.simulation.hands import Time
from joiner.simulation.org_front import OrgFront
from joiner.simulation.watch import Watch
from joiner.sync.record import SourceSnapshot

LATENCY_SECONDS = 0.12
TIMEOUT_SECONDS = 30.0
STALE_LISTS_KEPT = 6
USERS_LAG_SECONDS = 1e9
"""Accounts carry a version: however old a list is, it can be told."""
GROUPS_LAG_SECONDS = 240.0
"""Membership carries none that the engine keeps: a list may lag no longer than the engine allows for (``observe.LAG``)."""
_LIST_PATH = re.compile(r"/(?:Users|Groups)/?$", re.IGNORECASE)


@dataclass(slots=True)
class SimWire:
    """The Wire of one engine process towards one org."""

    front: OrgFront
    faults: Faults
    time: Time
    life: Life
    watch: Watch
    race: Callable[[OrgFront, str], None]
    """Somebody edits the very account that is about to be written."""

    async def send(self, request: HttpRequest) -> HttpAnswer:
        self.life.check()
        handed_over_at = self.time.elapsed
        await pause(f"wire {request.method}", self.time.elapsed + self.faults.stall_seconds(self.life))
        self.life.check()
        parts = urlsplit(request.url)
        lists = request.method == "GET" and _LIST_PATH.search(parts.path) is not None
        writes = request.method != "GET" and not parts.path.endswith("/oauth/token")
        if writes and self.faults.strikes("race"):
            self.race(self.front, parts.path.rstrip("/").rsplit("/", 1)[-1])
        self.watch.sending(self.life, self.front.name, request, handed_over_at, writes=writes)
        fault = self.faults.on_wire(writes=writes, lists=lists)
        answer = await self._exchange(request, fault, lists=lists)
        self.watch.answered(self.life, self.front.name, request, answer, fault, writes=writes)
        if answer is None:
            problem = Problem("JN2001", "no answer", (("simulated", fault),))
            raise Unreachable(problem)
        return answer

    async def _exchange(self, request: HttpRequest, fault: str, *, lists: bool) -> HttpAnswer | None:
        """What the engine gets to see; None is no answer."""
        if fault == "lost before":
            await self._wait(TIMEOUT_SECONDS)
            return None
        if fault in ("429", "429 bare", "5xx before"):
            await self._wait(LATENCY_SECONDS)
            return self._refuse(fault)
        answer = self._handle(request, fault, lists=lists)
        await self._wait(TIMEOUT_SECONDS if fault == "lost after" else LATENCY_SECONDS)
        if fault == "lost after":
            return None
        return self._refuse(fault) if fault == "5xx after" else answer

    async def _wait(self, seconds: float) -> None:
        await pause("wire answer", self.time.elapsed + seconds)
        self.life.check()

    def _refuse(self, fault: str) -> HttpAnswer:
        if fault.startswith("429"):
            wait = self.faults.random.choice((1, 3, 20, 150))
            headers = {"content-type": "application/json"} | ({} if fault == "429 bare" else {"retry-after": str(wait)})
            return HttpAnswer(429, headers, b'{"message":"Rate limit exceeded","code":"too.many.requests","status":429}')
        status = self.faults.random.choice((500, 502, 503, 504))
        return HttpAnswer(status, {"content-type": "text/html"}, b"<html><body>upstream fell over</body></html>")

    def _handle(self, request: HttpRequest, fault: str, *, lists: bool) -> HttpAnswer:
        if lists:
            return self._list(request, fault)
        answer = self.front.exchange(request, self.life.name)
        if request.method != "GET":
            self.watch.handled(self.life, request, answer.status)
        return answer

    def _list(self, request: HttpRequest, fault: str) -> HttpAnswer:
        if self.faults.page_count:
            request = _with_count(request, self.faults.page_count)
        past = self.front.past_lists.setdefault(request.url, [])
        if fault == "stale list" and "filter=" not in request.url:  # a search for one identity is taken to see the present
            lag = USERS_LAG_SECONDS if "/Users" in request.url else GROUPS_LAG_SECONDS
            stale = [answer for told_at, answer in past if self.time.elapsed - told_at <= lag]
            if stale:
                return self.faults.random.choice(stale)
        answer = self.front.exchange(request, self.life.name)
        if answer.status == 200:
            past.append((self.time.elapsed, answer))
            del past[:-STALE_LISTS_KEPT]
        return _cut(answer, self.faults) if fault == "cut page" else answer


def _with_count(request: HttpRequest, count: int) -> HttpRequest:
    """A server may give smaller pages than it was asked for (RFC 7644 §3.4.2.4)."""
    parts = urlsplit(request.url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if int(query.get("count", "100")) <= count:
        return request
    query["count"] = str(count)
    return HttpRequest(request.method, parts._replace(query=urlencode(query)).geturl(), request.headers, request.body)


def _cut(answer: HttpAnswer, faults: Faults) -> HttpAnswer:
    """A page that holds fewer resources than it says, or whose total has moved."""
    if answer.status != 200:
        return answer
    page = json.loads(answer.body)
    resources = page.get("Resources") or []
    if resources and faults.random.random() < 0.7:
        del resources[faults.random.randrange(len(resources)) :]
        page["Resources"] = resources
    else:
        page["totalResults"] = page.get("totalResults", 0) + faults.random.choice((-1, 1, 2))
    return HttpAnswer(answer.status, answer.headers, json.dumps(page).encode())


class SimStore:
    """The engine's store with a scheduling point on either side of each call. Reads need only one: they leave no trace."""

    def __init__(self, kept: Any, life: Life, faults: Faults, watch: Watch, time: Time) -> None:
        self._time = time
        self._kept = kept
        self._life = life
        self._faults = faults
        self._watch = watch
        self._calls: dict[str, Callable[..., Coroutine[Any, Any, Any]]] = {}

    def __getattr__(self, method: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        call = self._calls.get(method)
        if call is None:
            call = self._calls[method] = self._wrap(method)
        return call

    def _wrap(self, method: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        kept, life, faults, watch = getattr(self._kept, method), self._life, self._faults, self._watch
        writes, time = method in STORE_WRITES, self._time

        async def call(*args: Any, **named: Any) -> Any:
            life.check()
            await pause(f"store {method}", time.elapsed + faults.stall_seconds(life))
            life.check()
            fault = faults.on_store(method)
            if fault == "unwritable":
                raise Unwritable(Problem("JN4001", "the disk is full", (("simulated", method),)))
            answer = await kept(*args, **named)
            watch.stored(life, method, args, answer)
            if writes:
                await pause(f"store {method} kept")
                life.check()
            if fault == "unwritable after":
                raise Unwritable(Problem("JN4001", "the disk failed", (("simulated", f"{method}, yet it was kept"),)))
            return answer

        return call


@dataclass(slots=True)
class SimFiles:
    """The bytes that are on the engine's disk at this moment, by path."""

    contents: dict[str, bytes] = field(default_factory=dict)

    def read_bytes(self, path: str) -> bytes:
        if path not in self.contents:
            raise FileNotFoundError(2, "No such file", path)
        return self.contents[path]


@dataclass(slots=True)
class SimSource:
    """A Source that is a scheduling point; ``serve`` puts on disk what this read is to see, and notes it."""

    name: str
    read_file: Callable[[], Awaitable[SourceSnapshot]]
    life: Life
    serve: Callable[[Life], None]

    async def read(self) -> SourceSnapshot:
        self.life.check()
        await pause("source read")
        self.life.check()
        self.serve(self.life)
        return await self.read_file()
