"""What a reading connection sees, held still: statements over one committed state, each without asking the file system for it.

A statement of its own opens and ends a read transaction, which costs three times as much as the statement (locks in shared memory).
So the snapshot stays open from one read to the next, until somebody commits. That also keeps what is read and what is remembered in
step: both move on in the same turn of the loop. It must be released at every COMMIT, or the log could never be emptied.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from mmap import ACCESS_READ, mmap

HEADER_BYTES = 48
"""The first copy of the header of SQLite's WAL index: it holds a counter of commits and the length of the log (walformat.html)."""


class Snapshot:
    """The read transaction of one connection."""

    __slots__ = ("_connection", "_held")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._held = False

    def hold(self) -> None:
        """See the state that is committed now, until ``release``; nothing if one is held already."""
        if not self._held:
            self._connection.execute("BEGIN")
            self._held = True
            # BEGIN alone looks at nothing yet.
            self._connection.execute("SELECT 1 FROM org LIMIT 1").fetchone()

    def release(self) -> None:
        if self._held:
            self._held = False
            self._connection.execute("COMMIT")


class _Mapping:
    """The WAL index of one database, for all stores of this process."""

    def __init__(self, path: str) -> None:
        self.users = 0
        self._descriptor = os.open(f"{path}-shm", os.O_RDONLY | os.O_CLOEXEC)
        try:
            self.memory = mmap(self._descriptor, HEADER_BYTES, access=ACCESS_READ)
        except BaseException:
            os.close(self._descriptor)
            raise

    def close(self) -> None:
        self.memory.close()
        os.close(self._descriptor)


_mappings: dict[str, _Mapping] = {}


def _commits(header: bytes) -> int:
    """SQLite's counter of commits."""
    return int.from_bytes(header[8:12], sys.byteorder)


class CommitWatch:
    """Whether anybody at all committed since the last look, in a tenth of a microsecond and without a system call.

    It only says when to ask SQLite (``PRAGMA data_version``), never what has changed. Where the index cannot be mapped it says "yes"
    each time. Open it after the connections and close it after them: closing a descriptor of the index drops the locks that this
    process holds on it (sqlite.org, How To Corrupt, §2.2), which is why all stores of a process share one.
    """

    __slots__ = ("_mapping", "_path", "_seen")

    def __init__(self, path: str) -> None:
        self._path = os.path.realpath(path)
        self._seen = b""
        self._mapping = _mappings.get(self._path)
        if self._mapping is None:
            try:
                self._mapping = _mappings[self._path] = _Mapping(self._path)
            except (OSError, ValueError):
                return
        self._mapping.users += 1

    def moved(self) -> bool:
        """Whether there was a commit since this was last asked. The first time: yes."""
        if self._mapping is None:
            return True
        header = self._mapping.memory[:HEADER_BYTES]
        if header == self._seen:
            return False
        self._seen = header
        return True

    def expect_own(self) -> None:
        """This process's writer has just committed, and looked around after it took the write lock: one commit is no news."""
        if self._mapping is None or not self._seen:
            return
        header = self._mapping.memory[:HEADER_BYTES]
        if _commits(header) == (_commits(self._seen) + 1) & 0xFFFFFFFF:
            self._seen = header

    def log_pages(self) -> int:
        """How many pages the write-ahead log holds; 0 where it is not known."""
        return 0 if self._mapping is None else int.from_bytes(self._mapping.memory[16:20], sys.byteorder)

    def close(self) -> None:
        if self._mapping is None:
            return
        self._mapping.users -= 1
        if not self._mapping.users:
            del _mappings[self._path]
            self._mapping.close()
        self._mapping = None
