"""The designers' report: features, retention of use, versions, prompts, multiverse, models."""

from dashboard.reports.outline import Item, LeftOut, Report, View
from dashboard.reports.views import MEASURE_COLUMNS, charts, items, where_there_are

_DIAGNOSTICS = (
    "Diagnostics of one model: they stand on the page Models, which the trust card sums up."
)
_MODELS = View(
    "Model: {label}",
    "Whether this model's numbers may be believed, what they are, and the code that makes them.",
    (
        *items("models-trust", "models-estimates", "models-raw"),
        Item("models-means", is_optional=True),
        Item("models-code"),
    ),
    each="model",
)
_MEASURED = View(
    "Alliance",
    "How the dimensions of the alliance develop, for whom, and how much of it was measured.",
    (
        *items("alliance-dimensions", "alliance-groups"),
        *charts("alliance-surveys", "alliance-use", "alliance-scores"),
        Item("alliance-measures", columns=MEASURE_COLUMNS),
    ),
)

DESIGNER = Report(
    "designer",
    "Designer report",
    "designer",
    "What of the app reached whom, what goes with alliance and adherence, and the models of that.",
    (
        View(
            "Features",
            "Which features go with alliance and adherence, and how far each one reaches.",
            (
                *items("features-map", "features-detail", "features-forest"),
                *items("features-exposure", "features-dose", "features-reach", "features-funnel"),
                Item("features-moderation", is_optional=True),
            ),
        ),
        View(
            "Retention of use",
            "Who comes back, how often, and what releases changed.",
            items(
                *("retention-weeks", "retention-cohorts", "retention-stickiness"),
                *("retention-lifecycle", "retention-releases"),
            ),
        ),
        View(
            "Versions compared",
            "Whether the comparison worked as meant, then what the versions differ in.",
            (
                *items("variants-health"),
                *where_there_are("variants-balance", "variants-effects", "variants-looks"),
                *where_there_are("variants-weeks", "variants-moderators"),
            ),
        ),
        View(
            "Prompts",
            "What prompts that were dealt out at random changed soon after.",
            (
                *items("variants-points"),
                *where_there_are("variants-course", "variants-horizons", "variants-moderation"),
            ),
        ),
        View(
            "Multiverse",
            "One association under every reasonable definition, window and model.",
            (
                *items("multiverse-words"),
                *where_there_are("multiverse-curve", "multiverse-choices"),
            ),
        ),
        _MEASURED,
        View(
            "The trial behind the numbers",
            "How many take part, and how much they use the app.",
            (
                *items("overview-numbers", "overview-freshness", "overview-recruitment"),
                *items("overview-activity", "overview-adherence"),
            ),
        ),
        View(
            "Feature dictionary",
            "Which events stand for which principle, and what changed.",
            (
                Item(
                    "dictionary-entries",
                    columns=(
                        *("event", "feature_label", "principle_label", "stage"),
                        *("is_exposure", "versions", "n_exposures"),
                    ),
                    most=80,
                ),
                *items("dictionary-changes", "dictionary-unmapped"),
            ),
        ),
        _MODELS,
    ),
    (
        LeftOut(
            _DIAGNOSTICS,
            (
                *("models-opinions", "models-variances"),
                *("models-residuals", "models-levels", "models-fitted"),
            ),
        ),
    ),
)
