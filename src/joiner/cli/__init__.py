"""The command line: arguments in, a journey in between, words and an exit code out. Knows no concrete store, wire or target."""
