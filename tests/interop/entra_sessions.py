"""People and checks of the sessions in test_like_entra*.py, as Microsoft's tests make them up."""

from __future__ import annotations

from typing import Any

from served_org import ENTERPRISE, ERROR, USER, Caller, Reply

NOBODY = "00000000-0000-4000-8000-00000000dead"


def person(name: str, **more: Any) -> dict[str, Any]:
    """As the validator creates people: every attribute that a mapping may have, with words that mean nothing."""
    email = f"{name}@northlight.example"
    return {
        "schemas": [USER, ENTERPRISE],
        "externalId": f"aad-{name}",
        "userName": email,
        "active": True,
        "displayName": f"{name.title()} Sørensen",
        "nickName": "FQDNKJHX",
        "title": "IZFORQXW",
        "userType": "KEVWBOCP",
        "profileUrl": "VSBCBEPUWVPX",
        "preferredLanguage": "tr-TR",
        "locale": "YKYPWRPAVMTY",
        "timezone": "America/Araguaina",
        "emails": [{"type": "work", "value": email, "primary": "True"}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": f"{name.title()} Sørensen", "familyName": "Sørensen", "givenName": name.title()},
        "phoneNumbers": [
            {"type": "work", "value": "46-358-4756", "primary": True},
            {"type": "mobile", "value": "46-358-4757"},
            {"type": "fax", "value": "46-358-4758"},
        ],
        "addresses": [
            {
                "type": "work",
                "formatted": "OAKEOTVT",
                "streetAddress": "4720 Xerxes Fort",
                "locality": "AFHZRKFM",
                "region": "LPJMPKYQ",
                "postalCode": "ve1 0np",
                "country": "Peru",
                "primary": "true",
            }
        ],
        "roles": [],
        ENTERPRISE: {
            "employeeNumber": "JKWULLBO",
            "department": "RBYKUDTI",
            "costCenter": "VTXSMWLW",
            "organization": "VJLDLWLF",
            "division": "ARGFEUIZ",
            "manager": {"value": "IYKPMMPB"},  # the validator makes this up too
        },
        **more,
    }


def check_error(reply: Reply, status: int) -> None:
    assert reply.status == status, reply.body
    assert (reply.json["schemas"], reply.json["status"]) == ([ERROR], str(status))


def changed(caller: Caller, place: str, *operations: dict[str, Any]) -> dict[str, Any]:
    """What is there after a PATCH, whether or not it was answered with a body; a body must say the same."""
    reply = caller.patch(place, *operations)
    assert reply.status in (200, 204), reply.body
    seen: dict[str, Any] = caller.get(place).json
    assert reply.status == 204 or reply.json == seen
    return seen
