"""Groups inside groups, what DELETE of a group means, ids that nobody knows, and the switch for groups: by profile and connection."""

from __future__ import annotations

import json
from typing import Any

import pytest
from connected import connect
from org_fixtures import Rehearsal, run


def events(org: Rehearsal) -> list[dict[str, Any]]:
    return [json.loads(row.document) for row in run(org.store.read(1, lambda rows: rows.audit(1, 0, 1000)))]


def add(org: Rehearsal, group: str, *members: str) -> Any:
    return org.patch(f"Groups/{group}", {"op": "add", "path": "members", "value": [{"value": member} for member in members]})


def inside(org: Rehearsal, group: str) -> list[str]:
    numbers = run(org.store.read(1, lambda rows: rows.nested(1, rows.number(1, "Group", group) or 0)))
    return [id for id, _ in numbers]


def version(org: Rehearsal, group: str) -> str:
    text: str = org.get(f"Groups/{group}").headers["ETag"]
    return text


def test_users_and_groups_are_members_side_by_side() -> None:
    org = Rehearsal()
    mira = org.create("mira@north.example")["id"]
    night, day = org.group("Night", mira), org.group("Day")
    reply = org.post("Groups", {"displayName": "All", "members": [{"value": night, "type": "Group"}, {"value": mira}]})
    assert reply.status == 201
    everyone = reply.json["id"]
    assert inside(org, everyone) == [night]
    assert add(org, everyone, day, night).status == 204
    assert inside(org, everyone) == [night, day]
    assert version(org, everyone) == '"2"'
    assert add(org, everyone, day).status == 204
    assert version(org, everyone) == '"2"'  # nothing changed
    assert org.patch(f"Groups/{everyone}", {"op": "remove", "path": f'members[value eq "{night}"]'}).status == 204
    assert inside(org, everyone) == [day]
    assert org.put(f"Groups/{everyone}", {"displayName": "All", "members": [{"value": night}]}).status == 200
    assert inside(org, everyone) == [night]
    assert org.patch(f"Groups/{everyone}", {"op": "remove", "path": "members"}).status == 204
    assert inside(org, everyone) == []
    assert sorted(events(org)[-1]["before"]["members"]) == [night]


def test_group_is_never_inside_itself_not_even_through_others() -> None:
    org = Rehearsal()
    a, b, c = (org.group(name) for name in "ABC")
    assert add(org, a, b).status == 204
    assert add(org, b, c).status == 204
    for holder, member in ((a, a), (b, a), (c, a), (c, b)):
        reply = add(org, holder, member)
        assert (reply.status, reply.scim_type) == (400, "invalidValue")
        assert "inside itself" in reply.json["detail"]
        put = org.put(f"Groups/{holder}", {"displayName": "X", "members": [{"value": member}]})
        assert put.status == 400
    assert (inside(org, a), inside(org, b), inside(org, c)) == ([b], [c], [])
    assert add(org, a, c).status == 204  # twice reachable is no circle


def test_there_is_a_limit_to_nesting(monkeypatch: pytest.MonkeyPatch) -> None:
    from joiner.journeys import group_members

    monkeypatch.setattr(group_members, "NESTED_MAX", 1)
    org = Rehearsal()
    a, b, c = (org.group(name) for name in "ABC")
    assert add(org, a, b).status == 204
    reply = add(org, a, c)
    assert (reply.status, reply.scim_type) == (400, "tooMany")


def test_deleted_group_leaves_the_groups_that_held_it() -> None:
    org = Rehearsal()
    night = org.post("Groups", {"displayName": "Night"}).json["id"]
    day = org.post("Groups", {"displayName": "Day", "members": [{"value": night}]}).json["id"]
    deep = org.post("Groups", {"displayName": "Deep"}).json["id"]
    add(org, night, deep)
    assert org.delete(f"Groups/{night}").status == 204
    assert (inside(org, day), version(org, day)) == ([], '"2"')
    names = [(event["name"], event["target"]["id"], event["before"].get("members")) for event in events(org)][-2:]
    assert names == [("group.members_changed", day, [night]), ("group.deleted", night, [deep])]
    assert org.get(f"Groups/{deep}").status == 200
    assert run(org.store.read(1, lambda rows: dict(rows.nesting(1)))) == {}


