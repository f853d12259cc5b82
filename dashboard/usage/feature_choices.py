"""What the lists of the Features page offer."""

import dash_mantine_components as dmc
from dash.development.base_component import Component

from dashboard import effect_adjust, filters_bar, theme
from dashboard.context import Context
from dashboard.result_frames import is_ratio
from dashboard.usage.reach import versions
from models import store
from queries import alliance as alliance_reads
from queries import features as reads
from study.definition import Study
from study.outcomes import presets as presets_of

OFFERED = ("preset", "feature", "outcome", "adjust", "category", "version", "least")
"""Keys of the lists, in the order of `options`."""
LEAST = {"1": "once or more", "3": "3 times or more", "5": "5 times or more"}


def choice(key: str, label: str, placeholder: str) -> Component:
    """A list of the page, without what it offers."""
    return dmc.Select(
        id=filters_bar.choice_id(key),
        label=label,
        placeholder=placeholder,
        data=[],
        clearable=True,
        size="xs",
    )


def options(context: Context) -> list[list[dict[str, str]]]:
    """What the page's lists offer: models, features, outcomes, categories."""
    con, viewer = context.cursor(), context.viewer()
    results = list(store.load_all(context.results_of(viewer)).values())
    presets = sorted({result.preset_id for result in results if result.preset_id})
    words = preset_words(context.study)
    catalogue = reads.feature_catalogue(con, viewer)
    measures = alliance_reads.dimension_measures(con, viewer)
    adherence = {result.outcome: result.outcome_label for result in results if is_ratio(result)}
    outcomes = dict(measures.select("dimension_id", "dimension_label").iter_rows()) | adherence
    categories = catalogue.unique("category_id", maintain_order=True)
    pairs = (
        [(name, words.get(name, name)) for name in presets],
        catalogue.select("feature_id", "feature_label").rows(),
        list(outcomes.items()),
        list(effect_adjust.METHODS.items()),
        categories.select("category_id", "category_label").rows(),
        [(name, name) for name in versions(con, viewer)],
        list(LEAST.items()),
    )
    return [[{"value": value, "label": label} for value, label in some] for some in pairs]


def preset_words(study: Study) -> dict[str, str]:
    """What each preset of a study was fitted with, in a line: window, lag, scale, moderator."""
    return {
        one.id: " · ".join(
            [
                f"{one.id}: {theme.counted(one.window_days, 'day')}",
                f"lag {one.lag_days}",
                "standardised" if one.standardise else one.transform,
                *([f"by {one.moderator}"] if one.moderator else []),
            ]
        )
        for one in presets_of(study)
    }
