"""SQL files: named queries are found, doubled names and gaps are our mistakes, scripts split at whole statements."""

from __future__ import annotations

import pytest

from joiner.store.sql_files import load_migrations, load_queries, parse_queries, split_script


def test_queries_are_split_at_their_names_and_lose_comments_and_the_last_semicolon() -> None:
    text = "-- A file.\n-- name: one\n-- What it is for.\nSELECT 1;\n\n-- name: two\nSELECT 2,\n    3;\n"
    assert parse_queries(text) == {"one": "SELECT 1", "two": "SELECT 2,\n    3"}


@pytest.mark.parametrize("text", ["-- name: one\nSELECT 1;\n-- name: one\nSELECT 2;", "-- name:\nSELECT 1;"])
def test_query_without_a_name_of_its_own_is_our_mistake(text: str) -> None:
    with pytest.raises(AssertionError):
        parse_queries(text)


def test_trigger_is_one_statement() -> None:
    script = (
        "-- Why.\nCREATE TABLE t (\n    a\n);\nCREATE TRIGGER r BEFORE DELETE ON t\nBEGIN\n    SELECT 1;\nEND;\nCREATE INDEX i ON t (a);\n"
    )
    assert [statement.split("\n")[0] for statement in split_script(script)] == [
        "CREATE TABLE t (",
        "CREATE TRIGGER r BEFORE DELETE ON t",
        "CREATE INDEX i ON t (a);",
    ]
    with pytest.raises(AssertionError):
        split_script("CREATE TABLE t (")


def test_engine_has_its_queries_and_its_first_migration() -> None:
    assert load_queries("engine_sql")["release_lease"].startswith("UPDATE lease")
    assert [migration.number for migration in load_migrations("engine_sql")][:1] == [1]
