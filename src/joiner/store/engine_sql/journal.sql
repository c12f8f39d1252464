-- name: note_intent
-- A write that is about to be sent.
INSERT INTO intent (id, pipe, run, fence, verb, source, key, target_id, body, noted_at, state)
VALUES (:id, :pipe, :run, :fence, :verb, :source, :key, :target_id, :body, :noted_at, :state);

-- name: find_intent
-- Whose intent it is, how it stands and what it is for.
SELECT pipe, state, verb FROM intent WHERE id = ?;

-- name: settle_intent
-- What became of the write.
UPDATE intent SET state = :state, detail = :detail WHERE id = :id;

-- name: list_open_intents
-- Writes whose outcome is not known, oldest first.
SELECT id, pipe, run, fence, verb, source, key, target_id, body, noted_at, state
FROM intent WHERE pipe = ? AND state IN ('intended', 'unknown') ORDER BY n;

-- name: prune_intents
-- Forget settled writes noted before a time; the audit log keeps what they did.
DELETE FROM intent WHERE pipe = ? AND noted_at < ? AND state NOT IN ('intended', 'unknown');
