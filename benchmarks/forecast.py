"""Do forecasts of an interval's width hold once the study has ended? Simulate, look half-way, end.

Run with `python -m benchmarks.forecast --replicates 200`; the tests hold a short form. For each
quantity: the expected half width over the realised one, and how often an interval of the expected
width around the final estimate holds the truth (95 % are nominal).
"""

import argparse

import numpy as np

from tests.models.forecast_trial import Ending, ending

QUANTITIES = ("within", "groups")


def summary(endings: list[Ending], place: int) -> str:
    """One quantity's ratios and coverage as a line."""
    ratios = np.array([one.expected[place] / one.realised[place] for one in endings])
    errors = np.array([abs(one.errors[place]) for one in endings])
    held = errors <= np.array([one.expected[place] for one in endings])
    realised = errors <= np.array([one.realised[place] for one in endings])
    low, middle, high = np.quantile(ratios, (0.1, 0.5, 0.9))
    return (
        f"{QUANTITIES[place]:>7}: expected / realised {middle:.3f} ({low:.3f} to {high:.3f}), "
        f"coverage {held.mean():.3f} with the expected width, {realised.mean():.3f} with the final"
    )


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=200)
    parser.add_argument("--participants", type=int, default=100)
    given = parser.parse_args()
    endings = [ending(seed, n=given.participants) for seed in range(given.replicates)]
    for place in range(len(QUANTITIES)):
        print(summary(endings, place))


if __name__ == "__main__":
    main()
