-- name: org_by_name
-- One org by its name in the URL.
SELECT org, name, label, profile, is_default, rate_per_minute FROM org WHERE name = ?;

-- name: default_org
-- The org that the bare host means.
SELECT org, name, label, profile, is_default, rate_per_minute FROM org WHERE is_default = 1 LIMIT 1;

-- name: orgs
-- All orgs in the order in which they were added.
SELECT org, name, label, profile, is_default, rate_per_minute FROM org ORDER BY org;

-- name: next_org
-- The key of the next org.
SELECT coalesce(max(org), 0) + 1 FROM org;

-- name: add_org
-- A new org, with nothing in it that would have to be indexed again.
INSERT INTO org (org, name, label, profile, is_default, rate_per_minute, created_at, index_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- name: unindexed_orgs
-- Orgs whose searchable rows are older than the program.
SELECT org, name, label, profile, is_default, rate_per_minute FROM org WHERE index_version < ? ORDER BY org;

-- name: set_index_version
-- The searchable rows of an org are up to date.
UPDATE org SET index_version = ? WHERE org = ?;

-- name: clear_default_org
-- Before another org becomes the default.
UPDATE org SET is_default = 0 WHERE is_default = 1;

-- name: set_default_org
-- The org that the bare host means from now on.
UPDATE org SET is_default = 1 WHERE org = ?;

-- name: serving_address
-- Where the server was last reached.
SELECT address FROM serving;

-- name: put_serving_address
-- Where the server is reached now.
INSERT INTO serving (one, address) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET address = excluded.address;

-- name: client
-- A client by id, or else by name.
SELECT org, id, name, secret_hash, permissions, active, kind, settings FROM client
WHERE org = ?1 AND (id = ?2 OR name = ?2) ORDER BY CASE WHEN id = ?2 THEN 0 ELSE 1 END LIMIT 1;

-- name: clients
-- All clients of an org.
SELECT org, id, name, secret_hash, permissions, active, kind, settings FROM client WHERE org = ? ORDER BY name;

-- name: add_client
-- A new OAuth client.
INSERT INTO client (org, id, name, secret_hash, permissions, active, created_at, kind, settings) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: set_connection
-- How an org and a client get on from now on.
UPDATE client SET kind = ?, settings = ? WHERE org = ? AND id = ?;

-- name: set_client_active
-- Switch a client on or off, with all its tokens.
UPDATE client SET active = ? WHERE org = ? AND id = ?;

-- name: session
-- Who a bearer token stands for.
SELECT c.org, c.id, c.name, c.secret_hash, c.permissions, c.active, c.kind, c.settings, t.expires_at, t.user_id
FROM token AS t JOIN client AS c ON c.org = t.org AND c.id = t.client WHERE t.hash = ?;

-- name: add_token
-- A fresh bearer token.
INSERT INTO token (hash, org, client, issued_at, expires_at, user_id) VALUES (?, ?, ?, ?, ?, ?);

-- name: drop_tokens_of_client
-- A client must fetch a new token.
DELETE FROM token WHERE org = ? AND client = ?;

-- name: drop_tokens_of_user
-- A user's sessions end. Tokens of clients, which are many, are not looked at.
DELETE FROM token WHERE org = ? AND user_id = ? AND user_id <> '';

-- name: drop_expired_tokens
-- Tokens that nobody can use any more, when a fresh one is issued.
DELETE FROM token WHERE org = ? AND client = ? AND expires_at < ?;

-- name: drop_oldest_tokens
-- A client that fetches a token for every request keeps its newest only; tokens made by an operator (more than 48 h) stay.
DELETE FROM token WHERE hash IN
    (SELECT hash FROM token WHERE org = ? AND client = ? AND user_id = '' AND expires_at - issued_at <= 172800
     ORDER BY issued_at DESC LIMIT 1000000 OFFSET ?);

-- name: names
-- Divisions, roles, skills and languages of an org, in the order in which they were defined.
SELECT kind, id, name FROM named WHERE org = ? ORDER BY position;

-- name: add_name
-- A new division, role, skill or language.
INSERT INTO named (org, kind, id, name, match_key, position)
VALUES (?1, ?2, ?3, ?4, ?5, (SELECT coalesce(max(position), 0) + 1 FROM named WHERE org = ?1))
ON CONFLICT DO NOTHING;

-- name: audit_head
-- Where the chain of an org ends, as remembered beside it.
SELECT sequence, hash FROM audit_head WHERE org = ?;

-- name: put_audit_head
-- Where it ends from now on.
INSERT INTO audit_head (org, sequence, hash) VALUES (?, ?, ?)
ON CONFLICT (org) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash;

-- name: append_audit
-- One more row of the chain.
INSERT INTO audit (org, sequence, document, previous_hash, hash) VALUES (?, ?, ?, ?, ?);

-- name: audit
-- A stretch of the chain.
SELECT sequence, document, previous_hash, hash FROM audit WHERE org = ? AND sequence > ? ORDER BY sequence LIMIT ?;

-- name: definitions
-- Schemas and resource types of an org's own, in the order in which they were added.
SELECT kind, id, document FROM definition WHERE org = ? ORDER BY position;

-- name: put_definition
-- A schema or resource type, new or changed.
INSERT INTO definition (org, kind, id, position, document)
VALUES (?1, ?2, ?3, (SELECT coalesce(max(position), 0) + 1 FROM definition WHERE org = ?1), ?4)
ON CONFLICT (org, kind, id) DO UPDATE SET document = excluded.document;

-- name: drop_definition
-- A schema or resource type that the org no longer has.
DELETE FROM definition WHERE org = ? AND kind = ? AND id = ?;

-- name: server_key
-- A key that all processes of this server share.
SELECT key FROM server_key WHERE name = ?;

-- name: put_server_key
-- The first process to need a key makes it.
INSERT INTO server_key (name, key) VALUES (?, ?) ON CONFLICT DO NOTHING;

-- name: password
-- The hash of a user's password.
SELECT hash FROM user_password WHERE org = ? AND n = ?;

-- name: put_password
-- A user's new password.
INSERT INTO user_password (org, n, hash, changed_at) VALUES (?, ?, ?, ?)
ON CONFLICT (org, n) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at;

-- name: drop_password
-- Whoever is deleted has none.
DELETE FROM user_password WHERE org = ? AND n = ?;
