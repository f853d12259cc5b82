"""All that is said of the versions of every feature: health, effects, course, moderators."""

from collections.abc import Mapping, Sequence

import polars as pl

from models.analyses import Inputs, Tell
from models.errors import NotEstimableError
from models.randomised import version_health as health
from models.randomised.version_course import by_week, looks, moderated, with_moderators
from models.randomised.version_effects import Contrast, adjusted_together, effect
from models.randomised.version_result import (
    Balance,
    ComparedFeature,
    Effect,
    HealthCheck,
    Look,
    Part,
    State,
    Unit,
    Version,
    VersionReport,
)
from models.randomised.version_rows import (
    Material,
    Outcome,
    assignments,
    day_column,
    outcomes_of,
    participant_rows,
    point_rows,
)

CATALOGUE = "catalogue"
_KNOWN_BEFORE = {
    "study_week": "Study week",
    "silent_hours": "Hours since the last session",
    "sessions_before": "Sessions in the 7 days before",
    "weeks_since_first": "Weeks since the first delivery",
}


def compute(inputs: Inputs, tell: Tell) -> VersionReport:
    """Compare the versions of every feature.

    Parameters
    ----------
    inputs
        Frames `catalogue`, `points`, `sessions`, `due`, `weeks` (`queries.variants`) and `scores`
        (`queries.multiverse.occasion_scores`); options `dimensions` ((id, label) in order, the
        total last), `total` (id of the total, or None) and `labels` of sites and arms.

    Raises
    ------
    NotEstimableError
        If no feature has two versions.
    """
    material = material_of(inputs)
    catalogue = inputs.frames[CATALOGUE]
    features = [
        (str(name), rows)
        for (name,), rows in catalogue.group_by("feature_id", maintain_order=True)
        if rows.height > 1
    ]
    if not features:
        raise NotEstimableError(
            "No feature of this study has two versions. Add [[variants]] to study.toml.",
            "no_versions",
        )
    found = []
    for done, (feature_id, rows) in enumerate(features):
        tell(done, len(features))
        found.append(_compared(material, feature_id, rows, inputs.options))
    return VersionReport(tuple(found))


def material_of(inputs: Inputs) -> Material:
    """The frames of the inputs."""
    names = ("points", "sessions", "due", "weeks", "scores")
    frames = {name: inputs.frames[name] for name in names}
    dimensions = tuple((str(one), str(label)) for one, label in inputs.options["dimensions"])
    return Material(**frames, dimensions=dimensions)


def _compared(
    material: Material, feature_id: str, versions: pl.DataFrame, options: Mapping[str, object]
) -> ComparedFeature:
    rows = point_rows(material, feature_id)
    chances = dict(versions.select("variant_id", "probability").iter_rows())
    names = dict(versions.select("variant_id", "variant_label").iter_rows())
    is_randomised = bool(versions["is_randomised"].all())
    if not is_randomised:
        chances = dict.fromkeys(chances)
    known = rows.filter(pl.col("variant_id").is_in(list(names)))
    unit, words = health.unit_of(rows, list(chances.values()))
    counts = known.group_by("variant_id").agg(
        n=pl.len(), people=pl.col("participant_id").n_unique()
    )
    by_version = {str(name): (n, people) for name, n, people in counts.iter_rows()}
    blank = ComparedFeature(
        feature_id=feature_id,
        label=versions["feature_label"][0],
        is_randomised=is_randomised,
        unit=unit,
        unit_words=words,
        reference=str(versions["variant_id"][0]),
        versions=tuple(
            Version(name, label, chances[name], *by_version.get(name, (0, 0)))
            for name, label in names.items()
        ),
        n_unknown=rows.height - known.height,
        explanation=_nothing(versions, by_version),
    )
    if blank.explanation:
        return blank
    return _filled(blank, _Sides(material, known, rows, unit, chances, names, options))


def _nothing(versions: pl.DataFrame, counts: Mapping[str, tuple[int, int]]) -> str:
    if not versions["has_property"].any():
        return (
            "No event property says which version was given. Name it as `property`, and each "
            "version's value, under [[variants]] in study.toml."
        )
    if len(counts) < 2:
        return "Fewer than two versions were delivered so far."
    return ""


