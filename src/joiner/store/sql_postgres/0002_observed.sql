-- What clients send and what became of it: newest requests, counts per minute, tolerated oddities, values sent again.

-- A ring of the newest requests of each org. at: microseconds since 1970. path: without query values. Successful reads are not in it.
CREATE TABLE request_log (
    org        BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    client     TEXT COLLATE "C" NOT NULL,
    method     TEXT COLLATE "C" NOT NULL,
    path       TEXT COLLATE "C" NOT NULL,
    status     BIGINT NOT NULL,
    scim_type  TEXT COLLATE "C" NOT NULL,
    detail     TEXT COLLATE "C" NOT NULL,
    marks      TEXT COLLATE "C" NOT NULL,
    millis     DOUBLE PRECISION NOT NULL,
    body_bytes BIGINT NOT NULL,
    PRIMARY KEY (org, at, id)
);

-- Every request by client, minute since 1970 and status. client '': nobody that is known.
CREATE TABLE request_count (
    org      BIGINT NOT NULL,
    client   TEXT COLLATE "C" NOT NULL,
    minute   BIGINT NOT NULL,
    status   BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    PRIMARY KEY (org, client, minute, status)
);

-- Oddities of a client that were borne. sample: method and path of the first one.
CREATE TABLE deviation (
    org      BIGINT NOT NULL,
    client   TEXT COLLATE "C" NOT NULL,
    name     TEXT COLLATE "C" NOT NULL,
    times    BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at  BIGINT NOT NULL,
    sample   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (org, client, name)
);

-- Values that a client sent again although nothing changed. sent, kept: their form only, +9 (999) 999-9999.
CREATE TABLE resent_value (
    org       BIGINT NOT NULL,
    client    TEXT COLLATE "C" NOT NULL,
    attribute TEXT COLLATE "C" NOT NULL,
    form      TEXT COLLATE "C" NOT NULL,
    times     BIGINT NOT NULL,
    first_at  BIGINT NOT NULL,
    last_at   BIGINT NOT NULL,
    sent      TEXT COLLATE "C" NOT NULL,
    kept      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (org, client, attribute, form)
);
