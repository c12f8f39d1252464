"""``python tests/house/check_story.py demo.txt``: does the README show what the demo really prints?

Each line of the README's story must stand in the demo's output, in the same order; "…" stands for what was left out.
Ids and times differ from run to run and are not compared.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
_CHANGING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{8}\b|\d\d:\d\d(?: UTC)?")


def masked(text: str) -> list[str]:
    return [_CHANGING.sub("#", line).rstrip() for line in text.splitlines()]


def story_lines(readme: str) -> list[str]:
    """Lines of the blocks that have no language: the story."""
    blocks = re.findall(r"^```(\w*)[^\n]*\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    return [line for language, block in blocks if not language for line in masked(block) if line and line.strip() != "…"]


def missing_lines(readme: str, printed: str) -> list[str]:
    rest = masked(printed)
    missing = []
    for line in story_lines(readme):
        if line in rest:
            del rest[: rest.index(line) + 1]
        else:
            missing.append(line)
    return missing


def main(demo: str) -> int:
    missing = missing_lines(README.read_text("utf-8"), Path(demo).read_text("utf-8"))
    for line in missing:
        sys.stderr.write(f"README.md shows a line that the demo does not print: {line}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
