-- Where the running server was last reached, so that the command line beside it prints addresses that work.
CREATE TABLE serving (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    address TEXT    NOT NULL
) STRICT;
