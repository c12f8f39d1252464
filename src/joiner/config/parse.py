"""joiner.toml from text to a Config, or one ConfigMistake that carries every mistake.

Two passes: shapes (``shapes.py``), then meaning (``sections.py`` for sources, orgs and guards, ``rules.py`` for look-ups
and mappings). The second pass runs on what was well formed, so that both report together.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from joiner.config.keys import ROOT
from joiner.config.mistakes import Mistakes
from joiner.config.model import DATABASE_DEFAULT, AttributeTable, Config
from joiner.config.places import scan_places
from joiner.config.rules import read_lookups, read_maps
from joiner.config.sections import read_guard, read_orgs, read_sources
from joiner.config.shapes import check_table
from joiner.errors import ConfigMistake, Problem

FORMAT_VERSION = 1
_TOML_PLACE = re.compile(r"^(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)$", re.DOTALL)


def parse_config(text: str, file_name: str, *, attributes: Mapping[str, AttributeTable], read_text: Callable[[str], str]) -> Config:
    """The Config that ``text`` states.

    ``attributes`` are the attributes of each kind of org; ``read_text`` gives the text of a look-up file by its path
    as written (it may raise OSError or UnicodeDecodeError, which become mistakes). Raises ConfigMistake with all of them.
    """
    document = _load(text, file_name)
    mistakes = Mistakes(file_name, scan_places(text))
    _check_version(document, mistakes)
    clean = check_table(ROOT, document, (), mistakes)
    notes: list[str] = []
    sources = read_sources(clean, mistakes, notes)
    orgs = read_orgs(clean, document, mistakes)
    lookups = read_lookups(clean, mistakes, read_text)
    maps = read_maps(clean, document, mistakes, attributes, orgs, notes)
    config = Config(
        file_name=file_name,
        database=clean.get("database", DATABASE_DEFAULT),
        sources=sources,
        orgs=orgs,
        maps=maps,
        lookups=lookups,
        limits=read_guard(clean.get("guard", {})),
        notes=tuple(notes),
    )
    problems = mistakes.problems()
    if problems:
        raise ConfigMistake(*problems)
    return config


def _load(text: str, file_name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = _TOML_PLACE.match(str(error))
        line = int(match[2]) if match and match[2] else max(1, len(text.splitlines()))
        found = text.splitlines()[line - 1].strip() if text.strip() else ""
        rows: tuple[tuple[str, str], ...] = ((f"{file_name}:{line}", ""),)
        if found and "secret" not in found:
            rows = (*rows, ("found", found[:100]))
        said = match[1] if match else str(error)
        raise ConfigMistake(
            Problem("JN1001", f"this is not TOML: {said}", rows, "look at the quotes, brackets and = of this line and the one above")
        ) from None


def _check_version(document: Mapping[str, Any], mistakes: Mistakes) -> None:
    version = document.get("version", FORMAT_VERSION)
    if isinstance(version, int) and not isinstance(version, bool) and version != FORMAT_VERSION:
        rows = (("known", str(FORMAT_VERSION)),)
        mistakes.add(
            "JN1011", f"version {version} of joiner.toml is not known to this Joiner", ("version",), rows=rows, fix="write  version = 1"
        )
