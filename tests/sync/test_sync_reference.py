"""Names become references of the org; membership is agreed chunk by chunk."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from picture import ORG, reference

from joiner.sync.batch import Chunk, split_members
from joiner.sync.bond import Linked, Parted
from joiner.sync.change import GroupChange
from joiner.sync.membership import with_groups_of, with_membership
from joiner.sync.record import Directory, PersonKey, Reference, TargetAttribute, Unresolved, Value
from joiner.sync.reference import People, resolve

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
SKILLS = TargetAttribute("skills", str, multi=True, kind="skill")
DIVISION = TargetAttribute("division", str, kind="division")
TITLE = TargetAttribute("title", str)
POLISH = reference("skill", "Polish")

CASES: list[tuple[TargetAttribute, Value, object]] = [
    (TITLE, "Agent", "Agent"),
    (DIVISION, "support", reference("division", "Support")),
    (DIVISION, "division-support", reference("division", "Support")),
    (DIVISION, "", None),
    (DIVISION, None, None),
    (DIVISION, reference("division", "Sales"), reference("division", "Sales")),
    (DIVISION, "Suport", Unresolved("division", "Suport", ("Support",))),
    (SKILLS, ("Polish",), (POLISH,)),
    (
        SKILLS,
        ("Polish:4", "spanish : 2.5"),
        (Reference("skill", "Polish", POLISH.id, 4.0), Reference("skill", "Spanish", "skill-spanish", 2.5)),
    ),
    (SKILLS, ("Polish:high",), Unresolved("skill", "Polish:high", ())),
    (SKILLS, ("Polish", "Latin"), Unresolved("skill", "Latin", ())),
]


@pytest.mark.parametrize(("attribute", "value", "expected"), CASES)
def test_texts_resolve_by_name_or_id_or_say_what_is_near(attribute: TargetAttribute, value: Value, expected: object) -> None:
    found = resolve(attribute, value, ORG, People())
    if isinstance(found, Unresolved) and isinstance(expected, Unresolved) and not expected.near:
        assert (found.kind, found.text) == (expected.kind, expected.text)
    else:
        assert found == expected


def test_kind_that_the_org_cannot_list_passes_through_by_name() -> None:
    assert resolve(SKILLS, ("Polish:4", "Any"), Directory(), People()) == (Reference("skill", "Polish", "", 4.0), Reference("skill", "Any"))
    assert resolve(DIVISION, "North:1", Directory(), People()) == Reference("division", "North:1")


def keys(*names: str) -> tuple[PersonKey, ...]:
    return tuple(PersonKey("hr", name) for name in names)


def test_membership_is_added_to_and_taken_from_the_bond() -> None:
    tier1 = reference("group", "Tier1")
    bond = Linked("u-ana", {"title": "Agent", "groups": (reference("group", "Tier2"),)}, settled="print")
    joined = with_membership(bond, Chunk(tier1.id, "Tier1", add=keys("ana")), NOW)
    assert isinstance(joined, Linked)
    assert joined.base == {"title": "Agent", "groups": (reference("group", "Tier2"), tier1)}
    assert joined.settled == ""
    left = with_membership(joined, Chunk(tier1.id, "Tier1", remove=keys("ana")), NOW)
    assert isinstance(left, Linked)
    assert left.base["groups"] == (reference("group", "Tier2"),)


def test_membership_of_somebody_new_starts_from_nothing() -> None:
    fresh = with_membership(Linked("u-ana"), Chunk("g", "G", add=keys("ana")), NOW)
    assert isinstance(fresh, Linked)
    assert fresh.base["groups"] == (Reference("group", "G", "g"),)
    by_text = with_membership(Linked("u-ana", {"groups": ("g", "h")}), Chunk("g", "G", remove=keys("ana")), NOW)
    assert isinstance(by_text, Linked)
    assert by_text.base["groups"] == ("h",)


def test_members_are_sent_in_chunks_adds_first_and_never_a_thousand_removals_at_once() -> None:
    change = GroupChange("g", "G", keys("a", "b", "c"), keys(*(f"r{n}" for n in range(1500))))
    chunks = list(split_members(change, False, 2000))
    assert [(len(chunk.add), len(chunk.remove)) for chunk in chunks] == [(3, 0), (0, 1000), (0, 500)]
    assert [len(chunk.add) for chunk in split_members(change, True, 2)] == [2, 1]


def test_bond_written_before_a_chunk_was_acknowledged_takes_over_what_the_chunk_agreed() -> None:
    """Found by the simulator: settling an older update brought back a membership that had been ended since."""
    tier1, tier2 = reference("group", "Tier1"), reference("group", "Tier2")
    written, held = Linked("u-ana", {"title": "Lead", "groups": (tier1, tier2)}), Linked("u-ana", {"title": "Agent", "groups": (tier1,)})
    settled = with_groups_of(written, held)
    assert isinstance(settled, Linked)
    assert settled.base == {"title": "Lead", "groups": (tier1,)}
    assert with_groups_of(written, None) is written
    assert with_groups_of(written, Linked("u-ana")) is written
    assert with_groups_of(Parted("u-ana"), held) == Parted("u-ana")
