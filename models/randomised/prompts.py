"""Micro-randomised versions: excursion effects by horizon, over time, and by what came before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl

from models.analyses import Inputs, Tell
from models.errors import NoNumberError, NotEstimableError
from models.randomised.excursion import CausalExcursion, ExcursionEffect
from models.randomised.prompt_result import (
    AlongTime,
    Chance,
    Excursion,
    Moderation,
    PromptFeature,
    PromptReport,
    Scale,
)
from models.randomised.table import mrt_table
from models.randomised.version_effects import Contrast, controls_of, prepared, require_people
from models.randomised.version_health import unit_of
from models.randomised.version_report import CATALOGUE, material_of
from models.randomised.version_result import Estimate
from models.randomised.version_rows import (
    MAIN_HOURS,
    PROXIMAL_HOURS,
    WINDOW_DAYS,
    Material,
    Outcome,
    point_rows,
)
from models.randomised.windows import with_lags

Estimator = Literal["WCLS", "EMEE"]
_SCALES: dict[Estimator, Scale] = {"WCLS": "difference", "EMEE": "log_relative_risk"}
_LEAST_A_WEEK = 10


@dataclass(frozen=True)
class _Asked:
    """A moderator: its column, its words, and whether it is 0 or 1."""

    column: str
    label: str
    low_words: str
    high_words: str
    is_flag: bool = False


def compute(inputs: Inputs, tell: Tell) -> PromptReport:
    """Excursion effects of every feature whose versions are drawn at each delivery.

    Parameters
    ----------
    inputs
        As `models.randomised.version_report.compute` takes them.

    Raises
    ------
    NotEstimableError
        If no feature has randomised versions.
    """
    material = material_of(inputs)
    catalogue = inputs.frames[CATALOGUE].filter(pl.col("is_randomised"))
    features = [
        (str(name), rows)
        for (name,), rows in catalogue.group_by("feature_id", maintain_order=True)
        if rows.height > 1
    ]
    if not features:
        raise NotEstimableError(
            "Chance decides between no versions of a feature in this study. Where it does, say "
            "randomised = true and probability = … under [[variants]] in study.toml.",
            "no_randomised_versions",
        )
    found = []
    for done, (feature_id, rows) in enumerate(features):
        tell(done, len(features))
        found.append(_of_feature(material, feature_id, rows, inputs.options))
    return PromptReport(tuple(found))


def _of_feature(
    material: Material, feature_id: str, versions: pl.DataFrame, options: Mapping[str, object]
) -> PromptFeature:
    chances: dict[str, float | None] = dict(
        versions.select("variant_id", "probability").iter_rows()
    )
    rows = point_rows(material, feature_id)
    known = rows.filter(pl.col("variant_id").is_in(list(chances)))
    blank = PromptFeature(
        feature_id=feature_id,
        label=versions["feature_label"][0],
        reference=str(versions["variant_id"][0]),
        explanation="",
        n_points=rows.height,
        n_available=known.height,
        n_participants=known["participant_id"].n_unique(),
    )
    if known.is_empty():
        return replace(blank, explanation="No delivery says which version was given.")
    if unit_of(rows, list(chances.values()))[0] == "participant":
        words = (
            "Each participant keeps one version, so there are no decision points: the comparison "
            "is that of participants, above."
        )
        return replace(blank, explanation=words)
    others = [name for name in chances if name != blank.reference]
    contrasts = [Contrast.of(chances, name, blank.reference, "point") for name in others]
    total = options.get("total")
    return replace(
        blank,
        chances=tuple(_chances(known, versions)),
        excursions=tuple(one for each in contrasts for one in _excursions(known, each)),
        course=tuple(one for each in contrasts for one in _course(known, each)),
        moderations=tuple(
            one for each in contrasts for one in _moderations(known, each, str(total or ""))
        ),
    )


def _chances(known: pl.DataFrame, versions: pl.DataFrame) -> Iterator[Chance]:
    for name, label, probability in versions.select(
        "variant_id", "variant_label", "probability"
    ).iter_rows():
        share = known.filter(pl.col("variant_id") == name).height / known.height
        yield Chance(name, label, probability, share)


def _outcomes() -> tuple[tuple[Outcome, int], ...]:
    """Sessions within some hours (yes or no), and how many in the week (a number)."""
    soon = tuple(
        (
            Outcome(
                f"within_{hours}h",
                f"Session within {hours} hour{'s' if hours > 1 else ''}",
                "Use",
                "share",
                f"within_{hours}h",
                "sessions_before",
                is_binary=True,
            ),
            hours,
        )
        for hours in PROXIMAL_HOURS
    )
    week = Outcome(
        "sessions", "Sessions in the next 7 days", "Use", "sessions", "sessions_after",
        "sessions_before",
    )  # fmt: skip
    return (*soon, (week, 24 * WINDOW_DAYS))


def _main_outcomes() -> tuple[Outcome, ...]:
    return tuple(one for one, hours in _outcomes() if hours in (MAIN_HOURS, 24 * WINDOW_DAYS))


def _estimators(outcome: Outcome) -> tuple[Estimator, ...]:
    return ("WCLS", "EMEE") if outcome.is_binary else ("WCLS",)


def _excursions(known: pl.DataFrame, contrast: Contrast) -> Iterator[Excursion]:
    pair = contrast.pair(known)
    for outcome, hours in _outcomes():
        own = pair.filter(pl.col(outcome.column).is_not_null())
        reference = own.filter(~pl.col("is_variant"))[outcome.column].cast(pl.Float64)
        for estimator in _estimators(outcome):
            blank = Excursion(
                contrast.variant_id, outcome.id, outcome.label, hours, estimator,
                _SCALES[estimator], None, "",
                float(np.mean(reference.to_numpy())) if len(reference) else None,
                pair.height - own.height,
            )  # fmt: skip
            try:
                found = _fit(own, outcome, contrast, estimator)
            except NoNumberError as error:
                yield replace(blank, explanation=str(error))
                continue
            yield replace(blank, number=_number(found.effects[0], found))


def _fit(
    rows: pl.DataFrame,
    outcome: Outcome,
    contrast: Contrast,
    estimator: Estimator,
    moderators: Sequence[str] = (),
) -> CausalExcursion:
    require_people(rows)
    if contrast.chance is None:
        raise ValueError("an excursion effect needs probabilities")
    frame = prepared(rows, outcome).with_columns(pl.col(outcome.column).cast(pl.Float64))
    controls = [*moderators, *(one for one in controls_of(frame) if one not in moderators)]
    return mrt_table(
        frame,
        outcome=outcome.column,
        participant="participant_id",
        treatment="is_variant",
        probability=contrast.chance,
        moderators=moderators,
        controls=_independent(frame, controls),
        numerator="constant",
        binary=estimator == "EMEE",
    )


def _independent(frame: pl.DataFrame, names: Sequence[str]) -> tuple[str, ...]:
    """Of the columns, those that the ones before do not repeat."""
    kept: list[str] = []
    full = frame.drop_nulls(list(names))
    for name in names:
        columns = [np.ones(full.height)]
        columns += [full[one].cast(pl.Float64).to_numpy() for one in (*kept, name)]
        matrix = np.column_stack(columns)
        scaled = matrix / np.maximum(np.abs(matrix).max(axis=0), 1e-12)
        if np.linalg.matrix_rank(scaled) == len(columns):
            kept.append(name)
    return tuple(kept)


def _number(row: ExcursionEffect, found: CausalExcursion) -> Estimate:
    return Estimate(
        row.estimate, row.se, row.ci_low, row.ci_high, float(row.df2), row.p_value,
        found.n_points, found.n_participants,
    )  # fmt: skip


def _course(known: pl.DataFrame, contrast: Contrast) -> Iterator[AlongTime]:
    """The effect week by week, on a straight line, over the weeks that enough people reached."""
    pair = contrast.pair(known).with_columns(week=pl.col("study_week").cast(pl.Float64))
    for outcome in _main_outcomes():
        own = pair.filter(pl.col(outcome.column).is_not_null(), pl.col("week").is_not_null())
        reached = (
            own.group_by("study_week")
            .agg(n=pl.len(), people=pl.col("participant_id").n_unique())
            .filter(pl.col("people") >= _LEAST_A_WEEK)
            .sort("study_week")
        )
        if reached.height < 2:
            continue
        for estimator in _estimators(outcome):
            try:
                found = _fit(own, outcome, contrast, estimator, ["week"])
            except NoNumberError:
                # The effect averaged over time says why, in its own row.
                continue
            for week, n, people in reached.iter_rows():
                row = found.combine(np.array([1.0, float(week)]), "week")
                yield AlongTime(
                    contrast.variant_id, outcome.id, estimator, _SCALES[estimator], int(week), n,
                    people, row.estimate, row.ci_low, row.ci_high,
                )  # fmt: skip


def _moderations(known: pl.DataFrame, contrast: Contrast, total: str) -> Iterator[Moderation]:
    rows, asked = _with_moderators(known, contrast, total)
    pair = contrast.pair(rows)
    for outcome in _main_outcomes():
        own = pair.filter(pl.col(outcome.column).is_not_null())
        for one in asked:
            for estimator in _estimators(outcome):
                yield _moderated(own, outcome, contrast, one, estimator)


def _moderated(
    own: pl.DataFrame, outcome: Outcome, contrast: Contrast, asked: _Asked, estimator: Estimator
) -> Moderation:
    rows = own.filter(pl.col(asked.column).is_not_null())
    values = rows[asked.column].cast(pl.Float64).to_numpy()
    low, high = (0.0, 1.0) if asked.is_flag else _ends(values)
    digits = 1 if high - low < 20 else 0
    low_words, high_words = (
        asked.low_words if asked.is_flag else f"{asked.low_words} ({low:.{digits}f})",
        asked.high_words if asked.is_flag else f"{asked.high_words} ({high:.{digits}f})",
    )
    blank = Moderation(
        contrast.variant_id, outcome.id, estimator, _SCALES[estimator], asked.label, low_words,
        high_words, None, None, None, "",
    )  # fmt: skip
    try:
        found = _fit(
            rows.with_columns(pl.col(asked.column).cast(pl.Float64)),
            outcome,
            contrast,
            estimator,
            [asked.column],
        )
    except NoNumberError as error:
        return replace(blank, explanation=str(error))
    ends = [found.combine(np.array([1.0, at]), asked.label) for at in (low, high)]
    change = found.combine(np.array([0.0, high - low]), asked.label)
    return replace(
        blank,
        low=_number(ends[0], found),
        high=_number(ends[1], found),
        change=_number(change, found),
    )


def _ends(values: np.ndarray) -> tuple[float, float]:
    """A standard deviation below and above the mean, within what there is."""
    if not len(values):
        return 0.0, 0.0
    mean, spread = float(values.mean()), float(values.std())
    return max(mean - spread, float(values.min())), min(mean + spread, float(values.max()))


def _with_moderators(
    known: pl.DataFrame, contrast: Contrast, total: str
) -> tuple[pl.DataFrame, tuple[_Asked, ...]]:
    """The rows with columns known before each point, and what they are."""
    rows = with_lags(
        known.with_columns(is_own=(pl.col("variant_id") == contrast.variant_id).cast(pl.Float64)),
        participant="participant_id",
        time="delivered_at",
        columns=["is_own"],
    ).with_columns(silent_days=pl.col("silent_hours") / 24)
    asked = [
        _Asked("weeks_since_first", "Weeks since the first delivery", "early", "late"),
        _Asked("silent_days", "Days since the last session", "short", "long"),
        _Asked("sessions_before", "Sessions in the 7 days before", "few", "many"),
        _Asked(
            "is_own_lag1", "Version of the delivery before", "the reference", "this one",
            is_flag=True,
        ),
    ]  # fmt: skip
    if f"before:{total}" in rows.columns:
        asked.append(_Asked(f"before:{total}", "Alliance before", "low", "high"))
    varying = [one for one in asked if rows[one.column].drop_nulls().n_unique() > 1]
    return rows, tuple(varying)
