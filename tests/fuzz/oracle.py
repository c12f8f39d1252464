"""What must hold of every answer, whatever was sent, and what a simple model knows about the people and groups of an org."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from world import SECRET_MARK, Sent, World

from joiner.scim.core_schemas import ERROR_URN
from joiner.scim.values import match_key

STATUSES = {200, 201, 204, 304, 400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 429}
SCIM_TYPES = {
    400: {
        "invalidFilter", "tooMany", "mutability", "invalidSyntax", "invalidPath", "noTarget", "invalidValue", "invalidVers",
        "invalidCursor", "expiredCursor", "invalidCount", None,
    },
    403: {"sensitive", None},
    409: {"uniqueness", None},
}  # fmt: skip
"""RFC 7644 Table 9, RFC 9865 §2.1."""

BEYOND_STRICT = ("/bulk", "/me", "/.search", "/securityevents")
TOKEN_DOORS = ("/oauth/token", "/oauth/sign-in")
ATTRIBUTES = ("userName", "displayName", "title", "active")


class Broken(AssertionError):
    """A promise was broken."""


def promise(kept: bool, words: str, sent: Sent | None = None) -> None:
    if not kept:
        raise Broken(f"{words}: {sent.told()}" if sent is not None else words)


def check_answer(world: World, sent: Sent) -> None:
    """Status, form, secrets and the other org."""
    answer, path = sent.answer, sent.request.path.lower()
    beyond = world.profile == "strict" and answer.status == 501 and any(part in path for part in BEYOND_STRICT)
    promise(answer.status in STATUSES or beyond, "a status that nobody expects", sent)
    promise(not world.logged.lines, f"something was logged: {world.logged.lines[:1]}", sent)
    promise(answer.headers.get("Request-Id", "") == answer.headers.get("ININ-Correlation-Id", "-"), "no request id", sent)
    if answer.status in (204, 304):
        promise(not answer.body, "a body where none may be", sent)
    elif answer.status >= 400:
        check_error(sent)
    told = answer.body + repr(sorted(answer.headers.items())).encode()
    promise(SECRET_MARK.encode() not in told, "a password was told", sent)
    promise(b"jnt_" not in told or path.endswith(TOKEN_DOORS), "a token was told", sent)
    promise(world.other(sent.tenant).mark.encode() not in told, "another org's text was told", sent)
    if b"-8000-" in told:
        strange = world.foreign_in(sent.tenant, told)
        promise(strange <= sent.tenant.foreign, f"another org's ids were told: {strange}", sent)


def check_error(sent: Sent) -> None:
    """A SCIM error (RFC 7644 §3.12), Genesys' ErrorBody, or an OAuth error (RFC 6749 §5.2)."""
    status, body = sent.answer.status, sent.json
    promise(isinstance(body, dict), "an error that is no object", sent)
    if ERROR_URN in body.get("schemas", ()):
        promise(body["status"] == str(status) and bool(body.get("detail")), "an error without status and detail", sent)
        promise(body.get("scimType") in SCIM_TYPES.get(status, {None}), "a scimType that does not belong to the status", sent)
    elif "error" in body:
        promise(sent.request.path.endswith("/oauth/token") and status in (400, 401, 429), "an OAuth error elsewhere", sent)
    else:
        promise(body.get("status") == status and bool(body.get("code")) and bool(body.get("message")), "an error of no known form", sent)
    if status == 405:
        promise(bool(sent.answer.headers.get("Allow")), "405 without Allow", sent)
    if status == 401:
        promise(bool(sent.answer.headers.get("WWW-Authenticate")), "401 without WWW-Authenticate", sent)
    if status == 429:
        promise(sent.answer.headers.get("Retry-After", "").isdecimal(), "429 without Retry-After", sent)


@dataclass
class Model:
    """An org as it should be: simple attributes of users, members of groups, labels of badges."""

    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)
    badges: dict[str, str] = field(default_factory=dict)

    def taken(self, user_name: str) -> bool:
        return any(match_key(user["userName"]) == match_key(user_name) for user in self.users.values())

    def forget(self, type: str, id: str) -> None:
        for members in self.groups.values():
            members.discard(id)
        {"User": self.users, "Group": self.groups, "Badge": self.badges}[type].pop(id, None)  # type: ignore[attr-defined]

    def all_groups(self, id: str) -> set[str]:
        """Groups that hold somebody, directly or through others."""
        found: set[str] = set()
        waiting = [id]
        while waiting:
            each = waiting.pop()
            fresh = {group for group, members in self.groups.items() if each in members} - found
            found |= fresh
            waiting.extend(fresh)
        return found

    def would_circle(self, group: str, members: set[str]) -> bool:
        return bool(members & (self.all_groups(group) | {group}))


def simple(document: dict[str, Any]) -> dict[str, Any]:
    return {name: document[name] for name in ATTRIBUTES if name in document}


def members_in(document: dict[str, Any]) -> set[str]:
    return {member["value"] for member in document.get("members", ())}


def check_groups_of(world: World, model: Model, sent: Sent, user_id: str) -> None:
    """A user's ``groups`` are those of the model, direct and through others (RFC 7643 §4.1.2)."""
    shown = {group["value"]: group.get("type", "direct") for group in sent.json.get("groups", ())}
    direct = {group for group, members in model.groups.items() if user_id in members}
    promise({group for group, type in shown.items() if type == "direct"} == direct, f"groups are not {direct}", sent)
    promise(shown.keys() <= model.all_groups(user_id), "groups that nobody put the user in", sent)


def check_versions(world: World) -> None:
    """Every change of a resource has one audit row and raised its version by one, and no secret is in any row."""
    for tenant in world.tenants:
        counted: dict[str, int] = {}
        for row in world.audit(tenant):
            text = json.dumps(row)
            promise(SECRET_MARK not in text and "jnt_" not in text, f"a secret is in the audit: {text[:500]}")
            promise(world.other(tenant).mark not in text, f"another org's text is in the audit: {text[:500]}")
            if row["name"] != "user.signed_in":
                counted[row["target"]["id"]] = counted.get(row["target"]["id"], 0) + 1
        for id, key in world.owners.items():
            if key != tenant.key:
                continue
            for type in ("User", "Group", "Badge"):
                kept = world.kept(tenant, type, id.decode())
                if kept is not None:
                    rows = counted.get(kept.id, 0)
                    promise(kept.version == rows, f"{type} {kept.id} has version {kept.version} and {rows} audit rows")
