"""Members of groups and groups of users in answers: always true, found by filters, left alone where nobody asks for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from org_fixtures import Rehearsal

BOTH = pytest.mark.parametrize("profile", ["strict", "extended"])
BASE = "http://north/north/api/v2/scim/v2"


def people(org: Rehearsal, *names: str) -> list[dict[str, Any]]:
    return [org.create(f"{name.lower()}@northlight.example", displayName=name) for name in names]


def nest(org: Rehearsal, outer: str, *inner: str) -> None:
    reply = org.patch(f"Groups/{outer}", {"op": "add", "path": "members", "value": [{"value": id, "type": "Group"} for id in inner]})
    assert reply.status in (200, 204), reply.body


def named(org: Rehearsal, text: str, path: str = "Users") -> list[str]:
    reply = org.get(path, filter=text)
    assert reply.status == 200, reply.body
    return [each["displayName"] for each in reply.json["Resources"]]


@BOTH
def test_members_tell_who_they_are_and_where(profile: str) -> None:
    org = Rehearsal(profile)
    (aino,) = people(org, "Aino")
    group = org.group("Helsinki", aino["id"])
    expected = {"type": "User", "value": aino["id"], "$ref": f"{BASE}/Users/{aino['id']}"}
    if profile == "extended":
        expected["display"] = "Aino"
    assert org.get(f"Groups/{group}").json["members"] == [expected]
    assert org.get(f"Groups/{group}", attributes="members").json["members"] == [expected]
    assert org.get("Groups").json["Resources"][0]["members"] == [expected]
    assert org.get(f"Groups/{group}", attributes="members.value").json["members"] == [{"value": aino["id"]}]


@BOTH
def test_groups_of_a_user_tell_which_and_how(profile: str) -> None:
    org = Rehearsal(profile)
    (aino,) = people(org, "Aino")
    group = org.group("Helsinki", aino["id"])
    expected = {"value": group, "$ref": f"{BASE}/Groups/{group}", "type": "direct"}
    if profile == "extended":
        expected["display"] = "Helsinki"
    for shown in (
        org.get(f"Users/{aino['id']}").json,
        *org.get("Users").json["Resources"],
        org.get(f"Users/{aino['id']}", attributes="groups").json,
    ):
        assert shown["groups"] == [expected]


def test_names_in_members_and_groups_follow_at_once() -> None:
    org = Rehearsal()
    team = people(org, *[f"Person {number:03d}" for number in range(200)])  # enough for the answer to be cached
    group = org.group("Helsinki", *[each["id"] for each in team])

    def shown() -> dict[str, str]:
        return {member["value"]: member["display"] for member in org.get(f"Groups/{group}").json["members"]}

    assert shown()[team[7]["id"]] == "Person 007"
    before = org.get(f"Groups/{group}").headers["ETag"]
    org.patch(f"Users/{team[7]['id']}", {"op": "replace", "path": "displayName", "value": 'Ö "7" \\'})
    assert shown()[team[7]["id"]] == 'Ö "7" \\'
    assert org.get(f"Groups/{group}").headers["ETag"] == before
    assert org.delete(f"Users/{team[8]['id']}").status == 204
    assert team[8]["id"] not in shown()
    assert len(shown()) == 199
    org.patch(f"Groups/{group}", {"op": "replace", "path": "displayName", "value": "Oulu"})
    assert org.get(f"Users/{team[7]['id']}").json["groups"][0]["display"] == "Oulu"
    assert org.delete(f"Groups/{group}").status in (204, 403)


def test_deleted_group_disappears_from_its_members() -> None:
    org = Rehearsal()
    (aino,) = people(org, "Aino")
    made = org.post("Groups", {"displayName": "Helsinki", "members": [{"value": aino["id"]}]}).json
    assert org.get(f"Users/{aino['id']}").json["groups"]
    assert org.delete(f"Groups/{made['id']}").status == 204
    assert "groups" not in org.get(f"Users/{aino['id']}").json
    assert named(org, f'groups.value eq "{made["id"]}"') == []


def test_etag_of_a_user_stands_for_what_he_himself_holds() -> None:
    org = Rehearsal()
    (aino,) = people(org, "Aino")
    before = org.get(f"Users/{aino['id']}").headers["ETag"]
    org.group("Helsinki", aino["id"])
    assert org.get(f"Users/{aino['id']}").headers["ETag"] == before


def test_users_are_found_by_their_groups() -> None:
    org = Rehearsal()
    aino, bo, cy = people(org, "Aino", "Bo", "Cy")
    helsinki, oulu = org.group("Helsinki", aino["id"], bo["id"]), org.group("Oulu", bo["id"])
    expected = {
        f'groups.value eq "{helsinki}"': ["Aino", "Bo"],
        f'groups eq "{oulu}"': ["Bo"],
        f'groups[value eq "{helsinki}"]': ["Aino", "Bo"],
        f'groups[value eq "{helsinki}" and display co "hel"]': ["Aino", "Bo"],
        f'groups[value eq "{helsinki}" and type eq "indirect"]': [],
        f'groups[value eq "{helsinki}" or display eq "oulu"]': ["Aino", "Bo"],
        'groups[type eq "direct"]': ["Aino", "Bo"],
        'groups.type eq "indirect"': [],
        'groups.display eq "OULU"': ["Bo"],
        'groups.display co "LSI"': ["Aino", "Bo"],
        'groups.display eq "Nowhere"': [],
        'groups.value eq "none"': [],
        "not (groups pr)": ["Cy"],
        f'not (groups.value eq "{helsinki}")': ["Cy"],
        f'groups.value ne "{helsinki}"': ["Cy"],
        f'groups.value eq "{helsinki}" and userName sw "b"': ["Bo"],
        f'groups.value eq "{cy["id"]}"': [],
    }
    for text, found in expected.items():
        assert named(org, text) == found, text
    assert (
        org.get("Users", filter=f'groups.value eq "{helsinki}"', sortBy="userName", sortOrder="descending", count=1).json["totalResults"]
        == 2
    )


def test_groups_inside_groups_are_members_and_make_members_indirect() -> None:
    org = Rehearsal()
    aino, bo, cy = people(org, "Aino", "Bo", "Cy")
    inner, middle, outer = org.group("Inner", aino["id"]), org.group("Middle", bo["id"]), org.group("Outer", cy["id"], aino["id"])
    nest(org, middle, inner)
    nest(org, outer, middle)
    assert org.get(f"Groups/{outer}").json["members"][-1] == {
        "type": "Group", "value": middle, "$ref": f"{BASE}/Groups/{middle}", "display": "Middle",
    }  # fmt: skip
    held = {each["display"]: each["type"] for each in org.get(f"Users/{aino['id']}").json["groups"]}
    assert held == {"Inner": "direct", "Outer": "direct", "Middle": "indirect"}
    assert {each["display"]: each["type"] for each in org.get(f"Users/{bo['id']}").json["groups"]} == {
        "Middle": "direct",
        "Outer": "indirect",
    }
    expected = {
        f'groups.value eq "{outer}"': ["Aino", "Bo", "Cy"],
        f'groups.value eq "{middle}"': ["Aino", "Bo"],
        f'groups[value eq "{outer}" and type eq "direct"]': ["Aino", "Cy"],
        f'groups[value eq "{outer}" and type eq "indirect"]': ["Bo"],
        'groups.type eq "indirect"': ["Aino", "Bo"],
        'groups.display eq "inner"': ["Aino"],
    }
    for text, found in expected.items():
        assert named(org, text) == found, text
    assert named(org, f'members.value eq "{middle}"', "Groups") == ["Outer"]
    assert named(org, f'members[value eq "{inner}" and type eq "Group"]', "Groups") == ["Middle"]
    assert named(org, f'members[value eq "{inner}" and type eq "User"]', "Groups") == []
    assert named(org, 'members.type eq "Group"', "Groups") == ["Middle", "Outer"]
    assert named(org, 'members.display eq "bo"', "Groups") == ["Middle"]
    org.patch(f"Groups/{inner}", {"op": "replace", "path": "displayName", "value": "Core"})
    assert org.get(f"Groups/{middle}").json["members"][-1]["display"] == "Core"


@BOTH
def test_answer_without_members_does_not_look_at_them(profile: str, tmp_path: Path) -> None:
    org = Rehearsal(profile, path=str(tmp_path / "orgs.db"))
    (aino,) = people(org, "Aino")
    group = org.group("Helsinki", aino["id"])
    seen: list[str] = []
    org.store._reader.set_trace_callback(seen.append)
    for path in (f"Groups/{group}", "Groups"):
        assert org.get(path, excludedAttributes="members").status == 200
        assert org.get(path, attributes="displayName").status == 200
    assert org.get("Users", excludedAttributes="groups").status == 200
    org.store._reader.set_trace_callback(None)
    assert seen
    assert not [text for text in seen if "FROM member AS" in text and "EXISTS" not in text]
