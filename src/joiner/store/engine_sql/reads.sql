-- name: put_read
-- The newest read of a source.
INSERT INTO source_read (pipe, source, row_count, complete, digest, read_at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (pipe, source) DO UPDATE SET row_count = excluded.row_count, complete = excluded.complete, digest = excluded.digest,
    read_at = excluded.read_at;

-- name: find_read_time
-- When the newest recorded read of a source was made.
SELECT read_at FROM source_read WHERE pipe = ? AND source = ?;

-- name: list_reads
-- The newest read of each source.
SELECT source, row_count, complete, digest, read_at FROM source_read WHERE pipe = ? ORDER BY source;

-- name: extend_absence
-- One more complete read that does not list the person.
INSERT INTO absence (pipe, source, key, first_at, last_at, reads) VALUES (?, ?, ?, ?, ?, 1)
ON CONFLICT (pipe, source, key) DO UPDATE SET last_at = excluded.last_at, reads = reads + 1;

-- name: end_absence
-- The person is listed again.
DELETE FROM absence WHERE pipe = ? AND source = ? AND key = ?;

-- name: list_absences
-- Everybody who is missing from complete reads.
SELECT source, key, first_at, last_at, reads FROM absence WHERE pipe = ? ORDER BY source, key;

-- name: find_setting
-- One small remembered text.
SELECT value FROM setting WHERE pipe = ? AND name = ?;

-- name: put_setting
-- Remember one small text.
INSERT INTO setting (pipe, name, value) VALUES (?, ?, ?) ON CONFLICT (pipe, name) DO UPDATE SET value = excluded.value;
