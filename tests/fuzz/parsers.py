"""Fuzzes every reader of the scim room: only typed refusals may come out, and nothing may take longer than 20 ms of CPU.

::

    python tests/fuzz/parsers.py --inputs 5000000 --jobs 2

prints one line of figures: how many inputs, of which refused, and for each parser the slowest input in CPU milliseconds. Inputs
are numbered and follow from their number alone: ``--start N`` goes on where another run ended or was interrupted (its last line
says where), and a failure prints the command that replays its chunk. ``--parser filter`` tries one parser only. Exit code 1:
something else than a refusal came out, or an input was too slow.

Beyond not failing: a filter reads back what it writes, accepted and patched documents can be written as JSON, a body is read as
the standard library reads it, every order of a bulk request has each operation once.
"""

from __future__ import annotations

import argparse
import gc
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "src")]

import hostile

from joiner.errors import ScimRefusal
from joiner.scim.bulk import completion, order, parse_bulk, resolved
from joiner.scim.core_schemas import ENTERPRISE_USER, GROUP, USER
from joiner.scim.cursor import cursor_scope, parse_cursor
from joiner.scim.definitions import parse_resource_type, parse_schema, schema_document
from joiner.scim.filter import format_filter, parse_filter
from joiner.scim.matching import compile_element_filter, compile_filter
from joiner.scim.membership import member_delta
from joiner.scim.messages import dump_json, parse_json
from joiner.scim.patch import PatchRules, apply_patch, parse_patch
from joiner.scim.path import parse_attribute_path, parse_patch_path
from joiner.scim.projection import parse_projection, project
from joiner.scim.resource import accept, replace
from joiner.scim.schema import Document, Extension, ResourceType
from joiner.scim.search_request import parse_list_parameters, parse_search_request
from joiner.scim.sorting import parse_sort
from joiner.scim.values import canonical_phone, is_email, match_key, parse_boolean, parse_date_time, parse_decimal
from joiner.scim.version import etag_matches

CHUNK = 5_000
SLOW_MS = 20.0
NOW = datetime(2026, 11, 22, tzinfo=UTC)
SCOPE = cursor_scope(1, "User", None, None, False)
KEY = b"k" * 32

USERS = ResourceType("User", "/Users", USER, (Extension(ENTERPRISE_USER),), aliases=(("manager", f"{ENTERPRISE_USER.id}:manager"),))
GROUPS = ResourceType("Group", "/Groups", GROUP)
THING = parse_schema(
    {
        "id": "urn:x:y:z",
        "attributes": [
            *(
                {"name": name, "type": kind}
                for name, kind in (
                    ("userName", "string"),
                    ("count", "integer"),
                    ("ratio", "decimal"),
                    ("since", "dateTime"),
                    ("blob", "binary"),
                    ("active", "boolean"),
                )
            ),
            {"name": "tags", "multiValued": True},
            {"name": "title", "mutability": "immutable"},
            {"name": "password", "mutability": "writeOnly"},
            {"name": "hidden", "type": "complex", "returned": "never", "subAttributes": [{"name": "value"}]},
            {
                "name": "box",
                "type": "complex",
                "subAttributes": [{"name": "value", "required": True}, {"name": "type", "mutability": "immutable"}],
            },
            {
                "name": "parts",
                "type": "complex",
                "multiValued": True,
                "subAttributes": [
                    {"name": "value"},
                    {"name": "type", "mutability": "immutable"},
                    {"name": "primary", "type": "boolean"},
                    {"name": "since", "type": "dateTime"},
                ],
            },
        ],
    }
)
THINGS = ResourceType("Thing", "/Things", THING, (Extension(ENTERPRISE_USER),))
KINDS = (USERS, GROUPS, THINGS)
DOCUMENTS: tuple[Document, ...] = (
    {
        "schemas": [USER.id],
        "id": "1",
        "userName": "Mira",
        "active": True,
        "emails": [{"value": "m@x.example", "type": "work", "primary": True}],
        "name": {"givenName": "Mira"},
        "meta": {"lastModified": "2026-11-22T09:30:00Z"},
        ENTERPRISE_USER.id: {"manager": {"value": "2"}},
    },
    {"displayName": "Night", "members": [{"value": "1"}, {"value": "2"}]},
    {
        "userName": "t",
        "count": 5,
        "ratio": 2.5,
        "since": "2026-11-22",
        "blob": "AbC=",
        "tags": ["a"],
        "title": "x",
        "box": {"value": "b"},
        "parts": [{"value": "p", "type": "x", "primary": True}, {"value": "q"}],
    },
)
RULES = (PatchRules(), PatchRules("refuse", "ignore", "whole", "refuse"))


