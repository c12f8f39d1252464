"""The lists of what is installed: hashed, and free of registry addresses and machine paths."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
LOCKS = sorted((TOP / "requirements").glob("*.txt"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_of_a_lock_is_pinned_and_hashed(lock: Path) -> None:
    entries = re.sub(r"\\\n", " ", lock.read_text("utf-8")).strip().splitlines()
    assert entries
    for entry in entries:
        assert re.match(r"^[a-z0-9-]+(\[[a-z,]+\])?==\S+", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_address_and_no_place_on_a_machine(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert "/" not in text
    assert "index" not in text


def test_the_locks_of_a_user_and_of_a_developer_agree() -> None:
    pins = [dict(re.findall(r"(?m)^([a-z0-9-]+)==([^\s;\\]+)", lock.read_text("utf-8"))) for lock in LOCKS]
    for first in pins:
        for second in pins:
            assert {name: first[name] for name in first.keys() & second.keys()} == {
                name: second[name] for name in first.keys() & second.keys()
            }
