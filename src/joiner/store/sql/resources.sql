-- name: resource
-- One resource by id, tombstones included, with the calling client's externalId and whether a group holds it.
SELECT r.n, r.id, r.version, r.state, r.name, r.body, x.value,
    EXISTS (SELECT 1 FROM member AS m WHERE m.org = r.org AND m.user_n = r.n)
FROM resource AS r LEFT JOIN external_id AS x ON x.org = r.org AND x.type = r.type AND x.client = ?4 AND x.n = r.n
WHERE r.org = ?1 AND r.type = ?2 AND r.id = ?3;

-- name: resource_by_number
-- The same by internal number.
SELECT r.n, r.id, r.version, r.state, r.name, r.body, x.value,
    EXISTS (SELECT 1 FROM member AS m WHERE m.org = r.org AND m.user_n = r.n)
FROM resource AS r LEFT JOIN external_id AS x ON x.org = r.org AND x.type = r.type AND x.client = ?4 AND x.n = r.n
WHERE r.org = ?1 AND r.type = ?2 AND r.n = ?3;

-- name: resources_between
-- The live ones between two numbers, in order.
SELECT r.n, r.id, r.version, r.state, r.name, r.body, x.value,
    EXISTS (SELECT 1 FROM member AS m WHERE m.org = r.org AND m.user_n = r.n)
FROM resource AS r LEFT JOIN external_id AS x ON x.org = r.org AND x.type = r.type AND x.client = ?5 AND x.n = r.n
WHERE r.org = ?1 AND r.type = ?2 AND r.n BETWEEN ?3 AND ?4 AND r.state < 2 ORDER BY r.n;

-- name: number
-- The internal number of a live resource, without reading its body.
SELECT n FROM resource WHERE org = ? AND type = ? AND id = ? AND state < 2;

-- name: is_member
-- Whether a user belongs to a group.
SELECT 1 FROM member WHERE org = ? AND group_n = ? AND user_n = ?;

-- name: found_by
-- Resources by an indexed value.
SELECT DISTINCT n FROM found_by WHERE org = ? AND type = ? AND path = ? AND match_key = ? ORDER BY n;

-- name: holder
-- The live resource that holds a unique value.
SELECT n FROM unique_value WHERE org = ? AND type = ? AND path = ? AND match_key = ?;

-- name: holder_and_found
-- The live resource that holds a name (1), and those that another indexed path has under the same key (0).
SELECT n, 1 FROM unique_value WHERE org = ?1 AND type = ?2 AND path = '' AND match_key = ?3
UNION ALL SELECT n, 0 FROM found_by WHERE org = ?1 AND type = ?2 AND path = ?4 AND match_key = ?3;

-- name: find_external
-- Resources by the calling client's externalId, the live one before tombstones.
SELECT n FROM external_id WHERE org = ?1 AND type = ?2 AND client = ?3 AND value = ?4 AND live = 1
UNION ALL SELECT n FROM external_id WHERE org = ?1 AND type = ?2 AND client = ?3 AND value = ?4 AND live = 0;

-- name: count_live
-- How many resources of a type there are, tombstones excepted.
SELECT count(*) FROM searchable WHERE org = ? AND type = ?;

-- name: count_active
-- How many of them are active.
SELECT count(*) FROM searchable WHERE org = ? AND type = ? AND state = 1;

-- name: scan_after
-- A stretch of the resources of a type after a number, tombstones included.
SELECT r.n, r.id, r.version, r.state, r.name, r.body, x.value,
    EXISTS (SELECT 1 FROM member AS m WHERE m.org = r.org AND m.user_n = r.n)
FROM resource AS r LEFT JOIN external_id AS x ON x.org = r.org AND x.type = r.type AND x.client = ?5 AND x.n = r.n
WHERE r.org = ?1 AND r.type = ?2 AND r.n > ?3 ORDER BY r.n LIMIT ?4;

-- name: external_ids
-- The calling client's externalIds of resources between two numbers.
SELECT n, value FROM external_id WHERE org = ? AND type = ? AND client = ? AND n BETWEEN ? AND ?;

