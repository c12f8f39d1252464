"""What the fuzzer feeds to each parser: scraps, samples and how they are spoilt. Everything follows from one seed.

Inputs are made by three means: real ones with a few characters lost, doubled or swapped; scraps of the grammar in any order;
and, now and then, the largest input that the limits let through, which is what costs most.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")
Source: TypeAlias = "Chance"

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LARGE_EVERY = 4_000
"""One input in so many is as large as can be."""


class Chance:
    """Random choices, quicker than the standard library's."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed).random

    def pick(self, choices: Sequence[T]) -> T:
        return choices[int(self.random() * len(choices))]

    def below(self, limit: int) -> int:
        return int(self.random() * limit)

    def some(self, scraps: Sequence[str], count_max: int, joint: str = "") -> str:
        return joint.join([self.pick(scraps) for _ in range(self.below(count_max))])

    def spoil(self, sample: str, scraps: Sequence[str]) -> str:
        """The sample with one to three slices lost, doubled, or something put in between."""
        for _ in range(1 + self.below(3)):
            start = self.below(len(sample) + 1)
            end = start + self.below(6)
            way = self.below(4)
            if way == 0:
                sample = sample[:start] + sample[end:]
            elif way == 1:
                sample = sample[:end] + sample[start:]
            elif way == 2:
                sample = sample[:start] + self.pick(scraps) + sample[start:]
            else:
                sample = sample[:start] + self.pick(scraps) + sample[end:]
        return sample

    def like(self, samples: Sequence[str], scraps: Sequence[str]) -> str:
        return self.spoil(self.pick(samples), scraps) if self.random() < 0.7 else self.some(scraps, 14, self.pick(("", "", " ")))

    def large(self) -> bool:
        return self.random() * LARGE_EVERY < 1


ODD = ("", "\x00", "\ud800", "\u212a", "é", "e\u0301", "٣", "😀", "\u200b", "\\", '"', "\\u0041", "\\ud800", "\n", "\t", "%00", "x" * 300)
NAMES = (
    "userName", "USERNAME", "name", "name.givenName", "emails", "emails.value", "emails.type", "emails[", "active", "title",
    "password", "meta", "meta.lastModified", "id", "externalId", "schemas", "groups", "roles", "addresses", "x509Certificates",
    "manager", "division", "members", "members.value", "displayName", "count", "ratio", "since", "blob", "tags", "box", "box.value",
    "parts", "hidden", "value", "type", "primary", "$ref", "x", USER, ENTERPRISE, f"{ENTERPRISE}:manager.value",
    f"{ENTERPRISE}:department", f"{USER}:userName", "urn:", "urn:x:y", ":", ".",
)  # fmt: skip
LITERALS = (
    '"x"', '"work"', '"True"', '"2026-11-22T09:30:00Z"', '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"', "true",
    "false", "null", "5", "-0", "1e308", "1e999", "-1.5", "007", "9" * 25, '"', "'x'", "bare", '"a\\"b"',
)  # fmt: skip
OPERATORS = (
    "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr", "EQ", "xx", "and", "or", "not", "not(", "(", ")", "[", "]", "].", " ",
    " and ",
)  # fmt: skip
FILTER_SCRAPS = NAMES + LITERALS + OPERATORS + OPERATORS + ODD
FILTERS = (
    'userName eq "mira"', 'emails[type eq "work" and value co "@x"].value eq "y"',
    'not (title pr) and (active eq true or name.givenName sw "M")', 'meta.lastModified gt "2026-11-22T09:30:00Z"',
    f'{ENTERPRISE}:department eq "Support" or employeeNumber ge "5"', "x509Certificates pr", 'members[value eq "1" or value eq "2"]',
    "count gt 5 and ratio le 2.5e3", 'since ge "2026-01-01" and blob ne "AbC="', "((((a pr))))", "id eq null",
)  # fmt: skip
PATHS = (
    "userName", "name.givenName", 'emails[type eq "work"].value', f"{ENTERPRISE}:manager.value", ENTERPRISE, "parts", "box.value",
    "tags", 'parts[value eq "p" and type eq "x"]', 'members[value eq "2819c223"]', "members", "addresses[primary eq true].country",
    "emails[not (type pr)]",
)  # fmt: skip
WRITABLE = tuple(each for each in ODD if each != "\ud800")
"""What can come out of a body: halves of pairs are refused before."""
KEYS = (*NAMES, "Operations", "op", "path", "filter", "attributes", "count", "cursor", "data", "method", "bulkId", "version", "authority")
WORDS = (
    "", "x", "mira", "work", "True", "false", "5", "2.5", "-0", "2026-11-22T09:30:00Z", "AbC=", "bulkId:a", "bulkId:b", "a@b.example",
    "+4930123456",
)  # fmt: skip
NUMBERS = (0, 1, -1, 5, 2.5, -0.0, 1e300, 10**17, 10**19, 10**400, 2**53 + 1)
METHODS = ("POST", "PUT", "PATCH", "DELETE", "post", "GET", "")
ENDPOINTS = ("/Users", "/Users/1", "/Users/bulkId:a", "Groups/bulkId:b", "/Me", "/", "//", "/Users/%00", "https://x", "/Users/1?x")
TYPES = ("string", "boolean", "decimal", "integer", "dateTime", "reference", "binary", "complex", "text", "")
CHARACTERISTICS = (
    "name", "type", "multiValued", "required", "caseExact", "mutability", "returned", "uniqueness", "subAttributes", "referenceTypes",
    "canonicalValues", "description", "indexed", "scanned", "requird",
)  # fmt: skip
CHOICES: tuple[Any, ...] = (
    True, False, None, "readWrite", "readOnly", "immutable", "writeOnly", "always", "never", "request", "server", "none", [], ["x"], 5,
)  # fmt: skip


