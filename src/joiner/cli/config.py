"""``joiner config schema``: the JSON Schema of joiner.toml, for editors."""

from __future__ import annotations

import json

from joiner.cli.door import FLAGS, Flags, Here


def schema(*, flags: Flags = FLAGS, door: Here) -> None:
    """Print it; save it as joiner.schema.json and begin joiner.toml with ``#:schema ./joiner.schema.json``."""
    door.terminal.say(json.dumps(door.builders.config_schema(), indent=2, ensure_ascii=False))
