-- name: resource
-- One resource by id, tombstones included.
SELECT n, id, version, state, name, body FROM resource WHERE org = ? AND type = ? AND id = ?;

-- name: number
-- The internal number of a live resource, without reading its body.
SELECT n FROM resource WHERE org = ? AND type = ? AND id = ? AND state < 2;

-- name: is_member
-- Whether a user belongs to a group.
SELECT 1 FROM member WHERE org = ? AND group_n = ? AND user_n = ?;

-- name: resource_by_number
-- One resource by its internal number.
SELECT n, id, version, state, name, body FROM resource WHERE org = ? AND type = ? AND n = ?;

-- name: find
-- Resources by an indexed value.
SELECT n FROM indexed_value WHERE org = ? AND type = ? AND path = ? AND match_key = ? ORDER BY n;

-- name: holder
-- The live resource that holds a unique name.
SELECT n FROM taken_name WHERE org = ? AND type = ? AND match_key = ?;

-- name: find_external
-- Resources by the calling client's externalId, tombstones included.
SELECT n FROM external_id WHERE org = ? AND type = ? AND client = ? AND value = ? ORDER BY live DESC, n;

-- name: page_of_active
-- A page of the active ones, cut on the index before any body is read.
SELECT n, id, version, state, name, body FROM resource WHERE org = ?1 AND type = ?2 AND n IN
    (SELECT n FROM resource WHERE org = ?1 AND type = ?2 AND state = 1 ORDER BY n LIMIT ?4 OFFSET ?3)
ORDER BY n;

-- name: page_of_live
-- A page of all but deleted, cut before any body is read.
SELECT n, id, version, state, name, body FROM resource WHERE org = ?1 AND type = ?2 AND n IN
    (SELECT n FROM resource WHERE org = ?1 AND type = ?2 AND state < 2 ORDER BY n LIMIT ?4 OFFSET ?3)
ORDER BY n;

-- name: count_live
-- How many resources of a type there are, tombstones excepted.
SELECT count(*) FROM resource WHERE org = ? AND type = ? AND state < 2;

-- name: count_active
-- How many of them are active.
SELECT count(*) FROM resource WHERE org = ? AND type = ? AND state = 1;

-- name: scan_after
-- A stretch of all resources of a type after a number, tombstones included.
SELECT n, id, version, state, name, body FROM resource WHERE org = ? AND type = ? AND n > ? ORDER BY n LIMIT ?;

-- name: external_id
-- The calling client's externalId of one resource.
SELECT value FROM external_id WHERE org = ? AND type = ? AND client = ? AND n = ?;

-- name: external_ids
-- The calling client's externalIds of resources between two numbers.
SELECT n, value FROM external_id WHERE org = ? AND type = ? AND client = ? AND n BETWEEN ? AND ?;

-- name: groups_of
-- The groups of users between two numbers.
SELECT m.user_n, g.id, g.name FROM member AS m JOIN resource AS g ON g.org = m.org AND g.type = 'Group' AND g.n = m.group_n
WHERE m.org = ? AND m.user_n BETWEEN ? AND ? ORDER BY m.user_n, m.group_n;

-- name: members
-- The members of a group.
SELECT m.user_n, u.id FROM member AS m JOIN resource AS u ON u.org = m.org AND u.type = 'User' AND u.n = m.user_n AND u.state < 2
WHERE m.org = ? AND m.group_n = ? ORDER BY m.user_n;

-- name: member_count
-- How many members a group has.
SELECT count(*) FROM member WHERE org = ? AND group_n = ?;

-- name: next_number
-- The next internal number of a type in an org.
SELECT coalesce(max(n), 0) + 1 FROM resource WHERE org = ? AND type = ?;

-- name: insert
-- A fresh resource.
INSERT INTO resource (org, type, n, id, version, state, name, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- name: update
-- A changed resource.
UPDATE resource SET version = ?, state = ?, name = ?, body = ? WHERE org = ? AND type = ? AND n = ?;

-- name: take_name
-- Hold a unique name, giving up the one held before.
INSERT INTO taken_name (org, type, match_key, n) VALUES (?, ?, ?, ?);

-- name: free_name
-- Give up the unique name that a resource holds.
DELETE FROM taken_name WHERE org = ? AND type = ? AND n = ?;

-- name: add_index
-- One more value by which a resource is found.
INSERT OR IGNORE INTO indexed_value (org, type, path, match_key, n) VALUES (?, ?, ?, ?, ?);

-- name: drop_index
-- A value by which a resource is no longer found.
DELETE FROM indexed_value WHERE org = ? AND type = ? AND path = ? AND match_key = ? AND n = ?;

-- name: put_external_id
-- The calling client's externalId of a live resource.
INSERT INTO external_id (org, type, client, n, value, live) VALUES (?, ?, ?, ?, ?, 1)
ON CONFLICT (org, type, client, n) DO UPDATE SET value = excluded.value, live = 1;

-- name: drop_external_id
-- The calling client no longer names this resource.
DELETE FROM external_id WHERE org = ? AND type = ? AND client = ? AND n = ?;

-- name: rest_external_ids
-- A resource is deleted: its externalIds stay for undelete but are free for others.
UPDATE external_id SET live = 0 WHERE org = ? AND type = ? AND n = ?;

-- name: wake_external_ids
-- A resource is undeleted: its externalIds count again where nobody took them meanwhile.
UPDATE OR IGNORE external_id SET live = 1 WHERE org = ? AND type = ? AND n = ?;

-- name: drop_resting_external_ids
-- What somebody took meanwhile is no longer an externalId of the undeleted resource.
DELETE FROM external_id WHERE org = ? AND type = ? AND n = ? AND live = 0;

-- name: add_member
-- One more member of a group.
INSERT OR IGNORE INTO member (org, group_n, user_n) VALUES (?, ?, ?);

-- name: remove_member
-- One member less.
DELETE FROM member WHERE org = ? AND group_n = ? AND user_n = ?;

-- name: groups_holding
-- The numbers of the groups that a user belongs to.
SELECT group_n FROM member WHERE org = ? AND user_n = ? ORDER BY group_n;
