"""How often statistical monitoring flags what is chance: `python -m benchmarks.false_flags`.

Prints the table of docs/explanation/monitoring.md.
"""

import argparse

from models.monitoring.false_flags import Trial, false_flag_rates, repeated_looks

TRIALS = {
    "2 sites, 270 participants": Trial(),
    "2 sites, 40 participants": Trial(n_participants=40),
    "7 months, 270 participants": Trial(parts=(36, 44, 18, 39, 58, 46, 29)),
    "20 sites, 400 participants": Trial(n_participants=400, parts=tuple(range(2, 22))),
    "20 sites of 5": Trial(n_participants=100, parts=(1,) * 20),
    "one survey each, 7 months": Trial(most_due=1, parts=(36, 44, 18, 39, 58, 46, 29)),
    "rare (3 %), 7 months": Trial(share=0.03, parts=(36, 44, 18, 39, 58, 46, 29)),
}


def main() -> None:
    """Print false-flag rates as Markdown."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--trials", type=int, default=2000, help="simulated trials a row")
    asked.add_argument("--seed", type=int, default=2025)
    given = asked.parse_args()
    print("| trial | outside 95 % | outside 99.8 % | each survey independent: 95 % | 99.8 % |")
    print("|---|---:|---:|---:|---:|")
    for name, trial in TRIALS.items():
        rates = false_flag_rates(trial, given.trials, given.seed)
        print(
            f"| {name} | {rates.watch:.1%} | {rates.flag:.2%} "
            f"| {rates.naive_watch:.1%} | {rates.naive_flag:.1%} |"
        )
    for name in ("2 sites, 270 participants", "7 months, 270 participants"):
        watched, flagged = repeated_looks(TRIALS[name], 12, given.trials // 4, given.seed)
        print(
            f"\n{name}, 12 looks: {watched:.0%} of trials outside 95 % once, {flagged:.1%} 99.8 %"
        )


if __name__ == "__main__":
    main()
