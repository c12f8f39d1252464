"""The deterministic simulator: the product's engine and hosted orgs under a seeded driver, with faults and an oracle.

It stands beside the doors: it drives journeys with its own ports. One seed is one small history, wholly decided by the
seed; a failure is replayed by that number alone. Nothing here is part of the product's behaviour.
"""
