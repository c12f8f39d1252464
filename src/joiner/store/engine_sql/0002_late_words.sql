-- A run that was thought dead may report that its write landed after a look had found nothing. ``late`` marks such a word
-- until a run that holds the pipe has taken over what it agreed on.
ALTER TABLE intent ADD COLUMN late INTEGER NOT NULL DEFAULT 0;
CREATE INDEX intent_late ON intent (pipe, n) WHERE late = 1;