def _filter(text: str) -> None:
    tree = parse_filter(text, unquoted=len(text) % 2 == 0)
    assert parse_filter(format_filter(tree)) == tree
    for kind, document in zip(KINDS, DOCUMENTS, strict=True):
        try:
            matches = compile_filter(tree, kind)
        except ScimRefusal:
            continue
        for each in (document, dict.fromkeys(document, 5), {}):
            matches(each)


def _path(text: str) -> None:
    for kind in KINDS:
        for parse in (parse_patch_path, parse_attribute_path):
            try:
                parse(text, kind)
            except ScimRefusal:
                continue


def _patch(body: Document) -> None:
    operations = parse_patch(body)
    for kind, document in zip(KINDS, DOCUMENTS, strict=True):
        try:
            left = member_delta(operations).rest if kind is GROUPS else operations
            dump_json(apply_patch(document, left, kind, RULES[len(operations) % 2]))
        except ScimRefusal:
            continue


def _accept(body: Document) -> None:
    for kind, document in zip(KINDS, DOCUMENTS, strict=True):
        try:
            accepted = accept(
                body, kind, unknown="refuse" if len(body) == 3 else "ignore", undeclared="refuse" if len(body) == 2 else "accept"
            )
            dump_json(replace(document, accepted, kind))
        except ScimRefusal:
            continue


def _projection(lists: tuple[str | None, str | None]) -> None:
    for kind, document in zip(KINDS, DOCUMENTS, strict=True):
        project(document, parse_projection(*lists, kind), kind)


def _json(body: bytes) -> None:
    document = parse_json(body, bytes_max=1_048_576)
    if len(body) < 500:
        pairs = json.loads(body, object_pairs_hook=_singles)
        assert repr(pairs) == repr(document)
    dump_json(document)


def _singles(pairs: list[tuple[str, Any]]) -> Document:
    document = dict(pairs)
    assert len(document) == len(pairs), "a doubled name was not seen"
    return document


def _search(body: Document) -> None:
    parse_search_request(body, page_default=25, page_max=1000)


def _query(query: dict[str, str]) -> None:
    parse_list_parameters(query, page_default=25, page_max=1000)


def _sort(text: str) -> None:
    for kind in KINDS:
        try:
            sort = parse_sort(text, False, kind)
        except ScimRefusal:
            continue
        sorted([*DOCUMENTS, {}, {name: [5] for name in DOCUMENTS[0]}], key=sort.key)


def _bulk(body: Document) -> None:
    operations = parse_bulk(body).operations
    steps = order(operations)
    assert sorted(step.operation.position for step in steps if not step.completes) == [each.position for each in operations]
    ids = {"a": "A"} if len(operations) % 2 else {each.bulk_id: "id" for each in operations}
    for step in steps:
        if step.operation.fault is None:
            try:
                completion(step, ids) if step.completes else resolved(step, ids)
            except ScimRefusal:
                continue


def _definition(document: Any) -> None:
    if isinstance(document, dict) and "endpoint" in document:
        parse_resource_type(document, {THING.id: THING})
    else:
        schema = parse_schema(document)
        if len(schema.attributes) < 10:
            assert schema_document(parse_schema(schema_document(schema))) == schema_document(schema)


def _cursor(text: str) -> None:
    parse_cursor(text, SCOPE, key=KEY, now=NOW)


def _values(text: str) -> None:
    assert match_key(match_key(text)) == match_key(text)
    moment = parse_date_time(text)
    assert moment is None or (moment < NOW) is not (moment >= NOW)
    assert parse_boolean(text) is None or parse_decimal(text) is None
    is_email(text)
    etag_matches(text, 3)
    if len(text) % 8 == 0:
        canonical_phone(text, "DE")


PARSERS: dict[str, tuple[hostile.Maker, Callable[[Any], None]]] = {
    "filter": (hostile.filter_text, _filter),
    "path": (hostile.path_text, _path),
    "patch": (hostile.patch, _patch),
    "body": (hostile.body, _accept),
    "projection": (hostile.projection, _projection),
    "json": (hostile.json_bytes, _json),
    "search": (hostile.search, _search),
    "query": (hostile.query, _query),
    "sort": (hostile.path_text, _sort),
    "bulk": (hostile.bulk, _bulk),
    "definition": (hostile.definition, _definition),
    "cursor": (hostile.cursor, _cursor),
    "values": (hostile.text, _values),
}


