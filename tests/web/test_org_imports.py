"""Identity providers import: everybody, inactive people too, page by page while others work, and only what changed since."""

from __future__ import annotations

from typing import Any

import pytest
from org_fixtures import Rehearsal

BOTH = pytest.mark.parametrize("profile", ["strict", "extended"])


def fill(org: Rehearsal, count: int) -> list[str]:
    made = []
    for number in range(count):
        org.clock.seconds += 1
        made.append(org.create(f"p{number:02d}@northlight.example", active=number % 3 > 0)["id"])
    return made


def imported(org: Rehearsal, count: int, between: Any = None, **query: Any) -> list[str]:
    """As Okta does: startIndex 1, then on by what came, until totalResults is reached."""
    seen: list[str] = []
    start = 1
    while True:
        page = org.get("Users", startIndex=start, count=count, **query).json
        seen += [user["id"] for user in page["Resources"]]
        start += page["itemsPerPage"]
        if start > page["totalResults"] or not page["Resources"]:
            return seen
        if between is not None:
            between()


def test_full_import_sees_inactive_people_and_not_the_deleted() -> None:
    org = Rehearsal()
    made = fill(org, 25)
    org.delete(f"Users/{made.pop(7)}")
    assert imported(org, 10) == made
    shown = {user["id"]: user["active"] for user in org.get("Users", count=100).json["Resources"]}
    assert list(shown.values()).count(False) > 5


def test_strict_import_needs_two_questions_as_genesys_does() -> None:
    org = Rehearsal("strict")
    made = fill(org, 25)
    active, inactive = imported(org, 10), imported(org, 10, filter="active eq false")
    assert sorted(active + inactive) == made
    assert not set(active) & set(inactive)


@BOTH
def test_import_by_index_skips_nobody_while_people_join_and_change(profile: str) -> None:
    org = Rehearsal(profile)
    made = [id for number, id in enumerate(fill(org, 25)) if number % 3]
    names = iter(range(100))

    def work() -> None:
        org.create(f"fresh{next(names)}@northlight.example")
        org.patch(f"Users/{made[0]}", {"op": "replace", "path": "title", "value": f"T{next(names)}"})

    seen = imported(org, 5, work)
    assert set(made) <= set(seen)
    assert len(seen) == len(set(seen))


def test_deletion_on_an_earlier_page_is_what_only_cursors_bear() -> None:
    """With startIndex everybody behind moves up by one, and whoever moves onto the page before is not seen (RFC 9865 §1)."""
    org = Rehearsal()
    made = fill(org, 12)
    doomed = iter(made[:1])
    seen = imported(org, 4, lambda: [org.delete(f"Users/{id}") for id in doomed])
    assert set(made) - set(seen) == {made[4]}
    kept = made[1:]
    page = org.get("Users", cursor="", count=4).json
    org.delete(f"Users/{kept.pop(0)}")
    seen = [user["id"] for user in page["Resources"]]
    while "nextCursor" in page:
        page = org.get("Users", cursor=page["nextCursor"], count=4).json
        seen += [user["id"] for user in page["Resources"]]
    assert set(kept) <= set(seen)


def test_import_of_changes_asks_for_what_is_newer() -> None:
    org = Rehearsal()
    made = fill(org, 10)
    org.clock.seconds += 60
    since = org.get(f"Users/{made[-1]}").json["meta"]["lastModified"]
    org.patch(f"Users/{made[3]}", {"op": "replace", "path": "title", "value": "Lead"})
    org.patch(f"Users/{made[6]}", {"op": "replace", "value": {"active": True}})
    org.patch(f"Users/{made[5]}", {"op": "replace", "path": "userName", "value": "p05@northlight.example"})  # changes nothing
    org.clock.seconds += 60
    org.patch(f"Users/{made[8]}", {"op": "replace", "path": "title", "value": "Lead"})
    for moment in (since, since.replace("Z", "+00:00"), since.replace("T09:00:10.000Z", "T11:00:10+02:00")):
        found = org.get("Users", filter=f'meta.lastModified gt "{moment}"', sortBy="meta.lastModified").json["Resources"]
        assert [user["id"] for user in found] == [made[3], made[6], made[8]]
    newest = org.get("Users", filter=f'meta.lastModified gt "{since}"', sortBy="meta.lastModified", sortOrder="descending", count=1)
    assert newest.json["Resources"][0]["id"] == made[8]


def test_group_that_gained_a_member_counts_as_changed() -> None:
    org = Rehearsal()
    user, group = org.create("aino@northlight.example"), org.group("Helsinki")
    org.clock.seconds += 60
    since = org.get(f"Groups/{group}").json["meta"]["lastModified"]
    org.patch(f"Groups/{group}", {"op": "add", "path": "members", "value": [{"value": user["id"]}]})
    found = org.get("Groups", filter=f'meta.lastModified gt "{since}"').json["Resources"]
    assert [each["id"] for each in found] == [group]


@BOTH
@pytest.mark.parametrize("path", ["emails.value", 'emails[type eq "work"].value', "userName", "email"])
def test_people_are_matched_by_address_in_any_case(profile: str, path: str) -> None:
    org = Rehearsal(profile)
    made = org.create("Aino.Virtanen@Northlight.example", emails=[{"value": "Aino.Virtanen@Northlight.example", "type": "work"}])
    for address in ("aino.virtanen@northlight.example", "AINO.VIRTANEN@NORTHLIGHT.EXAMPLE", "ＡＩＮＯ.virtanen@northlight.example"):
        found = org.get("Users", filter=f'{path} eq "{address}"').json["Resources"]
        assert [user["id"] for user in found] == [made["id"]], address
