"""Habits of a patch message as a whole (RFC 7644 §3.5.2)."""

from __future__ import annotations

from joiner.dialects.oddity import Oddity
from joiner.scim.core_schemas import PATCH_OP_URN
from joiner.scim.refusals import InvalidSyntax

PATCH_SCHEMAS = [PATCH_OP_URN]

MISSING_PATCH_SCHEMA = Oddity(
    "missing-patch-schema",
    ("generic",),
    "RFC 7644 §3.5.2",
    f"A patch does not say in schemas that it is one ({PATCH_OP_URN}).",
    f'Send "schemas": ["{PATCH_OP_URN}"].',
    InvalidSyntax,
    lambda schemas: not (schemas.__class__ is list and PATCH_OP_URN in schemas),
)

NAMES_IN_OTHER_CASE = Oddity(
    "names-in-other-case",
    ("generic",),
    "RFC 7643 §2.1",
    'The names of a patch message are spelled in another case, such as "operations" or "Path".',
    'Write "Operations", "op", "path" and "value".',
    InvalidSyntax,
    lambda message: "Operations" not in message,
    lambda message: {("Operations" if key.lower() == "operations" else key): value for key, value in message.items()},
    allowed=True,
)
