-- name: find_head
-- Where a chain ends.
SELECT sequence, hash FROM audit_head WHERE chain = ?;

-- name: put_head
-- The chain ends here now.
INSERT INTO audit_head (chain, sequence, hash) VALUES (?, ?, ?)
ON CONFLICT (chain) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash;

-- name: append_audit
-- One row of a chain.
INSERT INTO audit (chain, sequence, at, document, previous_hash, hash, person, removal_guard, removals) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: list_chains
-- All chains, those included of which only the head or only rows are left.
SELECT chain FROM audit_head UNION SELECT chain FROM audit ORDER BY chain;

-- name: walk_chain
-- All rows of a chain in order, with the columns that repeat parts of the document.
SELECT chain, sequence, at, document, previous_hash, hash, person, removal_guard, removals FROM audit WHERE chain = ? ORDER BY sequence;

-- name: history_of_person
-- Rows about one person, newest first.
SELECT chain, sequence, at, document, previous_hash, hash FROM audit WHERE chain = ? AND person = ? ORDER BY sequence DESC LIMIT ?;

-- name: removals_since
-- Acknowledged removals by guard after a time.
SELECT removal_guard, sum(removals) FROM audit WHERE chain = ? AND at > ? AND removal_guard IS NOT NULL GROUP BY removal_guard ORDER BY removal_guard;
