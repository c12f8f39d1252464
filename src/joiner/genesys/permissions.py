"""Which permissions let a call in (any one of them), per route, as the contract lists them (genesys-cloud.md §1)."""

from __future__ import annotations


def permissions_for(method: str, resource: str) -> tuple[str, ...]:
    """Any one of these lets the call in; empty means that a valid token is enough. ``resource`` is ``users``, ``groups`` …"""
    ...