def value(chance: Chance, depth: int = 3) -> Any:
    """Any JSON value, small."""
    kind = chance.below(10)
    if depth and kind < 2:
        return [value(chance, depth - 1) for _ in range(chance.below(4))]
    if depth and kind < 5:
        return {chance.pick(KEYS): value(chance, depth - 1) for _ in range(chance.below(4))}
    if kind < 6:
        return chance.pick((None, True, False))
    return chance.pick(NUMBERS) if kind == 6 else chance.pick(WRITABLE) if kind == 7 else chance.pick(WORDS)


def filter_text(chance: Chance) -> str:
    if chance.large():
        unit = chance.pick(
            ('a eq "x" or ', "emails[type pr] and ", "not (title pr) or ", '("', "(" * 19 + "x pr" + ")" * 19 + " and ", '"\\')
        )
        return (unit * 4096)[: 4090 - chance.below(40)] + "x pr"
    return chance.like(FILTERS, FILTER_SCRAPS)


def path_text(chance: Chance) -> str:
    if chance.large():
        return chance.pick(('emails[type eq "x" or ', 'parts[value eq "1" and ', "urn:" + "x:" * 500, "a" * 1024 + ".")) * 50
    return chance.like(PATHS, FILTER_SCRAPS)


def body(chance: Chance) -> dict[str, Any]:
    if chance.large():
        many = [{"value": f"v{n}", "type": chance.pick(WORDS)} for n in range(chance.pick((499, 500, 501)))]
        return dict.fromkeys(("emails", "roles", "parts", "addresses", "members", "tags", "entitlements", "ims"), many) | {"userName": "m"}
    return {"userName": "mira"} | {chance.pick(KEYS): value(chance) for _ in range(chance.below(6))}


def patch(chance: Chance) -> dict[str, Any]:
    if chance.large():
        name, way = chance.pick(("emails", "parts", "members")), chance.below(5)
        return {"Operations": [_large_operation(chance, number, name, way) for number in range(100)]}
    return (
        {"Operations": [_operation(chance) for _ in range(chance.below(4))]}
        if chance.random() < 0.9
        else {chance.pick(KEYS): value(chance)}
    )


