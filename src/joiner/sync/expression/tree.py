"""The typed tree that every dialect is parsed into. Positions are 0-based characters of the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Literal:
    value: None | bool | int | float | str
    position: int


@dataclass(frozen=True, slots=True)
class Root:
    """Where a path begins. ``kind``: src, current, person, org, element; ``word`` is how it was written."""

    kind: str
    word: str
    position: int


@dataclass(frozen=True, slots=True)
class Property:
    receiver: Node
    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Index:
    receiver: Node
    key: Node
    position: int


@dataclass(frozen=True, slots=True)
class ListOf:
    elements: tuple[Node, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Call:
    """``name`` is that of the function table's row, ``written`` the text's; a method's receiver is the first argument."""

    name: str
    arguments: tuple[Node, ...]
    position: int
    written: str


@dataclass(frozen=True, slots=True)
class Lookup:
    table: str
    key: Node
    default: Node | None
    position: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Operands joined by one operator that may repeat without nesting: ``+ -`` (by operand), ``AND``, ``OR``.

    ``signs`` has one entry per operand after the first; long sums and long lists of alternatives stay flat.
    """

    operator: str
    operands: tuple[Node, ...]
    signs: tuple[str, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Compare:
    operator: str
    left: Node
    right: Node
    position: int


@dataclass(frozen=True, slots=True)
class Unary:
    operator: str
    operand: Node
    position: int


@dataclass(frozen=True, slots=True)
class Conditional:
    condition: Node
    yes: Node
    no: Node
    position: int


@dataclass(frozen=True, slots=True)
class Otherwise:
    """``value ?: other``: other when value is null or empty."""

    value: Node
    other: Node
    position: int


@dataclass(frozen=True, slots=True)
class Projection:
    """``list.![body]``: body for every element."""

    receiver: Node
    body: Node
    position: int


Node: TypeAlias = (
    Literal | Root | Property | Index | ListOf | Call | Lookup | Chain | Compare | Unary | Conditional | Otherwise | Projection
)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, in reading order."""
    match node:
        case Literal() | Root():
            return ()
        case Property(receiver=receiver):
            return (receiver,)
        case Index(receiver=receiver, key=key):
            return (receiver, key)
        case ListOf(elements=nodes) | Call(arguments=nodes) | Chain(operands=nodes):
            return nodes
        case Lookup(key=key, default=default):
            return (key,) if default is None else (key, default)
        case Compare(left=left, right=right):
            return (left, right)
        case Unary(operand=operand):
            return (operand,)
        case Conditional(condition=condition, yes=yes, no=no):
            return (condition, yes, no)
        case Otherwise(value=value, other=other):
            return (value, other)
        case _:
            return (node.receiver, node.body)


def walk(node: Node) -> Iterator[tuple[Node, int]]:
    """Every node with its depth (1 = the root). Iterative: a tree that is too deep must still be measured."""
    waiting = [(node, 1)]
    while waiting:
        here, depth = waiting.pop()
        yield here, depth
        waiting.extend((child, depth + 1) for child in reversed(children(here)))
