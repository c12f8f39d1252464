"""Holders' names: a process that is certainly gone frees its pipe at once, everybody else is given the benefit of the doubt."""

from __future__ import annotations

import subprocess
import sys

import pytest
from engine_fixtures import NOON, after, run_story

from joiner.errors import Locked
from joiner.store.engine_holder import is_gone, name_this_process
from joiner.store.engine_store import SqliteEngineStore

NAMING = "from joiner.store.engine_holder import name_this_process as name\nprint(name(), flush=True)\ninput()\n"


def _other_process() -> tuple[subprocess.Popen[str], str]:
    environment = {"PYTHONPATH": ":".join(sys.path)}
    process = subprocess.Popen([sys.executable, "-c", NAMING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def test_process_is_gone_once_it_was_killed() -> None:
    process, name = _other_process()
    assert not is_gone(name)
    process.kill()
    assert process.stdout is not None
    assert process.stdout.read() == ""
    process.wait()
    assert is_gone(name)
    for stream in (process.stdin, process.stdout):
        assert stream is not None
        stream.close()


def test_killed_holder_frees_its_pipe_at_once_and_a_living_one_does_not() -> None:
    process, name = _other_process()

    async def story(store: SqliteEngineStore) -> None:
        await store.take_lease("eu", name, NOON, 120)
        with pytest.raises(Locked):
            await store.take_lease("eu", name_this_process(), after(1), 120)
        process.kill()
        process.communicate()
        assert await store.take_lease("eu", name_this_process(), after(2), 120) == 2

    run_story(story)


def test_number_used_again_by_another_process_is_not_the_holder() -> None:
    mine = name_this_process()
    assert not is_gone(mine)
    assert is_gone(mine[:-1] + "7]"), "same number, another start"


@pytest.mark.parametrize(
    "holder", ["joiner", "", "process 1 on elsewhere [00000000.12]", "process 99999999999 on x [5f0c9ab2.1]", "process x on y []"]
)
def test_whoever_cannot_be_judged_from_here_counts_as_alive(holder: str) -> None:
    assert not is_gone(holder)
