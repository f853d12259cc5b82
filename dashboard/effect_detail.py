"""One cell of the exposure × dimension map in full: the numbers, the model, and what was lost."""

from urllib.parse import quote

import polars as pl
from dash import dcc, html
from dash.development.base_component import Component

from dashboard import theme
from models.results import Check, FitResult
from models.wording import LOSSES
from study.definition import STAGES

SCHEMA = {
    "section": pl.String,
    "label": pl.String,
    "value": pl.String,
    "n_participants": pl.Int64,
}
_HEADINGS = {
    "within": "Within a participant",
    "between": "Between participants",
    "warnings": "Warnings",
    "rows lost": "Rows that could not be analysed",
    "model": "The model",
    "checks": "Checks",
}
_METHODS = {"bh": "Benjamini-Hochberg", "holm": "Holm"}
MODEL, FEATURE = "Model", "Feature"
CONDITIONAL, MARGINAL = "Conditional odds ratio", "Marginal odds ratio"
_WHICH_RATIO = (
    "A conditional odds ratio compares participants at their own level, as the model does; a "
    "marginal one is averaged over the population and so mostly nearer to 1. Say which you report."
)
Line = tuple[str, str, str]


def lines(cell: pl.DataFrame, result: FitResult | None) -> pl.DataFrame:
    """What there is to say of one cell, as rows of `section`, `label` and `value`.

    `n_participants` are the model's, the same in every row.

    Parameters
    ----------
    cell
        The rows of `result_frames.grid` for one feature and outcome: within, then between. Not
        modified.
    result
        The model they come from; None where none was fitted.
    """
    rows: list[Line] = [("reading", "", sentence(cell.row(0, named=True)))]
    for row in cell.iter_rows(named=True):
        rows += [(str(row["part"]), label, value) for label, value in _numbers(row).items()]
    if cell["marginal"].is_not_null().any():
        rows.append(("which ratio", "", _WHICH_RATIO))
    if result is not None:
        rows += _model(result)
        rows.append(("model", FEATURE, str(cell["feature_id"][0])))
    n = cell["n_participants"][0]
    return pl.DataFrame([(*row, n) for row in rows], schema=SCHEMA, orient="row")


def sentence(row: dict[str, object]) -> str:
    """One cell's within-person part as a sentence, in words that claim no more than it shows."""
    feature, outcome = row["feature_label"], row["outcome_label"]
    if row["state"] != "estimated":
        return f"{feature} and {outcome}: no number. {row['explanation']}"
    link = "effect" if row["is_randomised"] else "association"
    size = f"{decimals(_float(row['estimate']), 3, signed=True)} scale points"
    if row["is_ratio"]:
        size = f"conditional odds ratio {theme.number(_float(row['estimate']), 2)}"
    none = "1" if row["is_ratio"] else "0"
    doubt = "" if row["excludes_none"] else f"; it includes {none}"
    return (
        f"{feature} and {outcome}: {size} {row['unit']}, comparing participants with themselves "
        f"at other times (95 % interval {ends(row)}{doubt}). This is an {link}"
        + (": exposure was randomised." if row["is_randomised"] else ", not an effect.")
    )


def ends(row: dict[str, object], digits: int | None = None) -> str:
    """The ends of a cell's interval, with two decimals for odds ratios and three for points."""
    places = digits if digits is not None else 2 if row["is_ratio"] else 3
    low, high = (decimals(_float(row[name]), places) for name in ("ci_low", "ci_high"))
    return f"{low} to {high}"


def decimals(value: float, digits: int, *, signed: bool = False) -> str:
    """A number with fixed decimals and, if asked, a plus; never a minus before nothing."""
    rounded = round(value, digits) + 0.0
    return ("+" if signed and rounded > 0 else "") + theme.number(rounded, digits)


def p_words(value: float | None) -> str:
    """A p-value with three decimals, and `< 0.001` below that."""
    if value is None:
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _numbers(row: dict[str, object]) -> dict[str, str]:
    if row["state"] != "estimated":
        name = "Withheld" if row["state"] == "withheld" else "Not estimable"
        return {name: str(row["explanation"])}
    name = CONDITIONAL if row["is_ratio"] else "Scale points"
    digits = 2 if row["is_ratio"] else 3
    numbers = {
        name: f"{theme.number(_float(row['estimate']), digits)} ({ends(row)})",
        **_marginal(row),
        "Standard error": theme.number(_float(row["se"]), 4)
        + (" (log odds)" if row["is_ratio"] else ""),
        "Statistic": _statistic(row),
        "p": p_words(_float(row["p_value"])),
    }
    if row["p_adjusted"] is not None:
        numbers["Adjusted p"] = p_words(_float(row["p_adjusted"]))
    return numbers


