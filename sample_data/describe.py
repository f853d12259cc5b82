"""The README beside each generated study: its truth and its dirt as tables."""

from sample_data.counts import FileCount
from sample_data.truth import Effects, Truth


def describe(truth: Truth) -> str:
    """The README as Markdown. Generated, so that it cannot disagree with `truth.json`."""
    parts = [_head(truth), _effects(truth.within), _remarks(truth), _dirt(truth.files)]
    return "\n\n".join(parts) + "\n"


def _head(truth: Truth) -> str:
    n = sum(file.rows_read for file in truth.files if file.source == "app")
    return f"""# {truth.study}: generated data

Nobody real is in these files. `python -m sample_data.generate` made them with seed {truth.seed}: \
{truth.participants} participants, {n:,} rows of events, data up to {truth.last_day}. \
This page was made with them; `truth.json` holds the same numbers, and more."""


def _effects(within: Effects) -> str:
    dimensions = list(next(iter(within.values())))
    rows = [
        f"| {feature} | {' | '.join(_number(effects[d]) for d in dimensions)} |"
        for feature, effects in within.items()
    ]
    return "\n".join(
        [
            "## Planted within-person effects",
            "",
            "Scale points per additional exposure in the 7 local days before the survey's day, "
            "all features in one model.",
            "",
            f"| feature | {' | '.join(dimensions)} |",
            f"|---|{'---:|' * len(dimensions)}",
            *rows,
        ]
    )


def _number(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−") if value else "0"


def _remarks(truth: Truth) -> str:
    lines = [
        f"- No effect on anything: {', '.join(truth.null_features)}.",
        f"- Always on, so not estimable: {truth.always_on}.",
        f"- Tied to sessions: {'; '.join(f'{k} ({v})' for k, v in truth.coupled.items())}.",
        *(f"- {feature}: {why}" for feature, why in truth.confounded.items()),
    ]
    if truth.moderator:
        lines.append(
            f"- The effect of {truth.moderator['feature']} on {truth.moderator['dimension']} grows "
            f"by {truth.moderator['change_of_effect_per_point']} per point of lasting flexibility."
        )
    return "\n".join(["## What else is planted", "", *lines])


def _dirt(files: list[FileCount]) -> str:
    rows = [
        f"| {file.path} | {file.rows_read} | {file.rows_loaded} | {file.rows_duplicate} "
        f"| {file.rows_rejected} | {file.cells_refused} | {_rules(file)} |"
        for file in files
    ]
    return "\n".join(
        [
            "## What a receipt must say",
            "",
            "| file | read | loaded | duplicate | rejected | cells refused | by rule |",
            "|---|---:|---:|---:|---:|---:|---|",
            *rows,
        ]
    )


def _rules(file: FileCount) -> str:
    rejected = [f"{rule} {n}" for rule, n in file.rules.items()]
    cells = [f"{rule} {n} (cells)" for rule, n in file.cell_rules.items()]
    return ", ".join([*rejected, *cells])
