"""One hosted org of a simulated world: the product's server in-process, and the witness who reads its own write log.

The witness never asks the engine what it did. After every request that was handled it reads the org's new audit rows,
looks at the accounts and groups they name, and tells each account that differs from what it last knew, and who wrote it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from joiner.connectors.port import HttpAnswer, HttpRequest, Wire
from joiner.simulation.driver import finish
from joiner.simulation.roster import BORN_WITH, e164
from joiner.store.org_port import State
from joiner.store.org_store import SqliteOrgStore

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
SOURCE = "hr"
"""The one source's name; the engine makes externalIds of it and the person's key."""
GENESYS = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
AUDIT_ROWS_MAX = 1_000

View = Mapping[str, object]
"""An account as the model compares it: keyed as ``roster.OWNERS``, plus ``active``, ``externalId`` and ``deleted``."""


class OrgWrite(NamedTuple):
    """One account that differs after a handled request. ``before`` is None for a new account."""

    org: str
    sequence: int
    by: str
    account: str
    before: View | None
    after: View


@dataclass(slots=True)
class OrgFront:
    """``clients`` maps an OAuth client id to who that is; ``engine_client`` is the one whose externalIds count."""

    name: str
    key: int
    store: SqliteOrgStore
    wire: Wire
    engine_client: str
    human_token: str = ""
    on_write: Callable[[OrgWrite], None] = lambda write: None
    sequence: int = 0
    views: dict[str, View] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    members: dict[str, frozenset[str]] = field(default_factory=dict)
    past_lists: dict[str, list[tuple[float, HttpAnswer]]] = field(default_factory=dict)
    """Earlier answers by address, with the second in which they were true."""
    handled: int = 0

    def exchange(self, request: HttpRequest, by: str) -> HttpAnswer:
        """Let the server handle one request, then look what changed."""
        self.handled += 1
        answer: HttpAnswer = finish(self.wire.send(request))
        if request.method != "GET":
            self.look(by)
        return answer

    def look(self, by: str) -> None:
        """Read the new part of the write log and tell what differs."""
        reads = self.store.reads()
        rows = reads.audit(self.key, self.sequence, AUDIT_ROWS_MAX)
        if not rows:
            return
        self.sequence = rows[-1].sequence
        targets = [json.loads(row.document)["target"] for row in rows]
        touched = {str(target["id"]) for target in targets if target["type"] == "User"}
        if any(target["type"] == "Group" for target in targets):
            self._reread_groups()
        memberships = self._memberships()
        changed = sorted(
            touched | {account for account, view in self.views.items() if view["groups"] != memberships.get(account, frozenset())}
        )
        for account in changed:
            after = self._view(account, memberships)
            if after is None:
                continue
            before = self.views.get(account)
            if before != after:
                self.views[account] = after
                self.on_write(OrgWrite(self.name, self.sequence, by, account, before, after))

    def _reread_groups(self) -> None:
        reads = self.store.reads()
        for kept in reads.scan(self.key, "Group"):
            body = json.loads(kept.body)
            self.groups[kept.id] = body["displayName"]
            self.members[kept.id] = frozenset(user for _, user in reads.members(self.key, kept.n))

    def _memberships(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for group, users in self.members.items():
            for user in users:
                found.setdefault(user, set()).add(self.groups[group])
        return {user: frozenset(names) for user, names in found.items()}

    def _view(self, account: str, memberships: Mapping[str, frozenset[str]]) -> View | None:
        reads = self.store.reads()
        kept = reads.resource(self.key, "User", account)
        if kept is None:
            return None
        external = reads.external_ids(self.key, "User", self.engine_client, (kept.n,)).get(kept.n, "")
        view = read_account(json.loads(kept.body))
        view["active"] = kept.state is State.ACTIVE
        view["deleted"] = kept.state is State.DELETED
        view["externalId"] = external.removeprefix(f"{SOURCE}:")
        view["groups"] = memberships.get(account, frozenset())
        return view

    def unwitnessed(self) -> list[str]:
        """Accounts whose kept state is not what the write log led to: a change without an audit row."""
        self._reread_groups()
        memberships = self._memberships()
        living = self.store.reads().scan(self.key, "User")
        return [kept.id for kept in living if self._view(kept.id, memberships) != self.views.get(kept.id)]


def read_account(document: Mapping[str, Any]) -> dict[str, object]:
    """The modelled attributes of a kept user, read by the model's own hands."""
    enterprise = document.get(ENTERPRISE) or {}
    genesys = document.get(GENESYS) or {}
    return {
        "userName": str(document.get("userName", "")).lower(),
        "displayName": document.get("displayName", "") or "",
        "title": document.get("title", "") or "",
        "nickName": document.get("nickName", "") or "",
        "department": enterprise.get("department", "") or "",
        "division": enterprise.get("division", "") or "",
        "phone": _phone(document, "work"),
        "mobile": _phone(document, "mobile"),
        "roles": frozenset(str(role.get("display") or role.get("value")) for role in document.get("roles") or ()) - BORN_WITH,
        "routingSkills": frozenset(str(skill["name"]) for skill in genesys.get("routingSkills") or ()),
    }


def _phone(document: Mapping[str, Any], kind: str) -> str:
    return next((e164(str(phone["value"])) for phone in document.get("phoneNumbers") or () if phone.get("type") == kind), "")