def _marginal(row: dict[str, object]) -> dict[str, str]:
    """The odds ratio of the population beside a participant's own, where the model has one."""
    if row["marginal"] is None:
        return {}
    value, low, high = (
        theme.number(_float(row[name]), 2) for name in ("marginal", "marginal_low", "marginal_high")
    )
    return {MARGINAL: f"{value} ({low} to {high})"}


def _statistic(row: dict[str, object]) -> str:
    value = theme.number(_float(row["statistic"]), 2)
    return f"z = {value}" if row["df"] is None else f"t({_float(row['df']):.0f}) = {value}"


def _float(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError("A cell with an estimate has all its numbers.")
    return float(value)


def _model(result: FitResult) -> list[Line]:
    rows = [("model", label, words) for label, words in _facts(result).items() if words]
    rows += [
        (
            "rows lost",
            LOSSES.get(lost.reason, lost.reason),
            f"{theme.counted(lost.n_rows, 'row')} of "
            f"{theme.counted(lost.n_participants, 'participant')}",
        )
        for lost in result.rows_lost
    ]
    rows += [("warnings", "", warning) for warning in result.warnings]
    rows += [
        (
            "checks",
            check.name,
            f"{check_state(check)}: {check.explanation}",
        )
        for check in result.checks
    ]
    return rows


def check_state(check: Check) -> str:
    """How a check came out, in a word: only a required one can fail."""
    if check.is_passed:
        return "passed"
    return "failed" if check.is_required else "note"


def _facts(result: FitResult) -> dict[str, str]:
    exposure = result.exposure
    stage = f"; stage: {exposure.stage}" if exposure.stage in STAGES else ""
    window = (
        f", {exposure.window_days} days that end the day before" if exposure.window_days else ""
    )
    n_rows, n_people = theme.whole(result.n_rows), theme.whole(result.n_participants)
    return {
        MODEL: result.model_id,
        "Outcome": result.outcome_label,
        "Analysed": f"{n_rows} rows of {n_people} participants",
        "Exposure": f"{exposure.unit} ({exposure.transform}{window}{stage})",
        "Formula": result.formula,
        "Method": "; ".join(filter(None, (result.method, result.df_method, result.se_method))),
        "Converged": _converged(result),
        "Adjustment": family(result),
        "Engine": f"{result.engine} {result.engine_version}",
        "Fitted": result.fitted_at,
        "In words": result.explanation,
    }


def _converged(result: FitResult) -> str:
    if not result.is_converged:
        return "no"
    return "yes; singular (a variance is at its bound of 0)" if result.is_singular else "yes"


def family(result: FitResult) -> str:
    """Which tests were adjusted together, and how; empty where none were."""
    given = result.adjustment
    if given is None:
        return ""
    method = _METHODS.get(given.method, given.method)
    return f"{method} over {given.family_size} tests ({given.family})"


def view(frame: pl.DataFrame) -> Component:
    """The lines, by section: within and between side by side, then the model behind them."""
    by_section = {
        str(name): rows for (name,), rows in frame.partition_by("section", as_dict=True).items()
    }
    sides = [
        html.Div([html.H3(_HEADINGS[name]), _list(by_section[name])])
        for name in ("within", "between")
        if name in by_section
    ]
    rest = [
        html.Div([html.H3(_HEADINGS[name]), _list(by_section[name])])
        for name in ("warnings", "rows lost")
        if name in by_section
    ]
    # What a reviewer asks for and a first reader does not: one click away.
    rest += [
        html.Details([html.Summary(_HEADINGS[name]), _list(by_section[name])])
        for name in ("model", "checks")
        if name in by_section
    ]
    reading = html.P(by_section["reading"]["value"][0], className="reading")
    link = _link(by_section.get("model"))
    ratio = by_section.get("which ratio")
    which = [] if ratio is None else [html.P(ratio["value"][0], className="which-ratio")]
    return html.Div(
        [reading, *link, html.Div(sides, className="sides"), *which, *rest], className="detail"
    )


def _link(facts: pl.DataFrame | None) -> list[Component]:
    """The way to the Models page, which has all of the model behind the cell."""
    if facts is None:
        return []
    names = dict(facts.select("label", "value").iter_rows())
    if MODEL not in names:
        return []
    href = f"/models?model={quote(names[MODEL])}&feature={quote(names.get(FEATURE, ''))}"
    words = "Open this model: trust card, marginal means, raw data beneath the fit"
    return [html.P(dcc.Link(words, href=href), className="onward")]


def _list(rows: pl.DataFrame) -> Component:
    if (rows["label"] == "").all():
        return html.Ul([html.Li(text) for text in rows["value"]])
    items: list[Component] = []
    for label, value in rows.select("label", "value").iter_rows():
        items += [
            html.Dt(label),
            html.Dd(value, className="formula" if label == "Formula" else ""),
        ]
    return html.Dl(items)
