"""What makes two plans the same: what they would do, not what happened beside it."""

from __future__ import annotations

from picture import NAMES, World, account, rule

from joiner.sync.effect import find_moved
from joiner.sync.ownership import Owner

KEPT = (*NAMES, rule("title", "src.title", Owner.ORG))


def test_value_set_by_hand_and_strange_accounts_make_no_plan_stale() -> None:
    shown = World(rules=KEPT).linked("maja", account("maja", title="Agent"), title="Agent").row("maja", title="Agent").row("ana").draw()
    now = World(rules=KEPT).linked("maja", account("maja", title="Lead"), title="Agent").row("maja", title="Agent").row("ana")
    now.accounts.append(account("stranger"))
    assert now.draw().hash == shown.hash
    assert find_moved(shown, now.draw()) == ()


def test_value_that_would_be_written_over_makes_the_plan_stale() -> None:
    shown = World().linked("maja").row("maja", name="New").draw()
    now = World()
    now.linked("maja", account("maja", displayName="By hand")).row("maja", name="New")
    assert now.draw().hash != shown.hash


def test_what_moved_is_told_by_name_and_in_words() -> None:
    shown = World().linked("maja").row("maja", name="New").linked("lee").row("lee", status="left").row("ana").row("bad", email="no").draw()
    now = World().linked("maja").row("maja").linked("lee").row("lee", status="left").row("ana", email="no").row("new").draw()
    assert [str(one) for one in find_moved(shown, now)] == [
        "New (hr:maja): mover (displayName) → in step",
        "Ana (hr:ana): joiner → held",
        "Bad (hr:bad): held → not in the plan",
        "New (hr:new): not in the plan → joiner",
    ]


def test_held_lines_and_recognised_accounts_count() -> None:
    vanished = World().linked("maja").linked("lee").row("lee").draw()
    assert [str(one) for one in find_moved(vanished, World().linked("lee").row("lee").draw())] == [
        "Maja (hr:maja): vanished, held → not in the plan"
    ]
    linked = World(accounts=[account("maja")]).row("maja").draw()
    assert [one.before for one in find_moved(linked, World().draw())] == ["linked"]


def test_account_without_a_person_is_told_by_its_name_alone() -> None:
    shown = World(accounts=[account("maja")]).row("maja").draw()
    now = World(accounts=[account("maja")]).draw()
    assert [str(one) for one in find_moved(shown, now)] == ["Maja (hr:maja): linked → not in the plan"]
