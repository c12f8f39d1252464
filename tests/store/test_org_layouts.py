"""Databases of every released layout open in this version, with all that was in them.

``layouts/layout_N.sql`` are dumps of databases that the program of that time wrote: two orgs, three clients, people in several scripts,
a tombstone with an externalId that somebody else took since, groups. The same questions get the same answers from each.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import pytest
from org_places import NOW
from rehearsal import CountedIds, JumpingClock

from joiner.journeys.audit import verify_audit
from joiner.journeys.reindex import reindex
from joiner.store.org_port import State
from joiner.store.org_store import SqliteOrgStore, open_org_store
from joiner.store.sql_files import load_migrations
from joiner.web.request import Request
from joiner.web.server import OrgServer

T = TypeVar("T")
LAYOUTS = sorted(Path(__file__).with_name("layouts").glob("layout_*.sql"))
OKTA, ENTRA, SOUTH = (f"jnt_secret-{number:036d}" for number in (6, 16, 46))


def run(work: Coroutine[Any, Any, T]) -> T:
    """An inline store never waits, so a story runs to its end in one step."""
    try:
        work.send(None)
    except StopIteration as finished:
        return finished.value
    raise AssertionError("the story waits for something")


@pytest.fixture(params=LAYOUTS, ids=lambda path: path.stem)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    path = tmp_path / "orgs.db"
    connection = sqlite3.connect(path)
    connection.executescript(request.param.read_text("utf-8"))
    assert f"layout_{connection.execute('PRAGMA user_version').fetchone()[0]}" == request.param.stem
    connection.close()
    opened = open_org_store(str(path), JumpingClock(NOW), commit_inline=True)
    run(reindex(opened))
    yield opened
    opened.close()


def ask(store: SqliteOrgStore, token: str, path: str, **query: Any) -> Any:
    server = OrgServer(store, JumpingClock(NOW), CountedIds(), base_url="http://north")
    answer = run(server.handle(Request("GET", path, urlencode(query), {"authorization": f"Bearer {token}"}, b"")))
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def test_people_groups_and_names_are_found_as_before(store: SqliteOrgStore) -> None:
    base = "/north/api/v2/scim/v2"
    people = ask(store, OKTA, f"{base}/Users", count=100)["Resources"]
    assert [(user["userName"], user.get("externalId"), user["active"]) for user in people] == [
        ("aino.virtanen@northlight.example", "okta-1", True),
        ("zoë.müller@northlight.example", None, True),
        ("李.小龙@northlight.example", "okta-3", True),
        ("олена.коваль@northlight.example", None, False),
        ("newcomer@northlight.example", "okta-6", True),
    ]
    assert [group["display"] for group in people[0]["groups"]] == ["Support EU", "Çağrı merkezi"]
    for expression, found in {
        'userName eq "ZOË.MÜLLER@northlight.example"': ["zoë.müller@northlight.example"],
        'externalId eq "okta-3"': ["李.小龙@northlight.example"],
        'displayName co "小"': ["李.小龙@northlight.example"],
        'title eq "lead"': ["aino.virtanen@northlight.example"],
        'emails[type eq "other"].value co "home"': ["aino.virtanen@northlight.example"],
        "active eq false": ["олена.коваль@northlight.example"],
    }.items():
        answer = ask(store, OKTA, f"{base}/Users", filter=expression)
        assert [user["userName"] for user in answer["Resources"]] == found, expression
    assert ask(store, ENTRA, f"{base}/Users", filter='externalId eq "entra-2"')["totalResults"] == 1
    groups = ask(store, OKTA, f"{base}/Groups")["Resources"]
    assert [(group["displayName"], len(group["members"])) for group in groups] == [("Support EU", 4), ("Çağrı merkezi", 1)]
    assert ask(store, SOUTH, "/south/api/v2/scim/v2/Users")["totalResults"] == 1


def test_orgs_clients_tokens_and_tombstones_are_as_before(store: SqliteOrgStore) -> None:
    met = run(store.identify("", hashlib.sha256(ENTRA.encode()).digest()))
    assert met.org is not None
    assert met.session is not None
    assert (met.org.name, met.org.default, met.session.client.name) == ("north", True, "entra")
    south = run(store.identify("south", None)).org
    assert (south.label, south.profile, south.rate_per_minute) == ("Southlight", "strict", 300)

    def look(rows: Any) -> None:
        assert [division.name for division in rows.names(1).divisions] == ["Home", "Sales", "Support"]
        assert [division.name for division in rows.names(south.key).divisions] == ["Home", "Tuki"]
        okta = rows.client(1, "okta").id
        gone, taken = (rows.find_external(1, "User", okta, value) for value in ("okta-5", "okta-6"))
        assert [kept.state for kept in rows.resources(1, "User", gone)] == [State.DELETED]
        assert [kept.state for kept in rows.resources(1, "User", taken)] == [State.DELETED, State.ACTIVE]
        assert rows.holder(1, "User", "gone@northlight.example") is None

    run(store.read(0, look))


def test_the_chain_of_audit_rows_is_whole(store: SqliteOrgStore) -> None:
    verdicts = run(verify_audit(store))
    assert [verdict.broken_at for verdict in verdicts] == [0, 0]
    assert min(verdict.rows for verdict in verdicts) > 2


def test_every_released_layout_is_kept_and_none_is_written_twice() -> None:
    assert [path.stem for path in LAYOUTS] == [f"layout_{number}" for number in range(1, len(LAYOUTS) + 1)]
    assert len(LAYOUTS) <= len(load_migrations("sql"))
