-- Requests, oddities and values sent again, as the server observes them.

-- name: log_request
-- One request of an org's ring.
INSERT INTO request_log (org, at, id, client, method, path, status, scim_type, detail, marks, millis, body_bytes)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING;

-- name: prune_requests
-- Everything older than the newest so many.
DELETE FROM request_log WHERE org = ?1 AND at < (SELECT at FROM request_log WHERE org = ?1 ORDER BY at DESC LIMIT 1 OFFSET ?2);

-- name: requests
-- The newest requests before a moment, of one client or all, with a status between two.
SELECT at, id, client, method, path, status, scim_type, detail, marks, millis, body_bytes FROM request_log
WHERE org = ?1 AND (?2 = '' OR client = ?2) AND status BETWEEN ?3 AND ?4 AND at < ?5 ORDER BY at DESC, id LIMIT ?6;

-- name: count_requests
-- More requests of a client within a minute.
INSERT INTO request_count (org, client, minute, status, requests) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (org, client, minute, status) DO UPDATE SET requests = request_count.requests + excluded.requests;

-- name: prune_counts
-- Counts of minutes that nobody looks at any more.
DELETE FROM request_count WHERE org = ? AND minute < ?;

-- name: request_counts
-- Requests since a minute by client and status, and the last minute that had one.
SELECT client, status, CAST(sum(requests) AS BIGINT), max(minute) FROM request_count
WHERE org = ? AND minute >= ? GROUP BY client, status ORDER BY client, status;

-- name: note_deviation
-- An oddity of a client was seen so many times more.
INSERT INTO deviation (org, client, name, times, first_at, last_at, sample) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (org, client, name) DO UPDATE SET times = deviation.times + excluded.times, last_at = excluded.last_at;

-- name: deviations
-- Oddities of one client or all, the most frequent first.
SELECT client, name, times, first_at, last_at, sample FROM deviation WHERE org = ?1 AND (?2 = '' OR client = ?2) ORDER BY times DESC, client, name;

-- name: note_resent
-- A value was sent again so many times more; its form may be another now.
INSERT INTO resent_value (org, client, attribute, form, times, first_at, last_at, sent, kept) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (org, client, attribute, form)
DO UPDATE SET times = resent_value.times + excluded.times, last_at = excluded.last_at, sent = excluded.sent, kept = excluded.kept;

-- name: resent_values
-- Values that one client or all sent again, the most frequent first.
SELECT client, attribute, form, times, first_at, last_at, sent, kept FROM resent_value
WHERE org = ?1 AND (?2 = '' OR client = ?2) ORDER BY times DESC, client, attribute, form;
