-- Pushed changes under guard.

-- name: any_hold
-- Whether an org holds anything at all: asked on every change of members.
SELECT 1 FROM pushed_hold WHERE org = ? LIMIT 1;

-- name: holds
-- Everything that is held and has not lapsed, the oldest first.
SELECT h.n, h.id, h.client, h.group_n, h.deletes, h.reason, h.at, h.expires_at, h.approved_by,
(SELECT count(*) FROM pushed_hold_member AS m WHERE m.org = h.org AND m.hold_n = h.n)
FROM pushed_hold AS h WHERE h.org = ? AND h.expires_at > ? ORDER BY h.at, h.n;

-- name: open_hold
-- What is held of a client's removals from a group and nobody has decided about yet.
SELECT h.n, h.id, h.client, h.group_n, h.deletes, h.reason, h.at, h.expires_at, h.approved_by,
(SELECT count(*) FROM pushed_hold_member AS m WHERE m.org = h.org AND m.hold_n = h.n)
FROM pushed_hold AS h WHERE h.org = ? AND h.client = ? AND h.group_n = ? AND h.approved_by = '' AND h.expires_at > ?;

-- name: next_hold
-- The number of the next hold.
SELECT coalesce(max(n), 0) + 1 FROM pushed_hold WHERE org = ?;

-- name: put_hold
-- Keep a hold, or what changed of it.
INSERT INTO pushed_hold (org, n, id, client, group_n, deletes, reason, at, expires_at, approved_by)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (org, n) DO UPDATE
SET id = excluded.id, deletes = excluded.deletes, reason = excluded.reason, approved_by = excluded.approved_by;

-- name: drop_hold
-- A hold ends.
DELETE FROM pushed_hold WHERE org = ? AND n = ?;

-- name: drop_hold_members
-- All members of a hold.
DELETE FROM pushed_hold_member WHERE org = ? AND hold_n = ?;

-- name: hold_members
-- The members that a hold is about, with their ids.
SELECT m.type, m.member_n, r.id, r.display FROM pushed_hold_member AS m
JOIN resource AS r ON r.org = m.org AND r.type = m.type AND r.n = m.member_n
WHERE m.org = ? AND m.hold_n = ? ORDER BY m.type, m.member_n LIMIT ?;

-- name: add_hold_member
-- One more member whose removal is held.
INSERT INTO pushed_hold_member (org, hold_n, type, member_n) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING;

-- name: drop_hold_member
-- One less.
DELETE FROM pushed_hold_member WHERE org = ? AND hold_n = ? AND type = ? AND member_n = ?;

-- name: drop_held_of_group
-- A member left the group by another way: nothing of it is left to hold.
DELETE FROM pushed_hold_member WHERE org = ?1 AND type = ?2 AND member_n = ?3
AND hold_n IN (SELECT n FROM pushed_hold WHERE org = ?1 AND group_n = ?4);

-- name: lapsed_holds
-- Holds whose time is over.
SELECT n FROM pushed_hold WHERE org = ? AND expires_at <= ?;

-- name: note_removals
-- Members that a client removed from a group within an hour.
INSERT INTO pushed_removal (org, client, hour, group_n, removals) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (org, client, hour, group_n) DO UPDATE SET removals = pushed_removal.removals + excluded.removals;

-- name: removals_lately
-- How many members a client removed since an hour, from one group and from all.
SELECT CAST(coalesce(sum(CASE WHEN group_n = ?4 THEN removals ELSE 0 END), 0) AS BIGINT), CAST(coalesce(sum(removals), 0) AS BIGINT)
FROM pushed_removal WHERE org = ?1 AND client = ?2 AND hour >= ?3;

-- name: prune_removals
-- Counts of hours that nobody looks at any more.
DELETE FROM pushed_removal WHERE org = ? AND client = ? AND hour < ?;

-- name: base
-- What a client last wrote of a user, and what is in conflict.
SELECT base, conflicts FROM pushed_base WHERE org = ? AND client = ? AND user_n = ?;

-- name: put_base
-- Keep it.
INSERT INTO pushed_base (org, client, user_n, base, conflicts, at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (org, client, user_n) DO UPDATE SET base = excluded.base, conflicts = excluded.conflicts, at = excluded.at;

-- name: pushed_conflicts
-- Users of whom a client and the org both changed something, the newest first.
SELECT b.client, r.id, r.name, b.conflicts, b.at FROM pushed_base AS b
JOIN resource AS r ON r.org = b.org AND r.type = 'User' AND r.n = b.user_n
WHERE b.org = ? AND b.conflicts <> '' AND r.state < 2 ORDER BY b.at DESC, b.user_n LIMIT ?;
