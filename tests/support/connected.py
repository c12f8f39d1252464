"""Settings of the connection of a rehearsed org's client, as an administrator would choose them."""

from __future__ import annotations

from typing import Any

from rehearsed_store import run

from joiner.dialects.connection import parse_settings


def connect(org: Any, kind: str = "joiner", client: str = "okta", **settings: Any) -> None:
    """Let ``client`` of a Rehearsal be connected like this from now on."""

    def work(rows: Any) -> None:
        found = rows.client(1, client)
        rows.set_connection(1, found.id, parse_settings(kind, settings))

    run(org.store.write(1, work))
