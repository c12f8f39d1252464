"""Every sample of ``tests/samples``: what identity providers send, replayed against a hosted org in the fitting kind of connection."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from org_fixtures import Rehearsal, run

from joiner.dialects.connection import KINDS
from joiner.dialects.oddities import ODDITIES
from joiner.journeys.connect import set_connection
from joiner.store.org_port import OrgReads

SAMPLES = Path(__file__).parents[1] / "samples"
FILES = sorted(SAMPLES.glob("*/*.json"))
NORTH = 1


def load(path: Path) -> dict[str, Any]:
    sample: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return sample


def fill(written: Any, names: dict[str, str]) -> Any:
    """``{user}`` replaced by what was remembered under that name, wherever it stands."""
    if isinstance(written, str):
        for name, value in names.items():
            written = written.replace(f"{{{name}}}", value)
        return written
    if isinstance(written, dict):
        return {fill(key, names): fill(value, names) for key, value in written.items()}
    return [fill(each, names) for each in written] if isinstance(written, list) else written


def missing(wanted: Any, found: Any, where: str = "") -> list[str]:
    """Where ``found`` lacks something of ``wanted``: objects may have more, lists may not."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [line for key, value in wanted.items() for line in missing(value, found.get(key), f"{where}.{key}")]
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        return [line for place, value in enumerate(wanted) for line in missing(value, found[place], f"{where}[{place}]")]
    return [] if wanted == found else [f"{where or 'the answer'}: wanted {wanted!r}, found {found!r}"]


def has(body: dict[str, Any], name: str) -> bool:
    """Whether an attribute is there: by name, or as ``urn:…:User:manager``."""
    urn, _, part = name.rpartition(":")
    return name in body or part in body.get(urn, {})


def counted(org: Rehearsal) -> dict[str, int]:
    def look(rows: OrgReads) -> dict[str, int]:
        return {each.name: each.times for each in rows.deviations(NORTH)}

    run(org.server.observation.flush(org.store))
    found: dict[str, int] = run(org.store.read(NORTH, look))
    return found


@pytest.mark.parametrize("path", FILES, ids=[f"{path.parent.name}-{path.stem}" for path in FILES])
def test_a_client_tells_its_story_and_every_answer_is_as_it_needs_it(path: Path):
    sample = load(path)
    connection = sample["connection"]
    org = Rehearsal(connection["profile"])
    run(set_connection(org.store, org.clock, "north", "okta", connection["kind"], connection["settings"]))
    names: dict[str, str] = {}
    for step in sample["steps"]:
        before = counted(org)
        request, wanted = fill(step["request"], names), fill(step["answer"], names)
        url = f"/north/api/v2/scim/v2/{request['path']}"
        reply = org.send(request["method"], url, request.get("body"), query=request.get("query"), **request.get("headers", {}))
        assert reply.status == wanted["status"], f"{step['does']}: {reply.status} {reply.body.decode()}"
        body = reply.json if reply.body else {}
        assert not missing(wanted.get("body", {}), body), f"{step['does']}: {missing(wanted['body'], body)}"
        assert not [name for name in wanted.get("absent", ()) if has(body, name)], f"{step['does']}: {body}"
        names |= {name: body[attribute] for name, attribute in step.get("remember", {}).items()}
        after = counted(org)
        assert {name for name in after if after[name] != before.get(name)} == set(step.get("oddities", ())), step["does"]


def test_every_kind_of_oddity_has_a_recorded_request():
    shown = {name for path in FILES for step in load(path)["steps"] for name in step.get("oddities", ())}
    assert shown == ODDITIES.keys()


def test_samples_name_known_kinds_and_their_source():
    for path in FILES:
        sample = load(path)
        assert sample["connection"]["kind"] in KINDS
        assert sample["about"].endswith(".")
        assert sample["source"]
