"""Every table and key of joiner.toml, once: validation, the JSON Schema and the reference page all read this table.

What is listed here works. A key that is planned but not built is unknown, because a setting that is silently ignored
would be believed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Shape(StrEnum):
    """What a value must look like before anybody asks what it means."""

    TEXT = "text"
    TEXTS = "list of texts"
    INTEGER = "whole number"
    NUMBER = "number"
    DURATION = "duration such as 30s, 15m, 1h or 2d"
    EXPRESSION = "expression (a text)"
    SECRET = "secret reference"
    TABLE = "table"
    TABLES = "list of tables"
    NAMED = "tables by name"


@dataclass(frozen=True, slots=True)
class Key:
    """One key. ``keys`` are those of the table below it; ``default`` is what a missing key means, as a person would say it."""

    name: str
    shape: Shape
    about: str
    required: bool = False
    choices: tuple[str, ...] = ()
    default: str = ""
    keys: tuple[Key, ...] = ()
    minimum: int | None = None


def _key(name: str, shape: Shape, about: str, **more: object) -> Key:
    return replace(Key(name, shape, about), **more)  # type: ignore[arg-type]


OWNERS = ("source", "org", "shared", "create_only", "fill_if_empty")
NULL_RULES = ("skip", "clear", "default", "error")
DIALECTS = ("native", "okta")
ORG_KINDS = ("genesys-cloud", "hosted", "scim")
MODES = ("observe", "plan-only", "apply")
POLICIES = ("sync", "upsert_only", "create_only")
FIRST_CONTACTS = ("report", "source")
REFERENCE_KINDS = ("division", "role", "skill", "language", "group")
MATCHES = ("externalId", "email")

_LIMIT_KEYS = (
    _key("max_percent", Shape.NUMBER, "Share of the people in step, in percent; arms above 20 people.", minimum=0),
    _key("max_count", Shape.INTEGER, "Number of people (for a group: of members).", minimum=0),
)

_MATCH_KEYS = (
    _key(
        "order",
        Shape.TEXTS,
        "How a person without a bond finds an account, first hit wins; several hits are held.",
        choices=MATCHES,
        default='["externalId", "email"]',
    ),
)

_SOURCE_KEYS = (
    _key("name", Shape.TEXT, "What the plan calls this source.", required=True),
    _key("kind", Shape.TEXT, "What kind of source it is.", required=True, choices=("csv",)),
    _key("path", Shape.TEXT, "The file, relative to joiner.toml.", required=True),
    _key("key", Shape.TEXT, "The column that identifies a person for ever (an employee number, never an e-mail).", required=True),
    _key("delimiter", Shape.TEXT, "The character between columns.", default="found by looking: , ; or tab"),
    _key("encoding", Shape.TEXT, "The character set.", default="UTF-8, or UTF-16 by its byte order mark"),
    _key(
        "optional_columns",
        Shape.TEXTS,
        "Columns that mappings read and this file need not have.",
        default="none: a missing column stops the run",
    ),
    _key("leaver", Shape.EXPRESSION, "True for a person who is listed but has left."),
    _key("scope", Shape.EXPRESSION, "True for a person who belongs to this pipe; all others are not read."),
    _key("grace", Shape.DURATION, "How far apart two proven reads that miss a person must be before absence counts.", default="1h"),
)

_ORG_KEYS = (
    _key("name", Shape.TEXT, "The name of the org and of its pipe: `joiner plan NAME`.", required=True),
    _key("label", Shape.TEXT, "How the plan names the org.", default="the name"),
    _key("kind", Shape.TEXT, "What it speaks.", required=True, choices=ORG_KINDS),
    _key("region", Shape.TEXT, "Genesys Cloud region, as AWS name (`eu-central-1`) or domain (`mypurecloud.de`). Only genesys-cloud."),
    _key("url", Shape.TEXT, "Base URL of a hosted org or of a SCIM service provider."),
    _key(
        "client_id",
        Shape.TEXT,
        "OAuth client id. Required, unless an org of kind scim takes a bearer token: then the secret is that token.",
    ),
    _key("token_url", Shape.TEXT, "Where an org of kind scim gives out tokens.", default="/oauth/token beside its SCIM path"),
    _key(
        "secret",
        Shape.SECRET,
        'Where the secret is: "file:PATH", "env:NAME", "cred:NAME" or { secret = "NAME" }. Never the secret itself.',
        required=True,
    ),
    _key("source", Shape.TEXTS, "The sources that flow into this org.", required=True),
    _key("mode", Shape.TEXT, "observe: read and report · plan-only: never write · apply.", choices=MODES, default="plan-only"),
    _key("first_contact", Shape.TEXT, "Where nothing was agreed and both sides differ.", choices=FIRST_CONTACTS, default="report"),
    _key("policy", Shape.TEXT, "What the source may do to existence.", choices=POLICIES, default="sync"),
    _key(
        "budget",
        Shape.TABLE,
        "How fast we may ask.",
        keys=(_key("requests_per_minute", Shape.INTEGER, "Requests per minute.", default="240; hosted 12,000", minimum=1),),
    ),
    _key("match", Shape.TABLE, "As [match], for this org only.", keys=_MATCH_KEYS),
)

_MAP_KEYS = (
    _key("to", Shape.TEXT, "The attribute of the org.", required=True),
    _key("from", Shape.EXPRESSION, "What it becomes.", required=True),
    _key("dialect", Shape.TEXT, "The language of `from`.", choices=DIALECTS, default="native"),
    _key("owner", Shape.TEXT, "Who may change it.", choices=OWNERS, default="[ownership]"),
    _key("on_null", Shape.TEXT, "What an expression without a value means.", choices=NULL_RULES, default="skip"),
    _key("default", Shape.TEXT, 'The value instead of none; implies on_null = "default".'),
    _key("org", Shape.TEXTS, "Only for these orgs; beats a mapping without `org`.", default="all"),
)

_LOOKUP_KEYS = (
    _key("file", Shape.TEXT, "CSV with a header: key column, value column. Relative to joiner.toml.", required=True),
    _key("resolve", Shape.TEXT, "What the values name in the org; `joiner check` verifies them.", choices=REFERENCE_KINDS),
    _key("missing", Shape.TEXT, "What a key that is not in the table means.", choices=("hold",), default="hold"),
)

_GUARD_KEYS = (
    _key("leavers", Shape.TABLE, "People whom the source states as left.", keys=_LIMIT_KEYS, default="5 % or 100"),
    _key("vanished", Shape.TABLE, "People whom the source no longer lists.", keys=_LIMIT_KEYS, default="2 % or 25"),
    _key("group_removals", Shape.TABLE, "Members who would leave one group.", keys=_LIMIT_KEYS, default="20 % (from 10 on) or 199"),
    _key("source_shrink", Shape.TABLE, "Rows that a source lost since its last read.", keys=_LIMIT_KEYS, default="5 %"),
    _key("attribute_changed", Shape.TABLE, "People for whom the same attribute changes.", keys=_LIMIT_KEYS, default="10 %"),
    _key("protected", Shape.TEXTS, "User names that are never deactivated."),
)

_OWNERSHIP_RULE_KEYS = (
    _key("attributes", Shape.TEXTS, "Attributes of the org.", required=True),
    _key("owner", Shape.TEXT, "Who may change them.", required=True, choices=OWNERS),
    _key("note", Shape.TEXT, "Why: shown to nobody but the reader of this file."),
)

ROOT = Key(
    name="",
    shape=Shape.TABLE,
    about="joiner.toml",
    keys=(
        _key("version", Shape.INTEGER, "The form of this file; 1.", required=True),
        _key("database", Shape.TEXT, "sqlite:///PATH, beside this file.", default="sqlite:///joiner.db"),
        _key("source", Shape.TABLES, "Where people come from.", keys=_SOURCE_KEYS),
        _key("org", Shape.TABLES, "An org that is kept in step. Each is one pipe.", keys=_ORG_KEYS),
        _key("map", Shape.TABLES, "One attribute of the org and what it becomes.", keys=_MAP_KEYS),
        _key("lookup", Shape.NAMED, "A look-up table that is edited in a spreadsheet.", keys=_LOOKUP_KEYS),
        _key("guard", Shape.TABLE, "Limits that hold a part of a plan for a person.", keys=_GUARD_KEYS),
        _key(
            "ownership",
            Shape.TABLE,
            "Who may change an attribute, where the mapping does not say.",
            keys=(
                _key("default", Shape.TEXT, "For every mapped attribute.", choices=OWNERS, default="source"),
                _key("rule", Shape.TABLES, "For some attributes.", keys=_OWNERSHIP_RULE_KEYS),
            ),
        ),
        _key("match", Shape.TABLE, "Who is who.", keys=_MATCH_KEYS),
    ),
)
