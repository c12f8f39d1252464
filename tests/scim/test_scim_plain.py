"""Plain bodies are read in one go, to the very document that reading them name by name gives; what is odd is never taken for plain."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from joiner.errors import ScimRefusal
from joiner.genesys.catalogue import catalogue_of
from joiner.scim import resource
from joiner.scim.plain import read_plain
from joiner.scim.resource import accept
from joiner.scim.schema import Attribute, Document, Extension, ResourceType, Schema, Type

BADGE_URN, OWNER_URN = "urn:test:Badge", "urn:test:Owner"
PRINT = Attribute("print", Type.BINARY)
BADGE = ResourceType(
    "Badge",
    "/Badges",
    Schema(
        BADGE_URN,
        "Badge",
        "",
        (
            Attribute("serial", required=True, case_exact=True),
            Attribute("lit", Type.BOOLEAN),
            Attribute("floor", Type.INTEGER),
            Attribute("doors", multi_valued=True, elements_max=3),
            PRINT,
            Attribute("colour", Type.COMPLEX, sub_attributes=(Attribute("name"), Attribute("dark", Type.BOOLEAN))),
            Attribute(
                "stamps", Type.COMPLEX, True, sub_attributes=(Attribute("at", required=True), Attribute("by", mutability="readOnly"))
            ),
            Attribute("prints", Type.COMPLEX, True, sub_attributes=(Attribute("value", Type.BINARY, required=True),)),
        ),
    ),
    (
        Extension(
            Schema(
                OWNER_URN,
                "Owner",
                "",
                (Attribute("owner", required=True), Attribute("badges", Type.DECIMAL), Attribute("posts", multi_valued=True)),
            )
        ),
    ),
)
USER, STRICT_USER, GROUP = (
    catalogue_of(profile).by_name[name].resource_type for profile, name in (("extended", "User"), ("strict", "User"), ("extended", "Group"))
)
TEXTS = ("Aino", "aino", "Ä", "work", "a@northlight.example", "x", "3", "{}", "\u212a")
ODD: tuple[Any, ...] = (
    "",
    None,
    [],
    {},
    "true",
    "False",
    0,
    1,
    2.5,
    True,
    [None],
    [""],
    [{}],
    ["a", "A"],
    {"value": ""},
    {"value": "x"},
    [{"type": "work"}],
)


class Writer:
    """Bodies as clients write them, plain or nearly so."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def body(self, kind: ResourceType) -> Document:
        core = [each for each in kind.core.values() if each.name != "schemas"]
        document: Document = {"schemas": [kind.schema.id, *kind.extension_ids]} if self.dice.random() < 0.9 else {}
        document |= self._object(core)
        for extension in kind.extensions:
            if self.dice.random() < 0.5:
                document[extension.schema.id] = self._object(list(extension.schema.attributes))
        if self.dice.random() < 0.3:
            self._spoil(document)
        return document

    def _object(self, attributes: list[Attribute]) -> Document:
        chosen = self.dice.sample(attributes, self.dice.randrange(1, min(len(attributes), 6) + 1))
        needed = [each for each in attributes if each.required and self.dice.random() < 0.9]
        return {each.name: self._value(each) for each in dict.fromkeys((*needed, *chosen))}

    def _value(self, attribute: Attribute) -> Any:
        if attribute.multi_valued:
            return [self._one(attribute) for _ in range(self.dice.choice((1, 1, 2, 2, 3, 4)))]
        return self._one(attribute)

    def _one(self, attribute: Attribute) -> Any:
        if attribute.sub_attributes:
            subs = [each for each in attribute.sub_attributes if each.mutability != "readOnly" or self.dice.random() < 0.1]
            return self._object(subs or list(attribute.sub_attributes))
        if attribute.type is Type.BOOLEAN:
            return self.dice.random() < 0.5
        if attribute.type in (Type.INTEGER, Type.DECIMAL):
            return self.dice.randrange(9)
        return "2026-11-22T09:30:00Z" if attribute.type is Type.DATE_TIME else self.dice.choice(TEXTS)

    def _spoil(self, document: Document) -> None:
        """One name or value anywhere is written in another way."""
        place: Any = document
        while isinstance(place, dict | list) and place:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = self.dice.choice(keys)
            if isinstance(place[key], dict | list) and place[key] and self.dice.random() < 0.7:
                place = place[key]
                continue
            if isinstance(place, dict) and self.dice.random() < 0.4:
                place[self.dice.choice((key.upper(), key.lower(), "nickname", "unheard"))] = place[key]
            else:
                place[key] = self.dice.choice(ODD)
            return


