"""A second process on the same file: the command line works beside a running server, again and again."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

from joiner.store.engine_connection import create_private_file
from joiner.store.org_file import connect_org_file

OTHER_PROCESS = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("CREATE TABLE IF NOT EXISTS visits (n INTEGER)")
connection.execute("INSERT INTO visits VALUES (1)")
connection.close()
"""


def test_connections_stay_whole_while_other_processes_come_and_go(tmp_path: Path) -> None:
    path = str(tmp_path / "orgs.db")
    writer, reader = connect_org_file(path), connect_org_file(path)
    for visit in range(1, 4):
        subprocess.run([sys.executable, "-c", OTHER_PROCESS, path], check=True)
        assert reader.execute("SELECT count(*) FROM visits").fetchone() == (visit,)
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
