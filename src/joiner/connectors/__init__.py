"""Other people's systems: sources that are read, orgs that are read and written, and the wire to them. Decides nothing."""
