"""From the words of a command line to an exit code: parse, run the command, tell what went wrong. No traceback gets out."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TextIO

from joiner.cli.commands import COMMANDS, FAMILIES, format_help
from joiner.cli.exit_codes import Exit, worst
from joiner.cli.problem_view import format_problems
from joiner.cli.terminal import Terminal, open_terminal
from joiner.errors import JoinerError, Problem

if TYPE_CHECKING:
    from cyclopts import App

    from joiner.cli.builders import Builders
    from joiner.cli.door import Door

_MISSING = re.compile(r'[Pp]arameter "?([^" ]+)"? requires an argument')


def run_command(words: Sequence[str], builders: Builders, environment: Mapping[str, str], out: TextIO, err: TextIO) -> int:
    """Run one command and answer its exit code. Raises nothing but SystemExit of the interpreter itself."""
    terminal = open_terminal(out, err, environment, no_color="--no-color" in words)
    try:
        if not words or list(words) in (["--help"], ["-h"], ["help"]):
            terminal.say(format_help())
            return Exit.DONE
        return _dispatch(_habits(words), builders, environment, terminal)
    except JoinerError as error:
        terminal.complain(format_problems(error.problems, colour=terminal.colour_err))
        return error.exit_code
    except KeyboardInterrupt:
        terminal.complain("Interrupted. Nothing is half done: the next run looks before it writes.")
        if words and words[0] == "apply":
            terminal.complain("\n  left    joiner plan")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        return Exit.DONE  # the reader of our output has seen enough (head, less)
    except BaseExceptionGroup as group:
        return _grouped(group, terminal, environment)
    except Exception as error:  # noqa: BLE001 - the last resort: one line for a person, never a traceback
        return _unforeseen(error, terminal, environment)


def _habits(words: Sequence[str]) -> list[str]:
    """What people type who come from other tools: ``--version``, ``help plan``, ``--json``."""
    if list(words) == ["--version"]:
        return ["version"]
    if words[0] == "help":
        return [*words[1:], "--help"]
    return [part for word in words for part in (("-o", "json") if word == "--json" else (word,))]


def _dispatch(words: Sequence[str], builders: Builders, environment: Mapping[str, str], terminal: Terminal) -> int:
    from cyclopts import CycloptsError

    from joiner.cli.door import FLAGS, Door

    try:
        command, bound, ignored = build_app().parse_args(list(words), exit_on_error=False, print_error=False)
    except CycloptsError as error:
        terminal.complain(format_problems([_usage(error, words)], colour=terminal.colour_err))
        return Exit.USAGE
    flags = bound.arguments.get("flags", FLAGS)
    terminal = (
        open_terminal(terminal.out, terminal.err, environment, no_color=flags.no_color, quiet=flags.quiet)
        if "door" in ignored
        else terminal
    )
    door = Door(builders, terminal, flags, environment)
    return _exit_code(_call(command, bound, ignored, door))


def _call(command: Any, bound: Any, ignored: Mapping[str, Any], door: Door) -> Any:
    if "door" not in ignored:  # help pages
        return command(*bound.args, **bound.kwargs)
    return command(*bound.args, **{**bound.kwargs, "door": door})


def _exit_code(result: Any) -> int:
    return int(result) if isinstance(result, int) else Exit.DONE


def build_app() -> App:
    """The parser with every command of the table, none of them imported yet."""
    from cyclopts import App, Parameter

    # Most defaults are "nothing" or "no": only those that say something are shown, where they stand.
    hidden = Parameter(show_default=False, negative="")
    about = "Keeps Genesys Cloud orgs in step with a people file, through a plan that explains itself."
    app = App(name="joiner", help=about, help_flags=["--help", "-h"], version_flags=[], default_parameter=hidden)
    families = {name: App(name=name.split()[-1], help=text, version_flags=[]) for name, text in FAMILIES.items()}
    for name, family in families.items():
        families.get(name.rpartition(" ")[0], app).command(family)
    for command in COMMANDS:
        parent = families.get(" ".join(command.path[:-1]), app)
        parent.command(command.place, name=command.path[-1], help=command.help)
    return app


def _usage(error: Exception, words: Sequence[str]) -> Problem:
    """What is wrong with the words, with the nearest command where it is the command itself."""
    typed = [word for word in words if not word.startswith("-")]
    known = [" ".join(command.path) for command in COMMANDS]
    said = str(error).strip()
    if words[0].startswith("-"):
        return Problem("JN6401", f"the command comes first, {words[0]} behind it", (), f"joiner COMMAND {words[0]} …")
    spare = getattr(error, "unused_tokens", None) if said.startswith("Unused Tokens") else None
    if spare:
        words_left = "word" if len(spare) == 1 else "words"
        return Problem("JN6401", f"{words_left} too many: {' '.join(spare)}", (), f"joiner {' '.join(words[: -len(spare)])} --help")
    missing = _MISSING.search(said)
    if missing is not None:
        command = max((name for name in known if " ".join(typed).startswith(name)), key=len, default="")
        return Problem("JN6401", f"{missing[1]} is missing", (), f"joiner {command} --help")
    if not said.lower().startswith("unknown command"):
        family = typed[0] if typed else ""
        fix = f"joiner {family} --help" if any(name.split()[0] == family for name in known) else "joiner --help"
        return Problem("JN6401", said[:1].lower() + said[1:].rstrip("."), (), fix)
    asked = " ".join(typed[: 2 if typed and typed[0] in FAMILIES else 1])
    near = get_close_matches(asked, known, n=1)
    rows = (("near", f"joiner {near[0]}"),) if near else ()
    return Problem("JN6401", f'there is no command "{asked}"', rows, "joiner --help")


def _grouped(group: BaseExceptionGroup[BaseException], terminal: Terminal, environment: Mapping[str, str]) -> int:
    """Several tasks failed at once: tell each, end with the worst."""
    codes = []
    for error in group.exceptions:
        if isinstance(error, JoinerError):
            terminal.complain(format_problems(error.problems, colour=terminal.colour_err))
            codes.append(error.exit_code)
        elif isinstance(error, KeyboardInterrupt):
            codes.append(int(Exit.INTERRUPTED))
        else:
            codes.append(_unforeseen(error, terminal, environment))
    return worst(codes)


def _unforeseen(error: BaseException, terminal: Terminal, environment: Mapping[str, str]) -> int:
    """A fault of ours. Its own text may hold anything, secrets too: only its kind and place are told."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    problem = Problem("JN9001", f"a fault of ours: {type(error).__name__}", (("at", place),), "run again with JOINER_DEBUG=1 and report it")
    terminal.complain(format_problems([problem], colour=terminal.colour_err))
    if environment.get("JOINER_DEBUG") == "1":
        terminal.complain("".join(f"  {frame.filename}:{frame.lineno} in {frame.name}\n" for frame in frames).rstrip())
    return Exit.FAILED
