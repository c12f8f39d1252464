-- What PostgreSQL says in other words than SQLite, by the names of store/sql, and what only it is asked.

-- name: identify
-- The org of a name (empty: the default org) and the session of a token, whichever of them there is.
SELECT o.org, o.name, o.label, o.profile, o.is_default, o.rate_per_minute, o.changed,
    c.org AS of_org, c.id, c.name AS client_name, c.secret_hash, c.permissions, c.active, c.kind, c.settings, t.expires_at, t.user_id
FROM org AS o
LEFT JOIN token AS t ON t.hash = ?2::bytea
LEFT JOIN client AS c ON c.org = t.org AND c.id = t.client
WHERE o.name = CASE WHEN ?1::text = '' THEN (SELECT d.name FROM org AS d WHERE d.is_default = 1 LIMIT 1) ELSE ?1::text END;

-- name: definitions_now
-- Schemas and resource types of an org's own, and the count of its changes at the same moment.
SELECT o.changed, d.kind, d.id, d.document FROM org AS o LEFT JOIN definition AS d ON d.org = o.org WHERE o.org = ? ORDER BY d.position;

-- name: changed
-- How often names or definitions of an org changed.
SELECT changed FROM org WHERE org = ?;

-- name: note_change
-- What other processes remember of this org (0: of all) no longer counts.
UPDATE org SET changed = changed + 1 WHERE org = ?1 OR ?1 = 0;

-- name: next_number
-- The next internal number. Other orgs write at the same time, so that the greatest one says nothing.
SELECT nextval('resource_number');

-- name: holder
-- The live resource that holds a unique value.
SELECT n FROM unique_value WHERE org = ?1 AND type = ?2 AND path = ?3 AND md5(match_key) = md5(?4) AND match_key = ?4;

-- name: holder_and_found
-- The live resource that holds a name (1), and those that another indexed path has under the same key (0).
SELECT n, 1 FROM unique_value WHERE org = ?1 AND type = ?2 AND path = '' AND md5(match_key) = md5(?3) AND match_key = ?3
UNION ALL
SELECT n, 0 FROM found_by WHERE org = ?1 AND type = ?2 AND path = ?4 AND md5(match_key) = md5(?3) AND match_key = ?3;

-- name: free_name
-- Give up a unique value.
DELETE FROM unique_value WHERE org = ?1 AND type = ?2 AND path = ?3 AND md5(match_key) = md5(?4) AND match_key = ?4 AND n = ?5;

-- name: found_by
-- Resources by an indexed value.
SELECT DISTINCT n FROM found_by
WHERE org = ?1 AND type = ?2 AND path = ?3 AND md5(match_key) = md5(?4) AND match_key = ?4 ORDER BY n;

-- name: drop_index
-- A value by which a resource is no longer found.
DELETE FROM found_by
WHERE org = ?1 AND type = ?2 AND path = ?3 AND md5(match_key) = md5(?4) AND match_key = ?4 AND n = ?5 AND kind = ?6;

-- name: find_external
-- Resources by the calling client's externalId, the live one before tombstones.
SELECT n FROM external_id WHERE org = ?1 AND type = ?2 AND client = ?3 AND md5(value) = md5(?4) AND value = ?4 AND live = 1
UNION ALL SELECT n FROM external_id WHERE org = ?1 AND type = ?2 AND client = ?3 AND md5(value) = md5(?4) AND value = ?4 AND live = 0;

-- name: drop_lost_external_ids
-- What somebody took meanwhile is no longer an externalId of the resource that is undeleted.
DELETE FROM external_id WHERE org = ?1 AND type = ?2 AND n = ?3 AND live = 0 AND EXISTS (
    SELECT 1 FROM external_id AS t
    WHERE t.org = ?1 AND t.type = ?2 AND t.client = external_id.client AND md5(t.value) = md5(external_id.value)
        AND t.value = external_id.value AND t.live = 1);
