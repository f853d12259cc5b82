"""The analyses' names, for whoever only asks what there is: what computes them opens slowly."""

NAMES = (
    "raw_points",
    *("dropout", "tipping", "forecast"),
    *("variants", "prompts", "multiverse"),
)
"""Ids of `etl.analyses.registry.ANALYSES`, in their order; a test holds the two together."""
