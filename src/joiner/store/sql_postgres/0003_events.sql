-- Feeds of changes (RFC 9967): who follows an org, how far each feed has read the audit log, what it has not acknowledged yet.

CREATE TABLE event_stream (
    org        BIGINT NOT NULL REFERENCES org,
    id         TEXT COLLATE "C" NOT NULL,
    client     TEXT COLLATE "C" NOT NULL,
    mode       TEXT COLLATE "C" NOT NULL CHECK (mode IN ('notice', 'full')),
    type       TEXT COLLATE "C" NOT NULL,
    filter     TEXT COLLATE "C" NOT NULL,
    sequence   BIGINT NOT NULL,
    created_at TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (org, id)
);

-- Resources that a feed with a filter shows at present.
CREATE TABLE event_feed_member (
    org    BIGINT NOT NULL,
    stream TEXT COLLATE "C" NOT NULL,
    target TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (org, stream, target)
);

-- The outbox: claims of tokens that were not acknowledged, in the order of the audit log.
CREATE TABLE event_outbox (
    org      BIGINT NOT NULL,
    stream   TEXT COLLATE "C" NOT NULL,
    sequence BIGINT NOT NULL,
    id       TEXT COLLATE "C" NOT NULL,
    claims   BYTEA NOT NULL,
    PRIMARY KEY (org, stream, sequence)
);
CREATE UNIQUE INDEX event_outbox_by_id ON event_outbox (org, stream, id);
