"""What reproduces a model elsewhere: its code in three languages, and the command for its rows."""

import dash_mantine_components as dmc
import polars as pl
from dash import html
from dash.development.base_component import Component

from models.results import FitResult

SCHEMA = {
    "model_id": pl.String,
    "language": pl.String,
    "line": pl.Int64,
    "code": pl.String,
    "n_rows": pl.Int64,
    "n_participants": pl.Int64,
}
COMMAND = "Command"
LANGUAGES = {"python": "Python (Rapport)", "statsmodels": "Python (statsmodels)", "r": "R"}


def command(model_id: str) -> str:
    """The command line that writes the analysed rows of a model."""
    return f"rapport fit study.toml --model {model_id} --rows {model_id}.csv"


def lines(result: FitResult | None) -> pl.DataFrame:
    """The command and each language's code, one row per line of text; none without code."""
    if result is None or result.code is None:
        return pl.DataFrame(schema=SCHEMA)
    texts = {COMMAND: command(result.model_id)}
    texts |= {name: getattr(result.code, field) for field, name in LANGUAGES.items()}
    rows = [
        (result.model_id, name, number, line, result.n_rows, result.n_participants)
        for name, text in texts.items()
        for number, line in enumerate(text.strip("\n").split("\n"), start=1)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def view(frame: pl.DataFrame) -> Component:
    """The command, then the languages as tabs; each text with a button that copies it."""
    texts = {
        str(name): "\n".join(rows["code"])
        for (name,), rows in frame.partition_by(
            "language", as_dict=True, maintain_order=True
        ).items()
    }
    # A tab's value becomes part of an id, which has no spaces.
    tabs = {key: name for key, name in LANGUAGES.items() if name in texts}
    return html.Div(
        [
            html.P("First write the rows that the model analysed, on the machine with the data:"),
            _text(COMMAND, texts[COMMAND]),
            html.P("Then fit the same model to that file. Identifiers in it are the study's own."),
            dmc.Tabs(
                [
                    dmc.TabsList(
                        [dmc.TabsTab(name, value=key, tabIndex=0) for key, name in tabs.items()]
                    ),
                    *(
                        dmc.TabsPanel(_text(name, texts[name]), value=key)
                        for key, name in tabs.items()
                    ),
                ],
                value=next(iter(tabs)),
                className="code-tabs",
            ),
        ],
        className="reproduce",
    )


def _text(name: str, text: str) -> Component:
    """A text that scrolls by keyboard; assets/models.js copies it at a click on the button."""
    button = html.Button(
        "Copy",
        type="button",
        className="tool copy",
        **{"data-copy": "", "aria-label": f"Copy: {name}"},
    )
    code = html.Pre(
        html.Code(text), tabIndex=0, role="region", **{"aria-label": f"Text of: {name}"}
    )
    return html.Div([code, button], className="code")
