"""The Alliance page through its callbacks, on the thirty participants of the fixture."""

import pytest

from access.viewer import local_viewer
from dashboard import panel_wiring
from dashboard.pages import alliance as page
from queries.filters import Filters
from tests.dashboard.callbacks import panel_answer


@pytest.mark.parametrize("panel", page.PANELS, ids=lambda panel: panel.id)
def test_every_panel_answers_with_its_n(app, panel):
    answer = panel_answer(app, panel.id)
    assert "is-ready" in answer["state"]
    assert "as of 15 Jun 2025" in answer["caption"]
    table = panel_answer(app, panel.id, view="table")["table"]
    fields = [column["field"] for column in table["props"]["columnDefs"]]
    assert fields == list(panel.columns)
    assert table["props"]["rowData"]


@pytest.mark.parametrize("panel", page.PANELS[:-1], ids=lambda panel: panel.id)
def test_a_filter_that_leaves_nobody_explains_the_empty_panel(app, panel):
    answer = panel_answer(app, panel.id, "?site=nowhere")
    assert "is-empty" in answer["state"]
    assert panel.empty in str(answer["message"])


def test_the_number_of_participants_is_that_of_the_mart(con):
    frame = page.read_dimensions(con, local_viewer(), Filters())
    expected = con.execute("""
        select count(distinct participant_id) from fct_dimension_scores
        where dimension_id = 'humanness' and study_week = 1 and is_complete
    """).fetchone()[0]
    found = frame.filter(dimension_id="humanness", study_week=1)["n_participants"][0]
    assert found == expected > 0


@pytest.mark.parametrize(
    ("search", "n_traces"), [("", 3), ("?split=site", 2), ("?split=nonsense", 3)]
)
def test_split_follows_the_address(context, search, n_traces):
    assert len(panel_wiring.render(page.GROUPS, context, search)["data"]) == n_traces


def test_split_by_month_draws_a_little_plot_each(context):
    figure = panel_wiring.render(page.GROUPS, context, "?split=cohort&dimension=use")
    assert {"xaxis", "xaxis2"} <= figure["layout"].keys()
    assert "Use" in figure["layout"]["yaxis"]["title"]["text"]


def test_hypotheses_are_called_so(app):
    table = panel_answer(app, "alliance-measures", view="table")["table"]
    links = {row["dimension_label"]: row["link"] for row in table["props"]["rowData"]}
    assert links["Humanness"] == "hypothesis"
    assert links["Alliance (total)"] == "stated by the study"


def test_export_has_the_numbers_and_the_filters(app):
    text = app.server.test_client().get("/export/alliance-dimensions.csv?site=bath").text
    assert "# filters: site: bath" in text
    header = next(line for line in text.splitlines() if not line.startswith("#"))
    assert header.startswith("dimension_label,study_week,n_participants,mean_score")
