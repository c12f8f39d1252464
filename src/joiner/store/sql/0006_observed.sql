-- What clients send and what became of it: newest requests, counts per minute, tolerated oddities, values sent again.

-- A ring of the newest requests of each org. at: microseconds since 1970. path: without query values. Successful reads are not in it.
CREATE TABLE request_log (
    org        INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    id         TEXT NOT NULL,
    client     TEXT NOT NULL,
    method     TEXT NOT NULL,
    path       TEXT NOT NULL,
    status     INTEGER NOT NULL,
    scim_type  TEXT NOT NULL,
    detail     TEXT NOT NULL,
    marks      TEXT NOT NULL,
    millis     REAL NOT NULL,
    body_bytes INTEGER NOT NULL,
    PRIMARY KEY (org, at, id)
);

-- Every request by client, minute since 1970 and status. client '': nobody that is known.
CREATE TABLE request_count (
    org      INTEGER NOT NULL,
    client   TEXT NOT NULL,
    minute   INTEGER NOT NULL,
    status   INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    PRIMARY KEY (org, client, minute, status)
);

-- Oddities of a client that were borne. sample: method and path of the first one.
CREATE TABLE deviation (
    org      INTEGER NOT NULL,
    client   TEXT NOT NULL,
    name     TEXT NOT NULL,
    times    INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL,
    sample   TEXT NOT NULL,
    PRIMARY KEY (org, client, name)
);

-- Values that a client sent again although nothing changed. sent, kept: their form only, +9 (999) 999-9999.
CREATE TABLE resent_value (
    org       INTEGER NOT NULL,
    client    TEXT NOT NULL,
    attribute TEXT NOT NULL,
    form      TEXT NOT NULL,
    times     INTEGER NOT NULL,
    first_at  INTEGER NOT NULL,
    last_at   INTEGER NOT NULL,
    sent      TEXT NOT NULL,
    kept      TEXT NOT NULL,
    PRIMARY KEY (org, client, attribute, form)
);
