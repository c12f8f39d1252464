"""The engine on a Genesys Cloud region by name: people come, change, leave and return, and each second plan is empty."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

from genesys_region import API, CountedIds, open_region

from joiner.connectors.csv_file import CsvSource
from joiner.journeys.cycle import apply_plan, make_plan
from joiner.journeys.cycle_ports import CyclePorts
from joiner.store.engine_store import open_engine_store
from joiner.sync.expression import compile_expression
from joiner.sync.mapping import Rule
from joiner.sync.ownership import Owner
from joiner.sync.pipe import Pipe, SourceRules

PIPE = Pipe(
    name="eu",
    org_label="Northlight EU",
    sources=(SourceRules("hr", leaver=compile_expression('src.status == "left"')),),
    rules=tuple(
        Rule(to, compile_expression(text), Owner.SOURCE, place=f"joiner.toml:{line}")
        for line, (to, text) in enumerate(
            (
                ("userName", 'src.name + "@northlight.example"'),
                ("displayName", "src.name"),
                ("title", "src.title"),
                ("division", "src.division"),
                ("roles", "src.role"),
            )
        )
    ),
    rules_hash="rules one",
)


class Quiet:
    """A Progress port that nobody looks at."""

    def report(self, phase: str, done: int, total: int | None = None, note: str = "") -> None:
        pass


def test_the_engine_brings_people_in_changes_them_lets_them_go_and_comes_to_rest(tmp_path: Path) -> None:
    file, store, ids = tmp_path / "hr.csv", open_engine_store(str(tmp_path / "engine.db")), CountedIds()
    first = ["1,ada,Lead,Support,Supervisor,active", "2,bo,Clerk,Sales,Agent,active", "3,cy,Clerk,Sales,Agent,active"]
    then = ["1,ada,Head,Sales,Supervisor,active", "2,bo,Clerk,Sales,Agent,left", "3,cy,Clerk,Sales,Agent,active"]

    async def story() -> None:
        region = await open_region()
        for rows, changes in ((first, 3), (first, 0), (then, 2), (then, 0), (first, 2), (first, 0)):
            file.write_text("\n".join(["no,name,title,division,role,status", *rows, f"#rows={len(rows)}"]), "utf-8")
            source = CsvSource("hr", str(file), "no", region.clock)
            ports = CyclePorts(region.clock, ids, store, (source,), region.open(), Quiet(), "machine")
            region.requests.clear()
            plan = await make_plan(PIPE, ports, "ada")
            report = await apply_plan(PIPE, ports, actor="ada", plan=await store.load_plan(plan.hash))
            writes = [request for request in region.requests if request.method != "GET" and urlsplit(request.url).netloc == API]
            assert (report.sent, report.done, report.failed, len(writes)) == (changes, changes, (), changes)
            region.clock.seconds += 3600.0
        users = {user.user_name: user for user in (await region.open().observe()).users}
        region.orgs.close()
        assert {name: (user.active, user.external_id) for name, user in users.items()} == {
            f"{name}@northlight.example": (True, f"hr:{number}") for number, name in enumerate(("ada", "bo", "cy"), 1)
        }

    try:
        asyncio.run(story())
    finally:
        store.close()
