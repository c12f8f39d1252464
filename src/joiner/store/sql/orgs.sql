-- name: org_by_name
-- One org by its name in the URL.
SELECT org, name, label, profile, is_default, rate_per_minute FROM org WHERE name = ?;

-- name: default_org
-- The org that the bare host means.
SELECT org, name, label, profile, is_default, rate_per_minute FROM org WHERE is_default = 1 LIMIT 1;

-- name: orgs
-- All orgs in the order in which they were added.
SELECT org, name, label, profile, is_default, rate_per_minute FROM org ORDER BY org;

-- name: add_org
-- A new org.
INSERT INTO org (name, label, profile, is_default, rate_per_minute, created_at) VALUES (?, ?, ?, ?, ?, ?);

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
SELECT org, id, name, secret_hash, permissions, active FROM client WHERE org = ?1 AND (id = ?2 OR name = ?2) ORDER BY id = ?2 DESC LIMIT 1;

-- name: clients
-- All clients of an org.
SELECT org, id, name, secret_hash, permissions, active FROM client WHERE org = ? ORDER BY name;

-- name: add_client
-- A new OAuth client.
INSERT INTO client (org, id, name, secret_hash, permissions, active, created_at) VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: session
-- Who a bearer token stands for.
SELECT c.org, c.id, c.name, c.secret_hash, c.permissions, c.active, t.expires_at
FROM token AS t JOIN client AS c ON c.org = t.org AND c.id = t.client WHERE t.hash = ?;

-- name: add_token
-- A fresh bearer token.
INSERT INTO token (hash, org, client, issued_at, expires_at) VALUES (?, ?, ?, ?, ?);

-- name: drop_expired_tokens
-- Tokens that nobody can use any more, when a fresh one is issued.
DELETE FROM token WHERE org = ? AND client = ? AND expires_at < ?;

-- name: drop_oldest_tokens
-- A client that fetches a token for every request keeps its newest only; tokens made by an operator (more than 48 h) stay.
DELETE FROM token WHERE hash IN
    (SELECT hash FROM token WHERE org = ? AND client = ? AND expires_at - issued_at <= 172800 ORDER BY issued_at DESC LIMIT -1 OFFSET ?);

-- name: names
-- Divisions, roles, skills and languages of an org, in the order in which they were defined.
SELECT kind, id, name FROM named WHERE org = ? ORDER BY rowid;

-- name: add_name
-- A new division, role, skill or language.
INSERT INTO named (org, kind, id, name, match_key) VALUES (?, ?, ?, ?, ?);

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
