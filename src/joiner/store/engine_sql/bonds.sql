-- name: list_bonds
-- All bonds of a pipe, in the order of their keys.
SELECT source, key, document FROM bond WHERE pipe = ? ORDER BY source, key;

-- name: put_bond
-- What both sides now agree about one person.
INSERT INTO bond (pipe, source, key, document) VALUES (?, ?, ?, ?)
ON CONFLICT (pipe, source, key) DO UPDATE SET document = excluded.document;

-- name: put_first_bond
-- The same, where nothing is remembered about the person yet.
INSERT INTO bond (pipe, source, key, document) VALUES (?, ?, ?, ?)
ON CONFLICT (pipe, source, key) DO NOTHING;