-- name: groups_of
-- The groups of users between two numbers.
SELECT m.user_n, g.id, g.name FROM member AS m JOIN resource AS g ON g.n = m.group_n AND g.org = m.org
WHERE m.org = ? AND m.user_n BETWEEN ? AND ? ORDER BY m.user_n, m.group_n;

-- name: members
-- The users in a group.
SELECT m.user_n, u.id FROM member AS m JOIN resource AS u ON u.org = m.org AND u.type = 'User' AND u.n = m.user_n AND u.state < 2
WHERE m.org = ? AND m.group_n = ? ORDER BY m.user_n;

-- name: faces
-- The users in a group as they are shown.
SELECT u.id, u.display FROM member AS m JOIN resource AS u ON u.org = m.org AND u.type = 'User' AND u.n = m.user_n AND u.state < 2
WHERE m.org = ? AND m.group_n = ? ORDER BY m.user_n;

-- name: member_count
-- How many users a group has.
SELECT count(*) FROM member WHERE org = ? AND group_n = ?;

-- name: next_number
-- The next internal number.
SELECT coalesce(max(n), 0) + 1 FROM resource;

-- name: insert
-- A fresh resource.
INSERT INTO resource (n, org, type, id, version, state, name, display, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: insert_searchable
-- What it is searched by.
INSERT INTO searchable (org, type, n, state, modified, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (org, type, n) DO UPDATE SET state = excluded.state, modified = excluded.modified, s0 = excluded.s0, s1 = excluded.s1,
    s2 = excluded.s2, s3 = excluded.s3, s4 = excluded.s4, s5 = excluded.s5, s6 = excluded.s6, s7 = excluded.s7, s8 = excluded.s8,
    s9 = excluded.s9;

-- name: touch_searchable
-- A changed resource whose slots are as before.
UPDATE searchable SET state = ?, modified = ? WHERE org = ? AND type = ? AND n = ?;

-- name: drop_searchable
-- A tombstone is not searched.
DELETE FROM searchable WHERE org = ? AND type = ? AND n = ?;

-- name: update
-- A changed resource.
UPDATE resource SET version = ?, state = ?, name = ?, display = ?, body = ? WHERE org = ? AND type = ? AND n = ?;

-- name: update_body
-- A changed resource that is shown and searched as before.
UPDATE resource SET version = ?, body = ? WHERE org = ? AND type = ? AND n = ?;

-- name: take_name
-- Hold a unique value that nobody holds.
INSERT INTO unique_value (org, type, path, match_key, n) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING;

-- name: free_name
-- Give up a unique value.
DELETE FROM unique_value WHERE org = ? AND type = ? AND path = ? AND match_key = ? AND n = ?;

-- name: add_index
-- One more value by which a resource is found.
INSERT INTO found_by (org, type, path, match_key, n, kind) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING;

-- name: drop_index
-- A value by which a resource is no longer found.
DELETE FROM found_by WHERE org = ? AND type = ? AND path = ? AND match_key = ? AND n = ? AND kind = ?;

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

-- name: drop_lost_external_ids
-- What somebody took meanwhile is no longer an externalId of the resource that is undeleted.
DELETE FROM external_id WHERE org = ?1 AND type = ?2 AND n = ?3 AND live = 0 AND EXISTS (
    SELECT 1 FROM external_id AS t
    WHERE t.org = ?1 AND t.type = ?2 AND t.client = external_id.client AND t.value = external_id.value AND t.live = 1);

-- name: wake_external_ids
-- A resource is undeleted: its externalIds count again.
UPDATE external_id SET live = 1 WHERE org = ? AND type = ? AND n = ?;

-- name: add_member
-- One more member of a group.
INSERT INTO member (org, group_n, user_n) VALUES (?, ?, ?) ON CONFLICT DO NOTHING;

-- name: remove_member
-- One member less.
DELETE FROM member WHERE org = ? AND group_n = ? AND user_n = ?;

-- name: groups_holding
-- The numbers of the groups that a user belongs to.
SELECT group_n FROM member WHERE org = ? AND user_n = ? ORDER BY group_n;

-- name: external_id_is_live
-- Whether the externalId of a resource belongs to a live one.
SELECT 1 FROM external_id WHERE org = ? AND type = ? AND client = ? AND n = ? AND live = 1;