@dataclass
class Figures:
    """What came of some inputs; adds up."""

    inputs: int = 0
    refused: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    slowest_ms: dict[str, float] = field(default_factory=dict)
    slowest: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def note(self, parser: str, spent_ms: float, given: str) -> None:
        if spent_ms > self.slowest_ms.get(parser, -1.0):
            self.slowest_ms[parser], self.slowest[parser] = spent_ms, given

    def add(self, other: Figures) -> None:
        self.inputs += other.inputs
        self.refused += other.refused
        self.kinds += other.kinds
        self.failures += other.failures
        for parser, spent_ms in other.slowest_ms.items():
            self.note(parser, spent_ms, other.slowest[parser])

    def line(self) -> str:
        slowest = " ".join(f"{name}={spent:.2f}" for name, spent in sorted(self.slowest_ms.items(), key=lambda each: -each[1]))
        kinds = " ".join(f"{name}:{count}" for name, count in self.kinds.most_common())
        return f"{self.inputs} inputs, {self.refused} refused ({kinds}), {len(self.failures)} failures; slowest in CPU ms: {slowest}"


def try_chunk(chunk: int, count: int, only: str | None = None) -> Figures:
    """The inputs of one chunk, each parser in turn. The collector runs between chunks, so that it is not counted as parsing."""
    chance = hostile.Chance(chunk)
    figures = Figures()
    parsers = [each for each in PARSERS.items() if only in (None, each[0])]
    gc.collect()
    gc.disable()
    try:
        for number in range(count):
            name, (make, parse) = parsers[number % len(parsers)]
            given = make(chance)
            begun = time.thread_time_ns()
            try:
                parse(given)
            except ScimRefusal as refusal:
                figures.refused += 1
                figures.kinds[type(refusal).__name__] += 1
            except Exception as error:  # noqa: BLE001 - finding these is what this is for
                where = f"--start {chunk * CHUNK} --inputs {CHUNK}" + (f" --parser {only}" if only else "")
                figures.failures.append(f"{name}: {type(error).__name__}: {error} for {given!r:.500} (replay: {where})")
            spent_ms = (time.thread_time_ns() - begun) / 1e6
            if spent_ms > figures.slowest_ms.get(name, -1.0):
                if spent_ms > SLOW_MS:  # a neighbour on the same core slows a parser too: try again before saying so
                    spent_ms = min([spent_ms, *[_spent_again_ms(parse, given) for _ in range(3)]])
                figures.note(name, spent_ms, f"{given!r:.200}")
    finally:
        gc.enable()
    figures.inputs = count
    return figures


def _spent_again_ms(parse: Callable[[Any], None], given: Any) -> float:
    for remembering in (parse_attribute_path, parse_patch_path, parse_projection, compile_element_filter, parse_sort):
        remembering.cache_clear()
    begun = time.thread_time_ns()
    with suppress(Exception):
        parse(given)
    return (time.thread_time_ns() - begun) / 1e6


def chunks(start: int, inputs: int) -> Iterator[tuple[int, int]]:
    first = start // CHUNK
    for number in range((inputs + CHUNK - 1) // CHUNK):
        yield first + number, min(CHUNK, inputs - number * CHUNK)


def run(start: int, inputs: int, jobs: int, only: str | None = None) -> Figures:
    """Tries so many inputs from a number on, on so many processes. Stops early after failures and when interrupted."""
    figures = Figures()
    work = list(chunks(start, inputs))
    if jobs < 2:
        for chunk, count in work:
            figures.add(try_chunk(chunk, count, only))
        return figures
    stopping: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: stopping.append(number))
    with ProcessPoolExecutor(jobs, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN)) as pool:
        for each in pool.map(try_chunk, [chunk for chunk, _ in work], [count for _, count in work], [only] * len(work), chunksize=4):
            figures.add(each)
            if stopping or len(figures.failures) > 20:
                pool.shutdown(cancel_futures=True)
                break
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description="Fuzz the readers of the scim room.")
    parser.add_argument("--inputs", type=int, default=5_000_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--start", type=int, default=0, help="number of the first input, a multiple of 5000")
    parser.add_argument("--parser", choices=[*PARSERS], default=None)
    parser.add_argument("--show", action="store_true", help="also print the slowest input of each parser")
    asked = parser.parse_args()
    begun = time.monotonic()
    figures = run(asked.start, asked.inputs, asked.jobs, asked.parser)
    slow = {name: spent for name, spent in figures.slowest_ms.items() if spent > SLOW_MS}
    for failure in figures.failures[:20]:
        print(failure)
    for name in figures.slowest if asked.show else slow:
        print(f"slowest {name}: {figures.slowest_ms[name]:.2f} ms for {figures.slowest[name]}")
    print(f"{figures.line()}; {time.monotonic() - begun:.0f} s; next --start {asked.start + figures.inputs}")
    return 1 if figures.failures or slow else 0


if __name__ == "__main__":
    sys.exit(main())
