"""Every endpoint tried by everybody who may not use it. The cells come from the server's own route tables: a new route without a
line in ``EXPECTED`` fails (RELIABILITY §1, T-matrix).

The actors: nobody, four kinds of tokens that are no good, a token of another org, a person who signed in, a client without any
permission, a client whose switches are off. Whatever is refused leaves no trace in the audit log.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import pytest
from org_fixtures import Rehearsal, run

from joiner.journeys.administer import add_org, mint_token
from joiner.journeys.connect import set_connection, switch_client
from joiner.journeys.define_types import define
from joiner.journeys.platform import LISTINGS
from joiner.web import scim_door
from joiner.web.request import Request

PASSWORD = "Korvatunturi-24"
PREFIXES = ("api/v2/scim/v2", "api/v2/scim", "scim/v2")
STRANGERS = ("nobody", "unknown", "malformed", "foreign", "expired", "revoked", "disabled")
SPOILT = (
    "{org}/{lead}/%55sers",
    "{org}//{lead}/Users",
    "{org}/{lead}/./Users",
    "{org}/{lead}/Users;x=1",
    "{ORG}/{lead}/Users",
    "{org}/{lead}/nothing",
)
THING_URN = "urn:northlight:params:scim:schemas:Thing"
THING = {"id": THING_URN, "attributes": [{"name": "label", "type": "string", "required": True}]}
THINGS = {"name": "Thing", "endpoint": "/Things", "schema": THING_URN}


class Cell(NamedTuple):
    """Statuses for a person who signed in, a client without permissions, and one whose switches are off."""

    person: int
    bare: int
    off: int
    strict: tuple[int, int, int] | None = None
    """The same in a strict org where it differs."""


EXPECTED: dict[str, Cell] = {
    "GET Users": Cell(403, 200, 200),
    "POST Users": Cell(403, 403, 403),
    "GET Users/ID": Cell(403, 200, 200),
    "PUT Users/ID": Cell(403, 403, 403),
    "PATCH Users/ID": Cell(403, 403, 403),
    "DELETE Users/ID": Cell(403, 403, 403),
    "POST Users/.search": Cell(403, 200, 200, (501, 501, 501)),
    "GET Groups": Cell(403, 403, 200),
    "POST Groups": Cell(403, 403, 403),
    "GET Groups/ID": Cell(403, 403, 200),
    "PUT Groups/ID": Cell(403, 403, 403),
    "PATCH Groups/ID": Cell(403, 403, 403),
    "DELETE Groups/ID": Cell(403, 403, 403),
    "POST Groups/.search": Cell(403, 403, 200, (501, 501, 501)),
    "GET Things": Cell(403, 200, 200, (404, 404, 404)),
    "POST Things": Cell(403, 403, 403, (404, 404, 404)),
    "GET Things/ID": Cell(403, 200, 200, (404, 404, 404)),
    "PUT Things/ID": Cell(403, 403, 403, (404, 404, 404)),
    "PATCH Things/ID": Cell(403, 403, 403, (404, 404, 404)),
    "DELETE Things/ID": Cell(403, 403, 403, (404, 404, 404)),
    "POST Things/.search": Cell(403, 200, 200, (404, 404, 404)),
    "GET ": Cell(403, 200, 200, (404, 404, 404)),
    "POST bulk": Cell(403, 200, 200, (501, 501, 501)),  # each operation asks for its own: test_org_bulk
    "POST .search": Cell(403, 200, 200, (501, 501, 501)),
    "GET me": Cell(200, 404, 404, (501, 501, 501)),
    "PUT me": Cell(403, 404, 404, (501, 501, 501)),
    "PATCH me": Cell(403, 404, 404, (501, 501, 501)),  # a userName
    "DELETE me": Cell(403, 404, 404, (501, 501, 501)),
    "GET securityevents": Cell(403, 200, 200, (501, 501, 501)),  # its own feeds: none
    "POST securityevents/ID": Cell(403, 404, 404, (501, 501, 501)),
    "GET roles": Cell(403, 200, 200, (404, 404, 404)),
    "GET roles/ID": Cell(403, 404, 404, (404, 404, 404)),
    "POST roles/.search": Cell(403, 200, 200, (404, 404, 404)),
    "GET entitlements": Cell(403, 200, 200, (404, 404, 404)),
    "GET entitlements/ID": Cell(403, 404, 404, (404, 404, 404)),
    "POST entitlements/.search": Cell(403, 200, 200, (404, 404, 404)),
    "GET serviceproviderconfig": Cell(200, 200, 200),
    "GET resourcetypes": Cell(200, 200, 200),
    "GET resourcetypes/ID": Cell(404, 404, 404),
    "GET schemas": Cell(200, 200, 200),
    "GET schemas/ID": Cell(404, 404, 404),
    "GET platform tokens/me": Cell(200, 200, 200),
    "GET platform authorization/divisions": Cell(403, 403, 200),
    "POST platform authorization/divisions": Cell(403, 403, 200),
    "GET platform authorization/roles": Cell(403, 403, 200),
    "POST platform authorization/roles": Cell(403, 403, 200),
    "GET platform routing/skills": Cell(403, 403, 200),
    "POST platform routing/skills": Cell(403, 403, 200),
    "GET platform routing/languages": Cell(403, 403, 200),
    "POST platform routing/languages": Cell(403, 403, 200),
    "GET platform groups": Cell(403, 403, 200),
    "POST platform groups": Cell(403, 403, 403),
}


def routes() -> list[str]:
    """Every endpoint with each of its methods, as the doors have them."""
    found = [f"{method} {kind}" for kind in ("Users", "Groups", "Things") for method in scim_door._COLLECTION]
    found += [f"{method} {kind}/ID" for kind in ("Users", "Groups", "Things") for method in scim_door._SINGLE]
    found += [f"{method} {kind}/.search" for kind in ("Users", "Groups", "Things") for method in scim_door._SEARCHED]
    for (name, length), handlers in scim_door.OTHERS.items():
        path = f"{name}/ID" if length == 2 and not name.endswith(".search") else name
        found += [f"{method} {path}" for method in handlers]
    found += ["GET platform tokens/me"]
    return found + [f"{method} platform {path}" for path in LISTINGS for method in ("GET", "POST")]


class Stage:
    """An org with one of everything, and a token of every actor."""

    def __init__(self, profile: str) -> None:
        org = self.org = Rehearsal(profile, rate=0)
        tools, self.profile = (org.store, org.clock, org.ids), profile
        off = dict.fromkeys(("may_create", "may_update", "may_deactivate", "may_change_groups"), False)
        run(set_connection(org.store, org.clock, "north", "okta", "", {"may_sync_password": True}))
        if profile == "extended":
            run(define(org.store, org.clock, "north", THING))
            run(define(org.store, org.clock, "north", THINGS))
        run(add_org(*tools, "south", profile))
        user = org.create("aino@northlight.example", password=PASSWORD)["id"]
        thing = org.post("Things", {"label": "x"}).json.get("id", "x")
        self.ids = {"Users": user, "Groups": org.group("Helsinki", user), "Things": thing}
        expired = run(mint_token(*tools, "north", "okta", 300))[0]
        org.clock.seconds += 300
        session = org.post("/north/oauth/sign-in", {"userName": "aino@northlight.example", "password": PASSWORD}, authorization="")
        self.tokens = {
            "unknown": "jnt_unknown",
            "malformed": "jnt two words",
            "foreign": org.client("other", org="south"),
            "expired": expired,
            "revoked": org.client("revoked"),
            "disabled": org.client("disabled"),
            "person": session.json["access_token"],
            "bare": org.client("bare", ()),
            "off": org.client("off"),
        }
        run(set_connection(org.store, org.clock, "north", "off", "", off))
        run(switch_client(org.store, org.clock, "north", "disabled", False))
        revoked = run(org.store.read(1, lambda rows: rows.client(1, "revoked")))
        run(org.store.write(1, lambda rows: rows.drop_tokens_of_client(1, revoked.id)))

    def try_route(self, actor: str, route: str, prefix: str) -> tuple[int, bytes, bool]:
        """Status, body, and whether anything changed."""
        method, _, path = route.partition(" ")
        kind = path.partition("/")[0]
        full = f"/north/api/v2/{path.removeprefix('platform ')}" if path.startswith("platform ") else f"/north/{prefix}/{path}"
        before = self.head()
        reply = self.org.send(
            method,
            full.replace("ID", self.ids.get(kind, "nobody")).rstrip("/"),
            self.body(method, path),
            authorization=f"Bearer {self.tokens[actor]}" if actor != "nobody" else "",
        )
        return reply.status, reply.body, self.head() != before

    def head(self) -> tuple[int, str]:
        found: tuple[int, str] = run(self.org.store.read(1, lambda rows: rows.audit_head(1)))
        return found

    def body(self, method: str, path: str) -> dict[str, Any] | None:
        """A body that the endpoint would take."""
        if method in ("GET", "DELETE"):
            return None
        if path == "bulk":
            return {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
                "Operations": [{"method": "DELETE", "path": "/Users/nobody"}],
            }
        if path.endswith(".search") or "securityevents" in path:
            return {"returnImmediately": True, "count": 1}
        if path.startswith("platform"):
            return {"name": f"Named {path} {self.head()[0]}"}
        if method == "PATCH":
            name = {"me": "userName", "Things/ID": "label", "Groups/ID": "members"}.get(path, "title")
            value: Any = [] if name == "members" else "new@northlight.example"
            return {"Operations": [{"op": "replace", "path": name, "value": value}]}
        return {"userName": f"n{self.head()[0]}@northlight.example", "displayName": "New", "label": "new"}


@cache
def stage(profile: str) -> Stage:
    return Stage(profile)


BOTH = pytest.mark.parametrize("profile", ["extended", "strict"])


def test_every_route_has_a_line_in_the_matrix() -> None:
    assert sorted(routes()) == sorted(EXPECTED)


@BOTH
@pytest.mark.parametrize("actor", STRANGERS)
def test_strangers_are_refused_everywhere_in_the_same_way(profile: str, actor: str) -> None:
    world, first = stage(profile), b""
    for prefix in PREFIXES:
        for route in routes():
            status, body, changed = world.try_route(actor, route, prefix)
            assert (status, changed) == (401, False), (route, prefix, body)
            if " platform" not in route:
                shape = body.split(b'"contextId"')[0]  # Genesys' form ends with the request's id
                first = first or shape
                assert shape == first, (route, prefix)


@BOTH
@pytest.mark.parametrize("actor", ["person", "bare", "off"])
def test_callers_reach_what_the_matrix_says_and_nothing_else(profile: str, actor: str) -> None:
    world = stage(profile)
    for prefix in PREFIXES:
        for route, cell in EXPECTED.items():
            expected = dict(zip(("person", "bare", "off"), cell.strict if profile == "strict" and cell.strict else cell[:3], strict=True))
            status, body, changed = world.try_route(actor, route, prefix)
            assert status == expected[actor], (route, prefix, status, body[:200])
            assert not changed or (actor == "off" and route.startswith("POST platform")), route


@BOTH
def test_methods_that_no_route_has_tell_a_stranger_nothing_and_a_caller_the_right_ones(profile: str) -> None:
    world = stage(profile)
    for path in ("Users", "Groups", f"Users/{world.ids['Users']}", "Schemas", "ServiceProviderConfig", "nothing", "Users/a/b"):
        for method in ("TRACE", "OPTIONS", "CONNECT", "get", "MOVE", ""):
            full = f"/north/api/v2/scim/v2/{path}"
            assert run(world.org.server.handle(Request(method, full))).status == 401
            known = run(world.org.server.handle(Request(method, full, "", {"authorization": f"Bearer {world.org.token}"})))
            assert known.status == (404 if path in ("nothing", "Users/a/b") else 405)
            assert known.status == 404 or known.headers["Allow"]


@BOTH
def test_spoilt_paths_ask_strangers_for_a_token_too(profile: str) -> None:
    world = stage(profile)
    for spoilt in SPOILT:
        for lead in PREFIXES:
            path = "/" + spoilt.format(org="north", ORG="NORTH", lead=lead)
            for method in ("GET", "POST", "DELETE"):
                assert run(world.org.server.handle(Request(method, path, "", {}, b"{}"))).status in (401, 404), path
