"""The machine below the ports: clock, fresh ids, secrets by reference. Decides nothing."""

from __future__ import annotations

import gc
import os
import secrets
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from joiner.errors import ConfigMistake, Problem

if TYPE_CHECKING:
    from joiner.config.model import SecretReference

SECRET_BYTES_MAX = 64 * 1024
"""Far beyond any client secret; a larger file is something else."""


NEW_OBJECTS_PER_COLLECTION = 200_000


def collect_rarely() -> None:
    """Let Python look for circular garbage rarely: with the people of two sides in memory each search walks over all of them.

    Measured with 10,000 people: drawing a plan takes half the time. What is not circular is freed at once, as ever.
    """
    gc.set_threshold(NEW_OBJECTS_PER_COLLECTION, 50, 100)


CHANCE_BYTES = 10
IDS_AT_ONCE = 256

_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


class SystemClock:
    """``ports.Clock`` of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        import asyncio

        await asyncio.sleep(seconds)


class SystemIds:
    """``ports.Ids`` from the clock and the operating system's randomness."""

    def __init__(self) -> None:
        self._moment = 0
        self._lead = ""
        self._chance = ""
        self._used = 0

    def new_id(self) -> str:
        """A UUID of the moment and 74 bits of chance (RFC 9562 §5.7): what is made together stands together in an index of ids.

        Every request has one: chance is fetched for many at once, a millisecond is written once, and no UUID object made.
        """
        moment = time.time_ns() // 1_000_000
        if moment != self._moment:
            self._moment, digits = moment, f"{moment:012x}"
            self._lead = f"{digits[:8]}-{digits[8:12]}-7"
        used = self._used
        if used >= len(self._chance):
            self._chance, used = os.urandom(CHANCE_BYTES * IDS_AT_ONCE).hex(), 0
        self._used = end = used + 2 * CHANCE_BYTES
        first, variant, last = self._chance[used : used + 3], _VARIANTS[self._chance[used + 3]], self._chance[used + 4 : end - 1]
        return f"{self._lead}{first}-{variant}{last[:3]}-{last[3:]}"

    def new_secret(self) -> str:
        return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret as read, and what a careful reader would say about where it was found. Its text is never shown."""

    text: str
    remarks: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Secret(…)"


def read_secret(reference: SecretReference, folder: Path, environment: Mapping[str, str]) -> Secret:
    """The secret that ``reference`` points at; files are relative to ``folder``. Raises ConfigMistake (JN1014)."""
    match reference.place.value:
        case "file":
            return _read_file(folder / reference.name, str(reference))
        case "env":
            remark = f"{reference}: environment variables leak into child processes and support bundles; a file is safer"
            return Secret(_checked(environment.get(reference.name, ""), str(reference), "the variable is not set"), (remark,))
        case "cred":
            return _read_credential(reference, environment)
        case _:
            return _read_by_name(reference, environment)


def _read_credential(reference: SecretReference, environment: Mapping[str, str]) -> Secret:
    folder = environment.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise _unreadable(str(reference), "there are no systemd credentials (CREDENTIALS_DIRECTORY is not set)")
    return Secret(_read_file(Path(folder) / reference.name, str(reference)).text)


def _read_by_name(reference: SecretReference, environment: Mapping[str, str]) -> Secret:
    """In order: systemd credential, JOINER_SECRET_NAME_FILE, JOINER_SECRET_NAME."""
    variable = "JOINER_SECRET_" + "".join(character if character.isalnum() else "_" for character in reference.name).upper()
    folder = environment.get("CREDENTIALS_DIRECTORY")
    if folder and (Path(folder) / reference.name).exists():
        return _read_credential(reference, environment)
    if environment.get(f"{variable}_FILE"):
        return _read_file(Path(environment[f"{variable}_FILE"]), str(reference))
    text = _checked(environment.get(variable, ""), str(reference), f"neither a credential, nor {variable}_FILE, nor {variable} is there")
    return Secret(text, (f"{variable}: environment variables leak into child processes and support bundles; a file is safer",))


def _read_file(path: Path, name: str) -> Secret:
    try:
        with path.open("rb") as file:
            content = file.read(SECRET_BYTES_MAX)
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        text = content.decode("utf-8").strip()
    except OSError as error:
        raise _unreadable(name, error.strerror or type(error).__name__) from None
    except UnicodeDecodeError:
        raise _unreadable(name, "the file is not text") from None
    remarks = (f"{name} can be read by others (mode {mode:04o}): chmod 600 {path.name}",) if mode & 0o077 else ()
    return Secret(_checked(text, name, "the file is empty"), remarks)


def _checked(text: str, name: str, reason: str) -> str:
    if not text:
        raise _unreadable(name, reason)
    return text


def _unreadable(name: str, reason: str) -> ConfigMistake:
    rows = (("found", reason), ("effect", "nothing was read or sent"))
    return ConfigMistake(Problem("JN1014", f'the secret "{name}" cannot be read', rows, "create it, or correct `secret` in joiner.toml"))
