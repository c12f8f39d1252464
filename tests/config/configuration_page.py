"""Writes docs/reference/configuration.md: ``PYTHONPATH=src python tests/config/configuration_page.py``."""

from __future__ import annotations

from pathlib import Path

from joiner.config.reference import format_configuration_page
from joiner.connectors.attributes import attribute_names
from joiner.connectors.flavour import FLAVOURS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "configuration.md"


def page() -> str:
    return format_configuration_page({kind.value: attribute_names(flavour.families) for kind, flavour in FLAVOURS.items()})


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
