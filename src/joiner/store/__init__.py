"""What we remember, in two SQLite files: the engine's memory and the hosted orgs. Knows no network and decides nothing."""
