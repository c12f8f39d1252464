-- Feeds of changes (RFC 9967): who follows an org, how far each feed has read the audit log, what it has not acknowledged yet.

CREATE TABLE event_stream (
    org        INTEGER NOT NULL REFERENCES org,
    id         TEXT NOT NULL,
    client     TEXT NOT NULL,
    mode       TEXT NOT NULL CHECK (mode IN ('notice', 'full')),
    type       TEXT NOT NULL,
    filter     TEXT NOT NULL,
    sequence   INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (org, id)
);

-- Resources that a feed with a filter shows at present.
CREATE TABLE event_feed_member (
    org    INTEGER NOT NULL,
    stream TEXT NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (org, stream, target)
);

-- The outbox: claims of tokens that were not acknowledged, in the order of the audit log.
CREATE TABLE event_outbox (
    org      INTEGER NOT NULL,
    stream   TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    id       TEXT NOT NULL,
    claims   BLOB NOT NULL,
    PRIMARY KEY (org, stream, sequence)
);
CREATE UNIQUE INDEX event_outbox_by_id ON event_outbox (org, stream, id);
