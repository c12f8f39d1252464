"""What every test shares: one way of drawing property tests, so that a failure can be replayed."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Derandomised: a run depends on the code alone. No deadline: two cores are shared by several workers.
settings.register_profile("joiner", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("joiner")
