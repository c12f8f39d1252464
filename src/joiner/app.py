"""The entry of the ``joiner`` command: hands the assembly to the command line and answers the exit code."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType


def main() -> None:
    """Run one command. Never returns: ends the process with an exit code of DESIGN §8."""
    from joiner.assembly import Assembly
    from joiner.cli.run import run_command
    from joiner.system import collect_rarely

    collect_rarely()
    signal.signal(signal.SIGTERM, _terminate)
    environment = dict(os.environ)
    code = run_command(sys.argv[1:], Assembly(environment), environment, sys.stdout, sys.stderr)
    try:
        sys.stdout.flush()
    except OSError as error:
        # Keep the interpreter from complaining about it while it ends. That a reader has gone (head) is no failure; a full disk is.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            sys.stderr.write(f"error: the result cannot be written: {error.strerror}\n")
            code = code or 1
    sys.exit(code)


def _terminate(number: int, frame: FrameType | None) -> None:
    """SIGTERM ends a run as Ctrl-C does: what is under way is closed properly."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
