"""Requests to try a hosted org by hand: as curl lines, and as a Postman collection (format 2.1) to import.

Both come from one list, so that they stay equal. No secret is ever written into either: the token is a variable.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from joiner.scim.core_schemas import BULK_REQUEST_URN, ENTERPRISE_URN, GROUP_URN, PATCH_OP_URN, SEARCH_REQUEST_URN, USER_URN

COLLECTION_SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
KEPT = ("user_id", "group_id", "bulk_user_id")
_SOMEBODY = "aino.virtanen@northlight.example"


@dataclass(frozen=True, slots=True)
class Example:
    """One request. ``path`` and ``body`` may hold the names in ``KEPT``; ``keeps`` says which of them the answer gives, and ``at`` where.

    ``only`` leaves it out where it cannot succeed: ``standard`` asks for an extended org, ``create`` for an org in which SCIM creates
    groups, ``link`` for one in which it does not.
    """

    folder: str
    name: str
    method: str
    path: str
    body: dict[str, Any] | None = None
    keeps: str = ""
    at: tuple[str | int, ...] = ("id",)
    only: Literal["", "standard", "create", "link"] = ""


def _patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH_OP_URN], "Operations": list(operations)}


EXAMPLES: tuple[Example, ...] = (
    Example("Discovery", "What the server supports", "GET", "/ServiceProviderConfig"),
    Example("Discovery", "Resource types", "GET", "/ResourceTypes"),
    Example("Discovery", "Schemas", "GET", "/Schemas"),
    Example("Users", "Look before creating", "GET", f"/Users?filter=userName%20eq%20%22{_SOMEBODY}%22"),
    Example(
        "Users",
        "Create",
        "POST",
        "/Users",
        {
            "schemas": [USER_URN, ENTERPRISE_URN],
            "userName": _SOMEBODY,
            "externalId": "hr-1001",
            "displayName": "Aino Virtanen",
            "active": True,
            "emails": [{"value": _SOMEBODY, "type": "work", "primary": True}],
            "phoneNumbers": [{"value": "+358401234567", "type": "mobile"}],
            ENTERPRISE_URN: {"department": "Support", "employeeNumber": "1001"},
        },
        "user_id",
    ),
    Example("Users", "Read", "GET", "/Users/{{user_id}}"),
    Example("Users", "Change the title", "PATCH", "/Users/{{user_id}}", _patch({"op": "replace", "path": "title", "value": "Team Lead"})),
    Example("Users", "Deactivate", "PATCH", "/Users/{{user_id}}", _patch({"op": "replace", "value": {"active": False}})),
    Example("Users", "Reactivate", "PATCH", "/Users/{{user_id}}", _patch({"op": "replace", "value": {"active": True}})),
    Example("Users", "A page", "GET", "/Users?startIndex=1&count=10&attributes=userName,active"),
    Example(
        "Users",
        "Search without a filter in the URL",
        "POST",
        "/Users/.search",
        {"schemas": [SEARCH_REQUEST_URN], "filter": 'userName sw "aino"', "count": 10},
        only="standard",
    ),
    Example("Groups", "Create", "POST", "/Groups", {"schemas": [GROUP_URN], "displayName": "Porto late shift"}, "group_id", only="create"),
    Example(
        "Groups",
        "Find by name, without members",
        "GET",
        "/Groups?excludedAttributes=members&filter=displayName%20eq%20%22Porto%20late%20shift%22",
        only="create",
    ),
    Example("Groups", "The first group of the org", "GET", "/Groups?count=1", None, "group_id", ("Resources", 0, "id"), only="link"),
    Example(
        "Groups",
        "Add a member",
        "PATCH",
        "/Groups/{{group_id}}",
        _patch({"op": "add", "path": "members", "value": [{"value": "{{user_id}}"}]}),
    ),
    Example("Groups", "Read", "GET", "/Groups/{{group_id}}"),
    Example(
        "Groups", "Remove a member", "PATCH", "/Groups/{{group_id}}", _patch({"op": "remove", "path": 'members[value eq "{{user_id}}"]'})
    ),
    Example(
        "Bulk",
        "Create a user and add him to the group, in one request",
        "POST",
        "/Bulk",
        {
            "schemas": [BULK_REQUEST_URN],
            "Operations": [
                {
                    "method": "POST",
                    "path": "/Users",
                    "bulkId": "eero",
                    "data": {"schemas": [USER_URN], "userName": "eero@northlight.example", "displayName": "Eero Salo"},
                },
                {
                    "method": "PATCH",
                    "path": "/Groups/{{group_id}}",
                    "data": _patch({"op": "add", "path": "members", "value": [{"value": "bulkId:eero"}]}),
                },
            ],
        },
        "bulk_user_id",
        ("Operations", 0, "location"),
        "standard",
    ),
    Example("Clean up", "Delete the group", "DELETE", "/Groups/{{group_id}}", only="create"),
    Example("Clean up", "Delete the user of the bulk request", "DELETE", "/Users/{{bulk_user_id}}", only="standard"),
    Example("Clean up", "Delete the user", "DELETE", "/Users/{{user_id}}"),
)


def examples_for(standard: bool, creates_groups: bool) -> tuple[Example, ...]:
    """Those that succeed in an extended org (``standard``) or a strict one, in which SCIM creates groups or links those that exist."""
    fitting = {"": True, "standard": standard, "create": creates_groups, "link": not creates_groups}
    return tuple(example for example in EXAMPLES if fitting[example.only])


def curl_lines(scim_url: str, examples: Sequence[Example]) -> str:
    """The requests as a shell script that runs from top to bottom; it reads the token from ``$TOKEN`` and stops where no id came back."""
    lines = [
        "# Save as try.sh, then:  TOKEN=the-bearer-token sh try.sh",
        "set -eu",
        f"SCIM={scim_url}",
        ': "${TOKEN:?the bearer token}"',
        "",
    ]
    for example in examples:
        lines += [f"# {example.folder}: {example.name}", _curl(example), ""]
    return "\n".join(lines)


def _curl(example: Example) -> str:
    words = ["curl -sS", f"-X {example.method}", '-H "Authorization: Bearer $TOKEN"']
    if example.body is not None:
        text = json.dumps(example.body, ensure_ascii=False)
        # Ids are the shell's variables: the body's quotes end before each and begin again behind it.
        quoted = _shelled(text.replace("'", "'\\''"), "'\"$", "\"'")
        words += ["-H 'Content-Type: application/scim+json'", f"-d '{quoted}'"]
    words.append(f'"$SCIM{_shelled(example.path, "$", "")}"')
    line = " ".join(words)
    if example.keeps:
        place = "".join(f"[{json.dumps(part)}]" for part in example.at)
        shown = "text=sys.stdin.read(); print(text, file=sys.stderr); answer=json.loads(text)"
        found = f'print(answer{place}.split("/")[-1]) if "{example.at[0]}" in answer else sys.exit("no id came back")'
        reader = f"python3 -c 'import json,sys; {shown}; {found}'"
        return f"{example.keeps.upper()}=$({line} | {reader})"
    return f"{line}; echo"


def _shelled(text: str, lead: str, tail: str) -> str:
    for name in KEPT:
        text = text.replace(f"{{{{{name}}}}}", f"{lead}{name.upper()}{tail}")
    return text


def postman_collection(org: str, scim_url: str, examples: Sequence[Example]) -> dict[str, Any]:
    """The same requests to import into Postman: variables ``base_url``, ``token``, and the ids that answers give."""
    folders: dict[str, list[dict[str, Any]]] = {}
    for example in examples:
        folders.setdefault(example.folder, []).append(_postman_request(example))
    return {
        "info": {"name": f"Joiner SCIM: {org}", "schema": COLLECTION_SCHEMA, "description": "Requests to try a hosted org by hand."},
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}]},
        "variable": [
            {"key": "base_url", "value": scim_url},
            {"key": "token", "value": ""},
            *({"key": name, "value": ""} for name in KEPT),
        ],
        "item": [{"name": folder, "item": requests} for folder, requests in folders.items()],
    }


def _postman_request(example: Example) -> dict[str, Any]:
    path, _, query = example.path.partition("?")
    url: dict[str, Any] = {
        "raw": "{{base_url}}" + example.path,
        "host": ["{{base_url}}"],
        "path": path.strip("/").split("/"),
    }
    if query:
        url["query"] = [dict(zip(("key", "value"), part.split("=", 1), strict=True)) for part in query.split("&")]
    request: dict[str, Any] = {"method": example.method, "header": [], "url": url}
    if example.body is not None:
        request["header"] = [{"key": "Content-Type", "value": "application/scim+json"}]
        request["body"] = {"mode": "raw", "raw": json.dumps(example.body, indent=2, ensure_ascii=False)}
    item: dict[str, Any] = {"name": example.name, "request": request, "response": []}
    if example.keeps:
        place = "".join(f"[{json.dumps(part)}]" for part in example.at)
        script = f'pm.collectionVariables.set("{example.keeps}", pm.response.json(){place}.split("/").pop());'
        item["event"] = [{"listen": "test", "script": {"type": "text/javascript", "exec": [script]}}]
    return item