class _Sides:
    """The rows of each outcome, as the unit has them, and what all of it is called."""

    def __init__(
        self,
        material: Material,
        known: pl.DataFrame,
        rows: pl.DataFrame,
        unit: Unit,
        chances: dict[str, float | None],
        names: dict[str, str],
        options: Mapping[str, object],
    ) -> None:
        self.material, self.known, self.rows, self.unit = material, known, rows, unit
        self.chances, self.names = chances, names
        self.total = options.get("total")
        labels = options.get("labels")
        self.labels: dict[str, dict[str, str]] = labels if isinstance(labels, dict) else {}
        self.given = assignments(known)
        self.outcomes = outcomes_of(material, unit)

    @property
    def total_before(self) -> str | None:
        """The column of the alliance total before a delivery."""
        return f"before:{self.total}" if self.total and self.unit == "point" else None

    def of(self, outcome: Outcome) -> pl.DataFrame:
        """Rows that hold an outcome."""
        if self.unit == "point":
            return self.known
        return participant_rows(self.material, self.given, outcome)

    def day(self, outcome: Outcome) -> str:
        """The column of the day on which it was known."""
        return day_column(outcome.id) if self.unit == "point" else "day"


def _filled(blank: ComparedFeature, sides: _Sides) -> ComparedFeature:
    contrasts = [
        Contrast.of(sides.chances, name, blank.reference, sides.unit)
        for name in sides.names
        if name != blank.reference
    ]
    effects: list[Effect] = []
    seen: list[Look] = []
    weeks: list[Part] = []
    parts: list[Part] = []
    for outcome in sides.outcomes:
        rows, moderators = with_moderators(sides.of(outcome), sides.total_before, sides.labels)
        for contrast in contrasts:
            found = effect(rows, outcome, contrast)
            effects.append(found)
            if found.number is None:
                continue
            seen += looks(rows, outcome, contrast, sides.day(outcome))
            weeks += by_week(rows, outcome, contrast)
            parts += moderated(rows, outcome, contrast, moderators)
    together = adjusted_together(effects)
    balanced = _balance(blank, sides)
    return ComparedFeature(
        **{
            **vars(blank),
            "checks": _checks(blank, sides, together, balanced),
            "balance": balanced,
            "effects": together,
            "looks": tuple(seen),
            "weeks": tuple(weeks),
            "moderators": tuple(parts),
        }
    )


def _balance(blank: ComparedFeature, sides: _Sides) -> tuple[Balance, ...]:
    rows, covariates = sides.known, dict(_KNOWN_BEFORE)
    if sides.unit == "participant":
        first = rows.sort("participant_id", "delivered_at", "event_key").unique(
            "participant_id", keep="first", maintain_order=True
        )
        rows = first
        covariates.pop("weeks_since_first")
    for name, label in sides.material.dimensions:
        covariates[f"before:{name}"] = f"{label} before"
    others = [name for name in sides.names if name != blank.reference]
    return health.balance(rows, covariates, blank.reference, others)


def _checks(
    blank: ComparedFeature,
    sides: _Sides,
    effects: Sequence[Effect],
    balanced: Sequence[Balance],
) -> tuple[HealthCheck, ...]:
    by_point = sides.unit == "point"
    counts = [
        one.n_deliveries
        if by_point
        else sides.given.filter(pl.col("variant_id") == one.variant_id).height
        for one in blank.versions
    ]
    return (
        health.ratio_check(
            counts,
            [one.probability for one in blank.versions],
            [one.label for one in blank.versions],
            "deliveries" if by_point else "participants",
        ),
        health.balance_check(balanced),
        health.contamination(sides.rows, sides.unit, is_randomised=blank.is_randomised),
        health.missing_outcomes(sides.known, sides.outcomes, sides.names),
        health.power_check(effects),
        _unknown(blank, sides.rows.height),
    )


def _unknown(blank: ComparedFeature, n: int) -> HealthCheck:
    share = blank.n_unknown / n if n else 0.0
    words = f"{blank.n_unknown:,} of {n:,} deliveries do not say which version was given."
    state: State = "passed" if share <= 0.01 else "note" if share <= 0.05 else "failed"
    return HealthCheck("unknown", "Version recorded", state, words)
