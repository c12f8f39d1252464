-- name: note_intent
-- A write that is about to be sent.
INSERT INTO intent (id, pipe, run, fence, verb, source, key, target_id, body, noted_at, state)
VALUES (:id, :pipe, :run, :fence, :verb, :source, :key, :target_id, :body, :noted_at, :state);

-- name: find_intent
-- Whose intent it is, how it stands and what it is for.
SELECT pipe, state, verb FROM intent WHERE id = ?;

-- name: settle_intent
-- What became of the write.
UPDATE intent SET state = :state, detail = :detail, late = :late WHERE id = :id;

-- name: list_open_intents
-- Writes whose outcome is not known, oldest first.
SELECT id, pipe, run, fence, verb, source, key, target_id, body, noted_at, state
FROM intent WHERE pipe = ? AND state IN ('intended', 'unknown') ORDER BY n;

-- name: list_late_intents
-- Writes that landed after somebody had looked, and whose agreement nobody has taken over yet, oldest first.
SELECT id, pipe, run, fence, verb, source, key, target_id, body, noted_at, state
FROM intent WHERE pipe = ? AND late = 1 ORDER BY n;

-- name: list_done_after
-- Writes to the same account or group that were noted after one and landed, oldest first.
SELECT id, pipe, run, fence, verb, source, key, target_id, body, noted_at, state
FROM intent
WHERE n > (SELECT n FROM intent WHERE id = :id) AND pipe = :pipe AND target_id = :target_id AND state = 'done' ORDER BY n;

-- name: clear_late
-- The agreement of a late write is taken over.
UPDATE intent SET late = 0 WHERE id = ? AND pipe = ?;

-- name: prune_intents
-- Forget settled writes noted before a time; the audit log keeps what they did.
DELETE FROM intent WHERE pipe = ? AND noted_at < ? AND state NOT IN ('intended', 'unknown') AND late = 0;
