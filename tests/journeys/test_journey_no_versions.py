"""An org whose accounts carry no version: the engine looks at the live account before each write."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from journey_world import JourneyWorld, row

from joiner.connectors.port import HttpAnswer, HttpRequest

VERSION = re.compile(rb'"version":"(?:[^"\\]|\\.)*",?')


def without_versions(request: HttpRequest, answer: HttpAnswer) -> HttpAnswer:
    headers = {name: value for name, value in answer.headers.items() if name.lower() != "etag"}
    return HttpAnswer(answer.status, headers, VERSION.sub(b"", answer.body))


@pytest.fixture
def plain(world: JourneyWorld) -> JourneyWorld:
    """An org without versions that holds one settled person."""
    world.wire.after = without_versions
    world.settle_down(row(1, title="Agent"))
    return world


def test_write_is_preceded_by_one_look_and_counted(plain: JourneyWorld) -> None:
    plain.edit(1, title="Lead")
    plan = plain.plan()
    report = plain.apply(plan)
    assert (report.done, report.failed) == (1, ())
    assert [request.headers.get("If-Match", "") for request in plain.wire.writes] == [""]
    asked = [request.method for request in plain.wire.requests]
    assert asked[-2:] == ["GET", "PATCH"]
    plain.assert_converged()


def test_change_by_hand_between_plan_and_write_is_not_written_over(plain: JourneyWorld) -> None:
    plain.edit(1, title="Lead")
    plan = plain.plan()
    user = plain.user(1)["id"]
    plain.progress.clear()

    def somebody_was_faster(request: HttpRequest, answer: HttpAnswer) -> HttpAnswer:
        plain_answer = without_versions(request, answer)
        direct = request.method == "GET" and f"/Users/{user}" in request.url
        if direct and "Planning" in plain.progress:  # what is read after planning is the look before the write
            return replace(plain_answer, body=plain_answer.body.replace(b'"Agent"', b'"By hand"'))
        return plain_answer

    plain.wire.after = somebody_was_faster
    report = plain.apply(plan)
    assert [failure.problem.code for failure in report.failed] == ["JN2212"]
    assert plain.wire.writes == []
