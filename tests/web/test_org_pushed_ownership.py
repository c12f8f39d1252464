"""Ownership marks of a connection: what a client pushes against what an org decides, or changed meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from org_fixtures import ENTERPRISE, GENESYS, Rehearsal, run

from joiner.errors import Usage
from joiner.journeys.connect import set_connection
from joiner.journeys.pushed_decisions import Conflict, list_held
from joiner.store.org_port import OrgReads

AINO = "aino@northlight.example"


def marked(ownership: str, profile: str = "extended", **settings: Any) -> Rehearsal:
    """An org whose client okta has these marks, and a client console beside it that has none."""
    org = Rehearsal(profile, rate=0)
    run(set_connection(org.store, org.clock, "north", "okta", "", {"ownership": ownership, **settings}))
    org.console = org.client("console")  # type: ignore[attr-defined]
    return org


def edit(org: Rehearsal, id: str, **attributes: Any) -> None:
    """Somebody else changes the user; None takes an attribute away."""
    operations = [
        {"op": "remove", "path": path} if value is None else {"op": "replace", "path": path, "value": value}
        for path, value in attributes.items()
    ]
    reply = org.send("PATCH", f"Users/{id}", {"Operations": operations}, token=org.console)  # type: ignore[attr-defined]
    assert reply.status == 200, reply.body


def put(org: Rehearsal, id: str, **attributes: Any) -> Any:
    reply = org.put(f"Users/{id}", {"userName": AINO, "displayName": "aino", **attributes})
    assert reply.status == 200, reply.body
    return reply.json


def conflicts(org: Rehearsal) -> list[Conflict]:
    return list(run(list_held(org.store, org.clock, "north"))[1])


def rows_of_audit(org: Rehearsal) -> int:
    return run(org.store.read(1, lambda rows: rows.audit_head(1)[0]))


def marks_in_log(org: Rehearsal) -> set[str]:
    run(org.server.observation.flush(org.store))

    def look(rows: OrgReads) -> set[str]:
        return {mark for each in rows.requests(1) for mark in each.marks}

    return run(org.store.read(1, look))


@pytest.mark.parametrize("way", ["put", "put_absent", "patch", "patch_remove", "pathless"])
def test_what_the_org_owns_no_push_changes_and_the_answer_shows_it(way: str) -> None:
    org = marked("title=org")
    id = org.create(AINO)["id"]
    put(org, id)  # takes the first role away, which the client does not send
    edit(org, id, title="Captain")
    before, version = rows_of_audit(org), org.get(f"Users/{id}").headers["ETag"]
    if way in ("put", "put_absent"):
        shown = put(org, id, **({"title": "Sailor"} if way == "put" else {}))
    else:
        operation = {
            "patch": {"op": "replace", "path": "title", "value": "Sailor"},
            "patch_remove": {"op": "remove", "path": "title"},
            "pathless": {"op": "replace", "value": {"title": "Sailor"}},
        }[way]
        reply = org.patch(f"Users/{id}", operation)
        assert reply.status == 200
        shown = reply.json
    assert shown["title"] == "Captain"
    assert (rows_of_audit(org), org.get(f"Users/{id}").headers["ETag"]) == (before, version)
    assert "kept title" in marks_in_log(org)


def test_a_strict_org_is_overwritten_as_genesys_is() -> None:
    org = marked("title=org", "strict")
    id = org.create(AINO, title="Captain")["id"]
    assert put(org, id, title="Sailor")["title"] == "Sailor"


def test_a_new_user_takes_all_but_what_the_org_alone_decides() -> None:
    org = marked(f"title=org, roles=org, nickName=create_only, {ENTERPRISE}:department=fill_if_empty")
    made = org.create(AINO, title="Sailor", roles=[{"value": "Supervisor"}], nickName="Ani", **{ENTERPRISE: {"department": "Sea"}})
    assert "title" not in made
    assert [role["value"] for role in made["roles"]] == ["employee"]
    assert (made["nickName"], made[ENTERPRISE]["department"]) == ("Ani", "Sea")
    again = put(org, made["id"], nickName="Other", **{ENTERPRISE: {"department": "Land"}})
    assert (again["nickName"], again[ENTERPRISE]["department"]) == ("Ani", "Sea")
    edit(org, made["id"], **{f"{ENTERPRISE}:department": None})
    assert put(org, made["id"], **{ENTERPRISE: {"department": "Land"}})[ENTERPRISE]["department"] == "Land"


def test_a_role_that_is_passed_over_needs_no_permission_and_gives_none() -> None:
    org = marked("roles=org")
    id = org.create(AINO)["id"]
    reply = org.patch(f"Users/{id}", {"op": "add", "path": "roles", "value": [{"value": "Supervisor"}]})
    assert reply.status == 200
    assert [role["value"] for role in reply.json["roles"]] == ["employee"]


def test_shared_a_local_change_is_kept_a_pushed_one_applied_and_both_are_a_conflict() -> None:
    org = marked("title=shared, name=shared")
    id = org.create(AINO, title="Sailor", name={"givenName": "Aino", "familyName": "Aalto"})["id"]
    edit(org, id, title="Captain")
    shown = put(org, id, title="Sailor", name={"givenName": "Aino", "familyName": "Virta"})
    assert (shown["title"], shown["name"]) == ("Captain", {"givenName": "Aino", "familyName": "Virta"})
    assert not conflicts(org)
    assert put(org, id, title="Mate", name={"givenName": "Aino", "familyName": "Virta"})["title"] == "Captain"
    (conflict,) = conflicts(org)
    assert (conflict.client, conflict.user, conflict.attribute, conflict.kept, conflict.pushed) == (
        "okta",
        AINO,
        "title",
        "Captain",
        "Mate",
    )
    edit(org, id, title="Mate")
    before = rows_of_audit(org)
    put(org, id, title="Mate", name={"givenName": "Aino", "familyName": "Virta"})
    assert not conflicts(org)
    assert rows_of_audit(org) == before
    assert put(org, id, title="Pilot", name={"givenName": "Aino", "familyName": "Virta"})["title"] == "Pilot"
    assert {"kept title", "conflict title", "agreed title"} <= marks_in_log(org)


def test_a_patch_of_something_else_agrees_to_nothing() -> None:
    org = marked("title=shared")
    id = org.create(AINO, title="Sailor")["id"]
    edit(org, id, title="Captain")
    org.patch(f"Users/{id}", {"op": "replace", "path": "nickName", "value": "Ani"})
    assert put(org, id, title="Sailor")["title"] == "Captain"
    org.patch(f"Users/{id}", {"op": "replace", "path": "title", "value": "Captain"})
    assert put(org, id, title="Sailor")["title"] == "Sailor"


def test_of_shared_lists_a_client_removes_only_what_it_added() -> None:
    org = marked(f"roles=shared, emails=shared, {GENESYS}:routingSkills=shared")
    mine, theirs = {"value": "a@northlight.example", "type": "work"}, {"value": "b@northlight.example", "type": "home"}
    skill = [{"name": "Billing", "proficiency": 2.0}]
    id = org.create(AINO, roles=[{"value": "Agent"}], emails=[mine], **{GENESYS: {"routingSkills": skill}})["id"]
    edit(org, id, roles=[{"value": "Agent"}, {"value": "Supervisor"}], emails=[mine, theirs])
    edit(org, id, **{f"{GENESYS}:routingSkills": [{"name": "Billing", "proficiency": 5.0}]})
    shown = put(org, id, emails=[], **{GENESYS: {"routingSkills": skill}})
    assert [role["value"] for role in shown["roles"]] == ["Supervisor"]
    assert [email["value"] for email in shown["emails"]] == ["b@northlight.example"]
    assert shown[GENESYS]["routingSkills"] == [{"name": "Billing", "proficiency": 5.0}]
    org.patch(f"Users/{id}", {"op": "remove", "path": "roles"})
    assert [role["value"] for role in org.get(f"Users/{id}").json["roles"]] == ["Supervisor"]


def test_a_returner_gets_the_shared_roles_that_went_when_the_person_left() -> None:
    org = marked("roles=shared")
    id = org.create(AINO, roles=[{"value": "Agent"}])["id"]
    assert "roles" not in put(org, id, active=False, roles=[{"value": "Agent"}])
    assert [role["value"] for role in put(org, id, active=True, roles=[{"value": "Agent"}])["roles"]] == ["Agent"]


def test_a_restored_user_keeps_what_the_org_owns() -> None:
    org = marked("title=org")
    id = org.create(AINO, externalId="e-1")["id"]
    edit(org, id, title="Captain")
    org.delete(f"Users/{id}")
    reply = org.post("Users", {"userName": AINO, "displayName": "aino", "externalId": "e-1", "title": "Sailor"})
    assert (reply.json["id"], reply.json["title"]) == (id, "Captain")


def test_lists_that_grow_together_beyond_the_limit_are_refused_and_nothing_is_kept() -> None:
    org = marked("emails=shared")
    id = org.create(AINO)["id"]
    edit(org, id, emails=[{"value": f"l{n}@northlight.example", "type": "other"} for n in range(40)])
    pushed = [{"value": f"p{n}@northlight.example", "type": "other"} for n in range(40)]
    reply = org.put(f"Users/{id}", {"userName": AINO, "displayName": "aino", "emails": pushed})
    assert reply.status in (200, 400)
    assert len(org.get(f"Users/{id}").json["emails"]) == (40 if reply.status == 400 else 80)


@pytest.mark.parametrize("path", ["userName", "externalId", "active", "titel", "emails.value"])
def test_a_mark_that_can_protect_nothing_is_refused_when_it_is_written(path: str) -> None:
    with pytest.raises(Usage) as refused:
        marked(f"{path}=org")
    assert refused.value.problems[0].code == "JN6421"


VALUES = st.sampled_from(["", "A", "B", "C"])
STEPS = st.lists(st.tuples(st.sampled_from(["put", "patch", "edit"]), VALUES, VALUES), min_size=1, max_size=8)


@given(STEPS)
@settings(max_examples=40, deadline=None)
def test_no_sequence_of_pushes_loses_a_local_edit(steps: list[tuple[str, str, str]]) -> None:
    org = marked("title=org, nickName=shared")
    id = org.create(AINO, nickName="N")["id"]
    titles, mine, last = None, None, "N"  # what others decided: the title; the nickName, until both sides agree on it
    for verb, title, nick in steps:
        if verb == "edit":
            edit(org, id, title=title or None, nickName=nick or None)
            titles = title or None
            mine = (nick or None,) if (nick or None) != last else None
            continue
        sent = {name: value for name, value in (("title", title), ("nickName", nick)) if value}
        if verb == "put":
            shown = put(org, id, **sent)
        else:
            operations = [{"op": "replace", "path": path, "value": value} for path, value in sent.items()]
            if not operations:
                continue
            shown = org.patch(f"Users/{id}", *operations).json
        assert shown.get("title") == titles
        if mine is not None:
            assert shown.get("nickName") == mine[0]
        if (verb == "put" or nick) and (mine is None or mine[0] == (nick or None)):
            mine, last = None, nick or None
        version = shown["meta"]["version"]
        if verb == "put":
            assert put(org, id, **sent)["meta"]["version"] == version
