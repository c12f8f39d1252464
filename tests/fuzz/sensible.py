"""Sensible requests, as identity providers send them in many dialects: the model knows beforehand what becomes of each."""

from __future__ import annotations

import json
from typing import Any

import hostile
from oracle import check_groups_of, promise, simple
from traffic import BULK_URN, GROUPS_MAX, PATCH_URN, PEOPLE_MAX, Json, Traffic
from world import BADGE_URN, Tenant

from joiner.web.request import Request


class SensibleTraffic(Traffic):
    def create_user(self, tenant: Tenant) -> None:
        model, client = self.models[tenant.key], self.client()
        if len(model.users) >= PEOPLE_MAX:
            return self.delete(tenant)
        again = self.chance.one_in(6) and model.users
        user_name = self.chance.pick([user["userName"] for user in model.users.values()]) if again else self.user_name(tenant)
        if again and self.chance.one_in(2):
            user_name = user_name.upper()
        body: Json = {"schemas": [hostile.USER], "userName": user_name, "displayName": self.text(tenant, "Aino")}
        if self.chance.one_in(2):
            body["title"] = self.text(tenant, "Lead")
        if self.chance.one_in(4):
            body["active"] = self.chance.pick((True, False))
        expected = {"active": True} | simple(body)
        body |= self.trimmings(tenant)
        sent = self.ask(tenant, client, "POST", "Users", body)
        if sent.answer.status != 201:
            promise(client != "plain" or sent.answer.status == (409 if again else 0), "a good user was refused", sent)
            return None
        promise(not again, "a userName was given twice", sent)
        id = self.learn(sent, "Users")
        model.users[id] = expected
        promise(sent.answer.headers.get("ETag") == '"1"' and simple(sent.json) == expected, "not what was sent", sent)
        return self.read_user(tenant, id)

    def trimmings(self, tenant: Tenant) -> Json:
        """What else a user may come with; strict passes over what it does not know."""
        more: Json = {}
        if self.chance.one_in(3):
            more["emails"] = [{"type": "work", "value": f"w{self.count}.{tenant.mark}@northlight.example", "primary": True}]
        if self.chance.one_in(5):
            more["password"] = self.password()
        if self.chance.one_in(5):
            more["externalId"] = f"ext {self.count} {tenant.mark}"
        if self.chance.one_in(8):
            more["roles"] = [{"value": self.chance.pick(("Agent", "Supervisor"))}]
        if self.chance.one_in(8):
            more[hostile.ENTERPRISE] = {
                "division": "Sales",
                "department": self.text(tenant, "Dep"),
                "manager": {"value": self.known_id(tenant)},
            }
        if self.chance.one_in(8):
            more |= {
                "id": self.known_id(tenant),
                "meta": {"version": '"9"', "created": "1999-01-01T00:00:00Z"},
                "groups": [{"value": self.known_id(tenant)}],
            }
        return more

    def read_user(self, tenant: Tenant, id: str = "") -> None:
        id, model = id or self.user(tenant), self.models[tenant.key]
        if not id:
            return
        sent = self.ask(tenant, self.chance.pick(("plain", "reader", "okta", "strict")), "GET", f"Users/{id}")
        promise(sent.answer.status == 200 and simple(sent.json) == model.users[id], f"not as the model has it: {model.users[id]}", sent)
        if self.world.profile == "extended":
            check_groups_of(self.world, model, sent, id)
        etag = sent.answer.headers["ETag"]
        promise(sent.json["meta"]["version"] == etag, "two versions", sent)
        if self.chance.one_in(4):
            known = self.ask(tenant, "plain", "GET", f"Users/{id}", if_none_match=etag)
            promise(known.answer.status == 304, "a known version was sent again", known)

    def patch_user(self, tenant: Tenant) -> None:
        id, model = self.user(tenant), self.models[tenant.key]
        if not id:
            return
        name = self.chance.pick(("displayName", "title", "active", "title"))
        value: Any = self.chance.pick((True, False)) if name == "active" else self.text(tenant, "Word")
        if self.chance.one_in(6) and name in model.users[id]:
            value = model.users[id][name]
        way, client, expected = self.chance.below(8), self.client(), model.users[id] | {name: value}
        spelled: Any = str(value) if name == "active" and way > 3 else value
        operation: Json = {"op": "replace", "path": name, "value": spelled}
        if way == 1:
            operation = {"op": "Replace", "value": {name: spelled}}
        elif way == 2:
            operation = {"op": "add", "path": f"{hostile.USER}:{name}", "value": spelled}
        elif way == 3:
            operation = {"op": "REPLACE", "path": name.upper(), "value": spelled}
        elif way == 4 and name == "title":
            operation, expected = {"op": "remove", "path": name}, {key: each for key, each in expected.items() if key != name}
        elif way == 5:
            operation = {"op": "add", "value": {hostile.USER: {name: spelled}}}
        before = self.world.kept(tenant, "User", id)
        assert before is not None
        stale = self.chance.one_in(8)
        headers = {"if_match": f'"{before.version + 1}"' if stale else f'W/"{before.version}"'} if self.chance.one_in(3) or stale else {}
        sent = self.ask(tenant, client, "PATCH", f"Users/{id}", {"schemas": [PATCH_URN], "Operations": [operation]}, **headers)
        if sent.answer.status >= 400:
            promise(client != "plain" or stale, "a good patch was refused", sent)
            promise(not stale or sent.answer.status in (412, 400, 403), "a stale version", sent)
            return
        promise(not stale, "a stale version was taken", sent)
        after = self.world.kept(tenant, "User", id)
        assert after is not None
        moved = expected != model.users[id]
        promise(after.version == before.version + moved, f"version {before.version} became {after.version}, moved {moved}", sent)
        promise(moved or after.body == before.body, "nothing changed but the body did", sent)
        model.users[id] = expected
        self.read_user(tenant, id)

    def put_user(self, tenant: Tenant) -> None:
        id, model = self.user(tenant), self.models[tenant.key]
        if not id:
            return
        was = model.users[id]
        body: Json = {
            "userName": was["userName"] if self.chance.one_in(2) else self.user_name(tenant),
            "displayName": self.text(tenant, "Whole"),
        }
        if self.chance.one_in(2):
            body["title"] = self.text(tenant, "Chief")
        if self.chance.one_in(4):
            body["active"] = self.chance.pick((True, False))
        expected = {"active": was["active"]} | simple(body)
        client = self.client()
        sent = self.ask(tenant, client, "PUT", f"Users/{id}", {"schemas": [hostile.USER]} | body)
        if sent.answer.status == 200:
            model.users[id] = expected
        else:
            promise(client != "plain", "a good replacement was refused", sent)
        self.read_user(tenant, id)

    def delete(self, tenant: Tenant) -> None:
        model, client = self.models[tenant.key], self.client()
        type, id = self.somebody(model)
        if not id:
            return
        sent = self.ask(tenant, client, "DELETE", f"{type}s/{id}")
        if sent.answer.status == 204:
            if client != "clerk":  # who detaches groups
                model.forget(type, id)
                promise(self.ask(tenant, "plain", "GET", f"{type}s/{id}").answer.status == 404, "deleted and still there", sent)
            else:
                self.look(tenant, f"{type}s", id)
        else:
            promise(client != "plain" or type == "Group", "a good deletion was refused", sent)

    def create_group(self, tenant: Tenant) -> None:
        model = self.models[tenant.key]
        if len(model.groups) >= GROUPS_MAX:
            return self.delete(tenant)
        if self.world.profile == "strict" or self.chance.one_in(8):
            sent = self.ask(tenant, "plain", "POST", f"/{tenant.name}/api/v2/groups", {"name": self.text(tenant, "Team")})
            promise(sent.answer.status == 200, "a good group was refused", sent)
        else:
            client, members = self.client(), [self.user(tenant)] if model.users else []
            body = {"displayName": self.text(tenant, "Team"), "members": [{"value": member} for member in members]}
            sent = self.ask(tenant, client, "POST", "Groups", body)
            if sent.answer.status != 201:
                return promise(client != "plain", "a good group was refused", sent)
        id = self.learn(sent, "Groups")
        self.look(tenant, "Groups", id)
        return None

    def change_members(self, tenant: Tenant) -> None:
        model = self.models[tenant.key]
        if not model.groups:
            return self.create_group(tenant)
        id, client = self.chance.pick(sorted(model.groups)), self.client()
        held = model.groups[id]
        known = sorted(model.users) + (sorted(model.groups) if self.world.profile == "extended" else [])
        named = {self.chance.pick(known) for _ in range(self.chance.below(4))} if known else set()
        listed, one = [{"value": each} for each in sorted(named)], min(named, default="nobody")
        way = self.chance.below(7)
        operation, expected = [
            ({"op": "add", "path": "members", "value": listed}, held | named),
            ({"op": "Add", "value": {"members": listed}}, held | named),
            ({"op": "remove", "path": f'members[value eq "{one}"]'}, held - {one}),
            ({"op": "Remove", "path": "members", "value": listed or [{"value": "nobody"}]}, held - named),
            ({"op": "replace", "path": "members", "value": listed}, named),
            ({"op": "remove", "path": "members"}, set()),
            ({}, named),
        ][way]
        fresh = expected - held
        if model.would_circle(id, fresh):
            client = "plain"
        if way == 6:
            name = json.loads((self.world.kept(tenant, "Group", id) or promise(False, "gone")).body)["displayName"]  # type: ignore[union-attr]
            sent = self.ask(tenant, client, "PUT", f"Groups/{id}", {"displayName": name, "members": listed})
        else:
            sent = self.ask(tenant, client, "PATCH", f"Groups/{id}", {"schemas": [PATCH_URN], "Operations": [operation]})
        if sent.answer.status < 400:
            promise(not model.would_circle(id, fresh), "a group is inside itself", sent)
            model.groups[id] = expected
        else:
            promise(client != "plain" or model.would_circle(id, fresh), "good members were refused", sent)
        expected = model.groups[id]
        self.look(tenant, "Groups", id)
        promise(model.groups[id] == expected, f"members {model.groups[id]} are not {expected}", sent)
        for member in sorted(named & model.users.keys()):
            self.read_user(tenant, member)
        return None

    def totals(self, tenant: Tenant) -> None:
        model, strict = self.models[tenant.key], self.world.profile == "strict"
        people = sum(user["active"] or not strict for user in model.users.values())
        for endpoint, total in (("Users", people), ("Groups", len(model.groups)), ("Badges", len(model.badges)))[: 2 if strict else 3]:
            sent = self.ask(tenant, "plain", "GET", endpoint, query={"count": self.chance.pick((0, 1, 5, 1000))})
            promise(sent.answer.status == 200 and sent.json["totalResults"] == total, f"{total} are there", sent)
            promise(sent.json["itemsPerPage"] == len(sent.json["Resources"]), "itemsPerPage", sent)

    def find(self, tenant: Tenant) -> None:
        """By userName in any case; by a page; by a cursor."""
        model, id = self.models[tenant.key], self.user(tenant)
        if not id:
            return
        user = model.users[id]
        asked = user["userName"] if self.chance.one_in(2) else user["userName"].swapcase()
        sent = self.ask(tenant, "reader", "GET", "Users", query={"filter": f"userName eq {json.dumps(asked)}", "attributes": "userName"})
        promise([each["id"] for each in sent.json.get("Resources", ())] == [id], "not found by userName", sent)
        if self.world.profile == "extended":
            ids: list[str] = []
            query: Json = {"cursor": "", "count": 7, "sortBy": self.chance.pick(("userName", "id", "title", "meta.lastModified"))}
            for _ in range(PEOPLE_MAX):
                page = self.ask(tenant, "plain", "GET", "Users", query=query)
                promise(page.answer.status == 200, "a page by cursor", page)
                ids += [each["id"] for each in page.json["Resources"]]
                if "nextCursor" not in page.json:
                    break
                query["cursor"] = page.json["nextCursor"]
                self.cursors = [*self.cursors[-20:], query["cursor"]]
            promise(sorted(ids) == sorted(model.users), "a walk by cursor shows each once", page)

    def badge(self, tenant: Tenant) -> None:
        model, client = self.models[tenant.key], self.client()
        if self.world.profile == "strict":
            return self.change_members(tenant)
        if len(model.badges) >= GROUPS_MAX:
            return self.delete(tenant)
        label = self.text(tenant, "Badge")
        body: Json = {"schemas": [BADGE_URN], "label": label, "weight": 1.5, "pin": self.password(), "zones": [{"value": label}]}
        id = self.chance.pick(sorted(model.badges)) if model.badges and self.chance.one_in(2) else ""
        sent = self.ask(tenant, client, "PUT" if id else "POST", f"Badges/{id}".rstrip("/"), body)
        if sent.answer.status in (200, 201):
            self.look(tenant, "Badges", self.learn(sent, "Badges"))
            promise(label in model.badges.values(), "not the label that was sent", sent)
        else:
            promise(client != "plain", "a good badge was refused", sent)
        return None

    def sign_in(self, tenant: Tenant) -> None:
        model, id = self.models[tenant.key], self.user(tenant)
        if not id:
            return
        path, password = f"/{tenant.name}/oauth/sign-in", self.password()
        self.world.clock.seconds += 61
        if self.chance.one_in(2):
            operation = {"op": "replace", "path": "password", "value": password}
            sent = self.ask(tenant, "plain", "PATCH", f"Users/{id}", {"Operations": [operation]})
            promise(sent.answer.status == 200, "a good password was refused", sent)
            user = model.users[id]
            body = {"userName": user["userName"].upper(), "password": password}
            request = Request("POST", path, "", {"content-type": "application/json"}, json.dumps(body).encode(), "192.0.2.2")
            sent = self.world.send(tenant, request)
            promise(sent.answer.status == (200 if user["active"] else 401), "signing in", sent)
            if sent.answer.status == 200:
                tenant.sessions = [*tenant.sessions[-5:], sent.json["access_token"]]
        else:
            self.ask(tenant, "", "POST", path, {"userName": model.users[id]["userName"], "password": "wrong" + password})

    def trespass(self, tenant: Tenant) -> None:
        """By every road to somebody of the other org: he is not there, and stays as he is."""
        type, id = self.somebody(self.models[self.world.other(tenant).key])
        method, group = (
            self.chance.pick(("GET", "PUT", "PATCH", "DELETE", "member", "bulk", "find")),
            min(self.models[tenant.key].groups, default=""),
        )
        path, patch = (
            f"{type}s/{id or 'nobody'}",
            {"Operations": [{"op": "replace", "path": "displayName", "value": self.text(tenant, "Mine")}]},
        )
        if method == "member" and group:
            body = {"Operations": [{"op": "add", "path": "members", "value": [{"value": id or "nobody"}]}]}
            sent = self.ask(tenant, "plain", "PATCH", f"Groups/{group}", body)
            promise(sent.answer.status == 400, "a member of the other org", sent)
        elif method == "find":
            sent = self.ask(tenant, "plain", "GET", f"{type}s", query={"filter": f'id eq "{id}"'})
            promise(sent.answer.status in (400, 404) or sent.json["totalResults"] == 0, "somebody of the other org is found", sent)
        elif method == "bulk" and self.world.profile == "extended":
            operations = [{"method": "DELETE", "path": f"/{path}"}, {"method": "PATCH", "path": f"/{path}", "data": patch}]
            sent = self.ask(tenant, "plain", "POST", "Bulk", {"schemas": [BULK_URN], "Operations": operations})
            promise({each["status"] for each in sent.json["Operations"]} == {"404"}, "the other org by bulk", sent)
        else:
            method = method if method.isupper() else "GET"
            body = (
                patch
                if method == "PATCH"
                else {"userName": self.user_name(tenant), "displayName": "x", "label": "x"}
                if method == "PUT"
                else {}
            )
            sent = self.ask(tenant, "plain", method, path, body)
            strict_group = self.world.profile == "strict" and method == "DELETE" and type == "Group"
            promise(sent.answer.status == (403 if strict_group else 404), "somebody of the other org", sent)