def outcome(body: Document, kind: ResourceType, unknown: Any) -> str:
    """What became of a body, with the order of its names."""
    try:
        return json.dumps(accept(body, kind, unknown=unknown))
    except ScimRefusal as refusal:
        return f"{refusal.status} {refusal.scim_type} {refusal.detail}"


@pytest.mark.parametrize("kind", [USER, STRICT_USER, GROUP, BADGE], ids=["user", "strict", "group", "badge"])
def test_plain_bodies_become_the_same_document(kind: ResourceType, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, plain = Writer(7), 0
    for number in range(6_000):
        body = writer.body(kind)
        before = json.dumps(body)
        unknown = ("ignore", "refuse")[number % 2]
        plain += read_plain(body, kind) is not None
        told = outcome(body, kind, unknown)
        with monkeypatch.context() as patch:
            patch.setattr(resource, "read_plain", lambda body, kind: None)
            assert told == outcome(body, kind, unknown), before
        assert json.dumps(body) == before, "the body itself stays as it was sent"
    assert plain > 300, "bodies that are plain were tried"


@pytest.mark.parametrize(
    "change",
    [
        {"schemas": []},
        {"schemas": ["urn:other"]},
        {"SERIAL": "8"},
        {"serial": ""},
        {"serial": 7},
        {"lit": "true"},
        {"lit": None},
        {"floor": 3},
        {"doors": []},
        {"doors": ["a", "b", "c", "d"]},
        {"print": "AAAA"},
        {"colour": {}},
        {"colour": {"name": "red", "Dark": True}},
        {"stamps": [{}]},
        {"stamps": [{"at": "x", "by": "y"}]},
        {"prints": [{"value": "AAAA"}]},
        {"unheard": 1},
        {OWNER_URN: []},
    ],
)
def test_what_is_odd_is_not_plain(change: Document) -> None:
    body = {"schemas": [BADGE_URN], "serial": "7"}
    assert read_plain(body, BADGE) is not None
    assert read_plain(body | change, BADGE) is None


def test_names_that_are_the_servers_are_passed_over() -> None:
    body = {"schemas": [USER.schema.id], "userName": "aino", "id": "7", "meta": {"anything": [1]}, "groups": None}
    assert accept(body, USER) == {"schemas": [USER.schema.id], "userName": "aino"}
    assert read_plain(body, USER) is not None


def test_doubles_and_primaries_are_settled_in_plain_lists() -> None:
    emails = [{"value": "a@b.example", "type": "work", "primary": True}, {"value": "A@b.example", "type": "work", "primary": True}]
    body = {"schemas": [USER.schema.id], "userName": "aino", "emails": [*emails, {"value": "c@d.example", "primary": True}]}
    assert read_plain(body, USER) is not None
    assert accept(body, USER)["emails"] == [{**emails[1], "primary": False}, {"value": "c@d.example", "primary": True}]
    assert emails[1]["primary"] is True
    owned = {"schemas": [BADGE_URN], "serial": "7", OWNER_URN: {"owner": "mira", "posts": ["b", "a", "b"]}}
    assert read_plain(owned, BADGE) is not None
    assert accept(owned, BADGE)[OWNER_URN]["posts"] == ["b", "a"]
    assert owned[OWNER_URN]["posts"] == ["b", "a", "b"]
