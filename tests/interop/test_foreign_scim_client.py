"""scim-client (PyPI): another vendor's client library does all it can do, and reads all that it is answered."""

from __future__ import annotations

from urllib.error import HTTPError

import pytest
from scim_client import SCIMClient, User
from served_org import ENTERPRISE, USER, House


@pytest.fixture(scope="module")
def client(house: House) -> SCIMClient:
    org = house.org("libraried")
    return SCIMClient(org.scim, org.client("library").token)


def person(name: str, **more: object) -> User:
    email = f"{name}@northlight.example"
    return User(
        id="",
        external_id=f"hr-{name}",
        user_name=email,
        display_name=f"{name.title()} Ødegård",
        active=True,
        name={"given_name": name.title(), "family_name": "Ødegård"},
        emails=[{"value": email, "type": "work", "primary": True}],
        timezone="Europe/Oslo",
        **more,
    )


def test_created_person_is_read_as_sent(client: SCIMClient) -> None:
    made = client.create_user(person("aino"))
    seen = client.read_user(made.id)
    assert (seen.user_name, seen.external_id, seen.display_name) == ("aino@northlight.example", "hr-aino", "Aino Ødegård")
    assert (seen.active, seen.timezone, seen.name.family_name) == (True, "Europe/Oslo", "Ødegård")
    assert [(email.value, email.type, email.primary) for email in seen.emails] == [("aino@northlight.example", "work", True)]
    assert seen.meta is not None
    assert seen.meta["resource_type"] == "User"


def test_extension_is_created_and_read_through_the_library(client: SCIMClient) -> None:
    made = client.create_user(person("bjørk", schemas=[USER, ENTERPRISE], enterprise_user={"department": "Care", "employeeNumber": "0071"}))
    seen = client.read_user(made.id)
    assert ENTERPRISE in seen.schemas
    assert (seen.enterprise_user.department, seen.enterprise_user.employee_number) == ("Care", "0071")


def test_changed_person_is_replaced(client: SCIMClient) -> None:
    made = client.create_user(person("chidi"))
    made.display_name, made.active = "Chidi Ọkọ", False
    assert client.update_user(made).display_name == "Chidi Ọkọ"
    seen = client.read_user(made.id)
    assert (seen.display_name, seen.active) == ("Chidi Ọkọ", False)


def test_search_from_index_zero_finds_the_one_person(client: SCIMClient) -> None:
    made = client.create_user(person("dunja"))
    page = client.search_users('userName eq "DUNJA@northlight.example"')  # the library asks with startIndex=0
    assert [found.id for found in page.resources] == [made.id]
    assert (page.total_results, page.items_per_page, page.start_index) == (1, 1, 1)
    nobody = client.search_users('userName eq "nobody@northlight.example"')
    assert (nobody.resources, nobody.total_results) == ([], 0)


def test_search_walks_through_pages(client: SCIMClient) -> None:
    for number in range(5):
        client.create_user(person(f"page{number}"))
    pages = [client.search_users('userName sw "page"', count=2, start_index=start) for start in (1, 3, 5)]
    assert [found.user_name for page in pages for found in page.resources] == [f"page{number}@northlight.example" for number in range(5)]
    assert {page.total_results for page in pages} == {5}


def test_deleted_person_is_gone(client: SCIMClient) -> None:
    made = client.create_user(person("edda"))
    assert client.delete_user(user=made).status_code == 204
    with pytest.raises(HTTPError) as caught:
        client.read_user(made.id)
    caught.value.close()
    assert caught.value.code == 404


def test_taken_user_name_is_a_conflict(client: SCIMClient) -> None:
    client.create_user(person("faruk"))
    with pytest.raises(HTTPError) as caught:
        client.create_user(person("faruk"))
    caught.value.close()
    assert caught.value.code == 409
