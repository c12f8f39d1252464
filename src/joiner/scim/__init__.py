"""RFC 7643 and 7644 as values and functions. Knows no vendor, no network and no database."""
