"""A people file on disk as a Source. Reading of bytes stays behind ``Files``; everything else is in :mod:`csv_text`."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import PurePath
from typing import Protocol

from joiner.connectors.csv_text import EFFECT, CsvLayout, parse_csv, prove, read_header
from joiner.errors import Problem, SourceMistake
from joiner.ports import Clock
from joiner.sync.record import SourceSnapshot

FILE_BYTES_MAX = 256 * 1024 * 1024
"""About two million people with 15 columns; a larger file is something else."""


class Files(Protocol):
    def read_bytes(self, path: str) -> bytes:
        """The whole file. Raises FileNotFoundError, or another OSError with a message for people."""
        ...


class LocalFiles:
    """Regular files of this machine, up to ``FILE_BYTES_MAX``: a device or a pipe would never end."""

    def read_bytes(self, path: str) -> bytes:
        with open(path, "rb", opener=_open_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise OSError(f"{path} is not a regular file")
            content = file.read(FILE_BYTES_MAX + 1)
        if len(content) > FILE_BYTES_MAX:
            raise OSError(f"{path} is larger than {FILE_BYTES_MAX // 1024 // 1024} MiB")
        return content


def _open_without_waiting(path: str, flags: int) -> int:
    """Without O_NONBLOCK, opening a named pipe waits for a writer for ever."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


@dataclass(frozen=True, slots=True)
class CsvSource:
    """One CSV file. ``required_columns`` are those that the pipe's rules read; ``path`` is absolute or relative to the process."""

    name: str
    path: str
    key: str
    clock: Clock
    delimiter: str | None = None
    encoding: str | None = None
    required_columns: frozenset[str] = frozenset()
    files: Files = field(default_factory=LocalFiles)

    async def read(self) -> SourceSnapshot:
        """Read, check the shape, and prove by trailer, ``.count`` or ``.sha256`` beside it. Raises SourceMistake (JN1201-JN1209)."""
        origin = PurePath(self.path).name
        layout = CsvLayout(origin, self.key, self.delimiter, self.encoding, self.required_columns)
        content = self._read_file(origin)
        digest = sha256(content).hexdigest()
        table = parse_csv(content, layout)
        proof = prove(table, digest, layout, count_text=self._read_beside(".count"), digest_text=self._read_beside(".sha256"))
        return SourceSnapshot(self.name, table.records, proof, self.clock.now(), origin, digest, table.columns)

    def read_columns(self) -> tuple[str, ...]:
        """The header alone, before anything is known of the file."""
        origin = PurePath(self.path).name
        return read_header(self._read_file(origin), CsvLayout(origin, self.key, self.delimiter, self.encoding))

    def _read_file(self, origin: str) -> bytes:
        try:
            return self.files.read_bytes(self.path)
        except OSError as failure:
            missing = isinstance(failure, FileNotFoundError)
            title = f"there is no file {origin}" if missing else f"{origin} cannot be read"
            reason = failure.strerror or str(failure)
            rows = (("source", self.name), ("path", self.path), ("found", reason), ("effect", EFFECT))
            raise SourceMistake(Problem("JN1201", title, rows, "put the file there, or correct `path` in joiner.toml")) from None

    def _read_beside(self, suffix: str) -> str | None:
        """What stands in the proof file, None if there is none. One that is there but unreadable is a mistake, not an absence."""
        try:
            return self.files.read_bytes(self.path + suffix).decode("ascii", "replace")
        except FileNotFoundError:
            return None
        except OSError as failure:
            name = PurePath(self.path).name + suffix
            rows = (("source", self.name), ("found", failure.strerror or str(failure)), ("effect", EFFECT))
            raise SourceMistake(Problem("JN1201", f"{name} cannot be read", rows, "make it readable for joiner, or remove it")) from None
