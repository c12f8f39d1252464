"""All oddities by name, for what a connection may bear, for the counters' explanations and for the page that lists them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from joiner.dialects import document_oddities as document
from joiner.dialects import message_oddities as message
from joiner.dialects import operation_oddities as operation
from joiner.dialects import query_oddities as query
from joiner.dialects.oddity import Oddity
from joiner.dialects.unknown_names import UNKNOWN_ATTRIBUTE

ODDITIES: Mapping[str, Oddity] = MappingProxyType(
    {
        each.name: each
        for each in (
            *operation.WITH_OTHER_VERB,
            *operation.WITH_TEXT,
            *operation.WITH_MEMBERS,
            *operation.WITH_LIST,
            *operation.WITH_OBJECT,
            *operation.WITH_MAP,
            *operation.WITH_FILTER,
            *operation.WITH_URN,
            operation.EMPTY_PATH,
            message.MISSING_PATCH_SCHEMA,
            message.NAMES_IN_OTHER_CASE,
            *(each for listed in document.IN_NEW_RESOURCE.values() for each in listed),
            document.MISSING_SCHEMAS,
            document.EXTENSION_NOT_IN_SCHEMAS,
            *query.IN_FILTER,
            query.DOUBLED_SLASH,
            UNKNOWN_ATTRIBUTE,
        )
    }
)
