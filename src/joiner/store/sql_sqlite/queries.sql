-- What SQLite is told in its own words, by the names of store/sql, and what only it is asked. It keeps no statistics of its tables,
-- so that the way to a row is named where it would choose another one.

-- name: find_external
-- Resources by the calling client's externalId, the live one before tombstones.
SELECT n FROM external_id INDEXED BY external_id_taken WHERE org = ?1 AND type = ?2 AND client = ?3 AND value = ?4 AND live = 1
UNION ALL
SELECT n FROM external_id INDEXED BY external_id_resting WHERE org = ?1 AND type = ?2 AND client = ?3 AND value = ?4 AND live = 0;

-- name: resource_held
-- The resource that holds a unique value, as ``resource`` has it.
SELECT r.n, r.id, r.version, r.state, r.name, r.body, x.value,
    EXISTS (SELECT 1 FROM member AS m WHERE m.org = r.org AND m.user_n = r.n)
FROM unique_value AS u CROSS JOIN resource AS r ON r.n = u.n AND r.org = u.org AND r.type = u.type
LEFT JOIN external_id AS x ON x.org = r.org AND x.type = r.type AND x.client = ?5 AND x.n = r.n
WHERE u.org = ?1 AND u.type = ?2 AND u.path = ?3 AND u.match_key = ?4;

-- name: claim_external_id
-- The calling client's externalId of a live resource, unless another live one has it.
INSERT INTO external_id (org, type, client, n, value, live)
SELECT ?1, ?2, ?3, ?4, ?5, 1 WHERE NOT EXISTS (
    SELECT 1 FROM external_id AS t INDEXED BY external_id_taken
    WHERE t.org = ?1 AND t.type = ?2 AND t.client = ?3 AND t.value = ?5 AND t.live = 1 AND t.n <> ?4)
ON CONFLICT (org, type, client, n) DO UPDATE SET value = excluded.value, live = 1;

-- name: page
-- What is shown of the resources between two numbers, in order, tombstones included.
SELECT n, id, body FROM resource NOT INDEXED WHERE n BETWEEN ? AND ? AND org = ? AND type = ? ORDER BY n;

-- name: page_whole
-- The same with all that is kept, as ``resource`` has it.
SELECT r.n, r.id, r.version, r.state, r.name, r.body, x.value,
    EXISTS (SELECT 1 FROM member AS m WHERE m.org = r.org AND m.user_n = r.n)
FROM resource AS r NOT INDEXED LEFT JOIN external_id AS x ON x.org = r.org AND x.type = r.type AND x.client = ?5 AND x.n = r.n
WHERE r.n BETWEEN ?3 AND ?4 AND r.org = ?1 AND r.type = ?2 ORDER BY r.n;

-- name: external_ids_joined
-- The calling client's externalIds of resources between two numbers, all in one row: the numbers, and the values between NULs.
SELECT group_concat(n), group_concat(value, char(0)) FROM external_id WHERE org = ? AND type = ? AND client = ? AND n BETWEEN ? AND ?;

-- name: memberships
-- User and group of every membership of the users between two numbers.
SELECT user_n, group_n FROM member WHERE org = ? AND user_n BETWEEN ? AND ? ORDER BY user_n, group_n;

-- name: group_named
-- Id and name of a group.
SELECT id, name FROM resource WHERE org = ? AND n = ?;

-- name: census
-- Number and state of every live resource of a type, in order.
SELECT n, state FROM searchable WHERE org = ? AND type = ? ORDER BY n;

-- name: change_searchable
-- What a resource is searched by from now on.
UPDATE searchable SET state = ?, modified = ?, s0 = ?, s1 = ?, s2 = ?, s3 = ?, s4 = ?, s5 = ?, s6 = ?, s7 = ?, s8 = ?, s9 = ?
WHERE org = ? AND type = ? AND n = ?;

-- name: append_audit
-- One more row of the chain.
INSERT INTO audit (place, org, sequence, document, previous_hash, hash) VALUES (?1 * 1099511627776 + ?2, ?1, ?2, ?3, ?4, ?5);

-- name: audit
-- A stretch of the chain.
SELECT sequence, document, previous_hash, hash FROM audit
WHERE place > ?1 * 1099511627776 + ?2 AND place < (?1 + 1) * 1099511627776 ORDER BY place LIMIT ?3;
