"""The trust card: whether a model's numbers may stand as the headline, and what speaks for it."""

from collections.abc import Mapping

import polars as pl
from dash import html
from dash.development.base_component import Component

from dashboard import theme
from dashboard.effect_detail import check_state, family
from dashboard.result_frames import withheld_because
from models.results import Check, FitResult
from models.wording import LOSSES

FITTED = "Fitted"
SCHEMA = {
    "section": pl.String,
    "label": pl.String,
    "state": pl.String,
    "words": pl.String,
    "title": pl.String,
    "n_rows": pl.Int64,
    "n_participants": pl.Int64,
}
SIGNS: Mapping[str, str] = {"passed": "✓", "note": "!", "failed": "✕"}
"""The sign beside each state's word."""

_HEADINGS = {
    "required checks": "Required checks",
    "other checks": "Further checks",
    "warnings": "Warnings",
    "rows lost": "Rows that could not be analysed",
    "groups": "Groups",
    "model": "The model",
}
_ENDS = {
    "not_converged": "This model did not converge, so it has no numbers.",
    "not_estimable": "This model could not be estimated on the data at hand, so it has no numbers.",
}
Line = tuple[str, str, str, str]


def lines(result: FitResult | None) -> pl.DataFrame:
    """The card as rows of `section`, `label`, `state` and `words`; the verdict comes first.

    `state` is 'passed', 'note' or 'failed', and empty for what is no check.
    """
    if result is None:
        return pl.DataFrame(schema=SCHEMA)
    rows = [_verdict(result), *_checks(result), *_rest(result)]
    title = f"{result.outcome_label} ({result.model_id})"
    about = (title, result.n_rows, result.n_participants)
    return pl.DataFrame([(*row, *about) for row in rows], schema=SCHEMA, orient="row")


def _verdict(result: FitResult) -> Line:
    if result.status != "fitted":
        words = f"{_ENDS[result.status]} {result.explanation}".strip()
        return ("verdict", "No numbers", "failed", words)
    if not result.is_trusted:
        return ("verdict", "Headline withheld", "failed", withheld_because(result))
    required = [check for check in result.checks if check.is_required]
    words = "Every required check passed, so the estimates stand as the headline."
    if not required:
        words = "No required check is recorded for this model; judge by the diagnostics below."
        return ("verdict", "Not checked", "note", words)
    notes = sum(not check.is_passed for check in result.checks)
    if notes:
        words += f" {theme.counted(notes, 'note')} below {'asks' if notes == 1 else 'ask'} for care"
        words += " in reading them."
    return ("verdict", "Trusted", "passed", words)


def _checks(result: FitResult) -> list[Line]:
    """Required checks first; of each kind, what did not pass before what did."""

    def line(check: Check) -> Line:
        section = "required checks" if check.is_required else "other checks"
        return (section, check.name, check_state(check), check.explanation)

    ordered = sorted(result.checks, key=lambda check: (not check.is_required, check.is_passed))
    return [line(check) for check in ordered]


def _rest(result: FitResult) -> list[Line]:
    rows: list[Line] = [("warnings", "", "", warning) for warning in result.warnings]
    rows += [
        (
            "rows lost",
            LOSSES.get(lost.reason, lost.reason),
            "",
            f"{theme.counted(lost.n_rows, 'row')} of "
            f"{theme.counted(lost.n_participants, 'participant')}",
        )
        for lost in result.rows_lost
    ]
    rows += [("groups", group, "", theme.whole(n)) for group, n in result.n_groups]
    return rows + [("model", label, "", words) for label, words in _facts(result).items() if words]


def _facts(result: FitResult) -> dict[str, str]:
    n_rows, n_people = theme.whole(result.n_rows), theme.whole(result.n_participants)
    seconds = "" if result.seconds is None else f"{theme.number(result.seconds, 2)} s"
    log_likelihood = result.log_likelihood
    return {
        "In words": result.explanation if result.status == "fitted" else "",
        "Formula": result.formula,
        "Method": result.method,
        "Degrees of freedom": result.df_method,
        "Standard errors": result.se_method,
        "Singular": _singular(result),
        "Log-likelihood": "" if log_likelihood is None else theme.number(log_likelihood, 3),
        "Adjustment": family(result),
        "Analysed": f"{n_rows} rows of {n_people} participants",
        "Engine": f"{result.engine} {result.engine_version}",
        FITTED: f"{result.fitted_at[:16].replace('T', ', ')} UTC",
        "Time to fit": seconds,
    }


def _singular(result: FitResult) -> str:
    if result.status != "fitted":
        return ""
    return "yes: a variance is at its bound of 0" if result.is_singular else "no"


def title(frame: pl.DataFrame) -> str:
    """Which model the card is of."""
    return f"Trust card: {frame['title'][0]}"


def view(frame: pl.DataFrame) -> Component:
    """The verdict, the checks beside what was lost, and the model's facts one click away."""
    by_section = {
        str(name): rows for (name,), rows in frame.partition_by("section", as_dict=True).items()
    }
    verdict = by_section["verdict"].row(0, named=True)
    checks = [
        _part(name, _check_list(by_section[name]))
        for name in ("required checks", "other checks")
        if name in by_section
    ]
    beside = [
        _part(name, _list(by_section[name]))
        for name in ("warnings", "rows lost", "groups")
        if name in by_section
    ]
    facts = html.Details([html.Summary(_HEADINGS["model"]), _list(by_section["model"])])
    sides = [html.Div(side) for side in (checks, beside) if side]
    return html.Div(
        [
            html.P(
                [
                    *_state(verdict["state"], verdict["label"]),
                    html.Span(verdict["words"], className="words"),
                ],
                className=f"verdict is-{verdict['state']}",
            ),
            html.Div(sides, className="sides"),
            facts,
        ],
        className="detail trust-card",
    )


def _part(name: str, content: Component) -> Component:
    return html.Div([html.H3(_HEADINGS[name]), content])


def _state(state: str, words: str) -> list[Component]:
    """A sign and a word: the colour that goes with them says nothing more."""
    return [
        html.Span(SIGNS[state], className="sign", **{"aria-hidden": "true"}),
        html.Strong(words, className="state"),
    ]


def _check_list(rows: pl.DataFrame) -> Component:
    items = [
        html.Li(
            [
                *_state(row["state"], row["state"]),
                html.Span(
                    [html.Span(_capital(row["label"]), className="name"), html.Br(), row["words"]],
                    className="words",
                ),
            ],
            className=f"check is-{row['state']}",
        )
        for row in rows.iter_rows(named=True)
    ]
    return html.Ul(items, className="checks")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _list(rows: pl.DataFrame) -> Component:
    if (rows["label"] == "").all():
        return html.Ul([html.Li(text) for text in rows["words"]])
    items: list[Component] = []
    for label, words in rows.select("label", "words").iter_rows():
        kind = "formula" if label == "Formula" else ""
        items += [html.Dt(label), html.Dd(words, className=kind)]
    return html.Dl(items)
