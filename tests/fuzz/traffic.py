"""One history of requests on its way: sending, judging what holds for every request, scraps to make requests of, and a true model.

What is sent is in ``sensible`` (its effect is known beforehand) and ``wilds`` (its effect is looked up afterwards).
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import hostile
from oracle import Broken, Model, check_answer, members_in, promise, simple
from world import CLIENTS, SECRET_MARK, Sent, Tenant, World

from joiner.web.request import Request

PEOPLE_MAX = 50
GROUPS_MAX = 12
LARGE_EVERY = 150
PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
SEARCH_URN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
PREFIXES = ("/api/v2/scim/v2", "/api/v2/scim", "/scim/v2", "/scim/v2/")
TYPES = {"Users": "User", "Groups": "Group", "Badges": "Badge"}
Json = dict[str, Any]


class Chance(hostile.Chance):
    def large(self) -> bool:
        return self.random() * LARGE_EVERY < 1

    def one_in(self, count: int) -> bool:
        return self.random() * count < 1


class Traffic:
    """One history. ``step`` sends one request with what is needed to judge it. Raises Broken."""

    ways: tuple[Any, ...] = ()

    def __init__(self, seed: int, world: World) -> None:
        self.chance, self.world = Chance(seed), world
        self.models = {tenant.key: Model() for tenant in world.tenants}
        self.count = 0
        self.cursors: list[str] = []
        self.slowest = (0.0, "")
        self.statuses: dict[int, int] = {}

    def step(self) -> None:
        tenant = self.chance.pick(self.world.tenants)
        self.world.clock.seconds += self.chance.random() * 3
        self.chance.pick(self.ways)(self, tenant)

    # ------------------------------------------------------------------ sending

    def ask(self, tenant: Tenant, client: str, method: str, path: str, body: Any = None, query: Json | str = "", **headers: str) -> Sent:
        """Send and judge what holds for every request. ``path`` with a slash in front is taken as it is."""
        full = path if path.startswith("/") else f"/{tenant.name}{PREFIXES[0]}/{path}"
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent_headers = {"content-type": "application/scim+json"}
        if client:
            sent_headers["authorization"] = f"Bearer {tenant.tokens.get(client, client)}"
        sent_headers |= {name.replace("_", "-"): value for name, value in headers.items()}
        text = query if isinstance(query, str) else urlencode(query, errors="replace")
        request = Request(method, full, text, sent_headers, raw, "192.0.2.1")
        return self.judge(tenant, request)

    def judge(self, tenant: Tenant, request: Request) -> Sent:
        world = self.world
        tenant.foreign |= world.foreign_in(
            tenant, request.body + request.path.encode("utf-8", "replace") + request.query.encode("utf-8", "replace")
        )
        watched = self.watched(tenant, request.path)
        before = [world.head(each) for each in world.tenants]
        sent = world.send(tenant, request)
        check_answer(world, sent)
        after = [world.head(each) for each in world.tenants]
        other = world.tenants.index(world.other(tenant))
        promise(before[other] == after[other], "the other org changed", sent)
        changed = before != after
        reading = request.method in ("GET", "HEAD", "OPTIONS") or request.path.lower().endswith(".search")
        promise(not changed or (sent.answer.status < 400 and not reading), "a refused or reading request changed something", sent)
        for owner, type, id, kept in watched:
            now = world.kept(owner, type, id)
            if now == kept or (now and kept and (now.version, now.state, now.body) == (kept.version, kept.state, kept.body)):
                continue  # whether somebody is in groups is the groups' matter
            promise(changed and owner is tenant, f"{type} {id} changed behind the audit's back", sent)
            if kept is not None and now is not None and "bulk" not in request.path.lower():
                promise(now.version == kept.version + 1, f"version {kept.version} became {now.version}", sent)
        self.statuses[sent.answer.status] = self.statuses.get(sent.answer.status, 0) + 1
        self.time(sent, changed)
        return sent

    def time(self, sent: Sent, changed: bool) -> None:
        spent = sent.spent_ms
        if spent > self.slowest[0]:
            if spent > 10 and not changed:  # a neighbour on the same core slows a request too
                spent = min([spent, *[self.world.again_ms(sent) for _ in range(3)]])
            if spent > self.slowest[0]:
                self.slowest = (spent, sent.told())

    def watched(self, tenant: Tenant, path: str) -> list[tuple[Tenant, str, str, Any]]:
        """The target, and one resource of each org at random, as they are kept."""
        found = []
        for owner in self.world.tenants:
            model = self.models[owner.key]
            ids = {*model.users, *model.groups, *model.badges}
            type, id = self.somebody(model)
            wanted = {(type, id)} if id else set()
            last = path.rstrip("/").rpartition("/")[2]
            if last in ids:
                wanted.add(("User" if last in model.users else "Group" if last in model.groups else "Badge", last))
            found += [(owner, type, id, self.world.kept(owner, type, id)) for type, id in sorted(wanted)]
        return found

    def somebody(self, model: Model) -> tuple[str, str]:
        type, ids = self.chance.pick((("User", model.users), ("User", model.users), ("Group", model.groups), ("Badge", model.badges)))
        return type, self.chance.pick(sorted(ids)) if ids else ""

    # ------------------------------------------------------------------ scraps

    def text(self, tenant: Tenant, word: str) -> str:
        self.count += 1
        return f"{word}{self.count} {tenant.mark}"

    def user_name(self, tenant: Tenant) -> str:
        self.count += 1
        odd = self.chance.pick(("", "", "", "Ä", "\u212a", "ﬁ", "é", "e\u0301", "Ж")) if self.world.profile == "extended" else ""
        return f"p{self.count}{odd}.{tenant.mark}@northlight.example"

    def any_id(self, tenant: Tenant) -> str:
        """Mostly one of the org's own, now and then one of the other org, or nobody's."""
        way = self.chance.below(12)
        owner = self.world.other(tenant) if way == 0 else tenant
        id = (
            self.somebody(self.models[owner.key])[1]
            if way != 1
            else self.chance.pick(("", "x", "bulkId:a", "é", "\x00", "a" * 300, "..", "%2e"))
        )
        return id or "nobody"

    def known_id(self, tenant: Tenant) -> str:
        """An id that a well-formed body may have: of either org."""
        owner = self.world.other(tenant) if self.chance.one_in(8) else tenant
        return self.somebody(self.models[owner.key])[1] or "nobody"

    def user(self, tenant: Tenant) -> str:
        users = self.models[tenant.key].users
        return self.chance.pick(sorted(users)) if users else ""

    def client(self) -> str:
        return self.chance.pick(tuple(CLIENTS))

    def password(self) -> str:
        return f"{SECRET_MARK}{self.chance.below(99)}"

    # ------------------------------------------------------------------ keeping the model true

    def look(self, tenant: Tenant, endpoint: str, id: str) -> Sent:
        """Read a resource again, whatever became of it, and remember it."""
        model, sent = self.models[tenant.key], self.ask(tenant, "plain", "GET", f"{endpoint}/{id}")
        if sent.answer.status == 404:
            model.forget(TYPES[endpoint], id)
            return sent
        promise(sent.answer.status == 200, "what was kept cannot be read", sent)
        if endpoint == "Users":
            model.users[id] = simple(sent.json)
        elif endpoint == "Groups":
            model.groups[id] = members_in(sent.json)
        else:
            model.badges[id] = sent.json["label"]
        return sent

    def learn(self, sent: Sent, endpoint: str) -> str:
        """A created resource. Its id."""
        id: str = sent.json["id"]
        self.world.own(sent.tenant, id)
        if "password" in sent.json:
            raise Broken(f"a password is shown: {sent.told()}")
        return id
