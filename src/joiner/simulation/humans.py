"""People who work in the org by hand: they edit accounts, skills, roles and groups through SCIM, with their own client.

Every edit is one request that the server handles at once; nothing here knows what the engine is doing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random

from joiner.connectors.port import HttpAnswer, HttpRequest
from joiner.simulation.edits import phone
from joiner.simulation.ledger import as_set
from joiner.simulation.org_front import ENTERPRISE, GENESYS, OrgFront
from joiner.simulation.roster import BORN_WITH, DEPARTMENTS, DOMAIN, NICKNAMES, ROLES, SKILLS, TITLES, Roster

PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"

Deed = Callable[[OrgFront, Roster, Random], str]
"""Does something by hand and says what; "" when there was nothing to do it to."""


def ask(front: OrgFront, method: str, path: str, document: object) -> HttpAnswer:
    """One request of a human at this org."""
    headers = {"Authorization": f"Bearer {front.human_token}", "Content-Type": "application/scim+json"}
    url = f"https://org.example/{front.name}/api/v2/scim/v2{path}"
    return front.exchange(HttpRequest(method, url, headers, json.dumps(document).encode()), "human")


def patch(front: OrgFront, path: str, *operations: dict[str, object]) -> HttpAnswer:
    return ask(front, "PATCH", path, {"schemas": [PATCH_URN], "Operations": list(operations)})


def make_group(front: OrgFront, name: str) -> None:
    answer = ask(front, "POST", "/Groups", {"schemas": [GROUP_URN], "displayName": name})
    assert answer.status == 201, answer.body


def make_account(front: OrgFront, email: str, name: str, random: Random) -> str:
    """An account made by hand, without any externalId, as an administrator makes them."""
    document = {
        "schemas": [USER_URN, ENTERPRISE, GENESYS],
        "userName": email,
        "displayName": name,
        "active": True,
        "title": random.choice(TITLES) or "Agent",
        ENTERPRISE: {"department": random.choice(DEPARTMENTS[:-1])},
        GENESYS: {"routingSkills": [{"name": random.choice(SKILLS), "proficiency": 3.0}]},
    }
    answer = ask(front, "POST", "/Users", document)
    assert answer.status in (201, 409), answer.body
    return f"an account for {email} is made by hand ({answer.status})"


def _living(front: OrgFront, random: Random) -> str:
    living = sorted(account for account, view in front.views.items() if view["active"])
    return random.choice(living) if living else ""


def _told(answer: HttpAnswer, what: str) -> str:
    assert answer.status in (200, 204), (what, answer.status, answer.body)
    return what


def edit_plain(front: OrgFront, roster: Roster, random: Random) -> str:
    account = _living(front, random)
    return edit_account(front, account, random) if account else ""


def edit_account(front: OrgFront, account: str, random: Random) -> str:
    """One plain attribute of this account gets another value."""
    path, value = random.choice(
        (
            ("title", random.choice(TITLES[:-1])),
            ("displayName", f"{random.choice(NICKNAMES[:-1])} by hand"),
            ("nickName", random.choice(NICKNAMES[:-1])),
            ("nickName", "Hand"),
            (f"{ENTERPRISE}:department", random.choice(DEPARTMENTS[:-1])),
            (f"{ENTERPRISE}:department", "Hand-made"),
            (f"{ENTERPRISE}:division", "Iberia"),
        )
    )
    return _told(patch(front, f"/Users/{account}", {"op": "replace", "path": path, "value": value}), f"{account} {path} = {value}")


def clear_plain(front: OrgFront, roster: Roster, random: Random) -> str:
    account = _living(front, random)
    if not account:
        return ""
    path = random.choice(("title", "nickName", f"{ENTERPRISE}:department"))
    return _told(patch(front, f"/Users/{account}", {"op": "remove", "path": path}), f"{account} {path} cleared")


def edit_phone(front: OrgFront, roster: Roster, random: Random) -> str:
    account, number = _living(front, random), phone(random)
    if not account or not number:
        return ""
    kind = random.choice(("mobile", "work"))
    view = front.views[account]
    kept = {"mobile": view["mobile"], "work": view["phone"]} | {kind: number}
    value = [{"type": name, "value": text} for name, text in kept.items() if text]
    return _told(
        patch(front, f"/Users/{account}", {"op": "replace", "path": "phoneNumbers", "value": value}), f"{account} {kind} = {number}"
    )


def edit_skills(front: OrgFront, roster: Roster, random: Random) -> str:
    account = _living(front, random)
    if not account:
        return ""
    skills = sorted(random.sample(SKILLS, random.randint(0, 2)))
    value = [{"name": name, "proficiency": 4.0} for name in skills]
    return _told(
        patch(front, f"/Users/{account}", {"op": "replace", "path": f"{GENESYS}:routingSkills", "value": value}),
        f"{account} skills = {skills}",
    )


def edit_roles(front: OrgFront, roster: Roster, random: Random) -> str:
    account = _living(front, random)
    if not account:
        return ""
    roles = sorted(as_set(front.views[account], "roles") ^ {random.choice(ROLES)})
    value = [{"value": name} for name in (*roles, *sorted(BORN_WITH))]
    return _told(patch(front, f"/Users/{account}", {"op": "replace", "path": "roles", "value": value}), f"{account} roles = {roles}")


def edit_group(front: OrgFront, roster: Roster, random: Random) -> str:
    account = _living(front, random)
    if not account:
        return ""
    group = random.choice(sorted(front.groups))
    if account in front.members[group]:
        operation: dict[str, object] = {"op": "remove", "path": f'members[value eq "{account}"]'}
    else:
        operation = {"op": "add", "path": "members", "value": [{"value": account}]}
    return _told(patch(front, f"/Groups/{group}", operation), f"{account} {operation['op']} {front.groups[group]}")


def switch_state(front: OrgFront, roster: Roster, random: Random) -> str:
    accounts = sorted(front.views)
    if not accounts:
        return ""
    account = random.choice(accounts)
    active = not front.views[account]["active"]
    return _told(patch(front, f"/Users/{account}", {"op": "replace", "path": "active", "value": active}), f"{account} active = {active}")


def make_by_hand(front: OrgFront, roster: Roster, random: Random) -> str:
    """For a person whom no account serves yet, or for nobody in the source."""
    held = {view["userName"] for view in front.views.values()}
    waiting = [row for row in roster.rows.values() if not row.left and row.email.lower() not in held]
    if waiting and random.random() < 0.6:
        row = random.choice(waiting)
        return make_account(front, row.email, f"{row.first} {row.last}", random)
    return make_account(front, f"local{len(front.views)}@{DOMAIN}", "Local Desk", random)


WEIGHTED: tuple[tuple[Deed, float], ...] = (
    (edit_plain, 6),
    (clear_plain, 1.5),
    (edit_phone, 1.5),
    (edit_skills, 2),
    (edit_roles, 2),
    (edit_group, 2),
    (switch_state, 0.7),
    (make_by_hand, 0.7),
)
_DEEDS = tuple(deed for deed, _ in WEIGHTED)
_WEIGHTS = tuple(weight for _, weight in WEIGHTED)


def act_by_hand(front: OrgFront, roster: Roster, random: Random) -> str:
    """One random deed; says what it was."""
    return random.choices(_DEEDS, _WEIGHTS)[0](front, roster, random)
