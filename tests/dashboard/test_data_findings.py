"""The Data page's panel of what the last check found."""

import json

from plotly.utils import PlotlyJSONEncoder

from access.viewer import local_viewer
from dashboard.factory import create_on
from dashboard.pages import data
from queries import data as reads
from queries.filters import Filters
from tests.dashboard.callbacks import panel_answer
from tests.dashboard.mart_fixture import empty_mart, example_study, insert, marts
from warehouse.workspace import Workspace


def test_the_gravest_stand_first_in_words(con):
    frame = data.checked(con, local_viewer(), Filters())
    assert frame["severity"].to_list() == ["Error", "Warning", "Warning", "Note"]
    assert frame["place"].to_list()[0] == "dwai: exports/dwai_long.csv"
    assert data.FINDINGS.caption(frame) == "n = 4 findings: 1 error, 2 warnings, 1 note"


def test_a_finding_of_the_whole_study_says_so():
    con = empty_mart()
    insert(con, "fct_findings", [(1, "info", "clock_change", None, "", "m", "", None, "")])
    assert reads.findings(con, local_viewer(), Filters())["place"].to_list() == [
        "the study as a whole"
    ]
    con.close()


def test_every_finding_and_refusal_is_listed_with_what_to_do(con):
    for panel, read in ((data.FINDINGS, data.checked), (data.REJECTIONS, data.explained)):
        frame = read(con, local_viewer(), Filters())
        frame_of_list = panel.content(frame, Filters()).to_plotly_json()["props"]
        assert (frame_of_list["tabIndex"], frame_of_list["role"]) == ("0", "region")
        items = frame_of_list["children"].children
        assert len(items) == frame.height > 0
        for item, row in zip(items, frame.to_dicts(), strict=True):
            said = json.dumps(item, cls=PlotlyJSONEncoder)
            assert json.dumps(row["remedy"])[1:-1] in said
            assert row["remedy"] == "" or "What to do" in said
            assert json.dumps(row["place"])[1:-1] in said


def test_the_panel_answers_with_list_table_and_csv(app):
    answer = panel_answer(app, "data-findings", "")
    assert answer["state"] == "panel-body is-ready shows-content"
    text = app.server.test_client().get("/export/data-findings.csv").get_data(as_text=True)
    assert "Severity" not in text.splitlines()[0]
    assert "time_zone_suspect" in text
    assert "exports/events-1.jsonl.gz, column client_time, rows 77, 78" in text


def test_nothing_found_is_said_in_words(tmp_path):
    mart = marts()
    mart.con.execute("delete from fct_findings")
    app = create_on(example_study(), mart, Workspace(tmp_path), local_viewer)
    answer = panel_answer(app, "data-findings")
    assert answer["state"] == "panel-body is-empty shows-content"
    assert "The last check found nothing" in json.dumps(answer["message"])
    mart.con.close()