def test_members_count_whatever_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    org = Rehearsal("strict")
    night, day = org.group("Night"), org.group("Day")
    reply = add(org, night, day)
    assert (reply.status, reply.scim_type) == (400, "invalidValue")
    assert "groups cannot be members" in reply.json["detail"]


@pytest.mark.parametrize(
    ("way", "own", "made_elsewhere", "left"),
    [("own", 204, 403, 1), ("any", 204, 204, 0), ("detach", 204, 204, 2), ("refuse", 403, 403, 2)],
)
def test_delete_of_a_group_is_what_the_connection_says(way: str, own: int, made_elsewhere: int, left: int) -> None:
    org = Rehearsal()
    connect(org, group_delete=way)
    mira = org.create("mira@north.example")["id"]
    mine = org.post("Groups", {"displayName": "Mine", "externalId": "m", "members": [{"value": mira}]}).json["id"]
    theirs = org.group("Theirs", mira)
    assert (org.delete(f"Groups/{mine}").status, org.delete(f"Groups/{theirs}").status) == (own, made_elsewhere)
    assert org.get("Groups").json["totalResults"] == left
    if way == "detach":
        assert org.get("Groups", filter='externalId eq "m"').json["totalResults"] == 0
        assert org.members(mine) == [mira]
        assert events(org)[-1]["reason"].startswith("detached")
        assert org.delete(f"Groups/{mine}").status == 204  # once more is no harm


def test_strict_deletes_no_groups_unless_the_connection_may() -> None:
    org = Rehearsal("strict")
    group = org.group("Night")
    assert org.delete(f"Groups/{group}").status == 403
    connect(org, group_delete="any")
    assert org.delete(f"Groups/{group}").status == 204


@pytest.mark.parametrize(("setting", "status", "members"), [("refuse", 400, 0), ("ignore", 204, 1)])
def test_unknown_members_are_refused_or_passed_over(setting: str, status: int, members: int) -> None:
    org = Rehearsal()
    connect(org, unknown_members=setting)
    mira, group = org.create("mira@north.example")["id"], org.group("Night")
    assert add(org, group, "nobody", mira).status == status
    assert len(org.members(group)) == members
    made = org.post("Groups", {"displayName": "Day", "members": [{"value": "nobody"}]})
    assert made.status == (400 if setting == "refuse" else 201)


def test_connection_that_may_not_change_groups_changes_none() -> None:
    org = Rehearsal()
    group, mira = org.post("Groups", {"displayName": "Night"}).json["id"], org.create("mira@north.example")["id"]
    connect(org, may_change_groups=False)
    before = org.get(f"Groups/{group}").json
    for reply in (
        org.post("Groups", {"displayName": "Day"}),
        add(org, group, mira),
        org.put(f"Groups/{group}", {"displayName": "Day"}),
        org.delete(f"Groups/{group}"),
    ):
        assert (reply.status, "may_change_groups" in reply.json["detail"]) == (403, True)
    assert org.patch(f"Groups/{group}", {"op": "replace", "path": "displayName", "value": "Night"}).status == 204
    assert org.get(f"Groups/{group}").json == before


@pytest.mark.parametrize(
    ("switch", "change"),
    [
        ("may_create", lambda org, id: org.post("Users", {"userName": "noor@north.example"})),
        ("may_update", lambda org, id: org.patch(f"Users/{id}", {"op": "replace", "path": "title", "value": "Lead"})),
        ("may_update", lambda org, id: org.put(f"Users/{id}", {"userName": "mira@north.example", "title": "Lead"})),
        ("may_deactivate", lambda org, id: org.patch(f"Users/{id}", {"op": "replace", "path": "active", "value": False})),
        ("may_deactivate", lambda org, id: org.delete(f"Users/{id}")),
    ],
)
def test_switched_off_connection_is_told_the_switch_and_nothing_changes(switch: str, change: Any) -> None:
    org = Rehearsal()
    mira = org.create("mira@north.example", roles=[{"value": "Agent"}])
    connect(org, **{switch: False})
    reply = change(org, mira["id"])
    assert (reply.status, switch in reply.json["detail"]) == (403, True)
    assert org.get(f"Users/{mira['id']}").json == mira
    assert org.get("Users").json["totalResults"] == 1
    if switch == "may_update":  # roles go with the person and are no change of their own
        assert org.patch(f"Users/{mira['id']}", {"op": "replace", "path": "active", "value": False}).status == 200
