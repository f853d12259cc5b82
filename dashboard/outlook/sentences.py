"""The three answers of the Outlook page in plain words, made of the same numbers as its charts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
from dash import html
from dash.development.base_component import Component

from dashboard import theme
from dashboard.outlook import frames
from models.analyses import Saved
from models.dropout.answer import DropoutLens, LensOutcome
from models.forecast.answer import Forecast
from models.sensitivity.tipping import Tipping
from queries.filters import Filters

NOT_YET = "Not computed yet. Run: rapport fit"
SUMMARY = {
    "n_participants": pl.Int64,
    "part": pl.String,
    "question": pl.String,
    "answer": pl.String,
    "detail": pl.String,
    "is_answered": pl.Boolean,
}
_QUESTIONS = (
    ("dropout", "Does a lower alliance go along with dropout?"),
    ("tipping", "How much hangs on the missed surveys?"),
    ("forecast", "How sharp will the answer be at the end?"),
)
Said = tuple[int, str, str]


def summary(results: Path) -> pl.DataFrame:
    """Question, answer and detail of the three analyses, or why there is no answer."""
    answers = (
        _said(frames.lens_of(results), _of_lens),
        _said(frames.tipping_of(results), _of_tipping),
        _said(frames.forecast_of(results), _of_forecast),
    )
    rows = [
        (n, part, question, answer, detail, is_answered)
        for (part, question), (is_answered, (n, answer, detail)) in zip(
            _QUESTIONS, answers, strict=True
        )
    ]
    return pl.DataFrame(rows, schema=SUMMARY, orient="row")


def _said(saved: Saved[Any] | None, words: Callable[[Any], Said]) -> tuple[bool, Said]:
    if saved is None:
        return False, (0, "No answer yet", NOT_YET)
    if saved.result is None:
        return False, (0, "Not estimable", saved.explanation)
    return True, words(saved.result)


def _of_lens(lens: DropoutLens) -> Said:
    by_name = {one.outcome: one for one in lens.outcomes}
    first = by_name["dropout"]
    answer = _ratio_words(first)
    other = by_name["nonusage"]
    detail = f"Ceasing to use the app: {_ratio_words(other, is_short=True)}"
    return first.n_participants, answer, detail


def _ratio_words(one: LensOutcome, *, is_short: bool = False) -> str:
    """What the hazard ratio of alliance says, with its interval."""
    term = next((t for t in one.terms if t.term == "alliance" and t.adjustment == "alone"), None)
    if term is None:
        return f"not estimable. {one.explanation}" if is_short else "Not estimable"
    numbers = (
        f"hazard ratio {theme.number(term.ratio, 2)} per point, "
        f"95 % interval {theme.number(term.ratio_low, 2)} to {theme.number(term.ratio_high, 2)}, "
        f"{one.n_events} of {theme.counted(one.n_participants, 'participant')}"
    )
    if term.ratio_low <= 1 <= term.ratio_high:
        said = "no clear association with alliance"
    else:
        way = "lower" if term.ratio < 1 else "higher"
        said = f"{way} with each point of alliance more"
    if is_short:
        return f"{said} ({numbers})."
    if said.startswith("no"):
        return f"No clear association with leaving the study ({numbers})."
    share = theme.percent(abs(1 - term.ratio))
    return f"Each point of alliance more goes along with a {share} {way} hazard ({numbers})."


def _of_tipping(found: Tipping) -> Said:
    term = frames.chosen_term(found, None)
    missed = found.n_missed / (found.n_missed + found.n_answered)
    detail = (
        f"{theme.whole(found.n_missed)} of "
        f"{theme.counted(found.n_missed + found.n_answered, 'survey')} that were due were missed "
        f"({theme.percent(missed)}). Scores spread with a standard deviation of "
        f"{theme.number(found.sd, 2)} points."
    )
    if term is None:
        return found.n_participants, "Not estimable", detail
    words = frames.tip_words(term)
    label = term.label.removesuffix(", within a participant")
    return found.n_participants, f"{label}: the association {_sentence(words)}", detail


def _sentence(words: str) -> str:
    if words.startswith("no association"):
        return "is not told from 0, whatever the missed surveys hold."
    return f"{words}."


def _of_forecast(found: Forecast) -> Said:
    plan = next(p for p in found.points if p.is_plan and p.quantity == "groups")
    more = min(
        (p for p in found.points if p.quantity == "groups" and p.n_surveys == plan.n_surveys),
        key=lambda p: abs(p.n_participants - 1.5 * plan.n_participants),
    )
    label = frames.interval_label(found, "groups").lower()
    answer = (
        f"{label.capitalize()}: the 95 % interval is expected to reach "
        f"± {theme.number(plan.half_width, 2)} points with {theme.whole(plan.n_participants)} "
        f"participants and surveys to week {theme.number(plan.last_week, 0)}."
    )
    detail = (
        f"With {theme.whole(more.n_participants)} it would reach "
        f"± {theme.number(more.half_width, 2)}. Blinded: pooled over arms, ICC "
        f"{theme.number(found.icc, 2)}."
    )
    return found.n_analysed, answer, detail


def view(frame: pl.DataFrame, _filters: Filters) -> Component:
    """The three answers side by side."""
    return html.Div([_card(row) for row in frame.to_dicts()], className="outlook-answers")


def _card(row: dict[str, Any]) -> Component:
    state = "" if row["is_answered"] else " is-unanswered"
    return html.Div(
        [
            html.H3(row["question"]),
            html.P(row["answer"], className="answer"),
            html.P(row["detail"], className="detail"),
        ],
        className=f"outlook-answer{state}",
    )
