"""Where words go: the result to stdout, everything else to stderr; colour only where a person wants it.

Text from sources and orgs is shown, never obeyed: control characters are made visible, so that a name cannot move the
cursor or hide a line.
"""

from __future__ import annotations

import os
import textwrap
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO

from joiner.errors import Problem, Unwritable

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}

COLUMNS_MIN = 40
"""Narrower terminals break our lines themselves."""

_HIDDEN_CATEGORIES = ("Cc", "Cf", "Cs", "Zl", "Zp")
_JOINERS = "\u200c\u200d"
"""Zero-width (non-)joiners are letters' business in Persian, Hindi and other scripts: they stay."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """Both streams and how they may be used. ``quiet`` silences progress and remarks, never errors."""

    out: TextIO
    err: TextIO
    colour_out: bool = False
    colour_err: bool = False
    quiet: bool = False
    columns: int = 0
    """How wide the result may be; 0 where nobody knows: a file, a pipe."""

    def say(self, text: str) -> None:
        """A part of the result. Raises Unwritable (JN6405): whoever keeps it in a file must know that it is not whole."""
        try:
            self.out.write(text + "\n")
        except BrokenPipeError:
            raise
        except OSError as error:
            title = f"the result cannot be written: {error.strerror or type(error).__name__}"
            raise Unwritable(Problem("JN6405", title, (), "make room, or send the result elsewhere")) from None

    def remark(self, text: str) -> None:
        """Something beside the result."""
        if not self.quiet:
            self.complain(text)

    def complain(self, text: str) -> None:
        """An error or a warning: not silenced by ``-q``."""
        with suppress(OSError):  # told where it is written, or at the end
            self.out.flush()  # where both streams end up in one file, words stand in the order in which they were said
        self.err.write(text + "\n")

    def paint(self, text: str, style: str) -> str:
        return paint(text, style if self.colour_out else "")

    def paint_err(self, text: str, style: str) -> str:
        return paint(text, style if self.colour_err else "")


def open_terminal(out: TextIO, err: TextIO, environment: Mapping[str, str], *, no_color: bool = False, quiet: bool = False) -> Terminal:
    """no-color.org and clig.dev: --no-color, then NO_COLOR, then FORCE_COLOR, then TERM=dumb, then whether it is a TTY."""

    def wanted(stream: TextIO) -> bool:
        if no_color or environment.get("NO_COLOR"):
            return False
        if environment.get("FORCE_COLOR"):
            return True
        return environment.get("TERM") != "dumb" and stream.isatty()

    return Terminal(out, err, wanted(out), wanted(err), quiet, _columns(out, environment))


def _columns(out: TextIO, environment: Mapping[str, str]) -> int:
    """What the user says (POSIX: COLUMNS), else what the terminal says."""
    said = environment.get("COLUMNS", "")
    if said.isascii() and said.isdigit() and int(said):
        return max(int(said), COLUMNS_MIN)
    if not out.isatty():
        return 0
    try:
        return max(os.get_terminal_size(out.fileno()).columns, COLUMNS_MIN)
    except OSError:
        return 0


def paint(text: str, style: str) -> str:
    """``style`` is words such as ``bold red``; "" leaves the text alone."""
    codes = ";".join(_CODES[word] for word in style.split())
    return f"\x1b[{codes}m{text}\x1b[0m" if codes and text else text


def show(text: str) -> str:
    """Text of a stranger, safe on a terminal: control and invisible direction characters become visible escapes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_show_one(character) for character in text)


def _show_one(character: str) -> str:
    if unicodedata.category(character) in _HIDDEN_CATEGORIES and character not in _JOINERS:
        return f"\\u{ord(character):04x}"
    return character


def width(text: str) -> int:
    """Columns on a terminal: wide characters take two, combining ones none (Unicode TR 11)."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) or character in _JOINERS else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def pad(text: str, columns: int) -> str:
    """Spaces up to ``columns``; always at least two behind, so that long values never touch the next column."""
    return text + " " * max(2, columns - width(text))


def wrap(text: str, columns: int) -> list[str]:
    """Lines of whole words. Wide characters may make a line a little longer: better than a word in two."""
    return textwrap.wrap(text, max(columns, COLUMNS_MIN // 2), break_long_words=False, break_on_hyphens=False)
