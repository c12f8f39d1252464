"""Lines of keys in joiner.toml, whatever TOML allows around them."""

from __future__ import annotations

from joiner.config.places import scan_places

TEXT = '''\
# a comment with [brackets] and "quotes
version = 1
long = """
[not.a.table]
key = "inside"
\\""" still
"""
raw = \'\'\'
x = 1 \\\'\'\'
list = [
  "a", # ]
  "b]",
]

[[org]]
name = "eu"   # one
budget = { requests_per_minute = 60 }
[[org]]
"quoted.key" = 1
a.b.c = 2

[lookup."site phones"]
file = "x \\" y = [.csv"
[ownership]
[[ownership.rule]]
owner = 'org'
[[ownership.rule]]
[org.deep]
after = 'x
'''


def line(*path: str | int) -> int:
    return scan_places(TEXT).line_of(path)


def test_keys_are_found_on_their_lines() -> None:
    assert [line("version"), line("long"), line("raw"), line("list")] == [2, 3, 8, 10]


def test_arrays_of_tables_count_their_elements() -> None:
    assert [line("org"), line("org", 0), line("org", 0, "name"), line("org", 1)] == [15, 15, 16, 18]


def test_quoted_and_dotted_keys_are_found() -> None:
    assert [line("org", 1, "quoted.key"), line("org", 1, "a"), line("org", 1, "a", "b", "c")] == [19, 20, 20]
    assert [line("lookup", "site phones"), line("lookup", "site phones", "file")] == [22, 23]


def test_nested_arrays_of_tables_are_found() -> None:
    assert [line("ownership"), line("ownership", "rule", 0, "owner"), line("ownership", "rule", 1)] == [24, 26, 27]
    assert line("org", 1, "deep", "after") == 29


def test_what_is_inside_a_value_answers_with_the_line_of_the_value() -> None:
    assert line("org", 0, "budget", "requests_per_minute") == 17


def test_what_is_nowhere_answers_with_what_contains_it_or_the_first_line() -> None:
    assert [line("org", 0, "mode"), line("nowhere"), line()] == [15, 1, 1]
