-- name: add_stream
-- Somebody follows an org from here on.
INSERT INTO event_stream (org, id, client, mode, type, filter, sequence, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- name: streams
-- All feeds of an org.
SELECT id, client, mode, type, filter, sequence, created_at FROM event_stream WHERE org = ? ORDER BY created_at, id;

-- name: drop_stream
-- Nobody follows any more.
DELETE FROM event_stream WHERE org = ? AND id = ?;

-- name: drop_stream_members
-- What a feed showed, when it ends.
DELETE FROM event_feed_member WHERE org = ? AND stream = ?;

-- name: drop_stream_events
-- What it did not acknowledge.
DELETE FROM event_outbox WHERE org = ? AND stream = ?;

-- name: advance_stream
-- The audit log was read up to here.
UPDATE event_stream SET sequence = ? WHERE org = ? AND id = ?;

-- name: is_in_feed
-- Whether a feed shows a resource at present.
SELECT 1 FROM event_feed_member WHERE org = ? AND stream = ? AND target = ?;

-- name: join_feed
-- A feed shows a resource from now on.
INSERT INTO event_feed_member (org, stream, target) VALUES (?, ?, ?) ON CONFLICT DO NOTHING;

-- name: leave_feed
-- It does not any more.
DELETE FROM event_feed_member WHERE org = ? AND stream = ? AND target = ?;

-- name: put_event
-- One token to be told; the same change again changes nothing.
INSERT INTO event_outbox (org, stream, sequence, id, claims) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING;

-- name: events
-- The oldest that were not acknowledged.
SELECT sequence, id, claims FROM event_outbox WHERE org = ? AND stream = ? ORDER BY sequence LIMIT ?;

-- name: drop_event
-- The receiver has it.
DELETE FROM event_outbox WHERE org = ? AND stream = ? AND id = ?;

-- name: count_events
-- How many wait.
SELECT count(*) FROM event_outbox WHERE org = ? AND stream = ?;
