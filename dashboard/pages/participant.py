"""Participant: the one-page card, and beneath it one person's time in the study on one axis."""

import dash_mantine_components as dmc
import duckdb
import polars as pl
from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from access.gate import may
from access.viewer import Viewer
from dashboard import (
    filters_bar,
    gate,
    panel,
    panel_wiring,
    participant_summary,
    tall_charts,
    theme,
)
from dashboard.card import panels as card
from dashboard.card import sheet
from dashboard.context import Context
from dashboard.figures import participant as figures
from dashboard.figures import participant_scores as score_figures
from dashboard.panel import Panel
from dashboard.participant_log import log
from dashboard.reliable_change import bands
from dashboard.worklist import contact_form, list_view
from queries import participant as reads
from queries.filters import Filters
from study.errors import UserError

PATH, TITLE, AUDIENCE = "/participant", "Participant", "Clinicians"
FILTERS = ("site", "arm", "cohort", "weeks")
_CONTACT = "participant-contact"
_NOBODY = (
    "Choose a participant above. One who is named in the address but not shown is not in the "
    "study, or not among those that the filters leave."
)


def read_summary(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters, *, participant: str | None
) -> pl.DataFrame:
    """Facts and sentences; nothing of the arm where arms are masked."""
    who = participant or ""
    facts = reads.facts(con, viewer, filters, who)
    return participant_summary.summary(
        facts.drop("arm_label") if viewer.edition == "masked" else facts,
        reads.ledger(con, viewer, filters, who),
        reads.scores(con, viewer, filters, who),
    )


def read_timeline(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters, *, participant: str | None
) -> pl.DataFrame:
    """Everything that happened in the chosen weeks, on the participant's own days."""
    who = participant or ""
    scores = reads.scores(con, viewer, filters, who)
    return log(
        reads.facts(con, viewer, filters, who),
        reads.sessions(con, viewer, filters, who),
        reads.exposures(con, viewer, filters, who),
        scores.filter(pl.col("study_week").is_between(filters.first_week, filters.last_week)),
        reads.ledger(con, viewer, filters, who),
    )


def read_scores(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters, *, participant: str | None
) -> pl.DataFrame:
    """Scores of all weeks with their dimension's band, and where each lies against it."""
    scores = reads.scores(con, viewer, filters, participant or "")
    score = pl.col("score")
    place = (
        pl.when(score.is_null() | pl.col("half_width").is_null())
        .then(pl.lit("no band"))
        .when(score.is_between("band_low", "band_high"))
        .then(pl.lit("inside"))
        .otherwise(pl.lit("outside"))
    )
    return scores.join(bands(scores), on="dimension_id").with_columns(band_place=place)


def summary_cards(frame: pl.DataFrame, _filters: Filters) -> Component:
    """The facts as a list of terms, then the sentences."""
    facts = frame.filter(pl.col("kind") == "fact").select("label", "text").rows()
    sentences = frame.filter(pl.col("kind") == "sentence")["text"].to_list()
    return html.Div(
        [
            html.Dl(
                [html.Div([html.Dt(label), html.Dd(text)]) for label, text in facts],
                className="person-facts",
            ),
            html.Ul([html.Li(text) for text in sentences], className="person-words"),
        ]
    )


def band_notes(frame: pl.DataFrame, _filters: Filters) -> Component:
    """What each band rests on, or why there is none."""
    notes = (
        frame.select("dimension_label", "scale_label", "band_note")
        .unique(maintain_order=True)
        .with_columns(
            named=pl.when(pl.col("dimension_label") == pl.col("scale_label"))
            .then("dimension_label")
            .otherwise(pl.format("{} ({})", "dimension_label", "scale_label"))
        )
        .group_by("band_note", maintain_order=True)
        .agg(pl.col("named").str.join(", "))
    )
    return html.Dl(
        [html.Div([html.Dt(named), html.Dd(note)]) for note, named in notes.rows()],
        className="band-notes",
    )


def _n_events(frame: pl.DataFrame) -> str:
    counts = {
        "session": ("session", "sessions"),
        "exposure": ("day with an exposure", "days with an exposure, by feature"),
        "score": ("score", "scores"),
        "due": ("thing due", "things due"),
    }
    parts = [
        theme.counted((frame["kind"] == kind).sum(), *words)
        for kind, words in counts.items()
        if (frame["kind"] == kind).any()
    ]
    return f"n = 1 participant: {', '.join(parts)}"


def _n_scores(frame: pl.DataFrame) -> str:
    occasions = theme.counted(frame["occasion_id"].n_unique(), "occasion")
    missing = frame["score"].null_count()
    without = f", {theme.counted(missing, 'score')} missing" if missing else ""
    return f"n = 1 participant, {occasions}{without}"


SUMMARY = Panel(
    id="participant-summary",
    title="At a glance",
    definition="Counts are of the chosen weeks; use and dates are of the whole time. Due so far: "
    "done or missed; what is open or excused is named apart. Study days count from the "
    "participant's day 0, which is 0.",
    read=read_summary,
    content=summary_cards,
    columns={"label": "What", "text": "Value"},
    caption=lambda _frame: "n = 1 participant",
    empty=_NOBODY,
    choices=("participant",),
    level="participant",
    width="full",
)