def _large_operation(chance: Chance, number: int, name: str, way: int) -> dict[str, Any]:
    """Paths differ from operation to operation, so that nothing is remembered; each way costs in another place."""
    if way == 0:
        return {"op": "add", "path": name, "value": [{"value": f"v{number}.{n}"} for n in range(chance.pick((1, 5, 10)))]}
    if way == 1:
        return {"op": "replace", "value": {f"x{number}.{n}": n for n in range(24)}}
    terms = " or ".join([f'value eq "{number}.{n}"' for n in range(chance.pick((5, 40, 55)))])
    if way == 2:
        return {"op": "remove", "path": f"{name}[{terms}]"}
    if way == 3:
        return {"op": "replace", "path": name, "value": [{"value": f"v{n}"} for n in range(49)]}
    return {
        "op": "add",
        "path": f'{name}[value eq "{number}"]',
        "value": {"value": str(number), "type": "x"} | {f"x{n}": n for n in range(300)},
    }


def _operation(chance: Chance) -> Any:
    if chance.random() < 0.05:
        return value(chance)
    operation = {
        "op": chance.pick(("add", "replace", "remove", "Add", "Replace", "Remove", "add", "replace", "remove", "move")),
        "value": value(chance),
    }
    if chance.random() < 0.8:
        operation["path"] = path_text(chance).replace("\ud800", "") if chance.random() < 0.5 else chance.pick(NAMES + PATHS)
    return operation


def projection(chance: Chance) -> tuple[str | None, str | None]:
    if chance.large():
        return ",".join([chance.pick(NAMES) + chance.pick(("", ".x", "y")) for _ in range(2000)])[:8192], None
    lists = [chance.some(NAMES + ODD, 6, ",") if chance.random() < 0.7 else None for _ in range(2)]
    return lists[0], lists[1]


_DOCUMENT = {
    "schemas": [USER],
    "userName": "mira",
    "active": True,
    "n": [1, -2.5, None],
    "emails": [{"value": "a:b", "t": "\u00e9"}],
    "": {},
}
JSON_SAMPLES = (
    json.dumps(_DOCUMENT),
    json.dumps(_DOCUMENT, ensure_ascii=False, separators=(",", ":")),
    '{"a":1,"b":{"a":":"},"a":2}',
    '{"\\u003a":1}',
)
JSON_SCRAPS = (
    "{", "}", "[", "]", ":", ",", '"', '"a"', '"a":', "1", "-", "1e5", "1e400", "NaN", "Infinity", "true", "null", "\\", "\\u0000",
    "\\u003a", "\\ud83d", "\\ude00", "\ufeff", " ", "\n", "\x00", "\x01", "é", "😀", '"a":1,', '"b":{"a":1}', '""', "9" * 30, "[" * 40,
    "]" * 40,
)  # fmt: skip


