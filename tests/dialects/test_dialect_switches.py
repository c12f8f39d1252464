"""What a connection may do: each switch alone, and the refusal that names it."""

from __future__ import annotations

import pytest

from joiner.dialects.connection import KINDS, parse_settings
from joiner.dialects.switches import WORDS, SwitchedOff, check_switch, switches_of


@pytest.mark.parametrize("switch", WORDS)
def test_a_switch_that_is_off_is_named_with_the_command_that_turns_it_on(switch: str):
    connection = parse_settings("okta", {name: name != switch for name in WORDS})
    for other in WORDS:
        if other != switch:
            check_switch(connection, other, "okta", "north")
    with pytest.raises(SwitchedOff, match=rf"joiner client set okta {switch}=on --org north") as refused:
        check_switch(connection, switch, "okta", "north")
    assert refused.value.status == 403


def test_by_default_everything_but_passwords_may_change():
    assert [switch for switch in WORDS if not getattr(KINDS["entra"], switch)] == ["may_sync_password"]


@pytest.mark.parametrize(
    ("changed", "switches"),
    [
        ((), ()),
        (("active",), ("may_deactivate",)),
        (("title", "roles"), ("may_update",)),
        (("active", "title"), ("may_deactivate", "may_update")),
        (("password",), ("may_sync_password",)),
        (("password", "externalId"), ("may_sync_password", "may_update")),
    ],
)
def test_a_change_needs_the_switches_of_what_it_changes(changed: tuple[str, ...], switches: tuple[str, ...]):
    assert switches_of(changed) == switches
