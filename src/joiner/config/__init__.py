"""joiner.toml: text in, frozen values out, every mistake at once. Reads no file, no environment and no secret."""
