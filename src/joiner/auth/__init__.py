"""Who may do what: client secrets, tokens, grants and permissions as pure functions of bytes and values."""
