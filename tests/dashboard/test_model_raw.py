"""The panel of raw data beneath a fit, on bins that were kept by an analysis."""

from dataclasses import replace

import pytest

from access.cells import withhold
from access.viewer import local_viewer
from dashboard import model_raw
from dashboard.sources import Sources
from models import analyses
from models.analyses import Saved
from models.raw_points import Bin, Curve, ModelPoints, RawPoints
from queries.filters import Filters
from tests.dashboard import result_fixture

MODEL = "alliance.humanness"


def keep(folder):
    result_fixture.save_all(folder)
    bins = (Bin(-1.0, 0.5, 20, 12, (0.1, 1.0)), Bin(1.0, 0.7, 30, 14, (0.2, 2.0)))
    curves = tuple(
        Curve(f"{part}:praise", "praise", "Praise", part, "one more", bins)
        for part in ("within", "between")
    )
    points = ModelPoints(MODEL, False, ("(Intercept)", "within:praise"), curves)
    kept = Saved("raw_points", "h", "2025-01-01", 1.0, "computed", RawPoints(10, (points,)))
    analyses.save(folder, kept)
    return points


@pytest.fixture
def sources(con, tmp_path):
    keep(tmp_path)
    return Sources(con, tmp_path)


def ask(sources, **choices):
    asked = {"model": MODEL, "feature": None, **choices}
    return model_raw.read_raw(sources, local_viewer(), Filters(), **asked)


def test_the_line_is_that_of_the_saved_model(sources):
    frame = ask(sources)
    [praise] = [
        row
        for row in result_fixture.result("humanness").coefficients
        if row.term == "within:praise"
    ]
    assert frame["fitted"].to_list() == pytest.approx([-praise.estimate, praise.estimate])
    assert set(frame["part"]) == {"within"}


def test_a_chosen_feature_comes_in_both_parts(sources):
    assert ask(sources, feature="praise")["part"].unique().sort().to_list() == ["between", "within"]


def test_an_unknown_model_falls_back_and_one_without_bins_is_empty(sources):
    assert ask(sources, model="alliance.use").is_empty()


def test_small_bins_are_withheld(sources):
    frame = ask(sources)
    small = frame.with_columns(n_in_bin=frame["n_in_bin"] - 4)
    shown = withhold(small, model_raw.CELLS, 10)
    assert shown["y"].to_list()[0] is None
    assert shown["y"].to_list()[1] is not None


def test_a_share_has_a_curve_within_its_scale(con, tmp_path):
    points = keep(tmp_path)
    bins = tuple(replace(one, columns=()) for one in points.curves[0].bins)
    curve = replace(points.curves[0], bins=bins)
    line = model_raw._line(
        curve, replace(points, is_share=True, terms=()), result_fixture.result("adherence")
    )
    assert all(0 < one < 1 for one in line)
