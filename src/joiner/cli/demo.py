"""``joiner demo``: the flags of the story; the story itself is told in ``demo/``."""

from __future__ import annotations

from pathlib import Path

from joiner.cli.door import FLAGS, Flags, Here


def demo(
    *,
    once: bool = False,
    folder: Path | None = None,
    flags: Flags = FLAGS,
    door: Here,
) -> int:
    """Start a hosted org with made-up people and an example directory, show the plan, apply it, keep serving.

    Args:
        once: End after verifying instead of serving.
        folder: Work here and keep it; else in .demo, which is removed at the end.
    """
    return door.builders.demo(once=once, folder=folder, out=door.terminal.out)
