"""The JSON Schema of joiner.toml, for editors: generated from the same key table that validation uses.

Draft 4, because the TOML language servers in use are documented as limited to it.
"""

from __future__ import annotations

from typing import Any

from joiner.config.keys import ROOT, Key, Shape

SCHEMA_DRAFT = "http://json-schema.org/draft-04/schema#"

_SIMPLE: dict[Shape, dict[str, Any]] = {
    Shape.TEXT: {"type": "string"},
    Shape.EXPRESSION: {"type": "string"},
    Shape.INTEGER: {"type": "integer"},
    Shape.NUMBER: {"type": "number"},
    Shape.DURATION: {"type": "string", "pattern": r"^\d{1,6}\s*(s|m|h|d)$"},
    Shape.SECRET: {
        "oneOf": [
            {"type": "string", "pattern": r"^(file|env|cred):\S"},
            {"type": "object", "properties": {"secret": {"type": "string"}}, "required": ["secret"], "additionalProperties": False},
        ]
    },
}


def config_schema() -> dict[str, Any]:
    return {"$schema": SCHEMA_DRAFT, "title": "joiner.toml", **_schema_of(ROOT)}


def _schema_of(key: Key) -> dict[str, Any]:
    described = {"description": key.about} if not key.default else {"description": f"{key.about} Default: {key.default}."}
    match key.shape:
        case Shape.TABLE:
            return {**described, **_table(key)}
        case Shape.TABLES:
            return {**described, "type": "array", "items": _table(key)}
        case Shape.NAMED:
            return {**described, "type": "object", "additionalProperties": _table(key)}
        case Shape.TEXTS:
            return {**described, "type": "array", "items": {"type": "string", **_choices(key)}}
        case _:
            minimum = {} if key.minimum is None else {"minimum": key.minimum}
            return {**described, **_SIMPLE[key.shape], **_choices(key), **minimum}


def _choices(key: Key) -> dict[str, Any]:
    return {"enum": list(key.choices)} if key.choices else {}


def _table(key: Key) -> dict[str, Any]:
    required = [child.name for child in key.keys if child.required]
    return {
        "type": "object",
        "properties": {child.name: _schema_of(child) for child in key.keys},
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }
