"""The worst that a body or filter can cost while its oddities are recognised. Beside the pure tests, which run under a tracer."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from joiner.dialects.connection import KINDS
from joiner.dialects.recognise import recognise
from joiner.scim.core_schemas import PATCH_OP_URN, USER_URN

WORST_SECONDS = 0.02


def hostile() -> dict[str, tuple[str, dict[str, Any], dict[str, str]]]:
    million = 1_000_000
    role = json.dumps({"value": "x" * 3_900, "displayName": "y"})
    return {
        "many roles as text": ("PUT", {"schemas": [USER_URN], "roles": [{"value": role}] * 250}, {}),
        "deep role text": ("PUT", {"schemas": [USER_URN], "roles": [{"value": "{" * 4_000 + "}"}] * 250}, {}),
        "many elements": ("PUT", {"schemas": [USER_URN], "emails": [{"value": "a", "primary": True}] * 30_000}, {}),
        "many members": ("PATCH", patch([{"op": "add", "path": "members", "value": [{"value": "u", "$ref": None}] * 30_000}]), {}),
        "a map in every operation": ("PATCH", patch([{"op": "Add", "value": {f"a{n}.b": "True" for n in range(400)}}] * 100), {}),
        "long paths": ("PATCH", patch([{"op": "Add", "path": "urn:" + ":A" * (million // 200) + ".", "value": "True"}] * 100), {}),
        "long dotted path": ("PATCH", patch([{"op": "Add", "path": f"urn:{'x' * million}:User.a", "value": ""}]), {}),
        "long brackets": ("PATCH", patch([{"op": "Add", "path": 'a[primary eq "' * 70_000, "value": ""}]), {}),
        "blanks in a filter": ("GET", {}, {"filter": "a eq" + " " * million + '"'}),
        "many words in a filter": ("GET", {}, {"filter": "a eq b " * 580}),
        "quotes in a filter": ("GET", {}, {"filter": '"\\' * 2_000}),
    }


def patch(operations: list[Any]) -> dict[str, Any]:
    return {"schemas": [PATCH_OP_URN], "Operations": operations}


@pytest.mark.parametrize("name", hostile())
def test_hostile_input_costs_at_most_20_ms(name: str) -> None:
    method, body, query = hostile()[name]
    costs = []
    for _ in range(5):
        begun = time.process_time()
        recognise(method, body, query, KINDS["generic"])
        costs.append(time.process_time() - begun)
    assert min(costs) < WORST_SECONDS
