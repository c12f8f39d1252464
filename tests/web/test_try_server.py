"""``joiner scim test`` passes on our own orgs, and names in plain words what a bad server does."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from org_fixtures import Rehearsal, run

from joiner.connectors.port import HttpAnswer, HttpRequest
from joiner.errors import CredentialsRefused, Usage
from joiner.journeys.try_cycles import CYCLES
from joiner.journeys.try_server import Finding, first_contact, try_server
from joiner.web.in_process import InProcessWire

Spoil = Callable[[HttpRequest, HttpAnswer], HttpAnswer]


class SpoiltWire:
    """Our server behind something that changes its answers."""

    def __init__(self, org: Rehearsal, spoil: Spoil) -> None:
        self._wire, self._spoil = InProcessWire(org.server), spoil

    async def send(self, request: HttpRequest) -> HttpAnswer:
        return self._spoil(request, await self._wire.send(request))


def tried(org: Rehearsal, spoil: Spoil = lambda _request, answer: answer, *names: str) -> list[Finding]:
    told: list[Finding] = []
    cycles = {name: CYCLES[name] for name in names or CYCLES}
    wire = SpoiltWire(org, spoil)
    found = run(try_server(wire, "http://north/north/scim/v2/", org.token, "mark", cycles, "northlight.example", told.append))
    assert list(found) == told
    return told


def test_our_own_extended_org_passes_every_step_and_is_left_as_it_was() -> None:
    org = Rehearsal()
    assert {finding.verdict for finding in tried(org)} == {"ok"}
    assert org.get("Users").json["totalResults"] == org.get("Groups").json["totalResults"] == 0


def test_our_own_strict_org_passes_what_genesys_offers() -> None:
    org = Rehearsal("strict")
    found = tried(org)
    assert [finding.step for finding in found if finding.verdict == "failed"] == []
    assert sum(finding.verdict == "left out" for finding in found) == 6
    assert org.get("Users", filter="active eq true").json["totalResults"] == 0


def _status(method: str, part: str, status: int) -> Spoil:
    def spoil(request: HttpRequest, answer: HttpAnswer) -> HttpAnswer:
        return HttpAnswer(status, answer.headers, answer.body) if request.method == method and part in request.url else answer

    return spoil


def _edit(edit: Callable[[dict[str, object]], None]) -> Spoil:
    def spoil(_request: HttpRequest, answer: HttpAnswer) -> HttpAnswer:
        if answer.status >= 300 or not answer.body:
            return answer
        document = json.loads(answer.body)
        edit(document)
        return HttpAnswer(answer.status, answer.headers, json.dumps(document).encode())

    return spoil


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_status("GET", "count=1", 200), "anybody could read"),
        (_status("GET", "filter=", 404), "the connection test fails"),
        (_status("POST", "/Users", 200), "instead of 201"),
        (_status("DELETE", "/Users", 200), "DELETE was answered with 200"),
        (_status("PATCH", "/Users", 400), "counts it as failed"),
        (_edit(lambda document: document.update(totalResults="0") if "totalResults" in document else None), "must be a number"),
        (_edit(lambda document: document.update(active="False") if document.get("active") is False else None), "a leaver"),
        (_edit(lambda document: document.pop("members", None)), "members where"),
        (lambda _request, answer: HttpAnswer(answer.status, answer.headers, b"<html>"), "no ListResponse"),
    ],
)
def test_what_a_bad_server_does_is_named(spoil: Spoil, words: str) -> None:
    found = tried(Rehearsal(), spoil)
    failed = [finding for finding in found if finding.verdict == "failed"]
    assert any(words in finding.words for finding in failed), [finding.words for finding in failed]
    assert all(finding.exchange for finding in failed)


def test_no_token_is_ever_told() -> None:
    org = Rehearsal()
    found = tried(org, _status("GET", "/Users", 500))
    assert org.token not in repr(found)


@pytest.mark.parametrize(
    ("url", "token", "words"),
    [
        ("north/north/scim/v2", "", "is no URL"),
        ("http://north/north/scim/v2", "wrong", "does not take this token: 401"),
        ("http://north/south/scim/v2", "", "does not answer as a SCIM server"),
        ("http://north/livez", "", "does not answer as a SCIM server"),
    ],
)
def test_a_wrong_url_or_token_is_told_once_before_anything_is_tried(url: str, token: str, words: str) -> None:
    org = Rehearsal()
    with pytest.raises((Usage, CredentialsRefused)) as refused:
        run(first_contact(InProcessWire(org.server), url, token or org.token))
    assert words in refused.value.problems[0].title
    run(first_contact(InProcessWire(org.server), "http://north/north/scim/v2/", org.token))
