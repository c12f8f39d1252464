"""Plays an identity provider against any SCIM service provider, with throw-away people, and says in plain words what failed.

The cycles themselves are in ``try_cycles.py``. Whatever was created is deleted again, also when a step failed; a step that needs
what an earlier one did not get is left out and told so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec

from joiner.connectors.port import HttpRequest, Wire
from joiner.errors import CredentialsRefused, Problem, Unreachable, Usage

Verdict: TypeAlias = Literal["ok", "failed", "left out"]
BODY_SHOWN_CHARACTERS = 300


class Reply(NamedTuple):
    """An answer; ``document`` is {} when there is no JSON object."""

    status: int
    headers: Mapping[str, str]
    document: Mapping[str, Any]
    text: str


class Finding(NamedTuple):
    """What one step showed. ``words`` says what is wrong and what it means for people; ``exchange`` what was sent and answered."""

    cycle: str
    step: str
    verdict: Verdict
    words: str = ""
    exchange: str = ""


class StepFailed(Exception):
    """A step found something wrong; the text is for people."""


class LeftOut(Exception):
    """A step cannot be tried here; the text says why."""


class Session:
    """One cycle at work: sends requests, remembers ids and what must be cleaned up."""

    def __init__(self, wire: Wire, url: str, token: str, mark: str, domain: str) -> None:
        self._wire, self._url, self._token = wire, url.rstrip("/"), token
        self.mark, self.domain = mark, domain
        self.kept: dict[str, str] = {}
        self.created: list[str] = []
        self.last = ""

    def name(self, part: str) -> str:
        """A userName that nobody has."""
        return f"{part}.{self.mark}@{self.domain}"

    async def send(self, method: str, path: str, body: Any = None, token: str | None = None) -> Reply:
        headers = {"Authorization": f"Bearer {self._token if token is None else token}", "Accept": "application/scim+json"}
        raw = b"" if body is None else msgspec.json.encode(body)
        if raw:
            headers["Content-Type"] = "application/scim+json"
        answer = await self._wire.send(HttpRequest(method, self._url + path, headers, raw))
        text = answer.body.decode("utf-8", "replace")
        try:
            document = msgspec.json.decode(answer.body) if answer.body else {}
        except msgspec.DecodeError:
            document = {}
        self.last = f"{method} {path} → {answer.status} {text[:BODY_SHOWN_CHARACTERS]}"
        return Reply(answer.status, answer.headers, document if isinstance(document, dict) else {}, text)

    async def create(self, endpoint: str, body: Any) -> Reply:
        """A POST whose resource is deleted at the end."""
        reply = await self.send("POST", f"/{endpoint}", body)
        if reply.status in (200, 201) and isinstance(reply.document.get("id"), str):
            self.created.append(f"/{endpoint}/{reply.document['id']}")
        return reply

    def need(self, name: str) -> str:
        """Something that an earlier step got. Raises LeftOut."""
        if name not in self.kept:
            raise LeftOut(f"an earlier step did not get the {name}")
        return self.kept[name]

    async def clean(self) -> None:
        for path in reversed(self.created):
            await self.send("DELETE", path)


def expect(right: bool, words: str) -> None:
    """Raises StepFailed with these words unless it is right."""
    if not right:
        raise StepFailed(words)


class Step(NamedTuple):
    what: str
    run: Callable[[Session], Awaitable[None]]


async def first_contact(wire: Wire, url: str, token: str) -> None:
    """Whether there is a SCIM server at all that takes this token. Raises Unreachable, CredentialsRefused, or Usage."""
    if not url.startswith(("https://", "http://")):
        raise Usage(Problem("JN6426", f"{url} is no URL", (), "begin it with https:// (or http://)"))
    session = Session(wire, url, token, "", "")
    reply = await session.send("GET", "/Users?count=1")
    if reply.status in (401, 403):
        fix = "make a new token (a hosted org: joiner client token NAME --org ORG), and see that it is meant for this org"
        problem = Problem("JN6426", f"{url} does not take this token: {reply.status}", (("answer", session.last),), fix)
        raise CredentialsRefused(problem, reply.status)
    if reply.status != 200 or not reply.document:
        fix = "give the base URL, in front of /Users; a hosted org's is https://HOST/ORG/scim/v2"
        raise Usage(Problem("JN6426", f"{url} does not answer as a SCIM server", (("answer", session.last),), fix))


async def try_server(
    wire: Wire, url: str, token: str, mark: str, cycles: Mapping[str, Sequence[Step]], domain: str, tell: Callable[[Finding], None]
) -> Sequence[Finding]:
    """Run each cycle; every finding is told at once and all are answered. ``mark`` makes the names of this run unlike all others."""
    findings: list[Finding] = []

    def note(finding: Finding) -> None:
        findings.append(finding)
        tell(finding)

    for name, steps in cycles.items():
        session = Session(wire, url, token, f"{name}.{mark}", domain)
        try:
            for step in steps:
                note(await _try(name, step, session))
        finally:
            await session.clean()
    return findings


async def _try(cycle: str, step: Step, session: Session) -> Finding:
    session.last = ""
    try:
        await step.run(session)
    except StepFailed as failed:
        return Finding(cycle, step.what, "failed", str(failed), session.last)
    except LeftOut as left_out:
        return Finding(cycle, step.what, "left out", str(left_out))
    except Unreachable as unreachable:
        return Finding(cycle, step.what, "failed", f"no answer: {unreachable.problems[0].title}", session.last)
    return Finding(cycle, step.what, "ok")
