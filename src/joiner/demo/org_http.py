"""A few SCIM requests over real HTTP, as an administrator's own script would send them: fill an org, edit by hand, count versions.

Not the engine's connector: the demo must not check Joiner with Joiner's own client.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from joiner.demo.people import AGENT_ROLE, DIVISION_OF, GROUPS, SUPERVISOR_ROLE, Person

CORE = "urn:ietf:params:scim:schemas:core:2.0"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GENESYS = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SCIM = "/api/v2/scim/v2"
PAGE = 500
PAGES_MAX = 100
FILL_CONNECTIONS = 8
"""A durable write waits for the disk; writers that wait together share one commit."""

TIMEOUT_SECONDS = 30.0


class UnexpectedAnswer(Exception):
    """The org answered something else than the demo's story needs."""


@dataclass(slots=True)
class OrgHttp:
    """One keep-alive connection to one org. ``base_url`` ends with the org's name."""

    base_url: str
    token: str
    _connection: HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self._connection = connect(self.base_url)

    def call(self, method: str, path: str, document: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One request under the org's SCIM path. Raises UnexpectedAnswer for everything but 2xx."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json", "Accept": "application/scim+json"}
        body = None if document is None else json.dumps(document)
        return _exchange(self._connection, method, urlsplit(self.base_url).path + SCIM + path, body, headers)

    def close(self) -> None:
        self._connection.close()


def connect(url: str) -> HTTPConnection:
    place = urlsplit(url)
    return HTTPConnection(place.hostname or "127.0.0.1", place.port, timeout=TIMEOUT_SECONDS)


def fetch_token(base_url: str, client_id: str, client_secret: str) -> str:
    """OAuth client credentials (RFC 6749 §4.4) with HTTP Basic, as Genesys documents it."""
    basic = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode({"grant_type": "client_credentials"})
    connection = connect(base_url)
    try:
        return str(_exchange(connection, "POST", urlsplit(base_url).path + "/oauth/token", body, headers)["access_token"])
    finally:
        connection.close()


def _exchange(connection: HTTPConnection, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> dict[str, Any]:
    connection.request(method, path, body, dict(headers))
    answer = connection.getresponse()
    content = answer.read()
    if not 200 <= answer.status < 300:
        raise UnexpectedAnswer(f"{method} {path} answered {answer.status}: {content[:500].decode('utf-8', 'replace')}")
    return dict(json.loads(content)) if content else {}


# ---------------------------------------------------------------- people as SCIM documents
def user_document(person: Person) -> dict[str, Any]:
    """A first-day account: exactly what the rules of the demo's joiner.toml make of the person's row."""
    return {
        "schemas": [f"{CORE}:User", ENTERPRISE, GENESYS],
        "userName": person.email,
        "displayName": person.name,
        "title": person.title,
        "active": person.status == "active",
        "phoneNumbers": [{"type": "work", "value": person.phone}],
        "roles": [{"value": SUPERVISOR_ROLE if "Supervisor" in person.title else AGENT_ROLE}],
        ENTERPRISE: {"department": person.department, "division": DIVISION_OF[person.department], "employeeNumber": person.number},
        GENESYS: {
            "routingSkills": [{"name": skill, "proficiency": 3.0} for skill in person.skills],
            "routingLanguages": [{"name": language, "proficiency": 4.0} for language in person.languages],
        },
    }


def service_account(name: str, number: int) -> dict[str, Any]:
    """An account that stands in no people file."""
    address = f"{name.lower().replace(' ', '.')}@northlight.example"
    return {"schemas": [f"{CORE}:User"], "userName": address, "displayName": name, "active": True, "title": f"Service account {number}"}


def fill_org(org: OrgHttp, people: Sequence[Person], service_accounts: Sequence[str]) -> dict[str, str]:
    """Create everybody and the groups with their members, over several connections; answers the ids by address."""
    documents = [user_document(person) for person in people]
    documents += [service_account(name, number) for number, name in enumerate(service_accounts, 1)]
    ids = _create_users(org, documents)
    for group in GROUPS:
        members = [{"value": ids[person.email]} for person in people if group in person.groups and person.status == "active"]
        org.call("POST", "/Groups", {"schemas": [f"{CORE}:Group"], "displayName": group, "members": members})
    return ids


def _create_users(org: OrgHttp, documents: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    def create(share: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
        own = OrgHttp(org.base_url, org.token)
        try:
            return [(str(document["userName"]), str(own.call("POST", "/Users", document)["id"])) for document in share]
        finally:
            own.close()

    with ThreadPoolExecutor(FILL_CONNECTIONS) as workers:
        shares = workers.map(create, [documents[first::FILL_CONNECTIONS] for first in range(FILL_CONNECTIONS)])
        return {address: user_id for share in shares for address, user_id in share}


# ---------------------------------------------------------------- edits by hand
def give_role(org: OrgHttp, user_id: str, role: str) -> None:
    org.call("PATCH", f"/Users/{user_id}", _operations({"op": "add", "path": "roles", "value": [{"value": role}]}))


def give_skill(org: OrgHttp, user_id: str, skill: str, proficiency: float) -> None:
    entry = {"name": skill, "proficiency": proficiency}
    org.call("PATCH", f"/Users/{user_id}", _operations({"op": "add", "path": f"{GENESYS}:routingSkills", "value": [entry]}))


def _operations(*operations: Mapping[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}


# ---------------------------------------------------------------- looking
def list_all(org: OrgHttp, kind: str) -> list[dict[str, Any]]:
    """Every User or Group, page by page (RFC 7644 §3.4.2.4)."""
    found: list[dict[str, Any]] = []
    for _ in range(PAGES_MAX):
        page = org.call("GET", f"/{kind}?{urlencode({'startIndex': len(found) + 1, 'count': PAGE})}")
        found += page.get("Resources", [])
        if len(found) >= page["totalResults"] or not page.get("Resources"):
            return found
    raise UnexpectedAnswer(f"more than {PAGES_MAX * PAGE} {kind}")


def versions(org: OrgHttp) -> dict[str, str]:
    """Id -> ETag of every account and group: equal before and after means that nothing was written."""
    resources = [*list_all(org, "Users"), *list_all(org, "Groups")]
    return {str(resource["id"]): str(resource["meta"]["version"]) for resource in resources}


def role_names(user: Mapping[str, Any]) -> set[str]:
    return {role["value"] for role in user.get("roles", ())}


def skill_names(user: Mapping[str, Any]) -> set[str]:
    return {skill["name"] for skill in user.get(GENESYS, {}).get("routingSkills", ())}


def member_ids(group: Mapping[str, Any]) -> set[str]:
    return {member["value"] for member in group.get("members", ())}
