"""``joiner scim held`` beside a running server: look, approve, reject."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from served_house import joiner, orgs_url, served


def test_held_removals_are_listed_shown_approved_and_rejected(tmp_path: Path) -> None:
    def said(*words: str, code: int = 0) -> str:
        answer = joiner(tmp_path, *words, "--org", "north", "--database", orgs_url(tmp_path))
        assert answer.code == code, answer.err
        return str(answer.out) + str(answer.err)

    assert joiner(tmp_path, "org", "add", "north", "--database", orgs_url(tmp_path)).code == 0
    said("client", "create", "okta", "--set", "ownership=title=org")
    assert "cannot mark 'active'" in said("client", "set", "okta", "ownership=active=org", code=64)
    token = json.loads(joiner(tmp_path, "client", "token", "okta", "--org", "north", "--database", orgs_url(tmp_path), "-o", "json").out)
    assert "Nothing that was pushed" in said("scim", "held", "list")
    with served(tmp_path) as address:

        def send(method: str, path: str, body: Any) -> Any:
            headers = {"Authorization": f"Bearer {token['access_token']}", "Content-Type": "application/scim+json"}
            request = Request(f"{address}/north/scim/v2/{path}", json.dumps(body).encode(), headers, method=method)
            with urlopen(request) as answer:
                return json.loads(answer.read() or b"{}")

        people = [send("POST", "Users", {"userName": f"p{n}@northlight.example", "displayName": f"P{n}"})["id"] for n in range(21)]
        group = send("POST", "Groups", {"displayName": "Oulu", "members": [{"value": id} for id in people]})["id"]
        send("PATCH", f"Groups/{group}", {"Operations": [{"op": "remove", "path": "members"}]})
        assert "removals_max_share" in said("scim", "held", "list", code=3)
        (row,) = json.loads(joiner(tmp_path, "scim", "held", "list", "--org", "north", "--database", orgs_url(tmp_path), "-o", "json").out)[
            "held"
        ]
        assert "P20" in said("scim", "held", "show", row["id"], code=3)
        assert "21" in said("scim", "held", "reject", row["id"], "--reason", "a broken sync")
        send("PATCH", f"Groups/{group}", {"Operations": [{"op": "remove", "path": "members"}]})
        (row,) = json.loads(joiner(tmp_path, "scim", "held", "list", "--org", "north", "--database", orgs_url(tmp_path), "-o", "json").out)[
            "held"
        ]
        assert "21" in said("scim", "held", "approve", row["id"])
        assert send("GET", f"Groups/{group}", None).get("members", []) == []
