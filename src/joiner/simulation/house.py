"""The product's parts as one simulated world uses them: hosted orgs, engine memory, pipe, target. The only file here that builds them.

Everything is the product's own code except the ports that are handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import TypeAlias, cast

from joiner.auth.client_secret import REHEARSAL_COST
from joiner.connectors.build import open_target
from joiner.connectors.csv_file import CsvSource
from joiner.connectors.port import Wire
from joiner.dialects.connection import KINDS
from joiner.journeys.administer import add_org, create_client, define_names, mint_token
from joiner.journeys.cycle_ports import CyclePorts
from joiner.ports import Clock, Ids, Silence
from joiner.simulation.driver import Life, finish
from joiner.simulation.faults import Faults
from joiner.simulation.hands import SimClock, SimIds, Time
from joiner.simulation.org_front import OrgFront
from joiner.simulation.ports import SimFiles, SimSource, SimStore, SimWire
from joiner.simulation.roster import CHARTS, COLUMNS, DIVISIONS, ROLES, SKILLS, Roster
from joiner.simulation.watch import Watch
from joiner.store.engine_store import SqliteEngineStore, open_engine_store
from joiner.store.org_port import OrgStore
from joiner.store.org_store import SqliteOrgStore, open_org_store
from joiner.store.port import EngineStore
from joiner.sync.expression import compile_expression
from joiner.sync.mapping import Rule
from joiner.sync.ownership import FirstContact, Owner
from joiner.sync.pipe import Pipe, SourceRules

Serve: TypeAlias = Callable[[OrgStore, Clock, Ids], Wire]
"""Puts the hosted orgs of a store behind a Wire; the doors are not this room's to know."""

PATH = "people.csv"
REQUESTS_PER_MINUTE = 600

EXPRESSIONS = {
    "userName": "lower(src.email)",
    "displayName": 'src.first + " " + src.last',
    "title": "src.title",
    "department": "src.department",
    "nickName": "src.nick",
    "phoneNumbers[work]": "src.phone",
    "division": "src.division",
    "roles": 'split(src.roles, "|")',
    "routingSkills": 'split(src.skills, "|")',
    "groups": 'split(src.groups, "|")',
}
MODEL_NAMES = {"phoneNumbers[work]": "phone"}


@lru_cache(maxsize=16)
def build_pipe(org: str, source: str, first_contact: FirstContact, chart: int) -> Pipe:
    """The pipe of one org. Compiling takes longer than a cycle of such a small world, so that it is done once per process."""
    rules = tuple(
        Rule(name, compile_expression(text), Owner(CHARTS[chart][MODEL_NAMES.get(name, name)]), place=f"joiner.toml:{line}")
        for line, (name, text) in enumerate(EXPRESSIONS.items(), 30)
    )
    return Pipe(
        name=org,
        org_label=org,
        sources=(SourceRules(source, leaver=compile_expression('src.status == "left"')),),
        rules=rules,
        rules_hash="simulated",
        first_contact=first_contact,
    )


@dataclass(slots=True)
class Access:
    """How the engine signs in to one org."""

    client_id: str
    secret: str


@dataclass(slots=True)
class House:
    """The long-lived parts of one world. ``engine_store`` outlives every engine process, as a file does."""

    org_store: SqliteOrgStore
    engine_store: SqliteEngineStore
    fronts: dict[str, OrgFront]
    access: dict[str, Access]
    files: SimFiles

    def close(self) -> None:
        self.org_store.close()
        self.engine_store.close()


def build_house(serve: Serve, orgs: tuple[str, ...], profile: str, time: Time, random: Random) -> House:
    """Hosted orgs with their names, clients and tokens, and an empty engine memory."""
    clock, ids = SimClock(time, skewed=False), SimIds(Random(random.getrandbits(64)))
    store = open_org_store(":memory:", clock, commit_inline=True)
    wire = serve(store, clock, ids)
    fronts: dict[str, OrgFront] = {}
    access: dict[str, Access] = {}
    for name in orgs:
        org = finish(add_org(store, clock, ids, name, profile=profile, rate_per_minute=0))
        finish(define_names(store, clock, ids, name, divisions=DIVISIONS[1:], roles=ROLES, skills=SKILLS))
        engine = finish(create_client(store, clock, ids, name, "engine", connection=KINDS["joiner"], cost=REHEARSAL_COST))
        finish(create_client(store, clock, ids, name, "people", connection=KINDS["joiner"], cost=REHEARSAL_COST))
        token, _ = finish(mint_token(store, clock, ids, name, "people"))
        access[name] = Access(engine.client_id, engine.client_secret)
        fronts[name] = OrgFront(name, org.key, store, wire, engine.client_id, human_token=token)
    return House(store, open_engine_store(":memory:"), fronts, access, SimFiles())


def build_ports(
    house: House,
    org: str,
    roster: Roster,
    life: Life,
    faults: Faults,
    watch: Watch,
    *,
    time: Time,
    serve_file: Callable[[Life], None],
    race: Callable[[OrgFront, str], None],
) -> CyclePorts:
    """The ports of one engine process."""
    clock = SimClock(time, life)
    wire = SimWire(house.fronts[org], faults, time, life, watch, race)
    target, _ = open_target(
        "hosted",
        name=org,
        url=f"https://org.example/{org}",
        client_id=house.access[org].client_id,
        secret=house.access[org].secret,
        wire=wire,
        clock=clock,
        mapped=frozenset(EXPRESSIONS),
        requests_per_minute=REQUESTS_PER_MINUTE,
        jitter=faults.random.random,
    )
    inner = CsvSource(roster.name, PATH, "employee_no", clock, required_columns=frozenset(COLUMNS), files=house.files)
    ids = SimIds(Random(faults.random.getrandbits(64)))
    store = cast("EngineStore", SimStore(house.engine_store, life, faults, watch, time))
    source = SimSource(roster.name, inner.read, life, serve_file)
    return CyclePorts(clock=clock, ids=ids, store=store, sources=(source,), target=target, progress=Silence(), holder=life.name)
