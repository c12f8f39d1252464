"""The CSV source on a real disk."""

from __future__ import annotations

import asyncio
import os
import time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from joiner.connectors import csv_file
from joiner.connectors.csv_file import CsvSource
from joiner.connectors.port import Source
from joiner.errors import Problem, SourceMistake
from joiner.sync.record import ProofKind, SourceSnapshot

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class StillClock:
    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("a file is not waited for")


def source(path: Path) -> Source:
    return CsvSource("hr", str(path), "no", StillClock())


def read(path: Path) -> SourceSnapshot:
    return asyncio.run(source(path).read())


def mistake(path: Path) -> Problem:
    with pytest.raises(SourceMistake) as caught:
        read(path)
    return caught.value.problems[0]


def test_a_snapshot_names_its_origin_and_the_digest_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"no,mail\n1,a@northlight.example\n#rows=1\n")
    snapshot = read(path)
    assert (snapshot.source, snapshot.origin, snapshot.read_at) == ("hr", "people.csv", NOON)
    assert snapshot.digest == sha256(path.read_bytes()).hexdigest()
    assert snapshot.columns == ("no", "mail")
    assert snapshot.proof.kind is ProofKind.TRAILER


def test_proof_files_stand_beside_the_file(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"no\n1\n2\n")
    assert not read(path).proof.complete
    (tmp_path / "people.csv.count").write_text("2\n")
    assert read(path).proof.kind is ProofKind.COUNT
    (tmp_path / "people.csv.sha256").write_text(sha256(b"no\n1\n2\n").hexdigest() + "  people.csv\n")
    assert read(path).proof.kind is ProofKind.DIGEST
    path.write_bytes(b"no\n1\n")
    assert mistake(path).code == "JN1206"


def test_a_missing_file_is_told_with_its_path(tmp_path: Path) -> None:
    problem = mistake(tmp_path / "people.csv")
    assert (problem.code, problem.title) == ("JN1201", "there is no file people.csv")
    assert dict(problem.rows)["path"] == str(tmp_path / "people.csv")


def test_a_folder_or_a_pipe_is_no_people_file(tmp_path: Path) -> None:
    assert mistake(tmp_path).code == "JN1201"
    os.mkfifo(tmp_path / "people.csv")
    problem = mistake(tmp_path / "people.csv")
    assert "not a regular file" in dict(problem.rows)["found"]


def test_a_proof_file_that_cannot_be_read_is_a_mistake_and_not_an_absence(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(b"no\n1\n")
    (tmp_path / "people.csv.count").mkdir()
    assert mistake(tmp_path / "people.csv").title == "people.csv.count cannot be read"


def test_a_file_beyond_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "FILE_BYTES_MAX", 8)
    (tmp_path / "people.csv").write_bytes(b"no\n1\n2\n3\n")
    assert "larger than" in dict(mistake(tmp_path / "people.csv").rows)["found"]


def test_ten_thousand_people_with_fifteen_columns_are_read_quickly(tmp_path: Path) -> None:
    columns = ["no", *(f"column{number}" for number in range(14))]
    lines = [",".join(columns), *(",".join([str(row), *(f"value {row} {number}" for number in range(14))]) for row in range(10_000))]
    path = tmp_path / "people.csv"
    path.write_text("\n".join(lines) + "\n#rows=10000\n", encoding="utf-8")
    seconds = []
    for _ in range(3):
        started = time.process_time()
        snapshot = read(path)
        seconds.append(time.process_time() - started)
    assert len(snapshot.records) == 10_000
    assert min(seconds) < 1.0  # measured 0.06 s; the bound only catches a change of shape, also under a tracing tool
