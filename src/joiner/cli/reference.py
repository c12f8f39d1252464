"""The reference pages that are made from the tables: ``docs/reference/cli.md`` and ``docs/reference/errors.md``.

``python -m joiner.cli.reference docs/reference`` writes them; a test compares them with what is there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from joiner.cli.commands import COMMANDS, CORE, HOSTED, KEEP, Command
from joiner.cli.exit_codes import MEANINGS
from joiner.cli.plan_words import WORDS
from joiner.error_codes import ERROR_CODES

if TYPE_CHECKING:
    from cyclopts import App

_RANGES = {
    "JN10": "joiner.toml",
    "JN11": "Mapping expressions and look-up tables",
    "JN12": "Sources",
    "JN20": "Orgs and the wire",
    "JN21": "References and values",
    "JN22": "Pairing and conflicts",
    "JN30": "Guards and plans",
    "JN31": "SCIM requests",
    "JN40": "Our own database",
    "JN64": "Calling commands",
    "JN90": "Faults of ours",
}

_CLI_HEAD = """\
# Commands

<!-- Made by `python -m joiner.cli.reference docs/reference`; change src/joiner/cli instead. -->

The result goes to stdout, everything else (progress, remarks, errors) to stderr. With `-o json` stdout is one JSON document
with `format_version`; with `-o csv` it is one table, with cells that no spreadsheet evaluates. `--json` is
short for `-o json`. Nothing ever asks a question.

Colour is on only at a terminal; `--no-color`, `NO_COLOR`, `FORCE_COLOR` and `TERM=dumb` are honoured. Progress is a bar at a
terminal and a line every ten seconds otherwise; `-q` silences it.
"""

_ERRORS_HEAD = """\
# Errors

<!-- Made by `python -m joiner.cli.reference docs/reference`; change src/joiner/error_codes.py instead. -->

Every error has a code that stays what it is. `joiner explain CODE` prints the same words.
"""


def format_cli_page() -> str:
    return "\n".join(_cli_lines()).rstrip() + "\n"


def _cli_lines() -> Iterator[str]:
    from joiner.cli.run import build_app

    app = build_app()
    yield _CLI_HEAD
    yield from ("## Exit codes", "", "| code | meaning |", "|---|---|")
    yield from (f"| {int(code)} | {meaning} |" for code, meaning in MEANINGS.items())
    yield from ("", "Several at once: 1 before 4, 78, 7, 5, 3, 2.", "")
    yield from ("## Signs in a plan", "", "| sign | word |", "|---|---|")
    yield from (f"| `{symbol}` | {', '.join(words)} |" for symbol, words in _signs().items())
    yield from ("", "## Everywhere", "")
    yield from _table(argument for argument in _arguments(app, COMMANDS[0]) if _is_shared(argument))
    for group in (CORE, HOSTED, KEEP):
        yield f"## {group}\n"
        for command in COMMANDS:
            if command.group == group:
                yield from _command_lines(app, command)


def _signs() -> dict[str, list[str]]:
    signs: dict[str, list[str]] = {}
    for word in WORDS.values():
        signs.setdefault(word.symbol, []).append(word.text)
    return signs | {"!": ["warning"]}


def _command_lines(app: App, command: Command) -> Iterator[str]:
    arguments = [argument for argument in _arguments(app, command) if not _is_shared(argument)]
    positional = [argument for argument in arguments if not _is_flag(argument)]
    words = [argument.names[0] if argument.required else f"[{argument.names[0]}]" for argument in positional]
    yield f"### joiner {' '.join(command.path)}\n"
    yield f"`{' '.join(('joiner', *command.path, *words))}{' [flags]' if len(arguments) > len(positional) else ''}`\n"
    yield f"{_about(app, command)}\n"
    yield from _table(arguments)


def _about(app: App, command: Command) -> str:
    """The docstring up to its arguments: what the one line of help does not say."""
    function = _resolve(app, command).default_command
    return (function.__doc__ or command.help).partition("Args:")[0].strip().replace("``", "`")


def _table(arguments: Any) -> Iterator[str]:
    rows = list(arguments)
    if not rows:
        return
    yield from ("| argument | meaning |", "|---|---|")
    for argument in rows:
        names = ", ".join(f"`{name}`" for name in sorted(argument.names, key=len))
        notes = [argument.parameter.help or ""]
        choices = argument.get_choices()
        if choices:
            notes.append(f"One of {', '.join(f'`{choice}`' for choice in choices)}.")
        if argument.parameter.show_default:
            notes.append(f"Default: `{argument.field_info.default}`.")
        if _is_flag(argument) and argument.required:
            notes.append("Required.")
        yield f"| {names} | {' '.join(note for note in notes if note).replace('``', '`')} |"
    yield ""


def _resolve(app: App, command: Command) -> App:
    found = app
    for word in command.path:
        found = found[word]
    return found


def _arguments(app: App, command: Command) -> list[Any]:
    collection = _resolve(app, command).assemble_argument_collection(default_parameter=app.default_parameter, parse_docstring=True)
    return [argument for argument in collection if argument.parse and argument.show]


def _is_flag(argument: Any) -> bool:
    return bool(argument.names[0].startswith("-"))


def _is_shared(argument: Any) -> bool:
    return any(group.name == "Everywhere" for group in argument.parameter.group or () if hasattr(group, "name"))


def format_errors_page() -> str:
    lines = [_ERRORS_HEAD]
    for prefix, title in _RANGES.items():
        codes = [code for code in ERROR_CODES if code.startswith(prefix)]
        if codes:
            lines += [f"## {title}", "", "| code | means | fix |", "|---|---|---|"]
            lines += [f'| <a id="{code.lower()}"></a>{code} | {ERROR_CODES[code].meaning} | {ERROR_CODES[code].remedy} |' for code in codes]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


PAGES = {"cli.md": format_cli_page, "errors.md": format_errors_page}


def main() -> None:
    folder = Path(sys.argv[1])
    for name, format_page in PAGES.items():
        (folder / name).write_text(format_page(), "utf-8")


if __name__ == "__main__":
    main()
