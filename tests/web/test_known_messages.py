"""What is remembered of PATCH messages: switches, and nothing about anybody."""

from __future__ import annotations

from typing import Any

import pytest
from org_fixtures import Rehearsal, run

from joiner.dialects.connection import Connection
from joiner.genesys.catalogue import catalogue_of
from joiner.genesys.urns import GENESYS_URN
from joiner.journeys.trail import look_at
from joiner.scim.core_schemas import PATCH_OP_URN
from joiner.scim.messages import dump_json
from joiner.scim.operation import parse_patch
from joiner.web.known_messages import MESSAGE_BYTES_MAX, MESSAGES_REMEMBERED_MAX, KnownMessages, Message

USER = catalogue_of("extended").by_name["User"]


def message(*operations: dict[str, Any], **more: Any) -> tuple[bytes, Message]:
    body = {"schemas": [PATCH_OP_URN], "Operations": list(operations), **more}
    look = look_at("PATCH", body, Connection(), USER.resource_type)
    return dump_json(body), Message(look, parse_patch(look.body))


def remembers(known: KnownMessages, sent: bytes, what: Message) -> bool:
    known.learn((sent, "all", USER), what)
    return known.get((sent, "all", USER)) is what


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "replace", "path": "active", "value": False},
        {"op": "replace", "value": {"active": False}},
    ],
)
def test_a_switch_is_remembered(operation: dict[str, Any]) -> None:
    assert remembers(KnownMessages(), *message(operation))


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "password", "value": "correct horse"},
        {"op": "replace", "path": "title", "value": "Lead"},
        {"op": "replace", "value": {"active": False, "title": "Lead"}},
        {"op": "replace", "path": 'emails[value eq "aino@northlight.example"].primary', "value": True},
        {"op": "replace", "value": {'emails[value eq "aino@northlight.example"].primary': True}},
        {"op": "add", "path": "members", "value": [{"value": "7"}]},
        {"op": "remove", "path": "title"},
        {"op": "replace", "path": "active", "value": True, "note": "of Aino"},
        {"op": "replace", "path": "active", "value": 1},
        {"op": "replace", "path": f"{GENESYS_URN}:routingSkills", "value": None},
    ],
)
def test_what_is_about_one_person_is_not_remembered(operation: dict[str, Any]) -> None:
    assert not remembers(KnownMessages(), *message(operation))


def test_a_message_with_more_than_its_operations_is_not_remembered() -> None:
    switch = {"op": "replace", "path": "active", "value": False}
    assert not remembers(KnownMessages(), *message(switch, note="of Aino"))
    assert not remembers(KnownMessages(), *message(*[switch] * 20)), f"longer than {MESSAGE_BYTES_MAX} bytes"


def test_memory_is_limited() -> None:
    known, (_, what) = KnownMessages(), message({"op": "replace", "path": "active", "value": False})
    for number in range(MESSAGES_REMEMBERED_MAX + 1):
        known.learn((b"%d" % number, "all", USER), what)
    assert known.get((b"0", "all", USER)) is None
    assert known.get((b"%d" % MESSAGES_REMEMBERED_MAX, "all", USER)) is what


def test_a_remembered_message_is_judged_like_a_new_one() -> None:
    org = Rehearsal()
    user = org.create("aino@northlight.example")
    for value in ("False", "True", "False"):
        operation = {"op": "Replace", "path": "active", "value": value}
        assert org.patch(f"Users/{user['id']}", operation).status == 200
        body = {"schemas": [PATCH_OP_URN], "Operations": [operation]}
        assert org.send("PATCH", f"Users/{user['id']}", body, content_type="text/plain").status == 415
    assert run(org.server.observation.flush(org.store))
    counted = run(org.store.read(1, lambda rows: rows.deviations(1)))
    assert {each.name: each.times for each in counted if each.name != "missing-schemas"} == {"capitalised-op": 3, "boolean-as-text": 3}