def json_bytes(chance: Chance) -> bytes:
    if chance.large():
        head, unit, tail = chance.pick(
            (
                ('{"a":[', "[],", "1]}"),
                ('{"a":[', '{"b":0},', "1]}"),
                ('{"a":[', '"ж",', "1]}"),
                ('{"a":"', "\\u003a", '"}'),
                ('{"a":"', "\\\\", '"}'),
                ("{", '"a":1,', '"a":1}'),
                ('{"a":', "[", "]}"),
                ('{"a":[', "1.9999999999999999e-300,", "1]}"),
                ("{", " ", "}"),
                ('{"a":"', "\\ud83d", '"}'),
                ('{"a":[', "9" * 4000 + ",", "1]}"),
                ('{"members":[', '{"value":"2819c223-7f76-453a-919d-413861904646"},', "{}]}"),
            )
        )
        marks = max(unit.count(",") + unit.count(":"), 1)
        containers = max(unit.count("{") + unit.count("["), 1)
        count = min(1_000_000 // len(unit.encode()), 74_900 // marks if marks > 1 else 74_900, 32_700 // containers)
        return (head + unit * (count if chance.random() < 0.5 else 1_000_000 // len(unit.encode())) + tail).encode()
    text = chance.like(JSON_SAMPLES, JSON_SCRAPS).encode("utf-8", "surrogatepass")
    if chance.random() < 0.1:
        place = chance.below(len(text) + 1)
        text = text[:place] + bytes([chance.below(256)]) + text[place:]
    return text


def search(chance: Chance) -> dict[str, Any]:
    if chance.large():
        return {"attributes": ["userName"] * 500, "filter": "x" * 4096, "count": 10**400}
    names = (
        "attributes",
        "excludedAttributes",
        "filter",
        "sortBy",
        "sortOrder",
        "startIndex",
        "count",
        "cursor",
        "schemas",
        "SORTORDER",
        "x",
    )
    return {chance.pick(names): value(chance, 1) for _ in range(chance.below(5))}


def query(chance: Chance) -> dict[str, str]:
    names = ("attributes", "excludedattributes", "filter", "sortby", "sortorder", "startindex", "count", "cursor", "x")
    texts = WORDS + ODD + ("ascending", "descending", "9" * 400, "-" + "9" * 400, "1" * 401, "+1", " 1 ", "1_0", "٣", "1e3")
    return {chance.pick(names): chance.pick(texts) for _ in range(chance.below(5))}


def bulk(chance: Chance) -> dict[str, Any]:
    if chance.large():
        ids = [f"bulkId:{n}" for n in range(99)]
        made = [
            {"method": "POST", "path": "/Groups", "bulkId": str(n), "data": {"members": [{"value": id} for id in ids]}} for n in range(99)
        ]
        return {"Operations": made}
    if chance.random() < 0.05:
        return {chance.pick(KEYS): value(chance)}
    return {
        "Operations": [_bulk_operation(chance) for _ in range(chance.below(5))],
        "failOnErrors": chance.pick((None, 1, 0, -1, "1", True)),
    }


def _bulk_operation(chance: Chance) -> Any:
    if chance.random() < 0.03:
        return value(chance)
    operation = {
        "method": chance.pick(METHODS),
        "path": chance.pick(ENDPOINTS),
        "bulkId": chance.pick(("a", "b", "", None, 5)),
        "data": value(chance),
    }
    if chance.random() < 0.2:
        operation["version"] = value(chance, 0)
    return operation


def definition(chance: Chance) -> Any:
    if chance.large():
        parts = [{"name": f"p{n}", "canonicalValues": ["x"] * 200} for n in range(50)]
        return {"id": "urn:x:y:z", "attributes": [{"name": f"a{n}", "type": "complex", "subAttributes": parts} for n in range(200)]}
    if chance.random() < 0.05:
        return value(chance)
    if chance.random() < 0.2:
        names = ("name", "endpoint", "schema", "schemaExtensions", "description")
        texts = ("Badge", "/Badges", "urn:x:y:z", [{"schema": "urn:x:y:z"}], "", None, 5, "/Me", "9")
        return {name: chance.pick(texts) for name in names}
    return {
        "id": chance.pick(("urn:x:y:z", "urn:x:y:z", "x", "", 5)),
        "attributes": [_attribute(chance, 2) for _ in range(1 + chance.below(3))],
    }


def _attribute(chance: Chance, depth: int) -> Any:
    if chance.random() < 0.03:
        return value(chance, 1)
    attribute: dict[str, Any] = {"name": chance.pick((*NAMES, "a", "b", "$ref", "a b")), "type": chance.pick(TYPES)}
    for _ in range(chance.below(4)):
        attribute[chance.pick(CHARACTERISTICS)] = chance.pick(CHOICES)
    if attribute["type"] == "complex" and depth and chance.random() < 0.9:
        attribute["subAttributes"] = [_attribute(chance, depth - 1) for _ in range(chance.below(3))]
    return attribute


def cursor(chance: Chance) -> str:
    if chance.large():
        return chance.pick(("A", "_", "=", "é")) * chance.pick((4096, 100_000))
    return chance.like(
        ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAGlbMQ", "", "bmV4dA"), ("A", "-", "_", "=", "/", "+", " ", "é", "\n", "\ud800", "AAAA", "f" * 20)
    )


def text(chance: Chance) -> str:
    samples = (
        "mira@northlight.example",
        "tel:+13175550100;ext=12",
        "2026-11-22T09:30:00.5+01:00",
        "+49 (0)711 123456",
        "İstanbul",
        "Straße",
        "ﬁn",
    )
    if chance.large():
        return chance.pick(("é", "\u0345", "a@", "1", ".", "ﷺ", " ")) * 20_000
    return chance.like(samples, ODD + WORDS + ("@", ".", "T", ":", "Z", "+14:00", "9999", "0000-00-00", "W/", "ext="))


Maker: TypeAlias = Callable[[Chance], Any]
