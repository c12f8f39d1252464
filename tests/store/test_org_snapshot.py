"""What a process sees of others' commits: at once, whether the index of the log can be watched or not, and never its own as news."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from org_places import FACE, LoopClock, adding, with_orgs

from joiner.errors import AlreadyTaken
from joiner.store import org_snapshot, org_writer
from joiner.store.org_port import Kept, OrgWrites, State
from joiner.store.org_store import open_org_store


def unmappable(path: str) -> None:
    raise OSError


@pytest.mark.parametrize("watched", [True, False])
@pytest.mark.parametrize("commit_inline", [True, False])
def test_every_commit_of_another_process_is_news_and_no_own_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watched: bool, commit_inline: bool
) -> None:
    if not watched:
        monkeypatch.setattr(org_snapshot, "_Mapping", unmappable)

    def refusing(rows: OrgWrites) -> None:
        raise AlreadyTaken

    async def story() -> None:
        path = str((tmp_path / "orgs.db").resolve())
        ours = await with_orgs(open_org_store(path, LoopClock(), commit_inline=commit_inline))
        theirs = open_org_store(path, LoopClock(), commit_inline=True)
        assert (path in org_snapshot._mappings) is watched
        await ours.read(1, lambda rows: rows.count(1, "User", False))
        before = ours.foreign_changes()
        for number in range(5):
            await ours.write(1, adding(f"ours{number}"))
        assert ours.foreign_changes() == before
        for number in range(5):
            with pytest.raises(AlreadyTaken):
                await ours.write(1, refusing)
            await theirs.write(1, adding(f"theirs{number}"))
            assert await ours.read(1, lambda rows: rows.count(1, "User", False)) == 6 + 2 * number
            assert ours.foreign_changes() == before + number + 1
            await ours.write(1, adding(f"more{number}"))
            assert await ours.read(1, lambda rows: rows.count(1, "User", False)) == 7 + 2 * number
        ours.close()
        assert await theirs.read(1, lambda rows: rows.count(1, "User", False)) == 15
        theirs.close()
        assert path not in org_snapshot._mappings

    asyncio.run(story())


def test_a_session_that_another_process_ends_is_refused_by_the_next_request(tmp_path: Path) -> None:
    async def story() -> None:
        path = str(tmp_path / "orgs.db")
        ours = await with_orgs(open_org_store(path, LoopClock()))
        theirs = open_org_store(path, LoopClock(), commit_inline=True)
        await ours.write(1, lambda rows: rows.add_token(b"t", 1, "north-client", 0.0, 9e9, "aino"))
        for _ in range(3):
            assert (await ours.identify("north", b"t")).session is not None
        await theirs.write(1, lambda rows: rows.drop_tokens_of_user(1, "aino"))
        assert (await ours.identify("north", b"t")).session is None
        ours.close()
        theirs.close()

    asyncio.run(story())


def giving_a_token(rows: OrgWrites) -> None:
    rows.add_token(b"new", 1, "north-client", 0.0, 9e9, "aino")


def test_a_session_that_another_process_began_is_known_while_ours_waits_to_write(tmp_path: Path) -> None:
    async def story() -> None:
        path = str(tmp_path / "orgs.db")
        ours = await with_orgs(open_org_store(path, LoopClock()))
        theirs = open_org_store(path, LoopClock(), commit_inline=True)
        assert (await ours.identify("north", b"new")).session is None
        theirs._writer.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(ours.write(1, adding("ours")))
        await asyncio.sleep(0.001)
        giving_a_token(theirs._write_rows)
        theirs._writer.execute("COMMIT")
        assert not waiting.done()
        assert (await ours.identify("north", b"new")).session is not None
        await waiting
        ours.close()
        theirs.close()

    asyncio.run(story())


def test_a_session_that_another_process_began_is_known_as_soon_as_our_commit_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed, noticed = threading.Event(), threading.Event()
    commit = org_writer.Writer._timed_commit

    def slow_to_tell(writer: org_writer.Writer) -> float:
        seconds = commit(writer)
        committed.set()
        assert noticed.wait(10)
        return seconds

    async def story() -> None:
        path = str(tmp_path / "orgs.db")
        ours = await with_orgs(open_org_store(path, LoopClock()))
        theirs = open_org_store(path, LoopClock(), commit_inline=True)
        await ours.read(1, lambda rows: rows.count(1, "User", False))  # whoever is read from commits beside the loop
        monkeypatch.setattr(org_writer.Writer, "_timed_commit", slow_to_tell)
        writing = asyncio.create_task(ours.write(1, adding("ours")))
        assert await asyncio.to_thread(committed.wait, 10)
        await theirs.write(1, giving_a_token)
        asking = asyncio.create_task(ours.identify("north", b"new"))
        given_up = asyncio.create_task(ours.identify("north", b"other"))
        await asyncio.sleep(0)
        given_up.cancel()
        noticed.set()
        assert (await asking).session is not None
        await writing
        ours.close()
        theirs.close()

    asyncio.run(story())


def test_what_is_remembered_of_nested_groups_follows_every_commit(tmp_path: Path) -> None:
    def group(name: str) -> Callable[[OrgWrites], int]:
        def work(rows: OrgWrites) -> int:
            n = rows.next_number(1, "Group")
            rows.insert(1, "Group", Kept(n, name, 1, State.ACTIVE, name, b"{}"), FACE)
            return n

        return work

    async def story() -> None:
        path = str(tmp_path / "orgs.db")
        ours = await with_orgs(open_org_store(path, LoopClock()))
        theirs = open_org_store(path, LoopClock(), commit_inline=True)
        outer, inner = await ours.write(1, group("outer")), await ours.write(1, group("inner"))
        assert await ours.read(1, lambda rows: rows.nesting(1)) == {}
        await ours.write(1, lambda rows: rows.add_nested(1, outer, [inner]))
        assert await ours.read(1, lambda rows: rows.nesting(1)) == {inner: (outer,)}
        await theirs.write(1, lambda rows: rows.remove_nested(1, outer, [inner]))
        assert await ours.read(1, lambda rows: rows.nesting(1)) == {}
        ours.close()
        theirs.close()

    asyncio.run(story())
