"""Joiner keeps Genesys Cloud organisations in step with the systems where people really live."""

__version__ = "0.1.0"
