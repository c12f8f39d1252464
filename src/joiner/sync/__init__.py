"""The engine's rules: map, pair, merge, draw the plan, guard it, batch it. Pure functions of values."""