TIMELINE = Panel(
    id="participant-timeline",
    title="What was due, use, exposures and scores, by study day",
    definition="Top to bottom: sessions and surveys on the day they were due; minutes of each "
    "session (idle time capped; a short line: one event, no length); exposures by feature at the "
    "stage that counts, larger for more; scores by dimension, hollow where items are missing. The "
    "dotted line is where the data end, if that is not long after; a solid one a withdrawal.",
    read=read_timeline,
    figure=figures.timeline,
    columns={
        "study_day": "Study day",
        "kind": "Kind",
        "lane": "What",
        "value": "Value",
        "status": "Status",
        "detail": "Detail",
    },
    caption=_n_events,
    empty=_NOBODY,
    choices=("participant",),
    level="participant",
    height="tall",
    width="full",
    is_empty=lambda frame: frame.filter(pl.col("kind") != "mark").is_empty(),
)

SCORES = Panel(
    id="participant-scores",
    title="Scores and their reliable-change band, by dimension",
    definition="Band: first score ± 1.96 · sd · √2 · √(1 − reliability) (Jacobson and Truax), with "
    "the reliability and standard deviation that the study file gives for the scale. A difference "
    "inside the band is no larger than measurement error alone would make it in 95 of 100 people; "
    "outside, it is larger. It says nothing of what caused a change or what to do. Hollow: items "
    "missing. All weeks, whichever are chosen above.",
    read=read_scores,
    figure=score_figures.scores,
    columns={
        "dimension_label": "Dimension",
        "scale_label": "Scale",
        "study_day": "Study day",
        "score": "Score",
        "n_items_answered": "Items answered",
        "n_items": "Items",
        "band_low": "Band from",
        "band_high": "Band to",
        "band_place": "Against the band",
        "band_note": "Band rests on",
    },
    caption=_n_scores,
    empty="No alliance survey of this participant is in the data. " + _NOBODY,
    choices=("participant",),
    level="participant",
    height="tall",
    width="two-thirds",
    uses=("site", "arm", "cohort"),
)

BANDS = Panel(
    id="participant-bands",
    title="What the bands rest on",
    definition="Reliability and standard deviation come from the study file or the built-in "
    "catalogue of instruments. Without both there is no band.",
    read=read_scores,
    content=band_notes,
    columns={
        "dimension_label": "Dimension",
        "scale_label": "Scale",
        "study_day": "Study day",
        "score": "Score",
        "band_note": "Band rests on",
    },
    caption=_n_scores,
    empty="Choose a participant with a score.",
    choices=("participant",),
    level="participant",
    width="third",
    uses=("site", "arm", "cohort"),
)

BENEATH = (SUMMARY, TIMELINE, SCORES, BANDS)
PANELS = (*card.CARD, *BENEATH)


def layout() -> Component:
    """The page without data."""
    lead = "One participant on one page: what changed, what was used, what comes next."
    return panel.page(
        TITLE,
        lead,
        html.Div(
            [_picker(), sheet.print_button(), html.Div(id=_CONTACT)], className="page-controls"
        ),
        html.Div(contact_form.view("participant"), className="work-said is-full"),
        sheet.view_sheet(),
        html.H2("Everything in detail", className="beneath-card"),
        *(
            html.Div(panel.view(each), className="scrolls-x")
            if each is TIMELINE
            else panel.view(each)
            for each in BENEATH
        ),
    )


def _picker() -> Component:
    return dmc.Select(
        id=filters_bar.choice_id("participant"),
        label="Participant",
        placeholder="Type or choose",
        data=[],
        searchable=True,
        clearable=True,
        limit=200,
        nothingFoundMessage="No such participant under these filters",
        size="sm",
    )


def options(frame: pl.DataFrame) -> list[dict[str, str]]:
    """Choices of the picker, from `queries.participant.choices`."""
    return [
        {"value": who, "label": f"{who} · {site}"}
        for who, site in frame.select("participant_id", "site_label").iter_rows()
    ]


def register(app: Dash, context: Context) -> None:
    """Wire the panels, the picker's choices and the button that logs a contact."""
    panel_wiring.register(app, context, PANELS)
    contact_form.register(app, context, "participant")
    sheet.register(app)
    tall_charts.fit(app, TIMELINE)
    tall_charts.fit(app, SCORES)

    @app.callback(
        Output(filters_bar.choice_id("participant"), "data"),
        Input("url", "search"),
        Input("build", "data"),
    )
    def _choices(search: str | None, _build: str | None) -> list[dict[str, str]]:
        viewer = context.viewer()
        filters = Filters.parse(gate.permitted_search(search, viewer))
        try:
            con = context.cursor()
        except UserError:
            return []
        return options(reads.choices(con, viewer, filters))

    @app.callback(Output(_CONTACT, "children"), Input("url", "search"), Input("build", "data"))
    def _contact(search: str | None, _build: str | None) -> Component | None:
        return contact_button(context, search)


def contact_button(context: Context, search: str | None) -> Component | None:
    """What opens the contact form, for who may log one with the chosen participant."""
    viewer = context.viewer()
    who = panel_wiring.asked(SUMMARY, context, search).choices["participant"]
    if not who or context.notebook is None or not may(viewer, "log_contact"):
        return None
    try:
        facts = reads.facts(context.cursor(), viewer, Filters(), who)
    except UserError:
        return None
    return None if facts.is_empty() else list_view.open_button("participant", who)
