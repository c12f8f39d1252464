"""Our named queries as PostgreSQL takes them: ``?`` and ``?1`` become ``$1`` …; those of ``sql_postgres`` stand in for theirs by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from joiner.store.sql_files import load_queries

TEXTS_REMEMBERED_MAX = 1_000
"""Searches are put together from our own words, so there are few shapes of them; this many translations are kept."""

_KEY_EQUAL = re.compile(r"\b([eu])\.match_key = (\$\d+)")
_PLACE = re.compile(r"\$(\d+)")
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\?(\d*)")


def translate(text: str) -> str:
    """``?`` is the next value, ``?3`` the third, as in SQLite; question marks inside quotes stay."""
    last = 0

    def place(found: re.Match[str]) -> str:
        nonlocal last
        if found.group(1) is None:
            return found.group()
        number = int(found.group(1) or last + 1)
        last = max(last, number)
        return f"${number}"

    return _TOKEN.sub(place, text)


@lru_cache(TEXTS_REMEMBERED_MAX)
def translate_search(text: str) -> str:
    """A search of ``org_search``. Index rows stand in their B-tree by MD5, because values may be longer than it takes."""
    return _KEY_EQUAL.sub(r"md5(\1.match_key) = md5(\2) AND \1.match_key = \2", translate(text))


def load_pg_queries() -> dict[str, str]:
    """Every named query of the hosted orgs in PostgreSQL's words."""
    return {name: translate(text) for name, text in (load_queries("sql") | load_queries("sql_postgres")).items()}


def ask_together(query: str, types: Sequence[str]) -> str:
    """The query for arrays of values of these types. Its first column says whether there is a row."""
    arrays = ", ".join(f"${at}::{type}[]" for at, type in enumerate(types, 1))
    values = ", ".join(f"v{at}" for at in range(1, len(types) + 1))
    one = _PLACE.sub(r"asked.v\1", query)
    return f"""SELECT answer.* FROM unnest({arrays}) WITH ORDINALITY AS asked ({values}, place)
LEFT JOIN LATERAL (SELECT true, found.* FROM ({one}) AS found LIMIT 1) AS answer ON true ORDER BY asked.place"""  # noqa: S608 - ours


def is_storable(values: Sequence[Any]) -> bool:
    """PostgreSQL keeps no NUL and no lone surrogate in a text, so nothing that holds one is ever found."""
    return all(type(value) is not str or (value.isascii() and "\x00" not in value) or _encodes(value) for value in values)


def _encodes(text: str) -> bool:
    try:
        return b"\x00" not in text.encode()
    except UnicodeEncodeError:
        return False
