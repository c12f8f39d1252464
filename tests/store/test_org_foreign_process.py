"""A second process on the same file: the command line works beside a running server, again and again."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

from joiner.store.org_file import connect_org_file
from joiner.store.sqlite_file import create_private_file

OTHER_PROCESS = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("CREATE TABLE IF NOT EXISTS visits (n INTEGER)")
connection.execute("INSERT INTO visits VALUES (1)")
print(connection.execute("SELECT count(*) FROM visits").fetchone()[0])
connection.close()
"""


def test_rows_of_both_processes_survive_while_the_other_comes_and_goes(tmp_path: Path) -> None:
    path = str(tmp_path / "orgs.db")
    writer = connect_org_file(path)
    writer.execute("CREATE TABLE visits (n INTEGER)")
    reader = connect_org_file(path)
    for visit in range(1, 4):
        told = subprocess.run([sys.executable, "-c", OTHER_PROCESS, path], check=True, capture_output=True, text=True)
        assert int(told.stdout) == 2 * visit - 1, "the other process sees everything that was committed here"
        writer.execute("INSERT INTO visits VALUES (2)")
        assert reader.execute("SELECT count(*) FROM visits").fetchone() == (2 * visit,)
    assert writer.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    writer.close()
    reader.close()


def test_existing_file_is_left_untouched_and_a_new_one_is_private(tmp_path: Path) -> None:
    path = tmp_path / "orgs.db"
    create_private_file(str(path))
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    create_private_file(str(path))
    assert path.stat().st_mode & 0o777 == 0o640
    sqlite3.connect(path).close()
