"""The Genesys Cloud contract as data and pure rules: schemas, the strict/extended table, names, limits, regions, error bodies."""
