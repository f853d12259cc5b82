"""What every panel does, whatever it shows: through Dash's callback route, without a browser."""

import csv
import io
import json
import logging
from dataclasses import replace

import duckdb
import polars as pl
import pytest
from dash import Dash

from access.viewer import local_viewer
from dashboard import factory, panel_wiring
from dashboard.context import Context, FrameCache
from dashboard.pages import data, overview
from study.errors import UserError
from tests.dashboard.callbacks import panel_answer
from tests.dashboard.mart_fixture import example_study

PANELS = [panel for page in factory.PAGES for panel in page.PANELS]
MINE = [*overview.PANELS, *data.PANELS]


@pytest.mark.parametrize("panel", MINE, ids=lambda panel: panel.id)
def test_it_answers_with_n_and_as_of(app, panel):
    answer = panel_answer(app, panel.id)
    assert answer["caption"].startswith(("n = ", "At least 80 %"))
    assert "n = " in answer["caption"]
    assert answer["caption"].endswith("as of 15 Jun 2025")
    assert answer["state"] == f"panel-body is-ready shows-{panel.first_view}"
    assert answer["message"] is None


@pytest.mark.parametrize("panel", MINE, ids=lambda panel: panel.id)
def test_table_and_export_hold_the_same_rows(app, panel):
    table = panel_answer(app, panel.id, view="table")["table"]["props"]
    assert [column["headerName"] for column in table["columnDefs"]] == [*panel.columns.values()]
    response = app.server.test_client().get(f"/export/{panel.id}.csv")
    lines = response.text.splitlines()
    head = [line for line in lines if line.startswith("#")]
    assert [line.split(":")[0] for line in head] == [
        "# study", "# shows", "# definition", "# filters", "# as of", "# build", "# made by",
    ]  # fmt: skip
    rows = list(csv.DictReader(io.StringIO("\n".join(lines[len(head) :]))))
    assert len(rows) == len(table["rowData"])
    assert list(rows[0]) == [column["field"] for column in table["columnDefs"]]


def test_the_filters_of_the_address_reach_the_answer_and_the_export(app):
    answer = panel_answer(app, "overview-recruitment", "?site=bath")
    assert answer["caption"].startswith("n = 15 participants")
    assert answer["csv"] == "/export/overview-recruitment.csv?site=bath"
    text = app.server.test_client().get(answer["csv"]).text
    assert "# filters: site: bath; arm: all; cohort: all" in text
    assert "London" not in text


def test_an_empty_panel_says_why_and_what_to_do(app):
    answer = panel_answer(app, "overview-recruitment", "?site=nowhere")
    assert answer["state"] == "panel-body is-empty shows-chart"
    assert answer["caption"] == "as of 15 Jun 2025"
    words = json.dumps(answer["message"])
    assert "Widen the filters" in words
    assert "nowhere" in words


def _app_with(panel, marts, tmp_path):
    context = Context(
        study=example_study(), marts=marts, viewer=local_viewer, results=tmp_path / "results"
    )
    app = Dash(__name__)
    app.layout = overview.layout()
    panel_wiring.register(app, context, [panel])
    return app


def test_an_error_shows_a_reference_and_never_a_value(filled, tmp_path, caplog):
    answered = "my private words"

    def broken(con, viewer, filters):
        raise duckdb.ConversionException(f"Could not convert '{answered}' to INT32")

    app = _app_with(replace(overview.RECRUITMENT, read=broken), filled, tmp_path)
    with caplog.at_level(logging.ERROR):
        answer = panel_answer(app, "overview-recruitment")
    assert answer["state"] == "panel-body is-error shows-chart"
    assert answered not in json.dumps(answer)
    assert answered not in caplog.text
    reference = json.dumps(answer["message"]).split("log: ")[1][:6]
    assert reference in caplog.text
    assert "ConversionException" in caplog.text


def test_what_a_person_can_repair_is_said(filled, tmp_path):
    def nothing_yet(con, viewer, filters):
        raise UserError("There is no build to show yet. Run: rapport load")

    app = _app_with(replace(overview.RECRUITMENT, read=nothing_yet), filled, tmp_path)
    assert "Run: rapport load" in json.dumps(panel_answer(app, "overview-recruitment")["message"])


def test_text_that_a_spreadsheet_would_run_is_made_inert(context):
    panel = replace(data.UNMAPPED, columns={"event_name": "Event name", "n_events": "Events"})
    frame = pl.DataFrame({"event_name": ["=1+1", "fine"], "n_events": [-1, 2]})
    question = panel_wiring.Question.of(panel, "")
    text = panel_wiring.export_csv(panel, context.facts(), question, frame)
    assert text.splitlines()[-2:] == ["'=1+1,-1", "fine,2"]


def test_choices_of_a_page_come_from_the_address(context):
    def of_one(con, viewer, filters, *, participant):
        return pl.DataFrame({"site_label": [str(participant)]})

    panel = replace(overview.RECRUITMENT, read=of_one, choices=("participant",))
    question = panel_wiring.Question.of(panel, "?participant=p007&site=bath")
    assert panel_wiring.read(panel, context, question)["site_label"].to_list() == ["p007"]
    assert panel_wiring.describe(panel, question).endswith("participant: p007")


def test_a_frame_is_read_once_per_build_and_question(context):
    calls = []

    def counted(con, viewer, filters):
        calls.append(filters)
        return pl.DataFrame({"a": [1]})

    panel = replace(overview.RECRUITMENT, read=counted)
    for search in ("?site=bath", "?site=bath", "?site=london"):
        panel_wiring.read(panel, context, panel_wiring.Question.of(panel, search))
    assert len(calls) == 2


def test_filters_that_a_panel_does_not_use_ask_for_nothing_new(context):
    n_read = 0

    def counted(_con, _viewer, filters):
        nonlocal n_read
        n_read += 1
        return pl.DataFrame({"site": [",".join(filters.sites or ())]})

    panel = replace(overview.RECRUITMENT, read=counted, uses=("site",))
    more = ("", "&from=3", "&dimension=use&arm=x&cohort=2025-03")
    searches = [f"?site=a{words}" for words in more] + ["?site=b"]
    asked = [panel_wiring.Question.of(panel, search) for search in searches]
    seen = [panel_wiring.read(panel, context, question)["site"][0] for question in asked]
    assert (seen, n_read) == (["a", "a", "a", "b"], 2)


def test_the_cache_forgets_what_was_not_asked_for_longest():
    cache = FrameCache(size=2)
    made = []
    for key in ("a", "b", "a", "c", "a", "b"):
        cache.get(key, lambda key=key: made.append(key) or pl.DataFrame())
    assert made == ["a", "b", "c", "b"]


def test_an_unknown_export_is_not_found(app):
    assert app.server.test_client().get("/export/nothing.csv").status_code == 404


def test_ids_are_unique_and_start_with_their_page():
    ids = [panel.id for panel in PANELS]
    assert len(set(ids)) == len(ids)
    for page in factory.PAGES:
        start = page.__name__.rsplit(".", 1)[-1] + "-"
        assert all(panel.id.startswith(start) for panel in page.PANELS)


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.id)
def test_it_explains_itself(panel):
    assert panel.definition.endswith(".")
    assert panel.empty
    assert set(panel.uses) <= {"site", "arm", "cohort", "weeks", "dimension"}
