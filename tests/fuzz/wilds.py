"""Wild requests: bodies, paths, queries and headers of which only that is known: they are taken or refused, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import hostile
from sensible import SensibleTraffic
from traffic import BULK_URN, PATCH_URN, PREFIXES, SEARCH_URN, TYPES, Json
from world import Sent, Tenant

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "get", "", "X" * 50)
SEGMENTS = (
    "Users", "Groups", "Badges", "users", "Bulk", "Me", ".search", "Users/.search", "Schemas", "ResourceTypes", "ServiceProviderConfig",
    "Roles", "Entitlements", "SecurityEvents", "Self", "Users/x/y", "Schemas/x", "SecurityEvents/x", "",
)  # fmt: skip
PLATFORM = ("tokens/me", "authorization/roles", "authorization/divisions", "routing/skills", "routing/languages", "groups", "users", "x")
QUERY_NAMES = (
    "filter",
    "attributes",
    "excludedAttributes",
    "sortBy",
    "sortOrder",
    "startIndex",
    "count",
    "cursor",
    "x",
    "pageSize",
    "pageNumber",
)
HEADERS: dict[str, tuple[str, ...]] = {
    "content_type": ("", "application/json", "application/scim+json; charset=latin-1", "text/plain", "application/xml;q=1", ";", "é"),
    "accept": ("", "*/*", "text/html", "application/scim+json;q=0", "application/json;q=x", ",,,;;;", "*/*;q=0, application/json"),
    "if_match": ("*", '"1"', 'W/"2"', "x", '"', '"1", ' * 1000, "W/", '"-1"', '"' + "9" * 5000 + '"'),
    "if_none_match": ("*", '"1"', "x", '"1", ' * 1000),
    "authorization": (
        "",
        "Bearer",
        "Bearer ",
        "Bearer x y",
        "Basic eDp5",
        "bearer jnt_wrong",
        "Bearer \ud800",
        "Bearer é",
        "Bearer " + "x" * 9000,
    ),
    "host": ("evil.example/x?", "[::1]:80", "a b", "x" * 300, "é", "here:99999999"),
    "x_http_method_override": ("DELETE",),
}


class WildTraffic(SensibleTraffic):
    def settle(self, sent: Sent, path: str) -> Sent:
        """What a wild request that was taken did, is looked up."""
        tenant = sent.tenant
        if sent.answer.status not in (200, 201, 204) or sent.request.method in ("GET", "HEAD") or ".search" in path.lower():
            return sent
        for endpoint, type in TYPES.items():
            model = self.models[tenant.key]
            known = {"User": model.users, "Group": model.groups, "Badge": model.badges}[type]
            first, _, id = path.partition("/")
            if first.lower() != endpoint.lower():
                continue
            if sent.request.method == "POST" and sent.answer.body:
                id = self.learn(sent, endpoint)
            if id in known or sent.request.method == "POST":  # type: ignore[operator]
                self.look(tenant, endpoint, id)
        return sent

    def send_wild(self, tenant: Tenant, method: str, path: str, body: Any = None, query: Any = "", **headers: str) -> Sent:
        client = self.client()
        if self.chance.one_in(20):
            client = self.chance.pick(("gone", "", "jnt_nobody", self.world.other(tenant).tokens["plain"], *tenant.sessions))
        if self.chance.one_in(6):
            name = self.chance.pick(tuple(HEADERS))
            headers = {name: self.chance.pick(HEADERS[name]), **headers}
        return self.settle(self.ask(tenant, client, method, path, body, query, **headers), path)

    def wild_body(self, tenant: Tenant) -> None:
        endpoint = self.chance.pick(("Users", "Users", "Groups", "Badges"))
        body = hostile.body(self.chance)
        # A name is needed, or little gets past the door.
        body |= {"userName": self.user_name(tenant), "displayName": self.text(tenant, "Wild"), "label": self.text(tenant, "Wild")}
        for name in list(body)[:2] if self.chance.one_in(3) else []:
            body[name] = hostile.value(self.chance)
        if self.chance.one_in(3):
            body[hostile.ENTERPRISE] = hostile.value(self.chance)
        if endpoint == "Users" and len(self.models[tenant.key].users) > 60:
            return self.delete(tenant)
        if self.chance.one_in(2):
            self.send_wild(tenant, "POST", endpoint, body)
        else:
            self.send_wild(tenant, "PUT", f"{endpoint}/{self.any_id(tenant)}", body, self.query(tenant) if self.chance.one_in(4) else "")
        return None

    def wild_patch(self, tenant: Tenant) -> None:
        type, id = self.somebody(self.models[tenant.key])
        body = hostile.patch(self.chance)
        if self.chance.one_in(2):
            body["schemas"] = [PATCH_URN]
        endpoint, id = f"{type}s", id if id and not self.chance.one_in(10) else self.any_id(tenant)
        self.send_wild(tenant, "PATCH", f"{endpoint}/{id}", body, self.query(tenant) if self.chance.one_in(5) else "")

    def wild_bytes(self, tenant: Tenant) -> None:
        endpoint = self.chance.pick(("Users", "Groups", "Bulk", "Me", ".search", "Users/.search", "Badges", f"Users/{self.any_id(tenant)}"))
        self.send_wild(tenant, self.chance.pick(("POST", "PUT", "PATCH")), endpoint, hostile.json_bytes(self.chance))

    def query(self, tenant: Tenant) -> Json:
        query: Json = {}
        for _ in range(self.chance.below(4)):
            name = self.chance.pick(QUERY_NAMES)
            if name == "filter":
                query[name] = hostile.filter_text(self.chance) if self.chance.one_in(2) else self.filter(tenant)
            elif name in ("attributes", "excludedAttributes", "sortBy"):
                query[name] = ",".join([hostile.path_text(self.chance) for _ in range(1 + self.chance.below(2))])
            elif name == "cursor":
                query[name] = self.chance.pick(self.cursors) if self.cursors and self.chance.one_in(2) else hostile.cursor(self.chance)
            else:
                query[name] = self.chance.pick((0, 1, -1, 5, 10**20, "abc", "", "descending", "1.5", "٣", 1000, 1001))
        return query

    def filter(self, tenant: Tenant) -> str:
        attribute, operator = self.chance.pick(hostile.NAMES), self.chance.pick(("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"))
        literal = self.chance.pick((*hostile.LITERALS, json.dumps(self.any_id(tenant)), json.dumps(tenant.mark)))
        if attribute.lower().endswith("password"):
            literal = json.dumps(self.password())
        return f"{attribute} {operator} {literal}"

    def wild_read(self, tenant: Tenant) -> None:
        path = self.chance.pick(
            ("Users", "Users", "Groups", "Badges", "", f"Users/{self.any_id(tenant)}", f"Groups/{self.any_id(tenant)}", *SEGMENTS)
        )
        self.send_wild(tenant, self.chance.pick(("GET", "GET", "GET", "HEAD")), path, None, self.query(tenant))

    def wild_search(self, tenant: Tenant) -> None:
        body: Json = {"schemas": [SEARCH_URN]} | (hostile.search(self.chance) if self.chance.one_in(3) else self.query(tenant))
        for name in ("startIndex", "count"):
            if name in body and self.chance.one_in(2):
                body[name] = self.chance.pick((0, 1, -1, 50, 10**20))
        self.send_wild(
            tenant, "POST", self.chance.pick((".search", "Users/.search", "Groups/.search", "Roles/.search", "Badges/.search")), body
        )

    def wild_bulk(self, tenant: Tenant) -> None:
        if self.chance.one_in(3) or len(self.models[tenant.key].users) > 60:
            body = hostile.bulk(self.chance)
        else:
            operations = [self.bulk_operation(tenant, number) for number in range(self.chance.below(6))]
            body = {"schemas": [BULK_URN], "Operations": operations, "failOnErrors": self.chance.pick((0, 1, 2))}
        sent = self.send_wild(tenant, "POST", "Bulk", body)
        if sent.answer.status == 200:
            for result in sent.json["Operations"]:
                endpoint, _, id = result.get("location", "").rpartition("/")
                name = next((each for each in TYPES if endpoint.endswith(f"/{each}")), "")
                if name and result["status"] == "201":
                    self.world.own(tenant, id)
                if name and int(result["status"]) < 300:
                    self.look(tenant, name, id)
            for name, known in self.known(tenant):  # what was refused after its POST was made is there too
                for id in known:
                    if self.world.kept(tenant, TYPES[name], id) is None:
                        self.look(tenant, name, id)

    def known(self, tenant: Tenant) -> list[tuple[str, list[str]]]:
        model = self.models[tenant.key]
        return [("Users", sorted(model.users)), ("Groups", sorted(model.groups)), ("Badges", sorted(model.badges))]

    def bulk_operation(self, tenant: Tenant, number: int) -> Json:
        way = self.chance.below(5)
        if way == 0:
            return {
                "method": "POST",
                "path": "/Users",
                "bulkId": f"u{number}",
                "data": {"userName": self.user_name(tenant)} | self.trimmings(tenant),
            }
        if way == 1:
            members = [{"value": self.chance.pick((f"bulkId:u{number - 1}", f"bulkId:g{number + 1}", self.any_id(tenant)))}]
            return {
                "method": "POST",
                "path": "/Groups",
                "bulkId": f"g{number}",
                "data": {"displayName": self.text(tenant, "Bulk"), "members": members},
            }
        if way == 2:
            return {
                "method": "PATCH",
                "path": f"/Users/{self.any_id(tenant)}",
                "data": hostile.patch(self.chance),
                "version": self.chance.pick(("", '"1"')),
            }
        if way == 3:
            return {"method": "DELETE", "path": f"/{self.chance.pick(('Users', 'Groups', 'Badges', 'Bulk', 'Me'))}/{self.any_id(tenant)}"}
        data = {"userName": self.user_name(tenant), "label": "x", "displayName": "x"}
        return {"method": "PUT", "path": f"/Users/{self.chance.pick((self.any_id(tenant), f'bulkId:u{number - 1}'))}", "data": data}

    def wild_path(self, tenant: Tenant) -> None:
        lead = self.chance.pick(
            ("", "/", f"/{tenant.name}", f"/{tenant.name}{self.chance.pick(PREFIXES)}", f"//{tenant.name}", f"/{tenant.name.upper()}")
        )
        tail = "/".join(
            [
                self.chance.pick((*SEGMENTS, *hostile.ODD, "..", ".", ";x=1", "%55sers", self.any_id(tenant)))
                for _ in range(self.chance.below(4))
            ]
        )
        path = f"{lead}/{tail}"
        owned = path.startswith(f"/{tenant.name}/")
        method = self.chance.pick(METHODS)
        if not owned and not path.startswith(f"//{tenant.name}"):
            tenant = self.world.tenants[0]  # the default org of the bare host
        body = {"userName": self.user_name(tenant)} if self.chance.one_in(3) else None
        before = self.world.head(tenant)
        sent = self.ask(tenant, self.client(), method, path, body, self.query(tenant) if self.chance.one_in(3) else "")
        if self.world.head(tenant) != before:
            rest = path.lower()
            endpoint = next((each for each in ("users", "groups", "badges") if f"/{each}" in rest), "users").capitalize()
            last = sent.json["id"] if sent.answer.body else path.rstrip("/").rpartition("/")[2]
            self.world.own(tenant, last)
            self.look(tenant, endpoint, last)

    def wild_me(self, tenant: Tenant) -> None:
        token = self.chance.pick((*tenant.sessions, "plain", self.world.other(tenant).tokens["plain"]))
        method = self.chance.pick(("GET", "PATCH", "PATCH", "PUT", "DELETE"))
        body = None
        if method in ("PATCH", "PUT"):
            body = hostile.patch(self.chance)
            if self.chance.one_in(2):
                name = self.chance.pick(
                    ("displayName", "userName", "active", "roles", "title", "emails", "password", "division", "nickName")
                )
                body = {"Operations": [{"op": "replace", "path": name, "value": hostile.value(self.chance)}]}
        sent = self.ask(tenant, token, method, "Me", body, self.query(tenant) if self.chance.one_in(2) else "")
        if sent.answer.status == 200 and method == "PATCH":
            self.look(tenant, "Users", sent.json.get("id", "nobody"))

    def wild_token(self, tenant: Tenant) -> None:
        client_id, secret = tenant.secrets["plain"]
        self.world.clock.seconds += 61
        body = self.chance.pick(
            (
                f"grant_type=client_credentials&client_id={client_id}&client_secret={secret}",
                f"grant_type=client_credentials&client_id={client_id}&client_secret=%ed%a0%80",
                "grant_type=password&username=x",
                "grant_type=client_credentials&client_id=%00&client_secret=",
                "&&&===",
                "\xff\xfe",
            )
        ).encode("latin-1")
        headers = {"content_type": self.chance.pick(("application/x-www-form-urlencoded", "application/json", ""))}
        authorization = self.chance.pick(("", "Basic !!!", "Basic 7aCA", "Basic eA==", "Basic " + "A" * 4000))
        self.ask(
            tenant,
            "",
            self.chance.pick(("POST", "POST", "GET")),
            f"/{tenant.name}/oauth/token",
            body,
            authorization=authorization,
            **headers,
        )

    def wild_platform(self, tenant: Tenant) -> None:
        body = (
            {"name": self.text(tenant, "Thing")} if self.chance.one_in(2) else {self.chance.pick(hostile.KEYS): hostile.value(self.chance)}
        )
        path = self.chance.pick(PLATFORM)
        method = self.chance.pick(("GET", "GET", "POST", "PUT", "DELETE"))
        sent = self.ask(
            tenant, self.client(), method, f"/{tenant.name}/api/v2/{path}", body if method != "GET" else None, self.query(tenant)
        )
        if sent.answer.status == 200 and method == "POST" and path == "groups":
            self.look(tenant, "Groups", self.learn(sent, "Groups"))

    def wild_events(self, tenant: Tenant) -> None:
        if self.chance.one_in(3):
            body: Json = {
                "returnImmediately": True,
                "maxEvents": self.chance.pick((0, 1, 100, 10**9)),
                "ack": self.chance.pick(([], ["x"], [tenant.stream])),
            }
        else:
            names = ("ack", "setErrs", "maxEvents", "returnImmediately")
            body = {"returnImmediately": True} | {self.chance.pick(names[:3]): hostile.value(self.chance)}
        stream = self.chance.pick((tenant.stream, self.world.other(tenant).stream, "x"))
        self.ask(tenant, self.chance.pick(("plain", "okta")), "POST", f"SecurityEvents/{stream}", body)
        self.ask(tenant, "plain", "GET", "SecurityEvents")


W = WildTraffic
SENSIBLE = (
    *[W.create_user] * 5, *[W.read_user] * 4, *[W.patch_user] * 7, *[W.put_user] * 3, *[W.delete] * 2, *[W.create_group] * 2,
    *[W.change_members] * 8, W.totals, *[W.find] * 2, *[W.badge] * 2, W.sign_in, *[W.trespass] * 3,
)  # fmt: skip
WILD = (
    *[W.wild_body] * 5, *[W.wild_patch] * 8, *[W.wild_bytes] * 3, *[W.wild_read] * 7, *[W.wild_search] * 3, *[W.wild_bulk] * 4,
    *[W.wild_path] * 4, *[W.wild_me] * 2, W.wild_token, *[W.wild_platform] * 2, W.wild_events,
)  # fmt: skip
W.ways = SENSIBLE + WILD
