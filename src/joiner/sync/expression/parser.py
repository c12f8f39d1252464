"""Tokens into the typed tree. One grammar for both dialects; names and functions are decided here, values never.

::

    expression := binary [ "?" expression ":" expression | "?:" expression ]
    binary     := OR < AND < comparison (does not chain) < sum
    unary      := ("!" | NOT | "-") unary | postfix
    postfix    := primary { "." name | "." name "(" … ")" | "[" expression "]" | ".![" expression "]" }
    primary    := text | number | true | false | null | name | name "(" … ")" | "(" … ")" | "[" … "]" | "{" … "}"
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from joiner.sync.expression.function_table import find_function, find_method
from joiner.sync.expression.lexer import Token, tokenize
from joiner.sync.expression.limits import DEPTH_MAX
from joiner.sync.expression.mistake import ExpressionMistake
from joiner.sync.expression.names import INTERNAL_PROPERTIES, NAMESPACES, find_root, refuse_function, refuse_method
from joiner.sync.expression.tree import (
    Call,
    Chain,
    Compare,
    Conditional,
    Index,
    ListOf,
    Literal,
    Lookup,
    Node,
    Otherwise,
    Projection,
    Property,
    Root,
    Unary,
    walk,
)

_WORDS: Final = {"and": "&&", "or": "||", "not": "!"}
_CONSTANTS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}
_COMPARISONS: Final = frozenset({"==", "!=", "~=", "<", ">", "<=", ">=", "matches"})


def parse(text: str, dialect: str) -> Node:
    """The tree of ``text``. Raises ExpressionMistake with the place; nothing deeper than DEPTH_MAX is returned."""
    parser = _Parser(tokenize(text, dialect), dialect)
    tree = parser.expression()
    if parser.token.kind != "end":
        raise parser.surprise("the end")
    if max(depth for _, depth in walk(tree)) > DEPTH_MAX:
        raise ExpressionMistake(f"the expression is nested deeper than {DEPTH_MAX} levels")
    return tree


class _Parser:
    """Recursive descent over a list of tokens. The state is the place, the nesting, and whether an element is in view."""

    def __init__(self, tokens: list[Token], dialect: str) -> None:
        self.tokens = tokens
        self.dialect = dialect
        self.place = 0
        self.nesting = 0
        self.projecting = False

    # ---------------------------------------------------------------- tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.place]

    def advance(self) -> Token:
        token = self.token
        self.place += 1
        return token

    def sees(self, sign: str) -> bool:
        return self.token.kind == "sign" and self.token.text == sign

    def takes(self, sign: str) -> bool:
        seen = self.sees(sign)
        self.place += seen
        return seen

    def expect(self, sign: str) -> None:
        if not self.takes(sign):
            raise self.surprise(sign)

    def operator(self) -> str:
        """The operator that stands here, words in their sign form, or ""."""
        token = self.token
        if token.kind == "sign":
            return token.text
        if token.kind == "name":
            return _WORDS.get(token.text.lower(), "matches" if token.text == "matches" else "")
        return ""

    def surprise(self, expected: str) -> ExpressionMistake:
        found = self.token
        shown = "the expression ends" if found.kind == "end" else f'"{found.text[:40]}" stands'
        return ExpressionMistake(f"{shown} where {expected} was expected", found.position)

    def deeper(self) -> None:
        self.nesting += 1
        if self.nesting > DEPTH_MAX:
            raise ExpressionMistake(f"the expression is nested deeper than {DEPTH_MAX} levels", self.token.position)

    # ---------------------------------------------------------------- operators

    def expression(self) -> Node:
        self.deeper()
        node = self.alternatives()
        at = self.token.position
        if self.takes("?:"):
            node = Otherwise(node, self.expression(), at)
        elif self.takes("?"):
            yes = self.expression()
            self.expect(":")
            node = Conditional(node, yes, self.expression(), at)
        self.nesting -= 1
        return node

    def alternatives(self) -> Node:
        return self.chain(self.conjunction, "||")

    def conjunction(self) -> Node:
        return self.chain(self.comparison, "&&")

    def sum(self) -> Node:
        return self.chain(self.unary, "+", "-")

    def chain(self, part: Callable[[], Node], *signs: str) -> Node:
        """``part { sign part }`` as one flat node, so that long sums and long alternatives do not nest."""
        operands = [part()]
        found: list[str] = []
        at = self.token.position
        while (sign := self.operator()) in signs:
            self.place += 1
            found.append(sign)
            operands.append(part())
        return Chain(signs[0], tuple(operands), tuple(found), at) if found else operands[0]

    def comparison(self) -> Node:
        left = self.sum()
        token, sign = self.token, self.operator()
        if sign not in _COMPARISONS:
            return left
        if sign == "~=" and self.dialect == "okta":
            raise ExpressionMistake("~= is native; Okta compares exactly with ==", token.position, "==")
        self.place += 1
        return Compare(sign, left, self.sum(), token.position)

    def unary(self) -> Node:
        at, sign = self.token.position, self.operator()
        if sign not in ("!", "-"):
            return self.postfix()
        self.deeper()
        self.place += 1
        operand = self.unary()
        self.nesting -= 1
        if sign == "-" and isinstance(operand, Literal) and type(operand.value) in (int, float):
            return Literal(-operand.value, at)  # type: ignore[operator]
        return Unary(sign, operand, at)

    # ---------------------------------------------------------------- paths and calls

    def postfix(self) -> Node:
        node = self.primary()
        while self.token.kind == "sign":
            at = self.token.position
            if self.takes(".!["):
                node = self.projection(node, at)
            elif self.takes("["):
                key = self.expression()
                self.expect("]")
                node = Index(node, key, at)
            elif self.takes(".") or self.takes("?."):
                node = self.member(node)
            else:
                break
        return node

    def member(self, receiver: Node) -> Node:
        if self.token.kind != "name":
            raise self.surprise("a name")
        name = self.advance()
        if not self.sees("("):
            # Okta's Identity Engine writes user.profile.x for what classic writes user.x.
            if name.text == "profile" and isinstance(receiver, Root) and receiver.word == "user" and self.sees("."):
                return receiver
            return Property(receiver, name.text, name.position)
        refuse_method(name.text, name.position)
        if name.text == "getInternalProperty" and isinstance(receiver, Root):
            return self.internal_property(receiver, name)
        function = find_method(name.text, self.dialect, name.position)
        return Call(function.name, (receiver, *self.arguments()), name.position, name.text)

    def internal_property(self, receiver: Root, name: Token) -> Node:
        arguments = self.arguments()
        if len(arguments) == 1 and isinstance(arguments[0], Literal) and arguments[0].value in INTERNAL_PROPERTIES:
            return Property(receiver, str(arguments[0].value), name.position)
        raise ExpressionMistake('getInternalProperty takes "id" or "status"', name.position, "id")

    def projection(self, receiver: Node, at: int) -> Node:
        if self.projecting:
            # One projection costs at most a list's length; nested ones would multiply.
            raise ExpressionMistake("a projection cannot stand inside a projection", at)
        self.projecting = True
        body = self.expression()
        self.projecting = False
        self.expect("]")
        return Projection(receiver, body, at)

    def arguments(self) -> tuple[Node, ...]:
        self.expect("(")
        return self.elements(")")

    def elements(self, closing: str) -> tuple[Node, ...]:
        if self.takes(closing):
            return ()
        found = [self.expression()]
        while self.takes(","):
            found.append(self.expression())
        self.expect(closing)
        return tuple(found)

    def primary(self) -> Node:
        token = self.token
        if token.kind == "name":
            return self.named(self.advance())
        if token.kind == "text":
            return Literal(self.advance().text, token.position)
        if token.kind == "number":
            return Literal(self.advance().number, token.position)
        if self.takes("("):
            node = self.expression()
            self.expect(")")
            return node
        if self.takes("{"):
            return ListOf(self.elements("}"), token.position)
        if self.dialect == "native" and self.takes("["):
            return ListOf(self.elements("]"), token.position)
        raise self.surprise("a value")

    def named(self, name: Token) -> Node:
        word = name.text
        if self.sees("("):
            return self.call(word, name.position)
        if word in NAMESPACES:
            return self.namespaced(name)
        if word.lower() in _CONSTANTS:
            return Literal(_CONSTANTS[word.lower()], name.position)
        if word == "lookup" and self.dialect == "native":
            return self.table_access(name.position)
        root = find_root(word, self.dialect, self.projecting, name.position)
        # A bare word is an attribute of what is in view: of the element in a projection, of the user in Okta's mappings.
        return root if root.word == word else Property(root, word, name.position)

    def namespaced(self, name: Token) -> Node:
        self.expect(".")
        if self.token.kind != "name":
            raise self.surprise("a function's name")
        word = f"{name.text}.{self.advance().text}"
        if not self.sees("("):
            raise self.surprise(f'"(" after {word}')
        return self.call(word, name.position)

    def call(self, word: str, at: int) -> Node:
        refuse_function(word, at)
        function = find_function(word, self.dialect, at)
        arguments = self.arguments()
        return self.lookup_call(arguments, at) if function.name == "lookup" else Call(function.name, arguments, at, word)

    def lookup_call(self, arguments: tuple[Node, ...], at: int) -> Node:
        if not 2 <= len(arguments) <= 3:
            raise ExpressionMistake(f"lookup takes a table, a key and perhaps a default; {len(arguments)} are given", at, code="JN1103")
        table = arguments[0]
        if not isinstance(table, Literal) or not isinstance(table.value, str):
            raise ExpressionMistake('the table of lookup is a text in quotes: lookup("divisions", src.department)', at)
        return Lookup(table.value, arguments[1], arguments[2] if len(arguments) == 3 else None, at)

    def table_access(self, at: int) -> Node:
        """``lookup.table[key]`` or ``lookup["a-table"][key]``."""
        if self.takes(".") and self.token.kind == "name":
            table = self.advance().text
        elif self.takes("[") and self.token.kind == "text":
            table = self.advance().text
            self.expect("]")
        else:
            raise self.surprise('a table, as in lookup.divisions[src.department] or lookup["site-phones"][src.site],')
        self.expect("[")
        key = self.expression()
        self.expect("]")
        return Lookup(table, key, None, at)
