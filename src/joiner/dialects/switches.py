"""The independent switches of a connection: create, update, deactivate, passwords, groups.

::

    what the request does                          switch that must be on
    a user is created, or a deleted one restored   may_create
    active changes, either way; DELETE             may_deactivate
    a password is set                              may_sync_password
    anything else about a user changes             may_update
    a group is created, changed or deleted         may_change_groups

Resources of the org's own types go by the first three of users: created, changed, deleted (``may_deactivate``).
A request that changes nothing needs none: an identity provider may repeat what stands.
"""

from __future__ import annotations

from collections.abc import Collection

from joiner.dialects.connection import Connection
from joiner.scim.refusals import Forbidden

WORDS = {
    "may_create": "create users or resources of own types",
    "may_update": "change users or resources of own types",
    "may_deactivate": "deactivate, reactivate or delete users, or delete resources of own types",
    "may_sync_password": "set passwords",
    "may_change_groups": "change groups",
}


class SwitchedOff(Forbidden):
    """403: a switch of the connection is off. The detail names it and the command that turns it on."""


def check_switch(connection: Connection, switch: str, client: str, org: str) -> None:
    """Raises SwitchedOff when this switch is off for ``client`` (a name) of ``org``."""
    if not getattr(connection, switch):
        raise SwitchedOff(
            f"The client {client} may not {WORDS[switch]} in this org: its switch {switch} is off."
            f" An administrator turns it on with: joiner client set {client} {switch}=on --org {org}"
        )


def switches_of(changed: Collection[str]) -> tuple[str, ...]:
    """The switches that a change of these attribute paths of a user needs."""
    needed = []
    if "active" in changed:
        needed.append("may_deactivate")
    if "password" in changed:
        needed.append("may_sync_password")
    if any(path not in ("active", "password") for path in changed):
        needed.append("may_update")
    return tuple(needed)
