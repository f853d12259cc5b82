"""Does what goes along with exposure depend on a lasting level, such as flexibility? As a panel."""

from urllib.parse import quote

import polars as pl
from dash import dcc, html
from dash.development.base_component import Component

from access.cells import Cells
from access.viewer import Viewer
from dashboard import theme
from dashboard.effect_detail import decimals, p_words
from dashboard.intervals import span_words
from dashboard.panel import Panel
from dashboard.result_frames import is_ratio, odds_ratio, withheld_because
from dashboard.sources import Sources
from models import store
from models.results import FitResult
from queries import features as reads
from queries.filters import Filters

SCHEMA = {
    "preset_id": pl.String,
    "model_id": pl.String,
    "outcome_label": pl.String,
    "feature_id": pl.String,
    "label": pl.String,
    "state": pl.String,
    "is_ratio": pl.Boolean,
    "estimate": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "p_value": pl.Float64,
    "p_adjusted": pl.Float64,
    "n_participants": pl.Int64,
    "explanation": pl.String,
}
_NUMBERS = ("estimate", "ci_low", "ci_high", "p_value", "p_adjusted")
_CELLS = Cells(
    ("n_participants",),
    hides=_NUMBERS,
    keys=(
        *("preset_id", "model_id", "outcome_label", "feature_id", "label", "state"),
        *("is_ratio",),
    ),
    texts=("explanation",),
)


def read_moderation(sources: Sources, viewer: Viewer, _filters: Filters) -> pl.DataFrame:
    """One row per product term of a moderator with a feature's within part, of every preset."""
    known = set(reads.feature_catalogue(sources.con, viewer)["feature_id"])
    rows = [
        row
        for result in store.load_all(sources.results).values()
        for row in _rows(result)
        if row["feature_id"] in known
    ]
    return pl.DataFrame(rows, schema=SCHEMA).sort("preset_id", "model_id", "label")


def _rows(result: FitResult) -> list[dict[str, object]]:
    about = {
        "preset_id": result.preset_id,
        "model_id": result.model_id,
        "outcome_label": result.outcome_label,
        "is_ratio": is_ratio(result),
        "n_participants": result.n_participants,
    }
    rows: list[dict[str, object]] = []
    for one in result.coefficients:
        if one.kind != "moderation":
            continue
        scale = odds_ratio if is_ratio(result) else float
        shown = {name: scale(getattr(one, name)) for name in ("estimate", "ci_low", "ci_high")}
        shown |= {"p_value": one.p_value, "p_adjusted": one.p_adjusted}
        why = "" if result.is_trusted else withheld_because(result)
        rows.append(
            {
                **about,
                "feature_id": one.feature_id,
                "label": one.label,
                "state": "withheld" if why else "estimated",
                **({} if why else shown),
                "explanation": why,
            }
        )
    rows += [
        {
            **about,
            "feature_id": one.feature_id,
            "label": one.term,
            "state": "not_estimable",
            "explanation": one.explanation,
        }
        for one in result.not_estimable
        if one.part == "moderation"
    ]
    return rows


def view(frame: pl.DataFrame) -> Component:
    """A line per product term: in words, with its interval, and the way to its model."""
    return html.Ul([_line(row) for row in frame.iter_rows(named=True)], className="moderations")


def _line(row: dict[str, object]) -> Component:
    head = html.Strong(f"{row['label']}, {row['outcome_label']}: ")
    model = str(row["model_id"])
    link = dcc.Link(
        "Open its model",
        href=f"/models?model={quote(model)}&feature={quote(str(row['feature_id']))}",
    )
    if not isinstance(row["estimate"], float):
        words = str(row["explanation"]) or f"withheld for {row['state']}"
        return html.Li([head, html.Span(words), " ", link])
    low, high = row["ci_low"], row["ci_high"]
    assert isinstance(low, float)
    assert isinstance(high, float)
    none = 1.0 if row["is_ratio"] else 0.0
    doubt = "; it includes no difference" if low <= none <= high else ""
    size = "ratio of odds ratios " if row["is_ratio"] else ""
    number = decimals(row["estimate"], 3, signed=not row["is_ratio"])
    p = row["p_adjusted"] if row["p_adjusted"] is not None else row["p_value"]
    assert isinstance(p, float)
    name = "adjusted p" if row["p_adjusted"] is not None else "p"
    return html.Li(
        [
            head,
            f"{size}{number} for each point higher (95 % interval {decimals(low, 3)} to "
            f"{decimals(high, 3)}{doubt}), {name} {p_words(p)}. ",
            link,
        ]
    )


def _caption(frame: pl.DataFrame) -> str:
    n = frame["n_participants"].drop_nulls()
    counted = theme.counted(frame.height, "product term")
    return f"n = {span_words(n)} participants a model · {counted}" if n.len() else counted


MODERATION = Panel(
    id="features-moderation",
    title="Does it depend on the participant? Moderators",
    definition="The within-person association of a feature, for each point by which a "
    "participant's lasting level of the moderator (their own mean, such as of flexibility) lies "
    "above the average: a cross-level interaction. 0 points (or a ratio of 1): the association is "
    "the same for everybody. From presets of the study file that name a moderator. The models see "
    "every participant; the filters of the page do not change them.",
    read=read_moderation,
    content=lambda frame, _filters: view(frame),
    columns={
        "preset_id": "Preset",
        "label": "Term",
        "outcome_label": "Outcome",
        "state": "State",
        "estimate": "Per point of the moderator",
        "ci_low": "95 % from",
        "ci_high": "95 % to",
        "p_value": "p",
        "p_adjusted": "Adjusted p",
        "n_participants": "Participants",
        "explanation": "Why there is no number",
    },
    caption=_caption,
    empty='No fitted preset has a moderator. Add one to study.toml, such as: [[models]] id = "by_'
    'flexibility", moderator = "flexibility". Then run: rapport fit',
    width="full",
    reads="both",
    uses=(),
    shows_tests=True,
    cells=_CELLS,
)
