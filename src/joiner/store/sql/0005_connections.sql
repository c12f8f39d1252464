-- What an org agrees with each of its clients, schemas of its own, passwords and sign-ins of its users.

ALTER TABLE client ADD COLUMN kind TEXT NOT NULL DEFAULT 'joiner';
ALTER TABLE client ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';

-- user_id: who signed in with a password, '' for a client's own token.
ALTER TABLE token ADD COLUMN user_id TEXT NOT NULL DEFAULT '';
CREATE INDEX token_by_user ON token (org, user_id) WHERE user_id <> '';

-- Schemas and resource types that an org adds to those of its profile, as JSON (RFC 7643 §6, §7).
CREATE TABLE definition (
    org      INTEGER NOT NULL REFERENCES org,
    kind     TEXT NOT NULL CHECK (kind IN ('schema', 'resource_type')),
    id       TEXT NOT NULL,
    position INTEGER NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (org, kind, id)
);

-- Passwords that identity providers sync: argon2id only.
CREATE TABLE user_password (
    org        INTEGER NOT NULL,
    n          INTEGER NOT NULL,
    hash       TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    PRIMARY KEY (org, n)
);

-- Keys that this server's processes share: page cursors are signed with one.
CREATE TABLE server_key (
    name TEXT PRIMARY KEY,
    key  BLOB NOT NULL
);

-- Names keep the order in which they were defined.
ALTER TABLE named ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
UPDATE named SET position = rowid;
